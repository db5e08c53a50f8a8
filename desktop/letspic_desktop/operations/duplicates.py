"""Photos that look alike, and what to do with them. Decisions are remembered, and can be undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from letspic_desktop.application import Application
from letspic_desktop.library import changes
from letspic_desktop.library.duplicates import Pair, ordered_pair
from letspic_desktop.library.history import LibraryChange
from letspic_desktop.library.lookalikes import THRESHOLD, Lookalikes, find_lookalikes
from letspic_desktop.operations.organise import make
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class FindLookalikes:
    """Find photos that look alike and that nobody decided about yet.

    Parameters
    ----------
    threshold
        Least likeness, 0..1.
    compute_features
        Compute missing features with the backbone first; else photos without any are compared by a small hash,
        which is quicker and finds less (no crops).
    """

    threshold: float = THRESHOLD
    compute_features: bool = True

    def run(self, app: Application, progress: Progress) -> list[Lookalikes]:
        """Find them."""
        if not 0.5 <= self.threshold <= 1:
            raise KnownError(f"A likeness of {self.threshold} is not between 0.5 and 1", "Try 0.88")
        backbone = app.backbone_of(None)
        if self.compute_features:
            missing = app.catalog.features.missing(backbone.sha256, app.catalog.photos.all())
            app.index.prepare(backbone, missing, progress)
        return find_lookalikes(app.catalog, backbone=backbone.sha256, threshold=self.threshold, progress=progress)


@dataclass(frozen=True, kw_only=True)
class OpenLookalikes:
    """Look which of the groups found before still wait for a decision."""

    groups: tuple[Lookalikes, ...]

    def run(self, app: Application, progress: Progress) -> list[Lookalikes]:
        """Return them without the photos that are in the trash or gone by now."""
        progress.check()
        every = [photo for group in self.groups for photo in group.photos]
        here = {photo.sha256 for photo in app.catalog.photos.many(every) if photo.trashed_at is None}
        decided = app.catalog.duplicates.decided(pair for group in self.groups for pair in _pairs(group.photos))
        found = []
        for group in self.groups:
            rest = tuple(photo for photo in group.photos if photo in here)
            if any(pair not in decided for pair in _pairs(rest)):
                found.append(Lookalikes(photos=rest, likeness=group.likeness))
        return found


@dataclass(frozen=True, kw_only=True)
class FindCopies:
    """Find photos that several files hold, byte for byte: in the library each is one photo."""

    def run(self, app: Application, progress: Progress) -> dict[str, list[Path]]:
        """Return SHA-256 -> its files."""
        progress.check()
        return app.catalog.photos.copies()


@dataclass(frozen=True, kw_only=True)
class KeepBoth:
    """Remember that photos (SHA-256) that look alike are wanted all: they are never asked about again."""

    photos: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Remember it."""
        return make(app, progress, changes.keep_both(app.catalog, self.photos))


@dataclass(frozen=True, kw_only=True)
class KeepOne:
    """Keep one photo, with the albums, tags and best rating of all; put the others (SHA-256) into the trash."""

    kept: str
    others: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Keep it."""
        return make(app, progress, changes.keep_one(app.catalog, self.kept, self.others))


def _pairs(photos: Sequence[str]) -> Iterator[Pair]:
    return (ordered_pair(one, other) for one, other in combinations(photos, 2))
