"""How many photos of each kind there are: counted by the database, from its indexes alone."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from letspic_desktop.library.photos import RECENT_DAYS
from letspic_desktop.library.rows import stored


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Photos of the library, without the trash except for ``trashed``.

    Attributes
    ----------
    recent
        Came in during the last ``RECENT_DAYS`` days.
    copies
        Photos that several files hold, byte for byte.
    unreadable
        Files that could not be imported.
    """

    photos: int
    favourites: int
    recent: int
    trashed: int
    copies: int
    unreadable: int


def counts(connection: sqlite3.Connection) -> Counts:
    """Count, inside a transaction."""
    since = stored(datetime.now(UTC) - timedelta(days=RECENT_DAYS))

    def count(query: str, *values: object) -> int:
        return int(connection.execute(query, values).fetchone()[0])

    return Counts(
        photos=count(f"SELECT count(*) {_PHOTOS}"),
        favourites=count(f"SELECT count(*) {_PHOTOS} AND favourite"),
        recent=count(f"SELECT count(*) {_PHOTOS} AND imported_at >= ?", since),
        trashed=count("SELECT count(*) FROM photos WHERE trashed_at IS NOT NULL"),
        copies=count(_COPIES),
        unreadable=count("SELECT count(*) FROM import_failures"),
    )


_PHOTOS: Final = "FROM photos WHERE trashed_at IS NULL"
_COPIES: Final = (
    "SELECT count(*) FROM (SELECT 1 FROM files WHERE missing_since IS NULL GROUP BY sha256 HAVING count(*) > 1)"
)
