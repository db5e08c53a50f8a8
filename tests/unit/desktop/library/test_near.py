from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from letspic_desktop.library import near


def _unit(matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("block", [7, 64, 4096])
@pytest.mark.parametrize("dimensions", [3, 200])
def test_every_close_pair_is_found_and_no_other(monkeypatch: pytest.MonkeyPatch, block: int, dimensions: int) -> None:
    monkeypatch.setattr(near, "_BLOCK", block)
    rng = np.random.default_rng(block)
    base = rng.normal(size=(150, dimensions)) + 1
    rows = _unit(np.concatenate([base, base[:60] + rng.normal(size=(60, dimensions)) * rng.uniform(0, 1, (60, 1))]))
    cosines = rows @ rows.T
    threshold = 0.9
    # Pairs within float32's reach of the threshold may fall on either side.
    surely = {(i, j) for i, j in zip(*np.nonzero(cosines > threshold + 1e-5), strict=True) if i < j}
    maybe = {(i, j) for i, j in zip(*np.nonzero(cosines > threshold - 1e-5), strict=True) if i < j}
    steps: list[tuple[int, int]] = []

    def read(numbers: Sequence[int]) -> NDArray[np.float32]:
        assert len(numbers) <= max(block, 2)
        return rows[list(numbers)]

    found = near.close_pairs(read, len(rows), threshold, on_block=lambda done, total: steps.append((done, total)))
    assert surely <= set(found) <= maybe
    assert len(found) == len(set(found)) > 20
    assert steps[-1] == (-(-len(rows) // block), -(-len(rows) // block))


def test_nothing_and_one_have_no_pairs() -> None:
    def read(numbers: Sequence[int]) -> NDArray[np.float32]:
        return np.ones((len(numbers), 4), np.float32) / 2

    def on_block(_: int, __: int) -> None:
        pass

    assert near.close_pairs(read, 0, 0.9, on_block=on_block) == []
    assert near.close_pairs(read, 1, 0.9, on_block=on_block) == []
    assert near.close_pairs(read, 3, 0.9, on_block=on_block) == [(0, 1), (0, 2), (1, 2)]


def test_pairs_become_groups() -> None:
    assert near.groups_of([(5, 9), (1, 2), (9, 3), (2, 7)]) == [[1, 2, 7], [3, 5, 9]]
    assert near.groups_of([]) == []
