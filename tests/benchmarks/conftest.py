"""A library of 100,000 photos for all measurements of a session, and windows over it or over small ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.benchmarks.big_library import make_big_library

from letspic_desktop.application import Application
from letspic_desktop.fleet.discovery import Discovery
from letspic_desktop.ui.app import open_window
from letspic_desktop.ui.main_window import MainWindow

if TYPE_CHECKING:
    from letspic_desktop.backbones.store import Backbone

OpenWindow = Callable[[Application], MainWindow]


@pytest.fixture(scope="session")
def big_home(tmp_path_factory: pytest.TempPathFactory, backbone: Backbone) -> Path:
    """The home of a library of 100,000 photos with all their features, and of a group with a head."""
    home = make_big_library(tmp_path_factory.mktemp("big"), backbone)
    shutil.copytree(backbone.path.parent, home / "backbones", dirs_exist_ok=True)
    return home


@pytest.fixture
def open_it(qapp: QApplication, qtbot: QtBot) -> Iterator[OpenWindow]:
    """Open windows, wait until they have shown what there is and are at rest, and close them in the end."""
    with ExitStack() as stack:

        def open_(app: Application) -> MainWindow:
            window = stack.enter_context(open_window(app, qapp, make_finder=Discovery))
            window.resize(1280, 820)
            window.show()
            window.open_first()
            qtbot.waitUntil(lambda: window.overview is not None, timeout=20_000)
            qtbot.waitUntil(lambda: not window.services.runner.busy, timeout=60_000)
            return window

        yield open_
