"""What a device is doing, in words that its owner and the desktop both see."""

from __future__ import annotations

import enum
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from letspic_shared.errors import KnownError


class State(enum.Enum):
    """Named states of a device."""

    BOOTING = "booting"
    UNPAIRED = "unpaired"
    PAIRING = "pairing"
    IDLE = "idle"
    RECEIVING = "receiving"
    EXTRACTING = "extracting"
    TRAINING = "training"
    SEARCHING = "searching"
    MEASURING = "measuring"
    STOPPING = "stopping"


WORKING = frozenset({State.RECEIVING, State.EXTRACTING, State.TRAINING, State.SEARCHING, State.MEASURING})

# What a device is between two pieces of work. Work comes on top: pairing or unpairing may happen while it goes on.
_NEXT = {
    State.BOOTING: frozenset({State.UNPAIRED, State.IDLE, State.STOPPING}),
    State.UNPAIRED: frozenset({State.PAIRING, State.IDLE, State.STOPPING}),
    State.PAIRING: frozenset({State.UNPAIRED, State.IDLE, State.STOPPING}),
    State.IDLE: frozenset({State.UNPAIRED, State.PAIRING, State.STOPPING}),
    State.STOPPING: frozenset[State](),
}
# A pairing window that is to replace the owner leaves the present one at work until somebody has paired.
_MAY_WORK = frozenset({State.IDLE, State.PAIRING})


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The state at one moment, with how far its work is (``done`` of ``total``; 0 of 0 where it has no steps)."""

    state: State
    done: int = 0
    total: int = 0


class StateMachine:
    """Holds the state; any thread may read it, transitions that make no sense are errors of ours."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._resting = State.BOOTING
        self._snapshot = Snapshot(state=State.BOOTING)

    @property
    def snapshot(self) -> Snapshot:
        """The state now: the work that goes on, else what the device is between two pieces of work."""
        return self._snapshot

    @property
    def resting(self) -> State:
        """What the device is apart from its work."""
        return self._resting

    def enter(self, state: State) -> None:
        """Go to another state (not of work); entering the present one again changes nothing.

        Raises
        ------
        ValueError
            The present state does not lead there.
        """
        with self._lock:
            now = self._resting
            if state is now:
                return
            if state not in _NEXT[now]:
                raise ValueError(f"a device cannot go from {now.value} to {state.value}")
            self._resting = state
            if self._snapshot.state not in WORKING or state is State.STOPPING:
                self._snapshot = Snapshot(state=state)

    def progress(self, done: int, total: int) -> None:
        """Record how far the work of the present state is."""
        with self._lock:
            self._snapshot = Snapshot(state=self._snapshot.state, done=done, total=total)

    @contextmanager
    def working(self, state: State) -> Iterator[None]:
        """Be in a working state for a while; inside other work it changes nothing.

        Raises
        ------
        KnownError
            The device belongs to no desktop (any more), or is stopping.
        ValueError
            It has not started yet.
        """
        nested = self._begin(state)
        try:
            yield
        finally:
            if not nested:
                with self._lock:
                    self._snapshot = Snapshot(state=self._resting)

    def _begin(self, state: State) -> bool:
        with self._lock:
            if self._snapshot.state in WORKING:
                return True
            if self._resting in (State.UNPAIRED, State.STOPPING):
                raise KnownError("The device has left its group", "Pair it again")
            if self._resting not in _MAY_WORK or state not in WORKING:
                raise ValueError(f"a device cannot go from {self._resting.value} to {state.value}")
            self._snapshot = Snapshot(state=state)
            return False
