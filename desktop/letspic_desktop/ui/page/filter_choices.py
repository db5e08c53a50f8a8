"""What the photos of a library can be filtered by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from letspic_desktop.application import Application
from letspic_desktop.library.query import PhotoQuery
from letspic_desktop.progress import Progress
from letspic_desktop.ui.grid.headings import heading


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One entry of a menu: what it says, of how many photos, and the value that a filter takes."""

    text: str
    value: object
    photos: int = 0


@dataclass(frozen=True, kw_only=True)
class FilterChoices:
    """The entries of all menus."""

    albums: Sequence[Choice] = field(default_factory=list)
    tags: Sequence[Choice] = field(default_factory=list)
    cameras: Sequence[Choice] = field(default_factory=list)
    devices: Sequence[Choice] = field(default_factory=list)
    spots: Sequence[Choice] = field(default_factory=list)
    years: Sequence[Choice] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ReadFilterChoices:
    """Read what there is to choose from; places have the most photos first."""

    def run(self, app: Application, progress: Progress) -> FilterChoices:
        """Read it."""
        progress.check()
        catalog = app.catalog
        photos = catalog.find(PhotoQuery())
        years: dict[str, int] = {}
        for one in catalog.sectioned(photos, "month").sections:
            years[one.key[:4]] = years.get(one.key[:4], 0) + one.count
        progress.check()
        spots = [one for one in catalog.sectioned(photos, "place").sections if one.key]
        return FilterChoices(
            albums=[Choice(text=one.name, value=one.id, photos=one.photos) for one in catalog.albums.all()],
            tags=[Choice(text=one.name, value=one.name, photos=one.total) for one in catalog.tags.all()],
            cameras=[Choice(text=camera, value=camera, photos=count) for camera, count in catalog.cameras()],
            devices=[Choice(text=one.name, value=one.id) for one in catalog.devices.all()],
            spots=[
                Choice(text=heading(one.key, "place"), value=one.key, photos=one.count)
                for one in sorted(spots, key=lambda one: -one.count)
            ],
            years=[Choice(text=year, value=int(year), photos=years[year]) for year in years if year.isdecimal()],
        )
