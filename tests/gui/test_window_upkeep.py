"""What the window does by itself: old trash, watched folders, missing files, and a quick first search."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.library.photos import TRASH_DAYS
from letspic_desktop.library.rows import stored
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.search import SearchPhotos
from letspic_desktop.operations.warm import WarmSearch
from letspic_desktop.operations.watch import FindVanished, WatchFolder, WatchFolders
from letspic_desktop.progress import Progress
from letspic_desktop.ui.habits import upkeep
from letspic_desktop.ui.main_window import MainWindow


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window does not wait some seconds before it begins."""
    monkeypatch.setattr(upkeep, "AFTER_START_MS", 0)


@pytest.fixture
def folder(tmp_path: Path, samples: Path) -> Path:
    """A folder of two albums with photos that are old enough to be taken for whole."""
    for name in ("first", "second"):
        shutil.copytree(sorted(samples.iterdir())[name == "second"], tmp_path / "photos" / name)
    settle(tmp_path / "photos")
    return tmp_path / "photos"


def settle(folder: Path) -> None:
    for path in folder.rglob("*.*"):
        os.utime(path, (time.time() - 60, time.time() - 60))


def idle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.services.runner.busy, timeout=20_000)


def test_old_trash_is_forgotten_at_the_start(
    soon: None, app: Application, folder: Path, open_it: object, qtbot: QtBot
) -> None:
    photos = ImportPhotos(sources=(folder,)).run(app, Progress()).added
    app.catalog.photos.trash(photos[:2])
    old = stored(datetime.now(UTC) - timedelta(days=TRASH_DAYS + 1))
    app.catalog.database.call(
        lambda c: c.execute("UPDATE photos SET trashed_at = ? WHERE sha256 = ?", (old, photos[0]))
    )
    window: MainWindow = open_it(app)  # type: ignore[operator]
    qtbot.waitUntil(lambda: app.catalog.photos.get(photos[0]) is None, timeout=10_000)
    assert app.catalog.photos.get(photos[1]) is not None
    idle(window, qtbot)
    assert (folder / "first").is_dir()


def test_what_is_new_in_a_watched_folder_comes_in_by_itself(
    soon: None, app: Application, folder: Path, open_it: object, qtbot: QtBot, samples: Path
) -> None:
    WatchFolder(folder=folder, albums_from_folders=True).run(app, Progress())
    WatchFolders().run(app, Progress())
    before = app.catalog.photos.count()
    shutil.copytree(sorted(samples.iterdir())[4], folder / "third")
    settle(folder / "third")
    window: MainWindow = open_it(app)  # type: ignore[operator]
    qtbot.waitUntil(lambda: "3 new photos" in window.page.messages.text, timeout=10_000)
    assert app.catalog.photos.count() == before + 3
    qtbot.waitUntil(lambda: window.overview is not None and window.overview.photos == before + 3, timeout=5000)

    # And again when its time comes.
    idle(window, qtbot)
    shutil.copytree(sorted(samples.iterdir())[5], folder / "fourth")
    settle(folder / "fourth")
    assert window.upkeep._timer.isActive()
    window.upkeep._timer.timeout.emit()
    qtbot.waitUntil(lambda: app.catalog.photos.count() == before + 6, timeout=10_000)
    idle(window, qtbot)


def test_how_often_is_the_persons_choice(app: Application, window: MainWindow, qtbot: QtBot) -> None:
    app.preferences.change(watch_minutes=3)
    qtbot.waitUntil(lambda: window.upkeep._timer.interval() == 180_000, timeout=2000)
    app.preferences.change(watch_minutes=0)
    qtbot.waitUntil(lambda: not window.upkeep._timer.isActive(), timeout=2000)


def test_a_drive_that_is_away_is_said_once_and_its_photos_are_found_again(
    soon: None, app: Application, folder: Path, tmp_path: Path, open_it: object, qtbot: QtBot
) -> None:
    photos = ImportPhotos(sources=(folder,), albums_from_folders=True).run(app, Progress()).added
    elsewhere = folder.rename(tmp_path / "moved")
    window: MainWindow = open_it(app)  # type: ignore[operator]
    messages = window.page.messages
    qtbot.waitUntil(lambda: "6 photos are not where they were" in messages.text, timeout=10_000)
    assert str(folder) in messages.text
    assert "drive" in messages.text
    idle(window, qtbot)

    # The photos are still there to be looked at, and nothing was forgotten.
    assert app.catalog.photos.count() == 6
    assert window.page.grid.photos.rows

    messages._button.click()
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(elsewhere))
    dialog.reject()
    qtbot.waitUntil(lambda: "6 photos found again" in messages.text, timeout=10_000)
    idle(window, qtbot)
    assert {app.catalog.photos.source(photo).is_relative_to(elsewhere) for photo in photos} == {True}
    assert FindVanished().run(app, Progress()) == []


def test_what_was_away_before_is_not_said_at_every_start(
    soon: None, app: Application, folder: Path, tmp_path: Path, open_it: object, qtbot: QtBot
) -> None:
    ImportPhotos(sources=(folder,)).run(app, Progress())
    folder.rename(tmp_path / "moved")
    assert [one.photos for one in FindVanished().run(app, Progress())] == [6]
    window: MainWindow = open_it(app)  # type: ignore[operator]
    qtbot.wait(50)
    idle(window, qtbot)
    assert window.page.messages.text == ""


@pytest.mark.slow
def test_search_works_for_photos_whose_drive_is_away(home_with_backbone: Path, folder: Path, tmp_path: Path) -> None:
    with Application.open(home_with_backbone) as app:
        photos = ImportPhotos(sources=(folder,), albums_from_folders=True).run(app, Progress()).added
        assert not WarmSearch().run(app, Progress())
        before = SearchPhotos(query=photos[0]).run(app, Progress())
        folder.rename(tmp_path / "moved")
    with Application.open(home_with_backbone) as app:
        assert FindVanished().run(app, Progress())
        assert WarmSearch().run(app, Progress())
        after = SearchPhotos(query=photos[0]).run(app, Progress())
        assert [found.photo for found in after.before] == [found.photo for found in before.before]
        assert len(after.before) == 5
