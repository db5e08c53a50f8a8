"""The vectors of all photos and the exact search among them, behind a seam for other engines.

`VectorStore` is that seam (faiss or pgvector may stand behind it later); every implementation passes the same
contract tests. `ExactStore` keeps one float32 matrix in memory: one matrix-vector product per search, and exact.
`large_index.LargeStore` stands in for it where that matrix would take too much memory.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from letspic_shared.errors import KnownError

# Spare rows of a matrix that has to grow, as a part of its rows.
_SPARE: Final = 0.1
_FIRST_PLACES: Final = 1000

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


class Ranking(Protocol):
    """The whole ranking of one query among the photos that were there when it was asked; never changes."""

    @property
    def added(self) -> Collection[str]:
        """Those of the photos that are from other places."""
        ...

    def __len__(self) -> int:
        """Return how many photos are ranked."""
        ...

    def page(self, top: int, offset: int = 0) -> list[Hit]:
        """Return the hits from place ``offset`` on by falling score, those of the same score by their id."""
        ...

    def joined(self, scores: Mapping[str, float]) -> Ranking:
        """Return the ranking with photos of other places; one that is here too keeps the higher score."""
        ...


class Ranked:
    """`Ranking` of photos that all have their score.

    Parameters
    ----------
    photos
        n ids.
    scores
        Of each photo, float32 [n]; -inf for one that takes no part.
    added
        Those of the photos that are from other places.
    """

    def __init__(self, photos: Sequence[str], scores: Floats, *, added: Collection[str] = frozenset()) -> None:
        self.added = added
        self._photos = photos
        self._scores = scores
        self._left_out = int(np.count_nonzero(np.isneginf(scores)))
        self._order: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        """Return how many photos are ranked."""
        return len(self._photos) - self._left_out

    def page(self, top: int, offset: int = 0) -> list[Hit]:
        """Return the hits from place ``offset`` on by falling score, those of the same score by their id."""
        first, last = min(offset, len(self)), min(offset + top, len(self))
        if first >= last:
            return []
        if self._order is None and last <= _FIRST_PLACES:
            # The usual look at the best few: finding them takes a twentieth of the time of a whole order.
            hits = self._hits(best_rows(self._scores, last))
            return hits[first:last]
        if self._order is None:
            self._order = np.argsort(-self._scores, kind="stable")
        ordered = self._scores[self._order]
        # Equal scores at both ends of the page belong to it until their ids are in order.
        begin = int(np.searchsorted(-ordered, -ordered[first], side="left"))
        end = min(int(np.searchsorted(-ordered, -ordered[last - 1], side="right")), len(self))
        hits = self._hits(self._order[begin:end].tolist())
        return hits[first - begin : last - begin]

    def _hits(self, rows: list[int]) -> list[Hit]:
        hits = [Hit(photo=self._photos[row], score=float(self._scores[row])) for row in rows]
        hits.sort(key=lambda hit: (-hit.score, hit.photo))
        return hits

    def joined(self, scores: Mapping[str, float]) -> Ranked:
        """Return the ranking with photos of other places; one that is here too keeps the higher score."""
        if not scores:
            return self
        merged = self._scores.copy()
        extra = dict(scores)
        for row, photo in enumerate(self._photos):
            other = extra.pop(photo, None)
            # One that takes no part here takes none elsewhere.
            if other is not None and not np.isneginf(merged[row]):
                merged[row] = max(merged[row], np.float32(other))
        more = np.fromiter(extra.values(), np.float32, len(extra))
        return Ranked([*self._photos, *extra], np.concatenate([merged, more]), added=frozenset(extra))


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

    def ranked(self, space: Space, vector: Floats, *, exclude: Collection[str] = ()) -> Ranking:
        """Return the whole ranking as it is now, to be read page by page; errors as `search`."""
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


def best_rows(scores: Floats, count: int) -> list[int]:
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


def checked_query(vector: Floats, length: int | None) -> Floats:
    """Return a query as float32, or refuse what `VectorStore.search` does not take; ``length`` None takes any."""
    vector = np.asarray(vector, dtype=np.float32)
    if not np.isfinite(vector).all():
        raise ValueError("the query is not finite")
    if length is not None and vector.shape != (length,):
        raise ValueError(f"a query {vector.shape} does not fit vectors of length {length}")
    return vector


def checked(photos: Sequence[str], vectors: Floats) -> Floats:
    """Return vectors as float32, or refuse what `VectorStore.replace` does not take."""
    vectors = np.asarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != len(photos):
        raise ValueError(f"{len(photos)} photos and vectors {vectors.shape} do not fit together")
    if len(set(photos)) != len(photos):
        raise ValueError("a photo comes twice")
    if not np.isfinite(vectors).all():
        raise ValueError("a vector is not finite")
    return vectors
