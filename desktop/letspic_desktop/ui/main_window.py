"""The window: its parts, and which of them hears of what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QImage, QKeySequence
from PySide6.QtWidgets import QMainWindow, QWidget

from letspic_desktop.application import AppEvent, DeviceChanged, LibraryChanged, RunChanged
from letspic_desktop.preferences import Sections
from letspic_desktop.ui.action_book import USUAL, ActionBook, Keys, Section
from letspic_desktop.ui.dialogs.pairing import MakeFinder, look_everywhere
from letspic_desktop.ui.finetune.announcer import RunAnnouncer
from letspic_desktop.ui.finetune.control import FinetuneControl
from letspic_desktop.ui.finetune.panel import FinetunePanel
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.groups.device_control import DeviceControl
from letspic_desktop.ui.habits.habits import Habits
from letspic_desktop.ui.habits.mistakes import Mistakes
from letspic_desktop.ui.habits.upkeep import Upkeep
from letspic_desktop.ui.habits.window_settings import WindowSettings
from letspic_desktop.ui.look.message_bar import MessageBar
from letspic_desktop.ui.look.widgets import row
from letspic_desktop.ui.organise.import_control import ImportControl
from letspic_desktop.ui.organise.organising import Organising
from letspic_desktop.ui.page.photo_page import GROUPINGS, PhotoPage, add_to_menu
from letspic_desktop.ui.places import ALL_PHOTOS, Place
from letspic_desktop.ui.queries import (
    Overview,
    ReadOverview,
    ReadWelcome,
    Welcome,
)
from letspic_desktop.ui.search.commands import SearchCommands
from letspic_desktop.ui.search.control import SearchControl
from letspic_desktop.ui.search.history_menu import SearchHistoryMenu
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.sidebar.panel import Sidebar
from letspic_desktop.ui.texts import tr
from letspic_desktop.ui.viewer.control import ViewerControl

_REFRESH_MS: Final = 60
_WIDTH, _HEIGHT = 1360, 860


class MainWindow(QMainWindow):
    """Sidebar, photos, and the fine-tuning panel.

    Parameters
    ----------
    make_finder
        What looks for devices on the network.
    """

    def __init__(
        self,
        services: Services,
        settings: WindowSettings,
        mistakes: Mistakes,
        *,
        make_finder: MakeFinder = look_everywhere,
    ) -> None:
        super().__init__()
        self._services = services
        self._settings = settings
        self.mistakes = mistakes
        self.reopen_wanted = False
        self._overview: Overview | None = None
        self._place = settings.place
        self.actions_book = ActionBook(self)
        self.sidebar = Sidebar(services.theme, self.actions_book, settings.folded)
        self.page = PhotoPage(services)
        self.panel = FinetunePanel(services.theme)
        self.imports = ImportControl(self, services, self.page.progress, self.page.messages, self.refresh)
        self.searching = SearchControl(self, self.page, self._group_name)
        self.search_history = SearchHistoryMenu(self, self.page.search_field, self.searching.search_again)
        self.devices = DeviceControl(self, self.page, make_finder)
        self.runs = RunAnnouncer(self, self.page, self.panel, self.searching, lambda: self.devices.views, self._act)
        self.organising = Organising(self, self.sidebar, self.page, self.imports, settings)
        self.viewing = ViewerControl(self, settings)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_REFRESH_MS)
        self._later.timeout.connect(self._read)
        self._lay_out()
        self._connect()
        self._add_actions()
        self.habits = Habits(self, mistakes.reports, self, self._reopen)
        self.upkeep = Upkeep(self, lambda: self.imports.busy, self.organising.watched.find_again)
        self._unsubscribe = services.app.subscribe(self._hear)
        self._restore()

    @property
    def finetuning(self) -> FinetuneControl:
        """The group in the panel, and its run."""
        return self.runs.finetuning

    @property
    def services(self) -> Services:
        """The program behind the window."""
        return self._services

    @property
    def widget(self) -> QWidget:
        """The parent of dialogs."""
        return self

    @property
    def messages(self) -> MessageBar:
        """Says one sentence above the photos."""
        return self.page.messages

    @property
    def overview(self) -> Overview | None:
        """What the sidebar lists; None until it was read first."""
        return self._overview

    @property
    def place(self) -> Place:
        """Where the person is."""
        return self._place

    def chosen(self) -> list[PhotoRow]:
        """Return the selected photos."""
        return self.page.results.chosen if self.searching.shows_all else self.page.grid.chosen_rows

    def search(self, row: PhotoRow) -> None:
        """Search for photos like one."""
        self.searching.search(row)

    def search_picture(self, picture: QImage, name: str) -> None:
        """Search for photos like a picture that has no file."""
        self.searching.search_picture(picture, name)

    def open_photos(self, rows: Sequence[PhotoRow], number: int) -> None:
        """Show photos in full, beginning with one of them."""
        self.viewing.open(rows, number)

    def open_first(self, example: Path | None = None) -> None:
        """Read the library, connect to the devices, and show the result of a run where there is one to show.

        Parameters
        ----------
        example
            Photo that shows the result; any that the run did not learn from where None.
        """
        self._read()
        self.devices.connect_fleet()
        self.upkeep.start()
        self.page.grid.setFocus()
        if self._settings.first_start:
            self._services.runner.start(ReadWelcome(example=example), done=self._welcome)

    def go(self, place: Place) -> None:
        """Show the photos of a place."""
        self.searching.show_all(False)
        self._place = place
        self.sidebar.mark(place)
        if place.kind == "group":
            self.finetuning.choose(place.key)
        self._read_place()

    def refresh(self) -> None:
        """Read everything again soon."""
        if not self._later.isActive():
            self._later.start()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Remember where the person was."""
        self._unsubscribe()
        self.viewing.close()
        self.organising.close()
        self.habits.close()
        self.upkeep.close()
        self._settings.save(
            geometry=self.saveGeometry(),
            photo_side=self.page.grid.side,
            place=self._place,
            sidebar=self.habits.sidebar_wanted,
            panel=self.habits.panel_wanted,
            view=self.page.strip.view,
        )
        super().closeEvent(event)
        self.devices.close()

    def _lay_out(self) -> None:
        body = QWidget()
        layout = row(self.sidebar, self.page, self.panel, spacing=0)
        layout.setStretch(1, 1)
        body.setLayout(layout)
        self.setCentralWidget(body)
        self.setWindowTitle(tr("LetsPic"))
        self.setMinimumSize(980, 600)
        add_to_menu(self.page.add_menu, tr("Folder …"), self.imports.choose_folder)
        add_to_menu(self.page.add_menu, tr("Photos …"), lambda: self.imports.choose_files(self._album_name()))

    def _connect(self) -> None:
        sidebar, page, panel = self.sidebar, self.page, self.panel
        sidebar.went.connect(self.go)
        sidebar.action.connect(self._act)
        sidebar.add_device.connect(lambda: self.devices.add_device(self.finetuning.group))
        sidebar.menu_asked.connect(self.devices.menu)
        page.files_dropped.connect(lambda files: self.imports.import_paths(files, self._album_name()))
        page.empty.add_asked.connect(self.imports.choose_folder)
        page.empty.sample_asked.connect(self.imports.add_samples)
        page.search_field.photo_given.connect(self.searching.search_file)
        page.search_field.picture_given.connect(self.searching.search_picture)
        page.place_shown.connect(self._arrived)
        page.grid.opened.connect(lambda number: self.viewing.open(page.grid.photos.rows, number))
        page.grid.customContextMenuRequested.connect(
            lambda at: self.organising.menu.popup(self.chosen(), page.grid.viewport().mapToGlobal(at), self._place)
        )
        page.strip.menu_asked.connect(lambda found, at: self.organising.menu.popup([found], at))
        page.results.menu_asked.connect(
            lambda found, at: self.organising.menu.popup(page.results.chosen or [found], at)
        )
        page.label_asked.connect(self.devices.label_photos)
        panel.fix_asked.connect(self._act)
        self.finetuning.notice.connect(lambda title, text: self.habits.notifier.show(title, text))
        self.devices.views_changed.connect(self._show_views)
        self.devices.library_changed.connect(self.refresh)
        self.devices.group_made.connect(lambda group_id: self._group_made(group_id))

    def _add_actions(self) -> None:
        keys = QKeySequence.StandardKey
        wanted: list[tuple[Section, str, Keys, Callable[[], object], int]] = [
            ("library", tr("Add a folder of photos"), keys.Open, self.imports.choose_folder, 0),
            ("library", tr("All photos"), "Ctrl+1", lambda: self.go(ALL_PHOTOS), USUAL),
            ("library", tr("Read the library again"), keys.Refresh, self.refresh, USUAL),
            ("library", tr("Quit"), "Ctrl+Q", self.close, 9),
            ("group", tr("Start Finetuning"), "Ctrl+Return", self.runs.start, USUAL),
            ("group", tr("Add device"), "Ctrl+D", lambda: self.devices.add_device(self.finetuning.group), USUAL),
            ("view", tr("Light, dark, or as the system"), "Ctrl+L", self._services.theme.next, USUAL),
        ]
        for section, text, key, call, order in wanted:
            self.actions_book.add(section, text, call, key, order=order)
        self.search_commands = SearchCommands(self, self.page, self.searching)
        self.finetuning.add_actions(self.actions_book)

    def _restore(self) -> None:
        if self._settings.geometry is None or not self.restoreGeometry(self._settings.geometry):
            screen = QGuiApplication.primaryScreen()
            room = screen.availableSize() if screen is not None else None
            self.resize(min(_WIDTH, room.width()) if room else _WIDTH, min(_HEIGHT, room.height()) if room else _HEIGHT)
        if self._settings.photo_side is not None:
            self.page.grid.set_side(self._settings.photo_side)
        if self._settings.view is not None:
            self.page.strip.choose(self._settings.view)
        self.habits.show_parts(sidebar=self._settings.sidebar, panel=self._settings.panel)

    def set_parts(self, *, sidebar: bool, panel: bool) -> None:
        """Show or hide what is beside the photos; a library that is empty has no panel yet."""
        self.sidebar.setVisible(sidebar)
        something = self._overview is not None and bool(self._overview.photos or self._overview.groups)
        self.panel.setVisible(panel and something)

    def divide(self, sections: Sections) -> None:
        """Have headings of this kind between the photos."""
        self.page.view_bar.grouped.emit(GROUPINGS[sections])

    def _reopen(self) -> None:
        """Close this window and have it opened anew, as far as that ends nothing that is under way."""
        if self._services.runner.busy or self.finetuning.running:
            self.page.messages.say(tr("Some work is under way. Wait until it is done, then try it again."), "warn")
            return
        self.reopen_wanted = True
        self.close()

    def _hear(self, event: AppEvent) -> None:
        # Any thread may tell events; they are shown in the window's own.
        self._services.dispatcher.post(lambda: self._take(event))

    def _take(self, event: AppEvent) -> None:
        if isinstance(event, LibraryChanged):
            if "details" in event.parts:
                self.page.freshen()
            self.refresh()
        elif isinstance(event, DeviceChanged):
            self.devices.take(event)
        elif isinstance(event, RunChanged):
            self.finetuning.take(event)

    def _read(self) -> None:
        # The photos first: they are what people wait for, and the catalog answers one after the other.
        self._read_place()
        self._services.runner.start(ReadOverview(), done=self._show_overview)

    def _show_overview(self, overview: Overview) -> None:
        self._overview = overview
        self.devices.show_overview(overview)
        self.organising.show_overview(overview)
        self.sidebar.show_overview(overview, self.devices.views)
        self.finetuning.show_groups(overview.groups)
        self.set_parts(sidebar=self.habits.sidebar_wanted, panel=self.habits.panel_wanted)
        self.page.messages.check()

    def _read_place(self) -> None:
        self.page.read(self._place)

    def _arrived(self, place: Place) -> None:
        """A place is shown; all photos where the one that was asked for is gone."""
        self._place = place
        self.sidebar.mark(place)
        if self.page.content is not None:
            self.setWindowTitle(tr("{title} — LetsPic", title=self.page.content.title))

    def _show_views(self) -> None:
        if self._overview is not None:
            self.sidebar.show_overview(self._overview, self.devices.views)
        self.panel.show_views(self.devices.views)
        self.page.messages.check()

    def _welcome(self, welcome: Welcome | None) -> None:
        if welcome is None:
            return
        self.go(Place(kind="group", key=welcome.group_id))
        self.page.strip.choose("both")
        self.searching.search(welcome.query, remember=False)

    def _act(self, what: str) -> None:
        group = self.finetuning.group
        if what == "new-group":
            self.devices.new_group()
        elif what == "add-device":
            self.devices.add_device(group)
        elif what == "albums" and group is not None:
            self.devices.choose_albums(group.id)
        elif what.startswith("album:"):
            self.go(Place(kind="album", key=what.removeprefix("album:")))
        elif what == "failures":
            self.imports.show_all_failures()

    def _group_made(self, group_id: str) -> None:
        self.refresh()
        self.go(Place(kind="group", key=group_id))

    def _group_name(self) -> str | None:
        group = self.finetuning.group
        return group.name if group is not None else None

    def _album_name(self) -> str | None:
        """Return the name of the album that is shown, into which new photos go."""
        if self._overview is None or self._place.kind != "album":
            return None
        return next((one.name for one in self._overview.albums if str(one.id) == self._place.key), None)
