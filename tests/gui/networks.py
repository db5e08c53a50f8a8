"""A network for the dialogs that look for devices, which one machine alone cannot have."""

from __future__ import annotations

from collections.abc import Callable

from letspic_desktop.fleet.discovery import FoundDevice


class Network:
    """Stands in for the devices of a network, which a test cannot switch on; the dialog asks it like the real one."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self.on_change = on_change
        self.there: list[FoundDevice] = []

    def start(self) -> bool:
        return True

    def stop(self) -> None:
        self.there = []

    def found(self) -> list[FoundDevice]:
        return sorted(self.there, key=lambda device: (device.name.casefold(), device.id))

    def become(self, *devices: FoundDevice) -> None:
        self.there = list(devices)
        self.on_change()
