"""A bounded cache of small pictures on disk. It may be deleted at any time, and is never a source of anything."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from letspic_shared.errors import KnownError
from letspic_shared.files import make_private_folder, write_atomic
from letspic_shared.photo import thumbnail_jpeg

# Edge of the pictures that the window shows in lists: what an import makes of every photo.
GRID_EDGE: Final = 320
# Room for those of 100,000 photos.
DEFAULT_BYTES: Final = 3 << 30
# Clearing somewhat more than needed makes the next clearing rare.
_KEPT_SHARE: Final = 0.9
_TOUCH_SECONDS: Final = 3600.0
_FOLDER_LETTERS: Final = 2


class Thumbnails:
    """Thumbnails by (photo, edge, edit revision); the least recently used go when there are too many bytes.

    Parameters
    ----------
    folder
        Where the files are kept.
    max_bytes
        Bound on the sum of their sizes.
    """

    def __init__(self, folder: Path, *, max_bytes: int = DEFAULT_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._bytes: int | None = None

    def get(self, sha256: str, source: Path, edge: int, *, revision: int = 0) -> Path:
        """Return a JPEG file that fits into a square of ``edge`` pixels, made from ``source`` where absent.

        Parameters
        ----------
        revision
            ``Photo.edit_revision``: the quarter turns clockwise that a person gave the photo.

        Raises
        ------
        PhotoError
            The photo cannot be read.
        KnownError
            The disk is full, or the folder cannot be written to.
        """
        found = self.kept(sha256, edge, revision=revision)
        if found is not None:
            return found
        return self.put(sha256, thumbnail_jpeg(source, edge=edge, quarter_turns=revision), edge, revision=revision)

    def put(self, sha256: str, data: bytes, edge: int, *, revision: int = 0) -> Path:
        """Keep a thumbnail (JPEG) that was made already, and return its file.

        Raises
        ------
        KnownError
            The disk is full, or the folder cannot be written to.
        """
        path = self.path(sha256, edge, revision=revision)
        if not path.parent.is_dir():
            make_private_folder(path.parent)
        write_atomic(path, data, durable=False)
        self._account(len(data), path)
        return path

    def kept(self, sha256: str, edge: int, *, revision: int = 0) -> Path | None:
        """Return a thumbnail that was made before, also where its photo is away; None where there is none."""
        path = self.path(sha256, edge, revision=revision)
        return path if _touched(path) else None

    def path(self, sha256: str, edge: int, *, revision: int = 0) -> Path:
        """Return where a thumbnail is, or would be."""
        return self._folder / sha256[:2] / f"{sha256}_{edge}_{revision}.jpg"

    def clear(self) -> None:
        """Delete all thumbnails."""
        with self._lock:
            for path, _, _ in list(self._files()):
                path.unlink(missing_ok=True)
            self._bytes = 0

    def _account(self, added: int, newest: Path) -> None:
        with self._lock:
            if self._bytes is None:
                self._bytes = sum(status.st_size for _, status in self._entries())
            else:
                self._bytes += added
            if self._bytes > self._max_bytes:
                self._bytes = self._evict(newest)

    def _evict(self, newest: Path) -> int:
        """Delete the least recently used files and return how many bytes are left."""
        files = sorted(self._files(), key=lambda file: file[2])
        left = sum(size for _, size, _ in files)
        for path, size, _ in files:
            if left <= self._max_bytes * _KEPT_SHARE:
                break
            if path != newest:
                path.unlink(missing_ok=True)
                left -= size
        return left

    def _files(self) -> Iterator[tuple[Path, int, float]]:
        """Yield path, bytes and time of last use of every thumbnail.

        One after the other, with no object kept for each: to look through those of 100,000 photos for garbage holds
        up the whole program, the window too.
        """
        for path, status in self._entries():
            yield Path(path), status.st_size, status.st_mtime

    def _entries(self) -> Iterator[tuple[str, os.stat_result]]:
        for folder in _listed(self._folder):
            if len(folder.name) != _FOLDER_LETTERS:
                continue
            for file in _listed(folder.path):
                if file.name.endswith(".jpg"):
                    with contextlib.suppress(FileNotFoundError):
                        yield file.path, file.stat()


def _listed(folder: str | Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except (FileNotFoundError, NotADirectoryError):
        return


def _touched(path: Path) -> bool:
    """Whether the file is there; its time of use is then noted, though not at every look."""
    try:
        if time.time() - path.stat().st_mtime > _TOUCH_SECONDS:
            os.utime(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise KnownError(f"{path} cannot be read ({error.strerror})", "Check the disk") from error
    return True
