"""What several tables share: time stamps, names that people type, and paths."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from letspic_shared.errors import KnownError

Item = TypeVar("Item")

LONGEST_NAME: Final = 120
# They join emoji and letters into others, and are seen only so: a family, a flag, Persian words.
_JOINERS: Final = dict.fromkeys((0x200C, 0x200D))
# Well below SQLite's limit of variables in one statement, also in old builds (999).
_VARIABLES: Final = 500


def now() -> str:
    """Return this moment in UTC as the catalog stores it, such as ``2025-03-01T12:00:00.123456Z``."""
    return stored(datetime.now(UTC))


def stored(moment: datetime) -> str:
    """Return a UTC time as text with a ``Z``, or a local time without a zone; both sort as text."""
    text = moment.isoformat()
    return text.replace("+00:00", "Z")


def moment(text: str | None) -> datetime | None:
    """Return the time that ``stored`` wrote."""
    return datetime.fromisoformat(text) if text else None


def clean_name(name: str, kind: str) -> str:
    """Return a name without needless spaces, or refuse it.

    Raises
    ------
    KnownError
        The name is empty, too long or has control characters.
    """
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    visible = tidy.translate(_JOINERS)
    if not visible:
        raise KnownError(f"The {kind} has no name", "Type a name")
    if len(tidy) > LONGEST_NAME:
        raise KnownError(f"The name of the {kind} is longer than {LONGEST_NAME} characters", "Choose a shorter one")
    if not visible.isprintable():
        raise KnownError(f"The name of the {kind} has characters that cannot be shown", "Type another name")
    return tidy


def name_key(name: str) -> str:
    """Return what two names share that people take for the same: case and Unicode form do not matter."""
    return unicodedata.normalize("NFKC", name).casefold()


def path_bytes(path: Path) -> bytes:
    """Return a path as the operating system has it: names need not be valid text."""
    return os.fsencode(path)


def path_of(stored_path: bytes) -> Path:
    """Return the path that ``path_bytes`` stored."""
    return Path(os.fsdecode(stored_path))


def chunks(items: Iterable[Item], size: int = _VARIABLES) -> Iterator[Sequence[Item]]:
    """Yield the items in lists of at most ``size``, small enough for the variables of one statement."""
    chunk: list[Item] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def marks(count: int) -> str:
    """Return ``?,?,?`` for ``count`` variables."""
    return ",".join("?" * count)


def json_list(items: Iterable[str | int]) -> str:
    """Return what ``IN (SELECT value FROM json_each(?))`` takes: lists longer than a statement has variables."""
    return json.dumps(list(items))
