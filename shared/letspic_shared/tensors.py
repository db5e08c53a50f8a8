"""Arrays on the wire: raw little-endian bytes in the payload, described by ``header["tensors"]``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letspic_shared.errors import ProtocolError

Array = NDArray[Any]

# Nothing but plain numbers ever travels: no objects, no strings, nothing that a reader would have to interpret.
_DTYPES: dict[str, np.dtype[Any]] = {
    "f4": np.dtype("<f4"),
    "f8": np.dtype("<f8"),
    "i4": np.dtype("<i4"),
    "i8": np.dtype("<i8"),
    "u1": np.dtype("u1"),
}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}
MAX_TENSORS = 64
MAX_DIMENSIONS = 4


def pack(arrays: Mapping[str, Array]) -> tuple[list[list[object]], bytes]:
    """Return the description ``[[name, dtype, shape], ...]`` and the payload of some arrays.

    Raises
    ------
    ValueError
        An array has a dtype that does not travel (float32, float64, int32, int64 and uint8 do).
    """
    described: list[list[object]] = []
    pieces: list[bytes] = []
    for name, array in arrays.items():
        code = _CODES.get(array.dtype.newbyteorder("<") if array.dtype.itemsize > 1 else array.dtype)
        if code is None:
            raise ValueError(f"{name}: {array.dtype} does not travel")
        described.append([name, code, list(array.shape)])
        pieces.append(np.ascontiguousarray(array, _DTYPES[code]).tobytes())
    return described, b"".join(pieces)


def unpack(described: object, payload: bytes) -> dict[str, Array]:
    """Return the arrays (read-only views of ``payload``) that a description names.

    Raises
    ------
    ProtocolError
        The description is not sound, or does not cover the payload exactly.
    """
    if not isinstance(described, list) or len(described) > MAX_TENSORS:
        raise ProtocolError("A message describes its arrays wrongly")
    arrays: dict[str, Array] = {}
    offset = 0
    for item in described:
        name, dtype, shape = _described(item)
        if name in arrays:
            raise ProtocolError("A message carries two arrays of the same name")
        size = math.prod(shape) * dtype.itemsize
        if size > len(payload) - offset:
            raise ProtocolError("A message describes more data than it carries")
        try:
            arrays[name] = np.frombuffer(payload, dtype, count=math.prod(shape), offset=offset).reshape(shape)
        except (ValueError, OverflowError) as error:
            # An empty array may claim any lengths beside its zero; NumPy has limits of its own.
            raise ProtocolError("A message carries an array of an impossible shape") from error
        offset += size
    if offset != len(payload):
        raise ProtocolError("A message carries more data than it describes")
    return arrays


def _described(item: object) -> tuple[str, np.dtype[Any], tuple[int, ...]]:
    if not isinstance(item, list) or len(item) != 3:
        raise ProtocolError("A message describes its arrays wrongly")
    name, code, shape = item
    if not isinstance(name, str) or not isinstance(code, str) or not isinstance(shape, list):
        raise ProtocolError("A message describes its arrays wrongly")
    if code not in _DTYPES or len(shape) > MAX_DIMENSIONS:
        raise ProtocolError(f"A message carries an array of an unknown kind ({code[:8]})")
    for length in shape:
        if not isinstance(length, int) or isinstance(length, bool) or length < 0:
            raise ProtocolError("A message carries an array of an impossible shape")
    return name, _DTYPES[code], tuple(shape)
