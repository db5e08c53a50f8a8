"""Give every channel of a ReLU6 layer the whole int8 range, where one scale per tensor would leave it a few steps.

Sharing a factor between a layer's outputs and the next layer's inputs changes nothing in float arithmetic (cross-layer
equalisation: Nagel et al., 2019, Data-Free Quantization, section 4.1), except that a channel is now cut at its own
ceiling instead of at 6; that ceiling lies many standard deviations above its mean.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from letspic_desktop.backbones.graph import Convolution, FloatArray, GlobalMean, Layer, Network

_RELU6_CEILING: Final = 6.0
RELU6_RANGE: Final = (0.0, _RELU6_CEILING)
_LOWEST_CEILING: Final = 0.3
_DEVIATIONS: Final = 8.0


def equalise_channels(network: Network) -> Network:
    """Return the network with the channels of all ReLU6 layers but the last scaled so that their ceilings are 6."""
    chosen = equalised_layers(network)
    factors: dict[int, FloatArray] = {}
    layers: list[Layer] = []
    for number, layer in enumerate(network.layers):
        if isinstance(layer, Convolution):
            scaled = layer
            if layer.source in factors:
                scaled = replace(layer, weights=layer.weights / factors[layer.source])
            if number in chosen:
                factors[number] = _RELU6_CEILING / _ceilings(layer)
                scaled = _scale_outputs(scaled, factors[number])
            layers.append(scaled)
        else:
            layers.append(layer)
    return replace(network, layers=tuple(layers))


def equalised_layers(network: Network) -> frozenset[int]:
    """Return the numbers of the layers that ``equalise_channels`` scales: their range becomes 0..6."""
    pooled = {layer.source for layer in network.layers if isinstance(layer, GlobalMean)}
    return frozenset(
        number
        for number, layer in enumerate(network.layers)
        if isinstance(layer, Convolution) and layer.relu6 and number not in pooled
    )


def _ceilings(layer: Convolution) -> FloatArray:
    return np.clip(layer.centre + np.float32(_DEVIATIONS) * layer.spread, _LOWEST_CEILING, _RELU6_CEILING)


def _scale_outputs(layer: Convolution, factor: FloatArray) -> Convolution:
    shape = (1, 1, 1, -1) if layer.depthwise else (-1, 1, 1, 1)
    return replace(
        layer,
        weights=layer.weights * factor.reshape(shape),
        bias=layer.bias * factor,
        centre=layer.centre * factor,
        spread=layer.spread * factor,
    )
