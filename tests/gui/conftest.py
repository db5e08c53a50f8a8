"""Windows for the tests: offscreen, each over a home of its own, with nothing left behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.backbones.store import Backbone
from letspic_desktop.fleet.discovery import Discovery
from letspic_desktop.retrieval.samples import render_samples
from letspic_desktop.ui.app import open_window
from letspic_desktop.ui.main_window import MainWindow

OpenWindow = Callable[..., MainWindow]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as what it is."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.gui)


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
