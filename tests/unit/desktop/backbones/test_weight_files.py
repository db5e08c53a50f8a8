"""Readers of foreign weight files: what they read, and that nothing in such a file is ever run."""

from __future__ import annotations

import contextlib
import io
import pickle
import struct
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letspic_desktop.backbones.pickle_values import PickleRefused, read_pickle_values
from letspic_desktop.backbones.weights_tensorflow import read_graph_constants
from letspic_desktop.backbones.weights_torch import read_state_dict
from letspic_shared.errors import KnownError

VALUES = np.arange(12, dtype="<f4")
CONTENT = VALUES.tobytes()


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def text(value: str) -> bytes:
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def numbers(*values: int) -> bytes:
    return b"(" + b"".join(map(number, values)) + b"t"


def tensor(shape=(3, 4), strides=(4, 1), offset=0, elements=12, kind="torch\nFloatStorage", rebuild=None) -> bytes:
    storage = (
        b"(" + text("storage") + b"c" + kind.encode() + b"\n" + text("0") + text("cpu") + number(elements) + b"NtQ"
    )
    call = (rebuild or "torch._utils\n_rebuild_tensor_v2").encode()
    tail = b"\x89ccollections\nOrderedDict\n)R"
    return b"c" + call + b"\n(" + storage + number(offset) + numbers(*shape) + numbers(*strides) + tail + b"tR"


def state_dict(body: bytes) -> bytes:
    return b"\x80\x02ccollections\nOrderedDict\n)R(" + text("weight") + body + b"u."


def old_file(body: bytes, values=VALUES) -> bytes:
    head = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2)
    stored = struct.pack("<q", len(values)) + values.tobytes()
    return head + state_dict(body) + pickle.dumps(["0"], 2) + stored


def zip_file(body: bytes, values=VALUES) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("net/data.pkl", state_dict(body))
        archive.writestr("net/data/0", values.tobytes())
    return stream.getvalue()


@pytest.mark.parametrize("layout", [old_file, zip_file])
def test_state_dict_is_read(layout):
    read = read_state_dict(layout(tensor()))

    np.testing.assert_array_equal(read["weight"], VALUES.reshape(3, 4))
    assert read["weight"].dtype == np.float32


@pytest.mark.parametrize("layout", [old_file, zip_file])
def test_strides_and_offset_are_followed(layout):
    read = read_state_dict(layout(tensor(shape=(2, 3), strides=(1, 4), offset=2)))

    np.testing.assert_array_equal(read["weight"], [[2, 6, 10], [3, 7, 11]])


@pytest.mark.parametrize("layout", [old_file, zip_file])
@pytest.mark.parametrize(
    "body",
    [
        tensor(offset=1),
        tensor(shape=(4, 4)),
        tensor(strides=(400_000_000, 1)),
        tensor(shape=(2, 2, 2), strides=(1, 1)),
        tensor(shape=(1_000_000, 1_000_000), strides=(0, 0)),
        tensor(shape=(-3, 4)),
        tensor(elements=13),
        tensor(kind="torch\nHalfStorage"),
        tensor(kind="torch\nQUInt8Storage"),
        tensor(rebuild="builtins\neval"),
        text("no tensor"),
        number(7),
    ],
)
def test_impossible_tensors_are_refused(layout, body):
    with pytest.raises(KnownError, match="The PyTorch weights cannot be read"):
        read_state_dict(layout(body))


@pytest.mark.parametrize(
    "program",
    [
        b"cos\nsystem\n(X%s%stR.",
        b"cposix\nsystem\n(X%s%stR.",
        b"(X%s%sios\nsystem\n.",
        b"cbuiltins\nexec\n(X%s%stR.",
        b"\x8c\x02os\x8c\x06system\x93(X%s%stR.",
    ],
)
@pytest.mark.parametrize("place", ["head", "body", "tensor"])
def test_nothing_in_a_pickle_is_run(program, place, tmp_path):
    trace = tmp_path / "trace"
    command = f"echo run > {trace}".encode()
    hostile = b"\x80\x02" + program % (struct.pack("<I", len(command)), command)
    data = {
        "head": hostile,
        "body": old_file(tensor()).replace(state_dict(tensor()), hostile),
        "tensor": old_file(hostile[2:-1]),
    }[place]

    with pytest.raises(KnownError):
        read_state_dict(data)
    assert not trace.exists()
    # the attack is a real one: Python's own reader falls for it
    if place == "head" and program.startswith(b"cposix") and sys.platform != "win32":
        pickle.loads(hostile)
        assert trace.exists()


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_damaged_state_dicts_are_read_or_refused(data):
    layout = data.draw(st.sampled_from([old_file, zip_file]))
    raw = bytearray(layout(tensor()))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    with contextlib.suppress(KnownError):
        read_state_dict(bytes(raw[:cut]))


@pytest.mark.parametrize("layout", [old_file, zip_file])
def test_every_cut_is_noticed(layout):
    raw = layout(tensor())
    for length in range(len(raw)):
        with pytest.raises(KnownError):
            read_state_dict(raw[:length])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=8,
    )
)
def test_plain_values_are_read_as_pickle_does(value):
    for protocol in (2, 4):
        assert read_pickle_values(io.BytesIO(pickle.dumps(value, protocol))) == value


def test_pickle_bomb_of_references_stays_small():
    """Each list holds the one before it several times: billions of items if anybody copied them."""
    bomb = (
        b"\x80\x02]q\x00"
        + b"".join(b"](" + b"h" + bytes([k]) + b"h" + bytes([k]) + b"eq" + bytes([k + 1]) for k in range(60))
        + b"."
    )

    assert len(read_pickle_values(io.BytesIO(bomb))) == 2


def test_endless_pickle_is_refused():
    with pytest.raises(PickleRefused, match="too many parts"):
        read_pickle_values(io.BytesIO(b"\x80\x02" + b"N" * 300_000 + b"."))


# --- TensorFlow graphs


def field(key: int, payload: bytes) -> bytes:
    return bytes([key << 3 | 2]) + varint(len(payload)) + payload


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def constant_node(name=b"weights", op=b"Const", shape=(3, 4), content=CONTENT, dtype=1) -> bytes:
    axes = b"".join(field(2, b"\x08" + varint(axis)) for axis in shape)
    value = b"\x08" + varint(dtype) + field(2, axes) + field(4, content)
    attribute = field(1, b"value") + field(2, field(8, value))
    return field(
        1, field(1, name) + field(2, op) + field(5, field(1, b"dtype") + field(2, b"\x30\x01")) + field(5, attribute)
    )


def test_graph_constants_are_read():
    graph = constant_node() + constant_node(b"other", op=b"Add") + constant_node(b"whole", dtype=3)

    read = read_graph_constants(graph)

    assert list(read) == ["weights"]
    np.testing.assert_array_equal(read["weights"], VALUES.reshape(3, 4))


@pytest.mark.parametrize(
    "graph",
    [
        b"",
        b"no graph at all",
        constant_node(shape=(5, 4)),
        constant_node(shape=(1 << 40, 1 << 40)),
        b"\xff" * 40,
        field(1, b"\x0a\xff\xff\xff\xff\x0f"),
        field(1, b"\x08\x07\x2a\x02\x08\x01"),
        b"\x08\x01" * 200_001,
    ],
)
def test_impossible_graphs_are_refused(graph):
    with pytest.raises(KnownError, match="TensorFlow weights"):
        read_graph_constants(graph)


def test_every_cut_of_a_graph_is_noticed():
    raw = constant_node() + field(4, b"versions")
    assert list(read_graph_constants(raw)) == ["weights"]
    for length in {*range(len(raw))} - {len(constant_node())}:
        with pytest.raises(KnownError):
            read_graph_constants(raw[:length])


@given(st.binary(max_size=200), st.integers(0, 100))
@settings(max_examples=200, deadline=None)
def test_damaged_graphs_are_read_or_refused(noise, at):
    raw = constant_node()
    with contextlib.suppress(KnownError):
        read_graph_constants(raw[:at] + noise + raw[at + len(noise) :])


def test_too_large_files_are_refused_before_they_are_looked_at():
    class Huge(bytes):
        def __len__(self) -> int:
            return 1 << 40

    for read in (read_state_dict, read_graph_constants):
        with pytest.raises(KnownError, match="larger than any backbone"):
            read(Huge())
