from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from letspic_desktop.application import Application
from letspic_desktop.library.importer import import_photos


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    with Application.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pictures, three of them in a sub-folder."""
    root = tmp_path / "photos"
    (root / "beach").mkdir(parents=True)
    for number in range(6):
        place = root / "beach" if number < 3 else root
        Image.new("RGB", (24, 16), (40 * number, 99, 200 - 40 * number)).save(place / f"{number}.png")
    return root


@pytest.fixture
def photos(app: Application, folder: Path) -> tuple[str, ...]:
    return tuple(import_photos(app.catalog, [folder], albums_from_folders=True).added)
