"""What the rounds of a run have in common, what one of them asks for, and what they cost."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field

from letspic_desktop.fleet.member import Member
from letspic_shared.tensors import Array

Header = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the rounds of a run have in common."""

    run: str
    backbone: str
    classes: int
    dimension: int
    total_rounds: int
    withhold: int = 3
    seed: int = 0
    quorum: float = 0.5
    wait_for_all: bool = False


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A round to be done: the task of `letspic_device.tasks`, its parameters and its tensors.

    ``labelled_only`` leaves out devices that have nothing but photos without a label.
    """

    task: str
    header: Header = field(default_factory=dict)
    tensors: Mapping[str, Array] = field(default_factory=dict)
    labelled_only: bool = True

    def concerns(self, member: Member) -> bool:
        """Return whether a device has photos for this round, or may have once it comes back."""
        if member.refused:
            return False
        return member.prepared_on is None or member.takes_part(labelled_only=self.labelled_only)


@dataclass(kw_only=True)
class Tally:
    """What the rounds of a run cost.

    Attributes
    ----------
    seconds
        Of each round that asked devices.
    earlier
        The same of the rounds that were done before an interruption; their bytes count below.
    bytes_up, bytes_down
        Framed bytes from and to all devices.
    by_device
        Both together, by the device's name.
    """

    seconds: list[float] = field(default_factory=list)
    earlier: list[float] = field(default_factory=list)
    bytes_up: int = 0
    bytes_down: int = 0
    by_device: dict[str, int] = field(default_factory=dict)

    @property
    def median_ms(self) -> float:
        """Median round in milliseconds; 0 before the first."""
        every = [*self.earlier, *self.seconds]
        return 1e3 * statistics.median(every) if every else 0.0

    def count(self, name: str, *, up: int = 0, down: int = 0) -> None:
        """Add the size of a frame that came from or went to the device of that name."""
        self.bytes_up += up
        self.bytes_down += down
        self.by_device[name] = self.by_device.get(name, 0) + up + down

    def since(self, before: Tally) -> dict[str, object]:
        """Return what came since another state of it, as JSON."""
        by_device = {name: count - before.by_device.get(name, 0) for name, count in self.by_device.items()}
        up, down = self.bytes_up - before.bytes_up, self.bytes_down - before.bytes_down
        return {"up": up, "down": down, "by_device": by_device}

    def copy(self) -> Tally:
        """Return its bytes as they are now."""
        return Tally(bytes_up=self.bytes_up, bytes_down=self.bytes_down, by_device=dict(self.by_device))

    def add_earlier(self, seconds: object, cost: object) -> None:
        """Add a round of before an interruption: what `since` gave; an older journal does not tell it."""
        self.earlier.append(seconds if isinstance(seconds, float) and math.isfinite(seconds) else 0.0)
        if isinstance(cost, dict):
            self.bytes_up += int(cost["up"])
            self.bytes_down += int(cost["down"])
            for name, count in cost["by_device"].items():
                self.by_device[name] = self.by_device.get(name, 0) + int(count)
