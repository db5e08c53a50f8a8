"""Tags: words that people put on photos, nested by their path, and guesses of machines, which are kept apart."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import json_list, name_key
from letspic_desktop.library.tag_paths import IN_BRANCH, ancestors, branch_values, clean_path, is_below, path_key
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A word, with the path that leads to it: ``Travel/Jeju``.

    Parameters
    ----------
    photos
        On how many photos people put it itself.
    total
        How many photos have it or a tag below it, each counted once.
    """

    name: str
    photos: int
    total: int = 0


@dataclass(frozen=True, kw_only=True)
class MachineTag:
    """A guess: ``source`` says which head or model made it, ``score`` how sure it was (0..1)."""

    source: str
    name: str
    score: float


class Tags:
    """Tags by path; paths are unique, whatever their case.

    A tag exists as long as a photo has it, or for ever where a person made it by itself.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Tag]:
        """Return all tags by path, with those that exist only as a part of another's path."""
        return self._database.call(_all_tags)

    def create(self, name: str) -> None:
        """Make a tag that no photo has yet.

        Raises
        ------
        KnownError
            The name is not usable.
        """
        self._database.call(lambda c: ensure_tag(c, clean_path(name), kept=True))

    def add(self, name: str, sha256s: Iterable[str]) -> None:
        """Put a tag on photos."""
        path = clean_path(name)

        def write(connection: sqlite3.Connection) -> None:
            tag = ensure_tag(connection, path)
            connection.executemany(_PUT, [{"tag": tag, "sha256": sha256} for sha256 in sha256s])
            _drop_unused(connection, path_key(path))

        self._database.call(write)

    def remove(self, name: str, sha256s: Iterable[str]) -> None:
        """Take a tag off photos; a tag that is on no photo any more is gone, unless a person made it by itself."""
        key = path_key(name)

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM photo_tags WHERE sha256 = ? AND tag_id = (SELECT id FROM tags WHERE name_key = ?)",
                [(sha256, key) for sha256 in sha256s],
            )
            _drop_unused(connection, key)

        self._database.call(write)

    def rename(self, name: str, new_name: str) -> None:
        """Rename a tag, or move it, with all tags below it; where a new name exists, the two become one.

        Raises
        ------
        KnownError
            There is no such tag, or it would be inside itself.
        """
        old_key, new_path = path_key(name), clean_path(new_name)
        if old_key != name_key(new_path) and is_below(name_key(new_path), old_key):
            raise KnownError(f"The tag “{name}” cannot be put inside itself", "Choose another place for it")
        self._database.call(lambda c: _move_branch(c, name, old_key, new_path))

    def delete(self, name: str) -> None:
        """Take a tag, and all below it, off all photos, and forget them."""
        values = branch_values(path_key(name))
        self._database.call(lambda c: c.execute(f"DELETE FROM tags WHERE {IN_BRANCH}", values))  # noqa: S608

    def photos(self, name: str, *, with_children: bool = False) -> list[str]:
        """Return the SHA-256 of the photos with that tag, newest first, without the trash."""
        key = path_key(name)
        where, values = (IN_BRANCH, branch_values(key)) if with_children else ("name_key = ?", (key,))
        query = _PHOTOS.format(where=where)
        return [row["sha256"] for row in self._database.call(lambda c: c.execute(query, values).fetchall())]

    def of_photo(self, sha256: str) -> list[str]:
        """Return the tags that people put on a photo, by path."""
        query = "SELECT name FROM tags JOIN photo_tags ON tag_id = id WHERE sha256 = ? ORDER BY name_key"
        return [row["name"] for row in self._database.call(lambda c: c.execute(query, (sha256,)).fetchall())]

    def of_photos(self, sha256s: Iterable[str]) -> dict[str, int]:
        """Return the tags that people put on any of the photos, by path, with how many of these have each."""
        query = (
            "SELECT name, count(*) AS photos FROM tags JOIN photo_tags ON tag_id = id"
            " WHERE sha256 IN (SELECT value FROM json_each(?)) GROUP BY id ORDER BY name_key"
        )
        rows = self._database.call(lambda c: c.execute(query, (json_list(sha256s),)).fetchall())
        return {row["name"]: row["photos"] for row in rows}

    def set_guesses(self, source: str, guesses: Iterable[tuple[str, str, float]]) -> None:
        """Replace all guesses of ``source`` by (sha256, name, score) triples."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM machine_tags WHERE source = ?", (source,))
            connection.executemany(
                "INSERT OR REPLACE INTO machine_tags (sha256, source, name, score) VALUES (?, ?, ?, ?)",
                [(sha256, source, name, score) for sha256, name, score in guesses],
            )

        self._database.call(write)

    def guesses(self, sha256: str) -> list[MachineTag]:
        """Return what machines guess about a photo, surest first."""
        query = "SELECT source, name, score FROM machine_tags WHERE sha256 = ? ORDER BY score DESC, source, name"
        return [
            MachineTag(**dict(row)) for row in self._database.call(lambda c: c.execute(query, (sha256,)).fetchall())
        ]


def ensure_tag(connection: sqlite3.Connection, path: str, *, kept: bool = False) -> int:
    """Return the id of the tag of that path inside a transaction, made where absent."""
    connection.execute(
        "INSERT INTO tags (name, name_key, kept) VALUES (?, ?, ?)"
        " ON CONFLICT (name_key) DO UPDATE SET kept = max(kept, excluded.kept)",
        (path, name_key(path), kept),
    )
    return int(connection.execute("SELECT id FROM tags WHERE name_key = ?", (name_key(path),)).fetchone()["id"])


def _drop_unused(connection: sqlite3.Connection, key: str) -> None:
    query = "DELETE FROM tags WHERE name_key = ? AND NOT kept AND id NOT IN (SELECT tag_id FROM photo_tags)"
    connection.execute(query, (key,))


def _move_branch(connection: sqlite3.Connection, name: str, old_key: str, new_path: str) -> None:
    """Give every tag of the branch its new path. Outer tags go first: one that moves up frees the name below it."""
    query = f"SELECT id, name FROM tags WHERE {IN_BRANCH} ORDER BY name_key"  # noqa: S608 - constants
    rows = connection.execute(query, branch_values(old_key)).fetchall()
    if not rows:
        raise KnownError(f"There is no tag named “{name}”", "Choose one of the list")
    depth = old_key.count("/") + 1
    for row in rows:
        path = clean_path("/".join([new_path, *row["name"].split("/")[depth:]]))
        other = connection.execute(
            "SELECT id FROM tags WHERE name_key = ? AND id != ?", (name_key(path), row["id"])
        ).fetchone()
        if other is None:
            query = "UPDATE tags SET name = ?, name_key = ? WHERE id = ?"
            connection.execute(query, (path, name_key(path), row["id"]))
            continue
        query = "UPDATE OR IGNORE photo_tags SET tag_id = ? WHERE tag_id = ?"
        connection.execute(query, (other["id"], row["id"]))
        connection.execute("DELETE FROM tags WHERE id = ?", (row["id"],))


def _all_tags(connection: sqlite3.Connection) -> list[Tag]:
    rows = connection.execute("SELECT id, name, name_key FROM tags").fetchall()
    names = {row["name_key"]: row["name"] for row in rows}
    below: dict[str, list[int]] = {}
    for row in rows:
        for path in [*ancestors(row["name"]), row["name"]]:
            names.setdefault(name_key(path), path)
            below.setdefault(name_key(path), []).append(row["id"])
    members = _members(connection)
    ids = {row["name_key"]: row["id"] for row in rows}
    return [
        Tag(
            name=names[key],
            photos=len(members.get(ids.get(key, 0), ())),
            total=len(set().union(*(members.get(tag, ()) for tag in below[key]))),
        )
        for key in sorted(names, key=lambda key: key.split("/"))
    ]


def _members(connection: sqlite3.Connection) -> dict[int, set[str]]:
    """Return the photos of each tag, without the trash."""
    cursor = connection.cursor()
    cursor.row_factory = None
    trash = {row[0] for row in cursor.execute("SELECT sha256 FROM photos WHERE trashed_at IS NOT NULL")}
    members: dict[int, set[str]] = {}
    for tag, sha256 in cursor.execute("SELECT tag_id, sha256 FROM photo_tags").fetchall():
        members.setdefault(tag, set()).add(sha256)
    return {tag: photos - trash for tag, photos in members.items()}


_PUT: Final = (
    "INSERT OR IGNORE INTO photo_tags (tag_id, sha256)"
    " SELECT :tag, :sha256 WHERE EXISTS (SELECT 1 FROM photos WHERE sha256 = :sha256)"
)
_PHOTOS: Final = (
    "SELECT DISTINCT photos.sha256 FROM tags JOIN photo_tags ON tag_id = tags.id JOIN photos USING (sha256)"
    " WHERE {where} AND trashed_at IS NULL ORDER BY shown_at DESC, photos.sha256"
)
