"""All results of a search in the place of the photos: page by page as one scrolls, nothing left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from letspic_desktop.operations.search import View
from letspic_desktop.ui.grid.device_thumbnails import DeviceThumbnails
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.look.widgets import button, column, label, pill, row
from letspic_desktop.ui.search.pages import ShownPage
from letspic_desktop.ui.search.result_grid import ResultGrid
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import number, tr

_BETWEEN: Final = 6


class AllResults(QWidget):
    """One or two walls of results with what is shown of how many.

    Signals
    -------
    more_asked
        The next page is wanted.
    opened, menu_asked, marked, alike_asked
        As of `SearchStrip`.
    """

    more_asked = Signal()
    opened = Signal(PhotoRow)
    menu_asked = Signal(PhotoRow, QPoint)
    marked = Signal(PhotoRow, bool)
    alike_asked = Signal(PhotoRow)

    def __init__(self, services: Services, devices: DeviceThumbnails) -> None:
        super().__init__()
        self.after = self._wall(services, devices, tr("All similar photos after fine-tuning"))
        self.before = self._wall(services, devices, tr("All similar photos before fine-tuning"))
        self._count = label("", "small")
        self._more = button(
            services.theme, tr("More"), role="link", name=tr("More results"), on_click=self.more_asked.emit
        )
        self._pills = pill(tr("After"), "accent"), pill(tr("Before"))
        self._after_side = self._side(self._pills[0], self.after)
        self._before_side = self._side(self._pills[1], self.before)
        self._walls = walls = row(self._after_side, self._before_side, spacing=_BETWEEN)
        for place in (0, 1):
            walls.setStretch(place, 1)
        head = row(label(tr("Results"), "h2"), self._count, self._more, None, spacing=10, margins=(5, 0, 14, 0))
        layout = column(head, walls, spacing=6)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Make both walls equally wide, else the rows of one drift away from those of the other."""
        super().resizeEvent(event)
        self._walls.setContentsMargins(0, 0, (event.size().width() - _BETWEEN) % 2, 0)

    @property
    def count(self) -> str:
        """How many results are shown of how many."""
        return self._count.text()

    @property
    def walls(self) -> list[ResultGrid]:
        """The walls that are shown."""
        sides = ((self._after_side, self.after), (self._before_side, self.before))
        return [wall for side, wall in sides if not side.isHidden()]

    @property
    def chosen(self) -> list[PhotoRow]:
        """The selected results."""
        found = {row.key: row for wall in self.walls for row in wall.chosen_rows}
        return list(found.values())

    def show_pages(self, pages: Mapping[View, ShownPage], opened: Collection[str], *, side: int) -> None:
        """Show what was read so far, in a wall for each view; ``side`` is how large photos are shown elsewhere."""
        walls: tuple[tuple[View, ResultGrid, QWidget], ...] = (
            ("after", self.after, self._after_side),
            ("before", self.before, self._before_side),
        )
        for view, wall, box in walls:
            page = pages.get(view)
            box.setVisible(page is not None)
            wall.set_side(side)
            wall.show_tiles(page.tiles if page is not None else (), opened)
        for word in self._pills:
            word.setVisible(len(pages) > 1)
        fewest = min(pages.values(), key=lambda page: page.shown, default=None)
        if fewest is not None:
            self._count.setText(_count(fewest))
            self._more.setVisible(not fewest.complete)

    def forget(self) -> None:
        """Show nothing any more."""
        for wall in (self.after, self.before):
            wall.show_rows([])

    def _wall(self, services: Services, devices: DeviceThumbnails, name: str) -> ResultGrid:
        wall = ResultGrid(services, devices, name=name)
        wall.end_reached.connect(self.more_asked)
        wall.shown_asked.connect(self.opened)
        wall.menu_asked.connect(self.menu_asked)
        wall.marked.connect(self.marked)
        wall.alike_asked.connect(self.alike_asked)
        return wall

    def _side(self, word: QWidget, wall: ResultGrid) -> QWidget:
        box = QWidget()
        layout = column(row(word, None, margins=(5, 0, 0, 0)), wall, spacing=4)
        layout.setStretch(1, 1)
        box.setLayout(layout)
        return box


def _count(page: ShownPage) -> str:
    text = tr("{shown} of {total} shown", shown=number(page.shown), total=number(page.total))
    hidden = page.shown - len(page.tiles)
    if hidden:
        text = tr("{text}, {n} of them behind another one that is nearly the same", text=text, n=number(hidden))
    if page.results.devices_cut:
        names = ", ".join(page.results.devices_cut)
        text = tr("{text} · only the most similar ones of {names}", text=text, names=names)
    return text
