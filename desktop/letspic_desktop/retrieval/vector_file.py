"""Vectors of one length in a file: it takes no memory, and is gone when nobody uses it, unless it is given a name."""

from __future__ import annotations

import contextlib
import io
import mmap
import os
import tempfile
import weakref
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from letspic_shared.files import storage_error

# Whole pages of memory, whatever the length of a vector is.
_PART_ROWS: Final = 8192


class VectorFile:
    """float32 vectors by number, appended by one writer while any thread reads those that are there.

    Read by ``pread`` and not through a map of the file: pages of a map count as memory of the program.

    Parameters
    ----------
    folder
        Where a new file without a name is made.
    of, count
        A file of an earlier start instead, and how many vectors of it count; later ones are written over.

    Raises
    ------
    KnownError
        The disk is full or cannot be written to; also from ``append``.
    """

    def __init__(self, folder: Path, length: int, *, of: Path | None = None, count: int = 0) -> None:
        self.length = length
        self._folder = folder
        self._row_bytes = 4 * length
        self._count = count
        self.name = None if of is None else of.name
        try:
            self._file = _nameless(folder) if of is None else of.open("r+b", buffering=0)
        except OSError as error:
            raise storage_error(error, folder) from error
        # A reader may still be at work when the store has another file already: nobody knows who is last.
        weakref.finalize(self, self._file.close)

    def __len__(self) -> int:
        """Return how many vectors there are."""
        return self._count

    def keep(self, path: Path) -> None:
        """Give the file a name beside which nothing is copied; it stays when the program ends.

        Raises
        ------
        OSError
            The system cannot do that, or there is a file of this name.
        """
        # Only with a folder's descriptor Python lets the system follow the link that /proc has in place of the file.
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.link(f"/proc/self/fd/{self._file.fileno()}", path.name, dst_dir_fd=folder, follow_symlinks=True)
            self.name = path.name
        finally:
            os.close(folder)

    def append(self, vectors: NDArray[np.float32]) -> int:
        """Write vectors [n, length] behind the others and return the number of the first."""
        first = self._count
        if not vectors.size:
            return first
        data, done = np.ascontiguousarray(vectors, dtype=np.float32).data.cast("B"), 0
        try:
            while done < len(data):
                done += os.pwrite(self._file.fileno(), data[done:], first * self._row_bytes + done)
        except OSError as error:
            raise storage_error(error, self._folder) from error
        self._count = first + len(vectors)
        return first

    def read(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of these numbers, in that order."""
        found = np.empty((len(numbers), self.length), np.float32)
        if found.size:
            data = found.data.cast("B")
            for row, number in enumerate(numbers.tolist()):
                self._fill(data[row * self._row_bytes : (row + 1) * self._row_bytes], number)
        return found

    def products(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the dot product of every vector with one, in some order of summation.

        For once through a map, because that copies nothing; its pages are given back part by part.
        """
        found = np.empty(self._count, np.float32)
        if not found.size:
            return found
        with mmap.mmap(self._file.fileno(), len(found) * self._row_bytes, access=mmap.ACCESS_READ) as view:
            for start in range(0, len(found), _PART_ROWS):
                part = found[start : start + _PART_ROWS]
                part[:] = _rows(view, start, len(part), self.length) @ vector
                if hasattr(view, "madvise"):
                    view.madvise(mmap.MADV_DONTNEED, start * self._row_bytes, len(part) * self._row_bytes)
        return found

    def _fill(self, data: memoryview, number: int) -> None:
        place, done = number * self._row_bytes, 0
        while done < len(data):
            read = os.preadv(self._file.fileno(), [data[done:]], place + done)
            if not read:
                raise OSError("the vectors are cut short")
            done += read


def _nameless(folder: Path) -> io.FileIO:
    """Open a new file, readable by its owner alone, that has no name but may be given one."""
    flag = getattr(os, "O_TMPFILE", 0)
    if flag:
        # What Python's own temporary files are opened with forbids that they ever get a name.
        with contextlib.suppress(OSError):
            return open(os.open(folder, flag | os.O_RDWR | os.O_CLOEXEC, 0o600), "r+b", buffering=0)  # noqa: PTH123
    return tempfile.TemporaryFile(dir=folder, buffering=0)


def _rows(view: mmap.mmap, start: int, count: int, length: int) -> NDArray[np.float32]:
    return np.frombuffer(view, np.float32, count * length, 4 * start * length).reshape(count, length)
