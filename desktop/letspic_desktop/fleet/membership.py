"""The other direction: the device program by which this desktop serves in another desktop's group."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from letspic_shared.errors import KnownError

if TYPE_CHECKING:
    # Few desktops serve in another one's group; the others need not wait for it at every start.
    from letspic_device.program import DeviceProgram


class Membership:
    """At most one running device program, stopped with the desktop program that it runs in. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._program: DeviceProgram | None = None
        self._closed = False

    @property
    def program(self) -> DeviceProgram | None:
        """The program that runs; never waits."""
        return self._program

    def start(self, make: Callable[[], DeviceProgram]) -> DeviceProgram:
        """Stop the program that runs, and keep the one that ``make`` starts in its place."""
        with self._lock:
            if self._closed:
                raise KnownError("LetsPic is being closed", "Start it again")
            self._stop()
            self._program = make()
            return self._program

    def stop(self) -> None:
        """Stop the program, if any; waits until its threads have ended."""
        with self._lock:
            self._stop()

    def close(self) -> None:
        """Stop the program, and start none any more."""
        with self._lock:
            self._closed = True
            self._stop()

    def _stop(self) -> None:
        program, self._program = self._program, None
        if program is not None:
            program.stop()
