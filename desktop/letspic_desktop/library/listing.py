"""What a list shows of each photo, read in one go for as many as are on the screen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from letspic_desktop.library.rows import json_list, path_of


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedPhoto:
    """One photo of a list.

    Attributes
    ----------
    path
        One of its files, preferring one that is not known as missing; None where it has none any more.
    missing
        Whether no file of it was there when they were last looked for.
    """

    sha256: str
    format: str
    rating: int
    favourite: bool
    revision: int
    path: Path | None
    missing: bool
    trashed: bool = False


def listed(connection: sqlite3.Connection, sha256s: Iterable[str]) -> dict[str, ListedPhoto]:
    """Return some photos, also of the trash, by SHA-256; unknown ones are left out. Inside a transaction."""
    cursor = connection.cursor()
    cursor.row_factory = None
    some = (json_list(sha256s),)
    files: dict[str, tuple[bytes, bool]] = {}
    for sha256, path, gone in cursor.execute(_FILES, some):
        files.setdefault(sha256, (path, bool(gone)))
    found = {}
    for sha256, kind, rating, favourite, revision, trashed in cursor.execute(_PHOTOS, some):
        path, gone = files.get(sha256, (None, True))
        found[sha256] = ListedPhoto(
            sha256=sha256,
            format=kind,
            rating=rating,
            favourite=bool(favourite),
            revision=revision,
            path=None if path is None else path_of(path),
            missing=gone,
            trashed=bool(trashed),
        )
    return found


_AMONG: Final = "sha256 IN (SELECT value FROM json_each(?))"
_PHOTOS: Final = (
    "SELECT sha256, format, rating, favourite, edit_revision, trashed_at IS NOT NULL FROM photos"  # noqa: S608
    f" WHERE {_AMONG}"
)
_FILES: Final = (
    f"SELECT sha256, path, missing_since IS NOT NULL FROM files WHERE {_AMONG}"  # noqa: S608 - a constant
    " ORDER BY missing_since IS NOT NULL, path"
)
