"""What a run tells while it goes on; the window and the command line show the same events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A run is in the catalog: from now on it can be paused and gone on with, whatever happens to the program.

    Attributes
    ----------
    devices
        Names of those that take part.
    resumed
        Whether it goes on where it was interrupted.
    """

    run: str
    devices: tuple[str, ...]
    resumed: bool = False


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A device has its features and stands ready with ``photos`` labelled photos (``withheld`` kept back)."""

    device: str
    photos: int
    withheld: int = 0
    failed: int = 0


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A device has answered round ``number`` of ``total`` (from 1) in so many seconds."""

    device: str
    number: int
    total: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class RoundDone:
    """A round is summed.

    Attributes
    ----------
    number, total
        Rounds finished, and in the whole run.
    loss, accuracy
        Mean loss in nats, share of photos classified rightly: both of photos held out, where there are heads that
        left them out. Else the loss is of the photos that train, and there is no accuracy. None where the round has
        none.
    seconds
        From the first byte sent to the sum, whenever that was; by device until its answer.
    device_loss
        The mean loss by device, where the round has one.
    replayed
        Taken from the journal of an interrupted run.
    """

    number: int
    total: int
    task: str
    loss: float | None
    accuracy: float | None
    seconds: float
    device_seconds: dict[str, float]
    device_loss: dict[str, float] = field(default_factory=dict)
    replayed: bool = False


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Retrieval accuracy (mean average precision) after round ``number``, by photos that trained none of the heads."""

    number: int
    map_before: float
    map_after: float
    photos: int


@dataclass(frozen=True, kw_only=True)
class DeviceDropped:
    """A device takes no part in this round; ``marked`` = nor in any later one of this run, for ``reason``."""

    device: str
    reason: str
    marked: bool = False


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The run waits for ``devices`` devices: to come back where ``away``, else to answer."""

    devices: int
    away: bool

    @property
    def reason(self) -> str:
        """What it waits for, in words."""
        what = "come back" if self.away else "answer"
        return f"waiting for {self.devices} device{'s'[: self.devices != 1]} to {what}"


Event = Begun | Prepared | Answered | RoundDone | Measured | DeviceDropped | Waiting
Listener = Callable[[Event], None]
