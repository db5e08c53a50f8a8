"""What the writer writes: read back by our own reader and run by the TFLite runtime."""

from __future__ import annotations

import numpy as np
import pytest

from letspic_desktop.backbones import numpy_runner
from letspic_desktop.backbones.emit_float import emit_float
from letspic_desktop.backbones.tflite_model import Draft
from letspic_desktop.backbones.tflite_outline import TensorOutline, read_outline


@pytest.mark.parametrize("leading", [False, True])
@pytest.mark.parametrize(("mean", "std"), [(127.0, 128.0), (127.5, 127.5), (123.7, 58.4)])
def test_small_network_runs_as_with_numpy(mean, std, leading, tiny, run, generated):
    net = tiny(mean=mean, std=std, leading=leading)
    pictures = generated(64)

    np.testing.assert_allclose(run(emit_float(net), pictures), numpy_runner.run(net, pictures), atol=1e-4)


def test_the_outline_read_back_is_what_was_written(tiny):
    outline = read_outline(emit_float(tiny()))

    assert outline.inputs == (TensorOutline(name="picture", dtype="uint8", shape=(1, 64, 64, 3)),)
    assert outline.outputs == (TensorOutline(name="feature", dtype="float32", shape=(1, 20)),)
    assert outline.tensor_types == {"uint8", "float32", "int32"}
    assert outline.custom_operators == ()


def test_the_same_network_gives_the_same_bytes(tiny):
    assert emit_float(tiny()) == emit_float(tiny())


def test_constants_are_aligned_for_the_runtime(tiny):
    net = tiny()
    data = emit_float(net)

    for layer in net.layers[2:4]:
        assert data.find(np.ascontiguousarray(layer.weights).tobytes()) % 16 == 0


def test_element_type_that_is_not_written_is_refused():
    with pytest.raises(ValueError, match="complex128"):
        Draft("x", "").computed("y", (1,), "complex128")
