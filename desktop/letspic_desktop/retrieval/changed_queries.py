"""Example queries whose results a new head changed most, with what stood first before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.retrieval.held_out import Block
from letspic_desktop.retrieval.metrics import quality_per_query, ranking

SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True)
class ChangedQuery:
    """One query, by SHA-256, with its first results.

    Attributes
    ----------
    label
        Class of the query.
    before, after
        SHA-256 of the first results.
    right_before, right_after
        Whether each of them is of the query's class.
    findable
        How many photos of the query's class there were to be found.
    precision_before, precision_after
        Average precision over the whole ranking.
    """

    query: str
    label: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    right_before: tuple[bool, ...]
    right_after: tuple[bool, ...]
    findable: int
    precision_before: float
    precision_after: float


def changed_queries(blocks: Sequence[Block], count: int) -> list[ChangedQuery]:
    """Choose the queries whose average precision changed most, of different classes as far as there are.

    Where any query lost, the largest loss is among them: a picture must not tell more than the figures.

    Returns
    -------
    From the largest gain to the largest loss.
    """
    places: list[tuple[int, int]] = []
    labels: list[int] = []
    gains: list[float] = []
    figures: list[tuple[float, float]] = []
    for number, block in enumerate(blocks):
        before, after = (quality_per_query(vectors, block.labels) for vectors in (block.before, block.after))
        for row, label, old, new in zip(
            before.rows, before.labels, before.average_precision, after.average_precision, strict=True
        ):
            places.append((number, int(row)))
            labels.append(int(label))
            gains.append(float(new - old))
            figures.append((float(old), float(new)))
    chosen = sorted(_choose(gains, labels, count), key=lambda one: -gains[one])
    return [_described(blocks[places[one][0]], places[one][1], figures[one]) for one in chosen]


def _choose(gains: Sequence[float], labels: Sequence[int], count: int) -> list[int]:
    order = sorted(range(len(gains)), key=lambda one: (-abs(gains[one]), one))
    worst = min(range(len(gains)), key=lambda one: (gains[one], one), default=None)
    chosen = [worst] if worst is not None and gains[worst] < 0 else []
    for new_class in (True, False):
        for one in order:
            fresh = labels[one] not in {labels[other] for other in chosen}
            if len(chosen) < count and one not in chosen and (fresh or not new_class):
                chosen.append(one)
    return chosen


def _described(block: Block, row: int, precision: tuple[float, float]) -> ChangedQuery:
    def first(vectors: NDArray[np.float32]) -> list[int]:
        return [int(hit) for hit in ranking(vectors, np.array([row]))[0][:SHOWN]]

    def right(hits: list[int]) -> tuple[bool, ...]:
        return tuple(bool(block.labels[hit] == block.labels[row]) for hit in hits)

    before, after = first(block.before), first(block.after)
    return ChangedQuery(
        query=block.photos[row],
        label=int(block.labels[row]),
        before=tuple(block.photos[hit] for hit in before),
        after=tuple(block.photos[hit] for hit in after),
        right_before=right(before),
        right_after=right(after),
        findable=int((block.labels == block.labels[row]).sum()) - 1,
        precision_before=precision[0],
        precision_after=precision[1],
    )
