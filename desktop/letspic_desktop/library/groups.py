"""Groups: which albums a group shares and learns, and as which classes."""

from __future__ import annotations

import shlex
import sqlite3
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import clean_name, moment, name_key, now
from letspic_shared.errors import KnownError

Role = Literal["owner", "member"]


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group; ``backbone`` is the SHA-256 of its .tflite file, None until one is chosen."""

    id: str
    name: str
    role: Role
    backbone: str | None
    created_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class GroupClass:
    """A class of a group: one of its albums. ``class_id`` is never given to another album.

    ``album_id`` is None where the album is gone; ``photos`` counts those not in the trash.
    """

    class_id: int
    name: str
    album_id: int | None
    use_as_category: bool
    shared: bool
    photos: int


class Groups:
    """Groups by id; names are unique among those not left, whatever their case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, *, with_left: bool = False) -> list[Group]:
        """Return all groups by name."""
        rows = self._database.call(lambda c: c.execute("SELECT * FROM groups ORDER BY name_key").fetchall())
        return [group for group in map(_group, rows) if with_left or group.left_at is None]

    def get(self, group_id: str) -> Group | None:
        """Return one group, also one that was left, or None."""
        row = self._database.call(lambda c: c.execute("SELECT * FROM groups WHERE id = ?", (group_id,)).fetchone())
        return None if row is None else _group(row)

    def by_name(self, name: str) -> Group:
        """Return the group that people call ``name``.

        Raises
        ------
        KnownError
            There is none.
        """
        key = name_key(clean_name(name, "group"))
        query = "SELECT * FROM groups WHERE name_key = ? AND left_at IS NULL"
        row = self._database.call(lambda c: c.execute(query, (key,)).fetchone())
        if row is None:
            raise KnownError(
                f"There is no group named “{name}”", f"Create it with: letspic group create {shlex.quote(name)}"
            )
        return _group(row)

    def create(
        self, name: str, *, role: Role = "owner", backbone: str | None = None, group_id: str | None = None
    ) -> Group:
        """Make a group, or enter one of another desktop (``role="member"`` with its id).

        Entering again a group that was left continues it.

        Raises
        ------
        KnownError
            The name is not usable, or taken.
        """
        tidy, identity = clean_name(name, "group"), group_id or str(uuid.uuid4())

        def write(connection: sqlite3.Connection) -> None:
            _refuse_taken(connection, tidy, but_not=identity)
            connection.execute(
                "INSERT INTO groups (id, name, name_key, role, backbone, created_at) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,"
                " role = excluded.role, backbone = coalesce(excluded.backbone, backbone), left_at = NULL",
                (identity, tidy, name_key(tidy), role, backbone, now()),
            )

        self._database.call(write)
        return self.by_name(tidy)

    def rename(self, group_id: str, name: str) -> None:
        """Give a group another name."""
        tidy = clean_name(name, "group")

        def write(connection: sqlite3.Connection) -> None:
            _refuse_taken(connection, tidy, but_not=group_id)
            query = "UPDATE groups SET name = ?, name_key = ? WHERE id = ?"
            connection.execute(query, (tidy, name_key(tidy), group_id))

        self._database.call(write)

    def set_backbone(self, group_id: str, backbone: str) -> None:
        """Say which backbone the group uses from now on."""
        query = "UPDATE groups SET backbone = ? WHERE id = ?"
        self._database.call(lambda c: c.execute(query, (backbone, group_id)))

    def leave(self, group_id: str) -> None:
        """Leave a group, or dissolve an own one. Its head history stays; its devices belong to no group then."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE groups SET left_at = ? WHERE id = ?", (now(), group_id))
            connection.execute("UPDATE devices SET group_id = NULL WHERE group_id = ?", (group_id,))

        self._database.call(write)

    def add_album(self, group_id: str, album_id: int, *, use_as_category: bool = True) -> int:
        """Share an album with the group and return its class id: its old one if it had one."""

        def write(connection: sqlite3.Connection) -> int:
            connection.execute(
                "INSERT INTO group_albums (group_id, class_id, album_id, class_name, use_as_category)"
                " SELECT ?1, (SELECT coalesce(max(class_id), -1) + 1 FROM group_albums WHERE group_id = ?1),"
                " id, name, ?3 FROM albums WHERE id = ?2"
                " ON CONFLICT (group_id, album_id) DO UPDATE SET shared = 1,"
                " use_as_category = excluded.use_as_category",
                (group_id, album_id, use_as_category),
            )
            query = "SELECT class_id FROM group_albums WHERE group_id = ? AND album_id = ?"
            row = connection.execute(query, (group_id, album_id)).fetchone()
            if row is None:
                raise LookupError(f"album {album_id}")
            return int(row["class_id"])

        return self._database.call(write)

    def number_album(self, group_id: str, album_id: int) -> None:
        """Give an album its class id for good, without sharing it."""
        query = (
            "INSERT OR IGNORE INTO group_albums (group_id, class_id, album_id, class_name, use_as_category, shared)"
            " SELECT ?1, (SELECT coalesce(max(class_id), -1) + 1 FROM group_albums WHERE group_id = ?1), id, name, 0, 0"
            " FROM albums WHERE id = ?2"
        )
        self._database.call(lambda c: c.execute(query, (group_id, album_id)))

    def remove_album(self, group_id: str, album_id: int) -> None:
        """Stop sharing an album with the group."""
        query = "UPDATE group_albums SET shared = 0, use_as_category = 0 WHERE group_id = ? AND album_id = ?"
        self._database.call(lambda c: c.execute(query, (group_id, album_id)))

    def classes(self, group_id: str, *, with_all: bool = False) -> list[GroupClass]:
        """Return the classes that fine-tuning learns, by class id; ``with_all`` also those that it does not."""
        rows = self._database.call(lambda c: c.execute(_CLASSES, (group_id,)).fetchall())
        found = map(_class, rows)
        return [one for one in found if with_all or (one.use_as_category and one.album_id is not None)]

    def photos(self, group_id: str) -> list[str]:
        """Return the SHA-256 of all photos in the group's shared albums, without the trash, sorted."""
        rows = self._database.call(lambda c: c.execute(_PHOTOS, (group_id,)).fetchall())
        return [row["sha256"] for row in rows]

    def labels(self, group_id: str) -> dict[str, int]:
        """Return SHA-256 -> class id of every photo that fine-tuning may learn from.

        A photo in several of the group's categories counts for the one with the lowest class id.
        """
        rows = self._database.call(lambda c: c.execute(_LABELS, (group_id,)).fetchall())
        return {row["sha256"]: row["class_id"] for row in rows}


def _refuse_taken(connection: sqlite3.Connection, name: str, *, but_not: str) -> None:
    query = "SELECT name FROM groups WHERE name_key = ? AND left_at IS NULL AND id != ?"
    row = connection.execute(query, (name_key(name), but_not)).fetchone()
    if row is not None:
        raise KnownError(f"A group named “{row['name']}” exists already", "Choose another name")


def _group(row: sqlite3.Row) -> Group:
    created = moment(row["created_at"])
    if created is None:
        raise LookupError(f"group {row['id']} without a date")
    return Group(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        backbone=row["backbone"],
        created_at=created,
        left_at=moment(row["left_at"]),
    )


def _class(row: sqlite3.Row) -> GroupClass:
    return GroupClass(
        class_id=row["class_id"],
        name=row["class_name"],
        album_id=row["album_id"],
        use_as_category=bool(row["use_as_category"]),
        shared=bool(row["shared"]),
        photos=row["photos"],
    )


_CLASSES: Final = """
    SELECT group_albums.*, count(photos.sha256) AS photos FROM group_albums
    LEFT JOIN album_photos USING (album_id)
    LEFT JOIN photos ON photos.sha256 = album_photos.sha256 AND photos.trashed_at IS NULL
    WHERE group_id = ? GROUP BY class_id ORDER BY class_id
"""
_PHOTOS: Final = """
    SELECT DISTINCT sha256 FROM group_albums JOIN album_photos USING (album_id) JOIN photos USING (sha256)
    WHERE group_id = ? AND shared AND trashed_at IS NULL ORDER BY sha256
"""
_LABELS: Final = """
    SELECT sha256, min(class_id) AS class_id
    FROM group_albums JOIN album_photos USING (album_id) JOIN photos USING (sha256)
    WHERE group_id = ? AND shared AND use_as_category AND trashed_at IS NULL GROUP BY sha256 ORDER BY sha256
"""
