"""Devices from the window: add, look at, label, format, rename, let go; and who else hears of groups and devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from letspic_desktop.application import DeviceChanged
from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.library.devices import Device
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.own_folders import LookAtOwnPhotos, OwnPhotos
from letspic_desktop.ui.dialogs.labels import LabelsDialog
from letspic_desktop.ui.dialogs.pairing import Finder, MakeFinder, PairingDialog, look_everywhere
from letspic_desktop.ui.groups.device_actions import DeviceActions
from letspic_desktop.ui.groups.group_control import GroupControl
from letspic_desktop.ui.look.widgets import column
from letspic_desktop.ui.page.photo_page import PhotoPage
from letspic_desktop.ui.places import Place
from letspic_desktop.ui.queries import ConnectFleet, Overview
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, tr


class DeviceControl(QObject):
    """What can be done with the devices of the sidebar, and with its groups through ``groups``.

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

    def __init__(self, shell: Shell, page: PhotoPage, make_finder: MakeFinder = look_everywhere) -> None:
        super().__init__(shell.widget)
        self._shell = shell
        self._services = shell.services
        self._make_finder = make_finder
        self._overview: Overview | None = None
        self._looked_at: set[str] = set()
        self._finders: list[Finder] = []
        self.views: dict[str, DeviceView] = {}
        self.groups = GroupControl(shell)
        self.groups.changed.connect(self.library_changed)
        self.groups.made.connect(self.group_made)
        self.groups.device_wanted.connect(lambda group_id: self.add_device(self._group(group_id)))
        self.groups.format_wanted.connect(self._format)
        self.actions = DeviceActions(shell, self.library_changed.emit)
        self.actions.label_wanted.connect(self.label_photos)
        self.actions.map_wanted.connect(self.groups.map)
        self.views_changed.connect(lambda: self.groups.show_views(self.views))
        page.set_card("device", self.actions.card)
        page.set_card("group", _either(self.groups.card, self.groups.joining.card))
        page.place_shown.connect(self._show_place)

    def show_overview(self, overview: Overview) -> None:
        """Take what there is now."""
        self._overview = overview
        present = {device.id for device in overview.devices}
        self.views = {device_id: view for device_id, view in self.views.items() if device_id in present}

    def connect_fleet(self) -> None:
        """Begin to connect to the paired devices, and to serve where this desktop has joined another one's group."""
        self._services.runner.start(ConnectFleet(), done=self._take_views)
        self.groups.joining.resume()

    def take(self, change: DeviceChanged) -> None:
        """Take a device's new state."""
        view = change.view
        self.views[view.device_id] = view
        self.views_changed.emit()
        self.actions.show_view(view)
        self._look_once(view)
        known = self._overview is not None and any(device.id == view.device_id for device in self._overview.devices)
        if not known:
            self.library_changed.emit()

    def add_device(self, group: Group | None) -> None:
        """Open the pairing dialog; where there is no group yet, make one first."""
        owned = self._owned()
        if not owned:
            self._shell.messages.say(
                tr("A device joins a group. Make one first."),
                action=tr("New group"),
                act=self.new_group,
                holds=lambda: not self._owned(),
            )
            return
        chosen = group.id if group is not None else None
        PairingDialog(
            self._shell.widget,
            self._services,
            owned,
            chosen,
            lambda _: self.library_changed.emit(),
            self._ours,
            self._find,
        ).show()

    def close(self) -> None:
        """Look for devices no longer, also where a dialog is open that does."""
        for finder in self._finders:
            finder.stop()

    def new_group(self) -> None:
        """Open the dialog that makes a group."""
        self.groups.new()

    def choose_albums(self, group_id: str) -> None:
        """Open the dialog of a group's albums."""
        self.groups.choose_albums(group_id)

    def label_photos(self, device_id: str) -> None:
        """Open the dialog in which the folders of a device's own photos become albums of the group."""

        def saved(count: int) -> None:
            text = counted(count, "{n} own photo has a label now.", "{n} own photos have a label now.")
            self._shell.messages.say(text, "good")
            self.library_changed.emit()

        def show(own: OwnPhotos) -> None:
            self.library_changed.emit()
            group_id = own.device.group_id
            if not own.folders:
                self._shell.messages.say(tr("{name} has no photos of its own in folders.", name=own.device.name))
            elif not own.albums and group_id is not None:
                text, choose = tr("Choose albums for the group first."), tr("Choose albums")
                self._shell.messages.say(text, action=choose, act=lambda: self.choose_albums(group_id))
            else:
                LabelsDialog(self._shell.widget, self._services, own, saved).show()

        self._services.runner.start(LookAtOwnPhotos(device_id=device_id), done=show)

    def menu(self, place: Place, at: QPoint) -> None:
        """Open the context menu of an entry."""
        menu = QMenu(self._shell.widget)
        menu.aboutToHide.connect(menu.deleteLater)
        group, device = self._group(place.key), self._device(place.key)
        if place.kind == "group" and group is not None:
            self.groups.menu(menu, group)
        elif place.kind == "device" and device is not None:
            owner = self._group(device.group_id or "")
            self.actions.menu(menu, device, owner.name if owner is not None else "")
        if not menu.isEmpty():
            menu.popup(at)

    def _show_place(self, place: Place) -> None:
        self.groups.show_place(place)
        self.actions.show_place(place, self.views.get(place.key))

    def _format(self, device_id: str) -> None:
        device = self._device(device_id)
        if device is not None:
            self.actions.format(device)

    def _run(self, operation: Any, done: Callable[[Any], None] | None = None) -> None:
        self._services.runner.start(operation, done=done or (lambda _: self.library_changed.emit()))

    def _look_once(self, view: DeviceView) -> None:
        """Learn of a device's own photos as soon as it is there, so that its page can say what to do with them."""
        own = (view.facts or {}).get("own")
        if view.online and own and view.state == "idle" and view.device_id not in self._looked_at:
            self._looked_at.add(view.device_id)
            self._run(LookAtOwnPhotos(device_id=view.device_id))

    def _find(self, on_change: Callable[[], None]) -> Finder:
        made = self._make_finder(on_change)
        self._finders.append(made)
        return made

    def _ours(self) -> set[str]:
        return {device.id for device in self._listed("devices")}

    def _owned(self) -> list[Group]:
        return [one for one in self._overview.groups if one.role == "owner"] if self._overview else []

    def _group(self, group_id: str) -> Group | None:
        return next((one for one in self._listed("groups") if one.id == group_id), None)

    def _device(self, device_id: str) -> Device | None:
        return next((one for one in self._listed("devices") if one.id == device_id), None)

    def _listed(self, kind: str) -> Any:
        return getattr(self._overview, kind) if self._overview is not None else ()

    def _take_views(self, views: list[DeviceView]) -> None:
        self.views |= {view.device_id: view for view in views}
        self.views_changed.emit()


def _either(*cards: QWidget) -> QWidget:
    """Return a place for several cards, of which one at a time is shown."""
    made = QWidget()
    made.setLayout(column(*cards, spacing=0))
    for card in cards:
        card.hide()
    return made
