"""Groups from the window: make, change, look at their distributed files and heads, leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.devices import Distribute, DistributeReport, RefreshInventory
from letspic_desktop.operations.distributed import SpreadPhoto
from letspic_desktop.operations.groups import GoBack, LeaveGroup, Leaving, ReadLeaving, RenameGroup, ShareAlbum
from letspic_desktop.ui.dialogs.base import ask_name, confirm
from letspic_desktop.ui.dialogs.distributed import DistributedDialog, handed_out
from letspic_desktop.ui.dialogs.group import GroupDialog
from letspic_desktop.ui.dialogs.heads import show_heads
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.groups.group_card import GroupCard, GroupPage
from letspic_desktop.ui.groups.group_queries import JoinedPage, ReadGroupPage
from letspic_desktop.ui.groups.join_control import JoinControl
from letspic_desktop.ui.groups.spread_model import name_of
from letspic_desktop.ui.page.photo_page import add_to_menu
from letspic_desktop.ui.places import Place
from letspic_desktop.ui.queries import GroupStatus, ReadGroup
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, tr
from letspic_shared.errors import KnownError


class GroupControl(QObject):
    """What can be done with groups, and the card of the group that is looked at.

    Signals
    -------
    changed
        Groups, or what their devices hold, are not what they were.
    made
        A new group's id.
    device_wanted
        A device is to be added to a group: its id.
    format_wanted
        The distributed files of a device are to be formatted: its id.
    """

    changed = Signal()
    made = Signal(str)
    device_wanted = Signal(str)
    format_wanted = Signal(str)

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.widget)
        self._shell = shell
        self._views: Mapping[str, DeviceView] = {}
        self._shown: str = ""
        self.card = GroupCard(shell.services.theme)
        self.card.asked.connect(self._act)
        self.card.ticked.connect(self._tick)
        self.card.went.connect(lambda device_id: shell.go(Place(kind="device", key=device_id)))
        self.joining = JoinControl(shell, self.changed.emit)
        book = shell.actions_book
        book.add("group", tr("New group …"), self.new, "Ctrl+Shift+G")
        book.add("group", tr("Distributed files"), self._map_of_place, enabled=lambda: self._here() is not None)

    def show_place(self, place: Place) -> None:
        """Show the card of a group, where that is the place."""
        self._shown = place.key if place.kind == "group" else ""
        if self._shown:
            self._shell.services.runner.start(ReadGroupPage(group_id=place.key), done=self._show)
        self.joining.groups_changed()
        for dialog in self._maps():
            dialog.read()

    def show_views(self, views: Mapping[str, DeviceView]) -> None:
        """Take the states of the devices."""
        self._views = views
        self.card.show_views(views)
        for dialog in self._maps():
            dialog.show_views(views)

    def new(self) -> None:
        """Open the dialog that makes a group."""
        overview = self._shell.overview
        albums = overview.albums if overview is not None else []
        GroupDialog(
            self._shell.widget, self._shell.services, albums, None, self.made.emit, on_join=self.joining.join
        ).show()

    def choose_albums(self, group_id: str) -> None:
        """Open the dialog of a group's albums."""

        def show(page: GroupPage | JoinedPage | None) -> None:
            overview = self._shell.overview
            if isinstance(page, GroupPage) and overview is not None:
                GroupDialog(
                    self._shell.widget, self._shell.services, overview.albums, page, lambda _: self.changed.emit()
                ).show()

        self._shell.services.runner.start(ReadGroupPage(group_id=group_id), done=show)

    def map(self, group: str) -> None:
        """Open the map of a group's distributed files."""
        dialog = DistributedDialog(
            self._shell.widget,
            self._shell.services,
            group,
            self._views,
            on_format=self.format_wanted.emit,
            on_open=self._open,
        )
        dialog.show()

    def menu(self, menu: QMenu, group: Group) -> None:
        """Fill the context menu of a group."""
        if group.role == "member":
            add_to_menu(menu, tr("Leave group …"), lambda: self.joining.leave(group))
            return
        add_to_menu(menu, tr("Add device …"), lambda: self.device_wanted.emit(group.id))
        add_to_menu(menu, tr("Choose albums …"), lambda: self.choose_albums(group.id))
        hand_out = Distribute(group=group.name)
        add_to_menu(menu, tr("Hand out photos"), lambda: self._run(hand_out, self._distributed))
        add_to_menu(menu, tr("Look what the devices hold"), lambda: self._run(RefreshInventory(group=group.name)))
        add_to_menu(menu, tr("Distributed files"), lambda: self.map(group.name))
        add_to_menu(menu, tr("Heads"), lambda: self.heads(group))
        menu.addSeparator()
        add_to_menu(menu, tr("Rename …"), lambda: self._rename(group))
        add_to_menu(menu, tr("Leave group …"), lambda: self._leave(group))

    def heads(self, group: Group) -> None:
        """Open the head history of a group."""

        def show(status: GroupStatus | None) -> None:
            if status is not None:
                use = lambda version: self._run(GoBack(group=group.name, version=version))  # noqa: E731
                show_heads(self._shell.widget, self._shell.services.theme, status, use)

        self._shell.services.runner.start(ReadGroup(group_id=group.id), done=show)

    def _show(self, page: GroupPage | JoinedPage | None) -> None:
        # The person may be elsewhere by now.
        if page is None or page.group.id != self._shown:
            return
        own = isinstance(page, GroupPage)
        if isinstance(page, GroupPage):
            self.card.show_page(page, self._views)
        else:
            self.joining.show_group(page.group, page.serving)
        self.card.setVisible(own)
        self.joining.card.setVisible(not own)

    def _act(self, what: str) -> None:
        page = self.card.page
        if page is None:
            return
        group = page.group
        calls: dict[str, Callable[[], object]] = {
            "add": lambda: self.device_wanted.emit(group.id),
            "albums": lambda: self.choose_albums(group.id),
            "heads": lambda: self.heads(group),
            "map": lambda: self.map(group.name),
            "rename": lambda: self._rename(group),
            "leave": lambda: self._leave(group),
        }
        calls[what]()

    def _tick(self, album: str, learned: bool) -> None:
        if self.card.page is not None:
            group = self.card.page.group
            operation = ShareAlbum(group=group.name, album=album, as_category=learned)
            # Also where it failed: the tick must say what is so.
            self._shell.services.changes.make(operation, lambda _: self.changed.emit(), self._untick)

    def _untick(self, error: KnownError) -> None:
        self._shell.messages.complain(error)
        self.changed.emit()

    def _rename(self, group: Group) -> None:
        def rename(name: str) -> None:
            self._run(RenameGroup(group=group.name, name=name))

        title = tr("New name of {name}", name=group.name)
        ask_name(self._shell.widget, self._shell.services.theme, title, tr("Rename"), rename, present=group.name)

    def _leave(self, group: Group) -> None:
        def left(untold: list[str]) -> None:
            if untold:
                names = ", ".join(untold)
                self._shell.messages.say(tr("{names} could not be told: unpair there too.", names=names), "warn")
            self.changed.emit()

        def ask(leaving: Leaving) -> None:
            action = lambda: self._shell.services.runner.start(LeaveGroup(group=group.name), done=left)  # noqa: E731
            title = tr("Leave {name}?", name=group.name)
            theme = self._shell.services.theme
            confirm(self._shell.widget, theme, title, leaving_text(leaving), tr("Leave group"), action)

        self._shell.services.runner.start(ReadLeaving(group=group.name), done=ask)

    def _distributed(self, report: DistributeReport) -> None:
        self._shell.messages.say(handed_out(report), "warn" if report.refused or report.failed else "good")
        self.changed.emit()

    def _run(self, operation: Any, done: Callable[[Any], None] | None = None) -> None:
        self._shell.services.runner.start(operation, done=done or (lambda _: self.changed.emit()))

    def _open(self, photos: Sequence[SpreadPhoto], first: int) -> None:
        self._shell.open_photos([PhotoRow(key=photo.sha256, name=name_of(photo)) for photo in photos], first)

    def _maps(self) -> list[DistributedDialog]:
        return [dialog for dialog in self._shell.widget.findChildren(DistributedDialog) if dialog.isVisible()]

    def _here(self) -> Group | None:
        """Return the own group that is looked at, or the only one."""
        overview = self._shell.overview
        owned = [group for group in overview.groups if group.role == "owner"] if overview is not None else []
        place = self._shell.place
        here = next((group for group in owned if place.kind == "group" and group.id == place.key), None)
        return here or (owned[0] if len(owned) == 1 else None)

    def _map_of_place(self) -> None:
        group = self._here()
        if group is not None:
            self.map(group.name)
        else:
            self._shell.messages.say(tr("Go to one of your groups first: each has its own distributed files."))


def leaving_text(leaving: Leaving) -> str:
    """Return in words what leaving an own group deletes, where, and what it keeps."""
    parts = [
        tr("{photos} on {name}", photos=counted(count, "{n} placed photo", "{n} placed photos"), name=name)
        for name, count in sorted(leaving.placed.items())
    ]
    text = tr("Nothing is deleted: the group has no device.")
    if parts:
        text = tr("Deleted: {what}. These devices are let go; their own photos stay there.", what=", ".join(parts))
    kept = tr("Your photos and albums stay.")
    if leaving.heads:
        heads = counted(
            leaving.heads,
            "{n} head stays stored, but no search uses it any more.",
            "{n} heads stay stored, but no search uses them any more.",
        )
        kept = f"{kept} {heads}"
    return f"{text} {kept}"
