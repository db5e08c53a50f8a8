import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from letspic_device import photos
from letspic_device.home import DeviceHome
from letspic_device.photos import FolderPhotos, NoOwnPhotos, PhotoShelf
from letspic_shared.errors import KnownError
from letspic_shared.messages import BadField

Jpeg = Callable[[int], bytes]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def home(tmp_path: Path) -> DeviceHome:
    return DeviceHome(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photos" / "cats").mkdir(parents=True)
    return tmp_path / "photos"


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were read for their hash."""
    names: list[str] = []
    real = photos.sha256_of_file

    def recorded(path: Path) -> str:
        names.append(path.name)
        return real(path)

    monkeypatch.setattr(photos, "sha256_of_file", recorded)
    return names


def test_the_sub_folder_is_proposed(folder: Path, home: DeviceHome, jpeg: Jpeg) -> None:
    (folder / "a.jpg").write_bytes(jpeg(0))
    (folder / "cats" / "b.JPG").write_bytes(jpeg(1))
    (folder / "cats" / "deep").mkdir()
    (folder / "cats" / "deep" / "c.png").write_bytes(b"unreadable as a photo, yet named")
    found = FolderPhotos(folder, home).scan()
    assert {photo.path.name: photo.proposed for photo in found.values()} == {
        "a.jpg": "",
        "b.JPG": "cats",
        "c.png": "deep",
    }
    assert found[digest(jpeg(0))].sha256 == digest(jpeg(0))


def test_other_and_hidden_files_are_left_alone(folder: Path, home: DeviceHome, jpeg: Jpeg) -> None:
    (folder / ".trash").mkdir()
    for name in (".hidden.jpg", "notes.txt", ".trash/a.jpg", "noextension"):
        (folder / name).write_bytes(jpeg(0))
    assert FolderPhotos(folder, home).scan() == {}


def test_a_file_is_hashed_once_and_again_when_it_changes(
    folder: Path, home: DeviceHome, jpeg: Jpeg, hashed: list[str]
) -> None:
    (folder / "a.jpg").write_bytes(jpeg(0))
    (folder / "b.jpg").write_bytes(jpeg(1))
    FolderPhotos(folder, home).scan()
    assert sorted(hashed) == ["a.jpg", "b.jpg"]
    assert set(FolderPhotos(folder, home).scan()) == {digest(jpeg(0)), digest(jpeg(1))}
    assert len(hashed) == 2
    (folder / "a.jpg").write_bytes(jpeg(2))
    os.utime(folder / "a.jpg", ns=(1, 1))
    assert set(FolderPhotos(folder, home).scan()) == {digest(jpeg(2)), digest(jpeg(1))}
    assert hashed[2:] == ["a.jpg"]
    (folder / "a.jpg").unlink()
    assert set(FolderPhotos(folder, home).scan()) == {digest(jpeg(1))}


@pytest.mark.parametrize("index", [b"{", b"[]", b'{"a.jpg": "x"}', b'{"a.jpg": [1, 2, "../../etc"]}'])
def test_a_damaged_index_only_costs_time(folder: Path, home: DeviceHome, jpeg: Jpeg, index: bytes) -> None:
    (folder / "a.jpg").write_bytes(jpeg(0))
    (home.root / "own-photos.json").write_bytes(index)
    assert set(FolderPhotos(folder, home).scan()) == {digest(jpeg(0))}


def test_a_forged_hash_in_the_index_is_not_believed(folder: Path, home: DeviceHome, jpeg: Jpeg) -> None:
    (folder / "a.jpg").write_bytes(jpeg(0))
    status = (folder / "a.jpg").stat()
    home.write("own-photos.json", {"a.jpg": [status.st_size, status.st_mtime_ns, "../../etc/passwd"]})
    assert set(FolderPhotos(folder, home).scan()) == {digest(jpeg(0))}


def test_a_full_disk_only_costs_time(
    folder: Path, home: DeviceHome, jpeg: Jpeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.jpg").write_bytes(jpeg(0))

    def full(*_: object) -> None:
        raise KnownError("The disk is full")

    monkeypatch.setattr(home, "write", full)
    assert set(FolderPhotos(folder, home).scan()) == {digest(jpeg(0))}


def test_what_cannot_be_read_is_left_out(
    folder: Path, home: DeviceHome, jpeg: Jpeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "good.jpg").write_bytes(jpeg(0))
    (folder / "bad.jpg").write_bytes(jpeg(1))
    (folder / "gone.jpg").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.jpg")
    real = photos.sha256_of_file

    def unreadable(path: Path) -> str:
        if path.name == "bad.jpg":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(photos, "sha256_of_file", unreadable)
    assert set(FolderPhotos(folder, home).scan()) == {digest(jpeg(0))}


def test_a_folder_name_that_is_no_text_can_be_sent(folder: Path, home: DeviceHome, jpeg: Jpeg) -> None:
    where = os.fsencode(folder) + b"/caf\xe9"
    os.mkdir(where)
    Path(os.fsdecode(where), "a.jpg").write_bytes(jpeg(0))
    (photo,) = FolderPhotos(folder, home).scan().values()
    assert photo.proposed.encode() == b"caf?"
    assert photo.path.read_bytes() == jpeg(0)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, home: DeviceHome) -> None:
    with pytest.raises(KnownError, match="--photos"):
        FolderPhotos(tmp_path / "nowhere", home)


def test_a_folder_that_goes_away_is_empty(folder: Path, home: DeviceHome, jpeg: Jpeg) -> None:
    (folder / "a.jpg").write_bytes(jpeg(0))
    source = FolderPhotos(folder, home)
    folder.rename(folder.with_name("unplugged"))
    assert source.scan() == {}


def shelf_of(home: DeviceHome, folder: Path | None = None, **options: Any) -> PhotoShelf:
    return PhotoShelf(home, FolderPhotos(folder, home) if folder else NoOwnPhotos(), **options)


def test_placing_again_changes_nothing(home: DeviceHome, jpeg: Jpeg) -> None:
    shelf = shelf_of(home)
    name = digest(jpeg(0))
    shelf.place(name, jpeg(0))
    written = (home.placed / f"{name}.jpg").stat().st_mtime_ns
    shelf.place(name, b"something else")
    assert shelf.placed == [name]
    path = shelf.source(name)
    assert path is not None
    assert path.read_bytes() == jpeg(0)
    assert path.stat().st_mtime_ns == written
    assert shelf_of(home).placed == [name]


def test_a_placed_photo_that_was_lost_is_placed_again(home: DeviceHome, jpeg: Jpeg) -> None:
    shelf = shelf_of(home)
    name = digest(jpeg(0))
    shelf.place(name, jpeg(0))
    (home.placed / f"{name}.jpg").unlink()
    shelf.place(name, jpeg(0))
    (home.placed / f"{name}.jpg").write_bytes(b"")
    after_power_cut = shelf_of(home)
    assert after_power_cut.placed == []
    after_power_cut.place(name, jpeg(0))
    path = after_power_cut.source(name)
    assert path is not None
    assert path.read_bytes() == jpeg(0)


def test_there_is_a_limit(home: DeviceHome, jpeg: Jpeg) -> None:
    shelf = shelf_of(home, limit_bytes=len(jpeg(0)) + len(jpeg(1)))
    shelf.place(digest(jpeg(0)), jpeg(0))
    shelf.place(digest(jpeg(1)), jpeg(1))
    with pytest.raises(KnownError, match="no room"):
        shelf.place(digest(jpeg(2)), jpeg(2))
    assert len(list(home.placed.iterdir())) == 2
    shelf.format()
    shelf.place(digest(jpeg(2)), jpeg(2))


def test_the_disk_is_never_filled(home: DeviceHome, jpeg: Jpeg, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = shelf_of(home)
    monkeypatch.setattr(photos, "free_bytes", lambda _: photos.KEEP_FREE_BYTES)
    with pytest.raises(KnownError, match="no room"):
        shelf.place(digest(jpeg(0)), jpeg(0))
    assert shelf.placed == []


@pytest.mark.parametrize("name", ["../../escape", "a" * 63, "A" * 64, "", "a" * 64 + "/.."])
def test_a_name_that_is_no_hash_reaches_no_file(home: DeviceHome, name: str) -> None:
    with pytest.raises(BadField):
        shelf_of(home).place(name, b"x")
    assert list(home.placed.iterdir()) == []


def test_format_deletes_what_was_placed_and_nothing_else(home: DeviceHome, folder: Path, jpeg: Jpeg) -> None:
    (folder / "cats" / "mine.jpg").write_bytes(jpeg(0))
    shelf = shelf_of(home, folder)
    shelf.place(digest(jpeg(0)), jpeg(0))
    shelf.place(digest(jpeg(1)), jpeg(1))
    (home.placed / ".half-written.jpg.abc").write_bytes(b"x")
    assert shelf.format() == 2
    assert list(home.placed.iterdir()) == []
    assert shelf.placed == []
    assert (folder / "cats" / "mine.jpg").read_bytes() == jpeg(0)
    assert shelf.source(digest(jpeg(0))) == folder / "cats" / "mine.jpg"
    assert shelf.source(digest(jpeg(1))) is None
    assert shelf.format() == 0


def test_own_photos_are_looked_for_when_they_are_needed(
    home: DeviceHome, folder: Path, jpeg: Jpeg, hashed: list[str]
) -> None:
    (folder / "a.jpg").write_bytes(jpeg(0))
    shelf = shelf_of(home, folder)
    assert shelf.seen == {}
    assert hashed == []
    assert set(shelf.own) == {digest(jpeg(0))}
    assert set(shelf.seen) == {digest(jpeg(0))}
    (folder / "b.jpg").write_bytes(jpeg(1))
    assert len(shelf.own) == 1
    assert len(shelf.rescan()) == 2
    assert len(shelf.own) == 2
