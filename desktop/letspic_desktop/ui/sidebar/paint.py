"""How the entries of the sidebar are painted, and the field in which one is renamed."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from letspic_desktop.ui.grid.photo_model import Index
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.sidebar.entries import Entry
from letspic_desktop.ui.sidebar.model import SidebarRole
from letspic_desktop.ui.texts import tr

WIDTH: Final = 236
STEP: Final = 14
_ROW: Final = 32
_HEADING: Final = 40
_DOTS: Final = {"on": "good", "busy": "accent", "off": "strong"}
_MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter


def plus_area(area: QRect) -> QRect:
    """Return where the plus of a heading is."""
    return QRect(area.right() - 34, area.bottom() - 23, 24, 22)


def fold_area(area: QRect, entry: Entry) -> QRect:
    """Return where a press folds an entry: the whole heading, or the arrow before a tag."""
    if entry.heading:
        return area
    return QRect(area.left() + 4 + STEP * entry.depth, area.top(), 20, area.height())


class SidebarDelegate(QStyledItemDelegate):
    """Paints headings and entries.

    Attributes
    ----------
    target
        The row that something to drop is held above, None without any.
    """

    def __init__(self, view: QListView, theme: Theme) -> None:
        super().__init__(view)
        self._theme = theme
        self.target: int | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        """Headings have room above them."""
        del option
        entry = index.data(SidebarRole.ENTRY)
        heading = isinstance(entry, Entry) and entry.heading
        return QSize(WIDTH - 20, (_HEADING if index.row() else _HEADING - 14) if heading else _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one entry."""
        entry = index.data(SidebarRole.ENTRY)
        if not isinstance(entry, Entry):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area, state = QRectF(option.rect), option.state
        over = index.row() == self.target
        if entry.heading:
            self._heading(painter, area, entry, state, over)
        else:
            self._entry(painter, area.adjusted(10, 1, -10, -1), entry, state, over)
        painter.restore()

    def createEditor(  # noqa: N802 - Qt's name
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> QWidget:
        """Return the field in which an entry is renamed."""
        del option
        field = QLineEdit(parent)
        field.setProperty("role", "inline")
        field.setAccessibleName(tr("New name of {name}", name=index.data(Qt.ItemDataRole.DisplayRole)))
        return field

    def updateEditorGeometry(  # noqa: N802 - Qt's name
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """The field is where the name is."""
        entry = index.data(SidebarRole.ENTRY)
        depth = entry.depth if isinstance(entry, Entry) else 0
        editor.setGeometry(option.rect.adjusted(40 + STEP * depth, 1, -12, -1))

    def _heading(self, painter: QPainter, area: QRectF, entry: Entry, state: QStyle.StateFlag, over: bool) -> None:
        words = area.adjusted(10, area.height() - 26, -10, 0)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if over:
            self._ground(painter, words, "accent_soft", border=True)
        elif state & QStyle.StateFlag.State_HasFocus:
            self._ring(painter, words)
        font = QFont(painter.font())
        font.setPixelSize(self._theme.pixels(11))
        font.setWeight(QFont.Weight.DemiBold)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.5)
        painter.setFont(font)
        painter.setPen(self._theme.color("accent_text" if over else "faint"))
        painter.drawText(words.adjusted(10, 0, -12, 0), _MIDDLE, entry.text.upper())
        if hovered or entry.fold == "closed":
            icon = self._theme.pixmap("right" if entry.fold == "closed" else "down", "faint", 13)
            end = words.left() + 10 + QFontMetrics(font).horizontalAdvance(entry.text.upper()) + 5
            painter.drawPixmap(QPointF(end, words.center().y() - 6.5), icon)
        if entry.adds and (hovered or over or state & QStyle.StateFlag.State_HasFocus):
            plus = QRectF(plus_area(area.toRect()))
            painter.drawPixmap(plus.center() - QPointF(8, 8), self._theme.pixmap("plus", "muted", 16))

    def _entry(self, painter: QPainter, area: QRectF, entry: Entry, state: QStyle.StateFlag, over: bool) -> None:
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if over:
            self._ground(painter, area, "accent_soft", border=True)
        elif selected or state & QStyle.StateFlag.State_MouseOver:
            self._ground(painter, area, "accent_soft" if selected else "hover")
        by_keyboard = bool(state & QStyle.StateFlag.State_KeyboardFocusChange)
        if state & QStyle.StateFlag.State_HasFocus and (by_keyboard or not selected):
            self._ring(painter, area)
        left = area.left() + STEP * entry.depth
        if entry.fold:
            arrow = self._theme.pixmap("right" if entry.fold == "closed" else "down", "faint", 12)
            painter.drawPixmap(QPointF(left - 3, area.center().y() - 6), arrow)
        quiet = bool(entry.action) and entry.action != "failures"
        tint = "accent" if selected or over else "warn" if entry.action == "failures" else "muted"
        painter.drawPixmap(QPointF(left + 10, area.center().y() - 9), self._theme.pixmap(entry.icon, tint, 18))
        font = QFont(painter.font())
        font.setPixelSize(self._theme.pixels(13))
        font.setWeight(QFont.Weight.DemiBold if selected else QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(self._theme.color("accent_text" if selected or over else "muted" if quiet else "text"))
        room = int(area.right() - left) - 38 - self._right_side(painter, area, entry)
        words = QFontMetrics(font).elidedText(entry.text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left + 38, area.top(), max(0, room), area.height()), _MIDDLE, words)

    def _right_side(self, painter: QPainter, area: QRectF, entry: Entry) -> int:
        """Paint a dot, or a mark and a figure; return the room that they take."""
        if entry.dot:
            painter.save()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color(_DOTS[entry.dot]))
            painter.drawEllipse(QPointF(area.right() - 14, area.center().y()), 4, 4)
            painter.restore()
            return 28
        if not entry.count:
            return 10
        painter.save()
        font = QFont(painter.font())
        font.setWeight(QFont.Weight.Normal)
        font.setPixelSize(self._theme.pixels(12))
        painter.setFont(font)
        painter.setPen(self._theme.color("muted"))
        painter.drawText(area.adjusted(0, 0, -10, 0), _MIDDLE | Qt.AlignmentFlag.AlignRight, entry.count)
        taken = 18 + QFontMetrics(font).horizontalAdvance(entry.count)
        if entry.mark:
            tint = "accent" if entry.mark == "category" else "faint"
            icon = self._theme.pixmap("learn" if entry.mark == "category" else "group", tint, 14)
            painter.drawPixmap(QPointF(area.right() - taken - 14, area.center().y() - 7), icon)
            taken += 20
        painter.restore()
        return taken

    def _ground(self, painter: QPainter, area: QRectF, token: str, *, border: bool = False) -> None:
        painter.setPen(QPen(self._theme.color("accent"), 1.5) if border else Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(token))
        painter.drawRoundedRect(area.adjusted(0.75, 0.75, -0.75, -0.75) if border else area, 8, 8)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _ring(self, painter: QPainter, area: QRectF) -> None:
        color = QColor(self._theme.color("accent"))
        color.setAlpha(150)
        painter.setPen(QPen(color, 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(area.adjusted(0.6, 0.6, -0.6, -0.6), 8, 8)
