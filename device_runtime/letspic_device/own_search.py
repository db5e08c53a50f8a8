"""Search among a device's own photos: a query embedding comes, photo ids and scores go, photos and features stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from letspic_device.feature_cache import FeatureCache
from letspic_device.photos import PhotoShelf
from letspic_shared import messages, paper_head
from letspic_shared.contributions import take
from letspic_shared.features import Float32, condition, normalise
from letspic_shared.head import embedding
from letspic_shared.tensors import Array

MAX_TOP = 10_000


def search(
    header: dict[str, object],
    tensors: Mapping[str, Array],
    shelf: PhotoShelf,
    cache: FeatureCache,
    progress: Callable[[int, int], None],
) -> list[list[object]]:
    """Return [SHA-256, score] of the own photos nearest to a query, best first.

    The message carries the query in embedding coordinates and the head that made it (the paper's as its linear map);
    without a head the query is a normalised backbone feature and the score their cosine.
    """
    top = messages.number(header, "top", 1, MAX_TOP)
    found, _ = cache.get(sorted(shelf.own), shelf, progress)
    if not found:
        return []
    digests = sorted(found)
    rows = _embed(np.stack([found[digest] for digest in digests]), tensors, cache.dimension)
    query = take(tensors, "query", "<f4", (rows.shape[1],))
    scores = rows @ query
    order = np.argsort(-scores, kind="stable")[:top]
    return [[digests[index], float(scores[index])] for index in order]


def _embed(features: Float32, tensors: Mapping[str, Array], dimension: int) -> Float32:
    if "projection" in tensors:
        linear = take(tensors, "projection", "<f4", (dimension, None)).astype(np.float64)
        return paper_head.project(
            features, linear, take(tensors, "offset", "<f4", (linear.shape[1],)).astype(np.float64)
        )
    if "weights" not in tensors:
        return normalise(features.astype(np.float64)).astype(np.float32)
    weights = take(tensors, "weights", "<f4", (dimension, None)).astype(np.float64)
    bias = take(tensors, "bias", "<f4", (weights.shape[1],)).astype(np.float64)
    mean = take(tensors, "mean", "<f4", (dimension,)).astype(np.float64)
    return embedding(condition(features), weights, bias, mean)
