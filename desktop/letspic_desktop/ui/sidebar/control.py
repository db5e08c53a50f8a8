"""What the entries of the sidebar do: menus, keys, and what is dropped on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu

from letspic_desktop.operations.devices import RenameDevice
from letspic_desktop.operations.groups import RenameGroup
from letspic_desktop.operations.organise import SetFavourite
from letspic_desktop.ui.organise.album_control import AlbumControl
from letspic_desktop.ui.organise.import_control import ImportControl
from letspic_desktop.ui.organise.tag_control import TagControl
from letspic_desktop.ui.organise.trash_control import TrashControl
from letspic_desktop.ui.organise.undo_notice import change_and_tell
from letspic_desktop.ui.places import FAVOURITES, TRASH, Place
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.sidebar.entries import Entry
from letspic_desktop.ui.sidebar.panel import Sidebar
from letspic_desktop.ui.texts import counted, tr

_OWN: Final = frozenset(("album", "tag", "trash"))


class SidebarControl(QObject):
    """Albums, tags, the trash, and names; all else of groups and devices is done by controls of their own."""

    def __init__(
        self,
        shell: Shell,
        sidebar: Sidebar,
        albums: AlbumControl,
        tags: TagControl,
        trash: TrashControl,
        imports: ImportControl,
    ) -> None:
        super().__init__(shell.widget)
        self._shell, self._sidebar = shell, sidebar
        self._albums, self._tags, self._trash = albums, tags, trash
        self._imports = imports
        sidebar.action.connect(self._act)
        sidebar.menu_asked.connect(self._menu)
        sidebar.heading_menu_asked.connect(self._heading_menu)
        sidebar.renamed.connect(self._rename)
        sidebar.delete_asked.connect(self._delete)
        sidebar.model.photos_dropped.connect(self._take_photos)
        sidebar.model.files_dropped.connect(self._take_files)
        book = shell.actions_book
        book.add("library", tr("New album"), lambda: albums.new(), "Ctrl+Shift+N", order=1)
        book.add("library", tr("New tag"), lambda: tags.new(), order=1)
        book.add("library", tr("Empty the trash"), trash.empty, order=8)
        some = lambda: bool(shell.chosen())  # noqa: E731
        book.add("photos", tr("Add the selected photos to an album"), self._to_album, "Ctrl+B", enabled=some)

    def _act(self, what: str) -> None:
        if what == "new-album":
            self._albums.new()
        elif what == "new-tag":
            self._tags.new()

    def _menu(self, place: Place, at: QPoint) -> None:
        if place.kind not in _OWN:
            return
        menu = QMenu(self._shell.widget)
        menu.setObjectName("placeMenu")
        menu.aboutToHide.connect(menu.deleteLater)
        album, tag = self._albums.at(place), self._tags.at(place)
        rename = lambda: self._sidebar.rename(place)  # noqa: E731
        if album is not None:
            self._albums.fill(menu, album, rename)
        elif tag is not None:
            self._tags.fill(menu, tag, rename)
        elif place == TRASH:
            menu.addAction(tr("Empty trash …")).triggered.connect(lambda: self._trash.empty())
        if not menu.isEmpty():
            menu.popup(at)

    def _heading_menu(self, entry: Entry, at: QPoint) -> None:
        words = {"new-album": tr("New album …"), "new-tag": tr("New tag …"), "new-group": tr("New group …")}
        menu = QMenu(self._shell.widget)
        menu.aboutToHide.connect(menu.deleteLater)
        if entry.adds:
            menu.addAction(words[entry.adds]).triggered.connect(lambda: self._sidebar.action.emit(entry.adds))
        fold = tr("Show what is below") if entry.fold == "closed" else tr("Hide what is below")
        menu.addAction(fold).triggered.connect(lambda: self._sidebar.view.folded.emit(entry))
        menu.popup(at)

    def _rename(self, place: Place, name: str) -> None:
        album, tag, overview = self._albums.at(place), self._tags.at(place), self._shell.overview
        groups = {group.id: group.name for group in overview.groups} if overview is not None else {}
        runner, failed = self._shell.services.runner, self._shell.messages.complain
        if album is not None:
            self._albums.rename(album, name)
        elif tag is not None:
            self._tags.rename(tag, name)
        elif place.kind == "group" and place.key in groups:
            runner.start(RenameGroup(group=groups[place.key], name=name), failed=failed)
        elif place.kind == "device":
            runner.start(RenameDevice(device=place.key, name=name), failed=failed)

    def _delete(self, place: Place) -> None:
        album, tag = self._albums.at(place), self._tags.at(place)
        if album is not None:
            self._albums.delete(album)
        elif tag is not None:
            self._tags.delete(tag)

    def _take_photos(self, entry: Entry, photos: Sequence[str]) -> None:
        place = entry.place
        album = self._albums.at(place) if place is not None else None
        tag = self._tags.at(place) if place is not None else None
        if album is not None:
            self._albums.add(album, photos)
        elif tag is not None:
            self._tags.put(tag.name, photos)
        elif place == FAVOURITES:
            self._make_favourites(photos)
        elif place == TRASH:
            self._trash.put(photos)
        elif "new-album" in (entry.action, entry.adds):
            self._albums.new(photos)
        elif entry.adds == "new-tag":
            self._tags.new(photos=photos)

    def _take_files(self, entry: Entry, files: Sequence[Path]) -> None:
        album = self._albums.at(entry.place) if entry.place is not None else None
        self._imports.import_paths(files, album.name if album is not None else None, all_into_album=True)

    def _make_favourites(self, photos: Sequence[str]) -> None:
        text = counted(len(photos), "{n} photo is a favourite now.", "{n} photos are favourites now.")
        nothing = tr("They are favourites already.")
        change_and_tell(self._shell, SetFavourite(photos=tuple(photos)), text, nothing=nothing)

    def _to_album(self) -> None:
        self._albums.ask([row.key for row in self._shell.chosen() if isinstance(row.key, str) and not row.where])
