"""The window from the outside: first start, import, places, messages, look, and what it remembers."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QTreeWidget
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.organise import CreateAlbum
from letspic_desktop.progress import Progress
from letspic_desktop.ui.look.tokens import DARK, LIGHT
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import ALL_PHOTOS, Place
from letspic_desktop.ui.viewer.window import Viewer


def drop(window: MainWindow, *paths: Path) -> None:
    """Drop files onto the photos, as the system does it."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    at, copy = QPoint(300, 300), Qt.DropAction.CopyAction
    enter = QDragEnterEvent(at, copy, mime, buttons, keys)
    QApplication.sendEvent(window.page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window.page, QDropEvent(QPointF(at), copy, mime, buttons, keys))
    assert window.imports._busy


def imported(window: MainWindow, qtbot: QtBot, photos: int) -> None:
    qtbot.waitUntil(lambda: not window.imports._busy, timeout=30_000)
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == photos, timeout=10_000)
    qtbot.waitUntil(lambda: f"All photos {photos}" in sidebar_texts(window), timeout=10_000)


def sidebar_texts(window: MainWindow) -> list[str]:
    return [f"{entry.text} {entry.count}".strip() for entry in window.sidebar.model.entries]


def shown_names(window: MainWindow) -> list[str]:
    return [one.name for one in window.page.grid.photos.rows]


def test_first_start_invites(window: MainWindow) -> None:
    assert window.page.empty.isVisible()
    assert not window.panel.isVisible()
    assert not window.page.start_button.isVisible()
    assert sidebar_texts(window) == ["Library", "All photos 0"]


def test_dropped_folder_fills_grid_and_albums(window: MainWindow, qtbot: QtBot, samples: Path) -> None:
    drop(window, samples)
    imported(window, qtbot, 30)

    assert not window.page.empty.isVisible()
    assert window.panel.isVisible()
    assert "All photos 30" in sidebar_texts(window)
    assert "forest 3" in sidebar_texts(window)
    qtbot.waitUntil(lambda: window.page.messages.text == "30 photos added.", timeout=5000)
    assert all(row.name.endswith(".jpg") for row in window.page.grid.photos.rows)
    qtbot.waitUntil(lambda: window._services.thumbnails.kept_bytes > 0, timeout=10_000)


def test_folder_without_sub_folders_becomes_an_album(window: MainWindow, qtbot: QtBot, samples: Path) -> None:
    drop(window, samples / "forest", samples / "city")
    imported(window, qtbot, 6)
    assert {"forest 3", "city 3"} <= set(sidebar_texts(window))


def test_album_shows_its_own_photos_and_words_filter_them(window: MainWindow, qtbot: QtBot, samples: Path) -> None:
    drop(window, samples)
    imported(window, qtbot, 30)
    album = next(one for one in window.overview.albums if one.name == "forest")
    row = window.sidebar.model.row_of(Place(kind="album", key=str(album.id)))
    assert row is not None
    place = window.sidebar.view.visualRect(window.sidebar.model.index(row)).center()
    qtbot.mouseClick(window.sidebar.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 3, timeout=5000)
    assert window.windowTitle() == "forest — LetsPic"

    qtbot.keyClicks(window.page.search_field, "002")
    qtbot.waitUntil(lambda: shown_names(window) == ["forest_002.jpg"], timeout=5000)
    qtbot.keyClicks(window.page.search_field, " nowhere")
    qtbot.waitUntil(lambda: not window.page.grid.isVisible(), timeout=5000)
    window.page.search_field.clear()
    assert len(window.page.grid.photos.rows) == 3


def test_unreadable_file_is_listed_with_its_reason(
    window: MainWindow, qtbot: QtBot, samples: Path, tmp_path: Path
) -> None:
    mixed = tmp_path / "mixed"
    shutil.copytree(samples / "fruit", mixed)
    (mixed / "broken.jpg").write_bytes((mixed / "fruit_000.jpg").read_bytes()[:300])
    drop(window, mixed)
    imported(window, qtbot, 3)

    qtbot.waitUntil(lambda: window.page.messages.text == "3 photos added, 1 file could not be read.", timeout=5000)
    qtbot.mouseClick(window.page.messages._button, Qt.MouseButton.LeftButton)
    table = window.findChild(QTreeWidget, "failures")
    assert isinstance(table, QTreeWidget)
    item = table.topLevelItem(0)
    assert item is not None
    assert item.text(0) == "broken.jpg"
    assert item.text(1)
    assert "Not readable 1" in sidebar_texts(window)


def test_folder_without_photos_gives_one_sentence(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    drop(window, tmp_path / "nothing")
    qtbot.waitUntil(lambda: bool(window.page.messages.text), timeout=5000)
    assert window.page.messages.text.startswith("There is no photo in ")
    assert window.page.empty.isVisible()


def test_start_without_group_says_what_is_missing(window: MainWindow, qtbot: QtBot, samples: Path) -> None:
    drop(window, samples)
    imported(window, qtbot, 30)
    window.runs.start()
    qtbot.waitUntil(
        lambda: window.page.messages.text == "Fine-tuning needs a group of albums and devices.", timeout=5000
    )
    qtbot.mouseClick(window.page.messages._button, Qt.MouseButton.LeftButton)
    dialog = next(one for one in window.findChildren(QDialog) if one.windowTitle() == "New group")
    qtbot.keyClicks(dialog.name, "Hiking club")  # type: ignore[attr-defined]
    qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: window.finetuning.group is not None, timeout=5000)


def test_things_changed_elsewhere_appear(window: MainWindow, qtbot: QtBot, app: Application) -> None:
    CreateAlbum(name="Made by a command").run(app, Progress())
    qtbot.waitUntil(lambda: "Made by a command 0" in sidebar_texts(window), timeout=5000)


def test_look_switches_while_open_also_after_parts_are_gone(window: MainWindow, qtbot: QtBot) -> None:
    theme = window._services.theme
    window.panel.bars.show_devices(["one", "two"])
    followers = len(theme._followers)
    window.panel.bars.show_devices([])
    qtbot.waitUntil(lambda: len(theme._followers) == followers - 2, timeout=5000)
    for choice, tokens in (("dark", DARK), ("light", LIGHT)):
        theme.choose(choice)  # type: ignore[arg-type]
        assert window.palette().window().color().name() == tokens["bg"]


def test_next_start_is_as_the_last_one_ended(
    app: Application, window: MainWindow, qtbot: QtBot, samples: Path, open_it: object
) -> None:
    drop(window, samples)
    imported(window, qtbot, 30)
    album = window.overview.albums[2]
    window.go(Place(kind="album", key=str(album.id)))
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 3, timeout=5000)
    window._services.theme.choose("dark")
    window.page.grid.set_side(240)
    window.close()

    again = open_it(app)  # type: ignore[operator]
    assert again.windowTitle() == f"{album.name} — LetsPic"
    assert again._services.theme.dark
    assert again.page.grid.side == 240
    again._services.theme.choose("light")


def test_damaged_settings_are_as_if_they_were_not_there(app: Application, open_it: object, home: Path) -> None:
    (home / "window.ini").write_text("look=@Invalid(\nplace=album:x'y\nphoto-side=huge\ngeometry=7")
    window = open_it(app)  # type: ignore[operator]
    assert window._place == ALL_PHOTOS


def test_photo_opens_in_full_and_arrows_go_on(window: MainWindow, qtbot: QtBot, samples: Path) -> None:
    drop(window, samples / "city")
    imported(window, qtbot, 3)
    window.page.grid.opened.emit(0)
    viewer = next(iter(window.findChildren(Viewer)))
    qtbot.waitUntil(lambda: viewer.shows_picture, timeout=5000)
    first = viewer.windowTitle()
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    assert viewer.windowTitle() != first
    assert viewer.windowTitle().endswith("2 of 3")
    with qtbot.waitSignal(viewer.destroyed):
        qtbot.keyClick(viewer, Qt.Key.Key_Escape)


def test_controls_and_photos_have_names(window: MainWindow, qtbot: QtBot, samples: Path) -> None:
    drop(window, samples / "city")
    imported(window, qtbot, 3)
    nameless = [
        one
        for one in window.findChildren(QAbstractButton)
        if not one.isHidden()
        and not one.text()
        and not one.accessibleName()
        # Qt's own clear button in the search field.
        and type(one).__name__ != "QToolButton"
    ]
    assert not nameless
    model = window.page.grid.photos
    spoken = [model.data(model.index(row), Qt.ItemDataRole.AccessibleTextRole) for row in range(3)]
    assert all("city" in text for text in spoken)
    for widget in (window.page.grid, window.sidebar.view, window.panel, window.page.search_field):
        assert widget.accessibleName()


def test_size_of_photos_stays_in_its_bounds(window: MainWindow, qtbot: QtBot, samples: Path) -> None:
    drop(window, samples)
    imported(window, qtbot, 30)
    grid = window.page.grid
    for side in (10, 200, 4000):
        grid.set_side(side)
        assert 90 <= grid.gridSize().width() <= 340
    assert grid.indexAt(grid.visualRect(grid.photos.index(0)).center()).row() == 0
