import binascii
import itertools
import json
import struct
import sys
import time
import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letspic_shared.frames import (
    MAGIC,
    MAX_HEADER_BYTES,
    MAX_PAYLOAD_BYTES,
    PREFIX_BYTES,
    VERSION,
    FrameDecoder,
    encode,
)

Frame = tuple[int, dict[str, object], bytes]

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, width=32)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FRAMES = st.tuples(st.integers(0, 255), st.dictionaries(st.text(max_size=5), JSON, max_size=4), st.binary(max_size=200))
# Half of the garbage is full of what looks like the beginning of a frame.
GARBAGE = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from([b"L", b"LP", b"LPI", b"LPIC", b"LPIC\x01", b"\0"]), max_size=20).map(b"".join),
)


def raw_frame(text: bytes, payload: bytes = b"", *, kind: int = 3, version: int = VERSION) -> bytes:
    """A frame around a header that need not be JSON, in any version."""
    described = struct.pack("<4sBBII", MAGIC, version, kind, len(text), len(payload))
    crc = binascii.crc32(payload, binascii.crc32(text))
    check = binascii.crc32(described) & 0xFFFF
    return struct.pack("<4sBBHIII", MAGIC, version, kind, check, len(text), len(payload), crc) + text + payload


def prefix(header_bytes: int, payload_bytes: int) -> bytes:
    """A sound prefix that claims sizes."""
    check = binascii.crc32(struct.pack("<4sBBII", MAGIC, VERSION, 3, header_bytes, payload_bytes)) & 0xFFFF
    return struct.pack("<4sBBHIII", MAGIC, VERSION, 3, check, header_bytes, payload_bytes, 0)


def pieces(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def decoded(parts: Sequence[bytes], decoder: FrameDecoder | None = None) -> list[Frame]:
    decoder = decoder or FrameDecoder()
    return [frame for part in parts for frame in decoder.feed(part)]


@given(st.lists(FRAMES, max_size=5), st.lists(st.integers(0, 10_000), max_size=12))
def test_any_split_decodes_to_the_same_frames(frames: list[Frame], cuts: list[int]) -> None:
    data = b"".join(encode(*frame) for frame in frames)
    decoder = FrameDecoder()
    assert decoded(pieces(data, cuts), decoder) == frames
    assert decoder.skipped == 0


@given(FRAMES)
def test_one_byte_at_a_time(frame: Frame) -> None:
    data = encode(*frame)
    assert decoded([data[i : i + 1] for i in range(len(data))]) == [frame]


@given(st.lists(st.tuples(GARBAGE, FRAMES), max_size=4), GARBAGE, st.lists(st.integers(0, 10_000), max_size=6))
def test_garbage_before_between_and_after_is_skipped(
    parts: list[tuple[bytes, Frame]], tail: bytes, cuts: list[int]
) -> None:
    data = b"".join(garbage + encode(*frame) for garbage, frame in parts) + tail
    decoder = FrameDecoder()
    assert decoded(pieces(data, cuts), decoder) == [frame for _, frame in parts]
    garbage_bytes = sum(len(garbage) for garbage, _ in parts)
    assert garbage_bytes <= decoder.skipped <= garbage_bytes + len(tail)


@pytest.mark.parametrize("cut", range(5))
def test_a_beginning_that_is_still_arriving_is_kept(cut: int) -> None:
    garbage, frame = b"x" * 50, (3, {"id": 1}, b"payload")
    data = garbage + encode(*frame)
    decoder = FrameDecoder()
    assert decoded([data[: 50 + cut], data[50 + cut :]], decoder) == [frame]
    assert decoder.skipped == 50


def test_a_frame_cut_at_any_byte_does_not_hide_the_next() -> None:
    first, second = (3, {"id": 1, "name": "a"}, b"LPIC" * 5 + b"."), (4, {"id": 2}, b"xyz")
    data = encode(*first)
    for length in range(len(data)):
        # The next frame repeats until the claimed length of the cut one is used up, as a link that goes on would.
        found = decoded([data[:length], *[encode(*second)] * 8])
        assert found, length
        assert all(frame == second for frame in found), length
        assert len(found) >= 8 - (len(data) // len(encode(*second)) + 1), length


def test_a_flipped_bit_never_yields_another_frame() -> None:
    frame, after = (10, {"id": 7, "round": 3}, bytes(range(40))), (2, {"id": 8}, b"")
    data, tail = encode(*frame), encode(*after) * 6
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        kinds_and_headers = decoded([bytes(damaged), tail])
        assert all(found == after for found in kinds_and_headers), bit
        assert kinds_and_headers, bit


@given(FRAMES, st.lists(st.integers(0, 10_000), min_size=1, max_size=6, unique=True), st.randoms())
def test_several_damaged_bytes_never_yield_another_frame(frame: Frame, places: list[int], random) -> None:
    damaged = bytearray(encode(*frame))
    for place in places:
        damaged[place % len(damaged)] = random.randrange(256)
    assert all(found == frame for found in decoded([bytes(damaged)]))


@pytest.mark.parametrize(
    ("header_bytes", "payload_bytes"),
    [(2, 0xFFFFFFFF), (0xFFFFFFFF, 0), (0xFFFFFFFF, 0xFFFFFFFF), (MAX_HEADER_BYTES + 1, 0), (2, MAX_PAYLOAD_BYTES + 1)],
)
def test_a_claim_over_the_limit_is_not_waited_for(header_bytes: int, payload_bytes: int) -> None:
    after = (2, {"id": 1}, b"")
    assert decoded([prefix(header_bytes, payload_bytes) + encode(*after)]) == [after]


def test_own_limits() -> None:
    decoder = FrameDecoder(max_header=20, max_payload=10)
    small = (1, {"a": 1}, b"0123456789")
    assert decoded([encode(1, {"a": 1}, b"01234567890"), encode(1, {"a": "x" * 30}), encode(*small)], decoder) == [
        small
    ]


def test_a_damaged_length_is_noticed_at_once() -> None:
    data = bytearray(encode(3, {"id": 1}, b"payload"))
    data[12] ^= 0x40  # payload length, below the limit
    after = (4, {"id": 2}, b"")
    assert decoded([bytes(data) + encode(*after)]) == [after]


def test_a_frame_over_the_limit_is_not_made() -> None:
    with pytest.raises(ValueError, match="over the limit"):
        encode(1, {}, bytes(MAX_PAYLOAD_BYTES + 1))
    with pytest.raises(ValueError, match="over the limit"):
        encode(1, {"a": "x" * MAX_HEADER_BYTES})


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"1",
        b"null",
        b'"LPIC"',
        b"{",
        b'{"a":1}x',
        b"\xff\xfe\x00",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"a":' + b"9" * 5000 + b"}",
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-32"),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_a_header_that_is_no_json_object_is_skipped(text: bytes) -> None:
    after = (4, {"id": 2}, b"")
    decoder = FrameDecoder()
    assert decoded([raw_frame(text), encode(*after)], decoder) == [after]
    assert decoder.skipped == PREFIX_BYTES + len(text)


def test_another_version_is_named_and_skipped() -> None:
    decoder = FrameDecoder()
    assert decoded([raw_frame(b"{}", version=9), encode(4, {})], decoder) == [(4, {}, b"")]
    assert decoder.foreign_version == 9


def test_memory_is_bounded_by_one_frame() -> None:
    limit = 64 << 10
    decoder = FrameDecoder(max_header=1024, max_payload=limit)
    tracemalloc.start()
    try:
        for _ in range(30):
            decoder.feed(b"LPIC\x01" * 2000)
            decoder.feed(prefix(100, limit))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * limit


def test_garbage_full_of_beginnings_takes_linear_time() -> None:
    started = time.process_time()
    decoded([b"LPIC" * (1 << 18)])
    # Copying what is left at each beginning took minutes.
    assert time.process_time() - started < 5


def test_a_large_frame_in_small_pieces_is_parsed_once() -> None:
    frame = (3, {"id": 1}, bytes(8 << 20))
    data = encode(*frame)
    started = time.process_time()
    assert decoded([data[i : i + 4096] for i in range(0, len(data), 4096)]) == [frame]
    assert time.process_time() - started < 5


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_the_header_is_plain_json(header: dict[str, object]) -> None:
    data = encode(1, header, b"xy")
    assert json.loads(data[PREFIX_BYTES:-2]) == header


def test_the_module_needs_nothing_but_what_micropython_has() -> None:
    import letspic_shared.frames as frames

    used = {name for name, value in vars(frames).items() if type(value) is type(sys)}
    assert used == {"binascii", "json", "struct"}
