"""The files that hold photos: where they are, as they were when they were read, and which are missing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from letspic_desktop.library.rows import chunks, marks, moment, path_bytes, path_of
from letspic_desktop.library.words import sorting_key

_LATEST: Final = (1 << 63) - 1


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """One file that holds a photo, as it was when it was read."""

    path: Path
    sha256: str
    mtime_ns: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class MissingFile:
    """A file that held a photo and is not there any more; ``only`` where no other file holds the photo."""

    path: Path
    sha256: str
    since: datetime
    only: bool


def file_state(found: os.stat_result) -> tuple[int, int]:
    """Return time of change (ns since 1970) and bytes of a file, as the catalog keeps and compares them.

    A file system may tell of times that no database takes: a clock may have been anywhere.
    """
    return max(-_LATEST, min(found.st_mtime_ns, _LATEST)), found.st_size


def add_file(connection: sqlite3.Connection, file: StoredFile) -> None:
    """Store where a photo's file is, and drop the photo's other files that are gone: it has moved here."""
    others = connection.execute(
        "SELECT path FROM files WHERE sha256 = ? AND path != ?", (file.sha256, path_bytes(file.path))
    ).fetchall()
    moved = [(row["path"],) for row in others if not path_of(row["path"]).is_file()]
    connection.executemany("DELETE FROM files WHERE path = ?", moved)
    connection.execute(
        "INSERT INTO files (path, sha256, mtime_ns, bytes, name_key) VALUES (?, ?, ?, ?, ?) ON CONFLICT (path) DO"
        " UPDATE SET sha256 = excluded.sha256, mtime_ns = excluded.mtime_ns, bytes = excluded.bytes,"
        " missing_since = NULL",
        (path_bytes(file.path), file.sha256, file.mtime_ns, file.bytes, sorting_key(path_bytes(file.path))),
    )
    query = "DELETE FROM passed_over_files WHERE path = ? OR sha256 = ?"
    connection.execute(query, (path_bytes(file.path), file.sha256))


def take_over(connection: sqlite3.Connection, file: StoredFile) -> None:
    """Give a new photo what people entered for the one that its file held before, where both are one exposure.

    Another program has then edited the file in place. A file name that was used again for another photo is
    told by its time and camera, and gets nothing.
    """
    row = connection.execute("SELECT sha256 FROM files WHERE path = ?", (path_bytes(file.path),)).fetchone()
    if row is None or row["sha256"] == file.sha256:
        return
    names = {"old": row["sha256"], "new": file.sha256}
    same = connection.execute(
        "SELECT 1 FROM photos AS a JOIN photos AS b ON a.taken_local = b.taken_local AND a.camera = b.camera"
        " WHERE a.sha256 = :old AND b.sha256 = :new AND NOT EXISTS"
        " (SELECT 1 FROM files WHERE sha256 = :old AND path != :path)",
        {**names, "path": path_bytes(file.path)},
    ).fetchone()
    if same is None:
        return
    connection.execute("UPDATE OR IGNORE album_photos SET sha256 = :new WHERE sha256 = :old", names)
    connection.execute("UPDATE OR IGNORE photo_tags SET sha256 = :new WHERE sha256 = :old", names)
    connection.execute("UPDATE OR IGNORE marks SET sha256 = :new WHERE sha256 = :old", names)
    connection.execute("UPDATE albums SET cover = :new WHERE cover = :old", names)
    connection.execute(
        "UPDATE photos SET (rating, favourite, trashed_at, taken_user) ="
        " (SELECT rating, favourite, trashed_at, taken_user FROM photos WHERE sha256 = :old) WHERE sha256 = :new",
        names,
    )
    connection.execute("DELETE FROM photos WHERE sha256 = :old", names)


def known_files(connection: sqlite3.Connection, paths: Iterable[Path]) -> dict[Path, StoredFile]:
    """Return those of the files that were imported before, as they were then."""
    found = {}
    for chunk in chunks(map(path_bytes, paths)):
        query = f"SELECT * FROM files WHERE path IN ({marks(len(chunk))})"  # noqa: S608 - only ? marks
        for row in connection.execute(query, chunk):
            path = path_of(row["path"])
            found[path] = StoredFile(path=path, sha256=row["sha256"], mtime_ns=row["mtime_ns"], bytes=row["bytes"])
    return found


def missing_files(connection: sqlite3.Connection) -> list[MissingFile]:
    """Return the files that were not there when they were last looked for, by path."""
    rows = connection.execute(
        "SELECT path, sha256, missing_since, NOT EXISTS (SELECT 1 FROM files AS other"
        " WHERE other.sha256 = files.sha256 AND other.missing_since IS NULL) AS only"
        " FROM files WHERE missing_since IS NOT NULL ORDER BY path"
    ).fetchall()
    return [
        MissingFile(path=path_of(row["path"]), sha256=row["sha256"], since=since, only=bool(row["only"]))
        for row in rows
        if (since := moment(row["missing_since"])) is not None
    ]


def gone(paths: Iterable[bytes]) -> set[bytes]:
    """Return those of the paths that are no files; of a folder that is not there, nothing is looked for."""
    folders: dict[bytes, bool] = {}
    found = set()
    for path in paths:
        folder = os.path.dirname(path)  # noqa: PTH120 - bytes, 100,000 of them
        there = folders.get(folder)
        if there is None:
            there = folders[folder] = os.path.isdir(folder)  # noqa: PTH112
        if not there or not os.path.isfile(path):  # noqa: PTH113
            found.add(path)
    return found


def vanished_folder(path: Path) -> Path:
    """Return the highest folder above a missing file that is not there, or the file's own where that still is."""
    folder = path.parent
    while not folder.is_dir() and folder.parent != folder and not folder.parent.is_dir():
        folder = folder.parent
    return folder


def set_missing(connection: sqlite3.Connection, missing: Iterable[bytes], found: Iterable[bytes], at: str) -> None:
    """Remember which files (paths as bytes) are not there, and which are again."""
    connection.executemany(
        "UPDATE files SET missing_since = ? WHERE path = ? AND missing_since IS NULL", [(at, path) for path in missing]
    )
    connection.executemany("UPDATE files SET missing_since = NULL WHERE path = ?", [(path,) for path in found])
