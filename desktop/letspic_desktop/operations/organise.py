"""Changes of the library that can be undone: ratings, favourites and albums; and undo and redo themselves.

Each operation makes its change and returns it. Whoever wants to undo keeps those that made a difference
(``change.changed``): the window on its stack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from letspic_desktop.application import EVERYTHING, Application, LibraryChanged, Part
from letspic_desktop.library import changes
from letspic_desktop.library.albums import Album
from letspic_desktop.library.history import Change, LibraryChange
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

Result = TypeVar("Result")

# What the tables of a change are to those who listen. A photo in the trash is gone from all its albums and tags.
_PARTS: Final[Mapping[str, frozenset[Part]]] = {
    "trash": frozenset({"photos", "albums", "tags", "groups"}),
    "photos": frozenset({"details"}),
    "albums": frozenset({"albums", "groups"}),
    "album_photos": frozenset({"albums", "groups"}),
    "group_albums": frozenset({"groups"}),
    "tags": frozenset({"tags"}),
    "photo_tags": frozenset({"tags"}),
    "duplicate_decisions": frozenset({"details"}),
}


def make(app: Application, progress: Progress, change: LibraryChange[Result]) -> LibraryChange[Result]:
    """Make a change, tell everybody, and return it."""
    progress.check()
    change.do()
    if change.changed:
        app.publish(changed_by(change))
    return change


def changed_by(change: Change) -> LibraryChanged:
    """Return the event that tells what a change, made or taken back, makes different."""
    if not isinstance(change, LibraryChange):
        return LibraryChanged()
    return LibraryChanged(parts=frozenset(part for table in change.touched for part in _PARTS.get(table, EVERYTHING)))


@dataclass(frozen=True, kw_only=True)
class UndoChange:
    """Take one change back: for a stack of the window's own, such as Qt's."""

    change: Change

    def run(self, app: Application, progress: Progress) -> None:
        """Take it back."""
        progress.check()
        self.change.undo()
        app.publish(changed_by(self.change))


@dataclass(frozen=True, kw_only=True)
class RedoChange:
    """Make one change again that was taken back."""

    change: Change

    def run(self, app: Application, progress: Progress) -> None:
        """Make it again."""
        progress.check()
        self.change.do()
        app.publish(changed_by(self.change))


@dataclass(frozen=True, kw_only=True)
class RatePhotos:
    """Give photos (SHA-256) 0 to 5 stars."""

    photos: tuple[str, ...]
    rating: int

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Rate them."""
        return make(app, progress, changes.rate(app.catalog, self.photos, self.rating))


@dataclass(frozen=True, kw_only=True)
class SetFavourite:
    """Mark photos (SHA-256) as favourites, or no longer."""

    photos: tuple[str, ...]
    favourite: bool = True

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Mark them."""
        return make(app, progress, changes.set_favourite(app.catalog, self.photos, self.favourite))


@dataclass(frozen=True, kw_only=True)
class CreateAlbum:
    """Make an album, empty or with photos (SHA-256)."""

    name: str
    photos: tuple[str, ...] = ()

    def run(self, app: Application, progress: Progress) -> LibraryChange[Album]:
        """Make it; the change's result is the album."""
        return make(app, progress, changes.create_album(app.catalog, self.name, self.photos))


@dataclass(frozen=True, kw_only=True)
class RenameAlbum:
    """Give an album (its name or id) another name."""

    album: str | int
    name: str

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Rename it."""
        return make(app, progress, changes.rename_album(app.catalog, _album(app, self.album), self.name))


@dataclass(frozen=True, kw_only=True)
class MergeAlbums:
    """Put all photos of one album (name or id) into another and delete the first."""

    source: str | int
    target: str | int

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Merge them."""
        change = changes.merge_albums(app.catalog, _album(app, self.source), _album(app, self.target))
        return make(app, progress, change)


@dataclass(frozen=True, kw_only=True)
class DeleteAlbum:
    """Delete an album (its name or id); its photos stay in the library."""

    album: str | int

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Delete it."""
        return make(app, progress, changes.delete_album(app.catalog, _album(app, self.album)))


@dataclass(frozen=True, kw_only=True)
class AddToAlbum:
    """Put photos (SHA-256) into an album (its name or id)."""

    album: str | int
    photos: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> LibraryChange[int]:
        """Add them; the change's result is how many were not in it before."""
        return make(app, progress, changes.add_to_album(app.catalog, _album(app, self.album), self.photos))


@dataclass(frozen=True, kw_only=True)
class RemoveFromAlbum:
    """Take photos (SHA-256) out of an album (its name or id); the photos stay in the library."""

    album: str | int
    photos: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Take them out."""
        return make(app, progress, changes.remove_from_album(app.catalog, _album(app, self.album), self.photos))


@dataclass(frozen=True, kw_only=True)
class MoveInAlbum:
    """Move photos (SHA-256, in this order) of an album to the place before another one of it; None is the end."""

    album: str | int
    photos: tuple[str, ...]
    before: str | None = None

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Move them."""
        change = changes.move_in_album(app.catalog, _album(app, self.album), self.photos, before=self.before)
        return make(app, progress, change)


@dataclass(frozen=True, kw_only=True)
class SortAlbum:
    """Put an album (its name or id) back into the order of its photos' dates."""

    album: str | int
    oldest_first: bool = True

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Sort it."""
        change = changes.sort_album(app.catalog, _album(app, self.album), oldest_first=self.oldest_first)
        return make(app, progress, change)


@dataclass(frozen=True, kw_only=True)
class SetAlbumCover:
    """Choose the photo (SHA-256) that stands for an album; None chooses its first one."""

    album: str | int
    photo: str | None

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Choose it."""
        return make(app, progress, changes.set_cover(app.catalog, _album(app, self.album), self.photo))


def _album(app: Application, album: str | int) -> Album:
    if isinstance(album, str):
        return app.catalog.albums.by_name(album)
    found = app.catalog.albums.get(album)
    if found is None:
        raise KnownError("The album is gone", "Choose another one")
    return found
