"""Operations on photos and albums."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from letspic_desktop.application import Application, LibraryChanged
from letspic_desktop.library.albums import Album
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
            )
        finally:
            app.publish(LibraryChanged())


@dataclass(frozen=True, kw_only=True)
class CreateAlbum:
    """Make an album, empty or with photos (SHA-256)."""

    name: str
    photos: tuple[str, ...] = ()

    def run(self, app: Application, progress: Progress) -> Album:
        """Make it and return it."""
        progress.check()
        albums = app.catalog.albums

        def write(_: object) -> Album:
            album = albums.create(self.name)
            albums.add(album.id, self.photos)
            return album

        made = app.catalog.database.call(write)
        app.publish(LibraryChanged())
        return made


@dataclass(frozen=True, kw_only=True)
class AddToAlbum:
    """Put photos (SHA-256) into an album."""

    album: str
    photos: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> int:
        """Add them and return how many were not in it before."""
        progress.check()
        added = app.catalog.albums.add(app.catalog.albums.by_name(self.album).id, self.photos)
        app.publish(LibraryChanged())
        return added


@dataclass(frozen=True, kw_only=True)
class RemoveFromAlbum:
    """Take photos (SHA-256) out of an album; the photos stay in the library."""

    album: str
    photos: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> None:
        """Take them out."""
        progress.check()
        app.catalog.albums.remove(app.catalog.albums.by_name(self.album).id, self.photos)
        app.publish(LibraryChanged())


@dataclass(frozen=True, kw_only=True)
class RenameAlbum:
    """Give an album another name."""

    album: str
    name: str

    def run(self, app: Application, progress: Progress) -> None:
        """Rename it."""
        progress.check()
        app.catalog.albums.rename(app.catalog.albums.by_name(self.album).id, self.name)
        app.publish(LibraryChanged())


@dataclass(frozen=True, kw_only=True)
class MergeAlbums:
    """Put all photos of one album into another and delete the first."""

    source: str
    target: str

    def run(self, app: Application, progress: Progress) -> None:
        """Merge them."""
        progress.check()
        albums = app.catalog.albums
        albums.merge(albums.by_name(self.source).id, albums.by_name(self.target).id)
        app.publish(LibraryChanged())


@dataclass(frozen=True, kw_only=True)
class DeleteAlbum:
    """Delete an album; its photos stay in the library."""

    album: str

    def run(self, app: Application, progress: Progress) -> None:
        """Delete it."""
        progress.check()
        app.catalog.albums.delete(app.catalog.albums.by_name(self.album).id)
        app.publish(LibraryChanged())
