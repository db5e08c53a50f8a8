"""How long 600 real photos take to import, and to look at again when nothing has changed."""

from __future__ import annotations

import time
from pathlib import Path

from letspic_desktop.home import Home
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.importer import import_photos


def test_import_of_six_hundred_photos(tmp_path: Path, photo_data: Path) -> None:
    with Catalog.open(Home.open(tmp_path / "home")) as catalog:
        for name in ("first", "unchanged"):
            started = time.perf_counter()
            report = import_photos(catalog, [photo_data / "food101"], albums_from_folders=True)
            print(f"{name} import of {len(report.photos)} photos: {time.perf_counter() - started:.2f} s")
