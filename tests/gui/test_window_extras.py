"""Files that need a package which is not installed: said with the way to get it, and read again on request."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.library.importer import ImportFailure
from letspic_desktop.ui.dialogs.import_report import show_failures
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.organise import missing_extras as extras
from letspic_desktop.ui.organise.missing_extras import missing_extras

LEFT = Qt.MouseButton.LeftButton
# That of the Python that runs: another one's packages would not be found.
COMMAND = f"{sys.executable} -m pip install pi-heif"


@pytest.fixture
def no_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: name if name == "pip" else None)


def buttons(dialog: QDialog) -> dict[str, QPushButton]:
    return {one.text(): one for one in dialog.findChildren(QPushButton)}


@pytest.mark.usefixtures("no_packages")
def test_files_are_told_by_what_they_need() -> None:
    files = [Path("a.HEIC"), Path("b.hif"), Path("c.nef"), Path("d.jpg")]
    assert missing_extras(files) == {"HEIC": files[:2], "RAW": files[2:3]}


def test_nothing_is_missing_where_the_packages_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: name)
    assert missing_extras([Path("a.heic"), Path("c.nef")]) == {}


def test_no_command_is_given_where_none_would_help(
    monkeypatch: pytest.MonkeyPatch, window: MainWindow, qtbot: QtBot
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    reason = "a reason that is far too long for the room that a column has in a table of this width, " * 2
    dialog = show_failures(window, window.services.theme, [ImportFailure(path=Path("/photos/one.heic"), reason=reason)])
    assert any("comes without the part that reads it" in one.text() for one in dialog.findChildren(QLabel))
    assert not buttons(dialog)["Copy the command"].isVisible()
    # The reason is there to the end, over several lines.
    table = dialog.findChild(QTreeWidget, "failures")
    assert isinstance(table, QTreeWidget)
    qtbot.waitUntil(
        lambda: table.visualItemRect(table.topLevelItem(0)).height() > 2 * table.fontMetrics().height(), timeout=5000
    )
    dialog.close()


@pytest.mark.usefixtures("no_packages")
def test_dialog_says_how_to_get_them(window: MainWindow, qtbot: QtBot) -> None:
    failures = [
        ImportFailure(path=Path("/photos/one.heic"), reason="why"),
        ImportFailure(path=Path("/x.jpg"), reason="w"),
    ]
    dialog = show_failures(window, window.services.theme, failures)
    assert any(COMMAND in one.text() for one in dialog.findChildren(QLabel))
    qtbot.mouseClick(buttons(dialog)["Copy the command"], LEFT)
    assert QGuiApplication.clipboard().text() == COMMAND
    table = dialog.findChild(QTreeWidget, "failures")
    assert isinstance(table, QTreeWidget)
    badges = [not item.icon(0).isNull() for row in range(2) if (item := table.topLevelItem(row)) is not None]
    assert badges == [True, False]
    dialog.close()


def test_files_are_read_again(
    window: MainWindow, qtbot: QtBot, app: Application, samples: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "one.jpg"
    broken.write_bytes(b"\xff\xd8\xff not yet whole")
    window.imports.import_paths([broken])
    qtbot.waitUntil(
        lambda: "none" in window.page.messages.text.lower() or bool(window.page.messages.text), timeout=9000
    )
    shutil.copy(samples / "fruit" / "fruit_000.jpg", broken)
    qtbot.waitUntil(lambda: not window.imports._busy, timeout=9000)
    window.imports.show_all_failures()
    qtbot.waitUntil(lambda: window.findChild(QTreeWidget, "failures") is not None, timeout=9000)
    table = window.findChild(QTreeWidget, "failures")
    assert isinstance(table, QTreeWidget)
    dialog = table.window()
    assert isinstance(dialog, QDialog)
    qtbot.mouseClick(buttons(dialog)["Read them again"], LEFT)
    qtbot.waitUntil(lambda: app.catalog.photos.count() == 1, timeout=9000)
    qtbot.waitUntil(lambda: bool(window.overview and not window.overview.unreadable), timeout=9000)
