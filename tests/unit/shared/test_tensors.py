import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from letspic_shared.errors import ProtocolError
from letspic_shared.tensors import MAX_TENSORS, pack, unpack

DTYPES = ["<f4", "<f8", "<i4", "<i8", "u1"]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: npst.arrays(np.dtype(dtype), npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["f4", "f8", "u1", "a", "O", "object"])
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=6), ARRAYS, max_size=5))
def test_round_trip(arrays: dict[str, Any]) -> None:
    described, payload = pack(arrays)
    found = unpack(described, payload)
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_foreign_layouts_travel_as_plain_ones() -> None:
    square = np.arange(12, dtype=">f4").reshape(3, 4)
    for array in (square, square.T, square[::2, ::-1], np.asfortranarray(square)):
        described, payload = pack({"a": array})
        assert np.array_equal(unpack(described, payload)["a"], array)


@pytest.mark.parametrize("dtype", ["O", "f2", "U3", "S3", "?", "c8", "M8[s]", "u4", "i2"])
def test_other_dtypes_do_not_travel(dtype: str) -> None:
    with pytest.raises(ValueError, match="does not travel"):
        pack({"a": np.zeros(2, dtype)})


@pytest.mark.parametrize(
    "described",
    [
        None,
        {},
        "abc",
        [1],
        [["a", "f4"]],
        [["a", "f4", [1], 1]],
        [["a", "f4", 1]],
        [["a", "f4", [-1]]],
        [["a", "f4", [True]]],
        [["a", "f4", [1.0]]],
        [["a", "f4", ["1"]]],
        [["a", "f4", [None]]],
        [[1, "f4", [1]]],
        [["a", 4, [1]]],
        [["a", ["f4"], [1]]],
        [["a", "O", [1]]],
        [["a", "f2", [2]]],
        [["a", "object" * 9, [1]]],
        [["a", "f4", [1, 1, 1, 1, 1]]],
        [["a", "f4", [2]]],
        [["a", "f4", []], ["b", "f4", []]],
        [["a", "f4", [2**62]]],
        [["a", "f4", [2**32, 2**32]]],
        [["a", "f4", [2**31, 2**31, 2**31, 2**31]]],
        [["a", "f4", [0]]],
        [],
        [["a", "u1", [2]], ["a", "u1", [2]]],
        [["a", "u1", [2]], ["b", "u1", [3]]],
        [["a", "f4", [1]], ["b", "f4", [0, 10**30]]],
        [["a", "f4", [1]], ["b", "f4", [0, 2**62, 2**62]]],
        [["a", "f4", [1]]] + [[str(i), "f4", [0]] for i in range(MAX_TENSORS)],
    ],
    ids=lambda described: str(described)[:40],
)
def test_hostile_descriptions_are_refused(described: object) -> None:
    with pytest.raises(ProtocolError):
        unpack(described, bytes(4))


@given(JSON, st.binary(max_size=32))
def test_any_json_is_read_or_refused(described: object, payload: bytes) -> None:
    try:
        found = unpack(described, payload)
    except ProtocolError:
        return
    assert sum(array.nbytes for array in found.values()) == len(payload)


def test_nothing_is_allocated_beyond_the_payload() -> None:
    payload = bytes(1 << 20)
    tracemalloc.start()
    try:
        found = unpack([["a", "f4", [1 << 18]]], payload)
        for shape in ([1 << 40], [1 << 20, 1 << 20]):
            with pytest.raises(ProtocolError):
                unpack([["a", "f4", shape]], payload)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000
    assert not found["a"].flags.writeable
