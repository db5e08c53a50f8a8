from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.importer import import_photos
from letspic_desktop.library.photos import Photo
from letspic_desktop.library.query import PhotoQuery
from letspic_desktop.library.thumbnails import Thumbnails
from letspic_shared.errors import KnownError
from letspic_shared.files import sha256_of_file

Make = Callable[..., Path]


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Move this computer to another time zone."""

    def move(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def _imported(catalog: Catalog, path: Path) -> Photo:
    photo = catalog.photos.get(import_photos(catalog, [path]).photos[0])
    assert photo is not None
    return photo


@pytest.mark.parametrize(
    ("name", "local", "utc", "source"),
    [
        # A zone beside the time; the time of satellites; both clocks some minutes apart; neither.
        ("animal/088_empty_icc.jpg", "2021-07-06T16:08:14", "2021-07-06T13:08:14", "exif"),
        ("people/155_IMG_2927.jpg", "2020-05-04T18:39:11", "2020-05-04T22:39:11", "exif"),
        ("flower_plant/037_iphone_hdr_YES.jpg", "2015-04-10T20:12:23", "2015-04-10T18:12:23", "exif"),
        ("landscape/325_Olympus_FE230-X790.jpg", "2008-12-07T10:28:52", "2008-12-07T17:35:52", "exif"),
        ("building_street/070_broken1.jpg", "2007-08-15T10:13:13", None, "exif"),
        # A time of satellites without a day is none.
        ("flower_plant/276_Apple_iPhone_5.jpg", "2012-09-29T16:11:25", None, "exif"),
    ],
)
def test_times_of_real_photos(
    catalog: Catalog, photo_data: Path, name: str, local: str, utc: str | None, source: str
) -> None:
    path = photo_data / "album_photos" / name
    if not path.is_file():
        path = next((photo_data / "album_photos").rglob(Path(name).name))
    photo = _imported(catalog, path)
    assert photo.taken_local == datetime.fromisoformat(local)
    assert photo.taken_utc == (None if utc is None else datetime.fromisoformat(utc).replace(tzinfo=UTC))
    assert photo.taken_source == source
    assert photo.shown_at == photo.taken_local


def test_every_odd_block_has_a_time_that_fits_together(catalog: Catalog, photo_data: Path) -> None:
    photos = import_photos(catalog, [photo_data / "robustness" / "exif_edge"]).photos
    for photo in catalog.photos.many(photos):
        assert photo.taken_source in {"exif", "exif-digitised", "exif-changed", "gps", "file"}
        if photo.taken_local and photo.taken_utc:
            offset = photo.taken_local - photo.taken_utc.replace(tzinfo=None)
            assert timedelta(hours=-13) < offset < timedelta(hours=15)


def test_a_photo_that_knows_no_time_has_that_of_its_file(
    catalog: Catalog, tmp_path: Path, make_photo: Make, zone: Callable[[str], None]
) -> None:
    zone("Asia/Seoul")
    path = make_photo(tmp_path / "a.png", 1)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    photo = _imported(catalog, path)
    assert photo.taken_source == "file"
    assert photo.taken_utc == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)
    assert photo.taken_local == datetime(2020, 9, 13, 21, 26, 40)
    zone("America/New_York")
    assert catalog.photos.get(photo.sha256) == photo


@pytest.mark.parametrize("mtime", [0, 300_000_000, 32_503_680_000, -5])
def test_a_file_time_that_cannot_be_right_is_no_time(
    catalog: Catalog, tmp_path: Path, make_photo: Make, mtime: int
) -> None:
    path = make_photo(tmp_path / "a.png", 1)
    os.utime(path, (mtime, mtime))
    photo = _imported(catalog, path)
    assert (photo.taken_local, photo.taken_utc, photo.taken_source) == (None, None, None)
    assert photo.shown_at == photo.imported_at.replace(tzinfo=None)


def test_satellites_that_disagree_with_the_camera_by_days_are_not_believed(
    catalog: Catalog, tmp_path: Path, make_photo: Make
) -> None:
    exif = Image.Exif()
    exif[0x8769] = {0x9003: "2024:07:10 12:00:00"}
    exif[0x8825] = {7: (3.0, 0.0, 0.0), 29: "2024:07:08"}
    photo = _imported(catalog, make_photo(tmp_path / "a.jpg", 1, exif=exif))
    assert (photo.taken_local, photo.taken_utc) == (datetime(2024, 7, 10, 12), None)
    del exif[0x8769]
    photo = _imported(catalog, make_photo(tmp_path / "b.jpg", 2, exif=exif))
    assert (photo.taken_source, photo.shown_at) == ("gps", datetime(2024, 7, 8, 3))


def test_a_person_corrects_a_date_and_the_files_own_is_kept(catalog: Catalog, tmp_path: Path, make_photo: Make) -> None:
    exif = Image.Exif()
    exif[0x0132] = "2001:01:01 00:00:00"
    path = make_photo(tmp_path / "a.jpg", 1, exif=exif)
    before = path.read_bytes()
    photo = _imported(catalog, path).sha256
    other = _imported(catalog, make_photo(tmp_path / "b.png", 200)).sha256
    catalog.photos.set_taken([photo], datetime(2030, 6, 1, 9, 30))
    found = catalog.photos.get(photo)
    assert found is not None
    assert (found.shown_at, found.taken_local) == (datetime(2030, 6, 1, 9, 30), datetime(2001, 1, 1))
    assert catalog.find(PhotoQuery()) == [photo, other]
    catalog.photos.shift_taken([photo], timedelta(days=-7300))
    assert catalog.find(PhotoQuery()) == [other, photo]
    catalog.photos.set_taken([photo], None)
    found = catalog.photos.get(photo)
    assert found is not None
    assert found.shown_at == datetime(2001, 1, 1)
    with pytest.raises(KnownError, match="no time for a photo"):
        catalog.photos.set_taken([photo], datetime.now(UTC))
    assert path.read_bytes() == before


def test_a_rotation_is_seen_in_thumbnails_and_never_written_to_the_file(
    catalog: Catalog, tmp_path: Path, photo_data: Path
) -> None:
    path = tmp_path / "upright.jpg"
    shutil.copy(photo_data / "robustness" / "orientation" / "landscape_6.jpg", path)
    before = (path.stat().st_mtime_ns, sha256_of_file(path))
    photo = _imported(catalog, path).sha256
    thumbnails = Thumbnails(tmp_path / "thumbnails")

    def shown() -> Image.Image:
        found = catalog.photos.get(photo)
        assert found is not None
        assert found.rotation == found.edit_revision
        made = thumbnails.get(photo, path, 64, revision=found.edit_revision)
        with Image.open(made) as image:
            return image.convert("L").copy()

    upright = shown()
    catalog.photos.rotate([photo], 1)
    right = shown()
    assert right.size == upright.size[::-1]
    expected = upright.transpose(Image.Transpose.ROTATE_270)
    assert max(abs(a - b) for a, b in zip(right.tobytes(), expected.tobytes(), strict=True)) < 60
    catalog.photos.rotate([photo], 2)
    left = shown()
    catalog.photos.rotate([photo], -3)
    assert shown().tobytes() == upright.tobytes()
    assert left.size == right.size
    assert left.tobytes() != right.tobytes()
    assert (path.stat().st_mtime_ns, sha256_of_file(path)) == before
