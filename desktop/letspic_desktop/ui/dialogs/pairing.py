"""Add a device: choose a found one, type its address, or learn why not by cable; then type the code that it shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final, Generic, Protocol, TypeVar

from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QLineEdit, QWidget

from letspic_desktop.application import Application
from letspic_desktop.fleet.discovery import Discovery, FoundDevice
from letspic_desktop.library.devices import Device
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.devices import PairDevice
from letspic_desktop.progress import Progress
from letspic_desktop.ui.dialogs.base import fill, prepare
from letspic_desktop.ui.dialogs.found_list import FoundList, place_of
from letspic_desktop.ui.dialogs.ways import WaySwitch
from letspic_desktop.ui.look.widgets import beside, button, column, label, row, set_tone
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import sentence, tr
from letspic_shared.errors import KnownError

Result = TypeVar("Result")
_HIGHEST_PORT: Final = 65535
_WIDTH: Final = 440


class Finder(Protocol):
    """What looks for devices on the network."""

    def start(self) -> bool:
        """Begin to look."""
        ...

    def found(self) -> list[FoundDevice]:
        """Return what is there now."""
        ...

    def stop(self) -> None:
        """Stop looking."""
        ...


MakeFinder = Callable[[Callable[[], None]], Finder]


def look_everywhere(on_change: Callable[[], None]) -> Finder:
    """Look on every network that this machine is on."""
    return Discovery(on_change, interfaces=None)


class PairingDialog(QDialog):
    """Pairs one device after the other into a group.

    Parameters
    ----------
    groups
        Groups to choose from, none of them empty: a device always joins one.
    on_paired
        Told every device that was paired.
    ours
        Returns the ids of the devices that are paired with this desktop.
    """

    def __init__(
        self,
        parent: QWidget,
        services: Services,
        groups: Sequence[Group],
        chosen: str | None,
        on_paired: Callable[[Device], None],
        ours: Callable[[], Collection[str]],
        make_finder: MakeFinder = look_everywhere,
    ) -> None:
        super().__init__(parent)
        prepare(self, tr("Add device"))
        self._services = services
        self._on_paired = on_paired
        self._open = True
        self._ours = ours
        self._paired_here: set[str] = set()
        self.found_list = FoundList(services.theme)
        self.found_list.hint(tr("Looking for devices on the network …"))
        self.found_list.chosen.connect(self._take)
        self.ways = WaySwitch()
        self.ways.chosen.connect(self._show_way)
        self.how, self._cable = label("", "muted", wrap=True), label(_cable_text(), "", wrap=True)
        self.address, self.code, self.group = QLineEdit(), QLineEdit(), QComboBox()
        for one in groups:
            self.group.addItem(one.name, one.id)
        self.group.setCurrentIndex(max(0, self.group.findData(chosen)))
        self.message = label("", "small", wrap=True)
        self.pair_button = button(services.theme, tr("Pair"), role="primary", on_click=self._pair)
        self.pair_button.setDefault(True)
        self._lay_out(len(groups))
        self._finder = make_finder(lambda: services.dispatcher.post(self._list_found))
        services.runner.start(_Call(self._finder.start), done=self._looking)
        self.finished.connect(lambda _: self._stop())
        self._list_found()

    def _lay_out(self, groups: int) -> None:
        self.address.setPlaceholderText(tr("192.168.1.20:40123"))
        self.code.setPlaceholderText("0000 0000")
        self.code.setProperty("role", "code")
        self.code.setMaxLength(12)
        form = QFormLayout()
        form.setSpacing(10)
        fields: list[tuple[str, QWidget]] = [(tr("Address"), self.address), (tr("Code"), self.code)]
        if groups > 1:
            fields.append((tr("Group"), self.group))
        else:
            self.group.setParent(self)
            self.group.hide()
        for name, field in fields:
            field.setAccessibleName(name)
            form.addRow(beside(name, field), field)
        self._fields = QWidget()
        form.setContentsMargins(0, 0, 0, 0)
        self._fields.setLayout(form)
        for field in (self.address, self.code):
            field.textChanged.connect(lambda _: self._check())
        self.how.setMinimumWidth(_WIDTH)
        self._cable.setMinimumWidth(_WIDTH)
        close = button(self._services.theme, tr("Close"), on_click=self.close)
        fill(
            self,
            column(
                label(tr("Add device"), "h2"), row(self.ways, None), self.how, 2, self.found_list, self._cable, 4,
                self._fields, self.message, 6, None, row(None, close, self.pair_button), spacing=8,
            ),
        )  # fmt: skip
        self._show_way("network")
        self._check()
        self.code.setFocus()

    def _show_way(self, way: str) -> None:
        """Show what one way to reach a device needs."""
        texts = {
            "network": tr(
                "Start pairing on the device (letspic-device pair): it shows an address and a code of 8 digits."
            ),
            "address": tr(
                "A device that is not found by itself shows its address when it pairs. On a board without a screen,"
                " log in and run: letspic-device pair"
            ),
            "cable": tr("A device on a USB cable cannot be added yet."),
        }
        self.how.setText(texts[way])
        self.found_list.setVisible(way == "network")
        self._cable.setVisible(way == "cable")
        self._fields.setVisible(way != "cable")
        self.pair_button.setVisible(way != "cable")
        self._say("", "")
        self.adjustSize()
        if way == "address":
            self.address.setFocus()

    def _looking(self, can_look: bool) -> None:
        if self._open and not can_look:
            self.found_list.hint(
                tr("Devices cannot be found by themselves here: type the address that the device shows")
            )

    def _list_found(self) -> None:
        if self._open:
            program = self._services.app.membership.program
            # A desktop that shows a code of its own is announced too, and is no device of its own.
            myself = program.device_id if program is not None else ""
            found = [device for device in self._finder.found() if device.id != myself]
            self.found_list.show_found(found, {*self._ours(), *self._paired_here})

    def _take(self, device: FoundDevice) -> None:
        if device.pair_port is None:
            text = tr("{name} is not pairing now. Start pairing on it.", name=device.name)
            if device.role == "member":
                text = tr("{name} is not showing a code now. Choose “Join a group” there.", name=device.name)
            self._say(text, "bad")
            return
        self.address.setText(place_of(device))
        self._say("", "")
        self.code.setFocus()

    def _check(self) -> None:
        self.pair_button.setEnabled(bool(self.address.text().strip() and self.code.text().strip()))

    def _pair(self) -> None:
        place = read_address(self.address.text())
        if place is None:
            self._say(tr("The address is a name or number, a colon and a port, as the device shows it."), "bad")
            return
        self.pair_button.setEnabled(False)
        self._say(tr("Pairing …"), "small")
        self._services.runner.start(
            PairDevice(group=self.group.currentText(), host=place[0], port=place[1], code=self.code.text()),
            done=self._paired,
            failed=self._failed,
        )

    def _paired(self, device: Device) -> None:
        self._on_paired(device)
        self._paired_here.add(device.id)
        if self._open:
            self._list_found()
            self.code.clear()
            self.address.clear()
            self._say(tr("{name} is paired. Add another one, or close this.", name=device.name), "small")

    def _failed(self, error: KnownError) -> None:
        if self._open:
            self._say(sentence(error), "bad")
            self._check()
            self.code.setFocus()
            self.code.selectAll()

    def _say(self, text: str, role: str) -> None:
        self.message.setText(text)
        set_tone(self.message, role, "role")

    def _stop(self) -> None:
        self._open = False
        # Leaving the network takes a moment, which the window must not wait for.
        self._services.runner.start(_Call(self._finder.stop))


def read_address(text: str) -> tuple[str, int] | None:
    """Return host and port of ``host:port`` or ``[host]:port``, None where it is something else."""
    host, colon, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) <= _HIGHEST_PORT:
        return None
    return host, int(port)


def _cable_text() -> str:
    return tr(
        "Links over a serial cable are not part of this version. Until they are, connect the board to the network by"
        " Ethernet or Wi-Fi, start letspic-device run on it, and choose it under “On the network”."
    )


class _Call(Generic[Result]):
    """A plain function as an operation."""

    def __init__(self, call: Callable[[], Result]) -> None:
        self._call = call

    def run(self, app: Application, progress: Progress) -> Result:
        """Call it, also while the window is being closed: then, too, the network is to be left."""
        del app, progress
        return self._call()
