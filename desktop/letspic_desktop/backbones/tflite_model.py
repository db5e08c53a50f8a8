"""What a .tflite file holds, before it is written: tensors, constant buffers and operators, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

TENSOR_TYPES: Final = {"float32": 0, "int32": 2, "uint8": 3, "int8": 9}
"""Number of each element type in the TensorFlow Lite schema."""


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """``real = scale * (stored - zero_point)``, per tensor or along one axis."""

    scale: NDArray[np.float32]
    zero_point: NDArray[np.int64]
    axis: int = 0


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """One tensor; ``buffer`` 0 means that it is computed."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    buffer: int
    quantization: Quantization | None


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One operator: ``kind`` and ``version`` name the kernel, the options are those it takes."""

    kind: str
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    stride: int = 1
    same_padding: bool = True
    relu6: bool = False


def quantization(scale: float | NDArray[np.floating[Any]], zero_point: int = 0, *, axis: int = 0) -> Quantization:
    """Return a quantization with one scale, or with one per channel along ``axis``."""
    scales = np.atleast_1d(np.asarray(scale, np.float32))
    return Quantization(scale=scales, zero_point=np.full(scales.size, zero_point, np.int64), axis=axis)


class Draft:
    """A .tflite file in the making.

    Parameters
    ----------
    name, description
        Written into the file for people who open it.
    """

    def __init__(self, name: str, description: str) -> None:
        self.name = name
        self.description = description
        self.buffers: list[bytes] = [b""]  # by the schema, buffer 0 is the empty one
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []
        self.inputs: list[int] = []
        self.outputs: list[int] = []

    def computed(self, name: str, shape: tuple[int, ...], dtype: str, quantization: Quantization | None = None) -> int:
        """Add a tensor that an operator fills (or the caller), and return its number."""
        return self._add(name, shape, dtype, 0, quantization)

    def constant(self, name: str, values: NDArray[Any], quantization: Quantization | None = None) -> int:
        """Add a tensor with fixed values, and return its number."""
        raw = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()
        self.buffers.append(raw)
        return self._add(name, values.shape, str(values.dtype), len(self.buffers) - 1, quantization)

    def operate(
        self,
        kind: str,
        inputs: list[int],
        output: int,
        *,
        version: int = 1,
        stride: int = 1,
        same_padding: bool = True,
        relu6: bool = False,
    ) -> int:
        """Add an operator with one output, and return that output's number."""
        operator = Operator(
            kind=kind,
            version=version,
            inputs=tuple(inputs),
            outputs=(output,),
            stride=stride,
            same_padding=same_padding,
            relu6=relu6,
        )
        self.operators.append(operator)
        return output

    def shape(self, tensor: int) -> tuple[int, ...]:
        """Return the shape of a tensor by its number."""
        return self.tensors[tensor].shape

    def _add(
        self, name: str, shape: tuple[int, ...], dtype: str, buffer: int, quantization: Quantization | None
    ) -> int:
        if dtype not in TENSOR_TYPES:
            raise ValueError(f"{name}: element type {dtype} is not written")
        sizes = tuple(int(axis) for axis in shape)
        self.tensors.append(Tensor(name=name, shape=sizes, dtype=dtype, buffer=buffer, quantization=quantization))
        return len(self.tensors) - 1
