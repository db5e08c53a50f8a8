from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from letspic_desktop.library.thumbnails import Thumbnails
from letspic_shared.errors import PhotoError

SHA = "ab" * 32


def _sha(number: int) -> str:
    return f"{number:064x}"


def test_a_thumbnail_is_made_once_per_size_and_revision(tmp_path: Path, make_photo: Callable[..., Path]) -> None:
    source = make_photo(tmp_path / "a.png")
    thumbnails = Thumbnails(tmp_path / "cache")
    first = thumbnails.get(SHA, source, 8)
    with Image.open(first) as image:
        assert (image.format, image.size) == ("JPEG", (8, 5))
    source.unlink()
    assert thumbnails.get(SHA, source, 8) == first
    for edge, revision in ((9, 0), (8, 1)):
        with pytest.raises(PhotoError, match="no such file"):
            thumbnails.get(SHA, source, edge, revision=revision)


def test_a_photo_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_text("no picture")
    with pytest.raises(PhotoError):
        Thumbnails(tmp_path / "cache").get(SHA, tmp_path / "bad.jpg", 64)
    assert not list((tmp_path / "cache").rglob("*.*"))


def test_the_cache_is_bounded_and_drops_the_least_recently_used(
    tmp_path: Path, make_photo: Callable[..., Path]
) -> None:
    source = make_photo(tmp_path / "a.png")
    one = Thumbnails(tmp_path / "probe").get(SHA, source, 16).stat().st_size
    thumbnails = Thumbnails(tmp_path / "cache", max_bytes=one * 10)
    for number in range(10):
        path = thumbnails.get(_sha(number), source, 16)
        os.utime(path, (number + 1, number + 1))
    thumbnails.get(_sha(0), source, 16)
    thumbnails.get(_sha(99), source, 16)
    kept = {path.name.split("_")[0] for path in (tmp_path / "cache").rglob("*.jpg")}
    assert {_sha(0), _sha(99), _sha(9)} <= kept
    assert _sha(1) not in kept
    assert len(kept) <= 10


def test_a_cache_filled_by_an_earlier_start_is_counted(tmp_path: Path, make_photo: Callable[..., Path]) -> None:
    source = make_photo(tmp_path / "a.png")
    for number in range(20):
        Thumbnails(tmp_path / "cache").get(_sha(number), source, 16)
    one = Thumbnails(tmp_path / "cache").get(_sha(0), source, 16).stat().st_size
    Thumbnails(tmp_path / "cache", max_bytes=5 * one).get(_sha(50), source, 16)
    assert len(list((tmp_path / "cache").rglob("*.jpg"))) <= 5
    Thumbnails(tmp_path / "cache").clear()
    assert not list((tmp_path / "cache").rglob("*.jpg"))


def test_many_threads_get_whole_pictures(tmp_path: Path, make_photo: Callable[..., Path]) -> None:
    source = make_photo(tmp_path / "a.png")
    thumbnails = Thumbnails(tmp_path / "cache", max_bytes=5000)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for number in range(40):
                path = thumbnails.get(_sha(number % 13), source, 16)
                assert path.name.startswith(_sha(number % 13))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    for path in (tmp_path / "cache").rglob("*.jpg"):
        with Image.open(path) as image:
            image.load()
