"""How like a photo is, in a figure that people can read: its score as a share of the highest that any could have.

Scores of different heads and queries have different scales (a bare feature's end at 1, a head's somewhere below
1 + a). The highest possible score depends on the query alone, so the share keeps the order of the scores.
"""

from __future__ import annotations

import numpy as np

from letspic_desktop.retrieval.embedder import Embedder, HeadEmbedder
from letspic_shared.features import Float32
from letspic_shared.head import FEATURE_SHARE


def highest_score(embedder: Embedder, vector: Float32) -> float:
    """Return the highest dot product that the embedding of any photo can have with a query [k].

    Bare and paper embeddings have length 1: it is the query's length. A head's are [p, sqrt(a) u] with
    probabilities p and a unit vector u: a sure decision for the query's most probable class, and its own direction.
    """
    query = np.asarray(vector, np.float64)
    if not isinstance(embedder, HeadEmbedder):
        return float(np.linalg.norm(query))
    classes = len(embedder.head.bias)
    return float(query[:classes].max() + np.sqrt(FEATURE_SHARE) * np.linalg.norm(query[classes:]))


def likeness(score: float, highest: float) -> float:
    """Return a score as a share (0..1) of the highest possible one; unlike in every respect is 0."""
    return float(np.clip(score / highest, 0.0, 1.0)) if highest > 0 else 0.0
