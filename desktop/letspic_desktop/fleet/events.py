"""What a run tells while it goes on; the window and the command line show the same events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A device has its features and stands ready with ``photos`` labelled photos (``withheld`` kept back)."""

    device: str
    photos: int
    withheld: int = 0
    failed: int = 0


@dataclass(frozen=True, kw_only=True)
class RoundDone:
    """A round is summed.

    Attributes
    ----------
    number, total
        Rounds finished, and in the whole run.
    loss, accuracy
        Mean training loss in nats, share of held-out photos classified rightly; None where the round has none.
    seconds
        From the first byte sent to the sum; by device until its answer.
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
    replayed: bool = False


@dataclass(frozen=True, kw_only=True)
class DeviceDropped:
    """A device takes no part in this round; ``marked`` = nor in any later one of this run, for ``reason``."""

    device: str
    reason: str
    marked: bool = False


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The run waits for devices; ``reason`` says for how many."""

    reason: str


Event = Prepared | RoundDone | DeviceDropped | Waiting
Listener = Callable[[Event], None]
