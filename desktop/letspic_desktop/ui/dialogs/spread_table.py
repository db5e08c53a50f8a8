"""The table of distributed files: a dot for each copy, and a ground for photos with too few of them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from letspic_desktop.operations.distributed import Spread, SpreadPhoto
from letspic_desktop.ui.groups.spread_model import ALBUM, COPIES, COPY_ROLE, FEW_ROLE, PHOTO, SpreadModel
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.texts import tr

_ROW: Final = 28
_WIDTHS: Final = {PHOTO: 190, ALBUM: 120, COPIES: 64}
_DEVICE_WIDTH: Final = 96
_DOT: Final = 4.5
Index = QModelIndex | QPersistentModelIndex


class _CopyDelegate(QStyledItemDelegate):
    """Paints copies as dots: filled where this desktop placed the photo, a ring where it is the device's own."""

    def __init__(self, view: QTableView, theme: Theme) -> None:
        super().__init__(view)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        if index.column() == COPIES and index.data(FEW_ROLE):
            self._pill(painter, QRectF(option.rect))
        super().paint(painter, option, index)
        copy = index.data(COPY_ROLE)
        if not copy:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = painter.pen()
        pen.setWidthF(1.8)
        pen.setColor(self._theme.color("good" if copy == "own" else "accent"))
        painter.setPen(pen)
        painter.setBrush(self._theme.color("accent") if copy == "placed" else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(QRectF(option.rect).center()), _DOT, _DOT)
        painter.restore()

    def _pill(self, painter: QPainter, area: QRectF) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("warn_soft"))
        painter.drawRoundedRect(area.adjusted(8, 4, -8, -4), 10, 10)
        painter.restore()

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802 - Qt's name
        """Copies that are too few stand out in their colour too."""
        super().initStyleOption(option, index)
        if index.column() == COPIES and index.data(FEW_ROLE):
            option.palette.setColor(QPalette.ColorRole.Text, self._theme.color("warn"))


class SpreadTable(QTableView):
    """Photos by device.

    Signals
    -------
    opened
        A photo was double-clicked, or Return was pressed on it: its row.
    """

    opened = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.photos = SpreadModel()
        self.setModel(self.photos)
        self.setItemDelegate(_CopyDelegate(self, theme))
        self.setProperty("role", "boxed")
        self.setAccessibleName(tr("Which photo is on which device"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        # A fixed height spares the view from measuring ten thousand rows.
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setSortIndicator(ALBUM, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.setTabKeyNavigation(False)
        self.activated.connect(lambda index: self.opened.emit(index.row()))
        self.photos.modelReset.connect(self._set_widths)
        theme.follow(self, self.viewport().update)

    def show_spread(self, spread: Spread) -> None:
        """Show where photos are now; the person stays where they were in the list."""
        before, at = self.chosen(), self.verticalScrollBar().value()
        self.photos.show(spread)
        row = next((n for n, one in enumerate(self.photos.rows) if before and one.sha256 == before.sha256), None)
        if row is not None:
            self.setCurrentIndex(self.photos.index(row, PHOTO))
        self.verticalScrollBar().setValue(at)

    def chosen(self) -> SpreadPhoto | None:
        """Return the photo of the present row."""
        index = self.currentIndex()
        return self.photos.rows[index.row()] if index.isValid() and index.row() < len(self.photos.rows) else None

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The name of the photo takes the room that is left."""
        super().resizeEvent(event)
        self._set_widths()

    def _set_widths(self) -> None:
        widths = {column: _WIDTHS.get(column, _DEVICE_WIDTH) for column in range(self.photos.columnCount())}
        room = self.viewport().width() - sum(widths.values()) + _WIDTHS[PHOTO]
        widths[PHOTO] = max(_WIDTHS[PHOTO], room)
        for column, width in widths.items():
            self.setColumnWidth(column, width)
