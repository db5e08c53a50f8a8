"""Files that a person adds: what is accepted, and the sentence that says why another is not."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letspic_desktop.backbones import tflite_writer
from letspic_desktop.backbones.emit_float import emit_float
from letspic_desktop.backbones.store import BackboneStore
from letspic_desktop.backbones.tflite_model import Draft, quantization
from letspic_desktop.backbones.tflite_outline import read_outline
from letspic_desktop.backbones.tflite_writer import serialise
from letspic_shared.errors import KnownError


def pooling(*, shape=(1, 64, 64, 3), dtype="uint8", out=(1, 3), weight=1.0, kind="ADD") -> Draft:
    """Make the mean colour of a picture: the smallest model that is a backbone."""
    draft = Draft("pooling", "")
    source = draft.computed("picture", shape, dtype, quantization(1.0) if dtype != "float32" else None)
    real = source
    if dtype != "float32":
        real = draft.operate("DEQUANTIZE", [source], draft.computed("real", shape, "float32"))
    addend = draft.constant("addend", np.full(3, weight, np.float32))
    added = draft.operate(kind, [real, addend], draft.computed("added", shape, "float32"))
    axes = draft.constant("axes", np.array([1, 2], np.int32))
    feature = draft.operate("MEAN", [added, axes], draft.computed("feature", out, "float32"))
    draft.inputs, draft.outputs = [source], [feature]
    return draft


@pytest.fixture
def store(tmp_path):
    return BackboneStore(tmp_path / "backbones")


def write(tmp_path, data, name="model.tflite"):
    file = tmp_path / name
    file.write_bytes(data)
    return file


def refusal(store, file) -> str:
    with pytest.raises(KnownError) as caught:
        store.add(file)
    assert "\n" not in str(caught.value)
    assert caught.value.action
    assert store.list() == []
    return caught.value.reason


def test_model_of_the_right_shape_is_added(store, tmp_path):
    file = write(tmp_path, serialise(pooling()), "mean colour.tflite")

    added = store.add(file)

    assert (added.name, added.precision, added.size, added.dim) == ("mean_colour", "float32", 64, 3)
    assert added.path.read_bytes() == file.read_bytes()
    assert added.classifier is None
    with pytest.raises(KnownError, match="has no ImageNet classifier"):
        store.classifier(added)
    file.unlink()
    assert store.get("mean_colour") == store.get(added.sha256[:8]) == added
    assert store.list() == [added]


def test_adding_twice_is_adding_once(store, tmp_path):
    first = store.add(write(tmp_path, serialise(pooling())))
    second = store.add(write(tmp_path, serialise(pooling()), "again.tflite"))

    assert first == second
    assert len(store.list()) == 1


def test_two_models_of_one_name_stay_apart(store, tmp_path):
    first = store.add(write(tmp_path, serialise(pooling())))
    second = store.add(write(tmp_path, serialise(pooling(weight=2.0))))

    assert first.name == "model"
    assert second.name == f"model-{second.sha256[:8]}"
    assert store.get(second.name) == second


def test_added_model_never_takes_the_name_of_one_that_is_built(store, tmp_path):
    added = store.add(write(tmp_path, serialise(pooling()), "mobilenet_v2-float32.tflite"))

    assert added.name == f"mobilenet_v2-float32-{added.sha256[:8]}"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dtype": "float32"}, "its input is float32 1x64x64x3, not uint8"),
        ({"dtype": "int8"}, "its input is int8 1x64x64x3, not uint8"),
        ({"shape": (1, 64, 48, 3)}, "its input is uint8 1x64x48x3, not one square RGB picture"),
        ({"shape": (1, 3, 64, 64)}, "its input is uint8 1x3x64x64, not one square RGB picture"),
        ({"shape": (2, 64, 64, 3), "out": (2, 3)}, "its input is uint8 2x64x64x3, not one square"),
        ({"shape": (1, 16, 16, 3)}, "its pictures have 16 pixels a side, not 32 to 1024"),
        ({"shape": (1, 4096, 4096, 3)}, "its pictures have 4096 pixels a side"),
        ({"out": (3,)}, "its output is float32 3, not one vector"),
        ({"out": (1, 1)}, "its output has 1 values"),
        ({"out": (1, 1, 1, 3)}, "its output is float32 1x1x1x3, not one vector"),
        ({"out": (1, 4)}, "it gives 3 values where it announces 4"),
        ({"weight": np.nan}, "its output holds values that are not finite"),
        ({"weight": np.inf}, "its output holds values that are not finite"),
    ],
)
def test_wrong_input_or_output_is_named(changes, reason, store, tmp_path):
    assert reason in refusal(store, write(tmp_path, serialise(pooling(**changes))))


def test_constant_output_is_refused(store, tmp_path, tiny):
    net = tiny()
    blind = tuple(
        replace(layer, weights=np.zeros_like(layer.weights)) if hasattr(layer, "weights") else layer
        for layer in net.layers
    )

    assert "the same for every picture" in refusal(store, write(tmp_path, emit_float(replace(net, layers=blind))))


def test_several_inputs_or_outputs_are_counted(store, tmp_path):
    two_in, two_out, none = pooling(), pooling(), pooling()
    two_in.inputs.append(two_in.computed("more", (1, 2), "float32"))
    two_out.outputs.append(two_out.outputs[0])
    none.inputs.clear()

    assert "it has 2 inputs (uint8 1x64x64x3, float32 1x2), not one" in refusal(
        store, write(tmp_path, serialise(two_in))
    )
    assert "it has 2 outputs (float32 1x3, float32 1x3), not one" in refusal(store, write(tmp_path, serialise(two_out)))
    assert "it has 0 inputs (none), not one" in refusal(store, write(tmp_path, serialise(none)))


def test_other_output_type_is_named(store, tmp_path):
    draft = pooling()
    stored = draft.computed("stored", (1, 3), "int8", quantization(1.0))
    draft.outputs = [draft.operate("QUANTIZE", draft.outputs, stored)]

    assert "its output is int8 1x3, not float32 1xd" in refusal(store, write(tmp_path, serialise(draft)))


@pytest.mark.parametrize(
    ("code", "reason"), [(32, "custom operator"), (250, "TFLite runtime refuses it: Op builtin_code")]
)
def test_operator_that_is_not_there_is_named(code, reason, store, tmp_path, monkeypatch):
    monkeypatch.setitem(tflite_writer._KINDS, "STRANGE", (code, 0))

    assert reason in refusal(store, write(tmp_path, serialise(pooling(kind="STRANGE"))))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"hello", "it is not a TensorFlow Lite file"),
        (b"\0" * 5000, "it is not a TensorFlow Lite file"),
        (b"PK\x03\x04" + b"\0" * 100, "it is a zip archive (PyTorch or Keras)"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "it is an HDF5 file"),
        (b"\x80\x02\x8a\nl" + b"\0" * 100, "it is a pickle"),
        (b"\xff\xff\xff\x7fTFL3" + b"\0" * 100, "it is cut short or damaged"),
        (b"\x08\0\0\0TFL3" + b"\0" * 100, "its schema version is 0, not 3"),
    ],
)
def test_other_files_are_told_apart(data, reason, store, tmp_path):
    assert reason in refusal(store, write(tmp_path, data))


def test_missing_file_folder_and_too_large_file(store, tmp_path):
    assert "There is no file" in refusal(store, tmp_path / "absent.tflite")
    assert "is not a file" in refusal(store, tmp_path)
    assert "There is no file" in refusal(store, tmp_path / "nul\0.tflite")
    huge = tmp_path / "huge.tflite"
    with huge.open("wb") as file:
        file.truncate(1 << 40)
    assert "it is larger than 128 MB" in refusal(store, huge)


def test_every_cut_is_noticed_before_the_runtime_sees_it(tiny):
    data = emit_float(tiny())
    for length in range(0, len(data), 37):
        with pytest.raises(ValueError, match=r"damaged|not a TensorFlow Lite|there"):
            read_outline(data[:length])


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_files_are_outlined_or_refused(data):
    raw = bytearray(serialise(pooling()))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ValueError):
        read_outline(bytes(raw))


def test_tensor_that_would_fill_the_memory_is_refused(store, tmp_path):
    draft = pooling()
    draft.computed("vast", (1, 100_000, 100_000, 3), "float32")

    assert "would take 114440 MB" in refusal(store, write(tmp_path, serialise(draft)))


def test_constant_that_does_not_fit_its_shape_is_refused(store, tmp_path):
    draft = pooling()
    number = next(n for n, tensor in enumerate(draft.tensors) if tensor.name == "addend")
    draft.tensors[number] = replace(draft.tensors[number], shape=(3_000_000,))

    assert "the bytes of a tensor in it do not fit its shape" in refusal(store, write(tmp_path, serialise(draft)))
