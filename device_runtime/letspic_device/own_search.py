"""Search among a device's own photos: a query embedding comes, photo ids and scores go, photos and features stay."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np

from letspic_device.backbones import BackboneShelf
from letspic_device.feature_cache import FeatureCache
from letspic_device.photos import PhotoShelf
from letspic_device.states import State, StateMachine
from letspic_shared import messages, paper_head
from letspic_shared.contributions import take
from letspic_shared.errors import KnownError
from letspic_shared.features import Float32, condition, normalise
from letspic_shared.head import embedding
from letspic_shared.tensors import Array, unpack

MAX_TOP = 10_000
# How long a search may look at photos before it answers with those that it has features of.
LOOK_SECONDS = 8.0


class OwnSearch:
    """Answers searches from the features that are there, and looks at missing photos while nobody waits for that.

    Parameters
    ----------
    free
        Whether the device may look at photos now: no run goes on, and no request waits.
    """

    def __init__(
        self, backbones: BackboneShelf, shelf: PhotoShelf, states: StateMachine, free: Callable[[], bool]
    ) -> None:
        self._backbones = backbones
        self._shelf = shelf
        self._states = states
        self._free = free
        self._missing: tuple[str, list[str]] = ("", [])
        self._failed: set[tuple[str, str]] = set()

    def answer(self, header: dict[str, object], payload: bytes) -> dict[str, object]:
        """Return the best hits of a SEARCH message, and how many photos were not looked at yet."""
        backbone = messages.sha256(header.get("backbone"))
        with self._states.working(State.SEARCHING):
            cache = self._backbones.features(backbone)
            tensors = unpack(header.get("tensors", []), payload)
            found = {photo: kept for photo in sorted(self._shelf.own) if (kept := cache.kept(photo)) is not None}
            missing = [
                photo
                for photo in sorted(self._shelf.own)
                if photo not in found and (backbone, photo) not in self._failed
            ]
            until = time.monotonic() + LOOK_SECONDS
            while missing and self._free() and time.monotonic() < until:
                self._states.progress(len(found), len(found) + len(missing))
                photo = missing.pop(0)
                found |= self._look(backbone, cache, photo)
            hits = search(header, tensors, found, cache.dimension)
        self._missing = (backbone, missing)
        return {"hits": hits, "missing": len(missing)}

    def look_on(self) -> bool:
        """Look at one of the photos that the last search lacked; return whether there is another one to look at."""
        backbone, missing = self._missing
        if not missing or not self._free():
            return False
        try:
            with self._states.working(State.EXTRACTING):
                self._look(backbone, self._backbones.features(backbone), missing.pop(0))
        except (KnownError, ValueError):
            # The device has left its group, or is being stopped.
            self.forget()
        return bool(missing)

    def forget(self) -> None:
        """Look at no more photos."""
        self._missing = ("", [])

    def _look(self, backbone: str, cache: FeatureCache, photo: str) -> dict[str, Float32]:
        found, failed = cache.get([photo], self._shelf, lambda _done, _total: None)
        self._failed |= {(backbone, one) for one in failed}
        return found


def search(
    header: dict[str, object], tensors: Mapping[str, Array], found: Mapping[str, Float32], dimension: int
) -> list[list[object]]:
    """Return [SHA-256, score] of the photos whose features are nearest to a query, best first.

    The message carries the query in embedding coordinates and the head that made it (the paper's as its linear map);
    without a head the query is a normalised backbone feature and the score their cosine.
    """
    top = messages.number(header, "top", 1, MAX_TOP)
    if not found:
        return []
    digests = sorted(found)
    rows = _embed(np.stack([found[digest] for digest in digests]), tensors, dimension)
    query = take(tensors, "query", "<f4", (rows.shape[1],))
    scores = rows @ query
    order = np.argsort(-scores, kind="stable")[:top]
    return [[digests[index], float(scores[index])] for index in order]


def _embed(features: Float32, tensors: Mapping[str, Array], dimension: int) -> Float32:
    if "projection" in tensors:
        linear = take(tensors, "projection", "<f4", (dimension, None)).astype(np.float64)
        return paper_head.project(
            features, linear, take(tensors, "offset", "<f4", (linear.shape[1],)).astype(np.float64)
        )
    if "weights" not in tensors:
        return normalise(features.astype(np.float64)).astype(np.float32)
    weights = take(tensors, "weights", "<f4", (dimension, None)).astype(np.float64)
    bias = take(tensors, "bias", "<f4", (weights.shape[1],)).astype(np.float64)
    mean = take(tensors, "mean", "<f4", (dimension,)).astype(np.float64)
    return embedding(condition(features), weights, bias, mean)
