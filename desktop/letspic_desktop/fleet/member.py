"""One device in one run: what it shall train on, and what it said when it was prepared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from letspic_desktop.fleet.link import Answer, Link, Request
from letspic_shared import messages
from letspic_shared.contributions import ContributionError, Int64
from letspic_shared.errors import KnownError
from letspic_shared.features import FOLDS, fold_of

# Features of a large folder take long on a small board; the heartbeat tells a busy device from a dead one.
PREPARE_SECONDS = 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class Share:
    """A device's part of a run's manifest: SHA-256 -> class id, and the photos without a label."""

    labelled: Mapping[str, int]
    unlabelled: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Member:
    """A device in a run.

    Attributes
    ----------
    link
        Returns the device's link of the moment, None while it is away.
    counts
        Labelled photos by fold and class (F x C) that every contribution must cover; known once prepared.
    withheld, failed
        Photos that stay out: classes too small to hide a single photo; photos without a feature, with the reason.
    own_folds
        Folds of the device's own photos, which are not those of their SHA-256.
    refused
        Why the device takes no further part; empty while it does.
    """

    device_id: str
    name: str
    link: Callable[[], Link | None]
    share: Share
    counts: Int64 = field(default_factory=lambda: np.zeros((FOLDS, 0), np.int64))
    unlabelled_count: int = 0
    withheld: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)
    own_folds: dict[str, int] = field(default_factory=dict)
    refused: str = ""
    prepared_on: Link | None = None

    @property
    def photo_count(self) -> int:
        """Number of labelled photos that train on this device."""
        return int(self.counts.sum())

    def takes_part(self, *, labelled_only: bool) -> bool:
        """Return whether the device has any photo for a round (of labelled ones alone, or of any)."""
        return self.photo_count > 0 or (not labelled_only and self.unlabelled_count > 0)

    def held_counts(self, held_out: tuple[int, ...]) -> tuple[Int64, Int64]:
        """Return photo counts that train, and that are held out, for each head of a stack."""
        per_fold = self.counts.sum(axis=1)
        held = np.array([per_fold[fold] if fold >= 0 else 0 for fold in held_out], np.int64)
        return per_fold.sum() - held, held

    async def prepare(self, link: Link, *, run: str, backbone: str, classes: int, withhold: int, seed: int) -> None:
        """Send the device its part of the manifest and wait until its features are ready.

        Raises
        ------
        KnownError
            The device refuses, goes away, or answers something that does not fit the manifest.
        """
        header: dict[str, object] = {
            "run": run,
            "backbone": backbone,
            "classes": classes,
            "labelled": dict(sorted(self.share.labelled.items())),
            "unlabelled": sorted(self.share.unlabelled),
            "withhold": withhold,
            "seed": seed,
        }
        answer = await link.request(Request.of(messages.PREPARE, header), PREPARE_SECONDS)
        self._read(answer, classes)
        self.prepared_on = link

    def _read(self, answer: Answer, classes: int) -> None:
        try:
            withheld = messages.texts(answer.header, "withheld", 64)
            failed = answer.header.get("failed", {})
            folds = messages.classes(answer.header, "own_folds", FOLDS)
        except messages.BadField as error:
            raise ContributionError(f"The device answered something else than was asked: {error}") from error
        if not isinstance(failed, dict):
            raise ContributionError("The device answered something else than was asked")
        missing = set(withheld) | set(failed)
        if not missing <= set(self.share.labelled) | set(self.share.unlabelled):
            raise ContributionError("The device speaks of photos that are not in the run")
        self.withheld = tuple(withheld)
        self.failed = {str(digest): str(reason)[:200] for digest, reason in failed.items()}
        self.counts = np.zeros((FOLDS, classes), np.int64)
        for digest, label in self.share.labelled.items():
            if digest not in missing:
                self.counts[folds.get(digest, fold_of(digest)), label] += 1
        self.unlabelled_count = len(set(self.share.unlabelled) - set(self.share.labelled) - missing)
        self.own_folds = folds


def require_photos(members: list[Member]) -> None:
    """Refuse a run in which no device has anything to train on."""
    if not any(member.photo_count for member in members):
        reasons = sorted({reason for member in members for reason in member.failed.values()})
        withheld = sum(len(member.withheld) for member in members)
        if withheld:
            raise KnownError(
                f"The devices keep back all {withheld} labelled photos, because every class has too few on its device",
                "Label more photos of each album, or allow smaller classes with --withhold",
            )
        raise KnownError(
            "No device has a usable labelled photo" + (f" ({reasons[0]})" if reasons else ""),
            "Put at least 2 photos into each album and distribute them",
        )
