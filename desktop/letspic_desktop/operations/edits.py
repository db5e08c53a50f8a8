"""Edits of photos that never touch their files; each can be undone.

A rotation is what a person sees: thumbnails, the viewer, and pictures saved from it are turned. Features, and the
copies that are placed on devices, are made from the file as its camera oriented it, for every machine that holds
the same file must come to the same feature, and only this desktop knows the rotation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from letspic_desktop.application import Application
from letspic_desktop.library import changes
from letspic_desktop.library.history import LibraryChange
from letspic_desktop.operations.organise import make
from letspic_desktop.progress import Progress


@dataclass(frozen=True, kw_only=True)
class RotatePhotos:
    """Turn photos (SHA-256) clockwise by quarter turns; -1 is to the left."""

    photos: tuple[str, ...]
    quarter_turns: int = 1

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Turn them."""
        return make(app, progress, changes.rotate(app.catalog, self.photos, self.quarter_turns))


@dataclass(frozen=True, kw_only=True)
class SetDate:
    """Correct when photos (SHA-256) were taken, in local time; None goes back to what their files say."""

    photos: tuple[str, ...]
    taken: datetime | None

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Correct it."""
        return make(app, progress, changes.set_taken(app.catalog, self.photos, self.taken))


@dataclass(frozen=True, kw_only=True)
class ShiftDate:
    """Correct photos (SHA-256) whose camera had its clock wrong by the same amount."""

    photos: tuple[str, ...]
    by: timedelta

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Shift their dates."""
        return make(app, progress, changes.shift_taken(app.catalog, self.photos, self.by))
