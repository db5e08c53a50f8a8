"""Photos side by side: a list view that wraps, with a delegate that paints them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from letspic_desktop.ui.photo_model import Index, PhotoModel, PhotoRow, Role
from letspic_desktop.ui.theme import Theme
from letspic_desktop.ui.thumbnails import Key, ThumbnailLoader

SMALLEST: Final = 96
LARGEST: Final = 320
USUAL: Final = 164
_STEP: Final = 1.15
_GAP: Final = 5
_RADIUS: Final = 9.0


class PhotoDelegate(QStyledItemDelegate):
    """Paints one photo: picture, selection, badge, and where it lives."""

    def __init__(self, view: QListView, theme: Theme, thumbnails: ThumbnailLoader) -> None:
        super().__init__(view)
        self._view = view
        self._theme = theme
        self._thumbnails = thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        """All photos have the size of the grid's cells."""
        del option, index
        return self._view.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a photo, or its place while it is on its way."""
        row = index.data(Role.ROW)
        if not isinstance(row, PhotoRow):
            return
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        cell = QRectF(option.rect)
        side = min(cell.width(), cell.height()) - 2 * _GAP
        area = QRectF(cell.left() + _GAP, cell.top() + _GAP, side, side)
        state: QStyle.StateFlag = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or (state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus()):
            painter.setPen(QPen(self._theme.color("accent" if selected else "strong"), 3 if selected else 2))
            painter.drawRoundedRect(area.adjusted(-2.5, -2.5, 2.5, 2.5), _RADIUS + 2, _RADIUS + 2)
        self._picture(painter, area, row)
        if state & QStyle.StateFlag.State_MouseOver:
            painter.fillPath(_rounded(area), QColor(255, 255, 255, 28))
        if row.badge:
            self._badge(painter, area, row)
        if row.where:
            self._mark(painter, QPointF(area.right() - 16, area.top() + 16), "device", QColor(10, 12, 18, 190), "#fff")
        if selected:
            tokens = self._theme.tokens
            self._mark(
                painter, area.topLeft() + QPointF(17, 17), "check", self._theme.color("accent"), tokens["on_accent"]
            )
        painter.restore()

    def _picture(self, painter: QPainter, area: QRectF, row: PhotoRow) -> None:
        pixmap = self._thumbnails.pixmap(row.key)
        if pixmap is not None:
            painter.drawPixmap(area, pixmap, QRectF(pixmap.rect()))
            return
        painter.fillPath(_rounded(area), self._theme.color("track"))
        if self._thumbnails.failed(row.key):
            icon = self._theme.pixmap("device" if row.where else "missing", "faint", 28)
            painter.drawPixmap(area.center() - QPointF(14, 14), icon)
            painter.setPen(self._theme.color("muted"))
            words = painter.fontMetrics().elidedText(
                row.where or row.name, Qt.TextElideMode.ElideMiddle, int(area.width()) - 16
            )
            below = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            painter.drawText(area.adjusted(8, area.height() / 2 + 20, -8, 0), below, words)

    def _badge(self, painter: QPainter, area: QRectF, row: PhotoRow) -> None:
        font = QFont(painter.font())
        font.setPixelSize(11)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(row.badge) + 16
        place = QRectF(area.right() - width - 6, area.bottom() - 27, width, 21)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(22, 101, 52, 230) if row.good else QColor(10, 12, 18, 190))
        painter.drawRoundedRect(place, 10.5, 10.5)
        painter.setPen(QColor("white"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, row.badge)

    def _mark(self, painter: QPainter, centre: QPointF, icon: str, ground: QColor, color: str) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawEllipse(centre, 10, 10)
        painter.drawPixmap(centre - QPointF(7, 7), self._theme.glyph(icon, color, 14))


class PhotoGrid(QListView):
    """A wall of photos that scrolls down, or (``one_row``) a strip that scrolls sideways.

    Signals
    -------
    opened
        A photo was activated (double click, Return): its row number.
    chosen_changed
        The selection is another one.
    """

    opened = Signal(int)
    chosen_changed = Signal()

    def __init__(self, theme: Theme, thumbnails: ThumbnailLoader, *, name: str, one_row: bool = False) -> None:
        super().__init__()
        self._one_row = one_row
        self.setProperty("strip", "true" if one_row else "false")
        self._side = USUAL
        self.photos = PhotoModel()
        self.setModel(self.photos)
        self.setItemDelegate(PhotoDelegate(self, theme, thumbnails))
        self.setAccessibleName(name)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(not one_row)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(2000)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(40)
        self.horizontalScrollBar().setSingleStep(40)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        never, always = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAlwaysOn
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded if one_row else never)
        self.setVerticalScrollBarPolicy(never if one_row else always)
        self.activated.connect(lambda index: self.opened.emit(index.row()))
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen_changed.emit())
        thumbnails.arrived.connect(self.viewport().update)
        theme.follow(self, self.viewport().update)
        self._fit()

    def show_rows(self, rows: Sequence[PhotoRow], *, stay: bool = False) -> None:
        """Show photos; ``stay`` keeps the place and the selection as far as the same photos are there."""
        if list(rows) == self.photos.rows:
            return
        chosen = set(self.chosen) if stay else set()
        place = self.verticalScrollBar().value() if stay else 0
        self.photos.show(rows)
        if chosen:
            self._select(chosen)
        self.doItemsLayout()
        self.verticalScrollBar().setValue(place)

    @property
    def chosen(self) -> list[Key]:
        """The selected photos, in the order shown."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return [self.photos.rows[number].key for number in rows]

    @property
    def side(self) -> int:
        """Wished size of a photo with its gaps, in pixels."""
        return self._side

    def set_side(self, side: int) -> None:
        """Show photos larger or smaller."""
        self._side = max(SMALLEST, min(LARGEST, side))
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Ctrl and the wheel change the size; a plain wheel scrolls, a strip sideways."""
        steps = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and not self._one_row:
            self.set_side(round(self._side * (_STEP if steps > 0 else 1 / _STEP)))
            event.accept()
        elif self._one_row and steps:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - steps)
            event.accept()
        else:
            super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep whole columns."""
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        width = self.viewport().width() - 1
        side = self._side
        if self._one_row:
            self.setFixedHeight(side + 10)
        else:
            columns = max(1, round(width / side))
            side = max(SMALLEST, width // columns)
        if self.gridSize().width() != side:
            self.setGridSize(QSize(side, side))
            self.scheduleDelayedItemsLayout()

    def _select(self, keys: set[Key]) -> None:
        selection = QItemSelection()
        for number, row in enumerate(self.photos.rows):
            if row.key in keys:
                index = self.photos.index(number)
                selection.select(index, index)
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)


def _rounded(area: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(area, _RADIUS, _RADIUS)
    return path
