"""An application with an album or two: what operations decide, without models or devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from letspic_desktop.application import Application
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.organise import CreateAlbum
from letspic_desktop.progress import Progress


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    with Application.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def make_album(app: Application, tmp_path: Path) -> Callable[[str, int], list[str]]:
    """Make an album of so many plain photos and return their SHA-256."""
    shades = iter(range(256))

    def make(name: str, count: int) -> list[str]:
        folder = tmp_path / name
        folder.mkdir()
        for number in range(count):
            Image.new("RGB", (24, 16), (next(shades), 99, 99)).save(folder / f"{number}.png")
        if not count:
            CreateAlbum(name=name).run(app, Progress())
            return []
        return ImportPhotos(sources=(folder,), album=name).run(app, Progress()).photos

    return make
