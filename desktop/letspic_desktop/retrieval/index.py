"""The vectors of all photos and the exact search among them, behind a seam for other engines.

`VectorStore` is that seam (faiss or pgvector may stand behind it later); every implementation passes the same
contract tests. `ExactStore` keeps one float32 matrix in memory: one matrix-vector product per search, exact, and
quick enough up to about 100,000 photos.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from letspic_shared.errors import KnownError

# Spare rows of a matrix that has to grow, as a part of its rows.
_SPARE: Final = 0.1

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Space:
    """What made the vectors: only vectors of the same space may be compared.

    Attributes
    ----------
    backbone
        SHA-256 of the backbone file.
    head
        Version of the head, unique among all groups; empty for the bare feature of the backbone.
    """

    backbone: str
    head: str = ""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A found photo (its SHA-256) and its score, the dot product with the query."""

    photo: str
    score: float


class OtherSpaceError(KnownError):
    """The store's vectors were made by another backbone or head than the caller's."""

    def __init__(self) -> None:
        super().__init__("The photos are indexed with another head by now", "Search again")


class VectorStore(Protocol):
    """Photos with their vectors in one space. Every method may be called from any thread.

    Results are complete: pages that are asked for one after the other list every photo once, by falling score,
    photos of the same score by their id. A change is seen whole or not at all.
    """

    @property
    def space(self) -> Space | None:
        """The space of the vectors; None before the first `replace`."""
        ...

    def __len__(self) -> int:
        """Return how many photos can be found."""
        ...

    def replace(self, space: Space, photos: Sequence[str], vectors: Floats) -> None:
        """Put these photos in the place of all others; readers use the old ones until the new are ready.

        Parameters
        ----------
        photos
            n different ids.
        vectors
            [n, k] float32, finite; copied.

        Raises
        ------
        ValueError
            Shapes do not fit, an id comes twice or a number is not finite.
        """
        ...

    def add(self, space: Space, photos: Sequence[str], vectors: Floats) -> None:
        """Add photos, or change the vectors of photos that are there; errors as `replace` and `search`."""
        ...

    def remove(self, photos: Iterable[str]) -> None:
        """Take photos out; those that are not there do not matter."""
        ...

    def vectors(self, space: Space, photos: Sequence[str]) -> Floats:
        """Return the vectors [m, k] of those of ``photos`` that are there, in the order asked."""
        ...

    def search(
        self, space: Space, vector: Floats, top: int, *, offset: int = 0, exclude: Collection[str] = ()
    ) -> list[Hit]:
        """Return one page of the whole ranking.

        Parameters
        ----------
        space
            Where ``vector`` comes from.
        vector
            [k] float32.
        top
            Length of the page; it is shorter only where the ranking ends.
        offset
            Place of the page's first hit, 0 for the best.
        exclude
            Photos that take no part (their places are not counted).

        Raises
        ------
        OtherSpaceError
            The store holds vectors of another space.
        ValueError
            The vector has another length or is not finite, or ``top`` or ``offset`` is negative.
        """
        ...


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
        vectors = _checked(photos, vectors)
        ready = _snapshot(space, list(photos), _with_room(vectors, len(vectors)))
        with self._writing:
            self._snapshot = ready

    def add(self, space: Space, photos: Sequence[str], vectors: Floats) -> None:
        """See `VectorStore.add`."""
        vectors = _checked(photos, vectors)
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
        now = _in_space(self._snapshot, space)
        if top < 0 or offset < 0:
            raise ValueError(f"a page cannot have {top} photos from place {offset} on")
        vector = np.asarray(vector, dtype=np.float32)
        if not np.isfinite(vector).all():
            raise ValueError("the query is not finite")
        if not now.photos:
            return []
        if vector.shape != now.matrix.shape[1:]:
            raise ValueError(f"a query {vector.shape} does not fit vectors of length {now.matrix.shape[1]}")
        scores = now.matrix @ vector
        excluded = {now.rows[photo] for photo in exclude if photo in now.rows}
        scores[list(excluded)] = -np.inf
        last = min(offset + top, len(scores) - len(excluded))
        hits = [Hit(photo=now.photos[row], score=float(scores[row])) for row in _best_rows(scores, last)]
        hits.sort(key=lambda hit: (-hit.score, hit.photo))
        return hits[offset:last]


def _best_rows(scores: Floats, count: int) -> list[int]:
    """Return the rows of the ``count`` highest scores and of all that equal the last of them, in no order."""
    if count <= 0:
        return []
    threshold = np.partition(scores, len(scores) - count)[len(scores) - count]
    rows: list[int] = np.flatnonzero(scores >= threshold).tolist()
    return rows


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


def _checked(photos: Sequence[str], vectors: Floats) -> Floats:
    vectors = np.asarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != len(photos):
        raise ValueError(f"{len(photos)} photos and vectors {vectors.shape} do not fit together")
    if len(set(photos)) != len(photos):
        raise ValueError("a photo comes twice")
    if not np.isfinite(vectors).all():
        raise ValueError("a vector is not finite")
    return vectors
