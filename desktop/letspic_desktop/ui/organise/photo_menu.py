"""The context menu of photos."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QPoint
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.look.menus import entry, plain, tick
from letspic_desktop.ui.organise.album_control import AlbumControl
from letspic_desktop.ui.organise.chosen_photos import ChosenPhotos, ReadChosen
from letspic_desktop.ui.organise.photo_actions import PhotoActions
from letspic_desktop.ui.organise.tag_control import TagControl
from letspic_desktop.ui.organise.trash_control import TrashControl
from letspic_desktop.ui.places import Place
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, tr

_STARS: Final = "★★★★★"


class PhotoMenu:
    """Opens the menu for some photos, as soon as it is known what they are."""

    def __init__(
        self, shell: Shell, actions: PhotoActions, albums: AlbumControl, tags: TagControl, trash: TrashControl
    ) -> None:
        self._shell = shell
        self._actions = actions
        self._albums = albums
        self._tags = tags
        self._trash = trash

    def popup(self, rows: Sequence[PhotoRow], at: QPoint, place: Place | None = None) -> None:
        """Open the menu for ``rows`` at a point of the screen; ``place`` is where they are shown."""
        if not rows:
            return
        photos = tuple(row.key for row in rows if isinstance(row.key, str) and not row.where)

        def show(chosen: ChosenPhotos) -> None:
            self._make(list(rows), chosen, place).popup(at)

        self._shell.services.runner.start(ReadChosen(photos=photos), done=show)

    def _make(self, rows: Sequence[PhotoRow], chosen: ChosenPhotos, place: Place | None) -> QMenu:
        menu = QMenu(self._shell.widget)
        menu.setObjectName("photoMenu")
        menu.aboutToHide.connect(menu.deleteLater)
        entry(menu, tr("Open"), lambda: self._shell.open_photos(rows, 0), key="Return")
        entry(menu, tr("Search similar"), lambda: self._shell.search(rows[0]), key="Ctrl+E")
        if not chosen.photos:
            return menu
        menu.addSeparator()
        if chosen.trashed:
            self._fill_trash(menu, chosen)
        else:
            self._fill(menu, chosen, place)
        return menu

    def _fill(self, menu: QMenu, chosen: ChosenPhotos, place: Place | None) -> None:
        photos, actions = chosen.keys, self._actions
        self._fill_rating(menu.addMenu(tr("Rating")), chosen)
        tick(menu, tr("Favourite"), chosen.all_favourites, lambda on: actions.set_favourite(photos, on))
        self._albums.fill_for_photos(menu.addMenu(tr("Add to album")), photos)
        self._tags.fill_for_photos(menu.addMenu(tr("Tags")), photos, chosen.tags)
        self._fill_album(menu, chosen, place)
        menu.addSeparator()
        entry(menu, tr("Rotate left"), lambda: actions.rotate(photos, -1))
        entry(menu, tr("Rotate right"), lambda: actions.rotate(photos, 1))
        one = len(photos) == 1
        text = tr("Change the date …") if one else tr("Shift their dates …")
        entry(menu, text, lambda: actions.change_date(chosen.photos))
        menu.addSeparator()
        self._fill_files(menu, chosen)
        menu.addSeparator()
        text = counted(len(photos), "Move to the trash", "Move {n} photos to the trash")
        entry(menu, text, lambda: self._trash.put(photos), key="Del")

    def _fill_rating(self, menu: QMenu, chosen: ChosenPhotos) -> None:
        group = QActionGroup(menu)
        for stars in range(6):
            text = _STARS[:stars] if stars else tr("No stars")
            action = entry(menu, text, partial(self._actions.rate, chosen.keys, stars))
            action.setCheckable(True)
            action.setChecked(chosen.rating == stars)
            group.addAction(action)

    def _fill_album(self, menu: QMenu, chosen: ChosenPhotos, place: Place | None) -> None:
        album = self._albums.at(place) if place is not None else None
        tag = self._tags.at(place) if place is not None else None
        if album is not None:
            name = plain(album.name)
            entry(menu, tr("Remove from {name}", name=name), lambda: self._albums.remove(album, chosen.keys))
            entry(
                menu,
                tr("Set as cover of {name}", name=name),
                lambda: self._albums.set_cover(album, chosen.keys[0]),
                why_not="" if len(chosen.photos) == 1 else tr("one photo can be the cover"),
            )
        if tag is not None and tag.name in chosen.tags:
            name = plain(tag.name)
            entry(menu, tr("Take the tag {name} off", name=name), lambda: self._tags.take_off(tag.name, chosen.keys))

    def _fill_files(self, menu: QMenu, chosen: ChosenPhotos) -> None:
        actions, photos = self._actions, chosen.keys
        gone = "" if chosen.there else tr("its file is not where it was")
        one = len(photos) == 1
        entry(menu, tr("Show in folder"), lambda: actions.show_in_folder(chosen.file), why_not=gone)
        why_not = gone if one else tr("one picture at a time")
        entry(menu, tr("Copy picture"), lambda: actions.copy_picture(photos[0]), why_not=why_not)
        text = tr("Copy path") if one else tr("Copy paths")
        entry(menu, text, lambda: actions.copy_paths(photos))
        entry(menu, counted(len(photos), "Save a copy …", "Save {n} copies …"), lambda: actions.save_copies(photos))

    def _fill_trash(self, menu: QMenu, chosen: ChosenPhotos) -> None:
        photos = chosen.keys
        entry(menu, tr("Restore"), lambda: self._trash.restore(photos))
        menu.addSeparator()
        self._fill_files(menu, chosen)
        menu.addSeparator()
        entry(menu, tr("Forget for good (the files stay) …"), lambda: self._trash.forget(photos), key="Del")
