from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from letspic_desktop.application import AppEvent, Application, LibraryChanged
from letspic_desktop.library.history import LibraryChange
from letspic_desktop.library.photos import TRASH_DAYS
from letspic_desktop.library.query import PhotoQuery
from letspic_desktop.library.rows import stored
from letspic_desktop.operations.duplicates import FindCopies, FindLookalikes, KeepBoth, KeepOne
from letspic_desktop.operations.edits import RotatePhotos, SetDate, ShiftDate
from letspic_desktop.operations.organise import (
    AddToAlbum,
    CreateAlbum,
    DeleteAlbum,
    MergeAlbums,
    MoveInAlbum,
    RatePhotos,
    RedoChange,
    RemoveFromAlbum,
    RenameAlbum,
    SetAlbumCover,
    SetFavourite,
    UndoChange,
)
from letspic_desktop.operations.tags import CreateTag, DeleteTag, RenameTag, TagPhotos, UntagPhotos
from letspic_desktop.operations.trash import EmptyTrash, PurgeTrash, RestorePhotos, TrashPhotos
from letspic_desktop.operations.watch import CheckFiles, RelinkFolder, UnwatchFolder, WatchFolder, WatchFolders
from letspic_desktop.progress import Cancelled, Progress
from letspic_shared.errors import KnownError


def test_every_change_is_made_told_and_undone(app: Application, photos: tuple[str, ...]) -> None:
    told: list[AppEvent] = []
    app.subscribe(told.append)
    made: list[LibraryChange[Any]] = []
    operations: list[Any] = [
        RatePhotos(photos=photos, rating=4),
        SetFavourite(photos=photos[:2]),
        CreateAlbum(name="Dog", photos=photos[3:]),
        AddToAlbum(album="Dog", photos=photos[:1]),
        MoveInAlbum(album="Dog", photos=photos[:1], before=photos[3]),
        SetAlbumCover(album="Dog", photo=photos[4]),
        RemoveFromAlbum(album="Dog", photos=photos[4:5]),
        RenameAlbum(album="Dog", name="Hound"),
        MergeAlbums(source="beach", target="Hound"),
        TagPhotos(tag="Travel/Jeju", photos=photos[:3]),
        UntagPhotos(tag="travel/jeju", photos=photos[:1]),
        CreateTag(tag="Other"),
        RenameTag(tag="Travel", name="Other"),
        DeleteTag(tag="Other"),
        RotatePhotos(photos=photos[:1], quarter_turns=-1),
        SetDate(photos=photos[:2], taken=datetime(2001, 2, 3)),
        ShiftDate(photos=photos[:2], by=timedelta(days=2)),
        TrashPhotos(photos=photos[:1]),
        RestorePhotos(photos=photos[:1]),
        KeepBoth(photos=photos[:2]),
        KeepOne(kept=photos[0], others=photos[1:2]),
        DeleteAlbum(album="Hound"),
    ]
    dumps = [_dump(app)]
    for operation in operations:
        change = operation.run(app, Progress())
        assert change.changed, operation
        made.append(change)
        dumps.append(_dump(app))
    assert [type(one) for one in told] == [LibraryChanged] * len(operations)
    assert all(one != other for one, other in pairwise(dumps))
    for change, expected in zip(reversed(made), dumps[-2::-1], strict=True):
        UndoChange(change=change).run(app, Progress())
        assert _dump(app) == expected
    for change, expected in zip(made, dumps[1:], strict=True):
        RedoChange(change=change).run(app, Progress())
        assert _dump(app) == expected
    assert len(told) == 3 * len(operations)


def _dump(app: Application) -> str:
    tables = ("photos", "albums", "album_photos", "tags", "photo_tags", "group_albums", "duplicate_decisions")
    return app.catalog.database.call(
        lambda c: repr([sorted(map(tuple, c.execute(f"SELECT * FROM {table}")), key=repr) for table in tables])
    )


def test_a_change_can_be_undone_by_itself(app: Application, photos: tuple[str, ...]) -> None:
    change = RatePhotos(photos=photos, rating=5).run(app, Progress())
    UndoChange(change=change).run(app, Progress())
    assert app.catalog.find(PhotoQuery(minimum_rating=1)) == []
    RedoChange(change=change).run(app, Progress())
    assert len(app.catalog.find(PhotoQuery(minimum_rating=5))) == len(photos)


def test_what_changes_nothing_is_not_told(app: Application, photos: tuple[str, ...]) -> None:
    told: list[AppEvent] = []
    app.subscribe(told.append)
    assert not RatePhotos(photos=photos, rating=0).run(app, Progress()).changed
    with pytest.raises(KnownError, match="album is gone"):
        DeleteAlbum(album=999).run(app, Progress())
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        TrashPhotos(photos=photos).run(app, progress)
    assert told == []


def test_the_trash_is_purged_after_thirty_days_and_no_file_is_touched(
    app: Application, folder: Path, photos: tuple[str, ...]
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.png")}
    TrashPhotos(photos=photos[:3]).run(app, Progress())
    old = stored(datetime.now(UTC) - timedelta(days=TRASH_DAYS, seconds=5))
    query = "UPDATE photos SET trashed_at = ? WHERE sha256 = ?"
    app.catalog.database.call(lambda c: c.execute(query, (old, photos[0])))
    assert PurgeTrash().run(app, Progress()) == 1
    assert PurgeTrash().run(app, Progress()) == 0
    assert EmptyTrash().run(app, Progress()) == 2
    assert app.catalog.photos.count() == 3
    assert {path: path.read_bytes() for path in folder.rglob("*.png")} == before


def test_watching_and_relinking(app: Application, folder: Path) -> None:
    for path in folder.rglob("*.png"):
        os.utime(path, (time.time() - 60, time.time() - 60))
    WatchFolder(folder=folder, albums_from_folders=True).run(app, Progress())
    report = WatchFolders().run(app, Progress())
    assert len(report.imported.added) == 6
    assert report.imported.albums == {"beach": 3}
    new = folder.rename(folder.with_name("moved"))
    assert len(CheckFiles().run(app, Progress())) == 6
    assert len(RelinkFolder(old=folder, new=new).run(app, Progress()).found) == 6
    assert CheckFiles().run(app, Progress()) == []
    assert not WatchFolders().run(app, Progress()).changed
    UnwatchFolder(folder=new).run(app, Progress())
    assert app.catalog.watched.all() == []


def test_lookalikes_are_found_by_the_backbone(app: Application, photo_data: Path, tmp_path: Path) -> None:
    from letspic_desktop.library.importer import import_photos

    folder = tmp_path / "real"
    folder.mkdir()
    paths = sorted((photo_data / "food101").rglob("*.jpg"))[::120]
    for path in paths:
        (folder / path.name).write_bytes(path.read_bytes())
    with Image.open(paths[0]) as image:
        width, height = image.size
        image.crop((10, 10, width - 10, height - 10)).save(folder / "cropped.jpg", quality=85)
    (folder / "copy.jpg").write_bytes(paths[1].read_bytes())
    import_photos(app.catalog, [folder])
    (group,) = FindLookalikes().run(app, Progress())
    names = {path.name for path in app.catalog.photos.paths(group.photos).values()}
    assert names == {paths[0].name, "cropped.jpg"}
    assert len(FindCopies().run(app, Progress())) == 1
    KeepOne(kept=group.photos[0], others=group.photos[1:]).run(app, Progress())
    assert FindLookalikes().run(app, Progress()) == []
    with pytest.raises(KnownError, match="likeness"):
        FindLookalikes(threshold=0.1).run(app, Progress())


def test_what_changed_is_told(app: Application, photos: tuple[str, ...]) -> None:
    """So that a rating makes nobody read the albums again, nor look for new photos before the next search."""
    told: list[AppEvent] = []
    app.subscribe(told.append)
    for operation, parts in (
        (RatePhotos(photos=photos, rating=3), {"details"}),
        (TagPhotos(tag="a/b", photos=photos), {"tags"}),
        (CreateAlbum(name="New"), {"albums", "groups"}),
        (TrashPhotos(photos=photos[:1]), {"photos", "albums", "tags", "groups", "details"}),
    ):
        told.clear()
        change = operation.run(app, Progress())
        UndoChange(change=change).run(app, Progress())
        RedoChange(change=change).run(app, Progress())
        assert told == [LibraryChanged(parts=frozenset(parts))] * 3
