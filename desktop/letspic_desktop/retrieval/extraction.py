"""Features of photos on this desktop, through the same backbone and the same preparation as on a device."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from letspic_desktop.backbones.store import Backbone
from letspic_desktop.batch import BatchEngine
from letspic_desktop.progress import Progress
from letspic_device.tflite import Extractor
from letspic_shared.errors import PhotoError
from letspic_shared.features import Float32
from letspic_shared.photo import model_input

# Worker processes are spawned: they read these when they import NumPy.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


@dataclass(frozen=True, kw_only=True)
class Extracted:
    """Features (n x d) of the photos that could be read, in order, and the reasons of the others.

    Attributes
    ----------
    indices
        Which of the given photos the rows belong to.
    failed
        Index of a photo without a feature -> reason.
    """

    features: Float32
    indices: tuple[int, ...]
    failed: dict[int, str]


def extract(
    backbone: Backbone, photos: Sequence[Path], engine: BatchEngine, progress: Progress, stage: str = "extract"
) -> Extracted:
    """Return the features of some photo files."""
    work = functools.partial(_extract_chunk, str(backbone.path))
    rows = engine.map(work, list(photos), stage=stage, progress=progress)
    good = [index for index, row in enumerate(rows) if isinstance(row, bytes)]
    features = [np.frombuffer(row, np.float32) for row in rows if isinstance(row, bytes)]
    return Extracted(
        features=np.stack(features) if features else np.zeros((0, backbone.dim), np.float32),
        indices=tuple(good),
        failed={index: row for index, row in enumerate(rows) if isinstance(row, str)},
    )


# A backbone runs in one thread at a time; small batches run in the threads that ask for them.
_running = threading.Lock()


@functools.lru_cache(maxsize=1)
def _extractor(model: str) -> Extractor:
    return Extractor(Path(model))


def _extract_chunk(model: str, photos: Sequence[Path]) -> list[bytes | str]:
    """Return for each photo its feature's bytes, or the reason why it has none."""
    rows: list[bytes | str] = []
    with _running:
        extractor = _extractor(model)
        for photo in photos:
            try:
                rows.append(extractor(model_input(photo, extractor.size)).tobytes())
            except PhotoError as error:
                rows.append(error.reason)
    return rows
