"""Decide whether a .tflite file of unknown origin can be a backbone, and say precisely why where it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.backbones.flatbuffer_reader import DamagedFlatbuffer
from letspic_desktop.backbones.tflite_outline import Outline, TensorOutline, read_outline
from letspic_desktop.backbones.trial import try_model
from letspic_shared.errors import KnownError

_MAX_BYTES: Final = 128 << 20  # what a device takes
_SMALLEST_SIDE, _LARGEST_SIDE = 32, 1024
_SHORTEST, _LONGEST = 2, 16_384
_OTHER_FORMATS: Final = (
    (b"PK\x03\x04", "a zip archive (PyTorch or Keras)"),
    (b"\x89HDF", "an HDF5 file (Keras)"),
    (b"\x80\x02", "a pickle (PyTorch)"),
    (b"\x1f\x8b", "a gzip archive"),
)
_ACTION: Final = "Choose a .tflite file with input uint8 1xSxSx3 (RGB, S of 32 or more) and output float32 1xd"


@dataclass(frozen=True, kw_only=True)
class ForeignModel:
    """What was found out about a file that is fit to be a backbone."""

    precision: str
    size: int
    dim: int


def read_model_file(file: Path) -> bytes:
    """Return a file's bytes, where it is a regular one of a size that a backbone can have.

    Raises
    ------
    KnownError
        It is absent, empty, too large, no regular file, or cannot be read.
    """
    try:
        if not file.exists():
            raise KnownError(f"There is no file {file}", "Check the path")
        if not file.is_file():
            raise KnownError(f"{file} is not a file", "Give the path of a .tflite file")
        if file.stat().st_size > _MAX_BYTES:
            raise _refusal(file, f"it is larger than {_MAX_BYTES >> 20} MB")
        with file.open("rb") as opened:
            data = opened.read(_MAX_BYTES)
    except (OSError, ValueError) as error:
        raise KnownError(f"{file} cannot be read ({error})", "Check the path and its permissions") from error
    if not data:
        raise _refusal(file, "it is empty")
    return data


def inspect_model(data: bytes, file: Path) -> ForeignModel:
    """Check a model's structure, then try it in a process of its own.

    Parameters
    ----------
    file
        Where it came from, for the message.

    Raises
    ------
    KnownError
        It cannot be a backbone; the sentence says why.
    """
    try:
        outline = _outline(data)
        size, dim = _picture_side(outline), _feature_length(outline)
        _check_features(try_model(data, size), dim)
    except ValueError as error:
        raise _refusal(file, str(error)) from error
    return ForeignModel(precision=_precision(outline), size=size, dim=dim)


def _outline(data: bytes) -> Outline:
    for start, name in _OTHER_FORMATS:
        if data.startswith(start) and data[4:8] != b"TFL3":
            raise DamagedFlatbuffer(f"it is {name}, not a TensorFlow Lite file")
    outline = read_outline(data)
    if outline.custom_operators:
        raise ValueError(f"it needs the custom operator {outline.custom_operators[0][:60]!r}, which is not available")
    return outline


def _picture_side(outline: Outline) -> int:
    picture = _only(outline.inputs, "input")
    if picture.dtype != "uint8":
        raise ValueError(f"its input is {picture}, not uint8 1xSxSx3")
    shape = picture.shape
    if len(shape) != 4 or shape[0] != 1 or shape[3] != 3 or shape[1] != shape[2]:
        raise ValueError(f"its input is {picture}, not one square RGB picture (uint8 1xSxSx3)")
    if not _SMALLEST_SIDE <= shape[1] <= _LARGEST_SIDE:
        raise ValueError(f"its pictures have {shape[1]} pixels a side, not {_SMALLEST_SIDE} to {_LARGEST_SIDE}")
    return shape[1]


def _feature_length(outline: Outline) -> int:
    feature = _only(outline.outputs, "output")
    if feature.dtype != "float32":
        raise ValueError(f"its output is {feature}, not float32 1xd")
    if len(feature.shape) != 2 or feature.shape[0] != 1:
        raise ValueError(f"its output is {feature}, not one vector (float32 1xd)")
    if not _SHORTEST <= feature.shape[1] <= _LONGEST:
        raise ValueError(f"its output has {feature.shape[1]} values, not {_SHORTEST} to {_LONGEST}")
    return feature.shape[1]


def _only(tensors: tuple[TensorOutline, ...], what: str) -> TensorOutline:
    if len(tensors) != 1:
        listed = ", ".join(map(str, tensors[:4])) or "none"
        raise ValueError(f"it has {len(tensors)} {what}s ({listed}), not one")
    return tensors[0]


def _check_features(features: NDArray[np.float32], dim: int) -> None:
    """Refuse what a trial shows to be useless; the last of the trial pictures is the first one again."""
    if features.shape[1] != dim:
        raise ValueError(f"it gives {features.shape[1]} values where it announces {dim}")
    if not np.isfinite(features).all():
        raise ValueError("its output holds values that are not finite")
    if np.ptp(features, axis=0).max() == 0:
        raise ValueError("its output is the same for every picture")
    if not np.array_equal(features[0], features[-1]):
        raise ValueError("its output differs between two runs on the same picture")


def _precision(outline: Outline) -> str:
    types = outline.tensor_types - {"uint8", "int32", "int64", "bool"}  # picture, indices, shapes
    if types == {"float32"}:
        return "float32"
    return "int8" if types <= {"float32", "int8"} else "other"


def _refusal(file: Path, reason: str) -> KnownError:
    return KnownError(f"{file.name} cannot be used as a backbone: {reason}", _ACTION)
