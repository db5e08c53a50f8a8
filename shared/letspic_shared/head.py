"""The last layer: what a group trains, what its gradient is, and the embedding that retrieval compares.

The head works on conditioned features (``features.condition``), centred by its own mean. H heads of the same shape are
handled as one stack: the head itself and one for each held-out fold, so honest figures cost no extra exchange.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from letspic_shared.contributions import GradientSum, Int64
from letspic_shared.features import Float64, normalise

NO_FOLD = -1
FEATURE_SHARE = 1.0


@dataclass(frozen=True, kw_only=True)
class Head:
    """A trained last layer.

    Attributes
    ----------
    weights, bias
        d x C and C; logits are (x - mean) weights + bias, already at the temperature of the embedding.
    mean
        Mean of the labelled conditioned features, d.
    classes
        Class names, C, in class-id order.
    backbone
        SHA-256 of the backbone that made the features.
    version
        Counts up within a group; 0 = not stored yet.
    """

    weights: Float64
    bias: Float64
    mean: Float64
    classes: tuple[str, ...]
    backbone: str
    version: int = 0

    def embed(self, features: Float64) -> NDArray[np.float32]:
        """Return n x (C + d) embeddings of n x d conditioned features; their dot product ranks photos."""
        return embedding(features, self.weights, self.bias, self.mean)

    def numbered(self, version: int) -> Head:
        """Return the same head under a version number."""
        return replace(self, version=version)


@dataclass(frozen=True, kw_only=True)
class HeadStack:
    """H heads that train side by side; head h leaves out the photos of fold ``held_out[h]`` (NO_FOLD = none).

    Attributes
    ----------
    weights, bias, means
        H x d x C, H x C and H x d.
    """

    weights: Float64
    bias: Float64
    means: Float64
    held_out: tuple[int, ...]

    def training_mask(self, head: int, folds: Int64) -> NDArray[np.bool_]:
        """Return which of n photos, given by fold, head number ``head`` may train on."""
        mask: NDArray[np.bool_] = folds != self.held_out[head]
        return mask


def softmax(logits: Float64) -> Float64:
    """Return softmax over the last axis, safe for logits of any size."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: Float64 = shifted / shifted.sum(axis=-1, keepdims=True)
    return probabilities


def embedding(features: Float64, weights: Float64, bias: Float64, mean: Float64) -> NDArray[np.float32]:
    """Return [softmax(logits), sqrt(a) * normalise(x - mean)] for n x d conditioned features, n x (C + d) float32.

    Class probabilities alone lose the order within a class and whatever lies outside the trained classes; the generic
    feature beside them keeps both (a = ``FEATURE_SHARE``).
    """
    centred = features - mean
    probabilities = softmax(centred @ weights + bias)
    return np.concatenate([probabilities, np.sqrt(FEATURE_SHARE) * normalise(centred)], axis=1).astype(np.float32)


def cross_entropy(probabilities: Float64, labels: Int64) -> Float64:
    """Return the loss of each of n photos in nats, -log p(label)."""
    chosen = probabilities[np.arange(len(labels)), labels]
    return np.asarray(-np.log(np.maximum(chosen, 1e-300)), np.float64)


def gradient_sum(features: Float64, labels: Int64, folds: Int64, stack: HeadStack) -> GradientSum:
    """Return the summed cross-entropy gradient of every head of a stack over n photos.

    With p = softmax((x - mean) W + b) and y the one-hot label: dL/dW = sum (x - mean)' (p - y), dL/db = sum (p - y)
    over the photos that the head may train on (Bishop, "Pattern recognition and machine learning", eq. 4.109).

    Parameters
    ----------
    features
        n x d conditioned features.
    labels, folds
        Class id and fold of each photo, n.
    """
    pieces = [_one_gradient(features, labels, folds, stack, head) for head in range(len(stack.held_out))]
    return GradientSum(
        weights=np.stack([piece[0] for piece in pieces]),
        bias=np.stack([piece[1] for piece in pieces]),
        loss=np.array([piece[2][0] for piece in pieces]),
        correct=np.array([piece[2][1] for piece in pieces], np.int64),
        count=np.array([piece[2][2] for piece in pieces], np.int64),
        held_loss=np.array([piece[3][0] for piece in pieces]),
        held_correct=np.array([piece[3][1] for piece in pieces], np.int64),
        held_count=np.array([piece[3][2] for piece in pieces], np.int64),
    )


def _one_gradient(
    features: Float64, labels: Int64, folds: Int64, stack: HeadStack, head: int
) -> tuple[Float64, Float64, tuple[float, int, int], tuple[float, int, int]]:
    centred = features - stack.means[head]
    probabilities = softmax(centred @ stack.weights[head] + stack.bias[head])
    losses = cross_entropy(probabilities, labels)
    correct = probabilities.argmax(axis=1) == labels
    trains = stack.training_mask(head, folds)
    error = probabilities.copy()
    error[np.arange(len(labels)), labels] -= 1.0
    error[~trains] = 0.0
    score = (float(losses[trains].sum()), int(correct[trains].sum()), int(trains.sum()))
    held = (float(losses[~trains].sum()), int(correct[~trains].sum()), int((~trains).sum()))
    return centred.T @ error, error.sum(axis=0), score, held


def local_descent(
    features: Float64,
    labels: Int64,
    start: tuple[Float64, Float64, Float64],
    *,
    steps: int,
    batch_size: int,
    learning_rate: float,
    generator: np.random.Generator,
) -> tuple[Float64, Float64, float]:
    """Run SGD steps on one device and return weights (d x C), bias (C) and the mean loss of its batches.

    Parameters
    ----------
    start
        Weights, bias and mean to start from.
    batch_size
        Photos a step, drawn without replacement while there are enough; all photos where there are fewer.
    """
    weights, bias, mean = start[0].copy(), start[1].copy(), start[2]
    centred = features - mean
    losses = []
    for _ in range(steps if len(labels) else 0):
        chosen = generator.permutation(len(labels))[:batch_size]
        batch = centred[chosen]
        probabilities = softmax(batch @ weights + bias)
        losses.append(float(cross_entropy(probabilities, labels[chosen]).mean()))
        probabilities[np.arange(len(chosen)), labels[chosen]] -= 1.0
        probabilities /= len(chosen)
        weights -= learning_rate * (batch.T @ probabilities)
        bias -= learning_rate * probabilities.sum(axis=0)
    return weights, bias, float(np.mean(losses)) if losses else 0.0
