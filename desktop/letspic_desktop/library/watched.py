"""Folders whose new photos come into the library by themselves, as the catalog remembers them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import now, path_bytes, path_of
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class WatchedFolder:
    """A folder that is looked through from time to time.

    Parameters
    ----------
    albums_from_folders
        Whether the photos of each direct sub-folder go into an album of its name.
    scanned_at_ns
        When the last whole scan of it began (ns since 1970); 0 where there was none.
    """

    path: Path
    albums_from_folders: bool
    scanned_at_ns: int


class WatchedFolders:
    """Watched folders by path."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[WatchedFolder]:
        """Return all watched folders by path."""
        rows = self._database.call(lambda c: c.execute("SELECT * FROM watched_folders ORDER BY path").fetchall())
        return [
            WatchedFolder(
                path=path_of(row["path"]),
                albums_from_folders=bool(row["albums_from_folders"]),
                scanned_at_ns=row["scanned_at_ns"],
            )
            for row in rows
        ]

    def add(self, folder: Path, *, albums_from_folders: bool = False) -> None:
        """Watch a folder from now on (absolute path). Watched folders inside it are watched as parts of it.

        Raises
        ------
        KnownError
            It is no folder, or is inside one that is watched already.
        """
        if not folder.is_dir():
            raise KnownError(f"{folder} is not a folder", "Choose a folder that is there")

        def write(connection: sqlite3.Connection) -> None:
            for other in self.all():
                if folder != other.path and folder.is_relative_to(other.path):
                    raise KnownError(f"{folder} is inside {other.path}, which is watched already", "Nothing is to do")
                if other.path.is_relative_to(folder):
                    self.remove(other.path)
            query = "INSERT INTO watched_folders (path, albums_from_folders, added_at) VALUES (?, ?, ?)"
            connection.execute(query, (path_bytes(folder), albums_from_folders, now()))

        self._database.call(write)

    def remove(self, folder: Path) -> None:
        """Stop watching a folder; its photos stay in the library."""
        query = "DELETE FROM watched_folders WHERE path = ?"
        self._database.call(lambda c: c.execute(query, (path_bytes(folder),)))

    def set_scanned(self, folder: Path, at_ns: int) -> None:
        """Remember when the last whole scan of a folder began."""
        query = "UPDATE watched_folders SET scanned_at_ns = ? WHERE path = ?"
        self._database.call(lambda c: c.execute(query, (at_ns, path_bytes(folder))))
