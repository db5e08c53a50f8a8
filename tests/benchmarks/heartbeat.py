"""How late the window's thread is: a timer every 5 ms, and how long after its time each tick comes."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS = 5


class Heartbeat(QObject):
    """Notes the lateness of its ticks, in ms, while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin anew."""
        self.late.clear()
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> list[float]:
        """End, and return the latenesses in ms, in order of size."""
        self._timer.stop()
        return sorted(self.late)

    def _beat(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, 1e3 * (now - self._last) - BEAT_MS))
        self._last = now


def quantile(ordered: list[float], share: float) -> float:
    """Return the value that a share (0..1) of the sorted values do not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
