"""How long photos take to import, with hash, EXIF and thumbnail: small real ones, and 12 megapixels."""

from __future__ import annotations

import io
import statistics
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from letspic_desktop.application import Application
from letspic_desktop.home import Home
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.importer import import_photos
from letspic_desktop.library.thumbnails import GRID_EDGE
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.samples import render_samples

SIZE = (4000, 3000)
PICTURES = 12
COPIES = 20
REPEATS = 3
GOAL_PER_SECOND = 25


def test_import_of_six_hundred_photos(tmp_path: Path, photo_data: Path) -> None:
    with Catalog.open(Home.open(tmp_path / "home")) as catalog:
        for name in ("first", "unchanged"):
            started = time.perf_counter()
            report = import_photos(catalog, [photo_data / "food101"], albums_from_folders=True)
            print(f"{name} import of {len(report.photos)} photos: {time.perf_counter() - started:.2f} s")


@pytest.fixture(scope="session")
def large_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """JPEGs of 12 megapixels with grain, as cameras write them; some share a picture, none its bytes."""
    folder = tmp_path_factory.mktemp("large")
    render_samples(folder / "samples", per_album=2, seed=0)
    rng = np.random.default_rng(0)
    target = folder / "photos"
    target.mkdir()
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model", 6
    exif[0x0132] = "2024:05:06 07:08:09"
    for number, picture in enumerate(sorted((folder / "samples").rglob("*.jpg"))[:PICTURES]):
        pixels = np.asarray(Image.open(picture).resize(SIZE, Image.Resampling.BICUBIC)).astype(np.int16)
        grainy = (pixels + rng.integers(-7, 8, (SIZE[1], SIZE[0], 1), np.int16)).clip(0, 255).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(grainy).save(buffer, "JPEG", quality=90, exif=exif)
        for copy in range(COPIES):
            (target / f"IMG_{number:02}{copy:02}.jpg").write_bytes(buffer.getvalue() + b"%d" % copy)
    return target


def test_import_of_large_photos(tmp_path: Path, large_photos: Path) -> None:
    rates = []
    for repeat in range(REPEATS):
        with Application.open(tmp_path / f"home{repeat}") as app:
            started = time.perf_counter()
            report = ImportPhotos(sources=(large_photos,)).run(app, Progress())
            rates.append(len(report.added) / (time.perf_counter() - started))
            assert len(report.added) == PICTURES * COPIES
            assert all(app.thumbnails.kept(photo, GRID_EDGE) is not None for photo in report.added)
    size = statistics.mean(path.stat().st_size for path in large_photos.iterdir()) / 1e6
    print(
        f"\n12 megapixels, {size:.1f} MB each, with hash, EXIF and thumbnail: median {statistics.median(rates):.1f}"
        f" photos/s ({min(rates):.1f} to {max(rates):.1f}; goal {GOAL_PER_SECOND})"
    )
