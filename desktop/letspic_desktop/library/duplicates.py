"""Photos that look alike, and what people said of them. What was decided about two photos is never asked again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import chunks, json_list, marks, now

Pair = tuple[str, str]


class Duplicates:
    """Decisions about pairs of photos, and the 64-bit hashes of what photos without a feature look like."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def decided(self, pairs: Iterable[Pair]) -> set[Pair]:
        """Return those of the pairs (smaller SHA-256 first) that people decided about."""

        def read(connection: sqlite3.Connection) -> set[Pair]:
            query = "SELECT 1 FROM duplicate_decisions WHERE first = ? AND second = ?"
            return {pair for pair in pairs if connection.execute(query, pair).fetchone() is not None}

        return self._database.call(read)

    def keep_all(self, sha256s: Sequence[str]) -> None:
        """Remember that all of these photos are wanted."""
        self._database.call(lambda c: _decide(c, combinations(sorted(set(sha256s)), 2), kept=None))

    def keep_one(self, kept: str, others: Sequence[str]) -> None:
        """Keep one photo, and put the others into the trash.

        It gets their albums (at their place), tags, best rating and being a favourite or a cover.
        """

        def write(connection: sqlite3.Connection) -> None:
            values = {"kept": kept, "others": json_list(others), "now": now()}
            for statement in _MERGE:
                connection.execute(statement, values)
            _decide(connection, combinations(sorted({kept, *others}), 2), kept=kept)

        self._database.call(write)

    def put_hashes(self, hashes: Iterable[tuple[str, bytes]]) -> None:
        """Store (sha256, 8 bytes) pairs. Photos that are gone are left out."""
        self._database.call(
            lambda c: c.executemany(
                "INSERT OR REPLACE INTO picture_hashes (sha256, hash)"
                " SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM photos WHERE sha256 = ?1)",
                hashes,
            )
        )

    def hashes(self, sha256s: Iterable[str]) -> dict[str, bytes]:
        """Return the hashes of those of the photos that have one."""

        def read(connection: sqlite3.Connection) -> dict[str, bytes]:
            found: dict[str, bytes] = {}
            for chunk in chunks(sha256s):
                query = f"SELECT sha256, hash FROM picture_hashes WHERE sha256 IN ({marks(len(chunk))})"  # noqa: S608
                found.update((row["sha256"], row["hash"]) for row in connection.execute(query, chunk))
            return found

        return self._database.call(read)


def ordered_pair(one: str, other: str) -> Pair:
    """Return two photos as decisions know them."""
    return (one, other) if one < other else (other, one)


def _decide(connection: sqlite3.Connection, pairs: Iterable[Pair], *, kept: str | None) -> None:
    at = now()
    connection.executemany(
        "INSERT OR REPLACE INTO duplicate_decisions (first, second, kept, at) VALUES (?, ?, ?, ?)",
        [(first, second, kept if kept in (first, second) else None, at) for first, second in pairs],
    )


_OTHERS: Final = "(SELECT value FROM json_each(:others))"
_MERGE: Final = (
    "INSERT OR IGNORE INTO album_photos (album_id, sha256, position)"  # noqa: S608 - constants
    f" SELECT album_id, :kept, min(position) FROM album_photos WHERE sha256 IN {_OTHERS} GROUP BY album_id",
    f"INSERT OR IGNORE INTO photo_tags (tag_id, sha256) SELECT tag_id, :kept FROM photo_tags WHERE sha256 IN {_OTHERS}",  # noqa: S608
    "UPDATE photos SET rating = max(rating, (SELECT max(rating) FROM photos WHERE sha256 IN"  # noqa: S608
    f" {_OTHERS})), favourite = max(favourite, (SELECT max(favourite) FROM photos WHERE sha256 IN {_OTHERS})),"
    " trashed_at = NULL WHERE sha256 = :kept",
    f"UPDATE albums SET cover = :kept WHERE cover IN {_OTHERS}",  # noqa: S608
    f"UPDATE photos SET trashed_at = coalesce(trashed_at, :now) WHERE sha256 IN {_OTHERS}",  # noqa: S608
)
