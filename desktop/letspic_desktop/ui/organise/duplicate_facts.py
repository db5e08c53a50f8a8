"""What people compare when they choose between photos that look alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale

from letspic_desktop.application import Application
from letspic_desktop.library.photos import Photo
from letspic_desktop.progress import Progress
from letspic_desktop.ui.texts import number, size, tr


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One of the photos of a group.

    Attributes
    ----------
    lines
        Its facts, as they stand below its picture.
    best
        Whether it is the one that is proposed to be kept.
    """

    photo: Photo
    name: str
    lines: Sequence[str]
    best: bool

    @property
    def spoken(self) -> str:
        """All of it in one sentence."""
        words = [self.name, *self.lines]
        return ", ".join([tr("proposed to be kept"), *words] if self.best else words)


@dataclass(frozen=True, kw_only=True)
class ReadCandidates:
    """Read the facts of photos (SHA-256); the first one is the best."""

    photos: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> list[Candidate]:
        """Read them."""
        progress.check()
        photos = app.catalog.photos.many(self.photos)
        paths = app.catalog.photos.paths(self.photos)
        found = []
        for photo in photos:
            albums = [album.name for album in app.catalog.albums.of_photo(photo.sha256)]
            tags = app.catalog.tags.of_photo(photo.sha256)
            path = paths.get(photo.sha256)
            found.append(
                Candidate(
                    photo=photo,
                    name=path.name if path is not None else tr("Photo {id}", id=photo.sha256[:8]),
                    lines=_lines(photo, albums, tags, path),
                    best=photo.sha256 == self.photos[0],
                )
            )
        return found


def _lines(photo: Photo, albums: Sequence[str], tags: Sequence[str], path: Path | None) -> list[str]:
    at = photo.shown_at
    day = QDateTime(at.year, at.month, at.day, at.hour, at.minute, at.second)
    lines = [
        tr("{width} × {height} pixels", width=number(photo.width), height=number(photo.height)),
        f"{photo.format} · {size(photo.bytes)}",
        QLocale().toString(day, QLocale.FormatType.ShortFormat),
    ]
    lines += [tr("in {albums}", albums=", ".join(albums)) if albums else tr("in no album")]
    extra = ["★" * photo.rating] if photo.rating else []
    extra += [tr("favourite")] if photo.favourite else []
    extra += [", ".join(tags)] if tags else []
    lines += [" · ".join(extra)] if extra else []
    return [*lines, str(path.parent) if path is not None else tr("its file is gone")]
