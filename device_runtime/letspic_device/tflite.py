"""The TFLite runtime that exists on this machine, behind one small class."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letspic_shared.errors import KnownError

# In order of preference; the first that imports is used.
RUNTIMES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter")
_NAMES = {"ai_edge_litert.interpreter": "LiteRT", "tflite_runtime.interpreter": "tflite-runtime"}


def available_runtime() -> str:
    """Return the module that would be used, or an empty text where there is none (nothing is imported)."""
    for module in RUNTIMES:
        if importlib.util.find_spec(module.split(".")[0]) is not None:
            return module
    return ""


def runtime_name() -> str:
    """Return the runtime's name for people."""
    return _NAMES.get(available_runtime(), "none")


class Extractor:
    """A backbone ready to run: uint8 S x S x 3 in, float32 d out. One thread at a time.

    Raises
    ------
    KnownError
        No TFLite runtime is installed, or the file is no model that it can run.
    """

    def __init__(self, model: Path, *, threads: int = 1) -> None:
        module = available_runtime()
        if not module:
            raise KnownError("No TFLite runtime is installed here", "Install ai-edge-litert or tflite-runtime with pip")
        try:
            self._interpreter: Any = importlib.import_module(module).Interpreter(str(model), num_threads=threads)
            self._interpreter.allocate_tensors()
            (entry,) = self._interpreter.get_input_details()
            (result,) = self._interpreter.get_output_details()
        except (ValueError, RuntimeError, ImportError, OSError) as error:
            raise KnownError("The backbone cannot be run here", f"The runtime said: {error}") from error
        self._input, self._output = entry["index"], result["index"]
        self.size = int(entry["shape"][1])
        self.dimension = int(result["shape"][-1])

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the feature (d) of one prepared photo (S x S x 3)."""
        self._interpreter.set_tensor(self._input, pixels[None])
        self._interpreter.invoke()
        feature: NDArray[np.float32] = self._interpreter.get_tensor(self._output)[0].copy()
        return feature
