"""Serialise a draft as a .tflite flatbuffer; slot numbers are those of the public schema, version 3."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.backbones.tflite_model import TENSOR_TYPES, Draft, Operator, Quantization, Tensor

_SCHEMA_VERSION: Final = 3
_IDENTIFIER: Final = b"TFL3"
_BUFFER_ALIGNMENT: Final = 16
_LARGEST_OLD_CODE: Final = 127
_SAME, _VALID = 0, 1
_NO_ACTIVATION, _RELU6 = 0, 3
# kind: (builtin code, number of its options table in the union BuiltinOptions)
_KINDS: Final = {
    "ADD": (0, 11),
    "CONV_2D": (3, 1),
    "DEPTHWISE_CONV_2D": (4, 2),
    "DEQUANTIZE": (6, 38),
    "MEAN": (40, 27),
    "PAD": (34, 22),
    "QUANTIZE": (114, 89),
}


def serialise(draft: Draft) -> bytes:
    """Return the bytes of the .tflite file; the same draft always gives the same bytes."""
    import flatbuffers

    builder = flatbuffers.Builder(sum(map(len, draft.buffers)) + (1 << 16))
    buffers = _tables(builder, [_buffer(builder, raw) for raw in draft.buffers])
    codes = sorted({(_KINDS[operator.kind][0], operator.version) for operator in draft.operators})
    subgraph = _tables(builder, [_subgraph(builder, draft, codes)])
    signature = _tables(builder, [_signature(builder, draft)])
    operator_codes = _tables(builder, [_operator_code(builder, *code) for code in codes])
    description = builder.CreateString(draft.description)
    builder.StartObject(8)
    builder.PrependUint32Slot(0, _SCHEMA_VERSION, 0)
    for slot, part in ((1, operator_codes), (2, subgraph), (3, description), (4, buffers), (7, signature)):
        builder.PrependUOffsetTRelativeSlot(slot, part, 0)
    builder.Finish(builder.EndObject(), _IDENTIFIER)
    return bytes(builder.Output())


def _buffer(builder: Any, raw: bytes) -> int:
    data = None
    if raw:
        builder.StartVector(1, len(raw), _BUFFER_ALIGNMENT)
        builder.head -= len(raw)  # the library has no call that copies bytes in with this alignment
        builder.Bytes[builder.head : builder.head + len(raw)] = raw
        builder.vectorNumElems = len(raw)
        data = builder.EndVector()
    builder.StartObject(1)
    if data is not None:
        builder.PrependUOffsetTRelativeSlot(0, data, 0)
    return int(builder.EndObject())


def _operator_code(builder: Any, code: int, version: int) -> int:
    builder.StartObject(4)
    builder.PrependInt8Slot(0, min(code, _LARGEST_OLD_CODE), 0)  # read by runtimes from before 2020
    builder.PrependInt32Slot(2, version, 1)
    builder.PrependInt32Slot(3, code, 0)
    return int(builder.EndObject())


def _subgraph(builder: Any, draft: Draft, codes: list[tuple[int, int]]) -> int:
    tensors = _tables(builder, [_tensor(builder, tensor) for tensor in draft.tensors])
    operators = _tables(builder, [_operator(builder, operator, codes) for operator in draft.operators])
    inputs, outputs = _numbers(builder, draft.inputs), _numbers(builder, draft.outputs)
    name = builder.CreateString(draft.name)
    builder.StartObject(5)
    for slot, part in enumerate((tensors, inputs, outputs, operators, name)):
        builder.PrependUOffsetTRelativeSlot(slot, part, 0)
    return int(builder.EndObject())


def _tensor(builder: Any, tensor: Tensor) -> int:
    name, shape = builder.CreateString(tensor.name), _numbers(builder, tensor.shape)
    scaling = None if tensor.quantization is None else _quantization(builder, tensor.quantization)
    builder.StartObject(9)
    builder.PrependUOffsetTRelativeSlot(0, shape, 0)
    builder.PrependInt8Slot(1, TENSOR_TYPES[tensor.dtype], 0)
    builder.PrependUint32Slot(2, tensor.buffer, 0)
    builder.PrependUOffsetTRelativeSlot(3, name, 0)
    if scaling is not None:
        builder.PrependUOffsetTRelativeSlot(4, scaling, 0)
    builder.PrependBoolSlot(8, True, False)  # the rank is known
    return int(builder.EndObject())


def _quantization(builder: Any, quantization: Quantization) -> int:
    scale = builder.CreateNumpyVector(quantization.scale)
    zero_point = builder.CreateNumpyVector(quantization.zero_point)
    builder.StartObject(7)
    builder.PrependUOffsetTRelativeSlot(2, scale, 0)
    builder.PrependUOffsetTRelativeSlot(3, zero_point, 0)
    builder.PrependInt32Slot(6, quantization.axis, 0)
    return int(builder.EndObject())


def _operator(builder: Any, operator: Operator, codes: list[tuple[int, int]]) -> int:
    code, options_type = _KINDS[operator.kind]
    inputs, outputs = _numbers(builder, operator.inputs), _numbers(builder, operator.outputs)
    options = _options(builder, operator)
    builder.StartObject(5)
    builder.PrependUint32Slot(0, codes.index((code, operator.version)), 0)
    builder.PrependUOffsetTRelativeSlot(1, inputs, 0)
    builder.PrependUOffsetTRelativeSlot(2, outputs, 0)
    builder.PrependUint8Slot(3, options_type, 0)
    builder.PrependUOffsetTRelativeSlot(4, options, 0)
    return int(builder.EndObject())


def _options(builder: Any, operator: Operator) -> int:
    activation = _RELU6 if operator.relu6 else _NO_ACTIVATION
    builder.StartObject(7)
    if operator.kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        builder.PrependInt8Slot(0, _SAME if operator.same_padding else _VALID, 0)
        builder.PrependInt32Slot(1, operator.stride, 0)
        builder.PrependInt32Slot(2, operator.stride, 0)
    if operator.kind == "CONV_2D":
        builder.PrependInt8Slot(3, activation, 0)
    elif operator.kind == "DEPTHWISE_CONV_2D":
        builder.PrependInt32Slot(3, 1, 0)  # outputs per input channel
        builder.PrependInt8Slot(4, activation, 0)
    elif operator.kind == "ADD":
        builder.PrependInt8Slot(0, activation, 0)
    return int(builder.EndObject())


def _signature(builder: Any, draft: Draft) -> int:
    """Let the newer calls of the runtimes find input and output by name."""
    inputs, outputs = (
        _tables(builder, [_named_tensor(builder, draft.tensors[number].name, number) for number in numbers])
        for numbers in (draft.inputs, draft.outputs)
    )
    key = builder.CreateString("serving_default")
    builder.StartObject(3)
    for slot, part in enumerate((inputs, outputs, key)):
        builder.PrependUOffsetTRelativeSlot(slot, part, 0)
    return int(builder.EndObject())


def _named_tensor(builder: Any, name: str, number: int) -> int:
    text = builder.CreateString(name)
    builder.StartObject(2)
    builder.PrependUOffsetTRelativeSlot(0, text, 0)
    builder.PrependUint32Slot(1, number, 0)
    return int(builder.EndObject())


def _tables(builder: Any, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _numbers(builder: Any, numbers: list[int] | tuple[int, ...]) -> int:
    values: NDArray[np.int32] = np.array(numbers, np.int32)
    return int(builder.CreateNumpyVector(values))
