"""Turn a network into the bytes of a float32 .tflite file: uint8 RGB [1, S, S, 3] in, feature [1, d] out."""

from __future__ import annotations

import numpy as np

from letspic_desktop.backbones.graph import IMAGE, Addition, Convolution, GlobalMean, Network, output_side
from letspic_desktop.backbones.tflite_model import Draft, quantization
from letspic_desktop.backbones.tflite_writer import serialise

_PAD_BEFORE = np.array([[0, 0], [1, 0], [1, 0], [0, 0]], np.int32)
_PICTURE_AXES = np.array([1, 2], np.int32)


def emit_float(network: Network) -> bytes:
    """Return the .tflite file; its normalisation of the picture is part of it."""
    emitter = _Emitter(network)
    for number, layer in enumerate(network.layers):
        emitter.emit(number, layer)
    emitter.draft.outputs = [emitter.tensors[len(network.layers) - 1]]
    return serialise(emitter.draft)


class _Emitter:
    def __init__(self, network: Network) -> None:
        self.draft = Draft(network.name, f"{network.name} features, float32")
        self._network = network
        self._first_factor = np.ones(3, np.float32)
        self.tensors = {IMAGE: self._normalised_picture()}

    def _normalised_picture(self) -> int:
        network, draft = self._network, self.draft
        shape = (1, network.size, network.size, 3)
        if network.one_step_input:
            scaling = quantization(1 / network.std[0], int(network.mean[0]))
            picture = draft.computed("picture", shape, "uint8", scaling)
            draft.inputs = [picture]
            return draft.operate("DEQUANTIZE", [picture], draft.computed("normalised", shape, "float32"))
        # in whole steps of the picture nothing is rounded; the division by std goes into the first convolution
        picture = draft.computed("picture", shape, "uint8", quantization(1.0))
        draft.inputs = [picture]
        steps = draft.operate("DEQUANTIZE", [picture], draft.computed("steps", shape, "float32"))
        mean = draft.constant("minus_mean", -np.array(network.mean, np.float32))
        self._first_factor = (1 / np.array(network.std)).astype(np.float32)
        return draft.operate("ADD", [steps, mean], draft.computed("centred", shape, "float32"))

    def emit(self, number: int, layer: Convolution | Addition | GlobalMean) -> None:
        if isinstance(layer, Convolution):
            self.tensors[number] = self._convolution(number, layer)
        elif isinstance(layer, Addition):
            left, right = self.tensors[layer.left], self.tensors[layer.right]
            output = self.draft.computed(f"layer{number}", self.draft.shape(left), "float32")
            self.tensors[number] = self.draft.operate("ADD", [left, right], output)
        else:
            axes = self.draft.constant("picture_axes", _PICTURE_AXES)
            feature = self.draft.computed("feature", (1, self._network.dim), "float32")
            self.tensors[number] = self.draft.operate("MEAN", [self.tensors[layer.source], axes], feature)

    def _convolution(self, number: int, layer: Convolution) -> int:
        draft, source = self.draft, self.tensors[layer.source]
        side = output_side(layer, draft.shape(source)[1])
        if layer.padding == "leading":
            _, height, width, channels = draft.shape(source)
            padding = draft.constant(f"padding{number}", _PAD_BEFORE)
            padded = draft.computed(f"padded{number}", (1, height + 1, width + 1, channels), "float32")
            source = draft.operate("PAD", [source, padding], padded)
        factor = self._first_factor if layer.source == IMAGE else np.float32(1)
        weights = draft.constant(f"weights{number}", layer.weights * factor)
        bias = draft.constant(f"bias{number}", layer.bias)
        return draft.operate(
            "DEPTHWISE_CONV_2D" if layer.depthwise else "CONV_2D",
            [source, weights, bias],
            draft.computed(f"layer{number}", (1, side, side, layer.channels), "float32"),
            stride=layer.stride,
            same_padding=layer.padding == "same",
            relu6=layer.relu6,
        )
