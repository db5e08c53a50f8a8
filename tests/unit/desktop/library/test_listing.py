"""What lists show of photos, and the months of all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.query import PhotoQuery


def test_listed_photos(catalog: Catalog, stored_photos: Callable[[int], list[str]]) -> None:
    first, second, third = stored_photos(3)
    catalog.photos.rate([first], 4)
    catalog.photos.set_favourite([first], True)
    catalog.photos.rotate([second], 3)
    catalog.photos.trash([third])
    for photo in (first, third):
        catalog.photos.paths([photo])[photo].touch()
    gone = catalog.photos.paths([second])[second]
    catalog.photos.check_files()
    found = catalog.listed([first, second, third, "f" * 64])
    assert set(found) == {first, second, third}
    assert (found[first].rating, found[first].favourite, found[first].revision) == (4, True, 0)
    assert found[first].path == catalog.photos.paths([first])[first]
    assert (found[second].path, found[second].missing, found[second].revision) == (gone, True, 3)
    assert not found[first].missing
    assert not catalog.listed([])


def test_a_copy_that_is_there_is_preferred(
    catalog: Catalog, stored_photos: Callable[[int], list[str]], tmp_path: Path
) -> None:
    (photo,) = stored_photos(1)
    there = catalog.photos.paths([photo])[photo]
    missing = b"/a/first/by/name.jpg"
    catalog.database.call(
        lambda c: c.execute(
            "INSERT INTO files (path, sha256, mtime_ns, bytes, name_key, missing_since)"
            " VALUES (?, ?, 0, 1, 'x', '2026-01-01')",
            (missing, photo),
        )
    )
    assert catalog.listed([photo])[photo].path == there
    assert not catalog.listed([photo])[photo].missing
    catalog.database.call(lambda c: c.execute("DELETE FROM files"))
    assert catalog.listed([photo])[photo].path is None
    assert catalog.listed([photo])[photo].missing


def test_months_are_the_sections_of_all_photos(catalog: Catalog, stored_photos: Callable[[int], list[str]]) -> None:
    photos = stored_photos(6)
    days = ["2024-02-01", "2026-07-09", "2024-02-03", "1999-12-31", "2026-07-01", "2026-07-02"]
    for photo, day in zip(photos, days, strict=True):
        catalog.database.call(
            lambda c, photo=photo, day=day: c.execute(
                "UPDATE photos SET taken_local = ? WHERE sha256 = ?", (f"{day}T00:00:00", photo)
            )
        )
    catalog.photos.trash([photos[3]])
    assert list(catalog.months().items()) == [("2026-07", 3), ("2024-02", 2)]
    sections = catalog.sectioned(catalog.find(PhotoQuery()), "month").sections
    assert [(one.key, one.count) for one in sections] == list(catalog.months().items())
