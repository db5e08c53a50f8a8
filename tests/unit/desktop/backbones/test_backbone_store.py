"""The store: building, finding again, damage, and two processes at once."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys

import numpy as np
import pytest

from letspic_desktop.backbones import store as store_module
from letspic_desktop.backbones.store import DEFAULT_BACKBONE, BackboneStore
from letspic_desktop.progress import Cancelled, Progress
from letspic_shared.errors import KnownError
from letspic_shared.files import sha256_of_file


@pytest.fixture
def store(tmp_path):
    return BackboneStore(tmp_path / "home" / "backbones")


def files_of(store):
    return {path.name: path.stat().st_mtime_ns for path in store._folder.iterdir()}


def test_default_is_efficientnet_lite0_int8(shared_store):
    backbone = shared_store.get(DEFAULT_BACKBONE)

    assert (backbone.name, backbone.precision, backbone.size, backbone.dim) == ("efficientnet-lite0", "int8", 224, 1280)
    assert backbone.sha256 == sha256_of_file(backbone.path) == backbone.path.stem
    assert backbone.path.stat().st_size < 4_000_000


def test_both_precisions_and_the_classifier_are_stored(shared_store):
    listed = shared_store.list()

    assert [(one.name, one.precision) for one in listed] == [
        ("efficientnet-lite0", "float32"),
        ("efficientnet-lite0", "int8"),
    ]
    for one in listed:
        weights, bias = shared_store.classifier(one)
        assert (weights.shape, bias.shape) == ((1280, 1000), (1000,))
        assert weights.dtype == bias.dtype == np.float32
        assert weights.flags.c_contiguous


def test_second_build_reads_no_weights_and_writes_nothing(store, monkeypatch):
    first = store.build("efficientnet-lite0")
    before = files_of(store)
    monkeypatch.setattr(BackboneStore, "_build", lambda *_: pytest.fail("built again"))

    assert store.build("efficientnet-lite0") == first
    assert files_of(store) == before


def test_unusual_size_is_part_of_the_name(store):
    large = store.build("efficientnet-lite0", size=320)

    assert (large.name, large.size) == ("efficientnet-lite0-320", 320)
    assert store.get("efficientnet-lite0-320") == large
    assert store.get("efficientnet-lite0-320-float32").precision == "float32"


def test_references(shared_store):
    int8, float32 = shared_store.get("efficientnet-lite0"), shared_store.get("efficientnet-lite0-float32")

    assert (int8.precision, float32.precision) == ("int8", "float32")
    assert shared_store.get(int8.sha256) == shared_store.get(int8.sha256[:8].upper()) == int8
    assert shared_store.get(str(float32.path)) == float32


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("resnet50", "There is no backbone resnet50"),
        ("", "There is no backbone"),
        ("x" * 5000, "There is no backbone"),
        ("x" * 5000 + ".tflite", "x"),
        ("nul\0", "There is no backbone"),
        ("0123456789abcdef", "There is no backbone 0123456789abcdef"),
        ("mobilenet_v1-int8", "mobilenet_v1 is not offered as int8"),
        ("efficientnet-lite0-225", "A backbone cannot be built for pictures of 225 x 225"),
        ("efficientnet-lite0-9999", "A backbone cannot be built for pictures of 9999 x 9999"),
        ("efficientnet-lite0-0", "A backbone cannot be built for pictures of 0 x 0"),
        ("absent.tflite", "There is no file absent.tflite"),
    ],
)
def test_reference_that_fits_nothing_says_what_exists(reference, reason, shared_store):
    with pytest.raises(KnownError) as caught:
        shared_store.get(reference)
    assert caught.value.reason.startswith(reason)
    assert caught.value.action


def test_unknown_name_or_precision_cannot_be_built(shared_store):
    with pytest.raises(
        KnownError, match=r"No backbone named lenet can be built\. Choose efficientnet-lite0, mobilenet_v1"
    ):
        shared_store.build("lenet")
    with pytest.raises(KnownError, match="not offered as float16"):
        shared_store.build("efficientnet-lite0", precision="float16")


@pytest.mark.parametrize(
    "damage", ["cut", "changed", "gone", "record cut", "record gone", "record of another", "classifier"]
)
def test_damaged_files_are_noticed_and_built_again(damage, store):
    good = store.build("efficientnet-lite0")
    record = good.path.with_suffix(".json")
    raw = good.path.read_bytes()
    other = next(one for one in store.list() if one.sha256 != good.sha256)
    match damage:
        case "cut":
            good.path.write_bytes(raw[: len(raw) // 2])
        case "changed":
            good.path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
        case "gone":
            good.path.unlink()
        case "record cut":
            record.write_bytes(record.read_bytes()[:40])
        case "record gone":
            record.unlink()
        case "record of another":
            record.write_bytes(other.path.with_suffix(".json").read_bytes())
        case "classifier":
            good.classifier.write_bytes(b"")
    assert good not in store.list()

    assert store.get("efficientnet-lite0") == good

    assert good.path.read_bytes() == raw
    assert store.classifier(good)[0].shape == (1280, 1000)
    assert good in store.list()


@pytest.mark.parametrize(
    "record",
    [
        b"[]",
        b"null",
        b"{}",
        b"[" * 4000,
        b'{"sha256": 5}',
        b"\xff\xfe",
        json.dumps(
            {"sha256": "a" * 64, "name": 3, "precision": "int8", "size": 1, "dim": 1, "classifier": None, "stamp": None}
        ).encode(),
        json.dumps(
            {
                "sha256": "a" * 64,
                "name": "x",
                "precision": "int8",
                "size": True,
                "dim": 1,
                "classifier": None,
                "stamp": None,
            }
        ).encode(),
        json.dumps(
            {
                "sha256": "a" * 64,
                "name": "x",
                "precision": "int8",
                "size": 32,
                "dim": 1,
                "classifier": "../../secret",
                "stamp": None,
            }
        ).encode(),
    ],
)
def test_strange_record_counts_as_absent(record, store):
    store._folder.mkdir(parents=True)
    (store._folder / f"{'a' * 64}.json").write_bytes(record)

    assert store.list() == []
    with pytest.raises(KnownError, match="There is no backbone"):
        store.get("a" * 64)


def test_damaged_added_model_asks_for_its_file(store, shared_store):
    added = store.add(shared_store.get("efficientnet-lite0").path)
    added.path.write_bytes(b"")

    with pytest.raises(KnownError, match=r"is damaged\. Add its \.tflite file again"):
        store.get(added.sha256)


def test_damaged_classifier_is_told(store):
    backbone = store.build("efficientnet-lite0")
    backbone.classifier.write_bytes(b"\x93NUMPY")

    with pytest.raises(KnownError, match=r"is damaged\. Run letspic backbone build efficientnet-lite0"):
        store.classifier(backbone)


def test_the_folder_is_private_and_made_on_first_write(store):
    assert store.list() == []
    assert not store._folder.exists()
    store.build("efficientnet-lite0")

    assert stat.S_IMODE(store._folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in store._folder.iterdir())


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(KnownError) as caught:
        BackboneStore(tmp_path / "file" / "backbones").build("efficientnet-lite0")
    assert caught.value.action


def test_progress_is_told_and_can_stop_the_build(store):
    steps = []
    store.build("efficientnet-lite0", progress=Progress(steps.append))
    assert [(step.stage, step.done, step.total) for step in steps] == [
        ("Building efficientnet-lite0", done, 3) for done in range(4)
    ]

    progress = Progress(lambda step: progress.cancel())
    with pytest.raises(Cancelled):
        store.build("efficientnet-lite0", size=320, progress=progress)
    assert all(one.size == 224 for one in store.list())


BUILD = """
import sys
from pathlib import Path
from letspic_desktop.backbones.store import BackboneStore
sys.stdin.readline()
print(BackboneStore(Path(sys.argv[1])).build("efficientnet-lite0").sha256)
"""


def test_two_processes_build_at_once(store, tmp_path):
    command = [sys.executable, "-c", BUILD, str(store._folder)]
    builders = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for builder in builders:  # all of them wait for this line, so that they begin together
        builder.stdin.write("\n")
        builder.stdin.flush()
    results = [builder.communicate(timeout=60) for builder in builders]

    assert [builder.returncode for builder in builders] == [0, 0, 0], results
    assert len({out for out, _ in results}) == 1
    assert len(store.list()) == 2
    assert not [name for name in files_of(store) if name.startswith(".")]


FULL = """
import resource, sys
from pathlib import Path
from letspic_desktop.backbones.store import BackboneStore
from letspic_shared.errors import KnownError
resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, 6_000_000))
try:
    BackboneStore(Path(sys.argv[1])).build("efficientnet-lite0", precision="float32")
except KnownError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="resource limits")
def test_disk_that_takes_no_more_leaves_nothing_half_written(store):
    """The int8 file and the classifier fit below the limit, the float32 file does not."""
    out = subprocess.run(
        [sys.executable, "-c", FULL, str(store._folder)], capture_output=True, text=True, check=True, timeout=60
    )

    assert "cannot be written" in out.stdout
    assert [one.precision for one in store.list()] == ["int8"]
    assert not [name for name in files_of(store) if name.startswith(".")]
    assert store.build("efficientnet-lite0", precision="float32").precision == "float32"


def test_importing_the_store_is_light():
    code = (
        "import sys, letspic_desktop.backbones.store;"
        "print([m for m in sys.modules if m.split('.')[0] in ('flatbuffers', 'ai_edge_litert', 'PIL', 'PySide6')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout.strip() == "[]"
    assert store_module.DEFAULT_BACKBONE == "efficientnet-lite0"
