"""Good and bad marks on search results; they become labels of the next run."""

from __future__ import annotations

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import now


class Marks:
    """Marks by (group, query, photo); a query may be a picture that is in no library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, group_id: str, query: str, sha256: str, good: bool | None) -> None:
        """Say that a result is good or bad for a query (SHA-256 of its picture); None takes the mark away."""
        if good is None:
            sql, values = "DELETE FROM marks WHERE group_id = ? AND query = ? AND sha256 = ?", (group_id, query, sha256)
            self._database.call(lambda c: c.execute(sql, values))
            return
        insert = "INSERT OR REPLACE INTO marks (group_id, query, sha256, good, at) VALUES (?, ?, ?, ?, ?)"
        self._database.call(lambda c: c.execute(insert, (group_id, query, sha256, int(good), now())))

    def forget(self, group_id: str, query: str) -> None:
        """Take all marks of a query away."""
        sql = "DELETE FROM marks WHERE group_id = ? AND query = ?"
        self._database.call(lambda c: c.execute(sql, (group_id, query)))

    def of_query(self, group_id: str, query: str) -> dict[str, bool]:
        """Return SHA-256 -> good of the results that were marked for a query."""
        sql = "SELECT sha256, good FROM marks WHERE group_id = ? AND query = ? ORDER BY sha256"
        rows = self._database.call(lambda c: c.execute(sql, (group_id, query)).fetchall())
        return {row["sha256"]: bool(row["good"]) for row in rows}

    def all(self, group_id: str) -> list[tuple[str, str, bool]]:
        """Return (query, photo, good) of every mark in the group."""
        sql = "SELECT query, sha256, good FROM marks WHERE group_id = ? ORDER BY query, sha256"
        rows = self._database.call(lambda c: c.execute(sql, (group_id,)).fetchall())
        return [(row["query"], row["sha256"], bool(row["good"])) for row in rows]
