"""How long work tells its progress and learns that it should stop, without knowing who watches."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Step:
    """One report: ``done`` of ``total`` (None where unknown) things of ``stage`` are finished."""

    stage: str
    done: int
    total: int | None = None
    note: str = ""


class Cancelled(Exception):  # noqa: N818 - it is a request that was followed, not an error
    """The person asked to stop; everything finished so far is kept and consistent."""


class Paused(Cancelled):
    """The person asked to pause, or the program ends: what can be gone on with later is kept for that."""


class Progress:
    """Passes reports on to one listener and carries the request to stop. May be used from any thread.

    Parameters
    ----------
    listener
        Called with every report, from the working thread.
    """

    def __init__(self, listener: Callable[[Step], None] | None = None) -> None:
        self._listener = listener
        self._stop = threading.Event()
        self._pause = threading.Event()

    def report(self, stage: str, done: int, total: int | None = None, note: str = "") -> None:
        """Tell the listener where the work is, and raise ``Cancelled`` where it shall stop."""
        self.check()
        if self._listener is not None:
            self._listener(Step(stage=stage, done=done, total=total, note=note))

    def cancel(self) -> None:
        """Ask the work to stop at its next report."""
        self._stop.set()

    def pause(self) -> None:
        """Ask the work to stop at its next report, so that it can be gone on with; work that cannot just stops."""
        self._pause.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the work to stop or to pause."""
        return self._stop.is_set() or self._pause.is_set()

    def check(self) -> None:
        """Raise ``Cancelled`` where somebody asked the work to stop, ``Paused`` where to pause."""
        if self._stop.is_set():
            raise Cancelled
        if self._pause.is_set():
            raise Paused
