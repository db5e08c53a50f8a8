"""The exact search among more vectors than memory should hold.

`LargeStore` keeps the vectors on disk and a short sketch of each in memory: its coordinates in the directions in
which the photos differ most, and the length of what these leave over. By the inequality of Cauchy and Schwarz the
two give a bound that no score exceeds. Only photos whose bound reaches the page that is asked for are read and
scored in full; where these are many, all are compared through a map of the file. So the results are always those of
comparing with every photo. With 100,000 vectors of 1,280 numbers: 50 MB instead of 512, a page in 4 to 25 ms.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from letspic_desktop.retrieval.index import (
    Floats,
    Hit,
    OtherSpaceError,
    Ranked,
    Ranking,
    Space,
    best_rows,
    checked,
    checked_query,
)
from letspic_desktop.retrieval.sketches import Numbers, Sketched, bounds, empty, grown, score, without

Block = tuple[Sequence[str], Floats]

# What rounding in float32 may hide in a score, as a part of the lengths' product.
_PRODUCT_ERROR: Final = 2e-5
# Photos that are scored beyond the page before the others are judged by it.
_AHEAD: Final = 32
# Where more photos than this part of all may be on the page, comparing with all of them in one go is quicker.
_MANY: Final = 0.02
# So many results are put in order at first.
_FIRST_PAGES: Final = 60


class LargeStore:
    """`VectorStore` that keeps its vectors in a file, which is gone when the program ends unless it gets a name.

    Parameters
    ----------
    folder
        Where the file is made: on a disk with room for four bytes a number.
    ready
        What it holds at first, from an earlier start of the program.
    """

    def __init__(self, folder: Path, ready: Sketched | None = None) -> None:
        self._folder = folder
        self._writing = threading.Lock()
        self._snapshot = ready

    @property
    def now(self) -> Sketched | None:
        """What it holds; this never changes, a later look may find something else."""
        return self._snapshot

    @property
    def space(self) -> Space | None:
        """The space of the vectors; None before the first `replace`."""
        return None if self._snapshot is None else self._snapshot.space

    def __len__(self) -> int:
        """Return how many photos can be found."""
        return 0 if self._snapshot is None else len(self._snapshot.photos)

    def replace(self, space: Space, photos: Sequence[str], vectors: Floats) -> None:
        """See `VectorStore.replace`."""
        self.replace_by_blocks(space, [(photos, vectors)])

    def replace_by_blocks(self, space: Space, blocks: Iterable[Block], *, total: int = 0) -> list[str]:
        """Like `replace`, from blocks that need not be in memory together (one at least); return the photos.

        Parameters
        ----------
        blocks
            The first thousands of the first decide which directions the sketch has: a fair sample of all is best.
        total
            How many photos come, where that is known.
        """
        ready: Sketched | None = None
        for photos, vectors in blocks:
            vectors = checked(photos, vectors)
            if ready is None:
                ready = empty(space, self._folder, vectors, max(total, len(photos)))
            ready = grown(without(ready, photos), photos, vectors)
        with self._writing:
            self._snapshot = ready
        return [] if ready is None else ready.photos

    def add(self, space: Space, photos: Sequence[str], vectors: Floats) -> None:
        """See `VectorStore.add`."""
        vectors = checked(photos, vectors)
        with self._writing:
            old = without(_in_space(self._snapshot, space), photos)
            if not old.photos:
                old = empty(space, self._folder, vectors, len(photos))
            if vectors.shape[1] != old.file.length:
                raise ValueError(f"vectors of length {vectors.shape[1]} do not fit {old.file.length}")
            self._snapshot = grown(old, photos, vectors)

    def remove(self, photos: Iterable[str]) -> None:
        """See `VectorStore.remove`."""
        with self._writing:
            if self._snapshot is not None:
                self._snapshot = without(self._snapshot, photos)

    def vectors(self, space: Space, photos: Sequence[str]) -> Floats:
        """See `VectorStore.vectors`."""
        now = _in_space(self._snapshot, space)
        return now.file.read(now.places[[now.rows[photo] for photo in photos if photo in now.rows]])

    def search(
        self, space: Space, vector: Floats, top: int, *, offset: int = 0, exclude: Collection[str] = ()
    ) -> list[Hit]:
        """See `VectorStore.search`."""
        if top < 0 or offset < 0:
            raise ValueError(f"a page cannot have {top} photos from place {offset} on")
        return self.ranked(space, vector, exclude=exclude).page(top, offset)

    def ranked(self, space: Space, vector: Floats, *, exclude: Collection[str] = ()) -> Ranking:
        """See `VectorStore.ranked`."""
        now = _in_space(self._snapshot, space)
        vector = checked_query(vector, now.file.length if now.photos else None)
        if not now.photos:
            return Ranked([], np.empty(0, np.float32))
        return LargeRanking(now, vector, sorted({now.rows[photo] for photo in exclude if photo in now.rows}))


class LargeRanking:
    """`Ranking` that scores as many photos as the pages asked for need.

    Parameters
    ----------
    excluded
        Rows of photos that take no part.
    others
        Photos of other places with their scores.
    """

    def __init__(
        self, now: Sketched, query: Floats, excluded: Sequence[int], others: Mapping[str, float] | None = None
    ) -> None:
        self._now = now
        self._query = query
        self._excluded = excluded
        left_out = {now.photos[row] for row in excluded}
        # One that takes no part here takes none elsewhere.
        self._others = {photo: score for photo, score in (others or {}).items() if photo not in left_out}
        # The best photos so far, in order: a reader goes on from page to page.
        self._best: list[Hit] = []
        self._bounds: Floats | None = None
        self.added: Collection[str] = frozenset(photo for photo in self._others if photo not in now.rows)

    def __len__(self) -> int:
        """Return how many photos are ranked."""
        return len(self._now.photos) - len(self._excluded) + len(self.added)

    def page(self, top: int, offset: int = 0) -> list[Hit]:
        """See `Ranking.page`."""
        last = min(offset + top, len(self))
        if last <= offset:
            return []
        if last > len(self._best):
            self._best = self._ordered(min(max(last, 2 * len(self._best), _FIRST_PAGES), len(self)))
        return self._best[offset:last]

    def _ordered(self, last: int) -> list[Hit]:
        """Return the best ``last`` photos."""
        known = sorted(row for photo in self._others if (row := self._now.rows.get(photo)) is not None)
        scores = self._scores(min(last, len(self._now.photos) - len(self._excluded)), np.array(known, np.int64))
        # Of the photos here, the best ``last`` may be on the page, and those that other places score higher.
        scored = np.flatnonzero(scores > -np.inf)
        rows = {*scored[best_rows(scores[scored], min(last, len(scored)))].tolist(), *known}
        found = {self._now.photos[row]: float(scores[row]) for row in rows}
        for photo, other in self._others.items():
            found[photo] = max(float(np.float32(other)), found.get(photo, -np.inf))
        hits = [Hit(photo=photo, score=one) for photo, one in found.items()]
        hits.sort(key=lambda hit: (-hit.score, hit.photo))
        return hits[:last]

    def joined(self, scores: Mapping[str, float]) -> LargeRanking:
        """See `Ranking.joined`."""
        return LargeRanking(self._now, self._query, self._excluded, {**self._others, **scores})

    def _scores(self, last: int, known: Numbers) -> Floats:
        """Return scores [n]: exact for ``known`` and all that may be among the best ``last``, else -inf."""
        now, query = self._now, self._query
        scores = np.full(len(now.photos), -np.inf, np.float32)
        score(now, query, known, scores)
        if self._bounds is None:
            self._bounds = bounds(now, query)
        rows = self._candidates(self._bounds.copy(), last, scores)
        if len(rows) > _MANY * len(now.photos):
            # Nothing much is like this query, and the sketches tell too little: compare with every photo after all.
            error = _PRODUCT_ERROR * float(np.sqrt(query @ query)) * now.longest
            rows = self._candidates(now.file.products(query)[now.places[: len(now.photos)]] + error, last, scores)
        score(now, query, rows, scores)
        scores[self._excluded] = -np.inf
        return scores

    def _candidates(self, bound: Floats, last: int, scores: Floats) -> Numbers:
        """Return the rows that may be among the best ``last`` by bounds [n]; ``scores`` gets those looked at for it."""
        bound[self._excluded] = -np.inf
        ahead = min(last + _AHEAD, len(bound))
        first = np.argpartition(bound, len(bound) - ahead)[len(bound) - ahead :]
        first = first[bound[first] > -np.inf]
        score(self._now, self._query, first, scores)
        if last <= 0:
            return first[:0]
        worst = np.partition(scores[first], len(first) - last)[len(first) - last]
        return np.flatnonzero((bound >= worst) & (scores == -np.inf))


def _in_space(snapshot: Sketched | None, space: Space) -> Sketched:
    if snapshot is None or snapshot.space != space:
        raise OtherSpaceError
    return snapshot
