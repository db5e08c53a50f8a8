"""Albums: named, ordered sets of photos. Deleting an album never deletes a photo."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import clean_name, json_list, name_key, now
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class Album:
    """An album and how many photos it shows (those in the trash are not counted).

    ``cover`` is the photo that people chose, else the first one; None where the album shows no photo.
    """

    id: int
    name: str
    photos: int
    cover: str | None = None


class Albums:
    """Albums by id; names are unique, whatever their case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Album]:
        """Return all albums by name."""
        return sorted(self._database.call(_albums), key=lambda album: name_key(album.name))

    def get(self, album_id: int) -> Album | None:
        """Return one album, or None."""
        return self._one("id = ?", album_id)

    def by_name(self, name: str) -> Album:
        """Return the album that people call ``name``.

        Raises
        ------
        KnownError
            There is none.
        """
        found = self._one("name_key = ?", name_key(clean_name(name, "album")))
        if found is None:
            raise KnownError(f"There is no album named “{name}”", "See the names with: letspic album list")
        return found

    def create(self, name: str) -> Album:
        """Make an empty album.

        Raises
        ------
        KnownError
            The name is not usable, or taken.
        """

        def write(connection: sqlite3.Connection) -> int:
            _refuse_taken(connection, name, but_not=None)
            return ensure_album(connection, name)

        return self._existing(self._database.call(write))

    def ensure(self, name: str) -> Album:
        """Return the album of that name, made where absent."""
        return self._existing(self._database.call(lambda c: ensure_album(c, name)))

    def rename(self, album_id: int, name: str) -> None:
        """Give an album another name; the groups that learn it follow.

        Raises
        ------
        KnownError
            The name is not usable, or another album has it.
        """

        def write(connection: sqlite3.Connection) -> None:
            _refuse_taken(connection, name, but_not=album_id)
            tidy = clean_name(name, "album")
            query = "UPDATE albums SET name = ?, name_key = ? WHERE id = ?"
            connection.execute(query, (tidy, name_key(tidy), album_id))
            connection.execute("UPDATE group_albums SET class_name = ? WHERE album_id = ?", (tidy, album_id))

        self._database.call(write)

    def merge(self, source_id: int, target_id: int) -> None:
        """Append the photos of one album to another and delete the emptied one.

        A group that learns only the emptied album learns the other one in its place, as the same class.
        """
        if source_id == target_id:
            return

        def write(connection: sqlite3.Connection) -> None:
            query = "SELECT sha256 FROM album_photos WHERE album_id = ? ORDER BY position"
            photos = [row["sha256"] for row in connection.execute(query, (source_id,))]
            add_to_album(connection, target_id, photos)
            connection.execute(
                "UPDATE OR IGNORE group_albums SET album_id = ?1, class_name = (SELECT name FROM albums WHERE id = ?1)"
                " WHERE album_id = ?2",
                (target_id, source_id),
            )
            connection.execute("DELETE FROM albums WHERE id = ?", (source_id,))

        self._database.call(write)

    def delete(self, album_id: int) -> None:
        """Delete an album. Its photos stay in the library; its class in a group is never given away."""
        self._database.call(lambda c: c.execute("DELETE FROM albums WHERE id = ?", (album_id,)))

    def photos(self, album_id: int) -> list[str]:
        """Return the SHA-256 of the album's photos in its order, without the trash."""
        rows = self._database.call(lambda c: c.execute(_PHOTOS, (album_id,)).fetchall())
        return [row["sha256"] for row in rows]

    def add(self, album_id: int, sha256s: Iterable[str]) -> int:
        """Append photos that are not yet in the album, and return how many were not."""
        return self._database.call(lambda c: add_to_album(c, album_id, sha256s))

    def remove(self, album_id: int, sha256s: Iterable[str]) -> None:
        """Take photos out of the album; they stay in the library."""
        values = [(album_id, sha256) for sha256 in sha256s]

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM album_photos WHERE album_id = ? AND sha256 = ?", values)
            connection.executemany("UPDATE albums SET cover = NULL WHERE id = ? AND cover = ?", values)

        self._database.call(write)

    def set_cover(self, album_id: int, sha256: str | None) -> None:
        """Choose the photo that stands for the album; None chooses its first one.

        Raises
        ------
        KnownError
            The photo is not in the album.
        """

        def write(connection: sqlite3.Connection) -> None:
            query = "SELECT 1 FROM album_photos WHERE album_id = ? AND sha256 = ?"
            if sha256 is not None and connection.execute(query, (album_id, sha256)).fetchone() is None:
                raise KnownError("The cover of an album is one of its photos", "Add the photo to the album first")
            connection.execute("UPDATE albums SET cover = ? WHERE id = ?", (sha256, album_id))

        self._database.call(write)

    def move(self, album_id: int, sha256s: Iterable[str], *, before: str | None) -> None:
        """Move photos of the album, in this order, to the place before another one; None is the end."""

        def write(_: sqlite3.Connection) -> None:
            moved = list(dict.fromkeys(sha256s))
            others = set(moved)
            rest = [sha256 for sha256 in self.photos(album_id) if sha256 not in others]
            place = rest.index(before) if before in rest else len(rest)
            self.reorder(album_id, [*rest[:place], *moved, *rest[place:]])

        self._database.call(write)

    def reorder(self, album_id: int, sha256s: Sequence[str]) -> None:
        """Put the album's photos into this order; those not named follow as they were."""

        def write(connection: sqlite3.Connection) -> None:
            query = "SELECT sha256 FROM album_photos WHERE album_id = ? ORDER BY position"
            present = [row["sha256"] for row in connection.execute(query, (album_id,))]
            members = set(present)
            order = list(dict.fromkeys([sha256 for sha256 in sha256s if sha256 in members] + present))
            connection.executemany(
                "UPDATE album_photos SET position = ? WHERE album_id = ? AND sha256 = ?",
                [(position, album_id, sha256) for position, sha256 in enumerate(order)],
            )

        self._database.call(write)

    def of_photo(self, sha256: str) -> list[Album]:
        """Return the albums that hold a photo, by name."""
        query = "SELECT album_id FROM album_photos WHERE sha256 = ?"
        ids = {row["album_id"] for row in self._database.call(lambda c: c.execute(query, (sha256,)).fetchall())}
        return [album for album in self.all() if album.id in ids]

    def together_with(self, sha256: str, among: Iterable[str]) -> set[str]:
        """Return those of some photos that are in an album with another photo."""
        query = (
            "SELECT DISTINCT other.sha256 FROM album_photos AS mine JOIN album_photos AS other USING (album_id)"
            " WHERE mine.sha256 = ? AND other.sha256 IN (SELECT value FROM json_each(?))"
        )
        values = (sha256, json_list(among))
        return {row["sha256"] for row in self._database.call(lambda c: c.execute(query, values).fetchall())}

    def _one(self, where: str, value: object) -> Album | None:
        found = self._database.call(lambda c: _albums(c, where, value))
        return found[0] if found else None

    def _existing(self, album_id: int) -> Album:
        found = self.get(album_id)
        if found is None:
            raise LookupError(f"album {album_id}")
        return found


def ensure_album(connection: sqlite3.Connection, name: str) -> int:
    """Return the id of the album of that name inside a transaction, made where absent."""
    tidy = clean_name(name, "album")
    query = "INSERT INTO albums (name, name_key, created_at) VALUES (?, ?, ?) ON CONFLICT (name_key) DO NOTHING"
    connection.execute(query, (tidy, name_key(tidy), now()))
    row = connection.execute("SELECT id FROM albums WHERE name_key = ?", (name_key(tidy),)).fetchone()
    return int(row["id"])


def add_to_album(connection: sqlite3.Connection, album_id: int, sha256s: Iterable[str]) -> int:
    """Append photos inside a transaction and return how many were not in the album yet."""
    query = "SELECT coalesce(max(position), -1) + 1 FROM album_photos WHERE album_id = ?"
    position = int(connection.execute(query, (album_id,)).fetchone()[0])
    added = 0
    for sha256 in sha256s:
        query = "INSERT OR IGNORE INTO album_photos (album_id, sha256, position) VALUES (?, ?, ?)"
        added += connection.execute(query, (album_id, sha256, position + added)).rowcount
    return added


def _refuse_taken(connection: sqlite3.Connection, name: str, *, but_not: int | None) -> None:
    key = name_key(clean_name(name, "album"))
    row = connection.execute("SELECT id, name FROM albums WHERE name_key = ?", (key,)).fetchone()
    if row is not None and row["id"] != but_not:
        raise KnownError(f"An album named “{row['name']}” exists already", "Choose another name, or merge the two")


def _albums(connection: sqlite3.Connection, where: str = "1", *values: object) -> list[Album]:
    rows = connection.execute(_SELECT.format(where=where), values).fetchall()
    ids = json_list(row["id"] for row in rows)
    photos = dict(connection.execute(_COUNTS, (ids,)).fetchall())
    # All minus those in the trash: few are, and they have an index; a join with all photos takes 100 times as long.
    trashed = dict(connection.execute(_TRASHED).fetchall())
    return [
        Album(
            id=row["id"],
            name=row["name"],
            photos=photos.get(row["id"], 0) - trashed.get(row["id"], 0),
            cover=row["shown_cover"],
        )
        for row in rows
    ]


_SELECT: Final = """
    SELECT id, name,
        coalesce((SELECT sha256 FROM album_photos CROSS JOIN photos USING (sha256)
            WHERE album_id = albums.id AND sha256 = cover AND trashed_at IS NULL),
            (SELECT sha256 FROM album_photos CROSS JOIN photos USING (sha256)
            WHERE album_id = albums.id AND trashed_at IS NULL ORDER BY position, sha256 LIMIT 1)) AS shown_cover
    FROM albums WHERE {where}
"""
_COUNTS: Final = (
    "SELECT album_id, count(*) FROM album_photos WHERE album_id IN (SELECT value FROM json_each(?)) GROUP BY album_id"
)
_TRASHED: Final = (
    "SELECT album_id, count(*) FROM photos CROSS JOIN album_photos USING (sha256)"
    " WHERE trashed_at IS NOT NULL GROUP BY album_id"
)
_PHOTOS: Final = (
    "SELECT sha256 FROM album_photos JOIN photos USING (sha256)"
    " WHERE album_id = ? AND trashed_at IS NULL ORDER BY position, sha256"
)
