"""Whatever people drop on the window: it stays open, takes what is a photo, and says of the rest why it is none."""

from __future__ import annotations

import csv
import os
import shutil
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QTreeWidget
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.library.thumbnails import GRID_EDGE
from letspic_desktop.ui.main_window import MainWindow

SMALL = "\N{PARTY POPPER}"
# What a name may be: signs of both directions, emoji, as long as a file system takes, and letters in parts.
NAMES = (
    "תמונה של אבא.jpg",
    "صورة ١٢.jpg",
    f"party{SMALL}.jpg",
    "x" * 180 + ".jpg",
    unicodedata.normalize("NFD", "été à Zürich.jpg"),
    "-rf.jpg",
    "percent%20name.jpg",
    "quote'and&amp;<b>.jpg",
    "two\nlines.jpg",
    " leading and trailing .jpg",
)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is imported but what the test drops."""
    monkeypatch.setattr("letspic_desktop.ui.habits.upkeep.AFTER_START_MS", 10**8)


@pytest.fixture
def window(quiet: None, app: Application, open_it: object) -> MainWindow:
    opened: MainWindow = open_it(app)  # type: ignore[operator]
    return opened


def drop(window: MainWindow, paths: list[Path]) -> None:
    """Drop files on the photos as a file manager does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(os.fspath(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    at, copy = QPoint(300, 300), Qt.DropAction.CopyAction
    QApplication.sendEvent(window.page, QDragEnterEvent(at, copy, data, buttons, keys))
    QApplication.sendEvent(window.page, QDropEvent(QPointF(at), copy, data, buttons, keys))


def imported(window: MainWindow, qtbot: QtBot, *, seconds: int = 60) -> None:
    qtbot.waitUntil(lambda: not window.imports.busy and not window.services.runner.busy, timeout=1000 * seconds)


@pytest.mark.slow
def test_everything_that_is_known_to_break_programs(
    window: MainWindow, qtbot: QtBot, app: Application, photo_data: Path
) -> None:
    folder = photo_data / "robustness"
    with (folder / "expected.csv").open(newline="") as file:
        expected = {row["path"]: row for row in csv.DictReader(file)}
    drop(window, [folder])
    imported(window, qtbot, seconds=120)

    failed = {one.path.relative_to(folder).as_posix(): one.reason for one in _failures(app)}
    inside = {
        path.relative_to(folder).as_posix() for path in app.catalog.photos.paths(app.catalog.photos.all()).values()
    }
    # Every file that Pillow decodes is in, but for those that are too large to be a photo and those hidden by name.
    for path, row in expected.items():
        if path.rpartition("/")[2].startswith("."):
            continue
        if row["to_rgb"] == "1" and "bomb" not in path:
            assert path not in failed or "is not installed" in failed[path], (path, failed[path])
        elif row["opens"] == "0" and "heic" not in path and "heif" not in path:
            assert path in failed or path not in inside, path
    assert len(failed) > 20
    assert all(reason and "\n" not in reason for reason in failed.values())

    # The person is told how many, and sees each with its reason.
    assert f"{len(failed)} files could not be read" in window.page.messages.text
    window.page.messages._button.click()
    table = next(one for one in window.findChildren(QTreeWidget) if one.objectName() == "failures")
    assert table.topLevelItemCount() == len(failed)
    assert all(table.topLevelItem(row).text(1) for row in range(table.topLevelItemCount()))

    # What is in has a picture, also the odd ones: the whole wall can be looked at.
    photos = app.catalog.photos.all()
    assert len(photos) > 100
    assert sum(app.thumbnails.kept(photo, GRID_EDGE) is not None for photo in photos) == len(photos)
    bar = window.page.grid.verticalScrollBar()
    for place in range(0, bar.maximum() + 1, max(1, bar.maximum() // 10)):
        bar.setValue(place)
        window.page.grid.viewport().repaint()


def _failures(app: Application) -> list:  # type: ignore[type-arg]
    from letspic_desktop.library.importer import import_failures

    return import_failures(app.catalog)


def test_names_of_every_kind(window: MainWindow, qtbot: QtBot, app: Application, tmp_path: Path) -> None:
    folder = tmp_path / "שם" / f"album {SMALL}"
    folder.mkdir(parents=True)
    for number, name in enumerate(NAMES):
        Image.new("RGB", (40, 30), (9 * number, 80, 200)).save(folder / name)
    raw = os.fsencode(folder) + b"/not \xff text.jpg"
    with open(raw, "wb") as file:
        Image.new("RGB", (40, 30), (250, 80, 20)).save(file, "JPEG")
    drop(window, [folder])
    imported(window, qtbot)
    assert app.catalog.photos.count() == len(NAMES) + 1
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == len(NAMES) + 1, timeout=5000)
    assert [album.name for album in app.catalog.albums.all()] == [f"album {SMALL}"]
    window.page.grid.viewport().repaint()
    found = {path.name for path in app.catalog.photos.paths(app.catalog.photos.all()).values()}
    assert {*NAMES, os.fsdecode(b"not \xff text.jpg")} == found


def test_a_panorama_a_million_pixels_wide(window: MainWindow, qtbot: QtBot, app: Application, tmp_path: Path) -> None:
    Image.new("RGB", (1_000_000, 12), (30, 90, 200)).save(tmp_path / "wide.png")
    Image.new("RGB", (65_000, 40), (30, 190, 20)).save(tmp_path / "long.jpg")
    drop(window, [tmp_path / "wide.png", tmp_path / "long.jpg"])
    imported(window, qtbot)
    photos = app.catalog.photos.many(app.catalog.photos.all())
    assert sorted(photo.width for photo in photos) == [65_000, 1_000_000]
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 2, timeout=5000)
    loader = window.services.thumbnails
    qtbot.waitUntil(lambda: all(loader.pixmap(photo.sha256) is not None for photo in photos), timeout=10_000)
    window.open_photos(window.page.grid.photos.rows, 0)
    qtbot.wait(100)
    imported(window, qtbot)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of 10,000 different small photos."""
    folder = tmp_path / "many"
    folder.mkdir()
    Image.new("RGB", (16, 12), (30, 90, 200)).save(tmp_path / "one.jpg")
    data = (tmp_path / "one.jpg").read_bytes()
    for number in range(10_000):
        (folder / f"IMG_{number:05}.jpg").write_bytes(data + b"%d" % number)
    return folder


@pytest.mark.slow
def test_ten_thousand_files_at_once(window: MainWindow, qtbot: QtBot, app: Application, many: Path) -> None:
    drop(window, sorted(many.iterdir()))
    qtbot.waitUntil(lambda: app.catalog.photos.count() > 400, timeout=60_000)

    # Meanwhile the window can be used: photos are there to be chosen, and places to go to.
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) > 0, timeout=10_000)
    assert window.page.progress.isVisible()
    window.page.grid.setCurrentIndex(window.page.grid.photos.index(0))
    drop(window, [many / "IMG_00000.jpg"])
    assert "under way" in window.page.messages.text

    # Cancelled, it keeps what is in; dropped again, it does not read that twice.
    window.page.progress._clicked()
    imported(window, qtbot)
    kept = app.catalog.photos.count()
    assert 400 < kept < 10_000
    assert window.page.progress.isHidden()
    imported_before = set(app.catalog.photos.all())
    read = _count_reads(window)
    drop(window, [many])
    imported(window, qtbot, seconds=120)
    assert app.catalog.photos.count() == 10_000
    # Some were read, but not stored yet, when it was cancelled: of these only the thumbnails are not made again.
    assert 10_000 - kept - 200 <= next(read) <= 10_000 - kept
    assert imported_before <= set(app.catalog.photos.all())
    assert "was here already" in window.page.messages.text or "were here already" in window.page.messages.text
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 10_000, timeout=20_000)


def _count_reads(window: MainWindow) -> Iterator[int]:
    """Count the photos that are decoded from now on."""
    from letspic_desktop.library import reading

    plain, count = reading.verify_and_shrink, 0

    def counting(*args: object, **options: object) -> object:
        nonlocal count
        count += 1
        return plain(*args, **options)  # type: ignore[arg-type]

    reading.verify_and_shrink = counting  # type: ignore[assignment]

    def told() -> Iterator[int]:
        reading.verify_and_shrink = plain
        yield count

    return told()


def test_a_disk_that_fills_up_loses_nothing_and_the_rest_comes_in_later(
    window: MainWindow, qtbot: QtBot, app: Application, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(600):
        Image.new("RGB", (16, 12), (number % 256, number // 256, 200)).save(folder / f"{number:03}.bmp")
    originals = {path: path.read_bytes() for path in folder.iterdir()}
    pages = app.catalog.database.call(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    app.catalog.database.call(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 140}").fetchone())
    drop(window, [folder])
    imported(window, qtbot)
    assert "is full" in window.page.messages.text
    assert "Free some space" in window.page.messages.text
    kept = app.catalog.photos.all()
    assert 0 < len(kept) < 600

    app.catalog.database.call(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchone())
    drop(window, [folder])
    imported(window, qtbot)
    assert app.catalog.photos.count() == 600
    assert set(kept) <= set(app.catalog.photos.all())
    assert {path: path.read_bytes() for path in folder.iterdir()} == originals


def test_a_traveller_whose_clock_moves_between_two_starts(
    quiet: None, home: Path, open_it: object, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exif = Image.Exif()
    exif[0x9003] = exif[0x0132] = "2024:07:01 23:30:00"
    Image.new("RGB", (40, 30), (1, 2, 3)).save(tmp_path / "dated.jpg", exif=exif)
    Image.new("RGB", (40, 30), (4, 5, 6)).save(tmp_path / "undated.jpg")
    os.utime(tmp_path / "undated.jpg", (1_700_000_000, 1_700_000_000))
    shown = []
    try:
        for zone in ("Asia/Seoul", "America/Los_Angeles", "UTC"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            with Application.open(home) as app:
                window: MainWindow = open_it(app)  # type: ignore[operator]
                drop(window, [tmp_path / "dated.jpg", tmp_path / "undated.jpg"])
                imported(window, qtbot)
                photos = app.catalog.photos.many(app.catalog.photos.all())
                shown.append([(photo.sha256, photo.shown_at, photo.taken_utc) for photo in photos])
                window.close()
    finally:
        monkeypatch.undo()
        time.tzset()
    # A photo stays on the day that its camera said, whatever the clock of the desktop says.
    assert shown[0] == shown[1] == shown[2]
    assert {moment.isoformat() for _, moment, _ in shown[0]} >= {"2024-07-01T23:30:00"}


def test_a_clock_that_was_wrong_hides_no_new_photo(
    window: MainWindow, qtbot: QtBot, app: Application, samples: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(sorted(samples.iterdir())[0], tmp_path / "some")
    for path, when in zip(sorted(folder.iterdir()), (0, 4_000_000_000, 2**33), strict=False):
        os.utime(path, (when, when))
    drop(window, [folder])
    imported(window, qtbot)
    assert app.catalog.photos.count() == 3
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 3, timeout=5000)
