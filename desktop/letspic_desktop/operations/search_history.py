"""The history of searches: read, added to, and cleared; and pictures that have no file kept for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from letspic_desktop.application import Application
from letspic_desktop.library.searches import PastSearch
from letspic_desktop.progress import Progress


@dataclass(frozen=True, kw_only=True)
class ReadSearches:
    """Read what was searched for, newest first."""

    def run(self, app: Application, progress: Progress) -> list[PastSearch]:
        """Read it."""
        progress.check()
        return app.searches.all()


@dataclass(frozen=True, kw_only=True)
class ClearSearches:
    """Forget what was searched for, with the pictures that were kept for it."""

    def run(self, app: Application, progress: Progress) -> None:
        """Forget it."""
        progress.check()
        app.searches.clear()


@dataclass(frozen=True, kw_only=True)
class KeepPicture:
    """Keep a picture without a file (its bytes, and the suffix of their format), so that it can be searched with."""

    data: bytes
    suffix: str = ".png"

    def run(self, app: Application, progress: Progress) -> Path:
        """Keep it and return its file."""
        progress.check()
        return app.searches.keep_picture(self.data, self.suffix)
