"""Vectors on disk with a short sketch of each in memory, from which follows what no score of it exceeds.

A sketch is the coordinates in the directions in which the photos differ most, and the length of what these leave
over. By the inequality of Cauchy and Schwarz the two give a bound of the dot product with any query.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.retrieval.index import Floats, Space
from letspic_desktop.retrieval.vector_file import VectorFile

Numbers = NDArray[np.int64]
Kind = TypeVar("Kind", bound=np.generic)

DIRECTIONS: Final = 96
_SAMPLE: Final = 4096
_SPARE: Final = 0.1
# What rounding in float32 may hide: in the squares of lengths, and in a score, as a part of the lengths' product.
_SQUARE_ERROR: Final = 1e-5
_SCORE_ERROR: Final = 1e-4
_AT_ONCE: Final = 2048


@dataclass(frozen=True, kw_only=True)
class Sketched:
    """What readers of a store see; nothing in it ever changes. Rows behind ``len(photos)`` are spare.

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


def empty(space: Space, folder: Path, sample: Floats, total: int) -> Sketched:
    """Return room for ``total`` vectors like those of a sample, in a new file in ``folder``."""
    room = total + int(total * _SPARE)
    basis = _directions(sample)
    return Sketched(
        space=space,
        photos=[],
        rows={},
        file=VectorFile(folder, sample.shape[1]),
        basis=basis,
        sketch=np.empty((room, basis.shape[1]), np.float32),
        rest=np.empty(room, np.float32),
        places=np.empty(room, np.int64),
        longest=0.0,
    )


def bounds(now: Sketched, query: Floats) -> Floats:
    """Return numbers [n] that no score exceeds."""
    count, length = len(now.photos), float(np.sqrt(query @ query))
    coordinates = query @ now.basis
    left_over = float(np.sqrt(max(length**2 - float(coordinates @ coordinates), 0.0) + _SQUARE_ERROR * length**2))
    bound: Floats = now.sketch[:count] @ coordinates
    bound += left_over * now.rest[:count]
    bound += _SCORE_ERROR * length * now.longest
    return bound


def score(now: Sketched, query: Floats, rows: Numbers, scores: Floats) -> None:
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


def grown(old: Sketched, photos: Sequence[str], vectors: Floats) -> Sketched:
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
    return Sketched(
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
    larger = np.empty((total + int(total * _SPARE), *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger


def without(old: Sketched, photos: Iterable[str]) -> Sketched:
    """Return the snapshot without some photos, in arrays of its own where any of them is there."""
    gone = {old.rows[photo] for photo in photos if photo in old.rows}
    if not gone:
        return old
    kept = [row for row in range(len(old.photos)) if row not in gone]
    left = [old.photos[row] for row in kept]
    return Sketched(
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
