"""Reads what the page shows, beside the window: the newest wish counts, answers to older ones are passed over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

from letspic_desktop.ui.grid.photo_grid import PhotoGrid
from letspic_desktop.ui.grid.photo_model import LazyRows, PhotoRow
from letspic_desktop.ui.page.place_content import PlaceContent, PlaceView
from letspic_desktop.ui.page.place_queries import ReadPlace, ReadRows
from letspic_desktop.ui.places import Place
from letspic_desktop.ui.runner import Job
from letspic_desktop.ui.services import Services

_PAUSE_MS: Final = 120


class PlaceReader(QObject):
    """Reads a place for a grid, and the rows that are looked at there.

    Parameters
    ----------
    on_content
        Told what the newest wish found.
    """

    def __init__(self, grid: PhotoGrid, services: Services, on_content: Callable[[PlaceContent], None]) -> None:
        super().__init__(grid)
        self._grid = grid
        self._services = services
        self._on_content = on_content
        self._place: Place | None = None
        self._view = PlaceView()
        self._job: Job | None = None
        self._reading: tuple[Place, PlaceView] | None = None
        self._again = False
        self._rows_job: Job | None = None
        # Of one list of rows: what could not be read is not asked for again and again.
        self._asked: tuple[object, set[str]] = None, set()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._read)
        grid.rows_wanted.connect(self._read_rows)

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._job is not None or self._pause.isActive()

    def read(self, place: Place, view: PlaceView, *, soon: bool = False) -> None:
        """Read a place; ``soon`` waits for further keys that a person types."""
        self._place, self._view = place, view
        if soon:
            self._pause.start()
        else:
            self._read()

    def freshen(self) -> None:
        """Read the rows on the screen again, before the whole list is."""
        rows, wanted = self._grid.photos.rows, self._grid.looked_at
        if isinstance(rows, LazyRows) and wanted:
            self._services.runner.start(ReadRows(photos=wanted, rows=rows), done=lambda known: self._learn(rows, known))

    def _read(self) -> None:
        self._pause.stop()
        if self._place is None:
            return
        wished = self._place, self._view
        if self._job is not None and wished == self._reading:
            # The library goes on changing: what is on its way is shown, then it is read once more. To begin anew
            # each time would show nothing at all until it rests.
            self._again = True
            return
        if self._job is not None:
            self._job.cancel()
        self._reading, self._again = wished, False

        def done(content: PlaceContent) -> None:
            if self._job is job:
                self._on_content(content)

        def ended() -> None:
            if self._job is job:
                self._job = None
                if self._again:
                    self._read()

        wish = ReadPlace(place=self._place, view=self._view, around=self._grid.looked_at)
        job = self._services.runner.start(wish, done=done, ended=ended)
        self._job = job

    def _read_rows(self) -> None:
        """Read the rows that are looked at now: those scrolled past meanwhile are left out."""
        rows = self._grid.photos.rows
        if self._rows_job is not None or not isinstance(rows, LazyRows):
            return
        if self._asked[0] is not rows:
            self._asked = rows, set()
        wanted = [key for key in self._grid.unknown if key not in self._asked[1]]
        if not wanted:
            return
        self._asked[1].update(wanted)

        def ended() -> None:
            self._rows_job = None
            self._read_rows()

        self._rows_job = self._services.runner.start(
            ReadRows(photos=wanted, rows=rows), done=lambda known: self._learn(rows, known), ended=ended
        )

    def _learn(self, rows: LazyRows, known: dict[str, PhotoRow]) -> None:
        if self._grid.photos.rows is rows:
            self._grid.photos.learn(known)
