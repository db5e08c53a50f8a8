"""Where the viewer is among its photos, and what is known of those around. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from letspic_desktop.library.photos import Photo
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.grid.thumbnails import Key
from letspic_desktop.ui.texts import number, tr
from letspic_desktop.ui.viewer.facts import Facts
from letspic_desktop.ui.viewer.pictures import Version


class Among:
    """One place in a list of photos.

    Parameters
    ----------
    rows
        The photos; a long list is read where it is looked at, and never copied.
    """

    def __init__(self, rows: Sequence[PhotoRow], place: int) -> None:
        self._rows = rows
        self._facts: Mapping[Key, Facts] = {}
        # Photos that went into the trash from here: they are passed over until that is undone.
        self._gone: set[Key] = set()
        self.place = place

    @property
    def row(self) -> PhotoRow:
        """The photo that is shown, as its list has it."""
        return self._rows[self.place]

    @property
    def facts(self) -> Facts | None:
        """What is known of it; None until that was read."""
        return self._facts.get(self.row.key)

    @property
    def entry(self) -> Photo | None:
        """Its entry in the library, as far as that was read."""
        return self.facts.photo if self.facts is not None else None

    @property
    def photo(self) -> str | None:
        """The photo where it is one of the library, which can be changed."""
        facts, key = self.facts, self.row.key
        ours = not self.row.where if facts is None else facts.photo is not None
        return key if ours and isinstance(key, str) else None

    @property
    def name(self) -> str:
        """What people call it."""
        return self.row.name or (self.facts.name if self.facts is not None else tr("Photo"))

    @property
    def rating(self) -> int:
        """Its stars; what the list says has to do until the library was read."""
        return self.entry.rating if self.entry is not None else self.row.rating

    @property
    def favourite(self) -> bool:
        """Whether it is a favourite."""
        return self.entry.favourite if self.entry is not None else self.row.favourite

    @property
    def words(self) -> str:
        """Which of all it is."""
        return tr("{n} of {all}", n=number(self.place + 1), all=number(len(self._rows)))

    @property
    def first(self) -> bool:
        """Whether there is none before it."""
        return self.stepped(-1) is None

    @property
    def last(self) -> bool:
        """Whether there is none behind it."""
        return self.stepped(1) is None

    @property
    def end(self) -> int:
        """The last place of the list."""
        return len(self._rows) - 1

    def stepped(self, by: int) -> int | None:
        """Return the place before (-1) or behind (1) this one, past photos that are gone; None where there is none."""
        wanted = self.place + by
        while 0 <= wanted < len(self._rows) and self._rows[wanted].key in self._gone:
            wanted += by
        return wanted if 0 <= wanted < len(self._rows) else None

    def versions(self) -> list[Version]:
        """Return the photo, the next one and the one before, each as it was rotated as far as that is known."""
        return [self._version(place) for place in (self.place, self.stepped(1), self.stepped(-1)) if place is not None]

    def keys(self) -> tuple[Key, ...]:
        """Return the photos that are to be read about: they may have been changed since the list was made."""
        return tuple(dict.fromkeys([*(key for key, _ in self.versions()), *self._gone]))

    def pass_over(self, key: Key) -> None:
        """A photo went into the trash."""
        self._gone.add(key)

    def learn(self, facts: Mapping[Key, Facts]) -> int | None:
        """Take what was read; return the place of a photo beside this one that is back from the trash."""
        self._facts = facts
        back = {key for key in self._gone if (one := facts.get(key)) is None or not _in_trash(one)}
        self._gone -= back
        beside = (place for place in (self.place - 1, self.place + 1, self.place) if 0 <= place < len(self._rows))
        return next((place for place in beside if self._rows[place].key in back), None)

    def _version(self, place: int) -> Version:
        row = self._rows[place]
        facts = self._facts.get(row.key)
        return row.key, facts.revision if facts is not None else row.revision


def _in_trash(facts: Facts) -> bool:
    return facts.photo is None or facts.photo.trashed_at is not None
