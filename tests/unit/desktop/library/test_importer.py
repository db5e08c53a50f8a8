from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from letspic_desktop.home import Home
from letspic_desktop.library import importer, reading
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.importer import NoPhotoError, import_failures, import_photos
from letspic_desktop.library.thumbnails import GRID_EDGE, Thumbnails
from letspic_desktop.progress import Cancelled, Progress, Step
from letspic_shared.errors import KnownError
from letspic_shared.files import sha256_of_file
from letspic_shared.photo import thumbnail_jpeg, verify

Make = Callable[..., Path]


def _albums(catalog: Catalog) -> dict[str, int]:
    return {album.name: album.photos for album in catalog.albums.all()}


@pytest.fixture
def folder(tmp_path: Path, make_photo: Make) -> Path:
    """Two sub-folders, one of them deep, one photo beside them, one copy."""
    root = tmp_path / "photos"
    make_photo(root / "loose.jpg", 1)
    make_photo(root / "beach" / "a.jpg", 2)
    make_photo(root / "beach" / "day 2" / "b.png", 3)
    make_photo(root / "dog" / "c.jpg", 4)
    shutil.copy(root / "dog" / "c.jpg", root / "dog" / "copy of c.jpg")
    return root


def test_a_folder_becomes_photos_known_by_their_content(catalog: Catalog, folder: Path) -> None:
    report = import_photos(catalog, [folder])
    assert len(report.added) == 4
    assert len(report.known) == 1
    assert report.failed == []
    assert report.albums == {}
    assert set(report.photos) == {sha256_of_file(path) for path in folder.rglob("*.*")}
    sha256 = sha256_of_file(folder / "dog" / "c.jpg")
    photo = catalog.photos.get(sha256)
    assert photo is not None
    assert (photo.format, photo.width, photo.height) == ("JPEG", 24, 16)
    assert photo.bytes == (folder / "dog" / "c.jpg").stat().st_size
    assert catalog.photos.files(sha256) == [folder / "dog" / "c.jpg", folder / "dog" / "copy of c.jpg"]


def test_sub_folders_become_albums(catalog: Catalog, folder: Path) -> None:
    report = import_photos(catalog, [folder], albums_from_folders=True)
    assert report.albums == {"beach": 2, "dog": 1}
    assert _albums(catalog) == {"beach": 2, "dog": 1}


def test_one_album_for_all(catalog: Catalog, folder: Path) -> None:
    assert import_photos(catalog, [folder], album="  All  of it").albums == {"All of it": 4}
    with pytest.raises(KnownError, match="one album or"):
        import_photos(catalog, [folder], album="x", albums_from_folders=True)
    with pytest.raises(KnownError, match="no name"):
        import_photos(catalog, [folder], album=" ")


def test_importing_again_changes_nothing_and_reads_no_photo(
    catalog: Catalog, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = import_photos(catalog, [folder], albums_from_folders=True)
    before = catalog.photos.many(first.photos)

    def refuse(_: bytes) -> None:
        raise AssertionError("a photo was read again")

    monkeypatch.setattr(reading, "verify", refuse)
    again = import_photos(catalog, [folder], albums_from_folders=True)
    assert again.added == []
    assert set(again.known) == set(first.photos)
    assert again.albums == {"beach": 0, "dog": 0}
    assert catalog.photos.many(first.photos) == before


def test_what_people_entered_survives_a_second_import_and_a_moved_folder(catalog: Catalog, folder: Path) -> None:
    report = import_photos(catalog, [folder], albums_from_folders=True)
    catalog.photos.rate(report.photos, 5)
    catalog.tags.add("mine", report.photos)
    moved = folder.rename(folder.with_name("elsewhere"))
    again = import_photos(catalog, [moved])
    assert again.added == []
    assert _albums(catalog) == {"beach": 2, "dog": 1}
    assert all(photo.rating == 5 for photo in catalog.photos.many(report.photos))
    assert len(catalog.tags.photos("mine")) == 4
    files = [path for sha256 in report.photos for path in catalog.photos.files(sha256)]
    assert len(files) == 5
    assert all(path.is_relative_to(moved) for path in files)


def test_a_photo_edited_in_place_keeps_what_people_entered(catalog: Catalog, tmp_path: Path, make_photo: Make) -> None:
    exif = Image.Exif()
    exif[0x0110], exif[0x0132] = "Camera", "2024:07:01 12:00:00"
    path = make_photo(tmp_path / "beach" / "a.jpg", 1, exif=exif)
    (old,) = import_photos(catalog, [tmp_path / "beach"], album="Beach").added
    catalog.photos.rate([old], 3)
    make_photo(path, 2, exif=exif)
    (new,) = import_photos(catalog, [tmp_path / "beach"]).added
    assert catalog.photos.get(old) is None
    photo = catalog.photos.get(new)
    assert photo is not None
    assert photo.rating == 3
    assert catalog.albums.photos(catalog.albums.by_name("beach").id) == [new]


def test_another_photo_under_an_old_name_inherits_nothing(catalog: Catalog, tmp_path: Path, make_photo: Make) -> None:
    path = make_photo(tmp_path / "in" / "IMG_1.jpg", 1)
    (old,) = import_photos(catalog, [tmp_path / "in"], album="Beach").added
    make_photo(path, 2)
    (new,) = import_photos(catalog, [tmp_path / "in"]).added
    assert catalog.albums.photos(catalog.albums.by_name("beach").id) == [old]
    assert catalog.albums.of_photo(new) == []
    assert catalog.photos.files(old) == []


def test_unreadable_files_are_listed_with_their_reason_and_the_rest_is_imported(
    catalog: Catalog, folder: Path, make_photo: Make
) -> None:
    whole = (folder / "loose.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) * 2 // 3])
    (folder / "empty.png").touch()
    (folder / "text.gif").write_text("not a picture")
    (folder / "nowhere.jpg").symlink_to(folder / "absent")
    report = import_photos(catalog, [folder])
    assert len(report.added) == 4
    reasons = {failure.path.name: failure.reason for failure in report.failed}
    assert sorted(reasons) == ["cut.jpg", "empty.png", "nowhere.jpg", "text.gif"]
    assert "cut short" in reasons["cut.jpg"]
    assert "empty" in reasons["empty.png"]
    assert "cannot be read" in reasons["nowhere.jpg"]
    listed = import_failures(catalog)
    assert [(one.path, one.reason) for one in listed] == [(one.path, one.reason) for one in report.failed]
    assert all(one.at is not None for one in listed)
    make_photo(folder / "cut.jpg", 77)
    import_photos(catalog, [folder])
    assert "cut.jpg" not in {failure.path.name for failure in import_failures(catalog)}


def test_hidden_files_other_files_and_our_own_home_are_passed_over(
    catalog: Catalog, home: Home, tmp_path: Path, make_photo: Make
) -> None:
    make_photo(tmp_path / "pictures" / "a.jpg", 1)
    make_photo(tmp_path / "pictures" / ".hidden.jpg", 2)
    make_photo(tmp_path / "pictures" / ".trash" / "b.jpg", 3)
    make_photo(home.thumbnails / "ab" / "thumbnail.jpg", 4)
    (tmp_path / "pictures" / "notes.txt").write_text("not a photo, and not a failure")
    report = import_photos(catalog, [tmp_path])
    assert len(report.added) == 1
    assert report.failed == []
    assert len(import_photos(catalog, [tmp_path / "pictures" / ".hidden.jpg"]).added) == 1


def test_content_decides_what_a_photo_is(catalog: Catalog, tmp_path: Path, make_photo: Make) -> None:
    make_photo(tmp_path / "in" / "a.jpg").rename(tmp_path / "in" / "no suffix")
    make_photo(tmp_path / "in" / "b.png", 2).rename(tmp_path / "in" / "b.data")
    make_photo(tmp_path / "in" / "c.png", 3).rename(tmp_path / "in" / "c.jpg")
    assert len(import_photos(catalog, [tmp_path / "in"]).added) == 3


def test_loops_of_links_end_and_each_folder_is_read_once(catalog: Catalog, folder: Path) -> None:
    (folder / "dog" / "up").symlink_to(folder)
    (folder / "dog" / "self").symlink_to(".")
    (folder / "zzz").symlink_to(folder / "beach")
    report = import_photos(catalog, [folder, folder / "beach", folder])
    assert len(report.added) == 4
    assert len(report.known) <= 3


def test_pipes_and_odd_names_do_no_harm(catalog: Catalog, tmp_path: Path, make_photo: Make) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    os.mkfifo(tmp_path / "pipe")
    undecodable = os.fsdecode(b"caf\xe9")
    make_photo(tmp_path / "plain.jpg", 1).rename(tmp_path / f"{undecodable}.jpg")
    (tmp_path / undecodable).mkdir()
    make_photo(tmp_path / "x.jpg", 2).rename(tmp_path / undecodable / "x.jpg")
    report = import_photos(catalog, [tmp_path], albums_from_folders=True)
    assert len(report.added) == 2
    assert catalog.photos.source(report.added[1]).is_file()
    assert list(report.albums.values()) == [1]


def test_originals_are_never_written_to(catalog: Catalog, folder: Path) -> None:
    def state() -> dict[Path, tuple[int, str]]:
        return {path: (path.stat().st_mtime_ns, sha256_of_file(path)) for path in folder.rglob("*.*")}

    before = state()
    import_photos(catalog, [folder], albums_from_folders=True)
    assert state() == before


def test_sources_that_are_not_there_are_told_before_anything_is_done(catalog: Catalog, folder: Path) -> None:
    with pytest.raises(KnownError, match="does not exist"):
        import_photos(catalog, [folder, folder / "absent"])
    assert catalog.photos.count() == 0


def test_nothing_to_import_is_an_error_that_still_lists(catalog: Catalog, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(NoPhotoError, match="no photo in"):
        import_photos(catalog, [empty])
    (empty / "a.txt").write_text("text")
    with pytest.raises(NoPhotoError, match=r"a\.txt could not be imported: .*not a picture[^.]*\. Choose"):
        import_photos(catalog, [empty / "a.txt"])
    (empty / "a.jpg").touch()
    (empty / "b.jpg").touch()
    with pytest.raises(NoPhotoError, match="None of the 2 files") as caught:
        import_photos(catalog, [empty])
    assert len(caught.value.report.failed) == 2
    assert len(import_failures(catalog)) == 3


def test_cancelling_keeps_what_is_finished_and_a_second_import_ends_it(
    catalog: Catalog, tmp_path: Path, make_photo: Make
) -> None:
    for number in range(500):
        make_photo(tmp_path / "many" / f"{number:03}.bmp", number)

    def stop(step: Step) -> None:
        if step.stage == "import" and step.done == 321:
            progress.cancel()

    progress = Progress(stop)
    with pytest.raises(Cancelled):
        import_photos(catalog, [tmp_path / "many"], album="Many", progress=progress)
    stored = catalog.photos.count()
    assert 321 <= stored < 500
    assert _albums(catalog) == {"Many": stored}
    report = import_photos(catalog, [tmp_path / "many"], album="Many")
    assert (len(report.added), len(report.known)) == (500 - stored, stored)
    assert _albums(catalog) == {"Many": 500}


def test_progress_counts_every_file(catalog: Catalog, folder: Path) -> None:
    steps: list[Step] = []
    import_photos(catalog, [folder], progress=Progress(steps.append))
    importing = [step for step in steps if step.stage == "import"]
    assert [step.done for step in importing] == list(range(1, 6))
    assert {step.total for step in importing} == {5}


def test_a_full_disk_stops_the_import_and_leaves_whole_batches(
    catalog: Catalog, tmp_path: Path, make_photo: Make
) -> None:
    for number in range(600):
        make_photo(tmp_path / "many" / f"{number:03}.bmp", number)
    pages = catalog.database.call(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    catalog.database.call(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 40}").fetchone())
    with pytest.raises(KnownError, match="full"):
        import_photos(catalog, [tmp_path / "many"], album="Many")
    stored = catalog.photos.count()
    assert stored % importer.BATCH == 0
    assert _albums(catalog).get("Many", 0) == stored


def test_the_whole_robustness_folder_in_bounded_memory(catalog: Catalog, photo_data: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = import_photos(catalog, [photo_data / "robustness"], albums_from_folders=True)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    assert grown < 300, f"{grown} MB"
    assert len(report.added) > 100
    failed = {failure.path.name for failure in report.failed}
    assert {"half_photo.jpg", "zero_bytes.jpg", "bomb_1bit_20000x20000.png"} <= failed
    assert not {"large_gray_12000x9000.png", "bitrot_photo.jpg", "trailing_junk.jpg"} & failed
    assert catalog.photos.count() == len(report.added)


def test_six_hundred_photos_are_imported_and_then_known(catalog: Catalog, photo_data: Path) -> None:
    report = import_photos(catalog, [photo_data / "food101"], albums_from_folders=True)
    assert len(report.added) == 600
    again = import_photos(catalog, [photo_data / "food101"], albums_from_folders=True)
    assert (len(again.added), len(again.known)) == (0, 600)


def test_an_import_makes_the_thumbnails_that_looking_would_make(
    catalog: Catalog, tmp_path: Path, make_photo: Make
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photos = [make_photo(tmp_path / "in" / f"{number}.jpg", number, exif=exif) for number in range(3)]
    cache = Thumbnails(tmp_path / "thumbnails")
    import_photos(catalog, [tmp_path / "in"], thumbnails=cache)
    for photo in photos:
        made = cache.kept(sha256_of_file(photo), GRID_EDGE)
        assert made is not None
        assert made.read_bytes() == thumbnail_jpeg(photo, edge=GRID_EDGE)
        assert catalog.photos.get(sha256_of_file(photo)).height == verify(photo).height == 24


def test_a_photo_whose_thumbnail_cannot_be_kept_is_imported_all_the_same(
    catalog: Catalog, tmp_path: Path, make_photo: Make
) -> None:
    make_photo(tmp_path / "in" / "a.jpg")
    (tmp_path / "thumbnails").write_bytes(b"a file where the folder should be")
    report = import_photos(catalog, [tmp_path / "in"], thumbnails=Thumbnails(tmp_path / "thumbnails"))
    assert (len(report.added), report.failed) == (1, [])


def test_with_or_without_thumbnails_the_same_files_are_photos(
    home: Home, tmp_path: Path, photo_data: Path, catalog: Catalog
) -> None:
    plain = import_photos(catalog, [photo_data / "robustness"])
    with Catalog.open(Home.open(tmp_path / "other")) as other:
        small = import_photos(other, [photo_data / "robustness"], thumbnails=Thumbnails(tmp_path / "thumbnails"))
        assert sorted(small.added) == sorted(plain.added)
        assert {one.path: one.reason for one in small.failed} == {one.path: one.reason for one in plain.failed}
        for sha256 in plain.added:
            ours, theirs = other.photos.get(sha256), catalog.photos.get(sha256)
            assert (ours.width, ours.height, ours.format, ours.taken_local) == (
                *(theirs.width, theirs.height, theirs.format, theirs.taken_local),
            )
