"""The middle of the window: title, search field and buttons above, results and photos below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from letspic_desktop.preferences import Sections
from letspic_desktop.ui.grid.device_thumbnails import DeviceThumbnails
from letspic_desktop.ui.grid.photo_drag import photos_of
from letspic_desktop.ui.grid.photo_grid import PhotoGrid
from letspic_desktop.ui.groups.own_folders import LabelHint
from letspic_desktop.ui.look.elided import ElidedLabel
from letspic_desktop.ui.look.message_bar import MessageBar, ProgressStrip
from letspic_desktop.ui.look.widgets import button, column, explain, row, set_tone
from letspic_desktop.ui.page.empty_state import EmptyState, NothingHere
from letspic_desktop.ui.page.filter_bar import FilterBar
from letspic_desktop.ui.page.place_content import Grouping, PlaceContent, PlaceView
from letspic_desktop.ui.page.place_reader import PlaceReader
from letspic_desktop.ui.page.view_bar import ViewBar
from letspic_desktop.ui.places import ALL_PHOTOS, Place, PlaceKind
from letspic_desktop.ui.search.all_results import AllResults
from letspic_desktop.ui.search.drops import DropArea, SearchField, named_file
from letspic_desktop.ui.search.strip import SearchStrip
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import percent, tr

GROUPINGS: Final[Mapping[Sections, Grouping]] = {"month": "usual", "place": "place", "album": "album"}
_ROOM_FOR_START: Final = 640
_ROOM_FOR_ADD: Final = 480
_LEAST_PHOTOS: Final = 150
_LEAST_TITLE: Final = 110


class PhotoPage(DropArea):
    """Shows the photos of one place, or those that have the words in the search field.

    Signals
    -------
    label_asked
        Own photos of a device are to get their labels: its id.
    place_shown
        The photos of a place were read, or read again.
    """

    label_asked = Signal(str)
    place_shown = Signal(Place)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme = services.theme
        self._place = ALL_PHOTOS
        self._view = PlaceView(grouping=GROUPINGS[services.app.preferences.now.sections])
        self._content: PlaceContent | None = None
        self._whole: PlaceContent | None = None
        self._theme = theme
        self._title, self._about = ElidedLabel("h1"), ElidedLabel("muted")
        self.search_field = SearchField(theme)
        self.search_field.textChanged.connect(self._look_for)
        self.add_menu = QMenu(self)
        self.add_button = button(theme, tr("Add photos"), icon="plus", name=tr("Add photos"))
        self.add_button.clicked.connect(self._open_add_menu)
        self.start_button = button(theme, tr("Start Finetuning"), role="primary")
        self.messages, self.progress = MessageBar(theme), ProgressStrip(theme)
        self.hint = MessageBar(theme)
        self.device_thumbnails = DeviceThumbnails(services.app, services.runner)
        self.strip = SearchStrip(services, self.device_thumbnails)
        self.results = AllResults(services, self.device_thumbnails)
        self.grid = PhotoGrid(theme, services.thumbnails, name=tr("Photos"), away=self.device_thumbnails)
        self._words = PlaceReader(self.grid, services, self.show_content)
        self.view_bar, self.filters = ViewBar(services), FilterBar(services)
        self.empty, self._nothing = EmptyState(theme), NothingHere(theme)
        self._connect_view()
        self.over.connect(self.empty.show_over)
        self._cards: dict[PlaceKind, QWidget] = {}
        self._pages: dict[PlaceKind, QWidget] = {}
        self._card_slot = column(spacing=0)
        self._stack = QStackedWidget()
        # Its largest page, which is seldom shown, must not squeeze what is above.
        self._stack.setMinimumHeight(_LEAST_PHOTOS)
        for page in (self.grid, self.empty, self._nothing, self.results):
            self._stack.addWidget(page)
        self._title.setMinimumWidth(_LEAST_TITLE)
        tools = row(self._title, self.search_field, self.add_button, self.start_button, spacing=10)
        tools.setStretch(0, 1)
        tools.setStretch(1, 1)
        # What is said of the photos has the whole width: it is long where some are on devices.
        top = column(tools, self._about, spacing=2, margins=(24, 18, 24, 6))
        above = column(
            self.messages,
            self.progress,
            self.hint,
            self.strip,
            self._card_slot,
            self.view_bar,
            self.filters,
            spacing=8,
            margins=(24, 0, 24, 0),
        )
        layout = column(top, above, row(self._stack, margins=(19, 4, 10, 0)), spacing=6)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        theme.follow(self, self._show_tools)

    def set_card(self, kind: PlaceKind, card: QWidget) -> None:
        """Show ``card`` above the photos of every place of a kind."""
        self._cards[kind] = card
        self._card_slot.addWidget(card)
        card.setVisible(self._content is not None and self._content.place.kind == kind)

    def set_page(self, kind: PlaceKind, page: QWidget) -> None:
        """Show ``page`` instead of photos in every place of a kind."""
        self._pages[kind] = page
        self._stack.addWidget(page)

    @property
    def content(self) -> PlaceContent | None:
        """What is shown; None until it was read first."""
        return self._content

    def read(self, place: Place) -> None:
        """Read a place and show it; in another place than before, words and filters are gone."""
        if place != self._place:
            self._place = place
            self._view = PlaceView(grouping=self._view.grouping)
            self._forget_wishes()
            self.device_thumbnails.try_again()
        self._words.read(place, self._view)

    def freshen(self) -> None:
        """Read at once what is said of the photos on the screen; the whole place takes longer."""
        self._words.freshen()

    def show_content(self, content: PlaceContent) -> None:
        """Show a place; what was selected stays selected where the same place is shown again."""
        same = self._content is not None and self._content.place == content.place
        before = self._content.hint if self._content is not None and same else None
        if content.place != self._place:
            # The place is gone: words and filters were about its photos.
            self._view = content.view
            self._forget_wishes()
        self._place, self._content = content.place, content
        if not self.filters.isHidden():
            # What there is to choose from may have changed with the photos.
            self.filters.read_choices()
        if not content.view.narrowed:
            self._whole = content
        if content.hint != before:
            self._show_hint(content.hint)
        elif not same:
            self.hint.hide()
        self._about.say(content.about)
        for kind, card in self._cards.items():
            card.setVisible(kind == content.place.kind)
        self.view_bar.show_content(content)
        self.filters.show_place(content.place)
        self.view_bar.show_filters(in_use=content.view.filters != PlaceView().filters)
        self.grid.show_rows(content.rows, content.sections, stay=same)
        self.view_bar.show_selected(self.grid.chosen_count)
        self._show_page(content)
        self._make_room()
        self.place_shown.emit(content.place)

    def show_results(self, shown: bool) -> None:
        """Show all results of a search in the place of the photos, or the photos again."""
        if shown:
            self._stack.setCurrentWidget(self.results)
            self._make_room()
        elif self._stack.currentWidget() is self.results:
            self._stack.setCurrentWidget(self.grid)
            if self._content is not None:
                self.show_content(self._content)

    def _make_room(self) -> None:
        """What is said of the photos of a place has no business above results from everywhere, or above none."""
        shown = self._stack.currentWidget() in (self.grid, self._nothing)
        self.view_bar.setVisible(shown)
        self.filters.setVisible(shown and self.view_bar.filter_button.isChecked())
        if self._stack.currentWidget() is self.results:
            for card in self._cards.values():
                card.hide()

    def show_run(self, share: float | None, missing: str, *, paused: bool = False) -> None:
        """Show on the button that a run is under way, paused, can be started, or what is missing for it."""
        running = share is not None
        # Where something is missing it says so, and offers the way to it.
        self.start_button.setEnabled(not running)
        explain(self.start_button, "" if running else missing)
        idle = tr("Go on") if paused else tr("Start Finetuning")
        self.start_button.setText(tr("Finetuning · {share}", share=percent(share)) if share is not None else idle)
        set_tone(self.start_button, "soft" if running else "" if missing else "primary", "role")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Where there is little room, the panel's own Start button has to do."""
        super().resizeEvent(event)
        self._show_tools()

    def _show_hint(self, hint: LabelHint | None) -> None:
        if hint is None:
            self.hint.hide()
            return
        self.hint.say(hint.text, action=tr("Label its photos …"), act=lambda: self.label_asked.emit(hint.device_id))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Accept files, but not the library's own photos."""
        if photos_of(event.mimeData()):
            event.ignore()
        else:
            super().dragEnterEvent(event)

    def _connect_view(self) -> None:
        bar = self.view_bar
        bar.grouped.connect(lambda grouping: self._want(replace(self._view, grouping=grouping, order=None)))
        bar.ordered.connect(lambda order: self._want(replace(self._view, order=order, grouping="usual")))
        bar.filters_toggled.connect(self.filters.set_open)
        bar.cleared.connect(self.clear_filters)
        self.grid.chosen_changed.connect(lambda: bar.show_selected(self.grid.chosen_count))
        self._nothing.clear_asked.connect(self.clear_filters)
        self.filters.changed.connect(lambda filters: self._want(replace(self._view, filters=filters)))

    def clear_filters(self) -> None:
        """Show the whole place again."""
        view = replace(self._view, text="", filters=PlaceView().filters)
        # Before the field is cleared, which would ask for the same.
        self._view = view
        self._forget_wishes()
        self._want(view)

    def _forget_wishes(self) -> None:
        self.search_field.clear()
        self.filters.clear(quietly=True)

    def _look_for(self, text: str) -> None:
        """Look for the words of the search field, soon."""
        words = text.strip()
        if words and self._place.kind in self._pages:
            # A page of its own has no photos to look among: all there are is where the words lead.
            self._place = ALL_PHOTOS
            self._view = PlaceView(grouping=self._view.grouping)
        if words != self._view.text:
            self._want(replace(self._view, text=words), soon=bool(words))

    def _want(self, view: PlaceView, *, soon: bool = False) -> None:
        """Show the place in another way; the whole of it at once, as it was known last."""
        self._view = view
        whole = self._whole
        if whole is not None and (whole.place, whole.view) == (self._place, view):
            self.show_content(whole)
        self._words.read(self._place, view, soon=soon)

    def _show_page(self, content: PlaceContent) -> None:
        """Show the photos, or say why there are none."""
        empty = content.place == ALL_PHOTOS and not content.total and not content.view.narrowed
        if self._stack.currentWidget() is not self.results or empty:
            own = self._pages.get(content.place.kind)
            if own is not None:
                self._stack.setCurrentWidget(own)
            elif content.rows:
                self._stack.setCurrentWidget(self.grid)
            elif empty:
                self._stack.setCurrentWidget(self.empty)
            else:
                narrowed = content.view.narrowed
                self._nothing.say(_why_none_found(content) if narrowed else _why_empty(content), clear=narrowed)
                self._stack.setCurrentWidget(self._nothing)
        self._title.say("" if empty else content.title)
        self._about.say("" if empty or content.place.kind in self._pages else content.about)
        self._show_tools()

    def _show_tools(self) -> None:
        started = self._stack.currentWidget() is not self.empty
        self.search_field.setVisible(started)
        self.add_button.setVisible(started)
        # Larger texts need more room: the buttons give way before the search field does.
        pixels = self._theme.pixels
        self.start_button.setVisible(started and self.width() >= pixels(_ROOM_FOR_START))
        self.add_button.setText(tr("Add photos") if self.width() >= pixels(_ROOM_FOR_ADD) else "")

    def _open_add_menu(self) -> None:
        self.add_menu.popup(self.add_button.mapToGlobal(self.add_button.rect().bottomLeft()))


def add_to_menu(menu: QMenu, text: str, call: Callable[[], object]) -> None:
    """Add an entry to a menu."""
    menu.addAction(text).triggered.connect(lambda: call())


def _why_empty(content: PlaceContent) -> str:
    reasons: dict[PlaceKind, str] = {
        "device": tr("This device holds no photo yet. Start Finetuning hands photos out by itself."),
        "group": tr("No album is shared with this group yet. Choose albums with a right click on it."),
        "favourites": tr("There is no favourite yet. Select photos and press F, or click on the heart of one."),
        "recent": tr("No photo came into the library lately. Add some, or drop them here."),
        "tag": tr("No photo has this tag yet. Drag some onto it, or tag them with a right click."),
        "trash": tr("The trash is empty. What is put here can be taken back for 30 days."),
        "duplicates": tr("No two photos look alike."),
    }
    usual = tr("There is no photo here yet. Drop some, or add them with a right click on photos elsewhere.")
    return reasons.get(content.place.kind, usual)


def _why_none_found(content: PlaceContent) -> str:
    text = content.view.text
    if text and named_file(text) is not None:
        return tr("Press Enter to search with this photo.")
    if content.view.filters != PlaceView().filters:
        return tr("No photo here has all that the filters ask for.")
    if content.place.kind in ("device", "group") or content.place == ALL_PHOTOS:
        return tr(
            "No photo has these words in its name, its tags or the names of its albums."
            " Clear the search field to see all again."
        )
    return tr(
        "No photo here has these words in its name, its tags or the names of its albums."
        " Clear the search field to see all again."
    )
