"""The menu of photos, the trash, and what undo says, as a person meets them in the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QDialog, QMenu
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import TRASH
from letspic_desktop.ui.sidebar.entries import Entry

WAIT = 10_000


@pytest.fixture
def library(app: Application, samples: Path) -> Application:
    ImportPhotos(sources=(samples,), albums_from_folders=True).run(app, Progress())
    return app


@pytest.fixture
def filled(library: Application, window: MainWindow, qtbot: QtBot) -> MainWindow:
    qtbot.waitUntil(lambda: "forest" in texts(window), timeout=WAIT)
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 30, timeout=WAIT)
    return window


def texts(window: MainWindow) -> list[str]:
    return [entry.text for entry in window.sidebar.model.entries]


def entry_of(window: MainWindow, text: str) -> Entry:
    return next(entry for entry in window.sidebar.model.entries if entry.text == text)


def photos_of(app: Application, album: str) -> list[str]:
    return app.catalog.albums.photos(app.catalog.albums.by_name(album).id)


def menu_actions(menu: QMenu) -> dict[str, str]:
    return {action.text().split("\t")[0]: action.text() for action in menu.actions() if action.text()}


def run_action(menu: QMenu, text: str) -> None:
    action = next(one for one in menu.actions() if one.text().split("\t")[0] == text)
    assert action.isEnabled()
    action.trigger()


def sub_menu(menu: QMenu, text: str) -> QMenu:
    found = next(one for one in menu.actions() if one.text() == text).menu()
    assert isinstance(found, QMenu)
    return found


def open_photo_menu(window: MainWindow, qtbot: QtBot, count: int = 1) -> QMenu:
    rows = [window.page.grid.photos.rows[number] for number in range(count)]
    window.organising.menu.popup(rows, window.mapToGlobal(QPoint(400, 300)), window.place)
    qtbot.waitUntil(lambda: bool(window.findChildren(QMenu, "photoMenu")), timeout=WAIT)
    return window.findChildren(QMenu, "photoMenu")[-1]


def test_photo_menu_has_what_applies_and_says_why_not(filled: MainWindow, qtbot: QtBot, library: Application) -> None:
    menu = open_photo_menu(filled, qtbot)
    shown = menu_actions(menu)
    assert {"Open", "Search similar", "Rating", "Favourite", "Add to album", "Tags", "Rotate left"} <= set(shown)
    assert not any(text.startswith("Remove from") for text in shown)
    run_action(sub_menu(menu, "Rating"), "★★★")
    menu.close()
    first = filled.page.grid.photos.rows[0].key
    qtbot.waitUntil(lambda: library.catalog.photos.many([str(first)])[0].rating == 3, timeout=WAIT)

    filled.go(entry_of(filled, "forest").place or TRASH)
    qtbot.waitUntil(lambda: len(filled.page.grid.photos.rows) == 3, timeout=WAIT)
    menu = open_photo_menu(filled, qtbot, 2)
    grey = [action.text() for action in menu.actions() if action.text() and not action.isEnabled()]
    assert grey == ["Set as cover of forest  ·  one photo can be the cover", "Copy picture  ·  one picture at a time"]
    run_action(menu, "Remove from forest")
    menu.close()
    qtbot.waitUntil(lambda: len(photos_of(library, "forest")) == 1, timeout=WAIT)


def test_photos_of_devices_alone_can_only_be_opened_and_searched(filled: MainWindow, qtbot: QtBot) -> None:
    row = replace(filled.page.grid.photos.rows[0], key="f" * 64, where="on attic")
    filled.organising.menu.popup([row], QPoint(10, 10), filled.place)
    qtbot.waitUntil(lambda: bool(filled.findChildren(QMenu, "photoMenu")), timeout=WAIT)
    menu = filled.findChildren(QMenu, "photoMenu")[-1]
    assert list(menu_actions(menu)) == ["Open", "Search similar"]
    menu.close()


def test_trash_is_filled_restored_and_emptied_but_files_stay(
    filled: MainWindow, qtbot: QtBot, library: Application
) -> None:
    files = list(library.catalog.photos.paths(library.catalog.photos.all()).values())
    menu = open_photo_menu(filled, qtbot, 2)
    run_action(menu, "Move 2 photos to the trash")
    menu.close()
    qtbot.waitUntil(lambda: "Trash" in texts(filled), timeout=WAIT)
    filled.go(TRASH)
    qtbot.waitUntil(lambda: filled.organising.trash.card.isVisible(), timeout=WAIT)
    qtbot.waitUntil(lambda: len(filled.page.grid.photos.rows) == 2, timeout=WAIT)
    menu = open_photo_menu(filled, qtbot)
    assert "Restore" in menu_actions(menu)
    assert "Rating" not in menu_actions(menu)
    run_action(menu, "Restore")
    menu.close()
    qtbot.waitUntil(lambda: len(filled.page.grid.photos.rows) == 1, timeout=WAIT)

    qtbot.waitUntil(lambda: entry_of(filled, "Trash").count == "1", timeout=WAIT)
    filled.organising.trash.empty()
    dialog = next(one for one in filled.findChildren(QDialog) if one.windowTitle() == "Forget the photo in the trash?")
    assert not dialog.isModal()
    dialog.accept()
    qtbot.waitUntil(lambda: "Trash" not in texts(filled), timeout=WAIT)
    assert library.catalog.photos.count() == 29
    qtbot.waitUntil(lambda: filled.page.messages.text == "1 photo forgotten. Its file is where it was.", timeout=5000)
    assert all(file.is_file() for file in files)
    assert not filled.services.changes.undo_text


def test_undo_and_redo_say_in_the_menu_what_they_would_do(filled: MainWindow, qtbot: QtBot) -> None:
    photos = [str(row.key) for row in filled.page.grid.photos.rows][:3]
    filled.organising.photos.rate(photos, 4)
    qtbot.waitUntil(lambda: bool(filled.services.changes.undo_text), timeout=WAIT)
    menu = QMenu(filled)
    filled.actions_book.fill(menu)
    library = next(one for one in menu.actions() if one.text() == "Library").menu()
    assert isinstance(library, QMenu)
    shown = [action.text() for action in library.actions()]
    assert "Undo: Rate 3 photos with 4 stars" in shown
    assert "Redo" in shown
    menu.aboutToHide.emit()
    assert "Undo" in [action.text() for action in filled.actions()]


def test_copies_never_overwrite(filled: MainWindow, qtbot: QtBot, library: Application, tmp_path: Path) -> None:
    photo = library.catalog.photos.all()[0]
    name = library.catalog.photos.source(photo).name
    (tmp_path / name).write_bytes(b"mine")
    filled.organising.photos._copy_to(tmp_path, (photo,))
    qtbot.waitUntil(lambda: filled.page.messages.text == "1 copy saved.", timeout=WAIT)
    assert (tmp_path / name).read_bytes() == b"mine"
    copy = tmp_path / f"{Path(name).stem} (2){Path(name).suffix}"
    assert copy.read_bytes() == library.catalog.photos.source(photo).read_bytes()
