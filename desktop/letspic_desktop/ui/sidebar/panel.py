"""The left side: library, albums, tags, groups and devices, with the button that adds a device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPixmap
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy, QWidget

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.ui.action_book import ActionBook
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, row
from letspic_desktop.ui.places import ALL_PHOTOS, Place
from letspic_desktop.ui.queries import Overview
from letspic_desktop.ui.sidebar.entries import Entry, entries
from letspic_desktop.ui.sidebar.model import SidebarModel
from letspic_desktop.ui.sidebar.paint import WIDTH
from letspic_desktop.ui.sidebar.view import SidebarView
from letspic_desktop.ui.texts import tr


class Sidebar(QWidget):
    """Signals what a person goes to or wants to do.

    Signals
    -------
    went
        To a place.
    action
        ``new-album``, ``new-tag``, ``new-group`` or ``failures``.
    add_device
        The button was pressed.
    menu_asked
        A place's context menu, at a point of the screen.
    heading_menu_asked
        A heading's context menu, at a point of the screen.
    renamed
        A place, and the name that a person typed for it.
    delete_asked
        The Delete key on a place.
    """

    went = Signal(Place)
    action = Signal(str)
    add_device = Signal()
    menu_asked = Signal(Place, QPoint)
    heading_menu_asked = Signal(Entry, QPoint)
    renamed = Signal(Place, str)
    delete_asked = Signal(Place)

    def __init__(self, theme: Theme, book: ActionBook, folded: Iterable[str] = ()) -> None:
        super().__init__()
        self.setObjectName("sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self._theme = theme
        self._here = ALL_PHOTOS
        self._folded = set(folded)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._show)
        self._listed: tuple[Overview, Mapping[str, DeviceView]] | None = None
        self._lookalikes: int | None = None
        self.model = SidebarModel()
        self.view = self._make_view()
        logo = QLabel()
        logo.setPixmap(_logo(theme))
        logo.setAccessibleName(tr("LetsPic"))
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

    @property
    def folded(self) -> list[str]:
        """What hides the entries below it."""
        return sorted(self._folded)

    def show_overview(self, overview: Overview, views: Mapping[str, DeviceView]) -> None:
        """List what there is; the present place stays marked."""
        self._listed = overview, views
        self._show()

    def show_lookalikes(self, count: int | None) -> None:
        """Say how many groups of photos that look alike wait for a decision."""
        self._lookalikes = count
        self._show()

    def mark(self, place: Place) -> None:
        """Mark where the person is."""
        self._here = place
        self.view.mark(self.model.row_of(place))

    def rename(self, place: Place) -> None:
        """Let the person type another name for a place."""
        row = self.model.row_of(place)
        if row is not None:
            self.view.rename(self.model.index(row))

    def _show(self) -> None:
        # A name that is being typed must not be lost: the list follows when it is done.
        if self._listed is None or self.view.editing:
            return
        found = entries(*self._listed, self._folded, self._lookalikes)
        focused, scrolled = self.view.entry(self.view.currentIndex()), self.view.verticalScrollBar().value()
        self.model.show(found)
        if not self.view.currentIndex().isValid():
            # The list was made anew: the focus and the view stay where they were.
            row = self.model.row_of_key(focused.key) if focused is not None else None
            if row is not None:
                self.view.setCurrentIndex(self.model.index(row))
            self.view.verticalScrollBar().setValue(scrolled)
        self.mark(self._here)

    def _make_view(self) -> SidebarView:
        view = SidebarView(self.model, self._theme)
        view.chosen.connect(self._go)
        view.folded.connect(self._fold)
        view.added.connect(lambda entry: self.action.emit(entry.adds))
        view.menu_asked.connect(self._menu)
        view.delete_asked.connect(self._delete)
        view.itemDelegate().closeEditor.connect(lambda *_: self._later.start())
        self.model.renamed.connect(lambda entry, name: self.renamed.emit(entry.place, name))
        return view

    def _go(self, entry: Entry) -> None:
        if entry.place is not None:
            self._here = entry.place
            self.mark(entry.place)
            self.went.emit(entry.place)
        elif entry.action:
            self.action.emit(entry.action)

    def _fold(self, entry: Entry) -> None:
        self._folded.symmetric_difference_update({entry.key})
        self._show()
        row = self.model.row_of_key(entry.key)
        if row is not None:
            self.view.setCurrentIndex(self.model.index(row))

    def _menu(self, entry: Entry, at: QPoint) -> None:
        if entry.place is not None:
            self.menu_asked.emit(entry.place, at)
        elif entry.heading:
            self.heading_menu_asked.emit(entry, at)

    def _delete(self, entry: Entry) -> None:
        if entry.place is not None:
            self.delete_asked.emit(entry.place)

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
