"""Search by keyboard: the field, the selected photo, the clipboard, and away with the results."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence

from letspic_desktop.ui.page.photo_page import PhotoPage
from letspic_desktop.ui.search.control import SearchControl
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import tr


class SearchCommands:
    """Puts them into the window's book of actions."""

    def __init__(self, shell: Shell, page: PhotoPage, searching: SearchControl) -> None:
        self._shell = shell
        self._page = page
        self._searching = searching
        keys, book = QKeySequence.StandardKey, shell.actions_book
        book.add("search", tr("Search"), self.focus, keys.Find)
        some = lambda: bool(shell.chosen())  # noqa: E731
        book.add("search", tr("Search similar to the selected photo"), self.search_chosen, "Ctrl+E", enabled=some)
        book.add("search", tr("Search with the photo in the clipboard"), self.paste, keys.Paste)
        book.add("search", tr("Close the results"), self.close_results, "Esc")

    def focus(self) -> None:
        """Go to the search field."""
        self._page.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._page.search_field.selectAll()

    def search_chosen(self) -> None:
        """Search with the first of the selected photos."""
        for one in self._shell.chosen()[:1]:
            self._searching.search(one)

    def paste(self) -> None:
        """Search with what is in the clipboard."""
        if not self._page.search_field.take(QGuiApplication.clipboard().mimeData()):
            self._shell.messages.say(tr("There is no photo in the clipboard. Copy one first."), "plain")

    def close_results(self) -> None:
        """Go back from the whole list of results, or put the results away."""
        if self._searching.shows_all:
            self._searching.show_all(False)
        elif not self._page.strip.isHidden():
            self._page.strip.close_results()
