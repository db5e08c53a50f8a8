from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from letspic_desktop.library import importer, scan
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.importer import import_failures, import_photos
from letspic_desktop.library.query import PhotoQuery
from letspic_desktop.library.relink import relink_folder
from letspic_desktop.library.scan import scan_watched
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError
from letspic_shared.files import sha256_of_file

Make = Callable[..., Path]


def _settle(folder: Path) -> None:
    """Make all files as old as files are that nobody writes to."""
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - 60, time.time() - 60))


@pytest.fixture
def folder(catalog: Catalog, tmp_path: Path, make_photo: Make) -> Path:
    root = tmp_path / "photos"
    make_photo(root / "beach" / "a.jpg", 1)
    make_photo(root / "beach" / "deep" / "b.png", 2)
    make_photo(root / "c.jpg", 3)
    make_photo(root / "plain.jpg", 4).rename(root / "no suffix")
    (root / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    (root / "notes.txt").write_text("not a photo")
    make_photo(root / ".hidden" / "d.jpg", 5)
    _settle(root)
    catalog.watched.add(root, albums_from_folders=True)
    return root


def test_a_scan_brings_in_what_is_new_and_the_next_one_opens_no_file(
    catalog: Catalog, folder: Path, make_photo: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = scan_watched(catalog)
    assert len(report.imported.added) == 4
    assert report.imported.albums == {"beach": 2}
    assert [failure.path.name for failure in import_failures(catalog)] == ["broken.jpg"]
    with monkeypatch.context() as patch:
        patch.setattr(importer, "read_photo", lambda *_: pytest.fail("a file was read again"))
        patch.setattr(scan, "looks_like_photo", lambda _: pytest.fail("a file was opened"))
        assert not scan_watched(catalog).changed
    make_photo(folder / "beach" / "e.jpg", 100)
    make_photo(folder / "broken.jpg", 200)
    _settle(folder / "beach")
    report = scan_watched(catalog)
    assert report.waiting
    assert len(report.imported.added) == 1
    _settle(folder)
    assert len(scan_watched(catalog).imported.added) == 1
    assert import_failures(catalog) == []


def test_a_file_that_vanished_is_missing_and_not_lost(catalog: Catalog, folder: Path, tmp_path: Path) -> None:
    scan_watched(catalog)
    path = folder / "c.jpg"
    photo = sha256_of_file(path)
    catalog.photos.rate([photo], 5)
    path.rename(tmp_path / "away.jpg")
    report = scan_watched(catalog)
    assert report.missing == [path]
    assert catalog.find(PhotoQuery(missing=True)) == [photo]
    assert photo in catalog.find(PhotoQuery())
    (missing,) = catalog.photos.missing_files()
    assert (missing.path, missing.sha256, missing.only) == (path, photo, True)
    assert scan_watched(catalog).missing == []
    (tmp_path / "away.jpg").rename(path)
    assert scan_watched(catalog).returned == [path]
    assert catalog.photos.missing_files() == []
    assert catalog.find(PhotoQuery(minimum_rating=5)) == [photo]


def test_a_drive_that_is_away_loses_nothing(catalog: Catalog, folder: Path) -> None:
    photos = set(scan_watched(catalog).imported.added)
    away = folder.rename(folder.with_name("unplugged"))
    report = scan_watched(catalog)
    assert report.absent == [folder]
    assert len(report.missing) == 4
    assert set(catalog.find(PhotoQuery(missing=True))) == photos
    away.rename(folder)
    assert len(scan_watched(catalog).returned) == 4
    assert {album.name: album.photos for album in catalog.albums.all()} == {"beach": 2}


def test_a_folder_that_cannot_be_read_hides_no_photo(
    catalog: Catalog, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_watched(catalog)
    real = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("beach"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(scan.os, "scandir", refuse)
    assert scan_watched(catalog).missing == []
    assert folder / "beach" in {failure.path for failure in import_failures(catalog)}


def test_photos_that_were_thrown_away_do_not_come_back_by_themselves(
    catalog: Catalog, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_watched(catalog)
    path = folder / "c.jpg"
    photo = sha256_of_file(path)
    before = path.stat().st_mtime_ns
    catalog.photos.trash([photo])
    assert not scan_watched(catalog).changed
    catalog.photos.empty_trash(older_than=timedelta(seconds=-1))
    with monkeypatch.context() as patch:
        patch.setattr(importer, "read_photo", lambda *_: pytest.fail("the file was read again"))
        assert not scan_watched(catalog).changed
    path.rename(folder / "renamed.jpg")
    assert not scan_watched(catalog).changed
    assert catalog.photos.get(photo) is None
    assert (folder / "renamed.jpg").stat().st_mtime_ns == before
    assert import_photos(catalog, [folder]).added == [photo]
    shutil.copy2(folder / "renamed.jpg", folder / "again.jpg")
    assert scan_watched(catalog).imported.known == [photo]


def test_a_photo_of_the_trash_that_is_imported_again_is_told(catalog: Catalog, folder: Path) -> None:
    photo = import_photos(catalog, [folder / "c.jpg"]).added
    catalog.photos.trash(photo)
    report = import_photos(catalog, [folder / "c.jpg"])
    assert (report.known, report.in_trash) == (photo, photo)


def test_watched_folders_are_kept_once(catalog: Catalog, folder: Path) -> None:
    with pytest.raises(KnownError, match="is inside"):
        catalog.watched.add(folder / "beach")
    with pytest.raises(KnownError, match="not a folder"):
        catalog.watched.add(folder / "absent")
    catalog.watched.add(folder.parent)
    assert [one.path for one in catalog.watched.all()] == [folder.parent]
    catalog.watched.remove(folder.parent)
    assert catalog.watched.all() == []


def test_a_moved_folder_is_relinked_by_name_and_by_content(
    catalog: Catalog, folder: Path, make_photo: Make, tmp_path: Path
) -> None:
    photos = set(scan_watched(catalog).imported.added)
    new = folder.rename(tmp_path / "elsewhere")
    (new / "c.jpg").rename(new / "beach" / "another name.jpg")
    (new / "beach" / "a.jpg").unlink()
    make_photo(new / "beach" / "a.jpg", 77)
    report = relink_folder(catalog, folder, new, progress=Progress())
    assert set(report.found) == {folder / "beach" / "deep" / "b.png", folder / "c.jpg", folder / "no suffix"}
    assert report.found[folder / "c.jpg"] == new / "beach" / "another name.jpg"
    assert report.missing == [folder / "beach" / "a.jpg"]
    assert [one.path for one in catalog.watched.all()] == [new]
    assert catalog.photos.check_files() == 1
    assert set(catalog.find(PhotoQuery())) == photos
    assert len(catalog.find(PhotoQuery(text="another"))) == 1
    assert catalog.albums.by_name("beach").photos == 2
    assert relink_folder(catalog, new, new, progress=Progress()).found == {}


def test_a_wrong_folder_is_told(catalog: Catalog, folder: Path, tmp_path: Path) -> None:
    scan_watched(catalog)
    with pytest.raises(KnownError, match="is not a folder"):
        relink_folder(catalog, folder, tmp_path / "absent", progress=Progress())
    with pytest.raises(KnownError, match="No photo of the library"):
        relink_folder(catalog, tmp_path / "never", tmp_path, progress=Progress())
    folder.rename(tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    report = relink_folder(catalog, folder, tmp_path / "empty", progress=Progress())
    assert report.found == {}
    assert len(report.missing) == 4
