"""The list of all photos is read once, and never shows what it was before a change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from letspic_desktop.home import Home
from letspic_desktop.library import catalog as catalog_module
from letspic_desktop.library import query, whole_list
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.query import PhotoQuery

TIMES = ["2024-07-31T23:59:59", "2024-07-01T00:00:00", "2023-12-24T18:00:00", "2024-01-01T00:00:00", "1999"]
MONTHS = {"2024-07": 2, "2024-01": 1, "2023-12": 1, "1999": 1}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(Home.open(tmp_path / "home")) as opened:
        opened.database.call(lambda c: [add(c, number, time) for number, time in enumerate(TIMES)])
        yield opened


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[PhotoQuery]:
    """What the whole list was read with."""
    found: list[PhotoQuery] = []
    plain = whole_list.find

    def counting(connection: sqlite3.Connection, wanted: PhotoQuery) -> list[str]:
        found.append(wanted)
        return plain(connection, wanted)

    monkeypatch.setattr(whole_list, "find", counting)
    return found


def add(connection: sqlite3.Connection, number: int, taken: str) -> None:
    connection.execute(
        "INSERT INTO photos (sha256, bytes, format, width, height, taken_local, imported_at)"
        " VALUES (?, 1, 'JPEG', 4, 3, ?, '2025-01-01T00:00:00Z')",
        (name(number), taken),
    )


def name(number: int) -> str:
    return f"{number:064x}"


def in_order(*numbers: int) -> list[str]:
    return [name(number) for number in numbers]


def test_it_is_read_once(catalog: Catalog, reads: list[PhotoQuery]) -> None:
    catalog.read_ahead()
    for _ in range(3):
        assert catalog.find(PhotoQuery()) == in_order(0, 1, 3, 2, 4)
        assert list(catalog.months().items()) == list(MONTHS.items())
    assert len(reads) == 1


def test_nobody_can_change_it_for_others(catalog: Catalog) -> None:
    catalog.find(PhotoQuery()).clear()
    catalog.months().clear()
    assert len(catalog.find(PhotoQuery())) == len(TIMES)
    assert catalog.months() == MONTHS


def test_changes_are_seen_at_once(catalog: Catalog) -> None:
    catalog.find(PhotoQuery())
    catalog.photos.trash([name(1)])
    assert catalog.find(PhotoQuery()) == in_order(0, 3, 2, 4)
    assert catalog.months()["2024-07"] == 1
    catalog.photos.restore([name(1)])
    assert catalog.find(PhotoQuery()) == in_order(0, 1, 3, 2, 4)
    assert catalog.months() == MONTHS


def test_a_change_by_another_program_is_seen(catalog: Catalog) -> None:
    catalog.find(PhotoQuery())
    other = sqlite3.connect(catalog.home.catalog)
    other.execute("DELETE FROM photos WHERE sha256 = ?", (name(0),))
    other.commit()
    other.close()
    assert catalog.find(PhotoQuery()) == in_order(1, 3, 2, 4)


def test_what_was_undone_was_never_there(catalog: Catalog) -> None:
    def work(_: sqlite3.Connection) -> None:
        catalog.photos.trash([name(0)])
        assert catalog.find(PhotoQuery()) == in_order(1, 3, 2, 4)
        assert catalog.months()["2024-07"] == 1
        raise LookupError("no")

    with pytest.raises(LookupError):
        catalog.database.call(work)
    assert catalog.find(PhotoQuery()) == in_order(0, 1, 3, 2, 4)
    assert catalog.months() == MONTHS


def test_lists_and_sections_of_albums_follow_it(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "_FEW", 0)
    monkeypatch.setattr(catalog_module, "_LONG", 0)
    album = catalog.albums.create("Some")
    catalog.albums.add(album.id, in_order(4, 1, 2))
    photos = catalog.find(PhotoQuery(album=album.id))
    assert photos == in_order(1, 2, 4)
    assert [one.key for one in catalog.sectioned(photos, "month").sections] == ["2024-07", "2023-12", "1999"]
    catalog.photos.trash([name(2)])
    assert catalog.find(PhotoQuery(album=album.id)) == in_order(1, 4)
    assert [one.key for one in catalog.sectioned(photos, "month").sections] == ["2024-07", "2023-12", "1999"]
    assert catalog.find(PhotoQuery(album=album.id, order="oldest")) == in_order(4, 1)


def test_an_empty_library(tmp_path: Path) -> None:
    with Catalog.open(Home.open(tmp_path / "empty")) as catalog:
        assert catalog.find(PhotoQuery()) == []
        assert catalog.months() == {}
