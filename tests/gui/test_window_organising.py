"""Albums, tags, trash and undo as a person does them in the window: sidebar, menus, keys, drops."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.organise import CreateAlbum
from letspic_desktop.operations.tags import TagPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.grid.photo_drag import drag_data
from letspic_desktop.ui.look.choice_popup import ChoicePopup
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import FAVOURITES, RECENT, TRASH
from letspic_desktop.ui.sidebar.entries import Entry

LEFT = Qt.MouseButton.LeftButton
WAIT = 10_000


@pytest.fixture
def library(app: Application, samples: Path) -> Application:
    ImportPhotos(sources=(samples,), albums_from_folders=True).run(app, Progress())
    photos = app.catalog.photos.all()
    TagPhotos(tag="Travel/Jeju/Beach", photos=tuple(photos[:4])).run(app, Progress())
    TagPhotos(tag="Travel/Alps", photos=tuple(photos[4:6])).run(app, Progress())
    return app


@pytest.fixture
def filled(library: Application, window: MainWindow, qtbot: QtBot) -> Iterator[MainWindow]:
    qtbot.waitUntil(lambda: "Alps" in texts(window), timeout=WAIT)
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 30, timeout=WAIT)
    return window


def texts(window: MainWindow) -> list[str]:
    return [entry.text for entry in window.sidebar.model.entries]


def entry_of(window: MainWindow, text: str) -> Entry:
    return next(entry for entry in window.sidebar.model.entries if entry.text == text)


def focus(window: MainWindow, text: str) -> None:
    """Bring the keyboard to an entry."""
    model, view = window.sidebar.model, window.sidebar.view
    view.setFocus()
    view.setCurrentIndex(model.index(texts(window).index(text)))


def press(window: MainWindow, qtbot: QtBot, key: Qt.Key) -> None:
    qtbot.keyClick(window.sidebar.view, key)


def drop_on(window: MainWindow, text: str, mime: QMimeData) -> bool:
    """Drop something on an entry as the system does it; return whether the entry took it."""
    view, model = window.sidebar.view, window.sidebar.model
    view.scrollTo(model.index(texts(window).index(text)))
    at = view.visualRect(model.index(texts(window).index(text))).center()
    keys, copy = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(at, copy, mime, LEFT, keys)
    QApplication.sendEvent(view.viewport(), enter)
    if not enter.isAccepted():
        return False
    assert view._delegate.target == texts(window).index(text)
    QApplication.sendEvent(view.viewport(), QDropEvent(QPointF(at), copy, mime, LEFT, keys))
    assert view._delegate.target is None
    return True


def click_message(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.page.messages._button, LEFT)


def photos_of(app: Application, album: str) -> list[str]:
    return app.catalog.albums.photos(app.catalog.albums.by_name(album).id)


def run_action(menu: QMenu, text: str) -> None:
    action = next(one for one in menu.actions() if one.text().split("\t")[0] == text)
    assert action.isEnabled()
    action.trigger()


def sub_menu(menu: QMenu, text: str) -> QMenu:
    found = next(one for one in menu.actions() if one.text() == text).menu()
    assert isinstance(found, QMenu)
    return found


def place_menu(window: MainWindow, text: str) -> QMenu:
    """Open an entry's context menu with the menu key."""
    focus(window, text)
    view = window.sidebar.view
    at = view.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, view.mapToGlobal(at))
    QApplication.sendEvent(view.viewport(), event)
    return window.findChildren(QMenu, "placeMenu")[-1]


def test_sidebar_lists_everything_with_counts_and_names(filled: MainWindow) -> None:
    entries = filled.sidebar.model.entries
    assert texts(filled)[:5] == ["Library", "All photos", "Recent", "Favourites", "Duplicates"]
    assert [entry.text for entry in entries if entry.heading] == ["Library", "Albums", "Tags", "Groups"]
    assert entry_of(filled, "forest").spoken == "forest, 3 photos"
    assert (entry_of(filled, "Travel").count, entry_of(filled, "Beach").depth) == ("6", 2)
    assert entry_of(filled, "Beach").spoken == "Travel/Jeju/Beach, 4 photos"


def test_headings_and_tags_fold_by_mouse_and_keyboard_and_stay_so(
    filled: MainWindow, qtbot: QtBot, library: Application
) -> None:
    model, view = filled.sidebar.model, filled.sidebar.view
    heading = view.visualRect(model.index(texts(filled).index("Albums")))
    qtbot.mouseClick(view.viewport(), LEFT, pos=heading.center())
    assert "forest" not in texts(filled)
    assert entry_of(filled, "Albums").spoken == "Albums, 10 entries, folded"

    focus(filled, "Jeju")
    press(filled, qtbot, Qt.Key.Key_Left)
    assert "Beach" not in texts(filled)
    press(filled, qtbot, Qt.Key.Key_Left)
    assert view.entry(view.currentIndex()) == entry_of(filled, "Travel")
    press(filled, qtbot, Qt.Key.Key_Left)
    assert "Jeju" not in texts(filled)
    press(filled, qtbot, Qt.Key.Key_Right)
    assert "Jeju" in texts(filled)
    assert "Beach" not in texts(filled)

    CreateAlbum(name="Another").run(library, Progress())
    qtbot.waitUntil(lambda: entry_of(filled, "Albums").spoken == "Albums, 11 entries, folded", timeout=WAIT)
    filled.organising.close()
    assert filled._settings.folded == ["part:albums", "tag:Travel/Jeju"]


def test_arrow_keys_go_from_place_to_place(filled: MainWindow, qtbot: QtBot) -> None:
    focus(filled, "All photos")
    press(filled, qtbot, Qt.Key.Key_Down)
    assert filled.place == RECENT
    press(filled, qtbot, Qt.Key.Key_Down)
    assert filled.place == FAVOURITES
    focus(filled, "Beach")
    press(filled, qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(filled.page.grid.photos.rows) == 4, timeout=WAIT)
    assert filled.windowTitle() == "Travel/Jeju/Beach — LetsPic"


def test_album_is_renamed_where_it_stands_and_undone(filled: MainWindow, qtbot: QtBot, library: Application) -> None:
    focus(filled, "forest")
    press(filled, qtbot, Qt.Key.Key_F2)
    field = filled.sidebar.view.viewport().findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    assert field.text() == "forest"
    field.selectAll()
    qtbot.keyClicks(field, "Woods")
    # A refresh in the middle of typing takes nothing away.
    CreateAlbum(name="Meanwhile").run(library, Progress())
    qtbot.waitUntil(lambda: any(one.name == "Meanwhile" for one in filled.overview.albums), timeout=WAIT)
    assert field.text() == "Woods"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: {"Woods", "Meanwhile"} <= set(texts(filled)), timeout=WAIT)
    qtbot.waitUntil(lambda: filled.page.messages.text == "forest is called Woods now.", timeout=5000)
    click_message(filled, qtbot)
    qtbot.waitUntil(lambda: "forest" in texts(filled) and "Woods" not in texts(filled), timeout=WAIT)


def test_taken_name_is_said_and_nothing_changes(filled: MainWindow, qtbot: QtBot) -> None:
    filled.sidebar.renamed.emit(entry_of(filled, "forest").place, "City")
    qtbot.waitUntil(lambda: bool(filled.page.messages.text), timeout=WAIT)
    qtbot.waitUntil(
        lambda: (
            filled.page.messages.text == "An album named “city” exists already. Choose another name, or merge the two."
        ),
        timeout=5000,
    )
    assert {"forest", "city"} <= set(texts(filled))


def test_delete_key_deletes_an_album_and_ctrl_z_brings_it_back(
    filled: MainWindow, qtbot: QtBot, library: Application
) -> None:
    before = photos_of(library, "forest")
    focus(filled, "forest")
    press(filled, qtbot, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "forest" not in texts(filled), timeout=WAIT)
    qtbot.waitUntil(
        lambda: filled.page.messages.text == "Album forest deleted. Its photos stay in the library.", timeout=5000
    )
    assert library.catalog.photos.count() == 30
    assert not any(dialog.isModal() for dialog in filled.findChildren(QDialog))
    qtbot.keyClick(filled, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "forest" in texts(filled), timeout=WAIT)
    assert photos_of(library, "forest") == before


def test_new_album_from_the_menu_of_the_keyboard(filled: MainWindow, qtbot: QtBot) -> None:
    filled.organising.albums.new()
    dialog = next(one for one in filled.findChildren(QDialog) if one.windowTitle() == "Name of the new album")
    assert not dialog.isModal()
    qtbot.keyClicks(dialog.findChild(QLineEdit), "Summer")
    dialog.accept()
    qtbot.waitUntil(lambda: filled.windowTitle() == "Summer — LetsPic", timeout=WAIT)
    qtbot.waitUntil(lambda: "Summer" in texts(filled), timeout=WAIT)


def test_albums_are_merged_sorted_and_get_a_cover(filled: MainWindow, qtbot: QtBot, library: Application) -> None:
    before = set(photos_of(library, "forest"))
    menu = place_menu(filled, "forest")
    run_action(sub_menu(menu, "Merge into"), "city")
    menu.close()
    qtbot.waitUntil(lambda: "forest" not in texts(filled), timeout=WAIT)
    assert before <= set(photos_of(library, "city"))
    click_message(filled, qtbot)
    qtbot.waitUntil(lambda: "forest" in texts(filled), timeout=WAIT)
    assert len(photos_of(library, "city")) == 3

    mixed = photos_of(library, "forest")
    menu = place_menu(filled, "forest")
    run_action(sub_menu(menu, "Put in order"), "Oldest first")
    menu.close()
    qtbot.waitUntil(lambda: bool(filled.page.messages.text), timeout=WAIT)
    oldest = sorted(library.catalog.photos.many(mixed), key=lambda photo: photo.shown_at)
    qtbot.waitUntil(
        lambda: (
            [one.shown_at for one in library.catalog.photos.many(photos_of(library, "forest"))]
            == [one.shown_at for one in oldest]
        ),
        timeout=WAIT,
    )

    filled.go(entry_of(filled, "forest").place or TRASH)
    qtbot.waitUntil(lambda: len(filled.page.grid.photos.rows) == 3, timeout=WAIT)
    last = photos_of(library, "forest")[-1]
    filled.organising.albums.set_cover(library.catalog.albums.by_name("forest"), last)
    qtbot.waitUntil(lambda: library.catalog.albums.by_name("forest").cover == last, timeout=WAIT)


def test_photos_are_dropped_on_albums_tags_favourites_trash_and_headings(
    filled: MainWindow, qtbot: QtBot, library: Application
) -> None:
    photos = library.catalog.photos.all()
    assert drop_on(filled, "forest", drag_data(photos[:5]))
    qtbot.waitUntil(lambda: set(photos[:5]) <= set(photos_of(library, "forest")), timeout=WAIT)
    assert drop_on(filled, "Alps", drag_data(photos[10:12]))
    qtbot.waitUntil(lambda: len(library.catalog.tags.photos("Travel/Alps")) == 4, timeout=WAIT)
    assert drop_on(filled, "Favourites", drag_data(photos[:2]))
    qtbot.waitUntil(lambda: entry_of(filled, "Favourites").count == "2", timeout=WAIT)
    assert drop_on(filled, "Albums", drag_data(photos[:3]))
    dialog = next(one for one in filled.findChildren(QDialog) if "new album" in one.windowTitle())
    qtbot.keyClicks(dialog.findChild(QLineEdit), "Chosen")
    dialog.accept()
    qtbot.waitUntil(lambda: "Chosen" in texts(filled), timeout=WAIT)
    assert photos_of(library, "Chosen") == photos[:3]
    library.catalog.photos.trash(photos[20:21])
    filled.refresh()
    qtbot.waitUntil(lambda: "Trash" in texts(filled), timeout=WAIT)
    assert drop_on(filled, "Trash", drag_data(photos[:1]))
    qtbot.waitUntil(lambda: entry_of(filled, "Trash").count == "2", timeout=WAIT)
    assert not drop_on(filled, "All photos", drag_data(photos[:1]))
    assert not drop_on(filled, "Recent", drag_data(photos[:1]))


def test_folder_dropped_on_an_album_is_imported_into_it(
    filled: MainWindow, qtbot: QtBot, library: Application, tmp_path: Path, samples: Path
) -> None:
    folder = tmp_path / "more"
    (folder / "deep").mkdir(parents=True)
    Image.new("RGB", (64, 64), "teal").save(folder / "deep" / "teal.png")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder))])
    assert drop_on(filled, "forest", mime)
    qtbot.waitUntil(lambda: len(photos_of(library, "forest")) == 4, timeout=WAIT)
    assert "more" not in texts(filled)
    assert "deep" not in texts(filled)


def test_tags_are_made_renamed_merged_and_deleted(filled: MainWindow, qtbot: QtBot, library: Application) -> None:
    filled.sidebar.renamed.emit(entry_of(filled, "Jeju").place, "Jejudo")
    qtbot.waitUntil(lambda: "Jejudo" in texts(filled), timeout=WAIT)
    assert library.catalog.tags.photos("Travel/Jejudo/Beach")

    menu = place_menu(filled, "Alps")
    run_action(sub_menu(menu, "Merge into"), "Travel/Jejudo")
    menu.close()
    qtbot.waitUntil(lambda: "Alps" not in texts(filled), timeout=WAIT)
    assert entry_of(filled, "Jejudo").count == "6"

    menu = place_menu(filled, "Beach")
    run_action(sub_menu(menu, "Move below"), "No other tag")
    menu.close()
    qtbot.waitUntil(lambda: entry_of(filled, "Beach").depth == 0, timeout=WAIT)

    focus(filled, "Travel")
    press(filled, qtbot, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "Travel" not in texts(filled), timeout=WAIT)
    for _ in range(4):
        before = filled.services.changes.stack.index()
        filled.services.changes.undo()
        qtbot.waitUntil(lambda: not filled.services.changes.busy, timeout=WAIT)
        assert filled.services.changes.stack.index() == before - 1
    qtbot.waitUntil(lambda: {"Travel", "Jeju", "Beach", "Alps"} <= set(texts(filled)), timeout=WAIT)


def test_ctrl_t_adds_a_tag_and_remembers_it(filled: MainWindow, qtbot: QtBot, library: Application) -> None:
    filled.page.grid.selectAll()
    qtbot.keyClick(filled, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    popup = filled.findChildren(ChoicePopup)[-1]
    qtbot.keyClicks(popup.field, "alp")
    assert popup.choices.item(0).text() == "Travel/Alps"
    qtbot.keyClick(popup.field, Qt.Key.Key_Down)
    item = popup.choices.currentItem()
    assert item is not None
    assert item.text() == "New tag “alp”"
    qtbot.keyClick(popup.field, Qt.Key.Key_Up)
    qtbot.keyClick(popup.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(library.catalog.tags.photos("Travel/Alps")) == 30, timeout=WAIT)
    qtbot.waitUntil(lambda: filled.page.messages.text == "30 photos tagged with Travel/Alps.", timeout=WAIT)
    assert filled.organising.tags.recent == ["Travel/Alps"]
    filled.services.changes.undo()
    qtbot.waitUntil(lambda: len(library.catalog.tags.photos("Travel/Alps")) == 2, timeout=WAIT)


def test_category_of_a_group_is_ticked_in_the_menu_and_marked(
    home_with_backbone: Path, library: Application, window: MainWindow, qtbot: QtBot
) -> None:
    CreateGroup(name="Club", albums=("forest",)).run(library, Progress())
    qtbot.waitUntil(lambda: "Club" in texts(window), timeout=WAIT)
    assert entry_of(window, "forest").mark == "category"
    assert entry_of(window, "city").mark == ""
    menu = place_menu(window, "forest")
    ticks = {action.text(): action.isChecked() for action in menu.actions() if action.isCheckable()}
    assert ticks == {"Category of Club: fine-tuning learns it": True, "Shared with Club for searches": True}
    run_action(menu, "Category of Club: fine-tuning learns it")
    menu.close()
    qtbot.waitUntil(lambda: entry_of(window, "forest").mark == "shared", timeout=WAIT)
    said = "Club searches in forest, and does not learn it."
    qtbot.waitUntil(lambda: window.page.messages.text == said, timeout=WAIT)
    window.sidebar.model.renamed.emit(entry_of(window, "Club"), "Hikers")
    qtbot.waitUntil(lambda: "Hikers" in texts(window), timeout=WAIT)
