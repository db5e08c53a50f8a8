"""Opens the window and ends everything cleanly behind it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import PySide6
from PySide6.QtCore import QSocketNotifier, qVersion
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from letspic_desktop.application import Application
from letspic_desktop.one_window import one_window
from letspic_desktop.preferences import Look, PreferenceStore
from letspic_desktop.reports import Reports
from letspic_desktop.ui.changes import ChangeStack
from letspic_desktop.ui.dialogs.pairing import MakeFinder, look_everywhere
from letspic_desktop.ui.dispatcher import Dispatcher
from letspic_desktop.ui.grid.thumbnails import ThumbnailLoader
from letspic_desktop.ui.habits.habits import bring_to_front
from letspic_desktop.ui.habits.mistakes import Mistakes, noted
from letspic_desktop.ui.habits.window_settings import WindowSettings
from letspic_desktop.ui.language.translators import Translations, chosen_language
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.runner import Runner
from letspic_desktop.ui.services import Services
from letspic_shared.errors import KnownError

DESKTOP_FILE: Final = "letspic"
_ICON: Final = Path(__file__).parent / "icons" / "letspic.svg"


def run_window(
    app: Application,
    *,
    arguments: Sequence[str] = (),
    example: Path | None = None,
    open_with: Callable[[MainWindow], None] | None = None,
) -> int:
    """Show the window and return when it is closed, with Qt's exit code.

    Parameters
    ----------
    arguments
        Handed on to Qt.
    example
        Photo that shows what fine-tuning brought, in a home whose first window this is.
    open_with
        Called with the window once it is shown.
    """
    qt = make_qt(arguments)
    reports = Reports.of(app.home, about=f"PySide6 {PySide6.__version__}, Qt {qVersion()}, {qt.platformName()}")
    with reports.watch() as last_crash, _stop_on_interrupt(qt):
        while True:
            with (
                open_window(app, qt) as window,
                noted(
                    window.mistakes,
                    lambda error: window.services.dispatcher.post(lambda: window.habits.complain(error)),
                ),
                one_window(app.home, lambda tokens: window.services.dispatcher.post(lambda: _come(window, tokens))),
            ):
                window.show()
                window.open_first(example)
                window.habits.say_at_start(last_crash)
                if open_with is not None:
                    open_with(window)
                code = qt.exec()
                if not window.reopen_wanted:
                    return code
            last_crash, open_with = None, None


def make_qt(arguments: Sequence[str] = ()) -> QApplication:
    """Return the one QApplication of this process, made where there is none yet."""
    present = QApplication.instance()
    if isinstance(present, QApplication):
        return present
    # Panels and Wayland find the icon and the name of a window by the desktop file of this name.
    QApplication.setDesktopFileName(DESKTOP_FILE)
    qt = QApplication(["letspic", *arguments])
    qt.setApplicationName("LetsPic")
    qt.setApplicationDisplayName("LetsPic")
    qt.setWindowIcon(QIcon(str(_ICON)))
    return qt


@contextmanager
def open_window(
    app: Application, qt: QApplication, *, make_finder: MakeFinder = look_everywhere
) -> Iterator[MainWindow]:
    """Give a window, not shown yet, and end its threads when it is done with."""
    settings = WindowSettings(app.home.root)
    translations = Translations(qt, chosen_language(app.preferences.now.language))
    dispatcher = Dispatcher()
    mistakes = Mistakes(Reports.of(app.home, about=f"PySide6 {PySide6.__version__}, Qt {qVersion()}"))
    windows: list[MainWindow] = []

    def complain(error: KnownError) -> None:
        for window in windows:
            window.habits.complain(error)

    runner = Runner(app, dispatcher, complain, mistakes.note)
    thumbnails = ThumbnailLoader(app, dispatcher)
    theme = Theme(qt, _look(app.preferences, settings))
    changes = ChangeStack(runner, complain)
    services = Services(
        app=app, theme=theme, dispatcher=dispatcher, runner=runner, changes=changes, thumbnails=thumbnails
    )
    window = MainWindow(services, settings, mistakes, make_finder=make_finder)
    windows.append(window)
    try:
        yield window
    finally:
        window.close()
        dispatcher.close()
        runner.close()
        thumbnails.close()
        theme.close()
        translations.close()
        window.deleteLater()


def _come(window: MainWindow, tokens: Mapping[str, str]) -> None:
    # Qt reads them where it asks the desktop to let the window come to the front.
    os.environ.update(tokens)
    bring_to_front(window)


def _look(preferences: PreferenceStore, settings: WindowSettings) -> Look:
    # Earlier versions kept the look beside the place of the window.
    if not preferences.written and settings.old_look != preferences.now.look:
        with contextlib.suppress(KnownError):
            preferences.change(look=settings.old_look)
    return preferences.now.look


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
