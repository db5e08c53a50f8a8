"""How a long list of photos is cut into sections for the grid."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from letspic_desktop.library.rows import json_list, name_key

SectionBy = Literal["month", "album", "place"]
# Half a degree of latitude is 56 km: a town with its surroundings.
_CELL_DEGREES: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Section:
    """Photos ``start`` to ``start + count`` of a sectioned list.

    ``key`` is a month (``2024-07``), an album's name, or the middle of a square of half a degree
    (``47.25,8.75``, latitude and longitude); empty for photos without any.
    """

    key: str
    start: int
    count: int


@dataclass(frozen=True, kw_only=True)
class Sectioned:
    """The photos by section, each section in the order of the list; those of ``key`` "" are last.

    By album, a photo is in the section of each album that holds it, so that every section is complete.
    """

    photos: list[str]
    sections: list[Section]


def sectioned(
    connection: sqlite3.Connection, photos: Sequence[str], by: SectionBy, months: Mapping[str, str] | None = None
) -> Sectioned:
    """Cut a list of photos into sections, inside a transaction; ``months`` are those of the photos, where known.

    Sections by month or place come in the order of their first photo, sections by album in the order of names.
    """
    if by == "album":
        members = _by_album(connection, photos)
    else:
        members = _grouped(photos, (months or _months(connection, photos)) if by == "month" else _cells(connection))
    without = members.pop("", [])
    result: list[str] = []
    sections = []
    for key, some in [*members.items(), ("", without)]:
        if some:
            sections.append(Section(key=key, start=len(result), count=len(some)))
            result += some
    return Sectioned(photos=result, sections=sections)


def months(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many photos, without the trash, each month has, the newest first: the sections of all photos.

    Five times faster than to cut the list of all photos, which every start of the window waits for: the index is
    looked up once a month, and its entries are only counted.
    """
    cursor = connection.cursor()
    cursor.row_factory = None
    return dict(cursor.execute(_BY_MONTH).fetchall())


def _grouped(photos: Sequence[str], keys: Mapping[str, str]) -> dict[str, list[str]]:
    members: dict[str, list[str]] = {}
    for sha256 in photos:
        members.setdefault(keys.get(sha256, ""), []).append(sha256)
    return members


def _months(connection: sqlite3.Connection, photos: Sequence[str]) -> dict[str, str]:
    columns = "SELECT sha256, substr(shown_at, 1, 7) FROM photos"
    if len(photos) < _SHORT:
        return _pairs(connection, f"{columns}{_AMONG}", json_list(photos))
    months = _pairs(connection, f"{columns} WHERE trashed_at IS NULL")
    return {**months, **_pairs(connection, f"{columns} WHERE trashed_at IS NOT NULL")}


def _cells(connection: sqlite3.Connection) -> dict[str, str]:
    cursor = connection.cursor()
    cursor.row_factory = None
    query = "SELECT sha256, latitude, longitude FROM photos WHERE latitude IS NOT NULL"
    return {sha256: f"{_middle(north)},{_middle(east)}" for sha256, north, east in cursor.execute(query)}


def _middle(degrees: float) -> float:
    return (degrees // _CELL_DEGREES + 0.5) * _CELL_DEGREES


def _by_album(connection: sqlite3.Connection, photos: Sequence[str]) -> dict[str, list[str]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    names = dict(cursor.execute("SELECT id, name FROM albums").fetchall())
    place = {sha256: number for number, sha256 in enumerate(photos)}
    numbers: dict[int, list[int]] = {}
    query = "SELECT album_id, sha256 FROM album_photos"
    # A short list is looked up; for a long one it is cheaper to read all albums.
    short = len(place) < _SHORT
    where, values = (_AMONG, (json_list(place),)) if short else ("", ())
    found = set()
    for album, sha256 in cursor.execute(query + where, values):
        number = place.get(sha256)
        if number is not None:
            numbers.setdefault(album, []).append(number)
            found.add(number)
    by_name = sorted(numbers, key=lambda album: name_key(names[album]))
    members = {names[album]: [photos[number] for number in sorted(numbers[album])] for album in by_name}
    members[""] = [sha256 for number, sha256 in enumerate(photos) if number not in found]
    return members


def _pairs(connection: sqlite3.Connection, query: str, *values: object) -> dict[str, str]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return dict(cursor.execute(query, values).fetchall())


_SHORT: Final = 5000
_AMONG: Final = " WHERE sha256 IN (SELECT value FROM json_each(?))"
_BY_MONTH: Final = """
WITH RECURSIVE months (month, later) AS (
    SELECT substr(max(shown_at), 1, 7), '~' FROM photos WHERE trashed_at IS NULL
    UNION ALL
    SELECT (SELECT substr(max(shown_at), 1, 7) FROM photos WHERE trashed_at IS NULL AND shown_at < month), month
    FROM months WHERE month IS NOT NULL
)
SELECT month, (SELECT count(*) FROM photos WHERE trashed_at IS NULL AND shown_at >= month AND shown_at < later)
FROM months WHERE month IS NOT NULL
"""
