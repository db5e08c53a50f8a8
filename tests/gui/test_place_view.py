"""A place as a person wants to see it: filters, order, headings, and changes by keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from PySide6.QtCore import QItemSelectionModel, QMimeData, QPoint, Qt
from PySide6.QtGui import QAction, QDragEnterEvent
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.organise import CreateAlbum, RatePhotos, SetFavourite
from letspic_desktop.operations.tags import TagPhotos
from letspic_desktop.operations.trash import TrashPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import FAVOURITES, RECENT, TRASH, Place

OpenIt = Callable[[Application], MainWindow]


@pytest.fixture
def library(app: Application, samples) -> Application:
    """Three photos each of two kinds, taken in three months at two spots; one is in an album that has an order."""
    ImportPhotos(sources=(samples / "city", samples / "forest"), albums_from_folders=False).run(app, Progress())
    photos = by_name(app)
    when = ["2026-07-02", "2026-07-01", "2026-05-09", "2025-12-30", "2025-12-29", "2025-12-28"]

    def write(connection) -> None:
        for number, name in enumerate(sorted(photos)):
            connection.execute(
                "UPDATE photos SET taken_local = ?, latitude = ?, longitude = ?, camera = ? WHERE sha256 = ?",
                (
                    f"{when[number]}T10:00:00",
                    47.3 if number < 2 else 37.6 if number < 4 else None,
                    8.6 if number < 2 else 127.0 if number < 4 else None,
                    "Pixel 8" if number % 2 else "Canon EOS",
                    photos[name],
                ),
            )

    app.catalog.database.call(write)
    RatePhotos(photos=(photos["forest_000.jpg"],), rating=5).run(app, Progress())
    RatePhotos(photos=(photos["city_002.jpg"],), rating=3).run(app, Progress())
    SetFavourite(photos=(photos["city_000.jpg"],)).run(app, Progress())
    order = ("forest_001.jpg", "city_001.jpg", "forest_002.jpg")
    CreateAlbum(name="Walk", photos=tuple(photos[name] for name in order)).run(app, Progress())
    TagPhotos(tag="Travel/Jeju", photos=(photos["city_001.jpg"],)).run(app, Progress())
    return app


def by_name(app: Application) -> dict[str, str]:
    """Return the photos by the names of their files."""
    return {app.catalog.photos.paths([one])[one].name: one for one in app.catalog.photos.all()}


def shown(window: MainWindow, qtbot: QtBot) -> list[str]:
    """Wait for the photos that are wanted and return their names, short."""
    qtbot.waitUntil(lambda: not window.page._words.busy, timeout=5000)
    return [row.name.removesuffix(".jpg").replace("_00", "") for row in window.page.grid.photos.rows]


def titles(window: MainWindow) -> list[tuple[str, int]]:
    """Return the headings with the numbers of their photos."""
    return [(one.title, one.count) for one in window.page.grid._sections]


def pick(window: MainWindow, chip: str, entry: str) -> None:
    """Open the menu of a filter and choose an entry."""
    window.page.filters.chips[chip].click()
    action(window.page.filters, entry).trigger()


def action(widget, text: str) -> QAction:
    """Return an entry of the menu that is open."""
    menus = [menu for menu in widget.findChildren(QMenu) if menu.isVisible()]
    found = [one for menu in menus for one in menu.actions() if one.text().startswith(text)]
    for menu in menus:
        menu.hide()
    return found[0]


def select(window: MainWindow, *numbers: int) -> None:
    """Select photos."""
    model = window.page.grid.selectionModel()
    model.clearSelection()
    for number in numbers:
        model.select(window.page.grid.photos.index(number), QItemSelectionModel.SelectionFlag.Select)
    window.page.grid.setFocus()


def test_headings_are_months_places_or_albums(library: Application, open_it: OpenIt, qtbot: QtBot) -> None:
    window = open_it(library)
    assert shown(window, qtbot) == ["city0", "city1", "city2", "forest0", "forest1", "forest2"]
    assert titles(window) == [("July 2026", 2), ("May 2026", 1), ("December 2025", 3)]
    window.page.view_bar._segments["place"].click()
    shown(window, qtbot)
    assert titles(window) == [("47.25° N, 8.75° E", 2), ("37.75° N, 127.25° E", 2), ("Without a place", 2)]
    window.page.view_bar._segments["album"].click()
    assert shown(window, qtbot)[:3] == ["city1", "forest1", "forest2"]
    assert titles(window) == [("Walk", 3), ("In no album", 3)]


def test_orders(library: Application, open_it: OpenIt, qtbot: QtBot) -> None:
    window = open_it(library)
    for entry, first, headings in (("Oldest", "forest2", 3), ("Best", "forest0", 0), ("By name", "city0", 0)):
        window.page.view_bar.sort_button.click()
        action(window.page.view_bar, entry).trigger()
        assert shown(window, qtbot)[0] == first
        assert len(titles(window)) == headings
    album = library.catalog.albums.all()[0]
    window.go(Place(kind="album", key=str(album.id)))
    assert shown(window, qtbot) == ["forest1", "city1", "forest2"]
    assert window.page.content is not None
    assert window.page.content.movable
    assert window.page.grid.acceptDrops()
    window.page.view_bar.sort_button.click()
    action(window.page.view_bar, "Newest").trigger()
    assert shown(window, qtbot) == ["city1", "forest1", "forest2"]
    assert not window.page.grid.acceptDrops()


def test_filters_words_and_order_are_one_query(library: Application, open_it: OpenIt, qtbot: QtBot) -> None:
    window = open_it(library)
    page = window.page
    page.view_bar.filter_button.click()
    assert page.filters.isVisible()
    qtbot.waitUntil(lambda: bool(page.filters._choices.cameras), timeout=5000)
    pick(window, "camera", "Pixel 8")
    assert shown(window, qtbot) == ["city1", "forest0", "forest2"]
    assert page.view_bar.count.text() == "3 of 6"
    assert page.filters.chips["camera"].text() == "Camera: Pixel 8"
    qtbot.keyClicks(page.search_field, "forest")
    assert shown(window, qtbot) == ["forest0", "forest2"]
    pick(window, "rating", "4 stars")
    assert shown(window, qtbot) == ["forest0"]
    pick(window, "spot", "47.25")
    assert shown(window, qtbot) == []
    assert not page.grid.isVisible()
    assert page._nothing._text.text() == "No photo here has all that the filters ask for."
    page._nothing.clear.click()
    assert len(shown(window, qtbot)) == 6
    assert page.search_field.text() == ""
    assert page.filters.chips["camera"].text() == "Camera"
    assert page.grid.isVisible()


@pytest.mark.parametrize(
    ("chip", "entry", "names"),
    [
        ("album", "Walk", ["city1", "forest1", "forest2"]),
        ("tag", "Travel  (", ["city1"]),
        ("date", "2026", ["city0", "city1", "city2"]),
        ("spot", "37.75", ["city2", "forest0"]),
    ],
)
def test_menus_of_filters(
    library: Application, open_it: OpenIt, qtbot: QtBot, chip: str, entry: str, names: list[str]
) -> None:
    window = open_it(library)
    window.page.view_bar.filter_button.click()
    qtbot.waitUntil(lambda: bool(window.page.filters._choices.cameras), timeout=5000)
    pick(window, chip, entry)
    assert shown(window, qtbot) == names
    pick(window, chip, "Any")
    assert len(shown(window, qtbot)) == 6


def test_chips_that_switch(library: Application, open_it: OpenIt, qtbot: QtBot) -> None:
    window = open_it(library)
    window.page.view_bar.filter_button.click()
    for chip, names in (
        ("favourites", ["city0"]),
        ("unalbumed", ["city0", "city2", "forest0"]),
        ("untagged", ["city0", "city2", "forest0", "forest1", "forest2"]),
        ("missing", []),
    ):
        window.page.filters.chips[chip].click()
        assert shown(window, qtbot) == names
        window.page.filters.chips[chip].click()
        assert len(shown(window, qtbot)) == 6


def test_days_from_and_to(library: Application, open_it: OpenIt, qtbot: QtBot) -> None:
    window = open_it(library)
    filters = window.page.filters
    filters._dates.open(date(2026, 5, 1), None, QPoint(200, 200))
    filters._dates._use()
    assert shown(window, qtbot) == ["city0", "city1", "city2"]
    assert filters.filters.taken_to is None
    filters._dates.open(date(2026, 5, 9), date(2025, 12, 30), QPoint(200, 200))
    filters._dates._use()
    assert shown(window, qtbot) == ["city2", "forest0"]


def test_every_place_shows_its_photos(library: Application, open_it: OpenIt, qtbot: QtBot) -> None:
    photos = by_name(library)
    TrashPhotos(photos=(photos["forest_002.jpg"],)).run(library, Progress())
    window = open_it(library)
    for place, count in ((FAVOURITES, 1), (RECENT, 5), (TRASH, 1), (Place(kind="tag", key="Travel"), 1)):
        window.go(place)
        assert len(shown(window, qtbot)) == count
        assert window.place == place
    window.page.filters._set(camera="Canon EOS")
    assert shown(window, qtbot) == []
    window.page.filters._set(camera="Pixel 8")
    assert shown(window, qtbot) == ["city1"]
    window.go(Place(kind="album", key="999"))
    assert len(shown(window, qtbot)) == 5
    assert window.place.kind == "all"


def test_another_place_begins_without_filters_and_keeps_the_headings(
    library: Application, open_it: OpenIt, qtbot: QtBot
) -> None:
    window = open_it(library)
    window.page.view_bar._segments["place"].click()
    window.page.filters._set(minimum_rating=5)
    assert shown(window, qtbot) == ["forest0"]
    window.go(RECENT)
    assert len(shown(window, qtbot)) == 6
    assert {title for title, _ in titles(window)} == {"47.25° N, 8.75° E", "37.75° N, 127.25° E", "Without a place"}


def test_keys_rate_favour_and_turn_without_another_list(library: Application, open_it: OpenIt, qtbot: QtBot) -> None:
    window = open_it(library)
    shown(window, qtbot)
    grid, resets = window.page.grid, []
    grid.photos.modelReset.connect(lambda: resets.append(1))
    select(window, 1, 2)
    qtbot.keyClick(grid, Qt.Key.Key_4)
    qtbot.waitUntil(lambda: [row.rating for row in grid.photos.rows[0:4]] == [0, 4, 4, 5], timeout=5000)
    qtbot.keyClick(grid, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: [row.favourite for row in grid.photos.rows[0:4]] == [True, True, True, False], timeout=5000)
    qtbot.keyClick(grid, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: not grid.photos.rows[1].favourite, timeout=5000)
    qtbot.keyClick(grid, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: grid.photos.rows[1].revision == 1, timeout=5000)
    qtbot.waitUntil(lambda: not (window._later.isActive() or window.page._words.busy), timeout=5000)
    assert not resets
    assert grid.chosen_count == 2
    window.services.changes.undo()
    qtbot.waitUntil(lambda: grid.photos.rows[1].revision == 0, timeout=5000)


def test_delete_puts_into_the_trash_and_a_click_on_the_heart_favours(
    library: Application, open_it: OpenIt, qtbot: QtBot
) -> None:
    window = open_it(library)
    shown(window, qtbot)
    window.page.grid.sign_clicked.emit(3, 0)
    qtbot.waitUntil(lambda: window.page.grid.photos.rows[3].favourite, timeout=5000)
    select(window, 0)
    qtbot.keyClick(window.page.grid, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 5, timeout=5000)
    assert len(library.catalog.photos.all(trashed=True)) == 1


def test_photos_moved_in_an_album_stay_there(library: Application, open_it: OpenIt, qtbot: QtBot) -> None:
    window = open_it(library)
    album = library.catalog.albums.all()[0]
    window.go(Place(kind="album", key=str(album.id)))
    keys = [row.key for row in window.page.grid.photos.rows] if len(shown(window, qtbot)) == 3 else []
    move = window.page.grid.drag._move
    assert move is not None
    move((str(keys[2]),), str(keys[0]))
    qtbot.waitUntil(lambda: shown(window, qtbot) == ["forest2", "forest1", "city1"], timeout=5000)
    select(window, 0)
    qtbot.keyClick(window.page.grid, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: shown(window, qtbot) == ["forest1", "forest2", "city1"], timeout=5000)
    assert window.page.grid.chosen_rows[0].name == "forest_002.jpg"
    qtbot.keyClick(window.page.grid, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: shown(window, qtbot) == ["forest1", "city1", "forest2"], timeout=5000)
    select(window, 1, 2)
    qtbot.keyClick(window.page.grid, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: shown(window, qtbot) == ["city1", "forest2", "forest1"], timeout=5000)
    qtbot.keyClick(window.page.grid, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: not window.page._words.busy, timeout=5000)
    assert shown(window, qtbot) == ["city1", "forest2", "forest1"]


def test_keys_select_a_section_and_change_the_size(library: Application, open_it: OpenIt, qtbot: QtBot) -> None:
    window = open_it(library)
    shown(window, qtbot)
    grid, side = window.page.grid, window.page.grid.side
    grid.setFocus()
    grid.setCurrentIndex(grid.photos.index(4))
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(grid, Qt.Key.Key_A, control | Qt.KeyboardModifier.ShiftModifier)
    assert grid.chosen_numbers == [3, 4, 5]
    qtbot.keyClick(grid, Qt.Key.Key_A, control)
    assert grid.chosen_count == 6
    qtbot.keyClick(grid, Qt.Key.Key_Plus, control)
    assert grid.side > side
    qtbot.keyClick(grid, Qt.Key.Key_Minus, control)
    assert abs(grid.side - side) <= 1


def test_own_photos_are_not_dropped_as_files(library: Application, open_it: OpenIt) -> None:
    window = open_it(library)
    window.page.grid.selectAll()
    mime = window.page.grid.drag.data()
    assert mime is not None
    assert len(mime.urls()) == 6
    for data, accepted in ((mime, False), (QMimeData(), False)):
        copy = Qt.DropAction.CopyAction
        event = QDragEnterEvent(QPoint(5, 5), copy, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        window.page.dragEnterEvent(event)
        assert event.isAccepted() is accepted


def test_selection_is_counted(library: Application, open_it: OpenIt, qtbot: QtBot) -> None:
    window = open_it(library)
    shown(window, qtbot)
    assert window.page.view_bar.count.text() == "Photos"
    window.page.grid.selectAll()
    assert window.page.view_bar.count.text() == "6 selected"
    assert len(window.chosen()) == 6
    window.page.grid.clearSelection()
    assert window.page.view_bar.count.text() == "Photos"
