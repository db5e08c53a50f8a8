"""What one run is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from letspic_shared.errors import KnownError
from letspic_shared.paper_head import DEFAULT_WIDTH

METHODS: Final = ("standard", "closed-form", "gradient", "paper")
DEFAULT_ROUNDS: Final = {"standard": 10, "gradient": 50}
DEFAULT_LEARNING_RATE: Final = {"standard": 2.0, "gradient": 10.0, "paper": 0.001}
EXPECTATION_ROUNDS: Final = 8
# What devices take at most.
_LIMITS: Final = {
    "epochs": 100_000,
    "iterations": 10_000,
    "local_steps": 10_000,
    "batch_size": 1 << 20,
    "paper_width": 1 << 16,
}
_LARGEST_SEED: Final = 1 << 32
_LARGEST_RATE: Final = 1e6


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Options of a run; None takes the method's default.

    Attributes
    ----------
    epochs, iterations
        Of the paper's method: exchanges, and SGD steps on each device between them.
    rounds
        Gradient exchanges.
    local_steps
        SGD steps on each device between gradient exchanges; 1 means one exact gradient over all photos.
    batch_size
        Photos a local step.
    unlabelled
        Let photos without a label take part (only right where every album of the group is labelled).
    withhold
        A device keeps back classes of which it owns fewer photos than this.
    quorum
        Share of the devices that must answer a round.
    wait_for_all
        Never go on without a device that is connected, however slow.
    """

    method: str = "standard"
    epochs: int = 3
    iterations: int = 11
    rounds: int | None = None
    local_steps: int = 1
    batch_size: int = 15
    learning_rate: float | None = None
    unlabelled: bool = False
    seed: int = 0
    withhold: int = 3
    quorum: float = 0.5
    wait_for_all: bool = False
    paper_width: int = DEFAULT_WIDTH

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise KnownError(f"There is no method '{self.method}'", f"Choose one of {', '.join(METHODS)}")
        for name, largest in _LIMITS.items():
            if not 1 <= getattr(self, name) <= largest:
                raise KnownError(f"--{name.replace('_', '-')} must be from 1 to {largest}")
        if self.rounds is not None and self.rounds < 0:
            raise KnownError("--rounds must not be negative")
        if self.withhold < 0:
            raise KnownError("--withhold must not be negative")
        if not 0 <= self.seed <= _LARGEST_SEED:
            raise KnownError(f"--seed must be from 0 to {_LARGEST_SEED}")
        if self.learning_rate is not None and not 0 < self.learning_rate <= _LARGEST_RATE:
            raise KnownError(f"--learning-rate must be above 0 and at most {_LARGEST_RATE:.0f}")
        if not 0 < self.quorum <= 1:
            raise KnownError("--quorum must be above 0 and at most 1")

    @property
    def gradient_rounds(self) -> int:
        """Number of gradient exchanges."""
        return self.rounds if self.rounds is not None else DEFAULT_ROUNDS.get(self.method, 0)

    @property
    def rate(self) -> float:
        """Learning rate in use."""
        return self.learning_rate if self.learning_rate is not None else DEFAULT_LEARNING_RATE.get(self.method, 0.0)

    @property
    def expectation_rounds(self) -> int:
        """Number of exchanges over unlabelled photos."""
        return EXPECTATION_ROUNDS if self.unlabelled and self.method in ("standard", "closed-form") else 0

    @property
    def total_rounds(self) -> int:
        """Number of exchanges that the whole run needs."""
        if self.method == "paper":
            return self.epochs
        first = 1
        gradient = self.gradient_rounds if self.method in ("standard", "gradient") else 0
        return first + self.expectation_rounds + gradient
