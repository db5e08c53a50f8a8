"""From the backbone's output to what the last layer and retrieval work on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

POWER = 0.7
FOLDS = 5
_TINY = 1e-12


def normalise(rows: Float64) -> Float64:
    """Scale each row of an n x d array to Euclidean length 1 (rows of zeros stay zeros)."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Float64 = rows / np.maximum(lengths, _TINY)
    return scaled


def condition(features: Float32 | Float64) -> Float64:
    """Compress and normalise backbone features (n x d): sign(z) |z|^0.7, then length 1.

    The signed power tames the few channels that would otherwise dominate every inner product (Perronnin, Sanchez and
    Mensink, "Improving the Fisher kernel for large-scale image classification", 2010).
    """
    z = np.asarray(features, np.float64)
    return normalise(np.sign(z) * np.abs(z) ** POWER)


def fold_of(sha256: str) -> int:
    """Return the cross-validation fold (0 to 4) of a photo; it depends on the photo alone, never on who holds it."""
    return int(sha256[:8], 16) % FOLDS
