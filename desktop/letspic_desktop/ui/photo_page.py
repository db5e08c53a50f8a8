"""The middle of the window: title, search field and buttons above, results and photos below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QStackedWidget

from letspic_desktop.ui.drops import DropArea, SearchField
from letspic_desktop.ui.empty_state import EmptyState, NothingHere
from letspic_desktop.ui.message_bar import MessageBar, ProgressStrip
from letspic_desktop.ui.photo_grid import PhotoGrid
from letspic_desktop.ui.places import ALL_PHOTOS
from letspic_desktop.ui.queries import PlaceContent
from letspic_desktop.ui.search_strip import SearchStrip
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, percent, tr
from letspic_desktop.ui.widgets import button, column, label, row, set_tone

_ROOM_FOR_START: Final = 640


class PhotoPage(DropArea):
    """Shows the photos of one place, filtered by the words in the search field."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme = services.theme
        self._content: PlaceContent | None = None
        self._title, self._about = label("", "h1"), label("", "muted")
        self.search_field = SearchField(theme)
        self.search_field.textChanged.connect(lambda _: self._filter())
        self.add_menu = QMenu(self)
        self.add_button = button(theme, tr("Add photos"), icon="plus")
        self.add_button.clicked.connect(self._open_add_menu)
        self.start_button = button(theme, tr("Start Finetuning"), role="primary")
        self.messages, self.progress = MessageBar(theme), ProgressStrip(theme)
        self.strip = SearchStrip(services)
        self.grid = PhotoGrid(theme, services.thumbnails, name=tr("Photos"))
        self.empty, self._nothing = EmptyState(theme), NothingHere()
        self.over.connect(self.empty.show_over)
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
        above = column(self.messages, self.progress, self.strip, spacing=8, margins=(24, 0, 24, 0))
        layout = column(top, above, row(self._stack, margins=(19, 4, 10, 0)), spacing=6)
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def show_content(self, content: PlaceContent) -> None:
        """Show a place; what was selected stays selected where the same place is shown again."""
        same = self._content is not None and self._content.place == content.place
        self._content = content
        self._title.setText(content.title)
        self._about.setText(content.about)
        if not same:
            self.search_field.clear()
        self._filter(stay=same)

    def show_run(self, share: float | None) -> None:
        """Show on the button that a run is under way, or that one can be started."""
        running = share is not None
        self.start_button.setEnabled(not running)
        self.start_button.setText(
            tr("Finetuning · {share}", share=percent(share)) if share is not None else tr("Start Finetuning")
        )
        set_tone(self.start_button, "soft" if running else "primary", "role")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Where there is little room, the panel's own Start button has to do."""
        super().resizeEvent(event)
        self._show_tools()

    def _filter(self, *, stay: bool = False) -> None:
        content = self._content
        if content is None:
            return
        words = self.search_field.text().casefold().split()
        rows = [one for one in content.rows if all(word in one.name.casefold() for word in words)]
        self.grid.show_rows(rows, stay=stay)
        if words:
            self._about.setText(counted(len(rows), "{n} photo found by name", "{n} photos found by name"))
        else:
            self._about.setText(content.about)
        if rows:
            self._stack.setCurrentWidget(self.grid)
        elif content.place == ALL_PHOTOS and not content.rows:
            self._stack.setCurrentWidget(self.empty)
            self._about.setText("")
        else:
            self._nothing.say(_why_nothing(bool(words), content))
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


def _why_nothing(filtered: bool, content: PlaceContent) -> str:
    if filtered:
        return tr("No photo here has these words in its name. Clear the search field to see all again.")
    if content.place.kind == "device":
        return tr("This device holds no photo yet. Start Finetuning hands photos out by itself.")
    if content.place.kind == "group":
        return tr("No album is shared with this group yet. Choose albums with a right click on it.")
    return tr("There is no photo here yet. Drop some, or add them with a right click on photos elsewhere.")
