"""What a person does with albums: make, rename, merge, delete, fill, put in order, share. Each can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtWidgets import QMenu

from letspic_desktop.library.albums import Album
from letspic_desktop.library.groups import Group
from letspic_desktop.library.rows import name_key
from letspic_desktop.operations.groups import ShareAlbum, UnshareAlbum
from letspic_desktop.operations.organise import (
    AddToAlbum,
    CreateAlbum,
    DeleteAlbum,
    MergeAlbums,
    RemoveFromAlbum,
    RenameAlbum,
    SetAlbumCover,
    SortAlbum,
)
from letspic_desktop.ui.dialogs.base import ask_name
from letspic_desktop.ui.look.choice_popup import ChoicePopup
from letspic_desktop.ui.look.menus import entry, plain, tick
from letspic_desktop.ui.organise.undo_notice import change_and_tell
from letspic_desktop.ui.places import Place
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, number, tr

_MOST_IN_MENU: Final = 24


class AlbumControl:
    """Used by the sidebar and by the menu of photos."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    @property
    def albums(self) -> Sequence[Album]:
        """All albums by name."""
        return self._shell.overview.albums if self._shell.overview is not None else ()

    def at(self, place: Place) -> Album | None:
        """Return the album that a place is, or None."""
        if place.kind != "album":
            return None
        return next((one for one in self.albums if str(one.id) == place.key), None)

    def new(self, photos: Sequence[str] = ()) -> None:
        """Ask for a name and make an album of it, with photos (SHA-256) or empty."""
        title = tr("Name of the new album")
        if len(photos) > 1:
            title = tr("Name of the new album of {n} photos", n=number(len(photos)))
        ask_name(
            self._shell.widget,
            self._shell.services.theme,
            title,
            tr("Create"),
            lambda name: self._create(name, tuple(photos)),
        )

    def _create(self, name: str, photos: tuple[str, ...]) -> None:
        def made(album: Album) -> None:
            # With photos, the person goes on sorting where they are.
            if not photos:
                self._shell.go(Place(kind="album", key=str(album.id)))

        text = tr("Album {name} made.", name=name.strip())
        change_and_tell(self._shell, CreateAlbum(name=name, photos=photos), text, done=made)

    def rename(self, album: Album, name: str) -> None:
        """Give an album another name."""
        text = tr("{old} is called {new} now.", old=album.name, new=name.strip())
        change_and_tell(self._shell, RenameAlbum(album=album.id, name=name), text)

    def merge(self, source: Album, target: Album) -> None:
        """Put all photos of one album into another and delete the first."""

        def merged(_: None) -> None:
            if self._shell.place == Place(kind="album", key=str(source.id)):
                self._shell.go(Place(kind="album", key=str(target.id)))

        text = tr("{source} is a part of {target} now.", source=source.name, target=target.name)
        change_and_tell(self._shell, MergeAlbums(source=source.id, target=target.id), text, done=merged)

    def delete(self, album: Album) -> None:
        """Delete an album; its photos stay."""
        text = tr("Album {name} deleted. Its photos stay in the library.", name=album.name)
        change_and_tell(self._shell, DeleteAlbum(album=album.id), text)

    def ask(self, photos: Sequence[str]) -> None:
        """Let the person type the album that photos (SHA-256) go into."""
        if not photos:
            self._shell.messages.say(tr("Select the photos first that are to go into an album."), brief=True)
            return
        by_key = {name_key(album.name): album for album in self.albums}

        def take(name: str) -> None:
            album = by_key.get(name_key(name))
            if album is not None:
                self.add(album, photos)
            else:
                self._create(name, tuple(photos))

        ChoicePopup(
            self._shell.widget,
            self._shell.services.theme,
            title=counted(len(photos), "Add this photo to an album", "Add {n} photos to an album"),
            icon="album",
            names=[album.name for album in self.albums],
            recent=(),
            example=tr("Name of an album, or of a new one"),
            new=tr("New album “{name}”"),
            take=take,
        ).open_above()

    def fill_for_photos(self, menu: QMenu, photos: Sequence[str]) -> None:
        """Put the albums that photos (SHA-256) can go into into a menu."""
        for album in self.albums[:_MOST_IN_MENU]:
            entry(menu, plain(album.name), partial(self.add, album, photos))
        if len(self.albums) > _MOST_IN_MENU:
            entry(menu, tr("Another one …"), lambda: self.ask(photos))
        if self.albums:
            menu.addSeparator()
        entry(menu, tr("New album …"), lambda: self.new(photos))

    def add(self, album: Album, photos: Sequence[str]) -> None:
        """Put photos (SHA-256) into an album."""

        def told(added: int) -> str:
            count, known = counted(added, "{n} photo", "{n} photos"), len(photos) - added
            if not known:
                return tr("{count} added to {name}.", count=count, name=album.name)
            return tr("{count} added to {name}, {n} in it already.", count=count, name=album.name, n=number(known))

        nothing = tr("{name} has them already.", name=album.name)
        change_and_tell(self._shell, AddToAlbum(album=album.id, photos=tuple(photos)), told, nothing=nothing)

    def remove(self, album: Album, photos: Sequence[str]) -> None:
        """Take photos (SHA-256) out of an album; they stay in the library."""
        count = counted(len(photos), "{n} photo", "{n} photos")
        text = tr("{count} taken out of {name}.", count=count, name=album.name)
        change_and_tell(self._shell, RemoveFromAlbum(album=album.id, photos=tuple(photos)), text)

    def set_cover(self, album: Album, photo: str | None) -> None:
        """Choose the photo that stands for an album."""
        text = tr("{name} has another cover.", name=album.name)
        nothing = tr("It is the cover of {name} already.", name=album.name)
        change_and_tell(self._shell, SetAlbumCover(album=album.id, photo=photo), text, nothing=nothing)

    def sort(self, album: Album, *, oldest_first: bool) -> None:
        """Put an album in the order of its photos' dates again."""
        text = tr("{name} is in the order of dates now.", name=album.name)
        nothing = tr("{name} was in this order already.", name=album.name)
        change_and_tell(self._shell, SortAlbum(album=album.id, oldest_first=oldest_first), text, nothing=nothing)

    def fill(self, menu: QMenu, album: Album, rename: Callable[[], object]) -> None:
        """Put what can be done with an album into a menu."""
        entry(menu, tr("Rename …"), rename)
        others = [one for one in self.albums if one.id != album.id]
        if others:
            into = menu.addMenu(tr("Merge into"))
            for other in others:
                entry(into, plain(other.name), partial(self.merge, album, other))
        if album.photos > 1:
            order = menu.addMenu(tr("Put in order"))
            entry(order, tr("Oldest first"), lambda: self.sort(album, oldest_first=True))
            entry(order, tr("Newest first"), lambda: self.sort(album, oldest_first=False))
        if album.cover is not None:
            entry(menu, tr("Use its first photo as cover"), lambda: self.set_cover(album, None))
        self._fill_groups(menu, album)
        menu.addSeparator()
        entry(menu, tr("Delete album"), lambda: self.delete(album))

    def _fill_groups(self, menu: QMenu, album: Album) -> None:
        overview = self._shell.overview
        groups = [one for one in overview.groups if one.role == "owner"] if overview is not None else []
        if overview is None or not groups:
            return
        menu.addSeparator()
        for group in groups:
            shared = [one for one in overview.classes.get(group.id, ()) if one.album_id == album.id]
            learned = any(one.use_as_category for one in shared)
            name = plain(group.name)
            text = tr("Category of {group}: fine-tuning learns it", group=name)
            tick(menu, text, learned, partial(self._set_category, group, album))
            text = tr("Shared with {group} for searches", group=name)
            tick(menu, text, bool(shared), partial(self._set_shared, group, album))

    def _set_category(self, group: Group, album: Album, on: bool) -> None:
        self._share(group, album, learn=on)

    def _set_shared(self, group: Group, album: Album, on: bool) -> None:
        if on:
            self._share(group, album, learn=False)
        else:
            self._unshare(group, album)

    def _share(self, group: Group, album: Album, *, learn: bool) -> None:
        operation = ShareAlbum(group=group.name, album=album.name, as_category=learn)
        text = (
            tr("{group} learns {album} from the next fine-tuning on.", group=group.name, album=album.name)
            if learn
            else tr("{group} searches in {album}, and does not learn it.", group=group.name, album=album.name)
        )
        self._shell.services.changes.make(operation, lambda _: self._shell.messages.say(text, brief=True))

    def _unshare(self, group: Group, album: Album) -> None:
        operation = UnshareAlbum(group=group.name, album=album.name)
        text = tr("{album} is shared with {group} no longer.", group=group.name, album=album.name)
        self._shell.services.changes.make(operation, lambda _: self._shell.messages.say(text, brief=True))
