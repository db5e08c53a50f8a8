"""What a person asks of a place, and what the window shows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from letspic_desktop.library.query import Order, PhotoQuery
from letspic_desktop.library.sections import SectionBy
from letspic_desktop.ui.grid.layout import GridSection
from letspic_desktop.ui.grid.photo_model import LazyRows
from letspic_desktop.ui.groups.own_folders import LabelHint
from letspic_desktop.ui.places import Place

Grouping = Literal["usual", "place", "album"]


@dataclass(frozen=True, kw_only=True)
class PlaceView:
    """How a person wants to see the photos of a place.

    Attributes
    ----------
    text
        Words in the names of files, tags and albums.
    filters
        What the photos must have; its ``text`` and ``order`` are not used.
    order
        None is the place's own.
    grouping
        Under headings of months, where that is usual for the order, or of places or albums.
    """

    text: str = ""
    filters: PhotoQuery = field(default_factory=PhotoQuery)
    order: Order | None = None
    grouping: Grouping = "usual"

    @property
    def narrowed(self) -> bool:
        """Whether it shows less than the whole place."""
        return bool(self.text) or self.filters != PhotoQuery()

    def sections(self, place: Place) -> SectionBy | None:
        """Return by what the photos get headings, None for none."""
        if self.grouping != "usual":
            return self.grouping
        order = self.order or own_order(place)
        return "month" if order in ("newest", "oldest") and place.kind not in _FLAT else None

    def query(self, place: Place) -> PhotoQuery:
        """Return the query for the photos of a place."""
        kind, key = place.kind, place.key
        wanted = self.filters
        return replace(
            wanted,
            text=self.text,
            order=self.order or own_order(place),
            album=int(key) if kind == "album" else wanted.album,
            group=key if kind == "group" else wanted.group,
            device=key if kind == "device" else wanted.device,
            tag=key if kind == "tag" else wanted.tag,
            favourites=kind == "favourites" or wanted.favourites,
            trashed=kind == "trash",
        )


@dataclass(frozen=True, kw_only=True)
class PlaceContent:
    """The photos of a place, with its title and what is to be said about it.

    Attributes
    ----------
    total
        How many photos the place has, however many are shown.
    everywhere
        Whether the whole library was searched because the place had none of the words.
    movable
        Whether the photos are in an order that a person gives them.
    """

    place: Place
    view: PlaceView
    title: str
    about: str
    rows: LazyRows
    sections: Sequence[GridSection] = ()
    total: int = 0
    everywhere: bool = False
    movable: bool = False
    hint: LabelHint | None = None


def own_order(place: Place) -> Order:
    """Return the order that a place has unless a person wants another one."""
    return "album" if place.kind == "album" else "newest"


_FLAT: Final = ("recent", "trash", "duplicates")
