"""Read a PyTorch state dict (.pth, the old layout and the zip one) without PyTorch and without unpickling."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.backbones.graph import FloatArray
from letspic_desktop.backbones.pickle_values import Call, Name, Persistent, PickleRefused, read_pickle_values
from letspic_shared.errors import KnownError

_MAGIC: Final = 0x1950A86A20F9469CFC6C
_MAX_BYTES: Final = 256 << 20
_MAX_TENSORS: Final = 10_000
_DTYPES: Final = {
    "torch FloatStorage": "<f4",
    "torch DoubleStorage": "<f8",
    "torch HalfStorage": "<f2",
    "torch LongStorage": "<i8",
    "torch IntStorage": "<i4",
    "torch ByteStorage": "u1",
}
_REBUILDS: Final = frozenset({"torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_tensor"})
_DICT: Final = Name("collections OrderedDict")


@dataclass(frozen=True, kw_only=True)
class _View:
    """Where a tensor lies: elements of one storage from ``offset`` on, with a step per axis."""

    key: str
    dtype: np.dtype[Any]
    elements: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


# what the standard library raises on damaged archives and numbers
_DAMAGE: Final = (
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OSError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
)
_Storages = Callable[[_View], NDArray[Any]]


def read_state_dict(data: bytes) -> dict[str, FloatArray]:
    """Return the tensors of a state dict by name, as float32.

    Raises
    ------
    KnownError
        It is cut short, larger than a backbone can be, or holds anything but tensors.
    """
    try:
        if len(data) > _MAX_BYTES:
            raise PickleRefused("it is larger than any backbone")
        pickled, storages = _open_zip(data) if data[:4] == b"PK\x03\x04" else _open_old(data)
        return {name: _tensor(view, storages) for name, view in _views(pickled).items()}
    except _DAMAGE as error:
        raise KnownError(f"The PyTorch weights cannot be read ({error})", "Install their package again") from error


def _open_old(data: bytes) -> tuple[Any, _Storages]:
    stream = BytesIO(data)
    if read_pickle_values(stream) != _MAGIC:
        raise PickleRefused("it is no PyTorch checkpoint")
    read_pickle_values(stream)  # version of the layout
    read_pickle_values(stream)  # kind of the machine that wrote it
    pickled = read_pickle_values(stream)
    keys = read_pickle_values(stream)
    if not isinstance(keys, list) or len(keys) > _MAX_TENSORS:
        raise PickleRefused("its list of storages is damaged")
    sizes = {view.key: (view.dtype, view.elements) for view in _views(pickled).values()}
    found: dict[str, NDArray[Any]] = {}
    for key in keys:
        dtype, elements = sizes[str(key)]
        (stored,) = struct.unpack("<q", stream.read(8))
        if stored != elements or stored * dtype.itemsize > len(data) - stream.tell():
            raise PickleRefused("it is cut short")
        found[str(key)] = np.frombuffer(data, dtype, stored, stream.tell())
        stream.seek(stored * dtype.itemsize, 1)
    if stream.tell() != len(data):
        raise PickleRefused("it has bytes left over")
    return pickled, lambda view: found[view.key]


def _open_zip(data: bytes) -> tuple[Any, _Storages]:
    archive = zipfile.ZipFile(BytesIO(data))
    members = {info.filename: info for info in archive.infolist()}
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in members.values()):
        raise PickleRefused("it is packed in an unusual way")
    if sum(info.file_size for info in members.values()) > _MAX_BYTES:
        raise PickleRefused("it unpacks to more than any backbone")
    pickles = [name for name in members if name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise PickleRefused("it is no PyTorch checkpoint")
    root = pickles[0].removesuffix("data.pkl")

    def storage(view: _View) -> NDArray[Any]:
        raw = archive.read(members[f"{root}data/{view.key}"])
        if len(raw) != view.elements * view.dtype.itemsize:
            raise PickleRefused("it is cut short")
        return np.frombuffer(raw, view.dtype)

    return read_pickle_values(BytesIO(archive.read(pickles[0]))), storage


def _views(pickled: Any) -> dict[str, _View]:
    if not isinstance(pickled, Call) or pickled.name != _DICT or pickled.arguments:
        raise PickleRefused("it is no state dict")
    if len(pickled.items) > _MAX_TENSORS:
        raise PickleRefused("it has too many tensors")
    return {str(name): _view(call) for name, call in pickled.items.items()}


def _view(call: Any) -> _View:
    if not isinstance(call, Call) or call.name.value not in _REBUILDS:
        raise PickleRefused(
            f"it calls {call.name.value if isinstance(call, Call) else 'nothing'} where a tensor belongs"
        )
    reference, offset, shape, strides = call.arguments[:4]
    if not isinstance(reference, Persistent) or reference.value[0] != "storage":
        raise PickleRefused("a tensor has no storage")
    _, kind, key, _, elements = reference.value[:5]
    if not isinstance(kind, Name) or kind.value not in _DTYPES:
        raise PickleRefused("a tensor is of an unknown type")
    numbers = (offset, elements, *shape, *strides)
    if len(shape) != len(strides) or any(not isinstance(n, int) or not 0 <= n <= _MAX_BYTES for n in numbers):
        raise PickleRefused("a tensor has an impossible shape")
    dtype = np.dtype(_DTYPES[kind.value])
    return _View(
        key=str(key), dtype=dtype, elements=elements, offset=offset, shape=tuple(shape), strides=tuple(strides)
    )


def _tensor(view: _View, storages: _Storages) -> FloatArray:
    values = storages(view)
    count = 1
    for axis in view.shape:
        count *= axis
    reach = view.offset + 1 + sum((n - 1) * step for n, step in zip(view.shape, view.strides, strict=True))
    if count > values.size or (count and reach > values.size):
        raise PickleRefused("a tensor reaches past its storage")
    steps = [step * values.itemsize for step in view.strides]
    strided = np.lib.stride_tricks.as_strided(values[view.offset :], view.shape, steps, writeable=False)
    return np.ascontiguousarray(strided, np.float32).reshape(view.shape)
