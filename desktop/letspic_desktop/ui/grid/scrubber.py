"""The words beside the scroll bar that say where in time, or where else, one is scrolling to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel

from letspic_desktop.ui.look.widgets import label

if TYPE_CHECKING:
    from letspic_desktop.ui.grid.photo_grid import PhotoGrid

_GAP: Final = 10


class Scrubber:
    """Shows the heading of the photos at the top while the handle of the scroll bar is held."""

    def __init__(self, grid: PhotoGrid) -> None:
        self._grid = grid
        self.bubble: QLabel = label("", "bubble")
        self.bubble.setParent(grid)
        self.bubble.hide()
        bar = grid.verticalScrollBar()
        bar.sliderMoved.connect(lambda _: self._show())
        bar.sliderReleased.connect(self.bubble.hide)

    def _show(self) -> None:
        grid, bar = self._grid, self._grid.verticalScrollBar()
        shown = grid.first_shown
        title = "" if shown is None else grid.section_title(shown)
        self.bubble.setVisible(bool(title))
        if not title:
            return
        self.bubble.setText(title)
        self.bubble.adjustSize()
        share = bar.sliderPosition() / max(1, bar.maximum())
        room = grid.height() - self.bubble.height()
        left = grid.viewport().geometry().right() - self.bubble.width() - _GAP
        self.bubble.move(QPoint(max(0, left), round(share * room)))
        self.bubble.raise_()
