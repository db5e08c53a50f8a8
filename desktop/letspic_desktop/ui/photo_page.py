"""The middle of the window: title, search field and buttons above, results and photos below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QStackedWidget, QWidget

from letspic_desktop.ui.drops import DropArea, SearchField, named_file
from letspic_desktop.ui.empty_state import EmptyState, NothingHere
from letspic_desktop.ui.message_bar import MessageBar, ProgressStrip
from letspic_desktop.ui.own_folders import LabelHint
from letspic_desktop.ui.photo_grid import PhotoGrid
from letspic_desktop.ui.photo_model import PhotoRow
from letspic_desktop.ui.places import ALL_PHOTOS, PlaceKind
from letspic_desktop.ui.queries import PlaceContent, WordsFound
from letspic_desktop.ui.search_strip import SearchStrip
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, percent, tr
from letspic_desktop.ui.widgets import button, column, explain, label, row, set_tone
from letspic_desktop.ui.word_search import WordSearch

_ROOM_FOR_START: Final = 640


class PhotoPage(DropArea):
    """Shows the photos of one place, or those that have the words in the search field.

    Signals
    -------
    label_asked
        Own photos of a device are to get their labels: its id.
    """

    label_asked = Signal(str)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme = services.theme
        self._content: PlaceContent | None = None
        self._title, self._about = label("", "h1"), label("", "muted")
        self.search_field = SearchField(theme)
        self.search_field.textChanged.connect(lambda _: self._look())
        self._words = WordSearch(self, services, self._show_found)
        self.add_menu = QMenu(self)
        self.add_button = button(theme, tr("Add photos"), icon="plus")
        self.add_button.clicked.connect(self._open_add_menu)
        self.start_button = button(theme, tr("Start Finetuning"), role="primary")
        self.messages, self.progress = MessageBar(theme), ProgressStrip(theme)
        self.hint = MessageBar(theme)
        self.strip = SearchStrip(services)
        self.grid = PhotoGrid(theme, services.thumbnails, name=tr("Photos"))
        self.empty, self._nothing = EmptyState(theme), NothingHere()
        self.over.connect(self.empty.show_over)
        self._cards: dict[PlaceKind, QWidget] = {}
        self._card_slot = column(spacing=0)
        self._stack = QStackedWidget()
        for page in (self.grid, self.empty, self._nothing):
            self._stack.addWidget(page)
        titles = column(self._title, self._about, spacing=2)
        for words in (self._title, self._about):
            # A long name must not push the buttons out of the window.
            words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            words.setMinimumWidth(120)
        top = row(titles, self.search_field, self.add_button, self.start_button, spacing=10, margins=(24, 20, 24, 6))
        top.setStretch(0, 1)
        top.setStretch(1, 1)
        above = column(
            self.messages, self.progress, self.hint, self.strip, self._card_slot, spacing=8, margins=(24, 0, 24, 0)
        )
        layout = column(top, above, row(self._stack, margins=(19, 4, 10, 0)), spacing=6)
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def set_card(self, kind: PlaceKind, card: QWidget) -> None:
        """Show ``card`` above the photos of every place of a kind."""
        self._cards[kind] = card
        self._card_slot.addWidget(card)
        card.setVisible(self._content is not None and self._content.place.kind == kind)

    def show_content(self, content: PlaceContent) -> None:
        """Show a place; what was selected stays selected where the same place is shown again."""
        same = self._content is not None and self._content.place == content.place
        before = self._content.hint if self._content is not None and same else None
        self._content = content
        if content.hint != before:
            self._show_hint(content.hint)
        elif not same:
            self.hint.hide()
        self._title.setText(content.title)
        self._about.setText(content.about)
        for kind, card in self._cards.items():
            card.setVisible(kind == content.place.kind)
        if not same:
            self.search_field.clear()
        self._look(stay=same)

    def show_run(self, share: float | None, missing: str) -> None:
        """Show on the button that a run is under way, that one can be started, or what is missing for it."""
        running = share is not None
        self.start_button.setEnabled(not running and not missing)
        explain(self.start_button, "" if running else missing)
        self.start_button.setText(
            tr("Finetuning · {share}", share=percent(share)) if share is not None else tr("Start Finetuning")
        )
        set_tone(self.start_button, "soft" if running else "primary", "role")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Where there is little room, the panel's own Start button has to do."""
        super().resizeEvent(event)
        self._show_tools()

    def _show_hint(self, hint: LabelHint | None) -> None:
        if hint is None:
            self.hint.hide()
            return
        self.hint.say(hint.text, action=tr("Label its photos …"), act=lambda: self.label_asked.emit(hint.device_id))

    def _look(self, *, stay: bool = False) -> None:
        """Look for the words of the search field; without any, show the whole place at once."""
        content, text = self._content, self.search_field.text().strip()
        if content is None:
            return
        if text:
            self._words.look_for(text, content.place)
            return
        self._words.forget()
        self._show_rows(content.rows, content.about, _why_empty(content), stay=stay)

    def _show_found(self, found: WordsFound) -> None:
        content = self._content
        if content is None or found.place != content.place:
            return
        about = counted(len(found.rows), "{n} photo found", "{n} photos found")
        if found.everywhere and found.rows:
            about = tr("{count} in the whole library, none here", count=about)
        self._show_rows(found.rows, about, _why_none_found(found), stay=True)

    def _show_rows(self, rows: Sequence[PhotoRow], about: str, why_nothing: str, *, stay: bool) -> None:
        content = self._content
        if content is None:
            return
        self.grid.show_rows(rows, stay=stay)
        self._about.setText(about)
        if rows:
            self._stack.setCurrentWidget(self.grid)
        elif content.place == ALL_PHOTOS and not content.rows:
            self._stack.setCurrentWidget(self.empty)
            self._about.setText("")
        else:
            self._nothing.say(why_nothing)
            self._stack.setCurrentWidget(self._nothing)
        self._title.setText("" if self._stack.currentWidget() is self.empty else content.title)
        self._show_tools()

    def _show_tools(self) -> None:
        started = self._stack.currentWidget() is not self.empty
        self.search_field.setVisible(started)
        self.add_button.setVisible(started)
        self.start_button.setVisible(started and self.width() >= _ROOM_FOR_START)

    def _open_add_menu(self) -> None:
        self.add_menu.popup(self.add_button.mapToGlobal(self.add_button.rect().bottomLeft()))


def add_to_menu(menu: QMenu, text: str, call: Callable[[], object]) -> None:
    """Add an entry to a menu."""
    menu.addAction(text).triggered.connect(lambda: call())


def _why_empty(content: PlaceContent) -> str:
    if content.place.kind == "device":
        return tr("This device holds no photo yet. Start Finetuning hands photos out by itself.")
    if content.place.kind == "group":
        return tr("No album is shared with this group yet. Choose albums with a right click on it.")
    return tr("There is no photo here yet. Drop some, or add them with a right click on photos elsewhere.")


def _why_none_found(found: WordsFound) -> str:
    if named_file(found.text) is not None:
        return tr("Press Enter to search with this photo.")
    if found.everywhere or found.place == ALL_PHOTOS:
        return tr(
            "No photo has these words in its name, its tags or the names of its albums."
            " Clear the search field to see all again."
        )
    return tr(
        "No photo here has these words in its name, its tags or the names of its albums."
        " Clear the search field to see all again."
    )
