"""Devices found on the network, each on the row where it first appeared."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from letspic_desktop.fleet.discovery import FoundDevice
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.texts import tr

_FOUND_ROLE: Final = Qt.ItemDataRole.UserRole + 1
_CHOOSABLE: Final = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class FoundList(QListWidget):
    """A list that never moves under the mouse: rows change in place, and who is gone keeps its row.

    Signals
    -------
    chosen
        A device was clicked or activated.
    """

    chosen = Signal(FoundDevice)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._items: dict[tuple[str, str], QListWidgetItem] = {}
        self._hint: QListWidgetItem | None = None
        self.setProperty("role", "boxed")
        self.setAccessibleName(tr("Devices found on the network"))
        self.setMinimumHeight(120)
        self.itemClicked.connect(self._choose)
        self.itemActivated.connect(self._choose)

    @property
    def texts(self) -> list[str]:
        """What the rows say."""
        return [self.item(number).text() for number in range(self.count())]

    def hint(self, text: str) -> None:
        """Say why nothing is listed, as long as nothing is."""
        if self._items:
            return
        if self._hint is None:
            self._hint = QListWidgetItem()
            self._hint.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(self._hint)
        self._hint.setText(text)

    def show_found(self, devices: Sequence[FoundDevice], ours: Container[str]) -> None:
        """Show who is there now; those whose id is in ``ours`` are paired with this desktop already."""
        if devices and self._hint is not None:
            self.takeItem(self.row(self._hint))
            self._hint = None
        # The id is only claimed: another machine that claims the same one gets a row of its own.
        present = {(device.id, device.host): device for device in devices}
        for key, device in present.items():
            if key not in self._items:
                self._items[key] = QListWidgetItem()
                self.addItem(self._items[key])
            self._show(self._items[key], device, own=device.id in ours)
        for key in self._items.keys() - present.keys():
            self._show_gone(self._items[key])
        self._drop_last_gone()

    def _show(self, item: QListWidgetItem, device: FoundDevice, *, own: bool) -> None:
        ready = device.pair_port is not None
        desktop = device.role == "member"
        state = tr("already yours") if own else tr("ready to pair") if ready else tr("start pairing on it")
        if desktop and not own:
            state = tr("a desktop that wants to join") if ready else tr("a desktop; show its code there")
        item.setText(f"{device.name}   ·   {place_of(device)}   ·   {state}")
        item.setIcon(self._theme.icon("desktop" if desktop else "device", "accent" if ready and not own else "muted"))
        item.setData(_FOUND_ROLE, device)
        self._allow(item, choosable=not own)

    def _show_gone(self, item: QListWidgetItem) -> None:
        device = item.data(_FOUND_ROLE)
        if isinstance(device, FoundDevice):
            item.setText(f"{device.name}   ·   {place_of(device)}   ·   {tr('gone')}")
            item.setIcon(self._theme.icon("device", "faint"))
            item.setData(_FOUND_ROLE, None)
            self._allow(item, choosable=False)

    def _drop_last_gone(self) -> None:
        """Forget those at the end, which moves nobody, so that a network of passers-by fills no list."""
        for key, item in reversed(list(self._items.items())):
            if item.data(_FOUND_ROLE) is not None:
                return
            self.takeItem(self.row(item))
            del self._items[key]

    def _allow(self, item: QListWidgetItem, *, choosable: bool) -> None:
        item.setFlags(_CHOOSABLE if choosable else Qt.ItemFlag.NoItemFlags)
        if not choosable and item.isSelected():
            item.setSelected(False)

    def _choose(self, item: QListWidgetItem) -> None:
        device = item.data(_FOUND_ROLE)
        if isinstance(device, FoundDevice) and item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self.chosen.emit(device)


def place_of(device: FoundDevice) -> str:
    """Return where a device is, as it shows it itself while it pairs; two of one name differ in it."""
    host = f"[{device.host}]" if ":" in device.host else device.host
    return f"{host}:{device.pair_port or device.port}"
