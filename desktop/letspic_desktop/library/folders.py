"""Which files of a folder are candidates for import, and which album each one's folder proposes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from letspic_shared.errors import KnownError
from letspic_shared.photo import IMAGE_SUFFIXES, looks_like_photo


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A file that may be a photo; ``folder`` is the sub-folder of the chosen one that leads to it, if any."""

    path: Path
    folder: str | None


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A file or folder that could not be read, and why in one sentence."""

    path: Path
    reason: str


def check_sources(sources: Sequence[Path]) -> list[Path]:
    """Return the files and folders to import as absolute paths, without those inside others.

    Raises
    ------
    KnownError
        One of them does not exist or is neither.
    """
    absolute = list(dict.fromkeys(Path(os.path.abspath(path.expanduser())) for path in sources))  # noqa: PTH100
    for path in absolute:
        if not path.exists():
            raise KnownError(f"{path} does not exist", "Check the name of the folder")
        if not (path.is_dir() or path.is_file()):
            raise KnownError(f"{path} is neither a folder nor a file", "Choose a folder of photos")
    return absolute


def candidates(source: Path, *, leave_out: Path) -> Iterator[Candidate | Unreadable]:
    """Yield the files below ``source`` that may be photos, in the order of their names.

    Hidden files and folders are passed over, and ``leave_out`` (our own home, with its thumbnails). Links to
    folders are followed, each folder once. A file whose name says nothing is looked into; one that is chosen
    itself is always a candidate.
    """
    if source.is_file():
        yield Candidate(path=source, folder=None)
        return
    seen = {_identity(leave_out)}
    # Depth first, in the order of names: the last one pushed is the next one read.
    waiting: list[tuple[Path, str | None]] = [(source, None)]
    while waiting:
        folder, album = waiting.pop()
        identity = _identity(folder)
        if identity is None or identity in seen:
            continue
        seen.add(identity)
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield Unreadable(path=folder, reason=f"The folder cannot be read ({error.strerror or error})")
            continue
        visible = [entry for entry in entries if not entry.name.startswith(".")]
        folders = [entry for entry in visible if is_folder(entry)]
        waiting += [(Path(entry.path), album or entry.name) for entry in reversed(folders)]
        yield from (
            Candidate(path=Path(entry.path), folder=album)
            for entry in visible
            if entry not in folders and _may_be_photo(entry)
        )


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder; one that cannot be asked is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _may_be_photo(entry: os.DirEntry[str]) -> bool:
    """Whether the name says picture, or the content does. Pipes and devices would block, so they never do."""
    if Path(entry.name).suffix.lower() in IMAGE_SUFFIXES:
        return _is_regular_or_gone(entry)
    try:
        return entry.is_file() and looks_like_photo(Path(entry.path))
    except OSError:
        return False


def _is_regular_or_gone(entry: os.DirEntry[str]) -> bool:
    """A link to nowhere is listed as a failure rather than passed over: its photo is missed."""
    try:
        return stat.S_ISREG(entry.stat().st_mode)
    except OSError:
        return True
