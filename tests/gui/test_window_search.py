"""Search by example through the window: all that is found, marks, history, what lives on devices, and mishaps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.fleet.local_devices import LocalDevices
from letspic_desktop.operations import search as searching
from letspic_desktop.operations.devices import PairDevice
from letspic_desktop.operations.groups import CreateGroup, LeaveGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.organise import RatePhotos
from letspic_desktop.operations.reaching import read_inventory
from letspic_desktop.operations.search_devices import DeviceAnswers
from letspic_desktop.operations.trash import TrashPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.samples import render_samples
from letspic_desktop.retrieval.search import DeviceHit
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import ALL_PHOTOS, FAVOURITES
from letspic_desktop.ui.search.result_grid import ResultGrid
from letspic_desktop.ui.search.result_paint import spot_at

PHOTOS = 60
GROUP = "Hiking club"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six painted photos in each of ten albums."""
    folder = tmp_path_factory.mktemp("search") / "photos"
    render_samples(folder, per_album=PHOTOS // 10, seed=8)
    return folder


@pytest.fixture
def library(home_with_backbone: Path, photos: Path) -> Iterator[Application]:
    with Application.open(home_with_backbone) as app:
        ImportPhotos(sources=(photos,), albums_from_folders=True).run(app, Progress())
        yield app


@pytest.fixture
def grouped(library: Application) -> Application:
    CreateGroup(name=GROUP).run(library, Progress())
    return library


@pytest.fixture
def outside(photos: Path, tmp_path: Path) -> Path:
    """A photo that is not in the library, and is like one that is."""
    path = tmp_path / "outside.jpg"
    QImage(str(photos / "forest" / "forest_001.jpg")).flipped(Qt.Orientation.Horizontal).save(str(path))
    return path


def opened(open_it: object, app: Application, qtbot: QtBot) -> MainWindow:
    window: MainWindow = open_it(app)  # type: ignore[operator]
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) > 0, timeout=10_000)
    if app.catalog.groups.all():
        qtbot.waitUntil(lambda: window.finetuning.group is not None, timeout=10_000)
    return window


def settle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.searching.busy, timeout=60_000)


def search(window: MainWindow, path: Path, qtbot: QtBot) -> ResultGrid:
    """Search with a file and return the row of results."""
    window.page.search_field.photo_given.emit(path)
    settle(window, qtbot)
    assert window.page.strip.isVisible(), window.page.messages.text
    return window.page.strip.before


def press(grid: ResultGrid, number: int, spot: str, qtbot: QtBot) -> None:
    """Click on the spot of a result with the mouse."""
    cell = grid.visualRect(grid.photos.index(number))
    row = grid.photos.rows[number]
    places = (QPoint(x, y) for x in range(cell.left(), cell.right()) for y in range(cell.top(), cell.bottom()))
    place = [at for at in places if spot_at(QPointF(at), cell, row) == spot]
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place[len(place) // 2])


def names(grid: ResultGrid) -> list[str]:
    return [row.name for row in grid.photos.rows]


@pytest.mark.slow
def test_everything_that_was_found_can_be_reached(
    library: Application, open_it: object, qtbot: QtBot, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letspic_desktop.ui.search.control.LARGE_PAGE", 30)
    window = opened(open_it, library, qtbot)
    found = search(window, outside, qtbot)
    strip, wall = window.page.strip, window.page.results
    assert names(found)[0] == "forest_001.jpg"
    assert strip.all_button.text() == f"Show all {PHOTOS}"
    first = found.photos.rows[0]
    assert first.badge.endswith(" %")
    assert "of the highest score that any photo could have here (score 0." in first.tip
    assert "On this computer" in first.tip

    # Scrolled to its end, the row goes on.
    found.horizontalScrollBar().setValue(found.horizontalScrollBar().maximum())
    settle(window, qtbot)
    assert len(found.photos.rows) == 48

    qtbot.mouseClick(strip.all_button, Qt.MouseButton.LeftButton)
    settle(window, qtbot)
    assert wall.isVisible()
    assert not window.page.grid.isVisible()
    assert not found.isVisible()
    # The wall is scrolled until there is no more.
    while wall.count != f"{PHOTOS} of {PHOTOS} shown":
        shown = wall.count
        wall.before.verticalScrollBar().setValue(wall.before.verticalScrollBar().maximum())
        settle(window, qtbot)
        if wall.count == shown:
            window.searching.more()
            settle(window, qtbot)
    assert len({row.key for row in wall.before.photos.rows}) == PHOTOS
    assert [row.key for row in wall.before.photos.rows[:48]] == [row.key for row in found.photos.rows[:48]]

    # What is selected there is what the window works with.
    wall.before.setCurrentIndex(wall.before.photos.index(3))
    assert [row.key for row in window.chosen()] == [wall.before.photos.rows[3].key]
    # Escape goes back to the photos, and then closes the results.
    window.search_commands.close_results()
    assert window.page.grid.isVisible()
    assert strip.isVisible()
    window.search_commands.close_results()
    assert not strip.isVisible()
    # Going elsewhere leaves it too.
    search(window, outside, qtbot)
    window.searching.show_all(True)
    window.go(FAVOURITES)
    assert not wall.isVisible()
    window.go(ALL_PHOTOS)
    settle(window, qtbot)


@pytest.mark.slow
def test_marks_move_the_results_and_become_labels(
    grouped: Application, open_it: object, qtbot: QtBot, photos: Path
) -> None:
    window = opened(open_it, grouped, qtbot)
    query = photos / "beach" / "beach_000.jpg"
    found = search(window, query, qtbot)
    before = {row.key: row.badge for row in found.photos.rows}
    other = next(number for number, row in enumerate(found.photos.rows) if not row.good and number > 2)
    key, name = found.photos.rows[other].key, found.photos.rows[other].name
    press(found, other, "good", qtbot)
    settle(window, qtbot)
    marked = next(row for row in found.photos.rows if row.key == key)
    assert marked.mark is True
    assert names(found).index(name) < other
    assert marked.badge != before[key]
    assert window.page.strip.marks.text == "1 marked good"

    # The keyboard marks the result that it is on; the same key again takes the mark away.
    bad = next(number for number, row in enumerate(found.photos.rows) if row.mark is None)
    bad_key = found.photos.rows[bad].key
    found.setFocus()
    found.setCurrentIndex(found.photos.index(bad))
    qtbot.keyClick(found, Qt.Key.Key_B)
    settle(window, qtbot)
    assert window.page.strip.marks.text == "1 marked good · 1 marked bad"
    number = next(number for number, row in enumerate(found.photos.rows) if row.key == bad_key)
    found.setCurrentIndex(found.photos.index(number))
    qtbot.keyClick(found, Qt.Key.Key_B)
    settle(window, qtbot)
    assert window.page.strip.marks.text == "1 marked good"

    # Marks are there when the same photo is searched with again.
    window.search_commands.close_results()
    found = search(window, query, qtbot)
    assert [row.key for row in found.photos.rows if row.mark] == [key]

    # The query is in an album: the good ones go there, and can be taken out again.
    album = grouped.catalog.albums.by_name("beach")
    qtbot.mouseClick(window.page.strip.marks.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: key in grouped.catalog.albums.photos(album.id), timeout=10_000)
    qtbot.waitUntil(lambda: "Now in beach: 1 photo marked good." in window.page.messages.text, timeout=5000)
    assert f"The next fine-tuning of {GROUP} learns from them." in window.page.messages.text
    qtbot.waitUntil(lambda: not window.services.runner.busy, timeout=10_000)
    window.services.changes.undo()
    qtbot.waitUntil(lambda: key not in grouped.catalog.albums.photos(album.id), timeout=10_000)

    window.page.strip.marks.clear_asked.emit()
    settle(window, qtbot)
    assert not window.page.strip.marks.isVisible()
    assert {row.key: row.badge for row in found.photos.rows} == before
    qtbot.waitUntil(lambda: not grouped.catalog.marks.all(grouped.catalog.groups.all()[0].id), timeout=5000)


@pytest.mark.slow
def test_marks_in_quick_succession_all_count(
    library: Application, open_it: object, qtbot: QtBot, outside: Path
) -> None:
    """Without a group nobody keeps them, but this search follows them."""
    window = opened(open_it, library, qtbot)
    found = search(window, outside, qtbot)
    keys = [row.key for row in found.photos.rows[:4]]
    for number, spot in enumerate(("good", "bad", "good", "good")):
        press(found, number, spot, qtbot)
    press(found, 3, "good", qtbot)
    qtbot.waitUntil(lambda: window.page.strip.marks.text == "2 marked good · 1 marked bad", timeout=10_000)
    settle(window, qtbot)
    assert {row.key: row.mark for row in found.photos.rows if row.mark is not None} == {
        keys[0]: True, keys[1]: False, keys[2]: True,
    }  # fmt: skip


@pytest.mark.slow
def test_results_follow_the_library(library: Application, open_it: object, qtbot: QtBot, outside: Path) -> None:
    window = opened(open_it, library, qtbot)
    found = search(window, outside, qtbot)
    first, second = (str(row.key) for row in found.photos.rows[:2])
    window.services.changes.make(TrashPhotos(photos=(first,)))
    qtbot.waitUntil(lambda: found.photos.rows[0].key == second, timeout=10_000)
    qtbot.waitUntil(lambda: window.page.strip.all_button.text() == f"Show all {PHOTOS - 1}", timeout=10_000)
    window.services.changes.make(RatePhotos(photos=(second,), rating=4))
    qtbot.waitUntil(lambda: found.photos.rows[0].rating == 4, timeout=10_000)
    qtbot.waitUntil(lambda: not window.services.runner.busy, timeout=10_000)
    window.services.changes.undo()
    qtbot.waitUntil(lambda: not window.services.runner.busy, timeout=10_000)
    window.services.changes.undo()
    qtbot.waitUntil(lambda: found.photos.rows[0].key == first, timeout=10_000)
    qtbot.waitUntil(lambda: not window.services.runner.busy, timeout=10_000)


@pytest.mark.slow
def test_a_query_in_no_album_asks_for_its_name(
    grouped: Application, open_it: object, qtbot: QtBot, outside: Path
) -> None:
    window = opened(open_it, grouped, qtbot)
    found = search(window, outside, qtbot)
    good = found.photos.rows[0].key
    press(found, 0, "good", qtbot)
    settle(window, qtbot)
    window.page.strip.marks.label_asked.emit()
    labels = window.searching._labels
    qtbot.waitUntil(lambda: labels.dialog is not None, timeout=5000)
    assert labels.dialog is not None
    name = labels.dialog.findChild(QLineEdit)
    assert name is not None
    qtbot.keyClicks(name, "Deep woods")
    labels.dialog.accept()
    qtbot.waitUntil(lambda: "Deep woods" in window.page.messages.text, timeout=10_000)
    album = grouped.catalog.albums.by_name("Deep woods")
    assert grouped.catalog.albums.photos(album.id) == [good]
    assert good in grouped.catalog.groups.labels(grouped.catalog.groups.all()[0].id)
    qtbot.waitUntil(lambda: not window.services.runner.busy, timeout=10_000)


@pytest.mark.slow
def test_nearly_the_same_photos_share_a_tile(
    library: Application, open_it: object, qtbot: QtBot, photos: Path, outside: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    again.mkdir()
    with Image.open(photos / "forest" / "forest_001.jpg") as original:
        for quality in (96, 98):
            original.save(again / f"again_{quality}.jpg", quality=quality)
    ImportPhotos(sources=(again,)).run(library, Progress())
    window = opened(open_it, library, qtbot)
    found = search(window, outside, qtbot)
    assert found.photos.rows[0].alike == 2
    press(found, 0, "alike", qtbot)
    assert sorted(names(found)[:3]) == ["again_96.jpg", "again_98.jpg", "forest_001.jpg"]
    tile = next(number for number, row in enumerate(found.photos.rows) if row.alike)
    found.setFocus()
    found.setCurrentIndex(found.photos.index(tile))
    qtbot.keyClick(found, Qt.Key.Key_Plus)
    assert len({"again_96.jpg", "again_98.jpg", "forest_001.jpg"} & set(names(found))) == 1

    # The count is of photos, not of tiles.
    window.searching.show_all(True)
    settle(window, qtbot)
    assert window.page.results.count == (
        f"{PHOTOS + 2} of {PHOTOS + 2} shown, 2 of them behind another one that is nearly the same"
    )
    window.page.strip.collapse.click()
    settle(window, qtbot)
    assert window.page.results.count == f"{PHOTOS + 2} of {PHOTOS + 2} shown"
    assert len(window.page.results.before.photos.rows) == PHOTOS + 2
    assert library.preferences.now.collapse_similar is False


@pytest.mark.slow
def test_history_of_searches(library: Application, open_it: object, qtbot: QtBot, photos: Path, outside: Path) -> None:
    window = opened(open_it, library, qtbot)
    search(window, outside, qtbot)
    window.search_picture(QImage(str(photos / "city" / "city_002.jpg")), "part of a photo")
    qtbot.waitUntil(lambda: window.page.strip.about.startswith("to part of a photo"), timeout=10_000)
    settle(window, qtbot)
    assert window.page.strip.shown()[0].name == "city_002.jpg"

    window.search_history.open()
    qtbot.waitUntil(lambda: window.search_history.menu is not None, timeout=5000)
    menu = window.search_history.menu
    assert menu is not None
    texts = [action.text() for action in menu.actions()]
    assert texts[0].startswith("part of a photo · ")
    assert texts[1].startswith("outside.jpg · ")
    menu.actions()[1].trigger()
    menu.close()
    qtbot.waitUntil(lambda: window.page.strip.about.startswith("to outside.jpg"), timeout=5000)
    settle(window, qtbot)
    assert window.page.strip.shown()[0].name == "forest_001.jpg"
    kept = list((library.home.root / "searched").iterdir())
    assert len(kept) == 1

    # A file that is gone by now is one sentence, not the end of anything.
    outside.unlink()
    window.searching.search_again(window.searching._query, None)  # type: ignore[arg-type]
    settle(window, qtbot)
    assert window.page.messages.text.startswith(f"There is no file {outside}")
    assert not window.page.strip.isVisible()

    window.search_history.clear()
    qtbot.waitUntil(lambda: library.searches.all() == [], timeout=5000)
    qtbot.waitUntil(lambda: not kept[0].exists(), timeout=5000)
    qtbot.waitUntil(lambda: "history of searches is empty" in window.page.messages.text, timeout=5000)


@pytest.mark.slow
def test_mishaps_are_one_sentence(
    grouped: Application, open_it: object, qtbot: QtBot, outside: Path, tmp_path: Path
) -> None:
    window = opened(open_it, grouped, qtbot)

    def complaint(path: Path) -> str:
        window.page.messages.hide()
        window.page.search_field.photo_given.emit(path)
        settle(window, qtbot)
        assert not window.page.strip.isVisible()
        return window.page.messages.text

    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(outside.read_bytes()[:200])
    assert "damaged.jpg" in complaint(damaged)
    assert complaint(tmp_path / "gone.jpg") == (f"There is no file {tmp_path / 'gone.jpg'}. Choose another photo file.")
    group = grouped.catalog.groups.all()[0]
    grouped.catalog.groups.set_backbone(group.id, "f" * 64)
    assert complaint(outside) == (
        f"The backbone that {GROUP} searches with is not on this computer."
        " Add its file again, or choose another backbone for the group."
    )


@pytest.mark.slow
@pytest.mark.parametrize("shared", [True, False])
def test_photos_on_devices_are_shown_with_consent_alone(
    grouped: Application, open_it: object, qtbot: QtBot, photos: Path, tmp_path: Path, shared: bool
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    with Image.open(photos / "sailing" / "sailing_000.jpg") as original:
        original.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(own / "mine.jpg")
    with LocalDevices(tmp_path / "devices", ["kitchen"], {"kitchen": own}, allow_thumbnails=shared) as devices:
        offer = devices.offer("kitchen")
        pair = PairDevice(group=GROUP, host=offer.host, port=offer.port, code=offer.code)
        read_inventory(grouped, pair.run(grouped, Progress()).id)
        window = opened(open_it, grouped, qtbot)
        found = search(window, photos / "sailing" / "sailing_000.jpg", qtbot)
        number = next(number for number, row in enumerate(found.photos.rows) if row.where)
        row = found.photos.rows[number]
        found.setFocus()
        found.setCurrentIndex(found.photos.index(number))
        pictures = window.page.device_thumbnails
        if shared:
            assert row.where == "on kitchen"
            qtbot.waitUntil(lambda: pictures.pixmap(row.device, str(row.key)) is not None, timeout=10_000)
        else:
            assert row.where == "on kitchen · its owner does not share pictures"
            assert row.device == ""
            assert grouped.device_pictures.kept_bytes == 0
        # It can neither be marked nor searched with here, nor opened without consent, and the window says why.
        qtbot.keyClick(found, Qt.Key.Key_G)
        assert "cannot be marked here" in window.page.messages.text
        found.opened.emit(number)
        viewer = window.viewing.viewer
        if shared:
            assert viewer is not None
            qtbot.waitUntil(lambda: viewer.canvas.picture is not None, timeout=10_000)
            qtbot.waitUntil(lambda: "not on this desktop" in viewer.canvas.note, timeout=10_000)
            viewer.close()
        else:
            assert viewer is None
            assert "stays on its device" in window.page.messages.text
        window.search(row)
        assert "cannot be searched with" in window.page.messages.text
        LeaveGroup(group=GROUP).run(grouped, Progress())
        assert grouped.device_pictures.kept_bytes == 0
        if shared:
            assert pictures.pixmap(row.device, str(row.key)) is None
        qtbot.waitUntil(lambda: not window.services.runner.busy, timeout=30_000)


@pytest.mark.slow
def test_devices_add_their_results_when_they_come(
    grouped: Application, open_it: object, qtbot: QtBot, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    strange = "f" * 64

    def ask(*_: object) -> DeviceAnswers:
        assert answered.wait(20)
        hit = DeviceHit(device="Attic", photo=strange, score=9.0)
        return DeviceAnswers(hits=(hit,), asked=frozenset({"Attic"}), behind=frozenset({"Attic"}))

    monkeypatch.setattr(searching, "ask_devices", ask)
    monkeypatch.setattr(searching, "searched_devices", lambda *_: {"d" * 64: "Attic"})
    window = opened(open_it, grouped, qtbot)
    strip = window.page.strip
    try:
        window.page.search_field.photo_given.emit(outside)
        found = strip.before
        qtbot.waitUntil(lambda: len(found.photos.rows) > 0, timeout=20_000)
        assert window.searching.busy
        assert "waiting for Attic" in strip.about
        assert strange not in {row.key for row in found.photos.rows}
    finally:
        answered.set()
    qtbot.waitUntil(lambda: not window.searching.busy, timeout=20_000)
    assert found.photos.rows[0].key == strange
    assert "waiting" not in strip.about
    assert "not all photos of Attic yet" in strip.about
