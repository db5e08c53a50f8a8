"""The left side: library, albums, groups and devices, with the button that adds a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QLinearGradient, QPainter, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListView,
    QMenu,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.ui.action_book import ActionBook
from letspic_desktop.ui.photo_model import Index
from letspic_desktop.ui.places import ALL_PHOTOS, Place
from letspic_desktop.ui.queries import Overview
from letspic_desktop.ui.sidebar_model import Entry, SidebarModel, SidebarRole, entries
from letspic_desktop.ui.texts import tr
from letspic_desktop.ui.theme import Theme
from letspic_desktop.ui.widgets import button, column, label, row

WIDTH: Final = 236
_ROW: Final = 32
_HEADING: Final = 40
_DOTS: Final = {"on": "good", "busy": "accent", "off": "strong"}


class SidebarDelegate(QStyledItemDelegate):
    """Paints headings and entries."""

    def __init__(self, view: QListView, theme: Theme) -> None:
        super().__init__(view)
        self._theme = theme

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
        area = QRectF(option.rect)
        if entry.heading:
            self._heading(painter, area, entry)
        else:
            self._entry(painter, area.adjusted(10, 1, -10, -1), entry, option.state)
        painter.restore()

    def _heading(self, painter: QPainter, area: QRectF, entry: Entry) -> None:
        font = QFont(painter.font())
        font.setPixelSize(11)
        font.setWeight(QFont.Weight.DemiBold)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.5)
        painter.setFont(font)
        painter.setPen(self._theme.color("faint"))
        place = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
        painter.drawText(area.adjusted(20, 0, -12, -5), place, entry.text.upper())

    def _entry(self, painter: QPainter, area: QRectF, entry: Entry, state: QStyle.StateFlag) -> None:
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent_soft" if selected else "hover"))
            painter.drawRoundedRect(area, 8, 8)
        quiet = bool(entry.action) and entry.action == "new-group"
        tint = "accent" if selected else "warn" if entry.action == "failures" else "muted"
        icon = self._theme.pixmap(entry.icon, tint, 18)
        painter.drawPixmap(QPointF(area.left() + 10, area.center().y() - 9), icon)
        font = QFont(painter.font())
        font.setPixelSize(13)
        font.setWeight(QFont.Weight.DemiBold if selected else QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(self._theme.color("accent_text" if selected else "muted" if quiet else "text"))
        middle = Qt.AlignmentFlag.AlignVCenter
        words = QFontMetrics(font).elidedText(entry.text, Qt.TextElideMode.ElideRight, int(area.width()) - 90)
        painter.drawText(area.adjusted(38, 0, -44, 0), middle, words)
        if entry.dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color(_DOTS[entry.dot]))
            painter.drawEllipse(QPointF(area.right() - 14, area.center().y()), 4, 4)
        elif entry.count:
            font.setWeight(QFont.Weight.Normal)
            font.setPixelSize(12)
            painter.setFont(font)
            painter.setPen(self._theme.color("muted"))
            painter.drawText(area.adjusted(0, 0, -10, 0), middle | Qt.AlignmentFlag.AlignRight, entry.count)


class Sidebar(QWidget):
    """Signals what a person goes to or wants to do.

    Signals
    -------
    went
        To a place.
    action
        ``new-group`` or ``failures``.
    add_device
        The button was pressed.
    menu_asked
        A place's context menu, at a point of the screen.
    """

    went = Signal(Place)
    action = Signal(str)
    add_device = Signal()
    menu_asked = Signal(Place, QPoint)

    def __init__(self, theme: Theme, book: ActionBook) -> None:
        super().__init__()
        self.setObjectName("sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self._theme = theme
        self._here = ALL_PHOTOS
        self.model = SidebarModel()
        self.view = self._make_view()
        logo = QLabel()
        logo.setPixmap(_logo(theme))
        self._book = book
        self._look = button(theme, "", role="ghost", on_click=theme.next)
        self.menu_button = button(theme, "", role="ghost", icon="menu", color="muted", name=tr("Menu"))
        self.menu_button.clicked.connect(self._open_menu)
        self.add_button = button(theme, tr("Add device"), icon="plus", on_click=self.add_device.emit)
        self.add_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        top = row(
            logo,
            8,
            label(tr("LetsPic"), "brand"),
            None,
            self._look,
            self.menu_button,
            spacing=2,
            margins=(18, 14, 8, 2),
        )
        layout = column(top, self.view, row(self.add_button, margins=(14, 6, 14, 14)), spacing=4)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        theme.follow(self, self._show_look)

    def show_overview(self, overview: Overview, views: Mapping[str, DeviceView]) -> None:
        """List what there is; the present place stays marked."""
        self.model.show(entries(overview, views))
        self.mark(self._here)

    def mark(self, place: Place) -> None:
        """Mark where the person is."""
        self._here = place
        found = self.model.row_of(place)
        index = self.model.index(found) if found is not None else QModelIndex()
        self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _make_view(self) -> QListView:
        view = QListView()
        view.setModel(self.model)
        view.setItemDelegate(SidebarDelegate(view, self._theme))
        view.setAccessibleName(tr("Library, albums, groups and devices"))
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setMouseTracking(True)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._menu)
        view.clicked.connect(self._go)
        view.activated.connect(self._go)
        view.selectionModel().currentChanged.connect(lambda index, _: self._follow_keys(index))
        self._theme.follow(view, view.viewport().update)
        return view

    def _go(self, index: QModelIndex) -> None:
        entry = index.data(SidebarRole.ENTRY)
        if not isinstance(entry, Entry):
            return
        if entry.place is not None:
            self._here = entry.place
            self.went.emit(entry.place)
        elif entry.action:
            self.mark(self._here)
            self.action.emit(entry.action)

    def _follow_keys(self, index: QModelIndex) -> None:
        entry = index.data(SidebarRole.ENTRY) if index.isValid() else None
        if self.view.hasFocus() and isinstance(entry, Entry) and entry.place not in (None, self._here):
            self._go(index)

    def _menu(self, at: QPoint) -> None:
        entry = self.view.indexAt(at).data(SidebarRole.ENTRY)
        if isinstance(entry, Entry) and entry.place is not None:
            self.menu_asked.emit(entry.place, self.view.viewport().mapToGlobal(at))

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        self._book.fill(menu)
        menu.popup(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))

    def _show_look(self) -> None:
        words = {
            "system": ("auto", tr("Look: like the system")),
            "light": ("sun", tr("Look: light")),
            "dark": ("moon", tr("Look: dark")),
        }
        icon, text = words[self._theme.choice]
        self._look.setIcon(self._theme.icon(icon, "muted", 17))
        self._look.setAccessibleName(text)
        self._look.setToolTip(text)


def _logo(theme: Theme) -> QPixmap:
    side = 30
    pixmap = QPixmap(2 * side, 2 * side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    gradient = QLinearGradient(0, 0, 2 * side, 2 * side)
    gradient.setColorAt(0, QColor("#6d6ff2"))
    gradient.setColorAt(1, QColor("#c084fc"))
    painter.setBrush(gradient)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(0, 0, 2 * side, 2 * side, 16, 16)
    painter.drawPixmap(12, 12, 36, 36, theme.glyph("photos", "#ffffff", 36))
    painter.end()
    pixmap.setDevicePixelRatio(2)
    return pixmap
