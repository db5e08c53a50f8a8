"""The exact search in memory: one float32 matrix, and one matrix-vector product per search."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from letspic_desktop.retrieval.index import (
    Floats,
    Hit,
    OtherSpaceError,
    Ranked,
    Space,
    checked,
    checked_query,
)

# Spare rows of a matrix that has to grow, as a part of its rows.
_SPARE: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    """What readers see; nothing in it ever changes.

    Attributes
    ----------
    photos, rows
        Ids by row, and the row of each id.
    buffer
        Vectors in the first ``len(photos)`` rows; a later snapshot may use the rows behind them.
    """

    space: Space | None
    photos: list[str]
    rows: dict[str, int]
    buffer: Floats

    @property
    def matrix(self) -> Floats:
        """The vectors, [n, k]."""
        return self.buffer[: len(self.photos)]


class ExactStore:
    """`VectorStore` that compares with every photo, in one float32 matrix in memory.

    A change makes a new snapshot beside the old one and then swaps one reference, so a search never waits for a
    change nor sees half of it; writers wait for each other. New photos go into spare rows behind those that any
    reader looks at, so adding some to a large library copies no vectors.
    """

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self._snapshot = _snapshot(None, [], np.empty((0, 0), np.float32))

    @property
    def space(self) -> Space | None:
        """The space of the vectors; None before the first `replace`."""
        return self._snapshot.space

    def __len__(self) -> int:
        """Return how many photos can be found."""
        return len(self._snapshot.photos)

    def replace(self, space: Space, photos: Sequence[str], vectors: Floats) -> None:
        """See `VectorStore.replace`."""
        vectors = checked(photos, vectors)
        ready = _snapshot(space, list(photos), _with_room(vectors, len(vectors)))
        with self._writing:
            self._snapshot = ready

    def add(self, space: Space, photos: Sequence[str], vectors: Floats) -> None:
        """See `VectorStore.add`."""
        vectors = checked(photos, vectors)
        with self._writing:
            old = _without(_in_space(self._snapshot, space), photos)
            count, total = len(old.photos), len(old.photos) + len(photos)
            buffer = old.buffer
            if count and vectors.shape[1] != buffer.shape[1]:
                raise ValueError(f"vectors of length {vectors.shape[1]} do not fit {buffer.shape[1]}")
            # Rows behind the newest snapshot are nobody's: it is the only one that this buffer was ever grown for.
            if not count or total > len(buffer):
                buffer = _with_room(old.matrix if count else vectors[:0], total)
            buffer[count:total] = vectors
            self._snapshot = _snapshot(space, [*old.photos, *photos], buffer)

    def remove(self, photos: Iterable[str]) -> None:
        """See `VectorStore.remove`."""
        with self._writing:
            self._snapshot = _without(self._snapshot, photos)

    def vectors(self, space: Space, photos: Sequence[str]) -> Floats:
        """See `VectorStore.vectors`."""
        now = _in_space(self._snapshot, space)
        return now.matrix[[now.rows[photo] for photo in photos if photo in now.rows]]

    def search(
        self, space: Space, vector: Floats, top: int, *, offset: int = 0, exclude: Collection[str] = ()
    ) -> list[Hit]:
        """See `VectorStore.search`."""
        if top < 0 or offset < 0:
            raise ValueError(f"a page cannot have {top} photos from place {offset} on")
        return self.ranked(space, vector, exclude=exclude).page(top, offset)

    def ranked(self, space: Space, vector: Floats, *, exclude: Collection[str] = ()) -> Ranked:
        """See `VectorStore.ranked`."""
        now = _in_space(self._snapshot, space)
        vector = checked_query(vector, now.matrix.shape[1] if now.photos else None)
        if not now.photos:
            return Ranked([], np.empty(0, np.float32))
        scores = now.matrix @ vector
        scores[[now.rows[photo] for photo in exclude if photo in now.rows]] = -np.inf
        return Ranked(now.photos, scores)


def _snapshot(space: Space | None, photos: list[str], buffer: Floats) -> _Snapshot:
    return _Snapshot(space=space, photos=photos, rows={photo: row for row, photo in enumerate(photos)}, buffer=buffer)


def _with_room(vectors: Floats, total: int) -> Floats:
    """Return a copy with room for ``total`` rows and some more; rows that are not written to take no memory yet."""
    buffer = np.empty((total + int(total * _SPARE), vectors.shape[1]), np.float32)
    buffer[: len(vectors)] = vectors
    return buffer


def _without(old: _Snapshot, photos: Iterable[str]) -> _Snapshot:
    """Return the snapshot without some photos, in a buffer of its own where any of them is there."""
    gone = {old.rows[photo] for photo in photos if photo in old.rows}
    if not gone:
        return old
    kept = [row for row in range(len(old.photos)) if row not in gone]
    return _snapshot(old.space, [old.photos[row] for row in kept], old.buffer[kept])


def _in_space(snapshot: _Snapshot, space: Space) -> _Snapshot:
    if snapshot.space != space:
        raise OtherSpaceError
    return snapshot
