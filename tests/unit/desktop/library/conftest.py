from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from letspic_desktop.home import Home
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.files import StoredFile, add_file
from letspic_desktop.library.photos import add_photo
from letspic_shared.photo import PhotoInfo


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open(tmp_path / "home")


@pytest.fixture
def catalog(home: Home) -> Iterator[Catalog]:
    with Catalog.open(home) as opened:
        yield opened


@pytest.fixture
def make_photo() -> Callable[..., Path]:
    """Write a small photo whose bytes depend on its number, and return its path."""

    def make(path: Path, number: int = 0, *, exif: Image.Exif | None = None) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        image = Image.new("RGB", (24, 16), (number % 256, number // 256, 99))
        image.save(path, exif=exif or Image.Exif())
        return path

    return make


@pytest.fixture
def stored_photos(catalog: Catalog, tmp_path: Path) -> Callable[[int], list[str]]:
    """Put photos into the catalog without decoding anything, and return their SHA-256."""

    def store(count: int) -> list[str]:
        sha256s = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(count)]

        def write(connection: object) -> None:
            for sha256 in sha256s:
                file = StoredFile(path=tmp_path / f"{sha256}.jpg", sha256=sha256, mtime_ns=1, bytes=10)
                add_photo(connection, file, PhotoInfo(format="JPEG", width=24, height=16))
                add_file(connection, file)

        catalog.database.call(write)
        return sha256s

    return store
