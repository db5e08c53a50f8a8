from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from letspic_desktop.home import Home
from letspic_desktop.library import migrations
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.database import Database
from letspic_shared.errors import KnownError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.db"


def _tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    finally:
        connection.close()


def test_a_new_file_is_private_and_has_the_newest_tables(path: Path) -> None:
    database = Database(path)
    assert database.call(lambda c: c.execute("PRAGMA user_version").fetchone()[0]) == migrations.NEWEST
    assert database.call(lambda c: c.execute("PRAGMA journal_mode").fetchone()[0]) == "wal"
    database.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {"photos", "files", "albums", "features", "groups", "devices", "heads", "runs"} <= _tables(path)


def test_all_work_runs_in_one_thread_and_in_order(path: Path) -> None:
    database = Database(path)
    futures = [database.submit(lambda c, n=n: (n, threading.get_ident())) for n in range(20)]
    results = [future.result() for future in futures]
    database.close()
    assert [number for number, _ in results] == list(range(20))
    assert len({thread for _, thread in results}) == 1
    assert results[0][1] != threading.get_ident()


def test_an_error_undoes_the_whole_call_and_nested_calls_join_it(path: Path) -> None:
    database = Database(path)
    insert = "INSERT INTO albums (name, name_key, created_at) VALUES (?, ?, '')"

    def outer(connection: sqlite3.Connection) -> None:
        connection.execute(insert, ("a", "a"))
        database.call(lambda c: c.execute(insert, ("b", "b")))
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        database.call(outer)
    assert database.call(lambda c: c.execute("SELECT count(*) FROM albums").fetchone()[0]) == 0
    database.close()


def test_a_catalog_of_a_newer_program_is_refused_and_left_as_it_is(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {migrations.NEWEST + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(KnownError, match="newer LetsPic") as caught:
        Database(path)
    assert caught.value.action.startswith("Update LetsPic")
    assert path.read_bytes()[100:] == before[100:]
    assert _tables(path) == set()


def test_a_migration_that_fails_leaves_the_old_version(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Database(path).close()
    broken = path.parent / "next_broken.sql"
    broken.write_text("CREATE TABLE half (x);\nCREATE TABLE albums (x);\n")
    monkeypatch.setattr(migrations.resources, "files", lambda _: path.parent)
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrations.migrate(connection, path, scripts=("",) * migrations.NEWEST + ("next_broken.sql",))
    assert connection.execute("PRAGMA user_version").fetchone()[0] == migrations.NEWEST
    connection.close()
    assert "half" not in _tables(path)


def test_an_older_catalog_gets_the_new_tables_and_keeps_its_rows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(path)
    database.call(lambda c: c.execute("INSERT INTO albums (name, name_key, created_at) VALUES ('a', 'a', '')"))
    database.close()
    (path.parent / "next_more.sql").write_text("ALTER TABLE albums ADD COLUMN colour TEXT;\n")
    monkeypatch.setattr(migrations.resources, "files", lambda _: path.parent)
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.migrate(connection, path, scripts=("",) * migrations.NEWEST + ("next_more.sql",))
    assert connection.execute("SELECT name, colour FROM albums").fetchall() == [("a", None)]
    connection.close()


def test_a_catalog_that_another_program_locks_is_told_as_such(path: Path) -> None:
    database = Database(path, lock_seconds=0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(KnownError, match="in use by another program"):
        database.call(lambda c: c.execute("DELETE FROM albums"))
    other.execute("ROLLBACK")
    other.close()
    database.call(lambda c: c.execute("DELETE FROM albums"))
    database.close()


def test_a_full_disk_is_told_as_such_and_nothing_is_half_written(path: Path) -> None:
    database = Database(path)
    pages = database.call(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    database.call(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 2}").fetchone())

    def fill(connection: sqlite3.Connection) -> None:
        for number in range(1000):
            values = (f"{number}" * 100, f"{number}", "")
            connection.execute("INSERT INTO albums (name, name_key, created_at) VALUES (?, ?, ?)", values)

    with pytest.raises(KnownError, match="full"):
        database.call(fill)
    assert database.call(lambda c: c.execute("SELECT count(*) FROM albums").fetchone()[0]) == 0
    database.close()


def test_a_damaged_file_is_told_as_such(path: Path) -> None:
    path.write_bytes(b"this is no database, but it is long enough to be looked at" * 20)
    with pytest.raises(KnownError, match="damaged or no catalog"):
        Database(path)


def test_a_file_that_cannot_be_made_is_told_as_such() -> None:
    with pytest.raises(KnownError, match="cannot be"):
        Database(Path("/proc/catalog.db"))


def test_errors_of_our_own_queries_stay_visible_as_such(path: Path) -> None:
    database = Database(path)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        database.call(lambda c: c.execute("SELECT * FROM absent"))
    with pytest.raises(sqlite3.IntegrityError):
        database.call(lambda c: c.execute("INSERT INTO album_photos VALUES (7, 'x', 0)"))
    database.close()


def test_closing_twice_is_harmless_and_what_was_stored_stays(home: Home) -> None:
    catalog = Catalog.open(home)
    catalog.albums.create("Summer")
    catalog.close()
    catalog.close()
    with Catalog.open(home) as again:
        assert [album.name for album in again.albums.all()] == ["Summer"]


def test_two_programs_may_use_one_catalog(home: Home) -> None:
    with Catalog.open(home) as one, Catalog.open(home) as two:
        one.albums.create("Summer")
        two.albums.create("Winter")
        assert [album.name for album in one.albums.all()] == ["Summer", "Winter"]
