"""The app menu: what is done first stands first, what ends something last, and what cannot be done is grey."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.main_window import MainWindow

FOR_A_SELECTION = {
    "Add a tag to the selected photos",
    "Add the selected photos to an album",
    "Search similar to the selected photo",
}


def usable(window: MainWindow) -> dict[str, bool]:
    """Open the app menu, and return which of its entries can be used."""
    menu = QMenu(window)
    window.actions_book.fill(menu)
    found = {}
    for part in menu.actions():
        listed = part.menu()
        assert isinstance(listed, QMenu)
        found.update({one.text(): one.isEnabled() for one in listed.actions()})
    menu.aboutToHide.emit()
    menu.deleteLater()
    return found


def test_library_begins_with_adding_and_ends_with_quitting(window: MainWindow) -> None:
    library = [one.text() for one in window.actions_book.sections()["Library"]]
    assert library[:5] == ["Add a folder of photos", "New album", "New tag", "Undo", "Redo"]
    assert library[-2:] == ["Empty the trash", "Quit"]


def test_what_needs_a_selection_is_grey_without_one(
    app: Application, samples: Path, open_it: object, qtbot: QtBot
) -> None:
    ImportPhotos(sources=(samples / "city",)).run(app, Progress())
    window: MainWindow = open_it(app)  # type: ignore[operator]
    qtbot.waitUntil(window.page.grid.isVisible, timeout=5000)
    assert {text for text in FOR_A_SELECTION if usable(window)[text]} == set()
    window.page.grid.selectAll()
    assert {text for text in FOR_A_SELECTION if usable(window)[text]} == FOR_A_SELECTION
