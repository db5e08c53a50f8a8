"""Where the photos are: watched folders, missing files, and folders that were moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from letspic_desktop.application import Application, LibraryChanged
from letspic_desktop.library.files import MissingFile, vanished_folder
from letspic_desktop.library.relink import RelinkReport, relink_folder
from letspic_desktop.library.scan import ScanReport, scan_watched
from letspic_desktop.progress import Progress


@dataclass(frozen=True, kw_only=True)
class WatchFolder:
    """Watch a folder from now on: ``WatchFolders`` brings in what is new there."""

    folder: Path
    albums_from_folders: bool = False

    def run(self, app: Application, progress: Progress) -> None:
        """Watch it."""
        progress.check()
        folder = self.folder.expanduser().absolute()
        app.catalog.watched.add(folder, albums_from_folders=self.albums_from_folders)


@dataclass(frozen=True, kw_only=True)
class UnwatchFolder:
    """Stop watching a folder; its photos stay in the library."""

    folder: Path

    def run(self, app: Application, progress: Progress) -> None:
        """Stop it."""
        progress.check()
        app.catalog.watched.remove(self.folder.expanduser().absolute())


@dataclass(frozen=True, kw_only=True)
class WatchFolders:
    """Look through all watched folders once: for a timer, and for a button."""

    def run(self, app: Application, progress: Progress) -> ScanReport:
        """Look, and return what was new and what is missing."""
        report = None
        try:
            report = scan_watched(app.catalog, progress=progress, thumbnails=app.thumbnails)
            return report
        finally:
            # A scan that was cancelled may have imported a part.
            if report is None or report.changed:
                app.publish(LibraryChanged.of("photos", "albums", "groups"))


@dataclass(frozen=True, kw_only=True)
class CheckFiles:
    """Look for every file of the library, watched or not."""

    def run(self, app: Application, progress: Progress) -> list[MissingFile]:
        """Look, and return which are missing."""
        progress.check()
        _, news = app.catalog.photos.look_for_files()
        if news:
            app.publish(LibraryChanged.of("photos"))
        return app.catalog.photos.missing_files()


@dataclass(frozen=True, kw_only=True)
class VanishedFolder:
    """A folder that is not there any more, or not all files in it, and how many photos have no other file."""

    folder: Path
    photos: int


@dataclass(frozen=True, kw_only=True)
class FindVanished:
    """Look for every file, and tell from which folders photos are missing.

    Parameters
    ----------
    since
        Only what is missing since then; all where None.
    """

    since: datetime | None = None

    def run(self, app: Application, progress: Progress) -> list[VanishedFolder]:
        """Look, and return the folders, that of most photos first."""
        missing = CheckFiles().run(app, progress)
        folders: dict[Path, Path] = {}
        photos: dict[Path, set[str]] = {}
        for file in missing:
            if file.only and (self.since is None or file.since >= self.since):
                parent = file.path.parent
                folder = folders.setdefault(parent, vanished_folder(file.path))
                photos.setdefault(folder, set()).add(file.sha256)
        found = [VanishedFolder(folder=folder, photos=len(some)) for folder, some in photos.items()]
        return sorted(found, key=lambda one: (-one.photos, one.folder))


@dataclass(frozen=True, kw_only=True)
class RelinkFolder:
    """Find the photos of a folder again that was moved, by their content."""

    old: Path
    new: Path

    def run(self, app: Application, progress: Progress) -> RelinkReport:
        """Find them, and return which were found and which were not."""
        old, new = (path.expanduser().absolute() for path in (self.old, self.new))
        try:
            return relink_folder(app.catalog, old, new, progress=progress)
        finally:
            app.publish(LibraryChanged.of("photos", "albums", "groups"))


@dataclass(frozen=True, kw_only=True)
class WatchedState:
    """A watched folder as it is now.

    Parameters
    ----------
    there
        Whether it is there; it may be on a drive that is not plugged in.
    photos, missing
        How many files of the library are in it, and how many of them are not there any more.
    looked_at
        When the last whole look through it began, in UTC; None before the first one.
    """

    folder: Path
    albums_from_folders: bool
    there: bool
    photos: int
    missing: int
    looked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class FoldersState:
    """Where the photos are: the watched folders, and each folder of files that are missing with these files."""

    watched: list[WatchedState]
    missing: dict[Path, list[MissingFile]]


@dataclass(frozen=True, kw_only=True)
class ReadFolders:
    """Read where the photos are."""

    def run(self, app: Application, progress: Progress) -> FoldersState:
        """Read it; only the watched folders themselves are looked for on the disk."""
        progress.check()
        missing: dict[Path, list[MissingFile]] = {}
        for file in app.catalog.photos.missing_files():
            missing.setdefault(file.path.parent, []).append(file)
        watched = []
        for folder in app.catalog.watched.all():
            gone = sum(len(files) for place, files in missing.items() if place.is_relative_to(folder.path))
            at = datetime.fromtimestamp(folder.scanned_at_ns / 1e9, UTC) if folder.scanned_at_ns else None
            watched.append(
                WatchedState(
                    folder=folder.path,
                    albums_from_folders=folder.albums_from_folders,
                    there=folder.path.is_dir(),
                    photos=app.catalog.photos.count_files(folder.path),
                    missing=gone,
                    looked_at=at,
                )
            )
        return FoldersState(watched=watched, missing=missing)
