"""What one device sends for one round: sums over its photos that add with ``+``.

The desktop adds contributions in device-id order in float64, so a run gives the same bits whatever order they arrive
in. A contribution comes from another machine: ``from_tensors`` takes nothing but the shapes, dtypes and finite
values that the round asked for, and says in one sentence what is wrong with anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from letspic_shared.errors import ProtocolError
from letspic_shared.features import Float64
from letspic_shared.tensors import Array

Int64 = NDArray[np.int64]


class ContributionError(ProtocolError):
    """A contribution cannot be counted; ``reason`` is what the user sees beside the device."""


def take(tensors: Mapping[str, Array], name: str, dtype: str, shape: tuple[int | None, ...]) -> Array:
    """Return one array of a contribution after checking dtype, shape (None = any length) and finiteness.

    Raises
    ------
    ContributionError
        It is missing, of another type or shape, or holds NaN or infinity.
    """
    array = tensors.get(name)
    if array is None:
        raise ContributionError(f"The contribution has no {name}")
    if array.dtype != np.dtype(dtype):
        raise ContributionError(f"The contribution's {name} is {array.dtype}, not {np.dtype(dtype)}")
    if array.ndim != len(shape) or any(w is not None and w != g for w, g in zip(shape, array.shape, strict=True)):
        raise ContributionError(f"The contribution's {name} has shape {array.shape}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ContributionError(f"The contribution's {name} holds values that are not numbers")
    return array


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Photo count and feature sum (d) of labelled photos: what their mean needs."""

    count: int
    total: Float64

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of both sets of photos together."""
        return Moments(count=self.count + other.count, total=self.total + other.total)

    def to_tensors(self) -> dict[str, Array]:
        """Return the arrays that travel."""
        return {"count": np.array([self.count], np.int64), "total": self.total.astype(np.float32)}

    @staticmethod
    def from_tensors(tensors: Mapping[str, Array], *, count: int, dimension: int) -> Moments:
        """Read what a device sent, which must cover exactly ``count`` photos."""
        if int(take(tensors, "count", "<i8", (1,))[0]) != count:
            raise ContributionError("The contribution does not cover the photos that it should")
        return Moments(count=count, total=take(tensors, "total", "<f4", (dimension,)).astype(np.float64))


@dataclass(frozen=True, kw_only=True)
class GradientSum:
    """Summed cross-entropy gradients of H heads over a device's photos.

    Head h does not train on the photos of its held-out fold; those only score it.

    Attributes
    ----------
    weights, bias
        Sums over the training photos, H x d x C and H x C.
    loss, correct, count
        Sums over the training photos of each head, H.
    held_loss, held_correct, held_count
        The same over the photos of its held-out fold, H.
    """

    weights: Float64
    bias: Float64
    loss: Float64
    correct: Int64
    count: Int64
    held_loss: Float64
    held_correct: Int64
    held_count: Int64

    def __add__(self, other: GradientSum) -> GradientSum:
        """Return the sums over both sets of photos."""
        return GradientSum(
            weights=self.weights + other.weights,
            bias=self.bias + other.bias,
            loss=self.loss + other.loss,
            correct=self.correct + other.correct,
            count=self.count + other.count,
            held_loss=self.held_loss + other.held_loss,
            held_correct=self.held_correct + other.held_correct,
            held_count=self.held_count + other.held_count,
        )

    def to_tensors(self) -> dict[str, Array]:
        """Return the arrays that travel (gradients in float32)."""
        return {
            "weights": self.weights.astype(np.float32),
            "bias": self.bias.astype(np.float32),
            "losses": np.stack([self.loss, self.held_loss]),
            "counts": np.stack([self.correct, self.count, self.held_correct, self.held_count]),
        }

    @staticmethod
    def from_tensors(
        tensors: Mapping[str, Array], *, counts: Int64, held_counts: Int64, dimension: int, classes: int
    ) -> GradientSum:
        """Read what a device sent; its photo counts per head must be those of the run's manifest."""
        heads = len(counts)
        weights = take(tensors, "weights", "<f4", (heads, dimension, classes))
        bias = take(tensors, "bias", "<f4", (heads, classes))
        losses = take(tensors, "losses", "<f8", (2, heads))
        numbers = take(tensors, "counts", "<i8", (4, heads))
        if not np.array_equal(numbers[1], counts) or not np.array_equal(numbers[3], held_counts):
            raise ContributionError("The contribution does not cover the photos that it should")
        if (numbers < 0).any() or (numbers[0] > counts).any() or (numbers[2] > held_counts).any():
            raise ContributionError("The contribution counts more right answers than photos")
        if (losses < 0).any():
            raise ContributionError("The contribution's loss is negative")
        return GradientSum(
            weights=weights.astype(np.float64),
            bias=bias.astype(np.float64),
            loss=losses[0].copy(),
            held_loss=losses[1].copy(),
            correct=numbers[0].copy(),
            count=numbers[1].copy(),
            held_correct=numbers[2].copy(),
            held_count=numbers[3].copy(),
        )


@dataclass(frozen=True, kw_only=True)
class ParameterSum:
    """Parameters after local training, times the photo count of the device: the sum that federated averaging needs.

    Source: McMahan et al., "Communication-efficient learning of deep networks from decentralized data", 2017.
    """

    count: int
    loss: float
    parameters: tuple[Float64, ...]

    def __add__(self, other: ParameterSum) -> ParameterSum:
        """Return the sums over both devices."""
        pairs = zip(self.parameters, other.parameters, strict=True)
        return ParameterSum(
            count=self.count + other.count, loss=self.loss + other.loss, parameters=tuple(a + b for a, b in pairs)
        )

    def average(self) -> tuple[Float64, ...]:
        """Return the parameters averaged by photo count (zeros where no photo took part)."""
        return tuple(total / max(self.count, 1) for total in self.parameters)

    def to_tensors(self) -> dict[str, Array]:
        """Return the arrays that travel: the device's own average (float32), its count and its summed loss."""
        tensors: dict[str, Array] = {"count": np.array([self.count], np.int64), "loss": np.array([self.loss])}
        for index, average in enumerate(self.average()):
            tensors[f"p{index}"] = average.astype(np.float32)
        return tensors

    @staticmethod
    def from_tensors(tensors: Mapping[str, Array], *, count: int, shapes: tuple[tuple[int, ...], ...]) -> ParameterSum:
        """Read what a device sent; it must cover exactly ``count`` photos."""
        if int(take(tensors, "count", "<i8", (1,))[0]) != count:
            raise ContributionError("The contribution does not cover the photos that it should")
        parameters = [
            take(tensors, f"p{index}", "<f4", shape).astype(np.float64) * count for index, shape in enumerate(shapes)
        ]
        loss = float(take(tensors, "loss", "<f8", (1,))[0])
        return ParameterSum(count=count, loss=loss, parameters=tuple(parameters))
