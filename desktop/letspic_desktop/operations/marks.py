"""Good and bad marks on search results: they move the query at once, and become labels when a person says so."""

from __future__ import annotations

from dataclasses import dataclass

from letspic_desktop.application import Application
from letspic_desktop.library import changes
from letspic_desktop.library.albums import Album
from letspic_desktop.library.history import LibraryChange
from letspic_desktop.library.rows import name_key
from letspic_desktop.operations.organise import make
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class MarkResult:
    """Say that a result (SHA-256) is good or bad for a query (SHA-256 of its picture); None takes the mark away.

    ``group`` is the id of the group that was searched in: it remembers the marks. Without one nobody does.
    """

    group: str | None
    query: str
    photo: str
    good: bool | None

    def run(self, app: Application, progress: Progress) -> None:
        """Remember it."""
        progress.check()
        if self.group is not None:
            app.catalog.marks.set(self.group, self.query, self.photo, self.good)


@dataclass(frozen=True, kw_only=True)
class ForgetMarks:
    """Take all marks of a query away."""

    group: str | None
    query: str

    def run(self, app: Application, progress: Progress) -> None:
        """Forget them."""
        progress.check()
        if self.group is not None:
            app.catalog.marks.forget(self.group, self.query)


@dataclass(frozen=True, kw_only=True)
class UseMarksAsLabels:
    """Put the photos that were marked good into an album, so that the next run of its group learns from them.

    Attributes
    ----------
    album
        Its name. Where there is none of that name it is made, and the group learns it.
    photos
        SHA-256 of the photos marked good.
    query
        SHA-256 of the query's picture; it goes along where it is a photo of the library.
    group
        Id of the group that was searched in.
    """

    album: str
    photos: tuple[str, ...]
    query: str
    group: str | None = None

    def run(self, app: Application, progress: Progress) -> LibraryChange[tuple[Album, bool]]:
        """Add them in one change; its result is the album, and whether the group learns it."""
        if not self.photos:
            raise KnownError("No result is marked good", "Mark some with a thumb up first")
        known = app.catalog.photos.get(self.query) is not None
        photos = dict.fromkeys((self.query, *self.photos) if known else self.photos)
        return make(app, progress, changes.label_photos(app.catalog, self.album, photos, group=self.group))


def query_album(app: Application, query: str) -> Album | None:
    """Return the album that a query is in, the smallest where there are several; None where there is none."""
    albums = app.catalog.albums.of_photo(query)
    return min(albums, key=lambda album: (album.photos, name_key(album.name)), default=None)
