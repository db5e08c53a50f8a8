"""Everything with which a person brings order into the library, made and joined in one place."""

from __future__ import annotations

from letspic_desktop.ui.grid.actions import GridActions
from letspic_desktop.ui.habits.history_actions import add_history_actions
from letspic_desktop.ui.habits.window_settings import WindowSettings
from letspic_desktop.ui.organise.album_control import AlbumControl
from letspic_desktop.ui.organise.duplicates_control import DuplicatesControl
from letspic_desktop.ui.organise.import_control import ImportControl
from letspic_desktop.ui.organise.photo_actions import PhotoActions
from letspic_desktop.ui.organise.photo_menu import PhotoMenu
from letspic_desktop.ui.organise.tag_control import TagControl
from letspic_desktop.ui.organise.trash_control import TrashControl
from letspic_desktop.ui.organise.watched_folders import WatchedFolders
from letspic_desktop.ui.page.photo_page import PhotoPage
from letspic_desktop.ui.queries import Overview
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.sidebar.control import SidebarControl
from letspic_desktop.ui.sidebar.panel import Sidebar


class Organising:
    """Albums, tags, trash, duplicates, watched folders, the menu of photos, and undo."""

    def __init__(
        self, shell: Shell, sidebar: Sidebar, page: PhotoPage, imports: ImportControl, settings: WindowSettings
    ) -> None:
        self.albums = AlbumControl(shell)
        self.tags = TagControl(shell, settings)
        self.trash = TrashControl(shell)
        self.photos = PhotoActions(shell)
        self.menu = PhotoMenu(shell, self.photos, self.albums, self.tags, self.trash)
        self.sidebar = SidebarControl(shell, sidebar, self.albums, self.tags, self.trash, imports)
        self.keys = GridActions(shell, page, self.photos, self.trash)
        add_history_actions(shell)
        self.duplicates = DuplicatesControl(shell, sidebar.show_lookalikes)
        self.watched = WatchedFolders(shell)
        page.set_card("trash", self.trash.card)
        page.set_page("duplicates", self.duplicates.page)
        self._settings, self._list = settings, sidebar

    def show_overview(self, overview: Overview) -> None:
        """Take what there is now."""
        self.duplicates.refresh(overview)
        self.watched.refresh()

    def close(self) -> None:
        """Remember what the person is used to."""
        self._settings.remember_folded(self._list.folded)
