"""What was searched for, newest first, in a small file of the home; and the pictures that had no file of their own."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from letspic_desktop.library.rows import now
from letspic_shared.files import make_private_folder, write_atomic

log = logging.getLogger(__name__)

LONGEST: Final = 50
_FILE: Final = "searches.json"
_PICTURES: Final = "searched"


@dataclass(frozen=True, kw_only=True)
class PastSearch:
    """One search: ``query`` is the SHA-256 of a library photo or a file, ``group`` the name of the group, if any."""

    query: str | Path
    name: str
    group: str | None
    at: str


class Searches:
    """The searches of one home. Any thread may use it.

    Parameters
    ----------
    root
        The home's folder.
    """

    def __init__(self, root: Path) -> None:
        self._file = root / _FILE
        self._pictures = root / _PICTURES
        self._lock = threading.Lock()

    def all(self) -> list[PastSearch]:
        """Return the searches, newest first; none where the file cannot be read."""
        try:
            content = json.loads(self._file.read_text(encoding="utf-8", errors="surrogateescape"))
            return [_past(one) for one in content["searches"]][:LONGEST]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError):
            # It is worth nothing: better to begin anew than to bother anybody.
            log.warning("the history of searches cannot be read", exc_info=True)
            return []

    def remember(self, query: str | Path, name: str, group: str | None) -> None:
        """Put a search first; the same one is in the list once.

        Raises
        ------
        KnownError
            The disk is full, or cannot be written to.
        """
        with self._lock:
            newest = PastSearch(query=query, name=name, group=group, at=now())
            others = [one for one in self.all() if (one.query, one.group) != (query, group)]
            self._write([newest, *others][:LONGEST])

    def clear(self) -> None:
        """Forget all searches, and delete the pictures that were kept for them."""
        with self._lock:
            self._file.unlink(missing_ok=True)
            self._prune(keep=set())

    def keep_picture(self, data: bytes, suffix: str) -> Path:
        """Keep a picture that has no file of its own as long as the history names it, and return its file.

        Raises
        ------
        KnownError
            The disk is full, or cannot be written to.
        """
        with self._lock:
            folder = make_private_folder(self._pictures)
            path = folder / f"{hashlib.sha256(data).hexdigest()}{suffix}"
            self._prune(keep={path, *(one.query for one in self.all() if isinstance(one.query, Path))})
            if not path.is_file():
                write_atomic(path, data, durable=False)
            return path

    def _prune(self, keep: set[Path]) -> None:
        for path in self._pictures.glob("*"):
            if path not in keep:
                path.unlink(missing_ok=True)

    def _write(self, searches: Sequence[PastSearch]) -> None:
        content = {
            "searches": [
                {
                    "photo": one.query if isinstance(one.query, str) else None,
                    "file": str(one.query) if isinstance(one.query, Path) else None,
                    "name": one.name,
                    "group": one.group,
                    "at": one.at,
                }
                for one in searches
            ]
        }
        # Names of files need not be valid text.
        data = json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8", "surrogateescape")
        write_atomic(self._file, data, durable=False)


def _past(one: dict[str, Any]) -> PastSearch:
    photo, file, group = one["photo"], one["file"], one["group"]
    query = photo if isinstance(photo, str) else Path(str(file))
    return PastSearch(
        query=query, name=str(one["name"]), group=group if isinstance(group, str) else None, at=str(one["at"])
    )
