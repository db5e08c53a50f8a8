"""What a search finds and where it lives, the ranking itself, and good/bad marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Weights of the query, the good and the bad examples (Rocchio 1971 with the values of Manning, Raghavan and
# Schuetze, "Introduction to Information Retrieval", 9.1.1): bad marks say less than good ones.
QUERY_WEIGHT: Final = 1.0
GOOD_WEIGHT: Final = 0.75
BAD_WEIGHT: Final = 0.15


@dataclass(frozen=True, kw_only=True)
class DeviceHit:
    """A photo that a device found among its own, with the score it computed."""

    device: str
    photo: str
    score: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """A result and the places where it lives.

    Attributes
    ----------
    photo
        SHA-256 of the photo.
    score
        The highest score that a place gave it.
    on_desktop
        Whether the desktop's own library holds it.
    devices
        Names of the devices that hold it, sorted.
    """

    photo: str
    score: float
    on_desktop: bool
    devices: tuple[str, ...] = ()


def rank(embeddings: Floats, query: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Rank photos by the dot product with a query.

    Parameters
    ----------
    embeddings
        [n, k] float32.
    query
        [k] float32.

    Returns
    -------
    The rows by falling score, ties by row, int64 [n], and the scores in that order, float32 [n].
    """
    scores = embeddings @ query
    order = np.argsort(-scores, kind="stable")
    return order, scores[order]


def refine(query: Floats, good: Floats | Sequence[Floats], bad: Floats | Sequence[Floats]) -> Floats:
    """Move a query towards the results marked good and away from those marked bad (Rocchio's formula).

    Parameters
    ----------
    query
        [k] embedding of the query photo.
    good, bad
        [m, k] and [p, k] embeddings of the marked results; m or p may be 0.

    Returns
    -------
    float32 [k]: query + 0.75 mean(good) - 0.15 mean(bad), to be ranked with like the query itself.
    """
    refined = QUERY_WEIGHT * np.asarray(query, np.float64)
    for weight, marked in ((GOOD_WEIGHT, good), (-BAD_WEIGHT, bad)):
        if len(marked):
            refined = refined + weight * np.asarray(marked, np.float64).mean(axis=0)
    return refined.astype(np.float32)
