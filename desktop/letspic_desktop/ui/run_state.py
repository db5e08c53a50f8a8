"""What a run has done so far, gathered from its events; knows nothing of Qt."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from letspic_desktop.fleet.events import DeviceDropped, Event, Prepared, RoundDone, Waiting


@dataclass(kw_only=True)
class DeviceProgress:
    """One device in a run: rounds answered, seconds of its last answer, photos, and why it is out."""

    rounds: int = 0
    seconds: float | None = None
    photos: int | None = None
    dropped: str = ""


@dataclass(kw_only=True)
class RunState:
    """The run as far as it was told.

    Attributes
    ----------
    losses, accuracies
        (round, value) pairs; accuracy is the share of held-out photos that are classified rightly.
    """

    number: int = 0
    total: int = 0
    losses: list[tuple[int, float]] = field(default_factory=list)
    accuracies: list[tuple[int, float]] = field(default_factory=list)
    devices: dict[str, DeviceProgress] = field(default_factory=dict)
    waiting: str = ""
    _seconds: list[float] = field(default_factory=list)

    def apply(self, event: Event) -> None:
        """Take one event in."""
        if isinstance(event, Prepared):
            self._device(event.device).photos = event.photos
        elif isinstance(event, DeviceDropped):
            self._device(event.device).dropped = event.reason
        elif isinstance(event, Waiting):
            self.waiting = event.reason
        elif isinstance(event, RoundDone):
            self._round(event)

    @property
    def share(self) -> float:
        """How much of the rounds is done, 0..1."""
        return min(1.0, self.number / self.total) if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Expected time until the last round, None before the first."""
        if not self._seconds or not self.total:
            return None
        return max(0, self.total - self.number) * statistics.median(self._seconds)

    @property
    def active_devices(self) -> int:
        """Number of devices that still take part."""
        return sum(not device.dropped for device in self.devices.values())

    def _device(self, name: str) -> DeviceProgress:
        return self.devices.setdefault(name, DeviceProgress())

    def _round(self, event: RoundDone) -> None:
        self.waiting = ""
        self.number, self.total = event.number, event.total
        if event.loss is not None:
            self.losses.append((event.number, event.loss))
        if event.accuracy is not None:
            self.accuracies.append((event.number, event.accuracy))
        if not event.replayed:
            self._seconds.append(event.seconds)
        for name, seconds in event.device_seconds.items():
            device = self._device(name)
            device.rounds, device.seconds, device.dropped = event.number, seconds, ""
