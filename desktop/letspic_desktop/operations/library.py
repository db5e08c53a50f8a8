"""The operation that brings photos into the library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from letspic_desktop.application import Application, LibraryChanged
from letspic_desktop.library.importer import ImportReport, import_photos
from letspic_desktop.progress import Progress


@dataclass(frozen=True, kw_only=True)
class ImportPhotos:
    """Import files and folders; albums from sub-folder names, or one album for all, or none."""

    sources: tuple[Path, ...]
    albums_from_folders: bool = False
    album: str | None = None

    def run(self, app: Application, progress: Progress) -> ImportReport:
        """Import and return what was added and what could not be read."""
        try:
            return import_photos(
                app.catalog,
                self.sources,
                albums_from_folders=self.albums_from_folders,
                album=self.album,
                progress=progress,
                thumbnails=app.thumbnails,
            )
        finally:
            app.publish(LibraryChanged.of("photos", "albums", "groups"))
