"""A catalog that the first released LetsPic made, with data, opened by this one."""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path

import pytest

from letspic_desktop.home import Home
from letspic_desktop.library import migrations
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.query import PhotoQuery
from letspic_shared.errors import KnownError

PHOTOS = tuple(digit * 64 for digit in "abc")


@pytest.fixture
def old(home: Home) -> Path:
    """Write a catalog of version 1: three photos, one with two files and one in the trash, and all around them."""
    script = resources.files("letspic_desktop.library").joinpath("0001_first.sql").read_text(encoding="utf-8")
    connection = sqlite3.connect(home.catalog, isolation_level=None)
    connection.executescript(script)
    times = ("2020-05-01T10:00:00", None, "2019-01-01T00:00:00")
    for number, (photo, taken) in enumerate(zip(PHOTOS, times, strict=True)):
        connection.execute(
            "INSERT INTO photos (sha256, bytes, format, width, height, taken_local, imported_at, rating, trashed_at)"
            " VALUES (?, 1, 'JPEG', 4, 3, ?, '2024-01-01T00:00:00Z', ?, ?)",
            (photo, taken, number, "2024-02-01T00:00:00Z" if number == 2 else None),
        )
    for path, photo in (
        (b"/p/IMG_2.jpg", 0),
        ("/p/여름바다.jpg".encode(), 0),
        (b"/p/IMG_10.jpg", 1),
        (b"/p/\xe9.jpg", 2),
    ):
        connection.execute("INSERT INTO files VALUES (?, ?, 7, 1, NULL)", (path, PHOTOS[photo]))
    connection.execute("UPDATE files SET missing_since = '2024-03-01T00:00:00Z' WHERE path = X'2F702FE92E6A7067'")
    connection.execute("INSERT INTO albums VALUES (5, 'Sea Side', 'sea side', '')")
    connection.executemany("INSERT INTO album_photos VALUES (5, ?, ?)", [(PHOTOS[1], 0), (PHOTOS[0], 1)])
    connection.execute(
        "INSERT INTO groups VALUES ('g', 'Family', 'family', 'owner', NULL, '2024-01-01T00:00:00Z', NULL)"
    )
    connection.execute("INSERT INTO group_albums VALUES ('g', 3, 5, 'Sea Side', 1, 1)")
    connection.executemany(
        "INSERT INTO tags VALUES (?, ?, ?)",
        [(1, "Dog", "dog"), (2, "a//b/", "a//b/"), (3, "C/D", "c/d"), (4, "C//D", "c//d"), (5, "/", "/")],
    )
    connection.executemany("INSERT INTO photo_tags VALUES (?, ?)", [(tag, PHOTOS[0]) for tag in range(1, 6)])
    connection.execute("INSERT INTO features VALUES (?, 'bb', X'0000803F')", (PHOTOS[0],))
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    return home.catalog


def test_nothing_is_lost_and_all_that_is_new_works(home: Home, old: Path) -> None:
    with Catalog.open(home) as catalog:
        assert catalog.database.call(lambda c: c.execute("PRAGMA user_version").fetchone()[0]) == migrations.NEWEST
        assert catalog.database.call(lambda c: c.execute("PRAGMA foreign_key_check").fetchall()) == []
        assert catalog.database.call(lambda c: c.execute("PRAGMA integrity_check").fetchone()[0]) == "ok"
        photos = catalog.photos.many(PHOTOS)
        assert [photo.rating for photo in photos] == [0, 1, 2]
        assert {(photo.rotation, photo.edit_revision, photo.taken_user) for photo in photos} == {(0, 0, None)}
        assert len(catalog.photos.files(PHOTOS[0])) == 2
        assert [str(file.path) for file in catalog.photos.missing_files()] == ["/p/\udce9.jpg"]
        assert catalog.find(PhotoQuery()) == [PHOTOS[1], PHOTOS[0]]
        assert catalog.find(PhotoQuery(order="name")) == [PHOTOS[0], PHOTOS[1]]
        assert catalog.find(PhotoQuery(text="바다")) == [PHOTOS[0]]
        assert catalog.find(PhotoQuery(text="side dog")) == [PHOTOS[0]]
        assert catalog.find(PhotoQuery(tag="a")) == [PHOTOS[0]]
        assert catalog.albums.by_name("sea side").cover == PHOTOS[1]
        assert catalog.groups.classes("g")[0].class_id == 3
        assert {"Dog", "a/b", "C/D"} <= set(catalog.tags.of_photo(PHOTOS[0]))
        assert len(catalog.tags.all()) >= 5
        assert catalog.features.count("bb") == 1
        catalog.photos.trash([PHOTOS[0]])
        assert catalog.photos.count() == 1


def test_a_table_that_nothing_was_written_to_is_gone(home: Home, old: Path) -> None:
    with Catalog.open(home) as catalog:
        query = "SELECT name FROM sqlite_master WHERE name = 'run_rounds'"
        assert catalog.database.call(lambda c: c.execute(query).fetchall()) == []


def test_an_upgrade_that_fails_leaves_the_old_file(home: Home, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = sqlite3.connect(old)
    connection.execute("CREATE TABLE watched_folders (in_the_way)")
    connection.commit()
    before = list(connection.iterdump())
    connection.close()
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        Catalog.open(home)
    connection = sqlite3.connect(old)
    assert connection.execute("PRAGMA user_version").fetchone()[0] == 1
    assert list(connection.iterdump()) == before
    connection.close()


def test_a_catalog_of_the_next_version_is_refused_and_left_as_it_is(home: Home, old: Path) -> None:
    Catalog.open(home).close()
    connection = sqlite3.connect(old, isolation_level=None)
    connection.execute(f"PRAGMA user_version = {migrations.NEWEST + 1}")
    connection.close()
    before = old.read_bytes()
    with pytest.raises(KnownError, match="newer LetsPic"):
        Catalog.open(home)
    assert old.read_bytes() == before
