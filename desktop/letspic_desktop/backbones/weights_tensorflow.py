"""Read the float constants of a frozen TensorFlow graph (.pb) without TensorFlow.

Only the protobuf wire format and the field numbers of GraphDef, NodeDef, AttrValue and TensorProto are needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from letspic_desktop.backbones.graph import FloatArray
from letspic_shared.errors import KnownError

_MAX_BYTES: Final = 256 << 20
_MAX_NODES: Final = 100_000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_GRAPH_NODE: Final = 1
_NODE_NAME, _NODE_OP, _NODE_ATTRIBUTE = 1, 2, 5
_MAP_KEY, _MAP_VALUE = 1, 2
_VALUE_TENSOR: Final = 8
_TENSOR_DTYPE, _TENSOR_SHAPE, _TENSOR_CONTENT = 1, 2, 4
_SHAPE_AXIS, _AXIS_SIZE = 2, 1
_FLOAT32: Final = 1

_Field = int | memoryview


def read_graph_constants(data: bytes) -> dict[str, FloatArray]:
    """Return the float32 tensors of the ``Const`` nodes by node name; scalars and other types are left out.

    Raises
    ------
    KnownError
        It is cut short, no GraphDef, or larger than a backbone can be.
    """
    try:
        if len(data) > _MAX_BYTES:
            raise ValueError("it is larger than any backbone")
        constants: dict[str, FloatArray] = {}
        for count, (number, node) in enumerate(_fields(memoryview(data))):
            if count > _MAX_NODES:
                raise ValueError("it has too many nodes")
            if number == _GRAPH_NODE:
                constants.update(_constant(_message(node)))
    except (ValueError, KeyError, OverflowError) as error:
        raise KnownError(f"The TensorFlow weights cannot be read ({error})", "Build the backbone again") from error
    if not constants:
        raise KnownError("The TensorFlow weights hold no tensors", "Build the backbone again")
    return constants


def _constant(node: memoryview) -> dict[str, FloatArray]:
    """Return the tensor of a Const node under its name, or nothing where it is none of float32."""
    name = operation = ""
    value: memoryview | None = None
    for number, field in _fields(node):
        if number == _NODE_NAME:
            name = str(_message(field), "utf-8")
        elif number == _NODE_OP:
            operation = str(_message(field), "utf-8")
        elif number == _NODE_ATTRIBUTE:
            pair = dict(_fields(_message(field)))
            if _MAP_VALUE in pair and bytes(_message(pair.get(_MAP_KEY, 0))) == b"value":
                value = _message(pair[_MAP_VALUE])
    if operation != "Const" or value is None:
        return {}
    for number, field in _fields(value):
        if number == _VALUE_TENSOR:
            tensor = _tensor(_message(field))
            return {} if tensor is None else {name: tensor}
    return {}


def _tensor(message: memoryview) -> FloatArray | None:
    shape: list[int] = []
    content: memoryview | None = None
    dtype = None
    for number, field in _fields(message):
        if number == _TENSOR_DTYPE:
            dtype = field
        elif number == _TENSOR_SHAPE:
            shape = [_axis(_message(axis)) for kind, axis in _fields(_message(field)) if kind == _SHAPE_AXIS]
        elif number == _TENSOR_CONTENT:
            content = _message(field)
    if dtype != _FLOAT32 or not content:
        return None
    if math.prod(shape) * 4 != len(content):
        raise ValueError("a tensor's shape does not fit its bytes")
    return np.frombuffer(content, "<f4").reshape(shape).astype(np.float32)


def _axis(message: memoryview) -> int:
    size = dict(_fields(message)).get(_AXIS_SIZE, 0)
    if not isinstance(size, int):
        raise ValueError("an axis has no size")  # noqa: TRY004 - the file is at fault, not the caller
    return size


def _message(field: _Field) -> memoryview:
    if isinstance(field, int):
        raise ValueError("a number stands where a message belongs")  # noqa: TRY004 - as above
    return field


def _fields(message: memoryview) -> Iterator[tuple[int, _Field]]:
    """Yield (field number, value) of one protobuf message."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        kind = key & 7
        if kind == _VARINT:
            number, position = _varint(message, position)
            yield key >> 3, number
            continue
        if kind == _BYTES:
            length, position = _varint(message, position)
        elif kind in (_FIXED32, _FIXED64):
            length = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError("it is no protobuf message")
        if length > len(message) - position:
            raise ValueError("it is cut short")
        yield key >> 3, message[position : position + length]
        position += length


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            raise ValueError("it is cut short")
        byte = message[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
    raise ValueError("it is no protobuf message")
