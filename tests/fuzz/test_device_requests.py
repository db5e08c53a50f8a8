"""Whatever a desktop sends, a device answers with one frame and stays what it was."""

import hashlib
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from letspic_desktop.backbones.store import Backbone
from letspic_device.home import DeviceHome
from letspic_device.photos import FolderPhotos
from letspic_device.runtime import DeviceRuntime
from letspic_device.states import State
from letspic_device.tasks import TASKS
from letspic_shared import messages
from letspic_shared.frames import FrameDecoder, encode

NUMBERS = st.integers(-3, 12) | st.integers() | st.floats() | st.booleans()
HASHES = st.sampled_from(["a" * 64, "0" * 64, "A" * 64, "../../etc/passwd", "a" * 63])
TEXTS = st.text(max_size=8) | HASHES | st.sampled_from(["run-1", "statistics", "gradient", "moments", "local", "paper"])
SCALARS = st.none() | NUMBERS | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)
TENSORS = st.lists(
    st.tuples(
        st.sampled_from(["weights", "bias", "mean", "means", "query", "p0", "p1"]) | TEXTS,
        st.sampled_from(["f4", "f8", "i4", "i8", "u1", "O"]),
        st.lists(st.integers(-1, 5) | st.integers(), max_size=5),
    ).map(list),
    max_size=4,
)
FIELDS = [
    *("id", "run", "round", "task", "backbone", "classes", "labelled", "unlabelled", "withhold", "seed", "top"),
    *("offset", "size", "sha256", "photos", "names", "labels", "held_out", "steps", "batch_size", "learning_rate"),
    *("middle", "width"),
]
HEADERS = st.builds(
    lambda header, tensors: header | tensors,
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=10),
    st.just({}) | st.fixed_dictionaries({"tensors": TENSORS | VALUES}),
)
KINDS = st.sampled_from(sorted(messages.NAMES)) | st.integers(0, 255)


def photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (24, 24), (200, 30, 90)).save(buffer, "JPEG")
    return buffer.getvalue()


class Target:
    """A device in the middle of a run, and what it must never lose."""

    def __init__(self, root: Path, backbone: Backbone) -> None:
        photos = root / "photos"
        photos.mkdir()
        (photos / "own.jpg").write_bytes(photo())
        self.own = photos / "own.jpg"
        self.root = root
        self.backbone = backbone.sha256
        home = DeviceHome(root / "home")
        (home.backbones / f"{backbone.sha256}.tflite").write_bytes(backbone.path.read_bytes())
        own = FolderPhotos(photos, home)
        self.runtime = DeviceRuntime(home, device_id="d" * 64, name="fuzz", own=own, withhold=0)
        self.runtime.states.enter(State.IDLE)
        self.outside = self.files_outside()

    def prepare(self) -> None:
        digest = hashlib.sha256(photo()).hexdigest()
        header = {"run": "run-1", "backbone": self.backbone, "classes": 2, "labelled": {digest: 0}}
        answer = self.runtime.handle(messages.PREPARE, {**header, "withhold": 0, "seed": 1}, b"")
        assert FrameDecoder().feed(answer)[0][0] == messages.PREPARE

    def files_outside(self) -> set[Path]:
        return {path for path in self.root.rglob("*") if (self.root / "home") not in path.parents}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, backbone: Backbone) -> Iterator[Target]:
    # What is logged here are the faults of the requests, thousands of them.
    logging.disable(logging.WARNING)
    yield Target(tmp_path_factory.mktemp("fuzz"), backbone)
    logging.disable(logging.NOTSET)


def check(target: Target, answer: bytes, kind: int) -> None:
    decoder = FrameDecoder()
    ((answered, header, _),) = decoder.feed(answer)
    assert decoder.skipped == 0
    assert answered in (kind, messages.ERROR)
    if answered == messages.ERROR:
        assert isinstance(header["reason"], str)
        # Whatever is sent, it is the sender's fault and told as such.
        assert header["reason"] != "The device had an error of its own"
    assert target.runtime.states.snapshot.state is State.IDLE
    assert target.own.read_bytes() == photo()
    assert target.files_outside() == target.outside


BOUNDED = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@BOUNDED
@given(KINDS, HEADERS, st.binary(max_size=64))
def test_any_header_is_answered(target: Target, kind: int, header: dict[str, object], payload: bytes) -> None:
    target.prepare()
    check(target, target.runtime.handle(kind, header, payload), kind)


SHAPED: dict[int, dict[str, object]] = {
    messages.ROUND: {"run": "run-1", "round": 0, "task": "gradient", "tensors": []},
    messages.PREPARE: {
        "run": "run-1",
        "classes": 2,
        "labelled": {"a" * 64: 0},
        "unlabelled": ["0" * 64],
        "withhold": 0,
        "seed": 1,
    },
    messages.PLACE: {"photos": [["a" * 64, 3]]},
    messages.LABELS: {"names": ["a"], "labels": {"a" * 64: 0}},
    messages.SEARCH: {"top": 3, "tensors": [["query", "f4", [3]]]},
    messages.BACKBONE: {"sha256": "a" * 64, "size": 3, "offset": 0},
    messages.INVENTORY: {"offset": 0},
    messages.THUMBNAIL: {"sha256": "a" * 64},
    messages.FINISH: {"run": "run-1"},
}


@BOUNDED
@given(
    st.sampled_from(sorted(SHAPED)),
    st.lists(st.tuples(st.sampled_from(FIELDS), VALUES), max_size=2),
    st.sampled_from(sorted(TASKS)),
    TENSORS,
    st.binary(max_size=64),
)
def test_a_header_that_is_nearly_right_is_answered(
    target: Target, kind: int, changes: list[tuple[str, object]], task: str, tensors: list[object], payload: bytes
) -> None:
    target.prepare()
    header = {"backbone": target.backbone, **SHAPED[kind], "task": task, **dict(changes)}
    if kind == messages.ROUND:
        header["tensors"] = tensors
    check(target, target.runtime.handle(kind, header, payload), kind)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(KINDS, HEADERS, st.binary(max_size=20)), min_size=1, max_size=3), st.randoms())
def test_a_damaged_stream_gives_whole_requests_or_none(
    requests: list[tuple[int, dict[str, object], bytes]], random: Any
) -> None:
    data = bytearray(b"".join(encode(*request) for request in requests))
    for _ in range(3):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    encoded = [encode(*request) for request in requests]
    # NaN is not equal to itself, so what came through is compared as bytes.
    assert all(encode(*found) in encoded for found in FrameDecoder().feed(bytes(data)))
