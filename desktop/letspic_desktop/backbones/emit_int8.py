"""Turn a network into the bytes of an int8 .tflite file: uint8 RGB [1, S, S, 3] in, float32 feature [1, d] out.

Scheme of the TensorFlow Lite 8-bit quantization specification: activations asymmetric per tensor, weights symmetric
per output channel, bias int32. The bias takes back what rounding the weights adds on average (Nagel et al., 2019,
data-free bias correction). The last feature map is turned back into float before it is averaged, which keeps detail
below one step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from letspic_desktop.backbones.graph import IMAGE, Addition, Convolution, GlobalMean, Network, output_side
from letspic_desktop.backbones.rounding import average_response, mean_outputs, round_weights
from letspic_desktop.backbones.tflite_model import Draft, Quantization, quantization
from letspic_desktop.backbones.tflite_writer import serialise

Range = tuple[float, float]

_PAD_BEFORE = np.array([[0, 0], [1, 0], [1, 0], [0, 0]], np.int32)
_PICTURE_AXES = np.array([1, 2], np.int32)
_STEPS = 255
_LOWEST, _HIGHEST = -128, 127
_LARGEST_BIAS = 2**31 - 1
_SMALLEST = 1e-9


@dataclass(frozen=True, kw_only=True)
class _Activation:
    """An int8 tensor and how its values are read."""

    tensor: int
    scale: float
    zero_point: int


def emit_int8(network: Network, ranges: Mapping[int, Range]) -> bytes:
    """Return the .tflite file.

    Parameters
    ----------
    ranges
        Layer number -> smallest and largest value of its output, as measured with the float network on pictures;
        for every layer but the last.
    """
    emitter = _Emitter(network, ranges)
    for number, layer in enumerate(network.layers[:-1]):
        emitter.emit(number, layer)
    last = network.layers[-1]
    if not isinstance(last, GlobalMean):
        raise ValueError(f"{network.name} does not end in a mean over the picture")  # noqa: TRY004 - a wrong network
    emitter.draft.outputs = [emitter.feature(last)]
    return serialise(emitter.draft)


def _steps(lowest: float, highest: float) -> tuple[float, int]:
    """Return scale and zero point of an int8 range that contains 0."""
    lowest, highest = min(lowest, 0.0), max(highest, 0.0)
    scale = (highest - lowest) / _STEPS or 1.0
    return scale, int(np.clip(round(_LOWEST - lowest / scale), _LOWEST, _HIGHEST))


class _Emitter:
    def __init__(self, network: Network, ranges: Mapping[int, Range]) -> None:
        self.draft = Draft(f"{network.name}-int8", f"{network.name} features, int8")
        self._network = network
        self._ranges = ranges
        self._means = mean_outputs(network)
        self._first_factor = np.ones(3)
        self._activations = {IMAGE: self._normalised_picture()}

    def _activation(self, name: str, shape: tuple[int, ...], steps: tuple[float, int]) -> _Activation:
        scale, zero_point = steps
        tensor = self.draft.computed(name, shape, "int8", quantization(scale, zero_point))
        return _Activation(tensor=tensor, scale=scale, zero_point=zero_point)

    def _normalised_picture(self) -> _Activation:
        network, draft = self._network, self.draft
        shape = (1, network.size, network.size, 3)
        if network.one_step_input:
            scale, zero_point = 1 / network.std[0], int(network.mean[0])
            picture = draft.computed("picture", shape, "uint8", quantization(scale, zero_point))
            centred = self._activation("centred", shape, (scale, zero_point + _LOWEST))
            draft.operate("QUANTIZE", [picture], centred.tensor)
        else:
            picture = draft.computed("picture", shape, "uint8", quantization(1 / 255))
            scaled = self._activation("scaled", shape, (1 / 255, _LOWEST))
            draft.operate("QUANTIZE", [picture], scaled.tensor)
            mean = np.array(network.mean) / 255
            centred = self._activation("centred", shape, _steps(-mean.max(), 1 - mean.min()))
            step = float(mean.max() / _HIGHEST)
            minus_mean = draft.constant("minus_mean", np.round(-mean / step).astype(np.int8), quantization(step))
            draft.operate("ADD", [scaled.tensor, minus_mean], centred.tensor, version=2)
            # the division by std goes into the first convolution
            self._first_factor = 255 / np.array(network.std)
        draft.inputs = [picture]
        return centred

    def emit(self, number: int, layer: Convolution | Addition | GlobalMean) -> None:
        if isinstance(layer, Convolution):
            self._activations[number] = self._convolution(number, layer)
        elif isinstance(layer, Addition):
            left, right = self._activations[layer.left], self._activations[layer.right]
            shape = self.draft.shape(left.tensor)
            result = self._activation(f"layer{number}", shape, _steps(*self._ranges[number]))
            self.draft.operate("ADD", [left.tensor, right.tensor], result.tensor, version=2)
            self._activations[number] = result
        else:
            raise ValueError("only the last layer may be a mean over the picture")  # noqa: TRY004 - a wrong network

    def feature(self, layer: GlobalMean) -> int:
        """Add the last layer, and return its tensor."""
        draft, source = self.draft, self._activations[layer.source].tensor
        real = draft.operate(
            "DEQUANTIZE", [source], draft.computed("last_map", draft.shape(source), "float32"), version=2
        )
        axes = draft.constant("picture_axes", _PICTURE_AXES)
        return draft.operate("MEAN", [real, axes], draft.computed("feature", (1, self._network.dim), "float32"))

    def _convolution(self, number: int, layer: Convolution) -> _Activation:
        draft, source = self.draft, self._activations[layer.source]
        side = output_side(layer, draft.shape(source.tensor)[1])
        if layer.padding == "leading":
            source = self._padded(number, source)
        lowest, highest = self._ranges[number]
        if layer.relu6:
            lowest, highest = 0.0, min(max(highest, 1e-3), 6.0)
        result = self._activation(f"layer{number}", (1, side, side, layer.channels), _steps(lowest, highest))
        weights, bias = self._constants(number, layer, source.scale)
        draft.operate(
            "DEPTHWISE_CONV_2D" if layer.depthwise else "CONV_2D",
            [source.tensor, weights, bias],
            result.tensor,
            version=3,
            stride=layer.stride,
            same_padding=layer.padding == "same",
            relu6=layer.relu6,
        )
        return result

    def _padded(self, number: int, source: _Activation) -> _Activation:
        _, height, width, channels = self.draft.shape(source.tensor)
        shape = (1, height + 1, width + 1, channels)
        padded = self._activation(f"padded{number}", shape, (source.scale, source.zero_point))
        padding = self.draft.constant(f"padding{number}", _PAD_BEFORE)
        self.draft.operate("PAD", [source.tensor, padding], padded.tensor, version=2)
        return padded

    def _constants(self, number: int, layer: Convolution, source_scale: float) -> tuple[int, int]:
        """Add the quantized weights and bias, and return their tensors."""
        weights = layer.weights.astype(np.float64)
        if layer.source == IMAGE:
            weights = weights * self._first_factor
        axis = 3 if layer.depthwise else 0
        others = tuple(a for a in range(4) if a != axis)
        scale = np.maximum(np.abs(weights).max(axis=others, keepdims=True), _SMALLEST) / _HIGHEST
        stored = round_weights(weights / scale)
        bias_scale = scale.ravel() * source_scale
        surplus = average_response(stored * scale - weights, self._means[layer.source], depthwise=layer.depthwise)
        bias = np.clip(np.round((layer.bias - surplus) / bias_scale), -_LARGEST_BIAS, _LARGEST_BIAS).astype(np.int32)
        per_channel: Quantization = quantization(scale.ravel(), axis=axis)
        return (
            self.draft.constant(f"weights{number}", stored, per_channel),
            self.draft.constant(f"bias{number}", bias, quantization(bias_scale)),
        )
