"""The trash: photos wait there for 30 days. No operation ever touches their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from letspic_desktop.application import Application, LibraryChanged
from letspic_desktop.library import changes
from letspic_desktop.library.history import LibraryChange
from letspic_desktop.operations.organise import make
from letspic_desktop.progress import Progress


@dataclass(frozen=True, kw_only=True)
class TrashPhotos:
    """Put photos (SHA-256) into the trash."""

    photos: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Put them there."""
        return make(app, progress, changes.trash(app.catalog, self.photos))


@dataclass(frozen=True, kw_only=True)
class RestorePhotos:
    """Take photos (SHA-256) out of the trash; None takes all."""

    photos: tuple[str, ...] | None

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Take them out."""
        photos = app.catalog.photos.all(trashed=True) if self.photos is None else self.photos
        return make(app, progress, changes.restore(app.catalog, photos))


@dataclass(frozen=True, kw_only=True)
class ForgetPhotos:
    """Forget photos (SHA-256) of the trash. It cannot be undone; their files stay where they are."""

    photos: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> int:
        """Forget them and return how many they were; what is not in the trash stays."""
        progress.check()
        return _forgotten(app, app.catalog.photos.empty_trash(older_than=timedelta(0), only=self.photos))


@dataclass(frozen=True, kw_only=True)
class EmptyTrash:
    """Forget all photos of the trash. It cannot be undone; their files stay where they are.

    Attributes
    ----------
    asked_at
        When the person was asked: what came into the trash since then stays there.
    """

    asked_at: datetime | None = None

    def run(self, app: Application, progress: Progress) -> int:
        """Forget them and return how many they were."""
        progress.check()
        since = timedelta(0) if self.asked_at is None else datetime.now(UTC) - self.asked_at
        return _forgotten(app, app.catalog.photos.empty_trash(older_than=since))


@dataclass(frozen=True, kw_only=True)
class PurgeTrash:
    """Forget the photos that were in the trash for 30 days; run when the program starts."""

    def run(self, app: Application, progress: Progress) -> int:
        """Forget them and return how many they were."""
        progress.check()
        return _forgotten(app, app.catalog.photos.empty_trash())


def _forgotten(app: Application, count: int) -> int:
    if count:
        app.publish(LibraryChanged.of("photos", "albums", "tags", "groups"))
    return count
