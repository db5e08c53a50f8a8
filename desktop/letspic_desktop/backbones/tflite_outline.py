"""What a .tflite file claims to be, read with every offset and number checked before a C++ runtime sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from letspic_desktop.backbones.flatbuffer_reader import DamagedFlatbuffer, Table

_IDENTIFIER: Final = b"TFL3"
_SCHEMA_VERSION: Final = 3
_CUSTOM: Final = 32
_ABSENT_TENSOR: Final = -1
_MAX_PARTS: Final = 20_000
_MAX_TENSOR_BYTES: Final = 1 << 29
# number of the element type in the schema: (name, bytes each; 0 where that is not fixed)
_TYPES: Final = {
    0: ("float32", 4),
    1: ("float16", 2),
    2: ("int32", 4),
    3: ("uint8", 1),
    4: ("int64", 8),
    5: ("string", 0),
    6: ("bool", 1),
    7: ("int16", 2),
    8: ("complex64", 8),
    9: ("int8", 1),
    10: ("float64", 8),
    11: ("complex128", 16),
    12: ("uint64", 8),
    13: ("resource", 0),
    14: ("variant", 0),
    15: ("uint32", 4),
    16: ("uint16", 2),
    17: ("int4", 0),
    18: ("bfloat16", 2),
}


@dataclass(frozen=True, kw_only=True)
class TensorOutline:
    """One tensor's name, element type and shape."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.dtype} {'x'.join(map(str, self.shape)) or 'scalar'}"


@dataclass(frozen=True, kw_only=True)
class Outline:
    """Inputs and outputs of the main graph, the element types in it, and the custom operators it wants."""

    inputs: tuple[TensorOutline, ...]
    outputs: tuple[TensorOutline, ...]
    tensor_types: frozenset[str]
    custom_operators: tuple[str, ...]


def read_outline(data: bytes) -> Outline:
    """Return the outline of a .tflite file.

    Raises
    ------
    DamagedFlatbuffer
        It is none, or its parts lead out of the file or do not fit together.
    """
    if len(data) < 8 or data[4:8] != _IDENTIFIER:
        raise DamagedFlatbuffer("it is not a TensorFlow Lite file")
    model = Table.root(data)
    if model.number(0, "I") != _SCHEMA_VERSION:
        raise DamagedFlatbuffer(f"its schema version is {model.number(0, 'I')}, not {_SCHEMA_VERSION}")
    custom = _operator_codes(model)
    buffers = _buffer_sizes(model, len(data))
    graphs = model.tables(2)
    if not graphs:
        raise DamagedFlatbuffer("it holds no graph")
    _check_count(sum(graph.vector(slot, 4)[1] for graph in graphs for slot in (0, 3)))
    parts = [_graph(graph, len(custom), buffers) for graph in graphs]
    tensors, inputs, outputs = parts[0]
    return Outline(
        inputs=tuple(tensors[number] for number in inputs),
        outputs=tuple(tensors[number] for number in outputs),
        tensor_types=frozenset(tensor.dtype for tensors, _, _ in parts for tensor in tensors),
        custom_operators=tuple(name for name in custom if name),
    )


def _operator_codes(model: Table) -> list[str]:
    """Return the name of each custom operator code, empty for a builtin one."""
    _check_count(model.vector(1, 4)[1])
    names = []
    for code in model.tables(1):
        is_custom = max(code.number(0, "b"), code.number(3, "i")) == _CUSTOM
        names.append((code.text(1) or "without a name") if is_custom else "")
    return names


def _buffer_sizes(model: Table, file_bytes: int) -> list[int]:
    _check_count(model.vector(4, 4)[1])
    sizes = []
    for buffer in model.tables(4):
        offset, size = buffer.number(1, "Q"), buffer.number(2, "Q")
        if offset > 1 and offset + size > file_bytes:
            raise DamagedFlatbuffer("it is cut short or damaged")
        sizes.append(size if offset > 1 else buffer.vector(0, 1)[1])
    return sizes


def _graph(
    graph: Table, codes: int, buffers: list[int]
) -> tuple[list[TensorOutline], tuple[int, ...], tuple[int, ...]]:
    tensors = [_tensor(tensor, buffers) for tensor in graph.tables(0)]
    inputs, outputs = graph.numbers(1, "i"), graph.numbers(2, "i")
    operators = graph.tables(3)
    if not operators:
        raise DamagedFlatbuffer("a graph in it computes nothing")
    computed: list[int] = []
    for operator in operators:
        if operator.number(0, "I") >= codes:
            raise DamagedFlatbuffer("an operator in it has no code")
        _check_indices(operator.numbers(1, "i"), len(tensors), lowest=_ABSENT_TENSOR)
        computed += operator.numbers(2, "i")
        _check_indices(operator.numbers(8, "i"), len(tensors), lowest=_ABSENT_TENSOR)
    _check_indices((*inputs, *outputs, *computed), len(tensors), lowest=0)
    return tensors, inputs, outputs


def _tensor(tensor: Table, buffers: list[int]) -> TensorOutline:
    dtype, item_bytes = _TYPES.get(tensor.number(1, "b"), ("an unknown type", 0))
    shape = tensor.numbers(0, "i")
    buffer = tensor.number(2, "I")
    if buffer >= len(buffers) or any(axis < -1 for axis in shape):
        raise DamagedFlatbuffer("a tensor in it has an impossible shape or place")
    needed = math.prod(max(axis, 1) for axis in shape) * max(item_bytes, 1)
    if needed > _MAX_TENSOR_BYTES:
        raise DamagedFlatbuffer(f"a tensor in it would take {needed >> 20} MB")
    sparse = tensor.table(6) is not None
    if buffers[buffer] and item_bytes and not sparse and buffers[buffer] != math.prod(shape) * item_bytes:
        raise DamagedFlatbuffer("the bytes of a tensor in it do not fit its shape")
    _check_quantization(tensor.table(4), shape)
    return TensorOutline(name=tensor.text(3), dtype=dtype, shape=shape)


def _check_quantization(scaling: Table | None, shape: tuple[int, ...]) -> None:
    """Refuse scales that do not fit the axis they run along: runtimes read one per channel without looking."""
    if scaling is None:
        return
    _, scales = scaling.vector(2, 4)
    _, zero_points = scaling.vector(3, 8)
    axis = scaling.number(6, "i")
    if scales > 1 and (not 0 <= axis < len(shape) or scales != shape[axis] or zero_points not in (0, 1, scales)):
        raise DamagedFlatbuffer("the quantization of a tensor in it does not fit its shape")


def _check_indices(numbers: tuple[int, ...], tensors: int, *, lowest: int) -> None:
    if any(not lowest <= number < tensors for number in numbers):
        raise DamagedFlatbuffer("an operator in it names a tensor that is not there")


def _check_count(count: int) -> None:
    if count > _MAX_PARTS:
        raise DamagedFlatbuffer(f"it has {count} parts, more than any backbone")
