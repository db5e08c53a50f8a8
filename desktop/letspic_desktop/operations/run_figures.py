"""How good a head is, measured on photos that did not train it: at the end of a run, and while it goes on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import numpy as np

from letspic_desktop.application import Application
from letspic_desktop.backbones.store import Backbone
from letspic_desktop.fleet.events import Measured
from letspic_desktop.fleet.run import RunResult
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.run_plan import PlannedRun
from letspic_desktop.progress import Cancelled, Progress
from letspic_desktop.retrieval.embedder import BareEmbedder, HeadEmbedder
from letspic_desktop.retrieval.held_out import UNTRAINED, Block, held_out_blocks, held_out_quality
from letspic_shared.errors import KnownError
from letspic_shared.head import HeadStack

log = logging.getLogger(__name__)

# While a run goes on a part of a large library says enough.
_LIVE_PHOTOS: Final = 2000
# Measuring takes at most this share of one core from the run, which may be on the same machine.
_LIVE_SHARE: Final = 0.25
_LEAST_UNTRAINED: Final = 10
_LEAST_CLASSES: Final = 2


def judging_photos(app: Application, group: Group) -> dict[str, int]:
    """Return SHA-256 -> column of the labelled photos of this library that can judge a head by folds.

    Photos that a device also has as its own stay out: there their fold is not that of their SHA-256, so the head that
    would score them here may have seen them.
    """
    classes = {one.class_id: index for index, one in enumerate(app.catalog.groups.classes(group.id))}
    own = {
        photo.sha256
        for device in app.catalog.devices.all(group.id)
        for photo in app.catalog.placements.held(device.id)
        if photo.kind == "own"
    }
    return {photo: classes[one] for photo, one in app.catalog.groups.labels(group.id).items() if photo not in own}


def judging_blocks(app: Application, group: Group, planned: PlannedRun, result: RunResult) -> tuple[list[Block], str]:
    """Return photos that a head can be judged by, with their vectors, and on what basis.

    A method that trains no held-out companions can only be judged by photos that took no part in its run: those of
    the group's albums that no device had, or that are shared to be searched in and not to be learned.
    """
    if result.stack is not None and isinstance(result.trained, HeadEmbedder) and len(result.stack.held_out) > 1:
        # A device that trained may have been let go meanwhile: nothing here says any more which photos were its own.
        labels = {photo: one for photo, one in judging_photos(app, group).items() if photo not in result.own_folds}
        features, photos = app.index.features(planned.job.backbone, sorted(labels), Progress())
        return held_out_blocks(result.stack, features, photos, labels), ""
    others = _untrained(app, group, planned.photos)
    features, photos = app.index.features(planned.job.backbone, sorted(others), Progress())
    # Among photos of a single album every result is right.
    if len(photos) < _LEAST_UNTRAINED or len({others[photo] for photo in photos}) < _LEAST_CLASSES:
        return [], UNTRAINED
    block = Block(
        photos=tuple(photos),
        labels=np.array([others[photo] for photo in photos], np.int64),
        before=BareEmbedder().embed(features),
        after=result.trained.embed(features),
    )
    return [block], UNTRAINED


def _untrained(app: Application, group: Group, trained: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in app.catalog.groups.classes(group.id, with_all=True):
        if one.shared and one.album_id is not None:
            for photo in app.catalog.albums.photos(one.album_id):
                if photo not in trained:
                    found.setdefault(photo, one.class_id)
    return found


class LiveFigures:
    """Measures the newest heads of a run in a thread of its own; heads that it has no time for are left out.

    Parameters
    ----------
    tell
        Given every figure, from that thread.
    """

    def __init__(self, app: Application, group: Group, backbone: Backbone, tell: Callable[[Measured], None]) -> None:
        self._app = app
        self._group = group
        self._backbone = backbone
        self._tell = tell
        self._progress = Progress()
        self._change = threading.Condition()
        self._latest: tuple[int, HeadStack] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live figures", daemon=True)

    def note(self, number: int, stack: HeadStack) -> None:
        """Take new heads; returns at once."""
        with self._change:
            self._latest = (number, stack)
            self._change.notify()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.cancel()
        self._ended.set()
        with self._change:
            self._change.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._measure_all()
        except (Cancelled, KnownError):
            return
        except Exception:
            # Only the picture of the run would be poorer: it must not fail for it.
            log.exception("measuring during the run failed")

    def _measure_all(self) -> None:
        labels = judging_photos(self._app, self._group)
        wanted = sorted(labels)[:_LIVE_PHOTOS]
        features, photos = self._app.index.features(self._backbone, wanted, self._progress)
        while photos and (latest := self._next()) is not None:
            started = time.perf_counter()
            found = held_out_quality(latest[1], features, photos, labels)
            if found is None:
                return
            self._tell(
                Measured(number=latest[0], map_before=found.map_before, map_after=found.map_after, photos=found.queries)
            )
            self._ended.wait((time.perf_counter() - started) * (1 / _LIVE_SHARE - 1))

    def _next(self) -> tuple[int, HeadStack] | None:
        with self._change:
            self._change.wait_for(lambda: self._latest is not None or self._ended.is_set())
            latest, self._latest = self._latest, None
            return None if self._ended.is_set() else latest
