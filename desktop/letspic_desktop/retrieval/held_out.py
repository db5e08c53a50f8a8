"""Honest figures of a head on labelled photos: a photo that trained a head never scores it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.retrieval.embedder import BareEmbedder
from letspic_desktop.retrieval.metrics import quality_per_query
from letspic_shared.features import FOLDS, Float32, condition, fold_of
from letspic_shared.head import HeadStack, embedding


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Means over the photos of all folds, each scored by the head that did not train on its fold."""

    p10_before: float
    p10_after: float
    map_before: float
    map_after: float
    queries: int


def held_out_quality(
    stack: HeadStack,
    features: Float32,
    photos: Sequence[str],
    labels: Mapping[str, int],
    own_folds: Mapping[str, int] | None = None,
) -> HeldOut | None:
    """Return 5-fold figures, None where no fold has two photos of one class.

    Queries and gallery are the photos of one fold at a time, so nothing in them trained the head that ranks them.

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
    collected: list[tuple[NDArray[np.float64], ...]] = []
    for fold, head in companions.items():
        rows = np.flatnonzero(folds == fold)
        if len(rows) < 2:
            continue
        after = embedding(condition(features[rows]), stack.weights[head], stack.bias[head], stack.means[head])
        scored = [
            quality_per_query(vectors, classes[rows]) for vectors in (BareEmbedder().embed(features[rows]), after)
        ]
        if len(scored[0].rows):
            collected.append(tuple(array for one in scored for array in (one.p10, one.average_precision)))
    if not collected:
        return None
    columns = [np.concatenate(column) for column in zip(*collected, strict=True)]
    means = [float(column.mean()) for column in columns]
    return HeldOut(
        p10_before=means[0], map_before=means[1], p10_after=means[2], map_after=means[3], queries=len(columns[0])
    )
