"""The results of a search by example: the photo that was asked with, and what is like it, before and after."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QSizePolicy, QWidget

from letspic_desktop.operations.search import View
from letspic_desktop.ui.grid.device_thumbnails import DeviceThumbnails
from letspic_desktop.ui.grid.photo_grid import PhotoGrid
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.look.widgets import button, column, explain, label, pill, row, upright
from letspic_desktop.ui.search.head import MarksLine, ResultViews, Views
from letspic_desktop.ui.search.pages import ShownPage
from letspic_desktop.ui.search.result_grid import ResultGrid
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import duration, number, tr

_SIDE: Final = 124
_SIDE_BOTH: Final = 104
_ROOM_FOR_VIEWS: Final = 560
_VIEWS_PLACE: Final = 4


class SearchStrip(QFrame):
    """One or two rows of results, and what is said of them.

    Signals
    -------
    closed
        The person is done with them.
    more_asked
        The next page is wanted.
    all_asked
        All results are to be shown below (True), or no longer.
    view_chosen
        Results before or after fine-tuning, or both, are to be shown.
    collapse_chosen
        Whether photos that are nearly the same share a place.
    opened
        A result was activated: its row.
    menu_asked
        A context menu for a result, at a point of the screen.
    marked, alike_asked
        As of `ResultGrid`.
    """

    closed = Signal()
    more_asked = Signal()
    all_asked = Signal(bool)
    view_chosen = Signal(str)
    collapse_chosen = Signal(bool)
    opened = Signal(PhotoRow)
    menu_asked = Signal(PhotoRow, QPoint)
    marked = Signal(PhotoRow, bool)
    alike_asked = Signal(PhotoRow)

    def __init__(self, services: Services, devices: DeviceThumbnails) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._services, self._devices = services, devices
        self._trained = False
        self._all = False
        self._about = label("", "small")
        # A long name must not push the buttons out of the card.
        self._about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._query = PhotoGrid(services.theme, services.thumbnails, name=tr("Photo searched with"), one_row=True)
        self._query.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.before = self._strip(tr("Similar photos before fine-tuning"))
        self.after = self._strip(tr("Similar photos after fine-tuning"))
        self._before_pill, self._after_pill = pill(tr("Before")), pill(tr("After"), "accent")
        self.views = ResultViews(services.theme)
        self.views.chosen.connect(self._choose)
        self.marks = MarksLine(services.theme)
        theme = services.theme
        self.all_button = button(
            theme, tr("Show fewer"), role="link", on_click=lambda: self.all_asked.emit(not self._all)
        )
        self.collapse = button(theme, "", role="ghost", icon="stack", color="muted")
        self.collapse.setCheckable(True)
        self.collapse.setAccessibleName(tr("Show photos that are nearly the same as one"))
        self.collapse.setToolTip(tr("Show photos that are nearly the same as one"))
        self.collapse.clicked.connect(lambda on: self.collapse_chosen.emit(bool(on)))
        close = button(
            theme, "", role="ghost", icon="close", color="muted", name=tr("Close results"), on_click=self.close_results
        )
        title = label(tr("Similar photos"), "h2")
        self._head = row(title, self._about, self.all_button, self.collapse, self.views, close, spacing=10)
        self._head.setStretch(1, 1)
        self._second_line = row(spacing=10)
        self._after_box = self._boxed(self._after_pill, self.after)
        self._before_box = self._boxed(self._before_pill, self.before)
        rows = column(self._after_box, self._before_box, spacing=0)
        self._body = QWidget()
        body = row(column(self._query, None), upright(), rows, spacing=9)
        body.setStretch(2, 1)
        self._body.setLayout(body)
        self.setLayout(column(self._head, self._second_line, self._body, self.marks, spacing=4, margins=(16, 9, 10, 6)))
        self.hide()

    @property
    def view(self) -> Views:
        """Which results are shown."""
        return self.views.view

    @property
    def about(self) -> str:
        """What it says of the search."""
        return self._about.text()

    def wait(self, query: PhotoRow) -> None:
        """Show that a search is under way."""
        self._query.show_rows([query])
        self.before.show_rows([])
        self.after.show_rows([])
        self._say(tr("to {name} · searching …", name=query.name))
        self.all_button.hide()
        self.views.hide()
        self.marks.hide()
        self._arrange()
        self.show()

    def show_results(
        self,
        query: PhotoRow,
        version: int | None,
        pages: Mapping[View, ShownPage],
        opened: Collection[str],
    ) -> None:
        """Show what was read so far.

        Parameters
        ----------
        version
            Of the head that ``after`` is from; None where there is none.
        pages
            By view; one that was not asked for yet is left out.
        opened
            Photos whose tiles are open.
        """
        self._trained = version is not None
        self._query.show_rows([query])
        grids: tuple[tuple[View, ResultGrid], ...] = (("before", self.before), ("after", self.after))
        for view, grid in grids:
            page = pages.get(view)
            grid.show_tiles(page.tiles if page is not None else (), opened)
        first = pages.get(self.first_view)
        self._say(_about(query, version, first))
        total = first.total if first is not None else 0
        self.all_button.setVisible(total > 0)
        self.all_button.setText(tr("Show fewer") if self._all else tr("Show all {n}", n=number(total)))
        self.views.setVisible(self._trained)
        self._arrange()
        self.show()

    def show_all(self, shown: bool) -> None:
        """Make room: all results are shown below, or no longer."""
        self._all = shown
        self._arrange()

    def choose(self, view: Views) -> None:
        """Show the results after fine-tuning, those before, or both."""
        self.views.choose(view)
        self._choose(view)

    @property
    def first_view(self) -> View:
        """The view that is shown first: ``before`` or ``after``."""
        return "after" if self._trained and self.view != "before" else "before"

    def shown(self) -> Sequence[PhotoRow]:
        """The results that are shown first."""
        return (self.after if self.first_view == "after" else self.before).photos.rows

    def close_results(self) -> None:
        """Be done with the results."""
        self.hide()
        self.closed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Where there is little room, what is shown is chosen in a line of its own."""
        super().resizeEvent(event)
        narrow = event.size().width() < _ROOM_FOR_VIEWS
        if narrow == (self._second_line.indexOf(self.views) < 0):
            here, there = (self._head, self._second_line) if narrow else (self._second_line, self._head)
            here.removeWidget(self.views)
            there.insertWidget(0 if narrow else _VIEWS_PLACE, self.views)

    def _choose(self, view: str) -> None:
        self._arrange()
        self.view_chosen.emit(view)

    def _say(self, text: str) -> None:
        self._about.setText(text)
        explain(self._about, text)

    def _arrange(self) -> None:
        both = self._trained and self.view == "both"
        after = self._trained and self.view != "before"
        self._body.setVisible(not self._all)
        self._after_box.setVisible(after)
        self._before_box.setVisible(both or not after)
        self._after_pill.setVisible(both)
        self._before_pill.setVisible(both)
        side = _SIDE_BOTH if both else _SIDE
        for strip in (self._query, self.before, self.after):
            strip.set_side(side)
        self._query.setFixedWidth(side + 4)

    def _strip(self, name: str) -> ResultGrid:
        strip = ResultGrid(self._services, self._devices, name=name, one_row=True)
        strip.set_side(_SIDE)
        strip.end_reached.connect(self.more_asked)
        strip.shown_asked.connect(self.opened)
        strip.menu_asked.connect(self.menu_asked)
        strip.marked.connect(self.marked)
        strip.alike_asked.connect(self.alike_asked)
        return strip

    def _boxed(self, word: QWidget, strip: PhotoGrid) -> QWidget:
        box = QWidget()
        word.setFixedWidth(66)
        layout = row(word, strip, spacing=6)
        layout.setStretch(1, 1)
        box.setLayout(layout)
        return box


def _about(query: PhotoRow, version: int | None, page: ShownPage | None) -> str:
    parts = [tr("to {name}", name=query.name)]
    parts.append(tr("head {n}", n=version) if version is not None else tr("before any fine-tuning"))
    if page is None:
        return " · ".join(parts)
    parts.append(duration(page.seconds))
    if page.results.devices_awaited:
        parts.append(tr("waiting for {names} …", names=", ".join(page.results.devices_awaited)))
    if page.results.devices_behind:
        names = ", ".join(page.results.devices_behind)
        parts.append(tr("not all photos of {names} yet: search again soon", names=names))
    if page.results.devices_silent:
        parts.append(tr("no answer from {names}", names=", ".join(page.results.devices_silent)))
    if not page.total:
        parts.append(tr("nothing found"))
    return " · ".join(parts)
