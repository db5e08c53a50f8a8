"""Honest figures of a head on labelled photos: a photo that trained a head never scores it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.retrieval.embedder import BareEmbedder
from letspic_desktop.retrieval.metrics import quality_per_query
from letspic_shared.features import FOLDS, Float32, condition, fold_of
from letspic_shared.head import HeadStack, embedding

FIVE_FOLD: Final = "5-fold"
UNTRAINED: Final = "untrained"


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Means over the photos of all folds, each scored by the head that did not train on its fold.

    Attributes
    ----------
    basis
        ``5-fold``, or ``untrained`` where the photos took no part in the training at all.
    """

    p10_before: float
    p10_after: float
    map_before: float
    map_after: float
    queries: int
    basis: str = FIVE_FOLD


@dataclass(frozen=True, kw_only=True)
class Block:
    """Photos that may be searched for in one another, because the same head did not train on any of them.

    Attributes
    ----------
    photos
        Their SHA-256.
    labels
        Class of each, int64 [n].
    before, after
        Vectors to rank by, float32 [n, k].
    """

    photos: tuple[str, ...]
    labels: NDArray[np.int64]
    before: Float32
    after: Float32


def held_out_blocks(
    stack: HeadStack,
    features: Float32,
    photos: Sequence[str],
    labels: Mapping[str, int],
    own_folds: Mapping[str, int] | None = None,
) -> list[Block]:
    """Return the photos of each fold under the head that left them out; folds of a single photo are left out.

    Parameters
    ----------
    features
        n x d backbone features of ``photos``.
    labels
        SHA-256 -> class id.
    own_folds
        Folds of photos that trained as a device's own, which are not those of their SHA-256.
    """
    own = own_folds or {}
    folds = np.array([own.get(photo, fold_of(photo)) for photo in photos], np.int64)
    classes = np.array([labels[photo] for photo in photos], np.int64)
    companions = {fold: head for head, fold in enumerate(stack.held_out) if 0 <= fold < FOLDS}
    blocks = []
    for fold, head in companions.items():
        rows = np.flatnonzero(folds == fold)
        if len(rows) < 2:
            continue
        after = embedding(condition(features[rows]), stack.weights[head], stack.bias[head], stack.means[head])
        before = BareEmbedder().embed(features[rows])
        names = tuple(photos[row] for row in rows.tolist())
        blocks.append(Block(photos=names, labels=classes[rows], before=before, after=after))
    return blocks


def block_quality(blocks: Sequence[Block], basis: str = FIVE_FOLD) -> HeldOut | None:
    """Return the means over all photos of some blocks, None where none of them has two photos of one class."""
    collected: list[tuple[NDArray[np.float64], ...]] = []
    for block in blocks:
        scored = [quality_per_query(vectors, block.labels) for vectors in (block.before, block.after)]
        if len(scored[0].rows):
            collected.append(tuple(array for one in scored for array in (one.p10, one.average_precision)))
    if not collected:
        return None
    columns = [np.concatenate(column) for column in zip(*collected, strict=True)]
    means = [float(column.mean()) for column in columns]
    return HeldOut(
        p10_before=means[0],
        map_before=means[1],
        p10_after=means[2],
        map_after=means[3],
        queries=len(columns[0]),
        basis=basis,
    )


def held_out_quality(
    stack: HeadStack,
    features: Float32,
    photos: Sequence[str],
    labels: Mapping[str, int],
    own_folds: Mapping[str, int] | None = None,
) -> HeldOut | None:
    """Return 5-fold figures, None where no fold has two photos of one class.

    Queries and gallery are the photos of one fold at a time, so nothing in them trained the head that ranks them.
    Parameters as in `held_out_blocks`.
    """
    return block_quality(held_out_blocks(stack, features, photos, labels, own_folds))
