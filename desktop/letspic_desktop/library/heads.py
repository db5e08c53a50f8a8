"""The head history of a group: what every run brought, and which head is in use."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import moment, now
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class HeadEntry:
    """One head of a group's history, without its weights; figures are honest cross-validated ones (5 folds)."""

    group_id: str
    version: int
    backbone: str
    run_id: str | None
    map_before: float | None
    map_after: float | None
    p10_before: float | None
    p10_after: float | None
    note: str
    active: bool
    created_at: datetime | None


class Heads:
    """Heads by (group, version); versions count from 1 and no head is ever deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        group_id: str,
        blob: bytes,
        *,
        backbone: str,
        run_id: str | None = None,
        map_before: float | None = None,
        map_after: float | None = None,
        p10_before: float | None = None,
        p10_after: float | None = None,
        note: str = "",
        activate: bool = True,
    ) -> HeadEntry:
        """Store a head as the group's newest version; ``activate`` also puts it to use."""
        figures = (map_before, map_after, p10_before, p10_after)

        def write(connection: sqlite3.Connection) -> int:
            query = "SELECT coalesce(max(version), 0) + 1 FROM heads WHERE group_id = ?"
            version = int(connection.execute(query, (group_id,)).fetchone()[0])
            connection.execute(
                "INSERT INTO heads (group_id, version, backbone, blob, run_id, map_before, map_after, p10_before,"
                " p10_after, note, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (group_id, version, backbone, blob, run_id, *figures, note, now()),
            )
            if activate:
                _activate(connection, group_id, version)
            return version

        version = self._database.call(write)
        return next(head for head in self.history(group_id) if head.version == version)

    def history(self, group_id: str) -> list[HeadEntry]:
        """Return all heads of a group, newest first."""
        rows = self._database.call(lambda c: c.execute(_HISTORY, (group_id,)).fetchall())
        return [_entry(row) for row in rows]

    def active(self, group_id: str) -> HeadEntry | None:
        """Return the head in use, or None where the group searches by plain features."""
        return next((head for head in self.history(group_id) if head.active), None)

    def blob(self, group_id: str, version: int) -> bytes:
        """Return a stored head.

        Raises
        ------
        KnownError
            The group has no such version.
        """
        query = "SELECT blob FROM heads WHERE group_id = ? AND version = ?"
        row = self._database.call(lambda c: c.execute(query, (group_id, version)).fetchone())
        if row is None:
            raise _unknown(version)
        return bytes(row["blob"])

    def activate(self, group_id: str, version: int | None) -> None:
        """Put a head of the history to use; None goes back to plain features.

        Raises
        ------
        KnownError
            The group has no such version.
        """
        self._database.call(lambda c: _activate(c, group_id, version))


def _activate(connection: sqlite3.Connection, group_id: str, version: int | None) -> None:
    connection.execute("UPDATE heads SET active = 0 WHERE group_id = ? AND active = 1", (group_id,))
    if version is None:
        return
    query = "UPDATE heads SET active = 1 WHERE group_id = ? AND version = ?"
    if connection.execute(query, (group_id, version)).rowcount == 0:
        raise _unknown(version)


def _unknown(version: int) -> KnownError:
    return KnownError(f"The group has no head of version {version}", "See the versions with: letspic group heads")


def _entry(row: sqlite3.Row) -> HeadEntry:
    return HeadEntry(
        group_id=row["group_id"],
        version=row["version"],
        backbone=row["backbone"],
        run_id=row["run_id"],
        map_before=row["map_before"],
        map_after=row["map_after"],
        p10_before=row["p10_before"],
        p10_after=row["p10_after"],
        note=row["note"],
        active=bool(row["active"]),
        created_at=moment(row["created_at"]),
    )


_HISTORY: Final = (
    "SELECT group_id, version, backbone, run_id, map_before, map_after, p10_before, p10_after, note, active, created_at"
    " FROM heads WHERE group_id = ? ORDER BY version DESC"
)
