"""Results of a search as the window shows them: tiles with names, scores in words, and where each photo lives."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from letspic_desktop.application import Application
from letspic_desktop.operations.marks import MarkResult
from letspic_desktop.operations.search import Results, Search, StartSearch, View
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.collapse import THRESHOLD, Collapser, Floats, Tile
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.search.rows import result_rows

# The strip and the whole view read this many tiles at a time.
PAGE: Final = 24
LARGE_PAGE: Final = 120
_NEVER_ALIKE: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class ShownTile:
    """One place in the list: the best of some photos that are nearly the same, and the others."""

    row: PhotoRow
    others: tuple[PhotoRow, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ShownPage:
    """What was read of one view so far.

    Attributes
    ----------
    shown, total
        Photos on the tiles, those behind others too, and photos that were found.
    seconds
        How long it took until the first page was there.
    """

    tiles: tuple[ShownTile, ...]
    shown: int
    total: int
    seconds: float
    results: Results

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be read."""
        return self.shown >= self.total


class Pages:
    """One view of a search, read page by page; workers wait for each other.

    Parameters
    ----------
    collapse
        Whether photos that are nearly the same share a tile.
    """

    def __init__(self, search: Search, view: View, *, collapse: bool) -> None:
        self._search = search
        self._view: View = view
        self._collapse = collapse
        self._taken = 0
        self._results: Results | None = None
        self._seconds: float | None = None
        self._collapser: Collapser | None = None
        self._rows: dict[str, PhotoRow] = {}
        self._reading = threading.Lock()

    def read(
        self,
        app: Application,
        progress: Progress,
        tiles: int,
        *,
        whole: bool,
        again: bool = False,
        devices: bool = True,
    ) -> ShownPage | None:
        """Read on until there are that many tiles; None where the view has nothing to be ranked by.

        Parameters
        ----------
        whole
            Somebody looks at everything: devices are asked for all that they have.
        again
            The library has changed: look anew what the photos are called, how they are turned, and which are gone.
        devices
            Wait for what devices find; else read what is there.
        """
        started = time.perf_counter()
        # Not while others wait to read: a device may take long to answer.
        results = self._search.results(app, self._view, progress, complete=whole, devices=devices)
        if results is None:
            return None
        with self._reading:
            return self._read(app, progress, tiles, results, started, again=again)

    def _read(
        self, app: Application, progress: Progress, tiles: int, results: Results, started: float, *, again: bool
    ) -> ShownPage:
        if self._collapser is None or results is not self._results:
            # Devices were asked for more: what they add may belong before what was read already.
            if self._collapser is not None:
                tiles = max(tiles, len(self._collapser.tiles))
            threshold = THRESHOLD if self._collapse else _NEVER_ALIKE
            self._collapser = Collapser(lambda photos: _vectors(app, self._search, photos), threshold=threshold)
            self._results, self._taken = results, 0
        made = self._collapser.tiles
        if again:
            shown = [found for tile in made for found in (tile.first, *tile.others)]
            self._rows = result_rows(app, self._search, shown, results)
        while len(made) < tiles and self._taken < len(results.ranking):
            progress.check()
            page = results.ranking.page(max(PAGE, tiles - len(made)), self._taken)
            self._collapser.take(page)
            self._rows |= result_rows(app, self._search, page, results)
            self._taken += len(page)
        if self._seconds is None:
            self._seconds = self._search.seconds + time.perf_counter() - started
        return self._page(made, results, self._seconds)

    def _page(self, made: Sequence[Tile], results: Results, seconds: float) -> ShownPage:
        tiles = [self._tile(tile) for tile in made]
        shown = sum(1 + len(tile.others) for tile in tiles if tile is not None)
        return ShownPage(
            tiles=tuple(tile for tile in tiles if tile is not None),
            shown=shown,
            # Without those that are gone.
            total=len(results.ranking) - (self._taken - shown),
            seconds=seconds,
            results=results,
        )

    def _tile(self, tile: Tile) -> ShownTile | None:
        """Return a tile with those of its photos that are still there; None where none is."""
        rows = [self._rows[found.photo] for found in (tile.first, *tile.others) if found.photo in self._rows]
        if not rows:
            return None
        first, *others = rows
        return ShownTile(row=replace(first, alike=len(others)), others=tuple(others))


@dataclass(frozen=True, kw_only=True)
class ReadPages:
    """Read on in some views of a search: up to so many tiles in each."""

    pages: Mapping[View, Pages]
    tiles: int
    whole: bool = False
    again: bool = False
    devices: bool = True

    def run(self, app: Application, progress: Progress) -> dict[View, ShownPage]:
        """Read them; views that have nothing to be ranked by are left out."""
        read = {
            view: one.read(app, progress, self.tiles, whole=self.whole, again=self.again, devices=self.devices)
            for view, one in self.pages.items()
        }
        return {view: page for view, page in read.items() if page is not None}


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A search as the library is now: the photo that was searched with, and its results."""

    query: PhotoRow
    pages: Mapping[View, ShownPage]


@dataclass(frozen=True, kw_only=True)
class FollowLibrary:
    """Read again what a search shows: photos may have other names, be turned, or be gone."""

    query: PhotoRow
    pages: Mapping[View, Pages]
    whole: bool = False

    def run(self, app: Application, progress: Progress) -> Followed:
        """Read it; a photo that was searched with and is no longer of the library stays as it was."""
        read = ReadPages(pages=self.pages, tiles=0, whole=self.whole, again=True).run(app, progress)
        query = self.query
        photo = app.catalog.photos.get(query.key) if isinstance(query.key, str) else None
        if photo is not None:
            query = replace(query, revision=photo.edit_revision)
        return Followed(query=query, pages=read)


@dataclass(frozen=True, kw_only=True)
class BeginSearch:
    """Start a search, and put it into the history under the name that people see."""

    query: str | Path
    name: str
    group: str | None
    remember: bool = True

    def run(self, app: Application, progress: Progress) -> Search:
        """Start it."""
        search = StartSearch(query=self.query, group=self.group, with_marks=True).run(app, progress)
        if self.remember:
            app.searches.remember(self.query, self.name, self.group)
        return search


@dataclass(frozen=True, kw_only=True)
class MarkAndSearch:
    """Mark a result (None: no longer) and return the search that follows the marks."""

    search: Search
    photo: str
    good: bool | None

    def run(self, app: Application, progress: Progress) -> Search:
        """Mark it."""
        group, query = self.search.group, self.search.photo
        MarkResult(group=group.id if group is not None else None, query=query, photo=self.photo, good=self.good).run(
            app, progress
        )
        marks = {photo: good for photo, good in self.search.marks.items() if photo != self.photo}
        return self.search.with_marks(marks if self.good is None else {**marks, self.photo: self.good})


def _vectors(app: Application, search: Search, photos: Sequence[str]) -> dict[str, Floats]:
    """Return the unit features of those of the photos that the library has."""
    return app.index.unit_features(search.backbone, photos)
