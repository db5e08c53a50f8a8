"""What was searched for, as a menu at the search field: choosing an entry searches again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QMenu

from letspic_desktop.library.rows import moment
from letspic_desktop.library.searches import PastSearch
from letspic_desktop.operations.search_history import ClearSearches, ReadSearches
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.look.menus import plain
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import tr

_LONGEST = 48


class SearchHistoryMenu:
    """Opens the menu.

    Parameters
    ----------
    field
        Where it opens; it gets a clock that opens it.
    search
        Called with a photo and the name of a group, to search again.
    """

    def __init__(self, shell: Shell, field: QLineEdit, search: Callable[[PhotoRow, str | None], None]) -> None:
        self._shell = shell
        self._field = field
        self._search = search
        self.menu: QMenu | None = None
        theme = shell.services.theme
        clock = QAction(tr("Searches of before"), field)
        clock.triggered.connect(lambda: self.open())
        field.addAction(clock, QLineEdit.ActionPosition.TrailingPosition)
        theme.follow(field, lambda: clock.setIcon(theme.icon("history", "faint")))
        shell.actions_book.add("search", tr("Searches of before"), self.open, "Alt+Down")
        shell.actions_book.add("search", tr("Clear the history of searches"), self.clear)

    def open(self) -> None:
        """Read the history and show it."""
        self._shell.services.runner.start(ReadSearches(), done=self._show)

    def clear(self) -> None:
        """Forget what was searched for."""

        def done(_: None) -> None:
            self._shell.messages.say(tr("The history of searches is empty now."), "good")

        self._shell.services.runner.start(ClearSearches(), done=done)

    def _show(self, searches: Sequence[PastSearch]) -> None:
        menu = QMenu(self._shell.widget)
        menu.setAccessibleName(tr("Searches of before"))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.destroyed.connect(self._gone)
        self.menu = menu
        if not searches:
            menu.addAction(tr("Nothing was searched for yet")).setEnabled(False)
        for one in searches:
            menu.addAction(_words(one)).triggered.connect(lambda _=False, one=one: self._again(one))
        if searches:
            menu.addSeparator()
            menu.addAction(tr("Clear the history of searches")).triggered.connect(lambda: self.clear())
        menu.popup(self._field.mapToGlobal(self._field.rect().bottomLeft()))

    def _gone(self) -> None:
        self.menu = None

    def _again(self, one: PastSearch) -> None:
        self._search(PhotoRow(key=one.query, name=one.name), one.group)


def _words(one: PastSearch) -> str:
    name = one.name if len(one.name) <= _LONGEST else f"{one.name[: _LONGEST - 1]}…"
    at = moment(one.at)
    when = (
        QLocale().toString(QDateTime.fromSecsSinceEpoch(int(at.timestamp())), QLocale.FormatType.ShortFormat)
        if at is not None
        else ""
    )
    parts = [name, tr("in {group}", group=one.group) if one.group else "", when]
    return plain(" · ".join(part for part in parts if part))
