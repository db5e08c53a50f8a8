"""Operations on tags; their names are paths such as ``Travel/Jeju``. Each can be undone."""

from __future__ import annotations

from dataclasses import dataclass

from letspic_desktop.application import Application
from letspic_desktop.library import changes
from letspic_desktop.library.history import LibraryChange
from letspic_desktop.operations.organise import make
from letspic_desktop.progress import Progress


@dataclass(frozen=True, kw_only=True)
class TagPhotos:
    """Put a tag on photos (SHA-256)."""

    tag: str
    photos: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Tag them."""
        return make(app, progress, changes.tag(app.catalog, self.tag, self.photos))


@dataclass(frozen=True, kw_only=True)
class UntagPhotos:
    """Take a tag off photos (SHA-256)."""

    tag: str
    photos: tuple[str, ...]

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Take it off."""
        return make(app, progress, changes.untag(app.catalog, self.tag, self.photos))


@dataclass(frozen=True, kw_only=True)
class CreateTag:
    """Make a tag that no photo has yet."""

    tag: str

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Make it."""
        return make(app, progress, changes.create_tag(app.catalog, self.tag))


@dataclass(frozen=True, kw_only=True)
class RenameTag:
    """Rename a tag, or move it to another path, with all below it; where a new path exists, the two become one."""

    tag: str
    name: str

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Rename it."""
        return make(app, progress, changes.rename_tag(app.catalog, self.tag, self.name))


@dataclass(frozen=True, kw_only=True)
class DeleteTag:
    """Take a tag, and all below it, off all photos, and forget them."""

    tag: str

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Delete it."""
        return make(app, progress, changes.delete_tag(app.catalog, self.tag))
