"""Run a model that nobody vouches for on a few pictures, in a process of its own."""

from __future__ import annotations

import importlib
import json
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.backbones.apart import run_apart
from letspic_device.tflite import available_runtime
from letspic_shared.errors import KnownError

TIMEOUT_SECONDS: Final = 60.0
_SEED: Final = 20200229
_REASON_LENGTH: Final = 200
_DONE, _REFUSED = "done", "refused"


def try_model(data: bytes, size: int, *, timeout: float = TIMEOUT_SECONDS) -> NDArray[np.float32]:
    """Return the features of the trial pictures, [n, d]; the last picture is the first one again.

    Parameters
    ----------
    data
        The .tflite file, its outline checked already.
    size
        Side of its input, in pixels.
    timeout
        Seconds that it may take.

    Raises
    ------
    ValueError
        It does not run; the message says why, as the end of a sentence.
    KnownError
        No TFLite runtime is installed.
    """
    runtime = available_runtime()
    if not runtime:
        raise KnownError("No TFLite runtime is installed", "Install ai-edge-litert with pip")
    head, _, body = run_apart(_run, data, size, runtime, timeout=timeout).partition(b"\n")
    fields = json.loads(head)
    if fields["state"] != _DONE:
        raise ValueError(str(fields["reason"]))
    return np.frombuffer(body, np.float32).reshape(fields["pictures"], -1)


def trial_pictures(size: int) -> NDArray[np.uint8]:
    """Return pictures that any feature extractor tells apart: [n, size, size, 3], the last equal to the first."""
    random = np.random.default_rng(_SEED)
    noise = random.integers(0, 256, (size, size, 3))
    ramp = np.broadcast_to(np.linspace(0, 255, size)[:, None, None], (size, size, 3))
    cells = np.kron(random.integers(0, 256, (8, 8, 3)), np.ones((-(-size // 8), -(-size // 8), 1)))[:size, :size]
    dark = np.zeros((size, size, 3))
    return np.stack([noise, ramp, cells, dark, noise]).astype(np.uint8)


def _run(data: bytes, size: int, runtime: str) -> bytes:
    """Return one line of JSON, then the features."""
    try:
        features = _features(data, size, importlib.import_module(runtime).Interpreter)
    except (ValueError, RuntimeError, TypeError, MemoryError, IndexError, ImportError) as error:
        return _answer(_REFUSED, reason=f"the TFLite runtime refuses it: {_short(error)}")
    if len({feature.shape for feature in features}) != 1:
        return _answer(_REFUSED, reason="the length of its output changes from picture to picture")
    return _answer(_DONE, features=features)


def _features(data: bytes, size: int, interpreter_class: Any) -> list[NDArray[np.float32]]:
    interpreter = interpreter_class(model_content=data, num_threads=1)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    features = []
    for picture in trial_pictures(size):
        interpreter.set_tensor(source["index"], picture[None])
        interpreter.invoke()
        features.append(np.array(interpreter.get_tensor(target["index"]), np.float32).ravel())
    return features


def _answer(state: str, *, reason: str = "", features: list[NDArray[np.float32]] | None = None) -> bytes:
    rows = features or []
    head = {"state": state, "reason": reason, "pictures": len(rows)}
    return json.dumps(head).encode() + b"\n" + b"".join(row.tobytes() for row in rows)


def _short(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:_REASON_LENGTH]
