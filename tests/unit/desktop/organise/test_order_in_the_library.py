"""Order of albums, tags of many photos, the trash by parts, copies of files, and what waits for a decision."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from letspic_desktop import cli
from letspic_desktop.application import Application
from letspic_desktop.library.importer import import_photos
from letspic_desktop.library.lookalikes import Lookalikes
from letspic_desktop.operations.chosen import ImportChosen
from letspic_desktop.operations.copies import SaveCopies
from letspic_desktop.operations.duplicates import KeepBoth, KeepOne, OpenLookalikes
from letspic_desktop.operations.edits import SetDate
from letspic_desktop.operations.organise import CreateAlbum, SortAlbum
from letspic_desktop.operations.tags import TagPhotos
from letspic_desktop.operations.trash import ForgetPhotos, RestorePhotos, TrashPhotos
from letspic_desktop.operations.watch import CheckFiles, ReadFolders, WatchFolder, WatchFolders
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError


def test_an_album_goes_back_to_the_order_of_dates(app: Application, photos: tuple[str, ...]) -> None:
    from datetime import datetime

    days = {photo: datetime(2024, 5, 1 + 7 * number % 5 + number) for number, photo in enumerate(photos[:4])}
    for photo, day in days.items():
        SetDate(photos=(photo,), taken=day).run(app, Progress())
    by_date = sorted(days, key=lambda photo: days[photo])
    mixed = (by_date[2], by_date[0], by_date[3], by_date[1])
    album = CreateAlbum(name="Trip", photos=mixed).run(app, Progress()).result
    change = SortAlbum(album=album.id).run(app, Progress())
    assert app.catalog.albums.photos(album.id) == by_date
    SortAlbum(album="trip", oldest_first=False).run(app, Progress()).undo()
    assert app.catalog.albums.photos(album.id) == by_date
    change.undo()
    assert app.catalog.albums.photos(album.id) == list(mixed)
    change.do()
    again = SortAlbum(album=album.id).run(app, Progress())
    assert not again.changed


def test_tags_of_many_photos_are_counted(app: Application, photos: tuple[str, ...]) -> None:
    TagPhotos(tag="b/c", photos=photos[:3]).run(app, Progress())
    TagPhotos(tag="a", photos=photos[2:4]).run(app, Progress())
    assert app.catalog.tags.of_photos(photos) == {"a": 2, "b/c": 3}
    assert app.catalog.tags.of_photos(photos[4:]) == {}


def test_recent_photos_are_those_that_came_last(app: Application, photos: tuple[str, ...], tmp_path: Path) -> None:
    old = "2001-01-01T00:00:00Z"
    app.catalog.database.call(
        lambda c: c.execute("UPDATE photos SET imported_at = ? WHERE sha256 = ?", (old, photos[0]))
    )
    Image.new("RGB", (9, 9), "teal").save(tmp_path / "new.png")
    new = import_photos(app.catalog, [tmp_path / "new.png"]).added[0]
    app.catalog.photos.trash([photos[1]])
    recent = app.catalog.photos.recent()
    assert recent[0] == new
    assert set(recent) == {new, *photos[2:]}


def test_some_photos_of_the_trash_are_forgotten_and_others_restored(
    app: Application, photos: tuple[str, ...], folder: Path
) -> None:
    TrashPhotos(photos=photos[:3]).run(app, Progress())
    assert ForgetPhotos(photos=(photos[0], photos[5])).run(app, Progress()) == 1
    assert app.catalog.photos.get(photos[0]) is None
    assert app.catalog.photos.get(photos[5]) is not None
    RestorePhotos(photos=None).run(app, Progress())
    assert app.catalog.photos.all(trashed=True) == []
    assert app.catalog.photos.count() == 5
    assert len(list(folder.rglob("*.png"))) == 6


def test_groups_wait_until_they_are_decided_and_again_after_undo(app: Application, photos: tuple[str, ...]) -> None:
    groups = (Lookalikes(photos=photos[:3], likeness=0.9), Lookalikes(photos=photos[3:5], likeness=0.95))
    waiting = OpenLookalikes(groups=groups)
    assert waiting.run(app, Progress()) == list(groups)
    kept = KeepBoth(photos=photos[3:5]).run(app, Progress())
    assert waiting.run(app, Progress()) == [groups[0]]
    app.catalog.photos.trash([photos[1]])
    assert waiting.run(app, Progress()) == [Lookalikes(photos=(photos[0], photos[2]), likeness=0.9)]
    KeepOne(kept=photos[0], others=(photos[2],)).run(app, Progress())
    assert waiting.run(app, Progress()) == []
    kept.undo()
    assert waiting.run(app, Progress()) == [groups[1]]


def test_copies_get_free_names_and_say_what_is_gone(
    app: Application, photos: tuple[str, ...], folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    first, second = (app.catalog.photos.source(photo) for photo in photos[:2])
    (target / first.name).write_bytes(b"mine")
    second.unlink()
    report = SaveCopies(photos=photos[:2], folder=target).run(app, Progress())
    assert report.missing == [photos[1]]
    assert [path.name for path in report.made] == [f"{first.stem} (2).png"]
    assert report.made[0].read_bytes() == first.read_bytes()
    assert (target / first.name).read_bytes() == b"mine"
    with pytest.raises(KnownError, match="cannot be written"):
        SaveCopies(photos=photos[:1], folder=tmp_path / "nowhere").run(app, Progress())


def test_what_is_dropped_on_an_album_goes_into_it_whole(app: Application, folder: Path) -> None:
    ImportChosen(paths=(folder,), album="All of it", all_into_album=True).run(app, Progress())
    assert {album.name: album.photos for album in app.catalog.albums.all()} == {"All of it": 6}


def test_state_of_watched_folders(app: Application, folder: Path, photos: tuple[str, ...]) -> None:
    WatchFolder(folder=folder).run(app, Progress())
    (state,) = ReadFolders().run(app, Progress()).watched
    assert (state.photos, state.missing, state.there, state.looked_at) == (6, 0, True, None)
    WatchFolders().run(app, Progress())
    next((folder / "beach").iterdir()).unlink()
    CheckFiles().run(app, Progress())
    found = ReadFolders().run(app, Progress())
    assert (found.watched[0].missing, found.watched[0].looked_at is not None) == (1, True)
    assert {place: len(files) for place, files in found.missing.items()} == {folder / "beach": 1}


def test_commands_of_tags_trash_and_watched_folders(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: object) -> str:
        assert cli.main([*map(str, words), "--home", str(tmp_path / "cli")]) == 0
        return capsys.readouterr().out

    photo, other = folder / "0.png", folder / "1.png"
    if not photo.exists():
        photo, other = folder / "beach" / "0.png", folder / "beach" / "1.png"
    run("import", folder, "--albums-from-folders")
    run("tag", "add", "Travel/Jeju", photo, other)
    run("tag", "create", "Empty")
    run("tag", "rename", "Travel", "Trips")
    run("tag", "remove", "Trips/Jeju", other)
    tags = json.loads(run("tag", "list", "--json", "-"))
    assert [(tag["name"], tag["total"]) for tag in tags] == [("Empty", 0), ("Trips", 1), ("Trips/Jeju", 1)]
    run("tag", "delete", "Trips")
    assert "Trips" not in run("tag", "list")
    run("album", "cover", "beach", folder / "beach" / "2.png")
    run("album", "sort", "beach", "--newest-first")
    run("trash", "put", photo, other)
    assert len(json.loads(run("trash", "list", "--json", "-"))) == 2
    assert run("trash", "restore", photo).strip() == "1 photos are back."
    assert run("trash", "empty").startswith("1 photos forgotten")
    assert other.is_file()
    run("watch", "add", folder)
    assert run("watch", "look").startswith("0 new photos")
    assert json.loads(run("watch", "list", "--json", "-"))["watched"][0]["photos"] == 5
    assert run("watch", "check").strip() == "0 files are missing."
    folder.rename(tmp_path / "moved")
    assert "5 photos found again." in run("watch", "relink", folder, tmp_path / "moved")
    run("watch", "remove", tmp_path / "moved")
    assert "No folder is watched" in run("watch", "list")
