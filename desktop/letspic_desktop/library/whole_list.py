"""The list of all photos, which every window begins with and returns to: read anew only when something was written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from letspic_desktop.library.query import PhotoQuery, find
from letspic_desktop.library.sections import months

EVERYTHING: Final = PhotoQuery()


@dataclass(frozen=True, kw_only=True)
class WholeList:
    """All photos without the trash, the newest first, and how many each month has.

    Attributes
    ----------
    written
        How much this program and others had written to the file by then.
    """

    photos: tuple[str, ...]
    months: dict[str, int]
    written: tuple[int, int]

    def months_of(self, photos: Iterable[str]) -> dict[str, str] | None:
        """Return the month of each of some photos; None where one is not in the list."""
        found: dict[str, str] = {}
        wanted, place = set(photos), 0
        for month, count in self.months.items():
            found.update((photo, month) for photo in self.photos[place : place + count] if photo in wanted)
            place += count
        return found if len(found) == len(wanted) else None


def whole_list(connection: sqlite3.Connection, known: WholeList | None) -> WholeList:
    """Return the list as it is, from what is ``known`` where nothing was written since; as a transaction of its own."""
    written = connection.total_changes, int(connection.execute("PRAGMA data_version").fetchone()[0])
    if known is not None and known.written == written:
        return known
    return WholeList(photos=tuple(find(connection, EVERYTHING)), months=months(connection), written=written)
