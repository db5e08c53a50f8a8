"""What a person does with tags: make, nest, rename, merge, delete, put on photos and take off. Each can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtWidgets import QMenu

from letspic_desktop.library.rows import name_key
from letspic_desktop.library.tag_paths import SEPARATOR, is_below
from letspic_desktop.library.tags import Tag
from letspic_desktop.operations.tags import CreateTag, DeleteTag, RenameTag, TagPhotos, UntagPhotos
from letspic_desktop.ui.dialogs.base import ask_name
from letspic_desktop.ui.habits.window_settings import WindowSettings
from letspic_desktop.ui.look.choice_popup import ChoicePopup
from letspic_desktop.ui.look.menus import entry, plain, tick
from letspic_desktop.ui.organise.undo_notice import change_and_tell
from letspic_desktop.ui.places import Place
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, tr

MOST_RECENT: Final = 8


class TagControl:
    """Used by the sidebar, by the menu of photos, and by Ctrl+T.

    Parameters
    ----------
    settings
        Remembers which tags were used last.
    """

    def __init__(self, shell: Shell, settings: WindowSettings) -> None:
        self._shell = shell
        self._settings = settings
        some = lambda: bool(shell.chosen())  # noqa: E731
        text = tr("Add a tag to the selected photos")
        shell.actions_book.add("photos", text, self.add_to_chosen, "Ctrl+T", enabled=some)

    @property
    def tags(self) -> Sequence[Tag]:
        """All tags by path."""
        return self._shell.overview.tags if self._shell.overview is not None else ()

    @property
    def recent(self) -> list[str]:
        """The tags used last that there still are, the latest first."""
        present = {name_key(tag.name): tag.name for tag in self.tags}
        return [present[name_key(name)] for name in self._settings.recent_tags if name_key(name) in present]

    def at(self, place: Place) -> Tag | None:
        """Return the tag that a place is, or None."""
        if place.kind != "tag":
            return None
        return next((one for one in self.tags if name_key(one.name) == name_key(place.key)), None)

    def add_to_chosen(self) -> None:
        """Let the person type a tag for the selected photos."""
        self.ask([row.key for row in self._shell.chosen() if isinstance(row.key, str) and not row.where])

    def ask(self, photos: Sequence[str]) -> None:
        """Let the person type a tag for photos (SHA-256)."""
        if not photos:
            self._shell.messages.say(tr("Select the photos first that are to get a tag."), brief=True)
            return
        title = counted(len(photos), "Add a tag to this photo", "Add a tag to {n} photos")
        names = [tag.name for tag in self.tags]
        ChoicePopup(
            self._shell.widget,
            self._shell.services.theme,
            title=title,
            icon="tag",
            names=names,
            recent=self.recent,
            example=tr("Tag, such as Travel/Jeju"),
            new=tr("New tag “{name}”"),
            take=lambda name: self.put(name, photos),
        ).open_above()

    def put(self, name: str, photos: Sequence[str]) -> None:
        """Put a tag on photos (SHA-256)."""
        count = counted(len(photos), "{n} photo", "{n} photos")
        text = tr("{count} tagged with {tag}.", count=count, tag=name.strip())
        nothing = tr("They have the tag {tag} already.", tag=name.strip())
        remember = lambda _: self._remember(name.strip())  # noqa: E731
        change_and_tell(self._shell, TagPhotos(tag=name, photos=tuple(photos)), text, nothing=nothing, done=remember)

    def take_off(self, name: str, photos: Sequence[str]) -> None:
        """Take a tag off photos (SHA-256)."""
        count = counted(len(photos), "{n} photo", "{n} photos")
        text = tr("Tag {tag} taken off {count}.", count=count, tag=name)
        change_and_tell(self._shell, UntagPhotos(tag=name, photos=tuple(photos)), text)

    def new(self, above: Tag | None = None, photos: Sequence[str] = ()) -> None:
        """Ask for a name and make a tag of it, below another one where given, with photos (SHA-256) or without."""
        title = tr("Name of the new tag; a / puts it below another one")
        if above is not None:
            title = tr("Name of the new tag below {tag}", tag=above.name)
        prefix = above.name + SEPARATOR if above is not None else ""

        def make(name: str) -> None:
            path = prefix + name.strip()
            if photos:
                self.put(path, photos)
            else:
                text = tr("Tag {tag} made.", tag=path)
                nothing = tr("There is a tag {tag} already.", tag=path)
                change_and_tell(self._shell, CreateTag(tag=path), text, nothing=nothing)

        ask_name(self._shell.widget, self._shell.services.theme, title, tr("Create"), make)

    def rename(self, tag: Tag, name: str) -> None:
        """Give a tag another name at its place, or with a / another place; one that exists takes its photos in."""
        typed = name.strip()
        above = tag.name.rpartition(SEPARATOR)[0]
        path = typed if SEPARATOR in typed or not above else above + SEPARATOR + typed
        self.move(tag, path.removeprefix(SEPARATOR))

    def move(self, tag: Tag, path: str) -> None:
        """Give a tag, with all below it, another path; where that exists, the two become one."""
        merged = any(name_key(other.name) == name_key(path) for other in self.tags if other.name != tag.name)
        text = tr("Tag {old} is called {new} now.", old=tag.name, new=path)
        if merged:
            text = tr("Tag {old} is a part of {new} now.", old=tag.name, new=path)

        def moved(_: None) -> None:
            if self._shell.place == Place(kind="tag", key=tag.name):
                self._shell.go(Place(kind="tag", key=path))

        change_and_tell(self._shell, RenameTag(tag=tag.name, name=path), text, done=moved)

    def delete(self, tag: Tag) -> None:
        """Delete a tag with all below it; the photos stay."""
        text = tr("Tag {tag} deleted. Its photos stay in the library.", tag=tag.name)
        change_and_tell(self._shell, DeleteTag(tag=tag.name), text)

    def fill(self, menu: QMenu, tag: Tag, rename: Callable[[], object]) -> None:
        """Put what can be done with a tag into a menu."""
        entry(menu, tr("Rename …"), rename)
        entry(menu, tr("New tag below it …"), lambda: self.new(above=tag))
        last, key = tag.name.rpartition(SEPARATOR)[2], name_key(tag.name)
        outside = [one for one in self.tags if not is_below(name_key(one.name), key)]
        parent = tag.name.rpartition(SEPARATOR)[0]
        if outside or parent:
            below = menu.addMenu(tr("Move below"))
            if parent:
                entry(below, tr("No other tag"), lambda: self.move(tag, last))
            for one in outside:
                if one.name != parent:
                    entry(below, plain(one.name), partial(self.move, tag, one.name + SEPARATOR + last))
        if outside:
            into = menu.addMenu(tr("Merge into"))
            for one in outside:
                entry(into, plain(one.name), partial(self.move, tag, one.name))
        menu.addSeparator()
        entry(menu, tr("Delete tag"), lambda: self.delete(tag))

    def fill_for_photos(self, menu: QMenu, photos: Sequence[str], having: Sequence[str]) -> None:
        """Put the tags that photos have (ticked) and those used last into a menu."""
        for name in having:
            tick(menu, plain(name), True, partial(self._toggled, name, photos))
        others = [name for name in self.recent if name not in having]
        if having and others:
            menu.addSeparator()
        for name in others:
            entry(menu, plain(name), partial(self.put, name, photos))
        if not menu.isEmpty():
            menu.addSeparator()
        entry(menu, tr("Add tag …"), lambda: self.ask(photos), key="Ctrl+T")

    def _toggled(self, name: str, photos: Sequence[str], on: bool) -> None:
        if on:
            self.put(name, photos)
        else:
            self.take_off(name, photos)

    def _remember(self, name: str) -> None:
        others = [one for one in self._settings.recent_tags if name_key(one) != name_key(name)]
        self._settings.remember_tags([name, *others][:MOST_RECENT])
