"""The window: its parts, and which of them hears of what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QImage, QKeySequence
from PySide6.QtWidgets import QMainWindow, QWidget

from letspic_desktop.application import AppEvent, DeviceChanged, LibraryChanged, RunChanged
from letspic_desktop.library.albums import Album
from letspic_desktop.operations.finetune import FinetuneReport
from letspic_desktop.ui.action_book import ActionBook, Keys, Section
from letspic_desktop.ui.device_control import DeviceControl
from letspic_desktop.ui.dialogs.pairing import MakeFinder, look_everywhere
from letspic_desktop.ui.dialogs.shortcuts import show_shortcuts
from letspic_desktop.ui.finetune_control import FinetuneControl
from letspic_desktop.ui.finetune_panel import FinetunePanel
from letspic_desktop.ui.import_control import ImportControl
from letspic_desktop.ui.message_bar import MessageBar
from letspic_desktop.ui.photo_menu import PhotoMenu
from letspic_desktop.ui.photo_model import PhotoRow
from letspic_desktop.ui.photo_page import PhotoPage, add_to_menu
from letspic_desktop.ui.places import ALL_PHOTOS, Place
from letspic_desktop.ui.queries import (
    Overview,
    PlaceContent,
    ReadOverview,
    ReadPlace,
    ReadWelcome,
    Welcome,
)
from letspic_desktop.ui.search_control import SearchControl
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.settings import WindowSettings
from letspic_desktop.ui.sidebar import Sidebar
from letspic_desktop.ui.texts import percent, tr
from letspic_desktop.ui.viewer import Viewer
from letspic_desktop.ui.widgets import row
from letspic_shared.errors import KnownError

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
        self, services: Services, settings: WindowSettings, *, make_finder: MakeFinder = look_everywhere
    ) -> None:
        super().__init__()
        self._services = services
        self._settings = settings
        self._overview: Overview | None = None
        self._place = settings.place
        self.actions_book = ActionBook(self)
        self.sidebar = Sidebar(services.theme, self.actions_book)
        self.page = PhotoPage(services)
        self.panel = FinetunePanel(services.theme)
        self._share: float | None = None
        self.imports = ImportControl(self, services, self.page.progress, self.page.messages, self.refresh)
        self.finetuning = FinetuneControl(services, self.panel, self._complain_of_run)
        self.searching = SearchControl(services, self.page.strip, self._group_name, self.page.messages.complain)
        self.devices = DeviceControl(self, services, self.page.messages, make_finder)
        self._photo_menu = PhotoMenu(self, services, self.searching.search, self._open_alone)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_REFRESH_MS)
        self._later.timeout.connect(self._read)
        self._lay_out()
        self._connect()
        self._add_actions()
        self._unsubscribe = services.app.subscribe(self._hear)
        self._restore()

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
        return self._chosen_rows()

    def search(self, row: PhotoRow) -> None:
        """Search for photos like one."""
        self.searching.search(row)

    def search_picture(self, picture: QImage, name: str) -> None:
        """Search for photos like a picture that has no file."""
        self.searching.search_picture(picture, name)

    def open_photos(self, rows: Sequence[PhotoRow], number: int) -> None:
        """Show photos in full, beginning with one of them."""
        self._open(rows, number)

    def open_first(self) -> None:
        """Read the library, connect to the devices, and show the result of a run where there is one to show."""
        self._read()
        self.devices.connect_fleet()
        self.page.grid.setFocus()
        if self._settings.first_start:
            self._services.runner.start(ReadWelcome(), done=self._welcome)

    def go(self, place: Place) -> None:
        """Show the photos of a place."""
        self._place = place
        self.sidebar.mark(place)
        if place.kind == "group":
            self.finetuning.choose(place.key)
        self._services.runner.start(ReadPlace(place=place), done=self._show_content)

    def refresh(self) -> None:
        """Read everything again soon."""
        if not self._later.isActive():
            self._later.start()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Remember where the person was."""
        self._unsubscribe()
        self._settings.save(
            look=self._services.theme.choice,
            geometry=self.saveGeometry(),
            photo_side=self.page.grid.side,
            place=self._place,
        )
        super().closeEvent(event)

    def _lay_out(self) -> None:
        body = QWidget()
        layout = row(self.sidebar, self.page, self.panel, spacing=0)
        layout.setStretch(1, 1)
        body.setLayout(layout)
        self.setCentralWidget(body)
        self.setWindowTitle(tr("LetsPic"))
        self.setWindowIcon(self._services.theme.icon("photos", "accent", 64))
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
        page.start_button.clicked.connect(self._start_or_explain)
        page.grid.opened.connect(lambda number: self._open(page.grid.photos.rows, number))
        page.grid.customContextMenuRequested.connect(
            lambda at: self._photo_menu.popup(
                self._chosen_rows(), page.grid.viewport().mapToGlobal(at), self._albums(), self._album()
            )
        )
        page.strip.opened.connect(self._open_alone)
        page.strip.menu_asked.connect(lambda found, at: self._photo_menu.popup([found], at, self._albums(), None))
        page.label_asked.connect(self.devices.label_photos)
        panel.fix_asked.connect(self._act)
        self.finetuning.changed.connect(lambda share: self._show_run(share))
        self.finetuning.status_shown.connect(lambda: self._show_run(self._share))
        self.finetuning.finished.connect(self._after_run)
        self.devices.views_changed.connect(self._show_views)
        self.devices.library_changed.connect(self.refresh)
        self.devices.group_made.connect(lambda group_id: self._group_made(group_id))

    def _add_actions(self) -> None:
        keys = QKeySequence.StandardKey
        changes = self._services.changes
        wanted: list[tuple[Section, str, Keys, Callable[[], object]]] = [
            ("library", tr("Add a folder of photos"), keys.Open, self.imports.choose_folder),
            ("library", tr("Undo"), keys.Undo, changes.undo),
            ("library", tr("Redo"), keys.Redo, changes.redo),
            ("library", tr("All photos"), "Ctrl+1", lambda: self.go(ALL_PHOTOS)),
            ("library", tr("Read the library again"), keys.Refresh, self.refresh),
            ("library", tr("Quit"), "Ctrl+Q", self.close),
            ("search", tr("Search"), keys.Find, self._focus_search),
            ("search", tr("Search similar to the selected photo"), "Ctrl+E", self._search_chosen),
            ("search", tr("Search with the photo in the clipboard"), keys.Paste, self._paste),
            ("search", tr("Close the results"), "Esc", self._close_results),
            ("group", tr("Start Finetuning"), "Ctrl+Return", self._start_or_explain),
            ("group", tr("Add device"), "Ctrl+D", lambda: self.devices.add_device(self.finetuning.group)),
            ("view", tr("Light, dark, or as the system"), "Ctrl+L", self._services.theme.next),
            ("help", tr("Keyboard shortcuts"), keys.HelpContents, self._show_shortcuts),
        ]
        for section, text, key, call in wanted:
            self.actions_book.add(section, text, call, key)

    def _restore(self) -> None:
        if self._settings.geometry is None or not self.restoreGeometry(self._settings.geometry):
            screen = QGuiApplication.primaryScreen()
            room = screen.availableSize() if screen is not None else None
            self.resize(min(_WIDTH, room.width()) if room else _WIDTH, min(_HEIGHT, room.height()) if room else _HEIGHT)
        if self._settings.photo_side is not None:
            self.page.grid.set_side(self._settings.photo_side)

    def _hear(self, event: AppEvent) -> None:
        # Any thread may tell events; they are shown in the window's own.
        self._services.dispatcher.post(lambda: self._take(event))

    def _take(self, event: AppEvent) -> None:
        if isinstance(event, LibraryChanged):
            self.refresh()
        elif isinstance(event, DeviceChanged):
            self.devices.take(event)
        elif isinstance(event, RunChanged):
            self.finetuning.take(event)

    def _read(self) -> None:
        self._services.runner.start(ReadOverview(), done=self._show_overview)
        self._services.runner.start(ReadPlace(place=self._place), done=self._show_content)

    def _show_overview(self, overview: Overview) -> None:
        self._overview = overview
        self.devices.show_overview(overview)
        self.sidebar.show_overview(overview, self.devices.views)
        self.finetuning.show_groups(overview.groups)
        self.panel.setVisible(bool(overview.photos or overview.groups))
        self.page.messages.check()

    def _show_content(self, content: PlaceContent) -> None:
        if content.place != self._place and content.place != ALL_PHOTOS:
            return
        self._place = content.place
        self.sidebar.mark(content.place)
        self.page.show_content(content)
        self.setWindowTitle(tr("{title} – LetsPic", title=content.title))

    def _show_views(self) -> None:
        if self._overview is not None:
            self.sidebar.show_overview(self._overview, self.devices.views)
        self.panel.show_views(self.devices.views)
        self.page.messages.check()

    def _show_run(self, share: float | None) -> None:
        self._share = share
        missing = self.panel.missing
        self.page.show_run(share, missing[0] if missing is not None else "")
        self.page.messages.check()

    def _complain_of_run(self, error: KnownError) -> None:
        """Say why a run failed, until the next one starts or, where no device was there, until one is."""
        alone = not self._some_online()
        self.page.messages.complain(
            error, holds=lambda: not self.finetuning.running and not (alone and self._some_online())
        )

    def _some_online(self) -> bool:
        status = self.finetuning.status
        views = [self.devices.views.get(device.id) for device in status.devices] if status is not None else []
        return any(view is not None and view.online for view in views)

    def _welcome(self, welcome: Welcome | None) -> None:
        if welcome is None:
            return
        self.go(Place(kind="group", key=welcome.group_id))
        self.page.strip.choose("both")
        self.searching.search(welcome.query)

    def _after_run(self, report: FinetuneReport) -> None:
        """Say what the run brought, and show it on the search that is open, or offer one."""
        text = tr("Fine-tuning is done.")
        if report.held_out is not None:
            before, after = percent(report.held_out.map_before), percent(report.held_out.map_after)
            text = tr("Fine-tuning is done: retrieval accuracy {before} → {after}.", before=before, after=after)
        self.page.strip.choose("both")
        if self.page.strip.isHidden():
            self.page.messages.say(text, "good", action=tr("Try a search"), act=self._search_some)
        else:
            self.page.messages.say(text, "good")
            self.searching.again()
        self.refresh()

    def _search_some(self) -> None:
        for one in [*self._chosen_rows(), *self.page.grid.photos.rows][:1]:
            self.searching.search(one)

    def _act(self, what: str) -> None:
        group = self.finetuning.group
        if what == "new-group":
            self.devices.new_group()
        elif what == "add-device":
            self.devices.add_device(group)
        elif what == "albums" and group is not None:
            self.devices.choose_albums(group.id)
        elif what == "failures":
            self.imports.show_all_failures()

    def _start_or_explain(self) -> None:
        """Start, or say what is missing first, with the button that brings it."""
        missing = self.panel.missing
        if self.finetuning.running:
            return
        if missing is None:
            self.panel.start_button.click()
        else:
            text, word, what = missing
            self.page.messages.say(
                text, "warn", action=word, act=lambda: self._act(what), holds=lambda: self.panel.missing == missing
            )

    def _group_made(self, group_id: str) -> None:
        self.refresh()
        self.go(Place(kind="group", key=group_id))

    def _chosen_rows(self) -> list[PhotoRow]:
        chosen = set(self.page.grid.chosen)
        return [one for one in self.page.grid.photos.rows if one.key in chosen]

    def _search_chosen(self) -> None:
        for one in self._chosen_rows()[:1]:
            self.searching.search(one)

    def _open(self, rows: Sequence[PhotoRow], number: int) -> None:
        Viewer(self, self._services, list(rows), number).show()

    def _open_alone(self, one: PhotoRow) -> None:
        self._open([one], 0)

    def _focus_search(self) -> None:
        self.page.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.page.search_field.selectAll()

    def _paste(self) -> None:
        if not self.page.search_field.take(QGuiApplication.clipboard().mimeData()):
            self.page.messages.say(tr("There is no photo in the clipboard. Copy one first."), "plain")

    def _close_results(self) -> None:
        if not self.page.strip.isHidden():
            self.page.strip.hide()
            self.page.strip.closed.emit()

    def _show_shortcuts(self) -> None:
        show_shortcuts(self, self._services.theme, self.actions_book)

    def _group_name(self) -> str | None:
        group = self.finetuning.group
        return group.name if group is not None else None

    def _albums(self) -> list[Album]:
        return list(self._overview.albums) if self._overview is not None else []

    def _album(self) -> Album | None:
        if self._place.kind != "album":
            return None
        return next((one for one in self._albums() if str(one.id) == self._place.key), None)

    def _album_name(self) -> str | None:
        album = self._album()
        return album.name if album is not None else None
