"""The vectors of all photos and the search among them: the seam that engines stand behind.

`VectorStore` is that seam (faiss or pgvector may stand behind it later); every implementation passes the same
contract tests. `exact_index.ExactStore` has all vectors in memory; `large_index.LargeStore` stands in for it where
they would take too much.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from letspic_shared.errors import KnownError

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


def best_rows(scores: Floats, count: int) -> list[int]:
    """Return the rows of the ``count`` highest scores and of all that equal the last of them, in no order."""
    if count <= 0:
        return []
    threshold = np.partition(scores, len(scores) - count)[len(scores) - count]
    rows: list[int] = np.flatnonzero(scores >= threshold).tolist()
    return rows


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
