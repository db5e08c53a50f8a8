"""What the database counts is what the lists hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.counts import Counts
from letspic_desktop.library.importer import import_photos


def test_counts_are_the_lengths_of_the_lists(catalog: Catalog, tmp_path: Path, make_photo: Callable[..., Path]) -> None:
    assert catalog.counts() == Counts(photos=0, favourites=0, recent=0, trashed=0, copies=0, unreadable=0)
    for number in range(6):
        data = make_photo(tmp_path / "in" / f"{number}.png", number).read_bytes()
        if number < 2:
            (tmp_path / "in" / f"copy {number}.png").write_bytes(data)
    (tmp_path / "in" / "broken.jpg").write_bytes(b"\xff\xd8 no")
    photos = sorted(set(import_photos(catalog, [tmp_path / "in"]).photos))
    catalog.photos.set_favourite(photos[:3], True)
    catalog.photos.trash(photos[:1])
    old = "2001-01-01T00:00:00Z"
    catalog.database.call(lambda c: c.execute("UPDATE photos SET imported_at = ? WHERE sha256 = ?", (old, photos[5])))
    found = catalog.counts()
    assert found == Counts(photos=5, favourites=2, recent=4, trashed=1, copies=2, unreadable=1)
    assert found.recent == len(catalog.photos.recent())
    assert found.copies == len(catalog.photos.copies())
    assert found.favourites == len(catalog.photos.all(favourites_only=True))
    (tmp_path / "in" / "copy 0.png").unlink()
    catalog.photos.check_files()
    assert catalog.counts().copies == 1
