"""Opens the window and ends everything cleanly behind it."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from letspic_desktop.application import Application
from letspic_desktop.ui.changes import ChangeStack
from letspic_desktop.ui.dialogs.pairing import MakeFinder, look_everywhere
from letspic_desktop.ui.dispatcher import Dispatcher
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.runner import Runner
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.settings import WindowSettings
from letspic_desktop.ui.texts import tr
from letspic_desktop.ui.theme import Theme
from letspic_desktop.ui.thumbnails import ThumbnailLoader
from letspic_shared.errors import KnownError

log = logging.getLogger(__name__)


def run_window(
    app: Application, *, arguments: Sequence[str] = (), open_with: Callable[[MainWindow], None] | None = None
) -> int:
    """Show the window and return when it is closed, with Qt's exit code.

    Parameters
    ----------
    arguments
        Handed on to Qt.
    open_with
        Called with the window once it is shown.
    """
    qt = make_qt(arguments)
    with (
        open_window(app, qt) as window,
        _log_mistakes(window.page.messages.complain),
        _stop_on_interrupt(qt),
    ):
        window.show()
        window.open_first()
        if open_with is not None:
            open_with(window)
        return qt.exec()


def make_qt(arguments: Sequence[str] = ()) -> QApplication:
    """Return the one QApplication of this process, made where there is none yet."""
    present = QApplication.instance()
    if isinstance(present, QApplication):
        return present
    qt = QApplication(["letspic", *arguments])
    qt.setApplicationName("LetsPic")
    qt.setApplicationDisplayName(tr("LetsPic"))
    qt.setDesktopFileName("letspic")
    return qt


@contextmanager
def open_window(
    app: Application, qt: QApplication, *, make_finder: MakeFinder = look_everywhere
) -> Iterator[MainWindow]:
    """Give a window, not shown yet, and end its threads when it is done with."""
    settings = WindowSettings(app.home.root)
    dispatcher = Dispatcher()
    windows: list[MainWindow] = []

    def complain(error: KnownError) -> None:
        for window in windows:
            window.page.messages.complain(error)

    runner = Runner(app, dispatcher, complain)
    thumbnails = ThumbnailLoader(app, dispatcher)
    theme = Theme(qt, settings.look)
    changes = ChangeStack(runner, complain)
    services = Services(
        app=app, theme=theme, dispatcher=dispatcher, runner=runner, changes=changes, thumbnails=thumbnails
    )
    window = MainWindow(services, settings, make_finder=make_finder)
    windows.append(window)
    try:
        yield window
    finally:
        window.close()
        dispatcher.close()
        runner.close()
        thumbnails.close()
        theme.close()
        window.deleteLater()


@contextmanager
def _log_mistakes(complain: Callable[[KnownError], None]) -> Iterator[None]:
    """Log whatever goes wrong in the window's own code, say so in one sentence, and keep the window open."""
    usual = sys.excepthook

    def note(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            usual(kind, error, trace)
            return
        log.error("a mistake of the window", exc_info=(kind, error, trace))
        complain(
            KnownError(
                tr("LetsPic made a mistake ({kind})", kind=kind.__name__), tr("The log file says more; try it again")
            )
        )

    sys.excepthook = note
    try:
        yield
    finally:
        sys.excepthook = usual


@contextmanager
def _stop_on_interrupt(qt: QApplication) -> Iterator[None]:
    """Let Ctrl-C in the terminal close the window: Python hears signals only when Qt lets it run."""
    ours, qts = socket.socketpair()
    for end in (ours, qts):
        end.setblocking(False)
    notifier = QSocketNotifier(qts.fileno(), QSocketNotifier.Type.Read)

    def heard() -> None:
        qts.recv(64)

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        qt.closeAllWindows()
        qt.quit()

    notifier.activated.connect(lambda *_: heard())
    before = [(number, signal.signal(number, stop)) for number in (signal.SIGINT, signal.SIGTERM)]
    wakeup = signal.set_wakeup_fd(ours.fileno())
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before:
            signal.signal(number, handler)
        notifier.setEnabled(False)
        ours.close()
        qts.close()
