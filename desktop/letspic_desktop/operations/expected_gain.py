"""What a run can be expected to bring, before it starts: measured on this desktop's own features of labelled photos."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final

import numpy as np

from letspic_desktop.application import Application
from letspic_desktop.backbones.store import Backbone
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.run_figures import judging_photos
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.held_out import HeldOut, held_out_quality
from letspic_shared.closed_form import fit_stack
from letspic_shared.features import condition, fold_of
from letspic_shared.statistics import class_statistics

_LEAST_QUERIES: Final = 10
# Drawn by SHA-256, which is as good as at random: more photos change the figure little and cost time.
_MOST_PHOTOS: Final = 800
# Photos whose features are still to be computed, some 30 ms each: more are left for the run itself.
_MOST_MISSING: Final = 300


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """The closed form's 5-fold figures on labelled photos of this desktop.

    Attributes
    ----------
    figures
        None where nothing honest can be said.
    photos, labelled
        How many labelled photos it is based on, and how many the library has.
    own
        Labelled photos that live on devices alone, which it says nothing about.
    key
        Of everything that it depends on: it holds until that changes.
    """

    figures: HeldOut | None
    photos: int
    labelled: int
    own: int
    key: str


@dataclass(frozen=True, kw_only=True)
class ExpectedGain:
    """Estimate what fine-tuning a group will bring; what is ``known`` is returned again while it still holds."""

    group_id: str
    known: Expectation | None = None

    def run(self, app: Application, progress: Progress) -> Expectation | None:
        """Estimate it; None for a group that is gone or is another desktop's, or whose backbone is not built yet."""
        progress.check()
        group = app.catalog.groups.get(self.group_id)
        backbone = _built(app, group)
        if group is None or group.left_at is not None or group.role != "owner" or backbone is None:
            return None
        labels = judging_photos(app, group)
        wanted = sorted(labels)[:_MOST_PHOTOS]
        enough = len(app.catalog.features.missing(backbone.sha256, wanted)) <= _MOST_MISSING
        own = _own(app, group)
        described = [backbone.sha256, sorted(labels.items()), enough, own]
        key = hashlib.sha256(json.dumps(described).encode()).hexdigest()
        if self.known is not None and self.known.key == key:
            return self.known
        if not enough:
            return Expectation(figures=None, photos=0, labelled=len(labels), own=own, key=key)
        figures, photos = _estimate(app, backbone, {photo: labels[photo] for photo in wanted}, progress)
        return Expectation(figures=figures, photos=photos, labelled=len(labels), own=own, key=key)


def _estimate(
    app: Application, backbone: Backbone, labels: dict[str, int], progress: Progress
) -> tuple[HeldOut | None, int]:
    features, photos = app.index.features(backbone, list(labels), progress)
    columns = {label: column for column, label in enumerate(sorted({labels[photo] for photo in photos}))}
    if len(columns) < 2 or len(photos) < _LEAST_QUERIES:
        return None, len(photos)
    numbers = np.array([columns[labels[photo]] for photo in photos], np.int64)
    folds = np.array([fold_of(photo) for photo in photos], np.int64)
    progress.check()
    stack = fit_stack(class_statistics(condition(features), numbers, folds, len(columns)))
    progress.check()
    found = held_out_quality(stack, features, photos, labels)
    return (found if found is not None and found.queries >= _LEAST_QUERIES else None), len(photos)


def _built(app: Application, group: Group | None) -> Backbone | None:
    """Return the group's backbone if it is there: nothing is built for an estimate."""
    if group is None or group.backbone is None:
        return None
    return next((one for one in app.backbones.list() if one.sha256 == group.backbone), None)


def _own(app: Application, group: Group) -> int:
    library = app.catalog.groups.labels(group.id)
    return len(
        {
            photo.sha256
            for device in app.catalog.devices.all(group.id)
            for photo in app.catalog.placements.held(device.id)
            if photo.kind == "own" and photo.class_id is not None and photo.sha256 not in library
        }
    )
