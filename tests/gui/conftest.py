"""Windows for the tests: offscreen, each over a home of its own, with nothing left behind."""

from __future__ import annotations

import gc
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.backbones.store import Backbone
from letspic_desktop.fleet.discovery import Discovery
from letspic_desktop.retrieval.samples import render_samples
from letspic_desktop.ui.app import open_window
from letspic_desktop.ui.main_window import MainWindow

OpenWindow = Callable[..., MainWindow]
_END_SECONDS = 5.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as what it is."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.gui)


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a thread or a window behind."""
    threads = set(threading.enumerate())
    windows = set(QApplication.topLevelWidgets())
    yield
    end = time.monotonic() + _END_SECONDS
    while True:
        # Windows delete themselves when the event loop comes to it.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        left = [thread for thread in threading.enumerate() if thread not in threads and thread.is_alive()]
        open_ = [one for one in QApplication.topLevelWidgets() if one not in windows and not _is_qts(one)]
        if not left and not open_:
            return
        assert time.monotonic() < end, f"left behind: {[one.name for one in left]} {open_}"
        QTest.qWait(20)


def _is_qts(widget: QWidget) -> bool:
    """Tool tips and the like are Qt's own and live as long as the application."""
    return widget.metaObject().className() in ("QTipLabel", "QComboBoxPrivateContainer")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def home_with_backbone(home: Path, backbone: Backbone) -> Path:
    """A home in which the default backbone is built already."""
    shutil.copytree(backbone.path.parent, home / "backbones")
    return home


@pytest.fixture
def app(home: Path) -> Iterator[Application]:
    with Application.open(home) as app:
        yield app


@pytest.fixture
def open_it(qapp: QApplication, qtbot: QtBot) -> Iterator[OpenWindow]:
    """Open windows that look for devices on this machine alone, and close them in the end."""
    with ExitStack() as stack:

        def open_(app: Application) -> MainWindow:
            window = stack.enter_context(open_window(app, qapp, make_finder=Discovery))
            window.resize(1280, 820)
            window.show()
            window.open_first()
            qtbot.waitUntil(lambda: window._overview is not None and window.page._content is not None, timeout=10_000)
            return window

        yield open_


@pytest.fixture
def window(app: Application, open_it: OpenWindow) -> MainWindow:
    return open_it(app)


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three painted photos in each of ten albums."""
    folder = tmp_path_factory.mktemp("samples") / "photos"
    render_samples(folder, per_album=3, seed=5)
    return folder


@pytest.fixture
def each_dialog() -> Callable[[MainWindow], Iterator[tuple[str, QWidget]]]:
    """Give a function that uses every action of a window, and yields what opened, with the action's text."""

    def open_all(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
        for action in [action for section in window.actions_book.sections().values() for action in section]:
            if action.shortcut().toString() == "Ctrl+Q":
                continue
            before = {one for one in QApplication.topLevelWidgets() if one.isVisible()}
            action.trigger()
            QTest.qWait(50)
            for one in QApplication.topLevelWidgets():
                if one.isVisible() and one not in before:
                    # What Qt makes itself, such as its dialog for files, is its own matter.
                    if not isinstance(one, QFileDialog):
                        yield action.text(), one
                    one.close()

    return open_all
