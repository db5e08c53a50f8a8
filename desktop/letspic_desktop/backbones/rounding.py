"""Round weights to int8 so that what the rounding adds to a layer's output cancels out as far as possible.

Both measures need no pictures. Kernels are rounded so that the errors of their taps sum to nearly nothing, since
neighbouring pixels are much alike. And the average of what is left goes into the bias; the average input of each
layer follows from the batch normalisation before it (Nagel et al., 2019, Data-Free Quantization, section 4.2).
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.backbones.graph import IMAGE, Addition, Convolution, Network

_LARGEST: Final = 127
_CEILING: Final = 6.0
_SMALLEST_SPREAD: Final = 1e-6
_erf: Final = np.vectorize(math.erf, otypes=[np.float64])

Values = NDArray[np.float64]


def round_weights(steps: Values) -> NDArray[np.int8]:
    """Return weights [O, H, W, I], given in int8 steps, as int8; the errors of each kernel's taps nearly cancel."""
    rounded = np.clip(np.round(steps), -_LARGEST, _LARGEST)
    kernels = (steps.shape[0], steps.shape[1] * steps.shape[2], steps.shape[3])
    if kernels[1] > 1:
        error = (rounded - steps).reshape(kernels)
        total = np.round(error.sum(axis=1, keepdims=True))
        # as many taps as the errors sum to go one step back: those that went furthest in that direction
        place = (-np.sign(total) * error).argsort(axis=1).argsort(axis=1)
        back = np.sign(total) * (place < np.abs(total))
        rounded = np.clip(rounded - back.reshape(steps.shape), -_LARGEST, _LARGEST)
    return rounded.astype(np.int8)


def average_response(weights: Values, means: Values, *, depthwise: bool) -> Values:
    """Return what a convolution with ``weights`` gives on average, [O], where its input channels average ``means``."""
    taps = weights.sum(axis=(1, 2))  # [O, I]; depthwise [1, C]
    response: Values = (taps * means).ravel() if depthwise else taps @ means
    return response


def mean_outputs(network: Network) -> dict[int, Values]:
    """Return the average output of each layer per channel, by layer number; that of ``IMAGE`` is taken as 0."""
    means: dict[int, Values] = {IMAGE: np.zeros(3)}
    for number, layer in enumerate(network.layers):
        if isinstance(layer, Convolution):
            means[number] = _clipped_mean(layer) if layer.relu6 else layer.centre.astype(np.float64)
        elif isinstance(layer, Addition):
            means[number] = means[layer.left] + means[layer.right]
    return means


def _clipped_mean(layer: Convolution) -> Values:
    """Return the mean of a normal distribution clipped to 0..6."""
    centre = layer.centre.astype(np.float64)
    spread = np.maximum(layer.spread.astype(np.float64), _SMALLEST_SPREAD)
    low, high = -centre / spread, (_CEILING - centre) / spread
    inside = _share_below(high) - _share_below(low)
    mean: Values = centre * inside + spread * (_density(low) - _density(high)) + _CEILING * (1 - _share_below(high))
    return mean


def _share_below(z: Any) -> Values:
    share: Values = 0.5 * (1 + _erf(z / math.sqrt(2)))
    return share


def _density(z: Any) -> Values:
    density: Values = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return density
