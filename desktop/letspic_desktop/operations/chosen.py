"""Import what a person chose or dropped, whatever mixture of files and folders it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from letspic_desktop.application import Application
from letspic_desktop.library.importer import ImportReport, NoPhotoError
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress


@dataclass(frozen=True, kw_only=True)
class ImportChosen:
    """Import what a person chose or dropped, as one piece of work with one report.

    Parameters
    ----------
    all_into_album
        Whether folders go into ``album`` too, for example because they were dropped on it.
    """

    paths: tuple[Path, ...]
    album: str | None = None
    all_into_album: bool = False

    def run(self, app: Application, progress: Progress) -> ImportReport:
        """Import all of it; a folder without any photo does not keep the others out."""
        merged, nothing = ImportReport(), None
        together = [ImportPhotos(sources=self.paths, album=self.album)]
        for one in together if self.all_into_album and self.album else imports_of(self.paths, self.album):
            try:
                report = one.run(app, progress)
            except NoPhotoError as error:
                report, nothing = error.report, error
            merged.added += report.added
            merged.known += report.known
            merged.failed += report.failed
            for name, gained in report.albums.items():
                merged.albums[name] = merged.albums.get(name, 0) + gained
        if nothing is not None and not merged.photos:
            raise NoPhotoError(nothing.reason, nothing.action, merged)
        return merged


@dataclass(frozen=True, kw_only=True)
class AddSamples:
    """Draw the project's own sample pictures and import them."""

    def run(self, app: Application, progress: Progress) -> ImportReport:
        """Draw and import."""
        # It brings the whole demo along, which no start of the window should wait for.
        from letspic_desktop.demo import render_demo_samples

        progress.report("draw", 0, None)
        folder = render_demo_samples(app.home.root, 0)
        return ImportPhotos(sources=(folder,), albums_from_folders=True).run(app, progress)


def imports_of(paths: Sequence[Path], album: str | None) -> list[ImportPhotos]:
    """Return what to import for chosen files and folders.

    A folder with sub-folders gives an album for each of them, one without gives an album of its own name, and
    single files go into ``album`` where the person is in one.
    """
    found = []
    files = tuple(path for path in paths if not path.is_dir())
    for folder in (path for path in paths if path.is_dir()):
        if _has_folders(folder):
            found.append(ImportPhotos(sources=(folder,), albums_from_folders=True))
        else:
            found.append(ImportPhotos(sources=(folder,), album=folder.name or None))
    if files:
        found.append(ImportPhotos(sources=files, album=album))
    return found


def _has_folders(folder: Path) -> bool:
    try:
        return any(one.is_dir() and not one.name.startswith(".") for one in folder.iterdir())
    except OSError:
        # The import itself says what is wrong with it.
        return False
