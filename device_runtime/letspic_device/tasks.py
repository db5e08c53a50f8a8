"""The round tasks: what a device computes over the features of one run, and sends as its contribution.

Each task is a plain function of (the run's data, the header, the tensors that came) that returns tensors to send.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from letspic_shared import head as heads
from letspic_shared import messages, paper_head
from letspic_shared.contributions import Int64, Moments, ParameterSum, take
from letspic_shared.errors import KnownError
from letspic_shared.features import FOLDS, Float32, Float64
from letspic_shared.head import NO_FOLD, HeadStack
from letspic_shared.statistics import class_statistics
from letspic_shared.tensors import Array

Header = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class RunData:
    """What a device trains on in one run.

    Attributes
    ----------
    features, labels, folds
        Conditioned features n x d, class ids n and folds n of the labelled photos, in SHA-256 order.
    raw
        Their backbone features as they are, n x d.
    unlabelled
        Conditioned features of photos that nobody labelled, m x d.
    classes
        Number of classes C of the run.
    seed
        Starts this device's random draws of the run.
    """

    features: Float64
    raw: Float32
    labels: Int64
    folds: Int64
    unlabelled: Float64
    classes: int
    seed: int

    @property
    def dimension(self) -> int:
        """Length d of a feature."""
        return int(self.features.shape[1])

    def generator(self, round_number: int) -> np.random.Generator:
        """Return the random generator of a round: the same draws however often the round is asked for."""
        return np.random.default_rng([self.seed, round_number])


def compute(data: RunData, header: Header, tensors: Mapping[str, Array]) -> dict[str, Array]:
    """Run the task that a round's header names and return the contribution's tensors.

    Raises
    ------
    BadField, ContributionError
        The round asks for something that does not exist or carries arrays of the wrong shape.
    """
    name = messages.text(header, "task", 32)
    task = TASKS.get(name)
    if task is None:
        raise messages.BadField(f"there is no task '{name}'")
    # Numbers that run away are noticed in what they lead to; a warning would only fill the log of the device.
    with np.errstate(over="ignore", invalid="ignore"):
        return task(data, header, tensors)


def _moments(data: RunData, header: Header, tensors: Mapping[str, Array]) -> dict[str, Array]:
    del header, tensors
    return Moments(count=len(data.labels), total=data.features.sum(axis=0)).to_tensors()


def _statistics(data: RunData, header: Header, tensors: Mapping[str, Array]) -> dict[str, Array]:
    del tensors
    unlabelled = data.unlabelled if messages.flag(header, "unlabelled") else None
    return class_statistics(data.features, data.labels, data.folds, data.classes, unlabelled).to_tensors()


def _expectation(data: RunData, header: Header, tensors: Mapping[str, Array]) -> dict[str, Array]:
    del header
    weights = _take_float(tensors, "weights", (data.dimension, data.classes))
    bias = _take_float(tensors, "bias", (data.classes,))
    mean = _take_float(tensors, "mean", (data.dimension,))
    soft = heads.softmax((data.unlabelled - mean) @ weights + bias)
    return {
        "count": np.array([len(soft)], np.int64),
        "counts": soft.sum(axis=0),
        "sums": (soft.T @ data.unlabelled).astype(np.float32),
    }


def _gradient(data: RunData, header: Header, tensors: Mapping[str, Array]) -> dict[str, Array]:
    stack = _stack(data, header, tensors)
    return heads.gradient_sum(data.features, data.labels, data.folds, stack).to_tensors()


def _local(data: RunData, header: Header, tensors: Mapping[str, Array]) -> dict[str, Array]:
    _require_photos(data)
    stack = _stack(data, header, tensors)
    weights, bias, loss = heads.local_descent(
        data.features,
        data.labels,
        (stack.weights[0], stack.bias[0], stack.means[0]),
        steps=messages.number(header, "steps", 1, 10_000),
        batch_size=messages.number(header, "batch_size", 1, 1 << 20),
        learning_rate=messages.real(header, "learning_rate", 0.0, 1e6),
        generator=data.generator(messages.number(header, "round", 0, 1 << 31)),
    )
    return _parameter_sum(data, (weights, bias), loss).to_tensors()


def _paper(data: RunData, header: Header, tensors: Mapping[str, Array]) -> dict[str, Array]:
    _require_photos(data)
    middle = messages.number(header, "middle", 1, 1 << 16)
    width = messages.number(header, "width", 1, 1 << 16)
    shapes = paper_head.shapes(data.dimension, middle, width, data.classes)
    parameters = tuple(_take_float(tensors, f"p{index}", shape) for index, shape in enumerate(shapes))
    trained, loss = paper_head.local_descent(
        data.raw,
        data.labels,
        parameters,
        steps=messages.number(header, "steps", 1, 10_000),
        batch_size=messages.number(header, "batch_size", 1, 1 << 20),
        learning_rate=messages.real(header, "learning_rate", 0.0, 1e6),
        generator=data.generator(messages.number(header, "round", 0, 1 << 31)),
    )
    return _parameter_sum(data, trained, loss).to_tensors()


TASKS: dict[str, Callable[[RunData, Header, Mapping[str, Array]], dict[str, Array]]] = {
    "moments": _moments,
    "statistics": _statistics,
    "expectation": _expectation,
    "gradient": _gradient,
    "local": _local,
    "paper": _paper,
}


def _require_photos(data: RunData) -> None:
    if len(data.labels) == 0:
        raise KnownError("The device has no labelled photo to train on")


def _parameter_sum(data: RunData, parameters: tuple[Float64, ...], loss: float) -> ParameterSum:
    count = len(data.labels)
    if not all(np.isfinite(parameter.astype(np.float32)).all() for parameter in parameters):
        raise KnownError("Training ran away on this device", "Use a smaller learning rate")
    return ParameterSum(count=count, loss=loss * count, parameters=tuple(p * count for p in parameters))


def _stack(data: RunData, header: Header, tensors: Mapping[str, Array]) -> HeadStack:
    held_out = header.get("held_out", [NO_FOLD])
    if not isinstance(held_out, list) or not all(_is_fold(fold) for fold in held_out) or not held_out:
        raise messages.BadField("field 'held_out' is not a list of folds")
    count, d, c = len(held_out), data.dimension, data.classes
    return HeadStack(
        weights=_take_float(tensors, "weights", (count, d, c)),
        bias=_take_float(tensors, "bias", (count, c)),
        means=_take_float(tensors, "means", (count, d)),
        held_out=tuple(held_out),
    )


def _is_fold(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and NO_FOLD <= value < FOLDS


def _take_float(tensors: Mapping[str, Array], name: str, shape: tuple[int, ...]) -> Float64:
    return take(tensors, name, "<f4", shape).astype(np.float64)
