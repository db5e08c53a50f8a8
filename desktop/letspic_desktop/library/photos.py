"""Photos and the files that hold them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import chunks, marks, moment, now, path_bytes, path_of, stored
from letspic_shared.errors import KnownError
from letspic_shared.photo import PhotoInfo

TRASH_DAYS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Photo:
    """One photo of the library; ``sha256`` is that of its file's bytes. Times without zone are local.

    ``width`` and ``height`` are pixels after orientation; ``taken_source`` says where the time is from.
    """

    sha256: str
    bytes: int
    format: str
    width: int
    height: int
    orientation: int
    taken_utc: datetime | None
    taken_local: datetime | None
    taken_source: str | None
    latitude: float | None
    longitude: float | None
    camera: str | None
    imported_at: datetime
    rating: int
    favourite: bool
    edit_revision: int
    trashed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """One file that holds a photo, as it was when it was read."""

    path: Path
    sha256: str
    mtime_ns: int
    bytes: int


class Photos:
    """Photos by SHA-256. Lists leave out the trash unless asked for it; unknown photos are left out silently."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> int:
        """Return how many photos are in the library, without the trash."""
        return self._database.call(lambda c: int(c.execute(_COUNT).fetchone()[0]))

    def get(self, sha256: str) -> Photo | None:
        """Return one photo, also from the trash, or None."""
        found = self.many([sha256])
        return found[0] if found else None

    def many(self, sha256s: Sequence[str]) -> list[Photo]:
        """Return photos in the order asked for, also from the trash."""

        def read(connection: sqlite3.Connection) -> dict[str, Photo]:
            return {
                row["sha256"]: _photo(row)
                for chunk in chunks(sha256s)
                for row in connection.execute(
                    f"SELECT * FROM photos WHERE sha256 IN ({marks(len(chunk))})",  # noqa: S608 - only ? marks
                    chunk,
                )
            }

        found = self._database.call(read)
        return [found[sha256] for sha256 in sha256s if sha256 in found]

    def all(self, *, trashed: bool = False, minimum_rating: int = 0, favourites_only: bool = False) -> list[str]:
        """Return the SHA-256 of all photos, newest first (time taken, else of import)."""
        where = "trashed_at IS NOT NULL" if trashed else "trashed_at IS NULL"
        query = (
            f"SELECT sha256 FROM photos WHERE {where} AND rating >= ? AND favourite >= ?"  # noqa: S608 - constants
            " ORDER BY coalesce(taken_local, imported_at) DESC, sha256"
        )
        found = self._database.call(lambda c: c.execute(query, (minimum_rating, favourites_only)).fetchall())
        return [row["sha256"] for row in found]

    def paths(self, sha256s: Iterable[str]) -> dict[str, Path]:
        """Return one file per photo, preferring one not known as missing; photos without any are left out."""

        def read(connection: sqlite3.Connection) -> dict[str, Path]:
            found: dict[str, Path] = {}
            for chunk in chunks(sha256s):
                for row in connection.execute(
                    f"SELECT sha256, path FROM files WHERE sha256 IN ({marks(len(chunk))})"  # noqa: S608 - ? marks
                    " ORDER BY missing_since IS NOT NULL, path",
                    chunk,
                ):
                    found.setdefault(row["sha256"], path_of(row["path"]))
            return found

        return self._database.call(read)

    def files(self, sha256: str) -> list[Path]:
        """Return every file that holds a photo."""
        query = "SELECT path FROM files WHERE sha256 = ? ORDER BY missing_since IS NOT NULL, path"
        rows = self._database.call(lambda c: c.execute(query, (sha256,)).fetchall())
        return [path_of(row["path"]) for row in rows]

    def source(self, sha256: str) -> Path:
        """Return a file that holds the photo and is there now.

        Raises
        ------
        KnownError
            No file of it is there any more.
        """
        files = self.files(sha256)
        for path in files:
            if path.is_file():
                return path
        where = f"It was last seen at {files[0]}; i" if files else "I"
        raise KnownError(f"The file of photo {sha256[:12]} is gone", f"{where}mport the folder where it is now")

    def check_files(self) -> int:
        """Look for every file, remember which are missing, and return how many are."""
        rows = self._database.call(lambda c: c.execute("SELECT path FROM files").fetchall())
        missing = [row["path"] for row in rows if not path_of(row["path"]).is_file()]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("CREATE TEMP TABLE gone (path BLOB PRIMARY KEY)")
            connection.executemany("INSERT INTO gone VALUES (?)", [(path,) for path in missing])
            connection.execute(
                "UPDATE files SET missing_since = CASE WHEN path IN (SELECT path FROM gone)"
                " THEN coalesce(missing_since, ?) END",
                (now(),),
            )
            connection.execute("DROP TABLE gone")

        self._database.call(write)
        return len(missing)

    def rate(self, sha256s: Iterable[str], rating: int) -> None:
        """Give photos 0 to 5 stars."""
        if not 0 <= rating <= 5:
            raise KnownError(f"A rating of {rating} does not exist", "Rate with 0 to 5 stars")
        self._set("rating", sha256s, rating)

    def set_favourite(self, sha256s: Iterable[str], favourite: bool) -> None:
        """Mark photos as favourites, or no longer."""
        self._set("favourite", sha256s, int(favourite))

    def trash(self, sha256s: Iterable[str]) -> None:
        """Put photos into the trash; their files stay where they are."""
        self._set("trashed_at", sha256s, now())

    def restore(self, sha256s: Iterable[str]) -> None:
        """Take photos out of the trash."""
        self._set("trashed_at", sha256s, None)

    def empty_trash(self, *, older_than: timedelta = timedelta(days=TRASH_DAYS)) -> int:
        """Forget photos that were in the trash that long, and return how many. Their files are not touched."""
        before = stored(datetime.now(UTC) - older_than)
        query = "DELETE FROM photos WHERE trashed_at <= ?"
        return self._database.call(lambda c: c.execute(query, (before,)).rowcount)

    def _set(self, column: str, sha256s: Iterable[str], value: object) -> None:
        query = f"UPDATE photos SET {column} = ? WHERE sha256 = ?"  # noqa: S608 - our own column names
        values = [(value, sha256) for sha256 in sha256s]
        self._database.call(lambda c: c.executemany(query, values))


def add_photo(connection: sqlite3.Connection, file: StoredFile, info: PhotoInfo) -> bool:
    """Store a photo inside a transaction and return whether it is new to the library."""
    values = {
        "sha256": file.sha256,
        "bytes": file.bytes,
        "format": info.format,
        "width": info.width,
        "height": info.height,
        "orientation": info.orientation,
        "taken_utc": stored(info.taken_utc) if info.taken_utc else None,
        "taken_local": stored(info.taken_local) if info.taken_local else None,
        "taken_source": info.taken_source,
        "latitude": info.latitude,
        "longitude": info.longitude,
        "camera": info.camera,
        "imported_at": now(),
    }
    query = f"INSERT OR IGNORE INTO photos ({','.join(values)}) VALUES ({marks(len(values))})"  # noqa: S608
    return connection.execute(query, list(values.values())).rowcount == 1


def add_file(connection: sqlite3.Connection, file: StoredFile) -> None:
    """Store where a photo's file is, and drop the photo's other files that are gone: it has moved here."""
    others = connection.execute(
        "SELECT path FROM files WHERE sha256 = ? AND path != ?", (file.sha256, path_bytes(file.path))
    ).fetchall()
    moved = [(row["path"],) for row in others if not path_of(row["path"]).is_file()]
    connection.executemany("DELETE FROM files WHERE path = ?", moved)
    connection.execute(
        "INSERT INTO files (path, sha256, mtime_ns, bytes) VALUES (?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
        " sha256 = excluded.sha256, mtime_ns = excluded.mtime_ns, bytes = excluded.bytes, missing_since = NULL",
        (path_bytes(file.path), file.sha256, file.mtime_ns, file.bytes),
    )


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
    connection.execute(
        "UPDATE photos SET (rating, favourite, trashed_at) ="
        " (SELECT rating, favourite, trashed_at FROM photos WHERE sha256 = :old) WHERE sha256 = :new",
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


def _photo(row: sqlite3.Row) -> Photo:
    values = {field.name: row[field.name] for field in fields(Photo)}
    for name in ("taken_utc", "taken_local", "imported_at", "trashed_at"):
        values[name] = moment(values[name])
    values["favourite"] = bool(values["favourite"])
    return Photo(**values)


_COUNT: Final = "SELECT count(*) FROM photos WHERE trashed_at IS NULL"
