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
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

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
from letspic_desktop.retrieval.vector_file import VectorFile

Block = tuple[Sequence[str], Floats]
Numbers = NDArray[np.int64]
Kind = TypeVar("Kind", bound=np.generic)

DIRECTIONS: Final = 96
_SAMPLE: Final = 4096
_SPARE: Final = 0.1
# What rounding in float32 may hide: in the squares of lengths, and in a score, as a part of the lengths' product.
_SQUARE_ERROR: Final = 1e-5
_SCORE_ERROR: Final = 1e-4
_PRODUCT_ERROR: Final = 2e-5
# Photos that are scored beyond the page before the others are judged by it.
_AHEAD: Final = 32
# Where more photos than this part of all may be on the page, comparing with all of them in one go is quicker.
_MANY: Final = 0.02
_AT_ONCE: Final = 2048
# So many results are put in order at first.
_FIRST_PAGES: Final = 60


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    """What readers see; nothing in it ever changes. Rows behind ``len(photos)`` are spare.

    Attributes
    ----------
    basis
        Orthonormal directions, [k, m].
    sketch, rest
        Coordinates in these, [>= n, m]; an upper bound of the length of what they leave over, [>= n].
    places
        Where each vector is in the file, [>= n].
    longest
        Upper bound of the vectors' lengths.
    """

    space: Space
    photos: list[str]
    rows: dict[str, int]
    file: VectorFile
    basis: Floats
    sketch: Floats
    rest: Floats
    places: Numbers
    longest: float


class LargeStore:
    """`VectorStore` that keeps its vectors in a file without a name, which is gone when the program ends.

    Parameters
    ----------
    folder
        Where the file is made: on a disk with room for four bytes a number.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writing = threading.Lock()
        self._snapshot: _Snapshot | None = None

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
        ready: _Snapshot | None = None
        for photos, vectors in blocks:
            vectors = checked(photos, vectors)
            if ready is None:
                ready = self._empty(space, vectors, max(total, len(photos)))
            ready = _grown(_without(ready, photos), photos, vectors)
        with self._writing:
            self._snapshot = ready
        return [] if ready is None else ready.photos

    def add(self, space: Space, photos: Sequence[str], vectors: Floats) -> None:
        """See `VectorStore.add`."""
        vectors = checked(photos, vectors)
        with self._writing:
            old = _without(_in_space(self._snapshot, space), photos)
            if not old.photos:
                old = self._empty(space, vectors, len(photos))
            if vectors.shape[1] != old.file.length:
                raise ValueError(f"vectors of length {vectors.shape[1]} do not fit {old.file.length}")
            self._snapshot = _grown(old, photos, vectors)

    def remove(self, photos: Iterable[str]) -> None:
        """See `VectorStore.remove`."""
        with self._writing:
            if self._snapshot is not None:
                self._snapshot = _without(self._snapshot, photos)

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

    def _empty(self, space: Space, sample: Floats, total: int) -> _Snapshot:
        room = total + int(total * _SPARE)
        basis = _directions(sample)
        return _Snapshot(
            space=space,
            photos=[],
            rows={},
            file=VectorFile(self._folder, sample.shape[1]),
            basis=basis,
            sketch=np.empty((room, basis.shape[1]), np.float32),
            rest=np.empty(room, np.float32),
            places=np.empty(room, np.int64),
            longest=0.0,
        )


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
        self, now: _Snapshot, query: Floats, excluded: Sequence[int], others: Mapping[str, float] | None = None
    ) -> None:
        self._now = now
        self._query = query
        self._excluded = excluded
        left_out = {now.photos[row] for row in excluded}
        # One that takes no part here takes none elsewhere.
        self._others = {photo: score for photo, score in (others or {}).items() if photo not in left_out}
        # The best photos so far, in order: a reader goes on from page to page.
        self._best: list[Hit] = []
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
        for photo, score in self._others.items():
            found[photo] = max(float(np.float32(score)), found.get(photo, -np.inf))
        hits = [Hit(photo=photo, score=score) for photo, score in found.items()]
        hits.sort(key=lambda hit: (-hit.score, hit.photo))
        return hits[:last]

    def joined(self, scores: Mapping[str, float]) -> LargeRanking:
        """See `Ranking.joined`."""
        return LargeRanking(self._now, self._query, self._excluded, {**self._others, **scores})

    def _scores(self, last: int, known: Numbers) -> Floats:
        """Return scores [n]: exact for ``known`` and all that may be among the best ``last``, else -inf."""
        now, query = self._now, self._query
        scores = np.full(len(now.photos), -np.inf, np.float32)
        _score(now, query, known, scores)
        rows = self._candidates(_bounds(now, query), last, scores)
        if len(rows) > _MANY * len(now.photos):
            # Nothing much is like this query, and the sketches tell too little: compare with every photo after all.
            error = _PRODUCT_ERROR * float(np.sqrt(query @ query)) * now.longest
            rows = self._candidates(now.file.products(query)[now.places[: len(now.photos)]] + error, last, scores)
        _score(now, query, rows, scores)
        scores[self._excluded] = -np.inf
        return scores

    def _candidates(self, bound: Floats, last: int, scores: Floats) -> Numbers:
        """Return the rows that may be among the best ``last`` by bounds [n]; ``scores`` gets those looked at for it."""
        bound[self._excluded] = -np.inf
        ahead = min(last + _AHEAD, len(bound))
        first = np.argpartition(bound, len(bound) - ahead)[len(bound) - ahead :]
        first = first[bound[first] > -np.inf]
        _score(self._now, self._query, first, scores)
        if last <= 0:
            return first[:0]
        worst = np.partition(scores[first], len(first) - last)[len(first) - last]
        return np.flatnonzero((bound >= worst) & (scores == -np.inf))


def _bounds(now: _Snapshot, query: Floats) -> Floats:
    """Return numbers [n] that no score exceeds."""
    count, length = len(now.photos), float(np.sqrt(query @ query))
    coordinates = query @ now.basis
    left_over = float(np.sqrt(max(length**2 - float(coordinates @ coordinates), 0.0) + _SQUARE_ERROR * length**2))
    bound: Floats = now.sketch[:count] @ coordinates
    bound += left_over * now.rest[:count]
    bound += _SCORE_ERROR * length * now.longest
    return bound


def _score(now: _Snapshot, query: Floats, rows: Numbers, scores: Floats) -> None:
    """Put the exact scores of some rows into their places.

    Each is summed by itself in the same order, so that a photo has the same score on every page.
    """
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        scores[part] = np.einsum("ij,j->i", now.file.read(now.places[part]), query)


def _directions(vectors: Floats) -> Floats:
    """Return the directions, [k, m], in which a sample of the vectors is longest.

    They only decide how many photos are read in full, never which are found.
    """
    vectors = vectors[:_SAMPLE]
    _, found = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    return np.ascontiguousarray(found[:, ::-1][:, :DIRECTIONS], dtype=np.float32)


def _grown(old: _Snapshot, photos: Sequence[str], vectors: Floats) -> _Snapshot:
    """Return the snapshot with more photos; rows behind the newest snapshot are nobody's, and are written to."""
    count, total = len(old.photos), len(old.photos) + len(photos)
    sketch, rest, places = old.sketch, old.rest, old.places
    if total > len(sketch):
        sketch, rest = _with_room(sketch[:count], total), _with_room(rest[:count], total)
        places = _with_room(places[:count], total)
    squares = np.einsum("ij,ij->i", vectors, vectors)
    coordinates = vectors @ old.basis
    left_over = np.maximum(squares - np.einsum("ij,ij->i", coordinates, coordinates), 0)
    sketch[count:total] = coordinates
    rest[count:total] = np.sqrt(left_over + _SQUARE_ERROR * squares)
    places[count:total] = old.file.append(vectors) + np.arange(len(photos))
    return _Snapshot(
        space=old.space,
        photos=[*old.photos, *photos],
        rows={**old.rows, **{photo: count + number for number, photo in enumerate(photos)}},
        file=old.file,
        basis=old.basis,
        sketch=sketch,
        rest=rest,
        places=places,
        longest=max(old.longest, float(np.sqrt(squares.max(initial=0.0)))),
    )


def _with_room(array: NDArray[Kind], total: int) -> NDArray[Kind]:
    grown = np.empty((total + int(total * _SPARE), *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


def _without(old: _Snapshot, photos: Iterable[str]) -> _Snapshot:
    """Return the snapshot without some photos, in arrays of its own where any of them is there."""
    gone = {old.rows[photo] for photo in photos if photo in old.rows}
    if not gone:
        return old
    kept = [row for row in range(len(old.photos)) if row not in gone]
    left = [old.photos[row] for row in kept]
    return _Snapshot(
        space=old.space,
        photos=left,
        rows={photo: row for row, photo in enumerate(left)},
        file=old.file,
        basis=old.basis,
        sketch=old.sketch[kept],
        rest=old.rest[kept],
        places=old.places[kept],
        longest=old.longest,
    )


def _in_space(snapshot: _Snapshot | None, space: Space) -> _Snapshot:
    if snapshot is None or snapshot.space != space:
        raise OtherSpaceError
    return snapshot
