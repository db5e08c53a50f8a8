"""What a person changes about the photo of the viewer: each change is made beside the window and can be undone."""

from __future__ import annotations

from collections.abc import Callable

from letspic_desktop.library.history import LibraryChange
from letspic_desktop.operations.edits import RotatePhotos
from letspic_desktop.operations.organise import RatePhotos, SetFavourite
from letspic_desktop.operations.tags import TagPhotos, UntagPhotos
from letspic_desktop.operations.trash import TrashPhotos
from letspic_desktop.ui.runner import Operation
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, tr
from letspic_shared.errors import KnownError


class Deeds:
    """Changes the photo that is shown; one that is not of the library cannot be changed.

    Parameters
    ----------
    current
        Returns the photo that is shown (SHA-256); None where it is not of the library.
    announce
        Told in words what was done.
    complain
        Told what went wrong.
    """

    def __init__(
        self,
        services: Services,
        current: Callable[[], str | None],
        announce: Callable[[str], None],
        complain: Callable[[KnownError], None],
    ) -> None:
        self._services = services
        self._current = current
        self._announce = announce
        self._complain = complain

    def rotate(self, quarter_turns: int) -> None:
        """Turn it clockwise; its file stays as it is."""
        said = tr("Rotated to the right") if quarter_turns > 0 else tr("Rotated to the left")
        self._make(lambda photos: RotatePhotos(photos=photos, quarter_turns=quarter_turns), said)

    def rate(self, stars: int) -> None:
        """Give it stars."""
        said = counted(stars, "Rated with {n} star", "Rated with {n} stars")
        self._make(lambda photos: RatePhotos(photos=photos, rating=stars), said)

    def favour(self, favourite: bool) -> None:
        """Make it a favourite, or no longer."""
        said = tr("Favourite") if favourite else tr("No favourite any more")
        self._make(lambda photos: SetFavourite(photos=photos, favourite=favourite), said)

    def tag(self, name: str) -> None:
        """Put a tag on it."""
        self._make(lambda photos: TagPhotos(tag=name, photos=photos), tr("Tagged with {name}", name=name))

    def untag(self, name: str) -> None:
        """Take a tag off it."""
        self._make(lambda photos: UntagPhotos(tag=name, photos=photos), tr("Tag {name} taken off", name=name))

    def trash(self, photo: str | None, done: Callable[[str], None]) -> None:
        """Put a photo into the trash; ``done`` gets it when it is there."""
        if photo is None:
            return

        def went(_: None) -> None:
            self._announce(tr("Put into the trash"))
            done(photo)

        self._services.changes.make(TrashPhotos(photos=(photo,)), done=went, failed=self._complain)

    def _make(self, operation: Callable[[tuple[str, ...]], Operation[LibraryChange[None]]], said: str) -> None:
        photo = self._current()
        if photo is not None:
            self._services.changes.make(operation((photo,)), done=lambda _: self._announce(said), failed=self._complain)
