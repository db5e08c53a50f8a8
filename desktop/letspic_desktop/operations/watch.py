"""Where the photos are: watched folders, missing files, and folders that were moved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from letspic_desktop.application import Application, LibraryChanged
from letspic_desktop.library.files import MissingFile
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
            report = scan_watched(app.catalog, progress=progress)
            return report
        finally:
            # A scan that was cancelled may have imported a part.
            if report is None or report.changed:
                app.publish(LibraryChanged())


@dataclass(frozen=True, kw_only=True)
class CheckFiles:
    """Look for every file of the library, watched or not."""

    def run(self, app: Application, progress: Progress) -> list[MissingFile]:
        """Look, and return which are missing."""
        progress.check()
        app.catalog.photos.check_files()
        app.publish(LibraryChanged())
        return app.catalog.photos.missing_files()


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
            app.publish(LibraryChanged())
