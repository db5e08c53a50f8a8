"""One run on this device: which photos train, their features, and the answer of the last round.

The manifest (SHA-256 -> class) comes from the desktop. The device withholds classes of which it owns fewer than k
photos, and photos without a label where it owns fewer than k of them: a sum over so few would reveal single features.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from letspic_device.feature_cache import FeatureCache
from letspic_device.photos import PhotoShelf
from letspic_device.tasks import RunData
from letspic_shared import messages
from letspic_shared.features import Float32, condition, fold_of

MAX_CLASSES = 4096
DEFAULT_WITHHOLD = 3


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What the desktop wants this device to train on."""

    run: str
    backbone: str
    class_count: int
    labelled: dict[str, int]
    unlabelled: tuple[str, ...]
    withhold: int
    seed: int

    @staticmethod
    def from_header(header: dict[str, object]) -> Manifest:
        """Read it from a PREPARE message."""
        class_count = messages.number(header, "classes", 1, MAX_CLASSES)
        return Manifest(
            run=messages.text(header, "run", 64),
            backbone=messages.sha256(header.get("backbone")),
            class_count=class_count,
            labelled=messages.classes(header, "labelled", class_count),
            unlabelled=tuple(messages.sha256(item) for item in messages.texts(header, "unlabelled", 64)),
            withhold=messages.number(header, "withhold", 0, 1 << 20),
            seed=messages.number(header, "seed", 0, 1 << 63),
        )


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A manifest after the device looked at its photos.

    Attributes
    ----------
    withheld
        Own photos that stay out because there are too few like them here.
    failed
        Photos without a feature, with the reason.
    own_folds
        Folds of the own photos that train, which are not those of their SHA-256.
    """

    data: RunData
    withheld: tuple[str, ...]
    failed: dict[str, str]
    own_folds: dict[str, int]

    @property
    def takes_part(self) -> bool:
        """Whether there is anything to learn from here."""
        return len(self.data.labels) > 0 or len(self.data.unlabelled) > 0


def prepare(
    manifest: Manifest, shelf: PhotoShelf, cache: FeatureCache, progress: Callable[[int, int], None], device_id: str
) -> Prepared:
    """Get the features of a manifest's photos and arrange them in SHA-256 order.

    Photos whose feature fails count as absent, so they are left out before it is decided what is too few.
    """
    own = shelf.own
    wanted_unlabelled = set(manifest.unlabelled) - set(manifest.labelled)
    found, failed = cache.get(sorted(manifest.labelled) + sorted(wanted_unlabelled), shelf, progress)
    usable = {digest: label for digest, label in manifest.labelled.items() if digest in found}
    usable_unlabelled = wanted_unlabelled & set(found)
    withheld = withheld_photos(usable, set(own), manifest.withhold)
    few = usable_unlabelled & set(own)
    if len(few) < manifest.withhold:
        withheld |= few
    labelled = {digest: label for digest, label in usable.items() if digest not in withheld}
    trains = sorted(labelled)
    others = sorted(usable_unlabelled - withheld)
    own_folds = {
        digest: fold_of(_own_class_digest(device_id, labelled[digest]))
        for digest in trains
        if digest in own and manifest.withhold > 0
    }
    raw = _rows(found, trains, cache.dimension)
    data = RunData(
        features=condition(raw),
        raw=raw,
        labels=np.array([labelled[digest] for digest in trains], np.int64),
        folds=np.array([own_folds.get(digest, fold_of(digest)) for digest in trains], np.int64),
        unlabelled=condition(_rows(found, others, cache.dimension)),
        classes=manifest.class_count,
        seed=manifest.seed,
    )
    return Prepared(data=data, withheld=tuple(sorted(withheld)), failed=failed, own_folds=own_folds)


def withheld_photos(labelled: Mapping[str, int], own: set[str], minimum: int) -> set[str]:
    """Return the own photos whose class has fewer than ``minimum`` own photos on this device."""
    sizes = Counter(label for digest, label in labelled.items() if digest in own)
    return {digest for digest, label in labelled.items() if digest in own and sizes[label] < minimum}


def _own_class_digest(device_id: str, label: int) -> str:
    # Own photos of a class share one fold, so that no fold's sum covers fewer than k of them.
    return hashlib.sha256(f"{device_id}\0{label}".encode()).hexdigest()


def _rows(found: Mapping[str, Float32], digests: list[str], dimension: int) -> Float32:
    if not digests:
        return np.zeros((0, dimension), np.float32)
    return np.stack([found[digest] for digest in digests])
