"""A convolutional network as a flat list of layers, batch normalisation folded into the convolutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Padding = Literal["same", "leading"]

IMAGE: Final = -1
"""The layer number that stands for the normalised image."""


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """A convolution with its bias, and optionally ReLU6.

    Parameters
    ----------
    source
        Number of the layer that it reads, or ``IMAGE``.
    weights
        OHWI, or 1HWC where ``depthwise``, as TensorFlow Lite stores them.
    bias
        One value per output channel.
    centre, spread
        Mean and standard deviation of each channel before ReLU6, over the pictures that the network was trained on,
        as its batch normalisation knows them.
    padding
        ``same`` as in TensorFlow; ``leading`` puts one row and one column of zeros before the picture, which is
        what PyTorch's symmetric padding of a 3x3 convolution comes to at stride 2 on an even side.
    """

    source: int
    weights: FloatArray
    bias: FloatArray
    centre: FloatArray
    spread: FloatArray
    stride: int = 1
    padding: Padding = "same"
    depthwise: bool = False
    relu6: bool = True

    @property
    def kernel(self) -> int:
        """Side of the square kernel."""
        return int(self.weights.shape[1])

    @property
    def channels(self) -> int:
        """Number of output channels."""
        return int(self.bias.size)


@dataclass(frozen=True, kw_only=True)
class Addition:
    """The sum of two layers of equal shape."""

    left: int
    right: int


@dataclass(frozen=True, kw_only=True)
class GlobalMean:
    """The mean over the picture, per channel: the feature."""

    source: int


Layer = Convolution | Addition | GlobalMean


@dataclass(frozen=True, kw_only=True)
class Network:
    """A backbone ready to be written.

    Parameters
    ----------
    size
        Side of the square uint8 RGB picture, in pixels.
    mean, std
        The layers read ``(picture - mean) / std``, per channel, in steps of a uint8.
    layers
        In order of computation; the last one is the ``GlobalMean``.
    dim
        Length d of the feature.
    classifier_weights, classifier_bias
        The network's own ImageNet classifier, [d, 1000] and [1000]: ``feature @ weights + bias`` are its logits.
    """

    name: str
    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    layers: tuple[Layer, ...]
    dim: int
    classifier_weights: FloatArray
    classifier_bias: FloatArray

    @property
    def one_step_input(self) -> bool:
        """Whether a single scale and an integer zero point normalise the picture exactly."""
        return len(set(self.mean)) == 1 and len(set(self.std)) == 1 and float(self.mean[0]).is_integer()


@dataclass(frozen=True, kw_only=True)
class BatchNorm:
    """The frozen parameters of one batch normalisation, each [channels]."""

    gamma: FloatArray
    beta: FloatArray
    mean: FloatArray
    variance: FloatArray
    epsilon: float


@dataclass(frozen=True, kw_only=True)
class Folded:
    """Weights, bias and output statistics of a convolution, as ``Convolution`` wants them."""

    weights: FloatArray
    bias: FloatArray
    centre: FloatArray
    spread: FloatArray


def fold_batch_norm(weights: FloatArray, norm: BatchNorm, *, channel_axis: int) -> Folded:
    """Return the convolution that equals ``weights`` followed by ``norm``.

    Parameters
    ----------
    weights
        Kernel of a convolution without bias; ``channel_axis`` runs over its output channels.
    """
    factor = norm.gamma.astype(np.float64) / np.sqrt(norm.variance.astype(np.float64) + norm.epsilon)
    shape = [1] * weights.ndim
    shape[channel_axis] = -1
    return Folded(
        weights=np.ascontiguousarray(weights * factor.reshape(shape), np.float32),
        bias=(norm.beta - norm.mean * factor).astype(np.float32),
        centre=norm.beta,
        spread=np.abs(norm.gamma),
    )


def output_side(layer: Convolution, side: int) -> int:
    """Return the side of the square picture that ``layer`` makes of one of side ``side``."""
    if layer.padding == "same":
        return -(-side // layer.stride)
    return (side + 1 - layer.kernel) // layer.stride + 1
