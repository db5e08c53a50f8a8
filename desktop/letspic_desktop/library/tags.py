"""Tags: words that people put on photos, and guesses of machines, which are kept apart."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import clean_name, name_key


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A word and on how many photos people put it."""

    name: str
    photos: int


@dataclass(frozen=True, kw_only=True)
class MachineTag:
    """A guess: ``source`` says which head or model made it, ``score`` how sure it was (0..1)."""

    source: str
    name: str
    score: float


class Tags:
    """Tags by name; names are unique, whatever their case. A tag exists as long as a photo has it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Tag]:
        """Return all tags by name."""
        rows = self._database.call(lambda c: c.execute(_ALL).fetchall())
        return sorted((Tag(name=row["name"], photos=row["photos"]) for row in rows), key=lambda tag: name_key(tag.name))

    def add(self, name: str, sha256s: Iterable[str]) -> None:
        """Put a tag on photos."""
        tidy = clean_name(name, "tag")

        def write(connection: sqlite3.Connection) -> None:
            query = "INSERT INTO tags (name, name_key) VALUES (?, ?) ON CONFLICT (name_key) DO NOTHING"
            connection.execute(query, (tidy, name_key(tidy)))
            connection.executemany(
                "INSERT OR IGNORE INTO photo_tags SELECT id, ? FROM tags WHERE name_key = ?",
                [(sha256, name_key(tidy)) for sha256 in sha256s],
            )

        self._database.call(write)

    def remove(self, name: str, sha256s: Iterable[str]) -> None:
        """Take a tag off photos; a tag that is on no photo any more is gone."""
        key = name_key(clean_name(name, "tag"))

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM photo_tags WHERE sha256 = ? AND tag_id = (SELECT id FROM tags WHERE name_key = ?)",
                [(sha256, key) for sha256 in sha256s],
            )
            connection.execute("DELETE FROM tags WHERE id NOT IN (SELECT tag_id FROM photo_tags)")

        self._database.call(write)

    def rename(self, name: str, new_name: str) -> None:
        """Rename a tag; where the new name exists, the two become one."""
        old_key, tidy = name_key(clean_name(name, "tag")), clean_name(new_name, "tag")
        if old_key == name_key(tidy):
            query = "UPDATE tags SET name = ? WHERE name_key = ?"
            self._database.call(lambda c: c.execute(query, (tidy, old_key)))
            return

        def write(_: sqlite3.Connection) -> None:
            photos = self.photos(name)
            self.add(tidy, photos)
            self.remove(name, photos)

        self._database.call(write)

    def photos(self, name: str) -> list[str]:
        """Return the SHA-256 of the photos with that tag, newest first, without the trash."""
        key = name_key(clean_name(name, "tag"))
        return [row["sha256"] for row in self._database.call(lambda c: c.execute(_PHOTOS, (key,)).fetchall())]

    def of_photo(self, sha256: str) -> list[str]:
        """Return the tags that people put on a photo, by name."""
        query = "SELECT name FROM tags JOIN photo_tags ON tag_id = id WHERE sha256 = ? ORDER BY name_key"
        return [row["name"] for row in self._database.call(lambda c: c.execute(query, (sha256,)).fetchall())]

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


_ALL: Final = (
    "SELECT tags.name, count(photos.sha256) AS photos FROM tags LEFT JOIN photo_tags ON tag_id = tags.id"
    " LEFT JOIN photos ON photos.sha256 = photo_tags.sha256 AND trashed_at IS NULL GROUP BY tags.id"
)
_PHOTOS: Final = (
    "SELECT photos.sha256 FROM tags JOIN photo_tags ON tag_id = tags.id JOIN photos USING (sha256)"
    " WHERE name_key = ? AND trashed_at IS NULL ORDER BY coalesce(taken_local, imported_at) DESC, photos.sha256"
)
