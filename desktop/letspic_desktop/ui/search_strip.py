"""The results of a search by example: the photo that was asked with, and what is like it, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QAbstractItemView, QButtonGroup, QFrame, QPushButton, QWidget

from letspic_desktop.ui.photo_grid import PhotoGrid
from letspic_desktop.ui.photo_model import PhotoRow
from letspic_desktop.ui.queries import ShownSearch
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import duration, tr
from letspic_desktop.ui.widgets import button, column, label, pill, row, upright

View = Literal["after", "before", "both"]
_SIDE: Final = 124
_SIDE_BOTH: Final = 104


class SearchStrip(QFrame):
    """One or two rows of results.

    Signals
    -------
    closed
        The person is done with them.
    more_asked
        The next page is wanted.
    opened
        A result was activated: its row.
    menu_asked
        A context menu for a result, at a point of the screen.
    """

    closed = Signal()
    more_asked = Signal()
    opened = Signal(PhotoRow)
    menu_asked = Signal(PhotoRow, QPoint)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._services = services
        self._view: View = "after"
        self._trained = False
        self._about = label("", "small")
        self._query = self._strip(tr("Photo searched with"))
        self._query.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.before = self._strip(tr("Similar photos before fine-tuning"))
        self.after = self._strip(tr("Similar photos after fine-tuning"))
        self._before_pill, self._after_pill = pill(tr("Before")), pill(tr("After"), "accent")
        self._buttons = self._segments()
        self._more = button(
            services.theme, tr("More"), role="link", name=tr("More results"), on_click=self.more_asked.emit
        )
        close = button(
            services.theme,
            "",
            role="ghost",
            icon="close",
            color="muted",
            name=tr("Close results"),
            on_click=self._close,
        )
        head = row(
            label(tr("Similar photos"), "h2"), self._about, None, self._more, self._segment_frame, close, spacing=10
        )
        self._after_box = self._boxed(self._after_pill, self.after)
        self._before_box = self._boxed(self._before_pill, self.before)
        rows = column(self._after_box, self._before_box, spacing=0)
        body = row(column(self._query, None), upright(), rows, spacing=9)
        body.setStretch(2, 1)
        self.setLayout(column(head, body, spacing=4, margins=(16, 9, 10, 6)))
        self.hide()

    @property
    def view(self) -> View:
        """Which results are shown."""
        return self._view

    @property
    def about(self) -> str:
        """What it says of the search."""
        return self._about.text()

    def wait(self, query: PhotoRow) -> None:
        """Show that a search is under way."""
        self._query.show_rows([query])
        self.before.show_rows([])
        self.after.show_rows([])
        self._about.setText(tr("to {name} · searching …", name=query.name))
        self._more.hide()
        self._segment_frame.setVisible(False)
        self._arrange()
        self.show()

    def show_results(self, query: PhotoRow, found: ShownSearch) -> None:
        """Show the first page."""
        report = found.report
        self._trained = report.head_version is not None
        self._query.show_rows([query])
        self.before.show_rows(found.before)
        self.after.show_rows(found.after)
        parts = [tr("to {name}", name=query.name)]
        parts.append(tr("head {n}", n=report.head_version) if self._trained else tr("before any fine-tuning"))
        parts.append(duration(report.seconds))
        if report.devices_silent:
            parts.append(tr("no answer from {names}", names=", ".join(report.devices_silent)))
        if not found.before and not found.after:
            parts.append(tr("nothing found"))
        self._about.setText(" · ".join(parts))
        self._segment_frame.setVisible(self._trained)
        self._more.setVisible(bool(found.before or found.after))
        self._arrange()
        self.show()

    def add_results(self, found: ShownSearch, page: int) -> None:
        """Show a further page of at most ``page`` results behind the present ones."""
        self.before.photos.append(found.before)
        self.after.photos.append(found.after)
        self._more.setVisible(len(found.before) >= page or len(found.after) >= page)

    def choose(self, view: View) -> None:
        """Show the results after fine-tuning, those before, or both."""
        self._view = view
        self._buttons[view].setChecked(True)
        self._arrange()

    def shown(self) -> Sequence[PhotoRow]:
        """The results that are shown first."""
        return (self.after if self._trained and self._view != "before" else self.before).photos.rows

    def _arrange(self) -> None:
        both = self._trained and self._view == "both"
        after = self._trained and self._view != "before"
        self._after_box.setVisible(after)
        self._before_box.setVisible(both or not after)
        self._after_pill.setVisible(both)
        self._before_pill.setVisible(both)
        side = _SIDE_BOTH if both else _SIDE
        for strip in (self._query, self.before, self.after):
            strip.set_side(side)
        self._query.setFixedWidth(side + 4)

    def _strip(self, name: str) -> PhotoGrid:
        strip = PhotoGrid(self._services.theme, self._services.thumbnails, name=name, one_row=True)
        strip.set_side(_SIDE)
        strip.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        strip.opened.connect(lambda number: self.opened.emit(strip.photos.rows[number]))
        strip.customContextMenuRequested.connect(lambda at: self._menu(strip, at))
        return strip

    def _menu(self, strip: PhotoGrid, at: QPoint) -> None:
        index = strip.indexAt(at)
        if index.isValid():
            self.menu_asked.emit(strip.photos.rows[index.row()], strip.viewport().mapToGlobal(at))

    def _boxed(self, word: QWidget, strip: PhotoGrid) -> QWidget:
        box = QWidget()
        word.setFixedWidth(66)
        layout = row(word, strip, spacing=6)
        layout.setStretch(1, 1)
        box.setLayout(layout)
        return box

    def _segments(self) -> dict[View, QPushButton]:
        self._segment_frame = QFrame()
        self._segment_frame.setProperty("role", "segments")
        self._group = QButtonGroup(self)
        made: dict[View, QPushButton] = {}
        words: dict[View, str] = {"after": tr("After"), "before": tr("Before"), "both": tr("Compare")}
        for view, word in words.items():
            one = button(self._services.theme, word, role="segment", on_click=lambda view=view: self.choose(view))  # type: ignore[misc]
            one.setCheckable(True)
            one.setChecked(view == self._view)
            self._group.addButton(one)
            made[view] = one
        self._segment_frame.setLayout(row(*made.values(), spacing=2, margins=(3, 3, 3, 3)))
        return made

    def _close(self) -> None:
        self.hide()
        self.closed.emit()
