"""Which rows a change of the library made, kept so that it can be taken back and made again exactly.

A change names the rows it may touch (``Rows``). They are read before and after it, in its transaction; the
difference is what undo and redo write. So undo restores ids, orders, covers and classes without a line of its own
for any of them, and leaves alone what an import or another change added since.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

Key = tuple[Any, ...]
Values = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows of one table that a change may touch; ``where`` must hold for them before it and after it."""

    table: str
    where: str
    values: tuple[object, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RowChange:
    """One row before and after a change; None where it was not there."""

    table: str
    key: Key
    before: Values | None
    after: Values | None


@dataclass(frozen=True, kw_only=True)
class _Table:
    """``guard`` is true for a row that may be put back: what it belongs to is still there."""

    key: tuple[str, ...]
    columns: tuple[str, ...]
    guard: str = ""


_PHOTO: Final = "EXISTS (SELECT 1 FROM photos WHERE sha256 = :sha256)"
_ALBUM: Final = "EXISTS (SELECT 1 FROM albums WHERE id = :album_id)"
_TAG: Final = "EXISTS (SELECT 1 FROM tags WHERE id = :tag_id)"
# What people enter, parents before children. Rows of photos are changed, never made or deleted.
_TABLES: Final[Mapping[str, _Table]] = {
    "photos": _Table(
        key=("sha256",), columns=("rating", "favourite", "trashed_at", "rotation", "edit_revision", "taken_user")
    ),
    "albums": _Table(key=("id",), columns=("name", "name_key", "created_at", "cover")),
    "tags": _Table(key=("id",), columns=("name", "name_key", "kept")),
    "album_photos": _Table(
        key=("album_id", "sha256"),
        columns=("position",),
        guard=f"{_PHOTO} AND {_ALBUM}",
    ),
    "photo_tags": _Table(
        key=("tag_id", "sha256"),
        columns=(),
        guard=f"{_PHOTO} AND {_TAG}",
    ),
    "group_albums": _Table(
        key=("group_id", "class_id"), columns=("album_id", "class_name", "use_as_category", "shared")
    ),
    "duplicate_decisions": _Table(key=("first", "second"), columns=("kept", "at")),
}
_TRASHED: Final = _TABLES["photos"].columns.index("trashed_at")
_ORDER: Final = {name: place for place, name in enumerate(_TABLES)}
Snapshot = dict[tuple[str, Key], Values]


def snapshot(connection: sqlite3.Connection, scopes: Iterable[Rows]) -> Snapshot:
    """Return the rows of the scopes as they are now."""
    cursor = connection.cursor()
    cursor.row_factory = None
    found: Snapshot = {}
    for scope in scopes:
        table = _TABLES[scope.table]
        columns = ",".join(table.key + table.columns)
        query = f"SELECT {columns} FROM {scope.table} WHERE {scope.where}"  # noqa: S608 - our own conditions
        width = len(table.key)
        for row in cursor.execute(query, scope.values):
            found[scope.table, row[:width]] = row[width:]
    return found


def difference(before: Snapshot, after: Snapshot) -> list[RowChange]:
    """Return the rows that differ, by table, parents first."""
    changed = [
        RowChange(table=table, key=key, before=before.get((table, key)), after=after.get((table, key)))
        for table, key in {**before, **after}
        if before.get((table, key)) != after.get((table, key))
    ]
    return sorted(changed, key=lambda change: _ORDER[change.table])


def touched(changes: Iterable[RowChange]) -> frozenset[str]:
    """Return the tables that differ; ``trash`` where photos went into the trash or came out of it."""
    found = set()
    for one in changes:
        found.add(one.table)
        if one.table == "photos" and one.before and one.after and one.before[_TRASHED] != one.after[_TRASHED]:
            found.add("trash")
    return frozenset(found)


def write(connection: sqlite3.Connection, changes: Sequence[RowChange], *, forward: bool) -> None:
    """Bring the rows to what they were after the changes, or before them, inside a transaction.

    Raises
    ------
    sqlite3.IntegrityError
        A name is taken by now, or what a row belongs to is gone.
    """
    # Rows refer to one another; only the whole must fit together.
    connection.execute("PRAGMA defer_foreign_keys = ON")
    steps = [(one, *((one.before, one.after) if forward else (one.after, one.before))) for one in changes]
    deleted = [one for one, _, target in steps if target is None]
    for table, group in _by_table(reversed(deleted)):
        keys = " AND ".join(f"{name} = ?" for name in _TABLES[table].key)
        connection.executemany(f"DELETE FROM {table} WHERE {keys}", [one.key for one in group])  # noqa: S608
    _update(connection, [(one, old, new) for one, old, new in steps if old is not None and new is not None])
    added = [(one, target) for one, source, target in steps if source is None and target is not None]
    for table, pairs in groupby(added, key=lambda pair: pair[0].table):
        connection.executemany(_insert(table), [dict(_named(table, one.key, values)) for one, values in pairs])


def _update(connection: sqlite3.Connection, steps: list[tuple[RowChange, Values, Values]]) -> None:
    """Write only the columns that the change changed: another one may have changed the others since."""

    def differing(step: tuple[RowChange, Values, Values]) -> tuple[str, tuple[int, ...]]:
        one, source, target = step
        return one.table, tuple(place for place in range(len(target)) if source[place] != target[place])

    steps.sort(key=differing)
    for (table, places), group in groupby(steps, key=differing):
        layout = _TABLES[table]
        names = ",".join(f"{layout.columns[place]} = ?" for place in places)
        keys = " AND ".join(f"{name} = ?" for name in layout.key)
        query = f"UPDATE {table} SET {names} WHERE {keys}"  # noqa: S608 - our own names
        connection.executemany(query, [(*(target[place] for place in places), *one.key) for one, _, target in group])


def _insert(table: str) -> str:
    layout = _TABLES[table]
    names = layout.key + layout.columns
    marked = ",".join(f":{name}" for name in names)
    rule = f"OR IGNORE INTO {table}" if layout.guard else f"INTO {table}"
    return f"INSERT {rule} ({','.join(names)}) SELECT {marked} WHERE {layout.guard or '1'}"


def _named(table: str, key: Key, values: Values) -> Iterator[tuple[str, object]]:
    layout = _TABLES[table]
    yield from zip(layout.key + layout.columns, key + values, strict=True)


def _by_table(changes: Iterable[RowChange]) -> Iterator[tuple[str, list[RowChange]]]:
    for table, group in groupby(changes, key=lambda change: change.table):
        yield table, list(group)
