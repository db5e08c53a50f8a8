"""How fast this device is: one photo through the backbone, and one gradient of the last layer."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable

import numpy as np

from letspic_device.tflite import Extractor
from letspic_shared import head as heads
from letspic_shared.features import FOLDS
from letspic_shared.head import NO_FOLD, HeadStack
from letspic_shared.photo import model_input

# About as large as the photos that a desktop hands out.
_WIDTH, _HEIGHT = 341, 256
GRADIENT_PHOTOS = 100
_SECONDS = 1.0
_MOST, _FEWEST = 20, 3


def measure(extractor: Extractor, classes: int) -> dict[str, object]:
    """Return medians over about two seconds of work.

    Parameters
    ----------
    classes
        Number of classes C of the head whose gradient is computed, over ``GRADIENT_PHOTOS`` random features.

    Returns
    -------
    dict
        ``photo_ms``: from the JPEG to its feature; ``gradient_ms``: one gradient; both in milliseconds.
    """
    photo = _photo()
    generator = np.random.default_rng(0)
    features = generator.standard_normal((GRADIENT_PHOTOS, extractor.dimension))
    labels = np.arange(GRADIENT_PHOTOS, dtype=np.int64) % classes
    folds = np.arange(GRADIENT_PHOTOS, dtype=np.int64) % FOLDS
    stack = HeadStack(
        weights=np.zeros((1, extractor.dimension, classes)),
        bias=np.zeros((1, classes)),
        means=np.zeros((1, extractor.dimension)),
        held_out=(NO_FOLD,),
    )
    return {
        "photo_ms": _median_ms(lambda: extractor(model_input(photo, extractor.size))),
        "gradient_ms": _median_ms(lambda: heads.gradient_sum(features, labels, folds, stack)),
        "gradient_photos": GRADIENT_PHOTOS,
    }


def _median_ms(work: Callable[[], object]) -> float:
    # What is done for the first time (memory, caches) is not what a thousand photos cost.
    work()
    times: list[float] = []
    while len(times) < _FEWEST or (len(times) < _MOST and sum(times) < _SECONDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return round(1000 * statistics.median(times), 3)


def _photo() -> bytes:
    """Return a JPEG with the detail of a photo: a smooth ground with some noise on it."""
    from PIL import Image

    generator = np.random.default_rng(0)
    ground = np.add.outer(np.linspace(0, 160, _HEIGHT), np.linspace(0, 60, _WIDTH))[..., None]
    noise = generator.integers(0, 36, (_HEIGHT, _WIDTH, 3))
    target = io.BytesIO()
    Image.fromarray((ground + noise).astype(np.uint8)).save(target, "JPEG", quality=90)
    return target.getvalue()
