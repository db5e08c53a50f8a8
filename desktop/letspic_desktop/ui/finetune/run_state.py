"""What a run has done so far, gathered from its events; knows nothing of Qt."""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from letspic_desktop.fleet.events import Answered, Begun, DeviceDropped, Event, Measured, Prepared, RoundDone, Waiting

Points = list[tuple[int, float]]
# Of a line: more than a chart has pixels. A run may have 100,000 rounds.
_MOST_POINTS: Final = 1200
_RECENT_ROUNDS: Final = 25


@dataclass(kw_only=True)
class DeviceProgress:
    """One device in a run.

    Attributes
    ----------
    rounds
        The last round that it answered, or that was taken from the journal with it in it.
    seconds
        Of its last answer.
    losses
        (round, mean loss over its photos) pairs.
    dropped
        Why it is out; empty while it is in.
    """

    rounds: int = 0
    seconds: float | None = None
    photos: int | None = None
    losses: Points = field(default_factory=list)
    dropped: str = ""


@dataclass(kw_only=True)
class RunState:
    """The run as far as it was told.

    Attributes
    ----------
    losses, accuracies
        (round, value) pairs; accuracy is the share of held-out photos that are classified rightly. Where there are
        accuracies, the losses too are those of held-out photos.
    retrieval
        (round, mean average precision on photos that did not train) pairs.
    map_before
        The same before any fine-tuning; None until it was measured.
    begun
        Whether the run can be paused.
    waiting
        What it waits for, None while it goes on.
    """

    number: int = 0
    total: int = 0
    losses: Points = field(default_factory=list)
    accuracies: Points = field(default_factory=list)
    retrieval: Points = field(default_factory=list)
    map_before: float | None = None
    measured_on: int = 0
    begun: bool = False
    devices: dict[str, DeviceProgress] = field(default_factory=dict)
    waiting: Waiting | None = None
    _seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT_ROUNDS))

    def apply(self, event: Event) -> None:
        """Take one event in."""
        if isinstance(event, Begun):
            self.begun = True
            for name in event.devices:
                self._device(name)
        elif isinstance(event, Prepared):
            self._device(event.device).photos = event.photos
        elif isinstance(event, Answered):
            device = self._device(event.device)
            device.rounds, device.seconds, device.dropped = event.number, event.seconds, ""
            self.total = event.total
        elif isinstance(event, DeviceDropped):
            self._device(event.device).dropped = event.reason
        elif isinstance(event, Waiting):
            self.waiting = event
        elif isinstance(event, Measured):
            self._measured(event)
        else:
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

    def _measured(self, event: Measured) -> None:
        if not self.retrieval:
            self.retrieval.append((0, event.map_before))
        self.map_before, self.measured_on = event.map_before, event.photos
        _add(self.retrieval, event.number, event.map_after)

    def _round(self, event: RoundDone) -> None:
        self.waiting = None
        self.number, self.total = event.number, event.total
        if event.loss is not None:
            _add(self.losses, event.number, event.loss)
        if event.accuracy is not None:
            _add(self.accuracies, event.number, event.accuracy)
        if not event.replayed:
            self._seconds.append(event.seconds)
        for name, loss in event.device_loss.items():
            device = self._device(name)
            _add(device.losses, event.number, loss)
            device.rounds = event.number
        for name, seconds in event.device_seconds.items():
            device = self._device(name)
            device.rounds, device.seconds, device.dropped = event.number, seconds, ""


def _add(points: Points, number: int, value: float) -> None:
    points.append((number, value))
    if len(points) > _MOST_POINTS:
        # Every second one is enough; the first and the newest stay.
        del points[1:-1:2]
