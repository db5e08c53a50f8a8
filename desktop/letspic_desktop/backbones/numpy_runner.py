"""Run a network with NumPy alone, in double precision: what the written .tflite files are tested against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.backbones.graph import IMAGE, Addition, Convolution, FloatArray, GlobalMean, Layer, Network

Picture = NDArray[np.float64]
"""[n, side, side, channels]"""


def run(network: Network, pictures: NDArray[np.uint8]) -> FloatArray:
    """Return the features of ``pictures``.

    Parameters
    ----------
    pictures
        uint8 RGB, [n, S, S, 3] with S the network's size.

    Returns
    -------
    FloatArray
        [n, d]
    """
    mean, std = np.array(network.mean), np.array(network.std)
    outputs: dict[int, Picture] = {IMAGE: (pictures - mean) / std}
    last_use = {source: number for number, layer in enumerate(network.layers) for source in _sources(layer)}
    for number, layer in enumerate(network.layers):
        outputs[number] = _apply(layer, outputs)
        for source in _sources(layer):
            if last_use[source] == number:
                outputs.pop(source, None)
    return outputs[len(network.layers) - 1].astype(np.float32)


def _sources(layer: Layer) -> tuple[int, ...]:
    return (layer.left, layer.right) if isinstance(layer, Addition) else (layer.source,)


def _apply(layer: Layer, outputs: dict[int, Picture]) -> Picture:
    if isinstance(layer, Addition):
        return outputs[layer.left] + outputs[layer.right]
    if isinstance(layer, GlobalMean):
        mean: Picture = outputs[layer.source].mean(axis=(1, 2))
        return mean
    return _convolve(layer, outputs[layer.source])


def _convolve(layer: Convolution, picture: Picture) -> Picture:
    """Sum the shifted pictures, one for each place of the kernel."""
    padded = _pad(layer, picture)
    kernel, stride = layer.kernel, layer.stride
    side = (padded.shape[1] - kernel) // stride + 1
    reach = stride * (side - 1) + 1
    result = np.zeros((len(picture), side, side, layer.channels))
    for row in range(kernel):
        for column in range(kernel):
            shifted = padded[:, row : row + reach : stride, column : column + reach : stride]
            factor = layer.weights[:, row, column, :]
            result += shifted * factor[0] if layer.depthwise else shifted @ factor.T
    result += layer.bias
    return np.clip(result, 0, 6, out=result) if layer.relu6 else result


def _pad(layer: Convolution, picture: Picture) -> Picture:
    before, after = 1, 0
    if layer.padding == "same":
        side = picture.shape[1]
        total = max((-(-side // layer.stride) - 1) * layer.stride + layer.kernel - side, 0)
        before, after = total // 2, total - total // 2
    return np.pad(picture, ((0, 0), (before, after), (before, after), (0, 0)))
