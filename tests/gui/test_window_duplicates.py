"""The place of duplicates and the dialog of watched folders, over real files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.library.lookalikes import Lookalikes
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.organise import RatePhotos
from letspic_desktop.operations.tags import TagPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import DUPLICATES
from letspic_desktop.ui.sidebar.entries import Entry

LEFT = Qt.MouseButton.LeftButton
WAIT = 20_000


@pytest.fixture
def doubled(home_with_backbone: Path, app: Application, samples: Path, tmp_path: Path) -> Application:
    """A library with two smaller copies, and one file that is there twice."""
    folder = tmp_path / "photos"
    shutil.copytree(samples / "forest", folder / "forest")
    shutil.copytree(samples / "city", folder / "city")
    (folder / "small").mkdir()
    for name in ("forest_000", "city_001"):
        with Image.open(folder / name.split("_")[0] / f"{name}.jpg") as picture:
            smaller = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4))
            smaller.save(folder / "small" / f"{name} small.jpg", quality=70)
    shutil.copy(folder / "city" / "city_002.jpg", folder / "small" / "again.jpg")
    ImportPhotos(sources=(folder,), albums_from_folders=True).run(app, Progress())
    return app


@pytest.fixture
def page(doubled: Application, window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window that has found the duplicates."""
    qtbot.waitUntil(lambda: bool(window.overview and window.overview.photos == 8), timeout=WAIT)
    control = window.organising.duplicates
    control.go_and_look()
    qtbot.waitUntil(lambda: control.page.looked and not control._looking, timeout=60_000)
    qtbot.waitUntil(lambda: len(control.page.groups.groups) == 2, timeout=WAIT)
    qtbot.waitUntil(lambda: len(control.page.candidates.candidates) == 2, timeout=WAIT)
    return window


def duplicates_entry(window: MainWindow) -> Entry:
    return next(entry for entry in window.sidebar.model.entries if entry.place == DUPLICATES)


def test_groups_are_shown_with_facts_and_the_largest_first(page: MainWindow, qtbot: QtBot) -> None:
    shown = page.organising.duplicates.page
    assert shown.isVisible()
    assert not page.page.grid.isVisible()
    best, other = shown.candidates.candidates
    assert best.best
    assert best.photo.width > other.photo.width
    assert best.lines[0] == f"{best.photo.width} × {best.photo.height} pixels"
    assert best.spoken.startswith("proposed to be kept, ")
    assert other.lines[3] == "in small"
    assert shown.strip.currentIndex().row() == 0
    # Two groups of lookalikes, and one photo in two files.
    assert duplicates_entry(page).count == "3"
    assert shown.copies_tab.text() == "Same file twice (1)"
    qtbot.mouseClick(shown.copies_tab, LEFT)
    assert shown.copy_list.isVisible()
    text = shown.copies.index(0).data()
    assert [Path(line).name for line in text.splitlines()] == ["city_002.jpg", "again.jpg"]


def test_keeping_one_takes_over_what_people_said_and_is_undone(
    page: MainWindow, qtbot: QtBot, doubled: Application
) -> None:
    shown = page.organising.duplicates.page
    best, other = (one.photo.sha256 for one in shown.candidates.candidates)
    RatePhotos(photos=(other,), rating=5).run(doubled, Progress())
    TagPhotos(tag="Trees", photos=(other,)).run(doubled, Progress())
    shown.group_list.setFocus()
    qtbot.keyClick(shown.group_list, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: len(shown.groups.groups) == 1, timeout=WAIT)
    kept, gone = doubled.catalog.photos.many([best, other])
    assert (kept.rating, kept.trashed_at) == (5, None)
    assert gone.trashed_at is not None
    assert "Trees" in doubled.catalog.tags.of_photo(best)
    assert "small" in [album.name for album in doubled.catalog.albums.of_photo(best)]
    qtbot.waitUntil(lambda: duplicates_entry(page).count == "2", timeout=WAIT)

    qtbot.mouseClick(page.page.messages._button, LEFT)
    qtbot.waitUntil(lambda: len(shown.groups.groups) == 2, timeout=WAIT)
    assert [photo.trashed_at for photo in doubled.catalog.photos.many([best, other])] == [None, None]


def test_the_other_one_is_chosen_with_the_arrows(page: MainWindow, qtbot: QtBot, doubled: Application) -> None:
    shown = page.organising.duplicates.page
    best, other = (one.photo.sha256 for one in shown.candidates.candidates)
    shown.strip.setFocus()
    qtbot.keyClick(shown.strip, Qt.Key.Key_Right)
    qtbot.mouseClick(shown.keep_button, LEFT)
    qtbot.waitUntil(lambda: len(shown.groups.groups) == 1, timeout=WAIT)
    kept, gone = doubled.catalog.photos.many([other, best])
    assert kept.trashed_at is None
    assert gone.trashed_at is not None


def test_keep_both_is_remembered_when_looking_again(page: MainWindow, qtbot: QtBot) -> None:
    control = page.organising.duplicates
    qtbot.mouseClick(control.page.both_button, LEFT)
    qtbot.waitUntil(lambda: len(control.page.groups.groups) == 1, timeout=WAIT)
    control.look()
    assert not control.page.look_button.isEnabled()
    qtbot.waitUntil(lambda: not control._looking, timeout=60_000)
    assert len(control.page.groups.groups) == 1


def test_new_photos_are_noticed(page: MainWindow, qtbot: QtBot, doubled: Application, samples: Path) -> None:
    ImportPhotos(sources=(samples / "fruit",)).run(doubled, Progress())
    shown = page.organising.duplicates.page
    qtbot.waitUntil(lambda: "3 photos are new since: look again." in shown._said.text(), timeout=WAIT)


def test_thousand_groups_make_no_more_widgets(page: MainWindow, qtbot: QtBot) -> None:
    shown = page.organising.duplicates.page
    before = len(shown.findChildren(QWidget))
    photos = [f"{number:064x}" for number in range(2000)]
    groups = [
        Lookalikes(photos=(one, other), likeness=0.95) for one, other in zip(photos[::2], photos[1::2], strict=True)
    ]
    shown.show_found(groups, {}, "")
    assert shown.groups.rowCount() == 1000
    assert len(shown.findChildren(QWidget)) <= before + 1
    # So that none of them is still being read when the window goes.
    qtbot.waitUntil(lambda: not page.services.runner.busy, timeout=WAIT)


def test_folder_is_watched_moved_and_found_again(
    app: Application, window: MainWindow, qtbot: QtBot, samples: Path, tmp_path: Path
) -> None:
    folder, moved = tmp_path / "camera", tmp_path / "disk" / "old camera"
    shutil.copytree(samples / "forest", folder)
    control = window.organising.watched
    control.open()
    dialog = control.dialog
    assert dialog is not None
    assert not dialog.isModal()
    assert not dialog.look_button.isEnabled()
    assert dialog.look_button.accessibleDescription() == "No folder is watched yet"
    control.watch(folder)
    qtbot.waitUntil(lambda: app.catalog.photos.count() == 3, timeout=WAIT)
    qtbot.waitUntil(lambda: dialog.message.text() == "3 new photos.", timeout=WAIT)
    qtbot.waitUntil(lambda: dialog.watched.topLevelItemCount() == 1, timeout=WAIT)

    moved.parent.mkdir()
    folder.rename(moved)
    qtbot.waitUntil(lambda: dialog.check_button.isEnabled(), timeout=WAIT)
    qtbot.mouseClick(dialog.check_button, LEFT)
    qtbot.waitUntil(lambda: dialog.missing_title.text() == "3 files are missing", timeout=WAIT)
    item = dialog.watched.topLevelItem(0)
    assert item is not None
    assert item.text(2) == "not there: is its drive plugged in?"
    asked: list[Path] = []
    dialog.relink_asked.connect(asked.append)
    qtbot.waitUntil(lambda: dialog.find_missing.isEnabled(), timeout=WAIT)
    control.relink(folder, moved)
    qtbot.waitUntil(lambda: dialog.message.text() == "3 photos found again.", timeout=WAIT)
    qtbot.waitUntil(lambda: dialog.missing_title.text() == "No file is missing", timeout=WAIT)
    assert app.catalog.watched.all()[0].path == moved
    control._stop_watching(moved)
    qtbot.waitUntil(lambda: dialog.watched.topLevelItemCount() == 0, timeout=WAIT)
    assert app.catalog.photos.count() == 3
    dialog.close()
    qtbot.waitUntil(lambda: control.dialog is None, timeout=WAIT)


def test_folder_inside_a_watched_one_is_refused_with_a_sentence(
    app: Application, window: MainWindow, qtbot: QtBot, samples: Path
) -> None:
    control = window.organising.watched
    control.open()
    dialog = control.dialog
    assert dialog is not None
    control.watch(samples)
    qtbot.waitUntil(lambda: app.catalog.photos.count() == 30, timeout=WAIT)
    qtbot.waitUntil(lambda: not control._busy, timeout=WAIT)
    control.watch(samples / "forest")
    qtbot.waitUntil(lambda: "which is watched already" in dialog.message.text(), timeout=WAIT)
    assert len(app.catalog.watched.all()) == 1
