"""Devices and groups from the window: add, look at, format, let go, leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from letspic_desktop.application import DeviceChanged
from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.library.devices import Device
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.devices import (
    Distribute,
    DistributeReport,
    FormatDevice,
    RefreshInventory,
    RemoveDevice,
)
from letspic_desktop.operations.groups import GoBack, LeaveGroup
from letspic_desktop.operations.organise import DeleteAlbum, RenameAlbum
from letspic_desktop.ui.dialogs.base import ask_name, confirm
from letspic_desktop.ui.dialogs.device import show_device
from letspic_desktop.ui.dialogs.group import GroupDialog
from letspic_desktop.ui.dialogs.heads import show_heads
from letspic_desktop.ui.dialogs.labels import LabelsDialog
from letspic_desktop.ui.dialogs.pairing import MakeFinder, PairingDialog, look_everywhere
from letspic_desktop.ui.message_bar import MessageBar
from letspic_desktop.ui.own_folders import LookAtOwnPhotos, OwnPhotos
from letspic_desktop.ui.places import Place
from letspic_desktop.ui.queries import ConnectFleet, GroupStatus, Overview, ReadGroup
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, tr


class DeviceControl(QObject):
    """What can be done with the entries of the sidebar.

    Signals
    -------
    views_changed
        A device has another state.
    library_changed
        Devices, groups or what they hold are not what they were.
    group_made
        A new group's id.
    """

    views_changed = Signal()
    library_changed = Signal()
    group_made = Signal(str)

    def __init__(
        self, window: QWidget, services: Services, messages: MessageBar, make_finder: MakeFinder = look_everywhere
    ) -> None:
        super().__init__(window)
        self._window = window
        self._services = services
        self._messages = messages
        self._make_finder = make_finder
        self._overview: Overview | None = None
        self._looked_at: set[str] = set()
        self.views: dict[str, DeviceView] = {}

    def show_overview(self, overview: Overview) -> None:
        """Take what there is now."""
        self._overview = overview
        present = {device.id for device in overview.devices}
        self.views = {device_id: view for device_id, view in self.views.items() if device_id in present}

    def connect_fleet(self) -> None:
        """Begin to connect to the paired devices."""
        self._services.runner.start(ConnectFleet(), done=self._take_views)

    def take(self, change: DeviceChanged) -> None:
        """Take a device's new state."""
        view = change.view
        self.views[view.device_id] = view
        self.views_changed.emit()
        self._look_once(view)
        known = self._overview is not None and any(device.id == view.device_id for device in self._overview.devices)
        if not known:
            self.library_changed.emit()

    def add_device(self, group: Group | None) -> None:
        """Open the pairing dialog; where there is no group yet, make one first."""
        owned = self._owned()
        if not owned:
            self._messages.say(
                tr("A device joins a group. Make one first."),
                action=tr("New group"),
                act=self.new_group,
                holds=lambda: not self._owned(),
            )
            return
        chosen = group.id if group is not None else None
        PairingDialog(
            self._window,
            self._services,
            owned,
            chosen,
            lambda _: self.library_changed.emit(),
            self._ours,
            self._make_finder,
        ).show()

    def new_group(self) -> None:
        """Open the dialog that makes a group."""
        albums = self._overview.albums if self._overview else []
        GroupDialog(self._window, self._services, albums, None, self.group_made.emit).show()

    def choose_albums(self, group_id: str) -> None:
        """Open the dialog of a group's albums."""

        def show(status: GroupStatus | None) -> None:
            if status is not None and self._overview is not None:
                dialog = GroupDialog(self._window, self._services, self._overview.albums, status, lambda _: None)
                dialog.show()

        self._services.runner.start(ReadGroup(group_id=group_id), done=show)

    def label_photos(self, device_id: str) -> None:
        """Open the dialog in which the folders of a device's own photos become albums of the group."""

        def saved(count: int) -> None:
            text = counted(count, "{n} own photo has a label now.", "{n} own photos have a label now.")
            self._messages.say(text, "good")
            self.library_changed.emit()

        def show(own: OwnPhotos) -> None:
            self.library_changed.emit()
            group_id = own.device.group_id
            if not own.folders:
                self._messages.say(tr("{name} has no photos of its own in folders.", name=own.device.name))
            elif not own.albums and group_id is not None:
                text, choose = tr("Choose albums for the group first."), tr("Choose albums")
                self._messages.say(text, action=choose, act=lambda: self.choose_albums(group_id))
            else:
                LabelsDialog(self._window, self._services, own, saved).show()

        self._services.runner.start(LookAtOwnPhotos(device_id=device_id), done=show)

    def menu(self, place: Place, at: QPoint) -> None:
        """Open the context menu of an entry."""
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        if place.kind == "album":
            self._album_menu(menu, place)
        elif place.kind == "group":
            self._group_menu(menu, place)
        elif place.kind == "device":
            self._device_menu(menu, place)
        if not menu.isEmpty():
            menu.popup(at)

    def _album_menu(self, menu: QMenu, place: Place) -> None:
        album = next((one for one in self._listed("albums") if str(one.id) == place.key), None)
        if album is None:
            return
        name, theme = album.name, self._services.theme

        def rename(new: str) -> None:
            self._services.runner.start(RenameAlbum(album=name, name=new))

        def delete() -> None:
            text = tr("Its photos stay in the library.")
            action = lambda: self._run(DeleteAlbum(album=name))  # noqa: E731
            confirm(self._window, theme, tr("Delete the album {name}?", name=name), text, tr("Delete album"), action)

        _add(
            menu,
            tr("Rename …"),
            lambda: ask_name(self._window, theme, tr("New name of {name}", name=name), tr("Rename"), rename),
        )
        _add(menu, tr("Delete album …"), delete)

    def _group_menu(self, menu: QMenu, place: Place) -> None:
        group = next((one for one in self._listed("groups") if one.id == place.key), None)
        if group is None:
            return
        _add(menu, tr("Add device …"), lambda: self.add_device(group))
        _add(menu, tr("Choose albums …"), lambda: self.choose_albums(group.id))
        _add(menu, tr("Hand out photos"), lambda: self._run(Distribute(group=group.name), self._distributed))
        _add(menu, tr("Look what the devices hold"), lambda: self._run(RefreshInventory(group=group.name)))
        _add(menu, tr("Heads …"), lambda: self._heads(group))
        menu.addSeparator()
        _add(menu, tr("Leave group …"), lambda: self._leave(group))

    def _device_menu(self, menu: QMenu, place: Place) -> None:
        device = next((one for one in self._listed("devices") if one.id == place.key), None)
        if device is None:
            return
        groups = {group.id: group.name for group in self._listed("groups")}
        view, theme = self.views.get(device.id), self._services.theme
        group = groups.get(device.group_id or "", "")
        _add(menu, tr("About this device"), lambda: show_device(self._window, theme, device, view, group))
        if group:
            _add(menu, tr("Look what it holds"), lambda: self._run(RefreshInventory(group=group)))
            _add(menu, tr("Label its photos …"), lambda: self.label_photos(device.id))
        _add(menu, tr("Format distributed files …"), lambda: self._format(device))
        menu.addSeparator()
        _add(menu, tr("Let go …"), lambda: self._remove(device))

    def _format(self, device: Device) -> None:
        def formatted(count: int) -> None:
            self._messages.say(counted(count, "{n} placed photo deleted.", "{n} placed photos deleted."), "good")
            self.library_changed.emit()

        text = tr("The photos that this desktop placed there are deleted. The device's own photos stay.")
        action = lambda: self._services.runner.start(FormatDevice(device=device.name), done=formatted)  # noqa: E731
        title = tr("Format the distributed files of {name}?", name=device.name)
        confirm(self._window, self._services.theme, title, text, tr("Format"), action)

    def _remove(self, device: Device) -> None:
        text = tr("It leaves its group, and what was placed on it is deleted there. Its own photos stay.")
        action = lambda: self._run(RemoveDevice(device=device.name))  # noqa: E731
        title = tr("Let {name} go?", name=device.name)
        confirm(self._window, self._services.theme, title, text, tr("Let go"), action)

    def _leave(self, group: Group) -> None:
        def left(untold: list[str]) -> None:
            if untold:
                names = ", ".join(untold)
                self._messages.say(tr("{names} could not be told: unpair there too.", names=names), "warn")
            self.library_changed.emit()

        text = tr("Its devices are let go and what was placed on them is deleted there. Your photos and albums stay.")
        action = lambda: self._services.runner.start(LeaveGroup(group=group.name), done=left)  # noqa: E731
        title = tr("Leave {name}?", name=group.name)
        confirm(self._window, self._services.theme, title, text, tr("Leave group"), action)

    def _heads(self, group: Group) -> None:
        def show(status: GroupStatus | None) -> None:
            if status is not None:
                use = lambda version: self._run(GoBack(group=group.name, version=version))  # noqa: E731
                show_heads(self._window, self._services.theme, status, use)

        self._services.runner.start(ReadGroup(group_id=group.id), done=show)

    def _distributed(self, report: DistributeReport) -> None:
        count = sum(report.placed.values())
        self._messages.say(counted(count, "{n} photo handed out.", "{n} photos handed out."), "good")
        self.library_changed.emit()

    def _run(self, operation: Any, done: Callable[[Any], None] | None = None) -> None:
        self._services.runner.start(operation, done=done or (lambda _: self.library_changed.emit()))

    def _look_once(self, view: DeviceView) -> None:
        """Learn of a device's own photos as soon as it is there, so that its page can say what to do with them."""
        own = (view.facts or {}).get("own")
        if view.online and own and view.state == "idle" and view.device_id not in self._looked_at:
            self._looked_at.add(view.device_id)
            self._run(LookAtOwnPhotos(device_id=view.device_id))

    def _ours(self) -> set[str]:
        return {device.id for device in self._listed("devices")}

    def _owned(self) -> list[Group]:
        return [one for one in self._overview.groups if one.role == "owner"] if self._overview else []

    def _listed(self, kind: str) -> Any:
        return getattr(self._overview, kind) if self._overview is not None else ()

    def _take_views(self, views: list[DeviceView]) -> None:
        self.views |= {view.device_id: view for view in views}
        self.views_changed.emit()


def _add(menu: QMenu, text: str, call: Callable[[], object]) -> None:
    menu.addAction(text).triggered.connect(lambda: call())
