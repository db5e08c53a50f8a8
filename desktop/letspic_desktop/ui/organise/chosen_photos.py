"""What the menu of photos has to know of them before it opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtGui import QImage

from letspic_desktop.application import Application
from letspic_desktop.library.photos import Photo
from letspic_desktop.progress import Progress
from letspic_shared.photo import load_oriented

_CLIPBOARD_SIDE: Final = 4096


@dataclass(frozen=True, kw_only=True)
class ChosenPhotos:
    """Facts about photos that are selected.

    Attributes
    ----------
    photos
        The photos that are in the library, in the order asked for.
    file
        A file of the first one; None where none is known.
    there
        Whether that file is there now.
    tags
        Every tag that any of them has.
    """

    photos: Sequence[Photo]
    file: Path | None
    there: bool
    tags: Sequence[str]

    @property
    def keys(self) -> tuple[str, ...]:
        """The SHA-256 of them."""
        return tuple(photo.sha256 for photo in self.photos)

    @property
    def rating(self) -> int | None:
        """The stars that all of them have, None where they differ."""
        ratings = {photo.rating for photo in self.photos}
        return ratings.pop() if len(ratings) == 1 else None

    @property
    def all_favourites(self) -> bool:
        """Whether all of them are favourites."""
        return all(photo.favourite for photo in self.photos)

    @property
    def trashed(self) -> bool:
        """Whether all of them are in the trash."""
        return all(photo.trashed_at is not None for photo in self.photos)


@dataclass(frozen=True, kw_only=True)
class ReadChosen:
    """Read facts about photos (SHA-256)."""

    photos: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> ChosenPhotos:
        """Read them; what only devices hold is left out."""
        progress.check()
        photos = app.catalog.photos.many(self.photos)
        keys = [photo.sha256 for photo in photos]
        file = app.catalog.photos.paths(keys[:1]).get(keys[0]) if keys else None
        tags = list(app.catalog.tags.of_photos(keys))
        return ChosenPhotos(photos=photos, file=file, there=file is not None and file.is_file(), tags=tags)


@dataclass(frozen=True, kw_only=True)
class ReadPaths:
    """Read where photos (SHA-256) are."""

    photos: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> list[Path]:
        """Return a file of each that has one, in the order asked for."""
        progress.check()
        paths = app.catalog.photos.paths(self.photos)
        return [paths[photo] for photo in self.photos if photo in paths]


@dataclass(frozen=True, kw_only=True)
class ReadPicture:
    """Read a photo (SHA-256) for the clipboard, turned as it is shown."""

    photo: str

    def run(self, app: Application, progress: Progress) -> tuple[QImage, Path]:
        """Return the picture and its file; a huge one is made smaller, for every program keeps a copy of it."""
        from letspic_desktop.ui.viewer.pictures import to_qimage

        progress.check()
        file = app.catalog.photos.source(self.photo)
        known = app.catalog.photos.get(self.photo)
        turns = known.rotation if known is not None else 0
        return to_qimage(load_oriented(file, max_side=_CLIPBOARD_SIDE, quarter_turns=turns)), file
