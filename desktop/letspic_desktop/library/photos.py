"""Photos and the files that hold them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from letspic_desktop.library.database import Database
from letspic_desktop.library.files import MissingFile, StoredFile, gone, missing_files, set_missing
from letspic_desktop.library.rows import chunks, json_list, marks, moment, now, path_bytes, path_of, stored
from letspic_shared.errors import KnownError
from letspic_shared.photo import PhotoInfo

TRASH_DAYS: Final = 30
RECENT_DAYS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Photo:
    """One photo of the library; ``sha256`` is that of its file's bytes. Times without zone are local.

    Parameters
    ----------
    width, height
        Pixels after orientation, before ``rotation``.
    taken_utc, taken_local, taken_source
        What the file says of its time, and where it says so; see ``photo_metadata.Taken``.
    taken_user
        The local time that a person gave it; what the file says is kept beside it.
    rotation, edit_revision
        Quarter turns clockwise that a person gave it, and what thumbnails of this state are keyed by.
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
    rotation: int
    trashed_at: datetime | None
    taken_user: datetime | None

    @property
    def shown_at(self) -> datetime:
        """The time that the photo is listed by, as people read clocks: local where that is known, else UTC."""
        moment = self.taken_user or self.taken_local or self.taken_utc or self.imported_at
        return moment.replace(tzinfo=None)


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
            " ORDER BY shown_at DESC, sha256"
        )
        found = self._database.call(lambda c: c.execute(query, (minimum_rating, favourites_only)).fetchall())
        return [row["sha256"] for row in found]

    def recent(self) -> list[str]:
        """Return the SHA-256 of the photos that came into the library lately, the newest arrival first."""
        query = (
            "SELECT sha256 FROM photos WHERE trashed_at IS NULL AND imported_at >= ?"
            " ORDER BY imported_at DESC, shown_at DESC, sha256"
        )
        since = stored(datetime.now(UTC) - timedelta(days=RECENT_DAYS))
        return [row["sha256"] for row in self._database.call(lambda c: c.execute(query, (since,)).fetchall())]

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
        return self.look_for_files()[0]

    def look_for_files(self) -> tuple[int, bool]:
        """Do the same, and also return whether others were missing before."""
        rows = self._database.call(_files_with_state)
        missing = gone([path for path, _ in rows])
        before = {path for path, since in rows if since is not None}
        if missing != before:
            self._database.call(lambda c: set_missing(c, missing - before, before - missing, now()))
        return len(missing), missing != before

    def missing_files(self) -> list[MissingFile]:
        """Return the files that were not there when they were last looked for, by path."""
        return self._database.call(missing_files)

    def count_files(self, folder: Path) -> int:
        """Return how many files in a folder, or below it, hold photos or did."""
        prefix = path_bytes(folder).rstrip(b"/")
        query = "SELECT count(*) FROM files WHERE path > ? AND path < ?"
        return self._database.call(lambda c: int(c.execute(query, (prefix + b"/", prefix + b"0")).fetchone()[0]))

    def copies(self) -> dict[str, list[Path]]:
        """Return the photos that several files hold, byte for byte, with these files by path."""

        def read(connection: sqlite3.Connection) -> dict[str, list[Path]]:
            found: dict[str, list[Path]] = {}
            for row in connection.execute(_COPIES):
                found.setdefault(row["sha256"], []).append(path_of(row["path"]))
            return found

        return self._database.call(read)

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

    def rotate(self, sha256s: Iterable[str], quarter_turns: int) -> None:
        """Turn photos clockwise as they are shown; their files, and features of them, stay as they are.

        The revision that thumbnails are keyed by follows from the turns alone, so that turning back finds the
        old thumbnails, and undo never meets a stale one.
        """
        values = [(quarter_turns % 4, sha256) for sha256 in sha256s]
        query = "UPDATE photos SET (rotation, edit_revision) = ((rotation + ?1) % 4, (rotation + ?1) % 4)"
        self._database.call(lambda c: c.executemany(f"{query} WHERE sha256 = ?2", values))

    def set_taken(self, sha256s: Iterable[str], taken: datetime | None) -> None:
        """Correct when photos were taken (local time, no zone); None goes back to what their files say.

        Raises
        ------
        KnownError
            The time has a zone, or is before photography.
        """
        if taken is not None and (taken.tzinfo is not None or taken.year < _FIRST_YEAR):
            raise KnownError(f"{taken} is no time for a photo", f"Give a local time from {_FIRST_YEAR} on")
        self._set("taken_user", sha256s, None if taken is None else stored(taken))

    def shift_taken(self, sha256s: Iterable[str], by: timedelta) -> None:
        """Correct photos whose camera had its clock wrong by the same amount.

        Raises
        ------
        KnownError
            A photo would be taken before photography, or after the last year that there is.
        """

        def write(_: sqlite3.Connection) -> None:
            for photo in self.many(list(sha256s)):
                try:
                    self.set_taken([photo.sha256], photo.shown_at + by)
                except OverflowError as error:
                    raise KnownError(f"No photo can be taken {by} from {photo.shown_at}", "Shift it less") from error

        self._database.call(write)

    def empty_trash(
        self, *, older_than: timedelta = timedelta(days=TRASH_DAYS), only: Iterable[str] | None = None
    ) -> int:
        """Forget photos that were in the trash that long (of ``only`` where given), and return how many.

        Their files are not touched. They are remembered, so that a watched folder does not bring them back.
        """
        before = stored(datetime.now(UTC) - older_than)
        among, values = "1", [before]
        if only is not None:
            among, values = "sha256 IN (SELECT value FROM json_each(?))", [before, json_list(only)]

        def write(connection: sqlite3.Connection) -> int:
            connection.execute(
                "INSERT OR REPLACE INTO passed_over_files (path, sha256, mtime_ns, bytes)"  # noqa: S608 - constants
                " SELECT path, sha256, mtime_ns, files.bytes FROM files JOIN photos USING (sha256)"
                f" WHERE trashed_at <= ? AND {among}",
                values,
            )
            query = f"DELETE FROM photos WHERE trashed_at <= ? AND {among}"  # noqa: S608 - constants
            return connection.execute(query, values).rowcount

        return self._database.call(write)

    def _set(self, column: str, sha256s: Iterable[str], value: object) -> None:
        query = f"UPDATE photos SET {column} = ? WHERE sha256 = ?"  # noqa: S608 - our own column names
        values = [(value, sha256) for sha256 in sha256s]
        self._database.call(lambda c: c.executemany(query, values))


def _files_with_state(connection: sqlite3.Connection) -> list[tuple[bytes, str | None]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute("SELECT path, missing_since FROM files").fetchall()


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


def _photo(row: sqlite3.Row) -> Photo:
    values = {field.name: row[field.name] for field in fields(Photo)}
    for name in ("taken_utc", "taken_local", "imported_at", "trashed_at", "taken_user"):
        values[name] = moment(values[name])
    values["favourite"] = bool(values["favourite"])
    return Photo(**values)


_FIRST_YEAR: Final = 1826
_COPIES: Final = (
    "SELECT sha256, path FROM files WHERE missing_since IS NULL AND sha256 IN (SELECT sha256 FROM files"
    " WHERE missing_since IS NULL GROUP BY sha256 HAVING count(*) > 1) ORDER BY sha256, path"
)
_COUNT: Final = "SELECT count(*) FROM photos WHERE trashed_at IS NULL"
