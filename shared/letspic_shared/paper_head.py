"""The three-layer linear head of the LetsPic-DL paper (Jang, Lee, Lee and Liu, 2020), for comparison.

d -> 1000 (the backbone's own ImageNet classifier at the start) -> D -> C, no activation between, softmax at the end.
Each device runs plain SGD on batches drawn with replacement, the desktop averages all parameters, and the D-wide layer
is the retrieval feature (compared by cosine).
"""

from __future__ import annotations

import numpy as np

from letspic_shared.contributions import Int64
from letspic_shared.features import Float32, Float64, normalise
from letspic_shared.head import cross_entropy, softmax

PARAMETERS = 6
DEFAULT_WIDTH = 800


def start(classifier: tuple[Float32, Float32], width: int, classes: int, seed: int) -> tuple[Float64, ...]:
    """Return the first parameters: W1 d x 1000, b1, W2 1000 x D, b2, W3 D x C, b3.

    W1 and b1 are the ImageNet classifier of the backbone; the rest is drawn as in Glorot and Bengio (2010).
    """
    generator = np.random.default_rng(seed)
    weights = np.asarray(classifier[0], np.float64)
    middle = weights.shape[1]

    def drawn(rows: int, columns: int) -> Float64:
        return generator.normal(scale=np.sqrt(2.0 / (rows + columns)), size=(rows, columns))

    return (
        weights,
        np.asarray(classifier[1], np.float64),
        drawn(middle, width),
        np.zeros(width),
        drawn(width, classes),
        np.zeros(classes),
    )


def shapes(dimension: int, middle: int, width: int, classes: int) -> tuple[tuple[int, ...], ...]:
    """Return the shapes of the six parameters."""
    return (dimension, middle), (middle,), (middle, width), (width,), (width, classes), (classes,)


def gradients(parameters: tuple[Float64, ...], batch: Float64, labels: Int64) -> tuple[tuple[Float64, ...], float]:
    """Return the mean gradient of the cross-entropy over a batch (n x d) for each parameter, and the mean loss."""
    w1, b1, w2, b2, w3, b3 = parameters
    first = batch @ w1 + b1
    second = first @ w2 + b2
    probabilities = softmax(second @ w3 + b3)
    loss = float(cross_entropy(probabilities, labels).mean())
    error = probabilities
    error[np.arange(len(labels)), labels] -= 1.0
    error /= len(labels)
    to_second = error @ w3.T
    to_first = to_second @ w2.T
    found = (
        batch.T @ to_first,
        to_first.sum(axis=0),
        first.T @ to_second,
        to_second.sum(axis=0),
        second.T @ error,
        error.sum(axis=0),
    )
    return found, loss


def local_descent(
    features: Float32,
    labels: Int64,
    parameters: tuple[Float64, ...],
    *,
    steps: int,
    batch_size: int,
    learning_rate: float,
    generator: np.random.Generator,
) -> tuple[tuple[Float64, ...], float]:
    """Run SGD steps on one device; return its parameters and the mean loss.

    Parameters
    ----------
    features
        n x d raw backbone features: the paper neither compresses nor normalises them.
    batch_size
        Photos a step, drawn with replacement: a device with 20 photos still runs 11 steps of 15.
    """
    current = tuple(np.array(parameter, np.float64) for parameter in parameters)
    rows = np.asarray(features, np.float64)
    losses = []
    for _ in range(steps if len(labels) else 0):
        chosen = generator.integers(0, len(labels), batch_size)
        found, loss = gradients(current, rows[chosen], labels[chosen])
        losses.append(loss)
        for parameter, gradient in zip(current, found, strict=True):
            parameter -= learning_rate * gradient
    return current, float(np.mean(losses)) if losses else 0.0


def projection(parameters: tuple[Float64, ...]) -> tuple[Float64, Float64]:
    """Return the first two layers as the one linear map that they are: d x D and D."""
    w1, b1, w2, b2 = parameters[:4]
    return w1 @ w2, b1 @ w2 + b2


def project(features: Float32, weights: Float64, offset: Float64) -> Float32:
    """Return the D-wide layer of n x d raw features, normalised so that the dot product is the cosine."""
    return normalise(np.asarray(features, np.float64) @ weights + offset).astype(np.float32)


def embedding(features: Float32, parameters: tuple[Float64, ...]) -> Float32:
    """Return the D-wide layer of n x d raw features under the parameters of a trained head."""
    return project(features, *projection(parameters))
