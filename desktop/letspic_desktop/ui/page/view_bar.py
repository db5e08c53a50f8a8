"""Right above the grid: how many photos are shown, filters, the order, and what the headings are."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QMenu, QPushButton, QWidget

from letspic_desktop.library.query import Order
from letspic_desktop.ui.look.widgets import button, label, row, set_tone
from letspic_desktop.ui.page.place_content import Grouping, PlaceContent, own_order
from letspic_desktop.ui.places import ALL_PHOTOS
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, number, tr

_SPACING: Final = 6
_GROUPINGS: Final[tuple[Grouping, ...]] = ("usual", "place", "album")


class ViewBar(QWidget):
    """Says what is shown and takes how it is wanted.

    Signals
    -------
    grouped, ordered
        Headings, or an order, were chosen: a ``Grouping``, an ``Order`` or None for the place's own.
    filters_toggled
        The filters are to be shown, or hidden.
    cleared
        All filters and words are to be forgotten.
    """

    grouped = Signal(str)
    ordered = Signal(object)
    filters_toggled = Signal(bool)
    cleared = Signal()

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._theme = services.theme
        self._place = ALL_PHOTOS
        self._order: Order | None = None
        self._shown_words = ""
        self.count = label("", "h2")
        self.clear = button(self._theme, tr("Clear"), role="link", name=tr("Clear all filters and words"))
        self.clear.clicked.connect(lambda: self.cleared.emit())
        self.filter_button = button(self._theme, tr("Filter"), role="ghost", icon="sliders", color="muted")
        self.filter_button.setCheckable(True)
        self.filter_button.setAccessibleName(tr("Show the filters"))
        self.filter_button.toggled.connect(self.filters_toggled)
        self.sort_button = button(self._theme, "", role="ghost", icon="sort", color="muted", on_click=self._open_orders)
        self._segments = self._make_segments()
        self._frame = QFrame()
        self._frame.setProperty("role", "segments")
        self._frame.setLayout(row(*self._segments.values(), spacing=2, margins=(3, 3, 3, 3)))
        self.count.setMinimumWidth(40)
        tools = self.filter_button, self.sort_button, self._frame
        self.setLayout(row(self.count, self.clear, None, *tools, spacing=_SPACING))
        self.clear.hide()
        self._say_order()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Where there is little room, the menu of orders has to do for the headings too."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Larger letters need more room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def show_content(self, content: PlaceContent) -> None:
        """Say what is shown of a place."""
        self._place, self._order = content.place, content.view.order
        self._segments[content.view.grouping].setChecked(True)
        self._segments["usual"].setText(tr("Album order") if self._shown == "album" else _words(self._shown)[0])
        shown = len(set(content.rows.keys)) if content.view.grouping == "album" else len(content.rows)
        if content.view.narrowed and not content.everywhere:
            self._shown_words = tr("{n} of {total}", n=number(shown), total=number(content.total))
        else:
            self._shown_words = counted(shown, "{n} photo", "{n} photos") if content.view.narrowed else tr("Photos")
        self.clear.setVisible(content.view.narrowed)
        self._say_order()
        self._fit()

    def show_selected(self, count: int) -> None:
        """Say how many photos are selected, or else how many are shown."""
        words = counted(count, "{n} selected", "{n} selected") if count else self._shown_words
        if count and not self.clear.isHidden():
            words = tr("{shown} · {selected}", shown=self._shown_words, selected=words)
        if words != self.count.text():
            self.count.setText(words)
            self._fit()

    def show_filters(self, *, in_use: bool) -> None:
        """Show whether filters are in use, also while their bar is hidden."""
        set_tone(self.filter_button, "on" if in_use else "off")

    def _fit(self) -> None:
        """Show the segments only where all their words have room beside the rest."""
        rest = [one for one in (self.count, self.clear, self.filter_button, self.sort_button) if not one.isHidden()]
        needed = sum(one.sizeHint().width() + _SPACING for one in rest) + self._frame.sizeHint().width()
        self._frame.setVisible(self.width() >= needed)

    @property
    def _shown(self) -> Order:
        return self._order or own_order(self._place)

    def _say_order(self) -> None:
        text = _words(self._shown)[1]
        self.sort_button.setAccessibleName(tr("Order and headings: {order}", order=text))
        self.sort_button.setToolTip(tr("Order: {order}", order=text))

    def _open_orders(self) -> None:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        group = QActionGroup(menu)
        orders: list[Order] = ["newest", "oldest", "name", "rating"]
        if self._place.kind == "album":
            orders.insert(0, "album")
        for order in orders:
            action = QAction(_words(order)[1], group)
            action.setCheckable(True)
            action.setChecked(order == self._shown)
            wanted = None if order == own_order(self._place) else order
            action.triggered.connect(lambda _=False, wanted=wanted: self.ordered.emit(wanted))
            menu.addAction(action)
        menu.addSeparator()
        headings = QActionGroup(menu)
        texts: dict[Grouping, str] = {"usual": tr("By month"), "place": tr("By place"), "album": tr("By album")}
        for grouping in _GROUPINGS:
            action = QAction(texts[grouping], headings)
            action.setCheckable(True)
            action.setChecked(self._segments[grouping].isChecked())
            action.triggered.connect(lambda _=False, grouping=grouping: self.grouped.emit(grouping))
            menu.addAction(action)
        menu.popup(self.sort_button.mapToGlobal(self.sort_button.rect().bottomLeft()))

    def _make_segments(self) -> dict[Grouping, QPushButton]:
        texts: dict[Grouping, str] = {"usual": tr("Newest"), "place": tr("By place"), "album": tr("By album")}
        group = QButtonGroup(self)
        made: dict[Grouping, QPushButton] = {}
        for grouping in _GROUPINGS:
            one = button(self._theme, texts[grouping], role="segment")
            one.setCheckable(True)
            one.clicked.connect(lambda _=False, grouping=grouping: self.grouped.emit(grouping))
            group.addButton(one)
            made[grouping] = one
        made["usual"].setChecked(True)
        return made


def _words(order: Order) -> tuple[str, str]:
    """Return what a segment and what a menu call an order."""
    words: dict[Order, tuple[str, str]] = {
        "newest": (tr("Newest"), tr("Newest first")),
        "oldest": (tr("Oldest"), tr("Oldest first")),
        "name": (tr("Name"), tr("By name")),
        "rating": (tr("Rating"), tr("Best rated first")),
        "album": (tr("Album order"), tr("As in the album")),
    }
    return words[order]
