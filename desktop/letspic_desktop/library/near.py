"""Which vectors are nearly the same: exact, in blocks, without comparing every two of them in full length.

Rows are unit vectors, so cosine >= t is the same as distance^2 <= 2 - 2 t. An orthonormal projection never makes
a distance longer: pairs that are farther than that in a few dimensions are farther in all, and are passed over.
The few dimensions are those in which the vectors differ most (principal components of a sample).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Pairs = NDArray[np.int64]

_BLOCK: Final = 4096
# With 48 one pair of 130 is left to compare in full length, with 128 one of a million (EfficientNet-Lite0).
_DIMENSIONS: Final = 128
# Float32 sums over a projection are off by about 1e-6; the full comparison decides.
_SLACK: Final = 1e-4


def close_pairs(
    rows: Callable[[Sequence[int]], Floats], count: int, threshold: float, *, on_block: Callable[[int, int], None]
) -> list[tuple[int, int]]:
    """Return the pairs (i, j), i < j, of rows whose cosine is at least ``threshold``.

    Parameters
    ----------
    rows
        Returns unit vectors, float32 [len(numbers), d], of the rows asked for; called for at most 4096 at a time.
    count
        How many rows there are.
    on_block
        Told (done, total) between blocks; may raise to stop.
    """
    if count < 2:
        return []
    projected = _projected(rows, count)
    limit = 2 - 2 * threshold + _SLACK
    starts = range(0, count, _BLOCK)
    found: list[tuple[int, int]] = []
    for done, start in enumerate(starts):
        on_block(done, len(starts))
        candidates = list(_candidates(projected, start, limit))
        if candidates:
            found += _verified(rows, np.concatenate(candidates), threshold)
    on_block(len(starts), len(starts))
    return found


def groups_of(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the connected sets of rows, each sorted, by their first row."""
    parent: dict[int, int] = {}

    def root(row: int) -> int:
        parent.setdefault(row, row)
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for one, other in pairs:
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    members: dict[int, list[int]] = {}
    for row in sorted(parent):
        members.setdefault(root(row), []).append(row)
    return [group for _, group in sorted(members.items())]


def _projected(rows: Callable[[Sequence[int]], Floats], count: int) -> Floats:
    """Return the rows in a few orthonormal directions, [count, <= 128], and their mean moved to zero."""
    step = max(1, -(-count // _BLOCK))
    sample = rows(range(0, count, step))
    mean = sample.mean(axis=0)
    centred = sample - mean
    _, axes = np.linalg.eigh(centred.T @ centred)
    basis = np.ascontiguousarray(axes[:, ::-1][:, :_DIMENSIONS], dtype=np.float32)
    blocks = (rows(range(start, min(start + _BLOCK, count))) for start in range(0, count, _BLOCK))
    return np.concatenate([(block - mean) @ basis for block in blocks])


def _candidates(projected: Floats, start: int, limit: float) -> Iterator[Pairs]:
    """Yield pairs [n, 2] of a block with itself and all later rows that are near in the projection."""
    block = projected[start : start + _BLOCK]
    # -|a - b|^2 / 2 = a.b - |a|^2 / 2 - |b|^2 / 2, as one matrix product of rows with two more columns.
    left_rows = np.column_stack([block, _half_lengths(block), np.ones(len(block), np.float32)])
    for other_start in range(start, len(projected), _BLOCK):
        other = projected[other_start : other_start + _BLOCK]
        right_rows = np.column_stack([other, np.ones(len(other), np.float32), _half_lengths(other)])
        places = np.flatnonzero(left_rows @ right_rows.T >= -limit / 2)
        left, right = np.divmod(places, len(other))
        pairs = np.stack([left + start, right + other_start], axis=1)
        yield pairs[pairs[:, 0] < pairs[:, 1]]


def _half_lengths(rows: Floats) -> Floats:
    result: Floats = -np.einsum("nd,nd->n", rows, rows) / np.float32(2)
    return result


def _verified(rows: Callable[[Sequence[int]], Floats], pairs: Pairs, threshold: float) -> list[tuple[int, int]]:
    """Return the pairs whose full vectors are as near as asked."""
    result = []
    for start in range(0, len(pairs), _BLOCK // 2):
        some = pairs[start : start + _BLOCK // 2]
        numbers, place = np.unique(some, return_inverse=True)
        vectors = rows(numbers.tolist())
        places = place.reshape(some.shape)
        cosines = np.einsum("nd,nd->n", vectors[places[:, 0]], vectors[places[:, 1]])
        result += [(int(one), int(other)) for one, other in some[cosines >= threshold]]
    return result
