"""The window while things change under it: turned, vanished and awaited photos, odd names, little room."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QPushButton
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.fleet.local_devices import LocalDevices
from letspic_desktop.operations.devices import PairDevice
from letspic_desktop.operations.edits import RotatePhotos
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.organise import CreateAlbum, DeleteAlbum, RatePhotos
from letspic_desktop.operations.reaching import read_inventory
from letspic_desktop.operations.tags import TagPhotos
from letspic_desktop.operations.trash import TrashPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import ALL_PHOTOS, DUPLICATES, TRASH, Place


@pytest.fixture
def library(home_with_backbone: Path, samples: Path) -> Iterator[Application]:
    with Application.open(home_with_backbone) as app:
        for name in ("city", "forest"):
            ImportPhotos(sources=(samples / name,), album=name).run(app, Progress())
        yield app


@pytest.fixture
def filled(library: Application, open_it: object, qtbot: QtBot) -> MainWindow:
    window: MainWindow = open_it(library)  # type: ignore[operator]
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 6, timeout=10_000)
    return window


def quiet(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.services.runner.busy and not window._later.isActive(), timeout=30_000)


def album(app: Application, name: str) -> Place:
    return Place(kind="album", key=str(app.catalog.albums.by_name(name).id))


def test_an_open_search_turns_with_its_photos(filled: MainWindow, qtbot: QtBot) -> None:
    row = filled.page.grid.photos.rows[0]
    filled.search(row)
    qtbot.waitUntil(lambda: not filled.searching.busy and filled.page.strip.isVisible(), timeout=60_000)
    strip = filled.page.strip
    other = strip.before.photos.rows[1]
    filled.services.changes.make(RotatePhotos(photos=(str(row.key), str(other.key)), quarter_turns=1))
    qtbot.waitUntil(lambda: strip._query.photos.rows[0].revision == 1, timeout=10_000)
    assert next(one for one in strip.before.photos.rows if one.key == other.key).revision == 1
    quiet(filled, qtbot)


def test_a_change_while_results_are_on_their_way_is_not_missed(filled: MainWindow, qtbot: QtBot) -> None:
    row = filled.page.grid.photos.rows[0]
    filled.search(row)
    qtbot.waitUntil(lambda: not filled.searching.busy, timeout=60_000)
    strip = filled.page.strip
    # Other results are awaited just while the place is read again.
    filled.searching._read()
    RotatePhotos(photos=(str(row.key),), quarter_turns=1).run(filled.services.app, Progress())
    filled.page.place_shown.emit(filled.place)
    qtbot.waitUntil(lambda: strip._query.photos.rows[0].revision == 1, timeout=10_000)
    quiet(filled, qtbot)


def test_the_question_before_the_trash_is_about_the_photo_shown_then(filled: MainWindow, qtbot: QtBot) -> None:
    app = filled.services.app
    app.preferences.change(ask_before_trash=True)
    rows = list(filled.page.grid.photos.rows)
    filled.open_photos(rows, 0)
    viewer = filled.viewing.viewer
    assert viewer is not None
    qtbot.waitUntil(lambda: viewer.among.facts is not None, timeout=10_000)
    viewer.trash()
    (asked,) = [one for one in viewer.findChildren(QDialog) if one.isVisible()]
    viewer.step(1)
    (yes,) = [one for one in asked.findChildren(QPushButton) if one.text() == "Put into the trash"]
    qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: app.catalog.photos.all(trashed=True) == [rows[0].key], timeout=10_000)
    assert viewer.among.row.key == rows[1].key
    quiet(filled, qtbot)


def test_emptying_forgets_only_what_the_question_was_about(filled: MainWindow, qtbot: QtBot) -> None:
    app = filled.services.app
    first, second = (str(row.key) for row in filled.page.grid.photos.rows[:2])
    TrashPhotos(photos=(first,)).run(app, Progress())
    qtbot.waitUntil(lambda: filled.overview is not None and filled.overview.trashed == 1, timeout=10_000)
    filled.organising.trash.empty()
    asked = next(one for one in filled.findChildren(QDialog) if one.isVisible())
    TrashPhotos(photos=(second,)).run(app, Progress())
    (yes,) = [one for one in asked.findChildren(QPushButton) if one.text() == "Forget for good"]
    qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: app.catalog.photos.get(first) is None, timeout=10_000)
    quiet(filled, qtbot)
    assert app.catalog.photos.all(trashed=True) == [second]


def test_words_go_with_the_place_they_were_typed_in(filled: MainWindow, qtbot: QtBot) -> None:
    app = filled.services.app
    filled.go(album(app, "city"))
    qtbot.waitUntil(lambda: len(filled.page.grid.photos.rows) == 3, timeout=10_000)
    filled.page.search_field.setText("city_001")
    qtbot.waitUntil(lambda: len(filled.page.grid.photos.rows) == 1, timeout=10_000)
    filled.services.changes.make(DeleteAlbum(album=int(filled.place.key)))
    qtbot.waitUntil(lambda: filled.place == ALL_PHOTOS, timeout=10_000)
    quiet(filled, qtbot)
    filled.refresh()
    quiet(filled, qtbot)
    QTest.qWait(200)
    quiet(filled, qtbot)
    assert filled.page.search_field.text() == ""
    assert len(filled.page.grid.photos.rows) == 6


def test_open_filters_offer_what_came_since(filled: MainWindow, qtbot: QtBot) -> None:
    filled.page.view_bar.filter_button.setChecked(True)
    quiet(filled, qtbot)
    photo = str(filled.page.grid.photos.rows[0].key)
    filled.services.changes.make(CreateAlbum(name="Later", photos=(photo,)))
    filled.services.changes.make(TagPhotos(tag="Fresh", photos=(photo,)))

    def offered() -> set[str]:
        choices = filled.page.filters._choices
        return {one.text for one in (*choices.albums, *choices.tags)}

    qtbot.waitUntil(lambda: {"Later", "Fresh"} <= offered(), timeout=10_000)
    quiet(filled, qtbot)


def test_names_are_never_mark_up(app: Application, open_it: object, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = [
        "<b>bold<b>.jpg",
        "a\nb.jpg",
        "R&amp;D.jpg",
        "\u05e9\u05dc\u05d5\u05dd.jpg",
        "e\u0301.jpg",
        "x" * 180 + ".jpg",
    ]
    for number, name in enumerate(names):
        Image.new("RGB", (40 + number, 40), (30 * number, 90, 20)).save(folder / name)
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467 <i>R&D</i>"
    ImportPhotos(sources=(folder,), album=family).run(app, Progress())
    window: MainWindow = open_it(app)  # type: ignore[operator]
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == len(names), timeout=10_000)
    model = window.page.grid.photos
    tips = [str(model.index(number).data(Qt.ItemDataRole.ToolTipRole)) for number in range(len(names))]
    assert any(tip.startswith("<span>&lt;b&gt;bold") for tip in tips)
    assert any("R&amp;amp;D" in tip for tip in tips)
    sidebar = window.sidebar.model
    row = sidebar.row_of(album(app, family))
    assert row is not None
    assert "&lt;i&gt;R&amp;D&lt;/i&gt;" in sidebar.index(row).data(Qt.ItemDataRole.ToolTipRole)
    assert sidebar.index(row).data() == family


@pytest.mark.parametrize("width", range(980, 1300, 40))
@pytest.mark.parametrize("letters", [1.0, 1.4])
def test_no_word_is_cut_where_there_is_little_room(
    filled: MainWindow, qtbot: QtBot, width: int, letters: float
) -> None:
    font = filled.font()
    filled.setStyleSheet(f"QPushButton {{ font-size: {round(13 * letters)}px }}")
    assert font is not None
    filled.resize(width, 600)
    filled.page.filters._set(minimum_rating=0, untagged=True)
    quiet(filled, qtbot)
    filled.page.grid.selectAll()
    QTest.qWait(50)
    bar = filled.page.view_bar
    for one in (*bar._segments.values(), bar.filter_button, bar.clear, filled.page.add_button):
        assert one.isHidden() or not one.isVisible() or one.width() >= one.minimumSizeHint().width(), one.text()
    assert bar.count.width() >= bar.count.sizeHint().width() or not bar._frame.isVisible()


def test_focus_that_comes_back_to_the_sidebar_goes_nowhere(filled: MainWindow, qtbot: QtBot) -> None:
    app = filled.services.app
    here = album(app, "forest")
    filled.go(here)
    qtbot.waitUntil(lambda: filled.page.content is not None and filled.page.content.place == here, timeout=10_000)
    quiet(filled, qtbot)
    view = filled.sidebar.view
    view.setFocus()
    # A list that is made anew forgets what was current, just as one that a dialog covered.
    for name in ("A new first album", "Another one"):
        dialog = QDialog(filled)
        dialog.open()
        CreateAlbum(name=name).run(app, Progress())
        quiet(filled, qtbot)
        dialog.close()
        dialog.deleteLater()
        view.setCurrentIndex(filled.sidebar.model.index(-1))
        filled.page.grid.setFocus()
        view.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        QTest.qWait(50)
        quiet(filled, qtbot)
        assert filled.place == here
        entry = view.entry(view.selectionModel().selectedIndexes()[0])
        assert entry is not None
        assert entry.place == here


@pytest.mark.slow
def test_photos_of_a_device_are_seen_on_its_page_and_in_full(
    library: Application, open_it: object, qtbot: QtBot, samples: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    Image.open(samples / "fruit" / "fruit_000.jpg").save(own / "mine.png")
    CreateGroup(name="Family").run(library, Progress())
    with LocalDevices(tmp_path / "devices", ["attic"], {"attic": own}, allow_thumbnails=True) as devices:
        offer = devices.offer("attic")
        device = PairDevice(group="Family", host=offer.host, port=offer.port, code=offer.code).run(library, Progress())
        read_inventory(library, device.id)
        window: MainWindow = open_it(library)  # type: ignore[operator]
        window.go(Place(kind="device", key=device.id))
        grid = window.page.grid
        qtbot.waitUntil(lambda: len(grid.photos.rows) == 1 and bool(grid.photos.rows[0].device), timeout=15_000)
        row: PhotoRow = grid.photos.rows[0]
        pictures = window.page.device_thumbnails
        # The grid itself asks for what it paints.
        qtbot.waitUntil(lambda: (row.device, str(row.key)) in pictures._kept, timeout=15_000)
        grid.opened.emit(0)
        viewer = window.viewing.viewer
        assert viewer is not None
        qtbot.waitUntil(lambda: viewer.canvas.picture is not None, timeout=15_000)
        qtbot.waitUntil(lambda: "not on this desktop" in viewer.canvas.note, timeout=15_000)
        assert not viewer.tools.buttons["rotate-left"].isEnabled()
        quiet(window, qtbot)
        assert not library.catalog.photos.get(str(row.key))


def test_undo_takes_back_what_was_asked_for_last_also_while_that_is_being_made(
    filled: MainWindow, qtbot: QtBot
) -> None:
    app, changes = filled.services.app, filled.services.changes
    photo = str(filled.page.grid.photos.rows[0].key)
    grid = filled.page.grid
    grid.setFocus()
    grid.setCurrentIndex(grid.photos.index(0))

    def stars() -> int:
        known = app.catalog.photos.get(photo)
        assert known is not None
        return known.rating

    # As fast as keys can be pressed: nothing of it may get lost, and nothing may overtake.
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4):
        QTest.keyClick(grid, key)
    QTest.keyClick(filled, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    quiet(filled, qtbot)
    assert stars() == 3
    for _ in range(2):
        QTest.keyClick(filled, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(grid, Qt.Key.Key_5)
    QTest.keyClick(filled, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    quiet(filled, qtbot)
    assert stars() == 1
    assert changes.redo_text
    for _ in range(5):
        QTest.keyClick(filled, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    quiet(filled, qtbot)
    assert stars() == 0
    assert not changes.busy


@pytest.mark.parametrize("width", [980, 1100, 1440])
def test_tabs_of_the_duplicates_are_never_cut(filled: MainWindow, qtbot: QtBot, width: int) -> None:
    for size in (1440, width):
        filled.resize(size, 600)
        filled.go(DUPLICATES)
        qtbot.waitUntil(lambda: filled.organising.duplicates.page.isVisible(), timeout=10_000)
    page = filled.organising.duplicates.page
    QTest.qWait(50)
    for one in (page.alike_tab, page.copies_tab, page.look_button):
        assert one.width() >= one.sizeHint().width(), one.text()
    assert (page._second_line.indexOf(page._said) >= 0) == (width < 1440)
    quiet(filled, qtbot)


@pytest.mark.parametrize("letters", [13, 20])
def test_words_of_the_trash_are_never_cut(filled: MainWindow, qtbot: QtBot, letters: int) -> None:
    filled.setStyleSheet(f"QPushButton {{ font-size: {letters}px }}")
    filled.resize(980, 600)
    photo = str(filled.page.grid.photos.rows[0].key)
    filled.services.changes.make(TrashPhotos(photos=(photo,)))
    filled.go(TRASH)
    card = filled.organising.trash.card
    qtbot.waitUntil(lambda: card.isVisible() and len(filled.page.grid.photos.rows) == 1, timeout=10_000)
    quiet(filled, qtbot)
    buttons = card.findChildren(QPushButton)
    assert len(buttons) == 3
    for one in buttons:
        assert one.width() >= one.sizeHint().width(), one.text()
        assert card.rect().contains(one.geometry()), one.text()
    for one, other in itertools.combinations(buttons, 2):
        assert not one.geometry().intersects(other.geometry())


def test_a_place_is_shown_also_while_the_library_never_rests(filled: MainWindow, qtbot: QtBot) -> None:
    app = filled.services.app
    here = album(app, "forest")
    filled.go(here)
    shown: list[Place] = []
    filled.page.place_shown.connect(shown.append)
    for _ in range(400):
        # As often as events come while photos are looked through, and before any answer can be there.
        filled.page.read(here)
        QTest.qWait(1)
        filled.page.read(here)
        if len(shown) > 2:
            break
    assert len(shown) > 2
    photo = str(filled.page.grid.photos.rows[0].key)
    RatePhotos(photos=(photo,), rating=5).run(app, Progress())
    qtbot.waitUntil(lambda: filled.page.grid.photos.rows[0].rating == 5, timeout=10_000)
    quiet(filled, qtbot)
