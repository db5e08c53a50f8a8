"""The catalog as the rest of the program sees it: one object per noun over one database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from letspic_desktop.home import Home
from letspic_desktop.library.albums import Albums
from letspic_desktop.library.counts import Counts, counts
from letspic_desktop.library.database import Database
from letspic_desktop.library.devices import Devices
from letspic_desktop.library.duplicates import Duplicates
from letspic_desktop.library.features import Features
from letspic_desktop.library.groups import Groups
from letspic_desktop.library.heads import Heads
from letspic_desktop.library.listing import ListedPhoto, listed
from letspic_desktop.library.marks import Marks
from letspic_desktop.library.photos import Photos
from letspic_desktop.library.placements import Placements
from letspic_desktop.library.query import PhotoQuery, cameras, find
from letspic_desktop.library.runs import Runs
from letspic_desktop.library.sections import SectionBy, Sectioned, months, sectioned
from letspic_desktop.library.tags import Tags
from letspic_desktop.library.watched import WatchedFolders
from letspic_desktop.library.whole_list import EVERYTHING, WholeList, whole_list

# Months of fewer photos are looked up one by one.
_LONG = 5000


class Catalog:
    """All state of a library that is not a file of its own. Any thread may use it.

    Several changes become one with ``catalog.database.call(work)``: what ``work`` does through the catalog's
    attributes then happens in one transaction, or not at all.
    """

    def __init__(self, home: Home, database: Database) -> None:
        self.home = home
        self.database = database
        self.photos = Photos(database)
        self.albums = Albums(database)
        self.tags = Tags(database)
        self.features = Features(database)
        self.groups = Groups(database)
        self.marks = Marks(database)
        self.devices = Devices(database)
        self.placements = Placements(database)
        self.heads = Heads(database)
        self.runs = Runs(database)
        self.duplicates = Duplicates(database)
        self.watched = WatchedFolders(database)
        self._whole_list: WholeList | None = None

    @classmethod
    def open(cls, home: Home) -> Catalog:
        """Open the catalog of a home; made where absent.

        Raises
        ------
        KnownError
            The file is damaged, of a newer LetsPic, in use, or cannot be written.
        """
        return cls(home, Database(home.catalog))

    def find(self, query: PhotoQuery) -> list[str]:
        """Return the SHA-256 of the photos that a query asks for, in its order.

        Raises
        ------
        KnownError
            The order of an album is asked for without one, or a tag's path is not usable.
        """
        if query == EVERYTHING and not self.database.unsettled:
            return list(self._everything().photos)
        if self.database.unsettled:
            return self.database.call(lambda c: find(c, query))
        return self.database.call(lambda c: find(c, query, lambda: self._read_everything(c).photos))

    def sectioned(self, photos: Sequence[str], by: SectionBy) -> Sectioned:
        """Cut a list of photos into sections by month, album or place."""
        known = None
        if by == "month" and len(photos) > _LONG and not self.database.unsettled:
            known = self._everything().months_of(photos)
        return self.database.call(lambda c: sectioned(c, photos, by, known))

    def months(self) -> dict[str, int]:
        """Return how many photos each month has, the newest first."""
        if self.database.unsettled:
            return self.database.call(months)
        return dict(self._everything().months)

    def read_ahead(self) -> None:
        """Begin to read the list of all photos, which a window asks for first."""
        self.database.submit(self._read_everything)

    def _everything(self) -> WholeList:
        return self.database.call(self._read_everything)

    def _read_everything(self, connection: sqlite3.Connection) -> WholeList:
        self._whole_list = whole_list(connection, self._whole_list)
        return self._whole_list

    def listed(self, photos: Iterable[str]) -> dict[str, ListedPhoto]:
        """Return what a list shows of some photos, by SHA-256; unknown ones are left out."""
        return self.database.call(lambda c: listed(c, photos))

    def cameras(self) -> list[tuple[str, int]]:
        """Return each camera with the number of its photos, most photos first."""
        return self.database.call(cameras)

    def counts(self) -> Counts:
        """Return how many photos of each kind there are."""
        return self.database.call(counts)

    def close(self) -> None:
        """Finish what was submitted and close the file."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
