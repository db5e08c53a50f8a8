"""The catalog as the rest of the program sees it: one object per noun over one database."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from letspic_desktop.home import Home
from letspic_desktop.library.albums import Albums
from letspic_desktop.library.database import Database
from letspic_desktop.library.devices import Devices
from letspic_desktop.library.features import Features
from letspic_desktop.library.groups import Groups
from letspic_desktop.library.heads import Heads
from letspic_desktop.library.marks import Marks
from letspic_desktop.library.photos import Photos
from letspic_desktop.library.placements import Placements
from letspic_desktop.library.runs import Runs
from letspic_desktop.library.tags import Tags


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

    @classmethod
    def open(cls, home: Home) -> Catalog:
        """Open the catalog of a home; made where absent.

        Raises
        ------
        KnownError
            The file is damaged, of a newer LetsPic, in use, or cannot be written.
        """
        return cls(home, Database(home.catalog))

    def close(self) -> None:
        """Finish what was submitted and close the file."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
