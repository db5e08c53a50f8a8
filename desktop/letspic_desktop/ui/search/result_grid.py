"""A list of results: thumbs up and down, tiles that open, and more at its end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractItemView

from letspic_desktop.ui.grid.device_thumbnails import DeviceThumbnails
from letspic_desktop.ui.grid.photo_grid import PhotoGrid
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.search.pages import ShownTile
from letspic_desktop.ui.search.result_paint import ResultPainter, Spot, spot_at
from letspic_desktop.ui.services import Services

# So near to its end a list asks for more, as a part of what is on the screen.
_AHEAD: Final = 0.5


class ResultGrid(PhotoGrid):
    """Results side by side, in one row or in many; the keys for the marks are in the window's book of actions.

    Signals
    -------
    marked
        A result is good (True) or bad (False) for the person; said again, it is neither.
    alike_asked
        The photos behind a tile are to be shown, or hidden again.
    end_reached
        It was scrolled so far that more results are wanted.
    shown_asked
        A result was activated.
    menu_asked
        A context menu for a result, at a point of the screen.
    """

    marked = Signal(PhotoRow, bool)
    alike_asked = Signal(PhotoRow)
    end_reached = Signal()
    shown_asked = Signal(PhotoRow)
    menu_asked = Signal(PhotoRow, QPoint)

    def __init__(self, services: Services, devices: DeviceThumbnails, *, name: str, one_row: bool = False) -> None:
        super().__init__(services.theme, services.thumbnails, name=name, one_row=one_row)
        self.setSelectionMode(
            QAbstractItemView.SelectionMode.SingleSelection
            if one_row
            else QAbstractItemView.SelectionMode.ExtendedSelection
        )
        self.painter = ResultPainter(self, services, devices)
        self._one_line = one_row
        devices.arrived.connect(self.viewport().update)
        self.opened.connect(lambda number: self.shown_asked.emit(self.photos.rows[number]))
        self.customContextMenuRequested.connect(self._menu)
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.valueChanged.connect(lambda _: self._look_for_end())

    def show_tiles(self, tiles: Sequence[ShownTile], opened: Collection[str]) -> None:
        """Show results; those behind an opened tile follow it. What is selected and in sight stays so."""
        rows = [row for tile in tiles for row in (tile.row, *(tile.others if tile.row.key in opened else ()))]
        present = self.photos.rows
        if len(present) <= len(rows) and list(present) == rows[: len(present)]:
            self.photos.append(rows[len(present) :])
            return
        here, current = self.horizontalScrollBar().value(), self.currentIndex().row()
        self.show_rows(rows, stay=True)
        self.horizontalScrollBar().setValue(here)
        if 0 <= current < len(rows):
            with QSignalBlocker(self.selectionModel()):
                self.setCurrentIndex(self.photos.index(current))

    @property
    def current(self) -> PhotoRow | None:
        """The result that the keyboard is on."""
        number = self.currentIndex().row()
        return self.photos.rows[number] if 0 <= number < len(self.photos.rows) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The thumbs and the number of photos behind a tile are pressed; all else selects."""
        index = self.indexAt(event.position().toPoint())
        row = self.photos.rows[index.row()] if index.isValid() else None
        spot = spot_at(event.position(), self.visualRect(index), row) if row is not None else None
        if row is None or spot is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        event.accept()
        self._pressed(row, spot)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Open a photo, but not by two clicks on its thumbs."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and spot_at(event.position(), self.visualRect(index), self.photos.rows[index.row()]):
            self.mousePressEvent(event)
            return
        super().mouseDoubleClickEvent(event)

    def _pressed(self, row: PhotoRow, spot: Spot) -> None:
        if spot == "alike":
            self.alike_asked.emit(row)
        else:
            self.marked.emit(row, spot == "good")

    def _menu(self, at: QPoint) -> None:
        index = self.indexAt(at)
        if index.isValid():
            self.menu_asked.emit(self.photos.rows[index.row()], self.viewport().mapToGlobal(at))

    def _look_for_end(self) -> None:
        bar = self.horizontalScrollBar() if self._one_line else self.verticalScrollBar()
        if bar.maximum() > 0 and bar.value() >= bar.maximum() - _AHEAD * bar.pageStep():
            self.end_reached.emit()
