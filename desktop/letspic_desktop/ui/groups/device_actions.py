"""The page of a device, and what its buttons and its menu do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.library.devices import Device
from letspic_desktop.operations.devices import FormatDevice, RemoveDevice, RenameDevice
from letspic_desktop.operations.own_folders import LookAtOwnPhotos
from letspic_desktop.operations.speed import MeasureSpeed, Speed
from letspic_desktop.ui.dialogs.base import ask_name, confirm
from letspic_desktop.ui.groups.device_card import DeviceCard, DevicePage
from letspic_desktop.ui.groups.group_queries import ReadDevicePage
from letspic_desktop.ui.page.photo_page import add_to_menu
from letspic_desktop.ui.places import Place
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, tr


class DeviceActions(QObject):
    """What can be done with one device.

    Parameters
    ----------
    changed
        Called when devices, or what they hold, are not what they were.

    Signals
    -------
    label_wanted
        The own photos of a device are to get labels: its id.
    map_wanted
        The distributed files of a group are to be shown: its name.
    """

    label_wanted = Signal(str)
    map_wanted = Signal(str)

    def __init__(self, shell: Shell, changed: Callable[[], None]) -> None:
        super().__init__(shell.widget)
        self._shell = shell
        self._changed = changed
        self._shown = ""
        self._busy: dict[str, str] = {}
        self._asked: set[str] = set()
        self.card = DeviceCard(shell.services.theme)
        self.card.asked.connect(self._act)

    def show_place(self, place: Place, view: DeviceView | None) -> None:
        """Show the card of a device, where that is the place."""
        self._shown = place.key if place.kind == "device" else ""
        if self._shown:
            self._shell.services.runner.start(ReadDevicePage(device_id=place.key, view=view), done=self._show)

    def show_view(self, view: DeviceView) -> None:
        """Take a device's new state."""
        page = self.card.page
        if page is not None and page.device.id == view.device_id == self._shown:
            self._show(replace(page, view=view))

    def menu(self, menu: QMenu, device: Device, group: str) -> None:
        """Fill the context menu of a device."""
        add_to_menu(menu, tr("About this device"), lambda: self._shell.go(Place(kind="device", key=device.id)))
        if group:
            add_to_menu(menu, tr("Look what it holds"), lambda: self._look(device))
            add_to_menu(menu, tr("Label its photos …"), lambda: self.label_wanted.emit(device.id))
            add_to_menu(menu, tr("Distributed files"), lambda: self.map_wanted.emit(group))
        add_to_menu(menu, tr("Test speed"), lambda: self._measure(device))
        add_to_menu(menu, tr("Format distributed files …"), lambda: self.format(device))
        menu.addSeparator()
        add_to_menu(menu, tr("Rename …"), lambda: self._rename(device))
        add_to_menu(menu, tr("Let go …"), lambda: self._remove(device))

    def format(self, device: Device) -> None:
        """Ask, and then delete what was placed on a device."""

        def formatted(count: int) -> None:
            text = counted(count, "{n} placed photo deleted.", "{n} placed photos deleted.")
            self._shell.messages.say(text, "good")
            self._changed()

        text = tr("The photos that this desktop placed there are deleted. The device's own photos stay.")
        action = lambda: self._run(FormatDevice(device=device.name), formatted)  # noqa: E731
        self._ask(tr("Format the distributed files of {name}?", name=device.name), text, tr("Format"), action)

    def _show(self, page: DevicePage | None) -> None:
        # The person may be elsewhere by now.
        if page is not None and page.device.id == self._shown:
            self.card.show_page(replace(page, busy=self._busy.get(page.device.id, "")))
            self._look_once(page)

    def _look_once(self, page: DevicePage) -> None:
        """Ask a device what it holds when it is looked at first: only then it counts its features."""
        device = page.device
        idle = page.view is not None and page.view.state == "idle"
        if page.online and idle and device.id not in self._asked and device.id not in self._busy:
            self._asked.add(device.id)
            operation = LookAtOwnPhotos(device_id=device.id)
            # Nobody pressed a button: where it fails, the page says what it said before.
            self._shell.services.runner.start(operation, done=lambda _: self._changed(), failed=lambda _: None)

    def _act(self, what: str) -> None:
        page = self.card.page
        if page is None:
            return
        device = page.device
        calls: dict[str, Callable[[], object]] = {
            "label": lambda: self.label_wanted.emit(device.id),
            "look": lambda: self._look(device),
            "measure": lambda: self._measure(device),
            "map": lambda: self.map_wanted.emit(page.group),
            "format": lambda: self.format(device),
            "rename": lambda: self._rename(device),
            "remove": lambda: self._remove(device),
        }
        calls[what]()

    def _look(self, device: Device) -> None:
        self._run_on(device, tr("asking what it holds …"), LookAtOwnPhotos(device_id=device.id))

    def _measure(self, device: Device) -> None:
        def measured(speed: Speed) -> None:
            rate = f"{speed.features_per_second:.1f}"
            text = tr("{name} looks at {rate} photos a second.", name=device.name, rate=rate)
            self._shell.messages.say(text, "good")

        self._run_on(device, tr("measuring its speed …"), MeasureSpeed(device=device.name), measured)

    def _rename(self, device: Device) -> None:
        def rename(name: str) -> None:
            self._run(RenameDevice(device=device.id, name=name))

        title = tr("New name of {name}", name=device.name)
        ask_name(self._shell.widget, self._shell.services.theme, title, tr("Rename"), rename, present=device.name)

    def _remove(self, device: Device) -> None:
        def removed(told: bool) -> None:
            if not told:
                text = tr("{name} could not be told. Start pairing on it again, or unpair it there.", name=device.name)
                self._shell.messages.say(text, "warn")
            self._changed()

        text = tr("It leaves its group, and what was placed on it is deleted there. Its own photos stay.")
        action = lambda: self._run(RemoveDevice(device=device.id), removed)  # noqa: E731
        self._ask(tr("Let {name} go?", name=device.name), text, tr("Let go"), action)

    def _ask(self, title: str, text: str, word: str, action: Callable[[], object]) -> None:
        confirm(self._shell.widget, self._shell.services.theme, title, text, word, action)

    def _run(self, operation: Any, done: Callable[[Any], None] | None = None) -> None:
        self._shell.services.runner.start(operation, done=done or (lambda _: self._changed()))

    def _run_on(self, device: Device, words: str, operation: Any, done: Callable[[Any], None] | None = None) -> None:
        """Run something that takes the device a while; its card says so meanwhile."""
        self._busy[device.id] = words
        self._show(self.card.page)

        def ended() -> None:
            self._busy.pop(device.id, None)
            self._changed()

        self._shell.services.runner.start(operation, done=done, ended=ended)
