"""A list view that computes where each photo is instead of laying all of them out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QScrollBar

from letspic_desktop.ui.grid.layout import Area, GridLayout, GridSection
from letspic_desktop.ui.grid.paint import GAP
from letspic_desktop.ui.grid.photo_model import Index, PhotoModel

SMALLEST: Final = 96
LARGEST: Final = 320
USUAL: Final = 164
_STEP: Final = 1.15
_Action = QAbstractItemView.CursorAction


class GridView(QListView):
    """Places of photos on a wall that scrolls down, or (``one_row``) in a strip that scrolls sideways.

    It is a list view for what reads the screen aloud; where things are is its own arithmetic, so that a wall of
    100,000 photos is shown at once.
    """

    def __init__(self, photos: PhotoModel, *, one_row: bool = False) -> None:
        super().__init__()
        self._one_row = one_row
        self._side = USUAL
        self._sections: Sequence[GridSection] = ()
        self._layout = GridLayout(0, USUAL, 1)
        self.photos = photos
        photos.section_of = self.section_title
        self.setModel(photos)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QFrame.Shape.NoFrame)
        never, always = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAlwaysOn
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded if one_row else never)
        self.setVerticalScrollBarPolicy(never if one_row else always)

    @property
    def first_shown(self) -> int | None:
        """The number of the photo at the top of the screen."""
        shown = self._layout.photos_in(self.verticalOffset(), self.verticalOffset() + self.viewport().height())
        return shown.start if shown else None

    @property
    def side(self) -> int:
        """Wished size of a photo with its gaps, in pixels."""
        return self._side

    def set_side(self, side: int) -> None:
        """Show photos larger or smaller; what is in the middle of the view stays there."""
        side = max(SMALLEST, min(LARGEST, side))
        if side == self._side and not self._one_row:
            return
        self._side = side
        self._fit()

    def zoom(self, steps: int) -> None:
        """Show photos larger (1) or smaller (-1) by a step."""
        self.set_side(round(self._side * _STEP**steps))

    def section_title(self, number: int) -> str:
        """Return the heading above a photo; empty where there is none."""
        if not self._layout.headings or not 0 <= number < self._layout.count:
            return ""
        return self._sections[self._layout.section_of(number)].title

    def gap_at(self, at: QPoint) -> int:
        """Return before which photo something dropped at a point of the viewport belongs."""
        spot = self._inside(at)
        return self._layout.gap_at(spot.x(), spot.y())

    # What Qt asks for

    def doItemsLayout(self) -> None:  # noqa: N802 - Qt's name
        """Compute the places; the list view's own layout would walk through all photos."""
        self._lay_out()
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:  # noqa: N802 - Qt's name
        """Tell the scroll bars how large everything is."""
        size = self.viewport().size()
        down, across = self.verticalScrollBar(), self.horizontalScrollBar()
        down.setRange(0, 0 if self._one_row else max(0, self._layout.height - size.height()))
        down.setPageStep(size.height())
        down.setSingleStep(40)
        across.setRange(0, max(0, self._layout.width - size.width()) if self._one_row else 0)
        across.setPageStep(size.width())
        across.setSingleStep(40)

    def visualRect(self, index: Index) -> QRect:  # noqa: N802 - Qt's name
        """Return where a photo is in the viewport."""
        if not index.isValid() or index.row() >= self._layout.count:
            return QRect()
        return self._shown(self._layout.cell(index.row()))

    def indexAt(self, at: QPoint) -> QModelIndex:  # noqa: N802 - Qt's name
        """Return the photo at a point of the viewport, also where that is not on the screen."""
        spot = self._inside(at)
        number = self._layout.at(spot.x(), spot.y(), margin=GAP)
        return QModelIndex() if number is None else self.photos.index(number)

    def scrollTo(  # noqa: N802 - Qt's name
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Bring a photo onto the screen, with its heading if it is in the first line of its section."""
        if not index.isValid() or index.row() >= self._layout.count:
            return
        cell, size = self._layout.cell(index.row()), self.viewport().size()
        if self._one_row:
            _bring(self.horizontalScrollBar(), cell.left, cell.left + cell.width, size.width(), hint)
        else:
            head = self._layout.heading(0).height
            _bring(self.verticalScrollBar(), cell.top - head, cell.bottom, size.height(), hint)

    def moveCursor(self, action: _Action, modifiers: Qt.KeyboardModifier) -> QModelIndex:  # noqa: N802 - Qt's name
        """Return the photo that a key leads to."""
        del modifiers
        layout, last = self._layout, self._layout.count - 1
        if last < 0:
            return QModelIndex()
        current = self.currentIndex()
        if not current.isValid():
            return self.photos.index(layout.photos_in(self.verticalOffset(), self.verticalOffset() + 1).start)
        number = current.row()
        page = max(1, self.viewport().height() // layout.side - 1)
        if action in (_Action.MoveLeft, _Action.MovePrevious):
            number = max(0, number - 1)
        elif action in (_Action.MoveRight, _Action.MoveNext):
            number = min(last, number + 1)
        elif action in (_Action.MoveUp, _Action.MovePageUp):
            number = layout.above(number, page if action == _Action.MovePageUp else 1)
        elif action in (_Action.MoveDown, _Action.MovePageDown):
            number = layout.below(number, page if action == _Action.MovePageDown else 1)
        else:
            number = 0 if action == _Action.MoveHome else last
        return self.photos.index(number)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:  # noqa: N802 - Qt's name
        """Select a rectangle of photos with the mouse, or all from one photo to another with Shift."""
        selection = QItemSelection()
        if self.state() == QAbstractItemView.State.DragSelectingState:
            spot, size = self._inside(rect.normalized().topLeft()), rect.normalized().size()
            for line in self._layout.lines_in(Area(spot.x(), spot.y(), max(1, size.width()), max(1, size.height()))):
                selection.select(self.photos.index(line.start), self.photos.index(line.stop - 1))
        else:
            ends = [self.indexAt(rect.topLeft()), self.indexAt(rect.bottomRight())]
            numbers = sorted(index.row() for index in ends if index.isValid())
            if numbers:
                selection.select(self.photos.index(numbers[0]), self.photos.index(numbers[-1]))
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:  # noqa: N802 - Qt's name
        """Everything may have changed; a frame is painted whole."""
        del selection
        return QRegion(self.viewport().rect())

    def horizontalOffset(self) -> int:  # noqa: N802 - Qt's name
        """Return how far it is scrolled sideways."""
        return self.horizontalScrollBar().value()

    def verticalOffset(self) -> int:  # noqa: N802 - Qt's name
        """Return how far it is scrolled down."""
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:  # noqa: N802 - Qt's name
        """No photo is hidden."""
        del index
        return False

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802 - Qt's name
        """Paint everything again: the heading at the top stays where it is."""
        del dx, dy
        self.viewport().update()

    def keyboardSearch(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Letters are shortcuts here; Qt would read the names of all photos."""
        del text

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep whole columns."""
        QAbstractItemView.resizeEvent(self, event)
        self._fit()

    # Places

    def _fit(self) -> None:
        width = self.viewport().width() - 1
        side = self._side
        if self._one_row:
            self.setFixedHeight(side + 10)
        else:
            side = max(SMALLEST, width // max(1, round(width / side)))
        if self.gridSize().width() != side:
            self.setGridSize(QSize(side, side))
        self._lay_out()

    def _lay_out(self) -> None:
        """Compute the places anew; what is in the middle of the view stays there."""
        side, count, before = self.gridSize().width(), len(self.photos.rows), self._layout
        columns = max(count, 1) if self._one_row else max(1, self.viewport().width() // max(1, side))
        starts = [section.start for section in self._sections]
        self._layout = GridLayout(count, side, columns, starts)
        middle = self.viewport().height() // 2
        shown = before.photos_in(self.verticalOffset() + middle, self.verticalOffset() + middle + 1)
        self.updateGeometries()
        changed = (before.side, before.columns) != (side, columns) and before.count == count
        if changed and shown and self.verticalOffset() > 0:
            self.verticalScrollBar().setValue(self._layout.cell(min(shown.start, count - 1)).top + side // 2 - middle)
        self.viewport().update()

    def _inside(self, at: QPoint) -> QPoint:
        return at + QPoint(self.horizontalOffset(), self.verticalOffset())

    def _shown(self, area: Area) -> QRect:
        return QRect(area.left - self.horizontalOffset(), area.top - self.verticalOffset(), area.width, area.height)

    def _near(self) -> range:
        """Return the photos on the screen and a screen around it."""
        if self._one_row:
            return range(self._layout.count)
        top, height = self.verticalOffset(), self.viewport().height()
        return self._layout.photos_in(max(0, top - height), top + 2 * height)

    def _heading_under(self, at: QPoint) -> int | None:
        """Return the section whose heading is at a point, also the one that floats at the top."""
        if not self._layout.headings:
            return None
        top = self.verticalOffset()
        if at.y() < self._layout.heading(0).height:
            return self._layout.section_at(top)
        return self._layout.heading_at(top + at.y())


def _bring(bar: QScrollBar, begin: int, end: int, room: int, hint: QAbstractItemView.ScrollHint) -> None:
    """Scroll so that what is between two lines is seen."""
    hints = QAbstractItemView.ScrollHint
    if hint == hints.PositionAtCenter:
        bar.setValue((begin + end - room) // 2)
    elif hint == hints.PositionAtTop or (hint == hints.EnsureVisible and begin < bar.value()):
        bar.setValue(begin)
    elif hint == hints.PositionAtBottom or end > bar.value() + room:
        bar.setValue(end - room)
