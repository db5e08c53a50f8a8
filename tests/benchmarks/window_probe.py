"""The real program with a stop watch inside: opens the window on a home, uses it, and prints figures as JSON.

Run as a program: ``python window_probe.py HOME STARTED``, STARTED being ``time.monotonic()`` when it was started.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from letspic_desktop.ui.main_window import MainWindow

FRAMES = 400
FRAME_MS = 16
SEARCHES = 40
SETTLED_MS = 1500
BOUND_SECONDS = 90.0


def memory() -> dict[str, int]:
    """Return what the process takes in memory, in MB."""
    found = {}
    for file in ("status", "smaps_rollup"):
        with open(f"/proc/{os.getpid()}/{file}") as lines:
            for line in lines:
                name, _, rest = line.partition(":")
                if name in ("VmRSS", "VmHWM", "Pss"):
                    found[name] = int(rest.split()[0]) // 1024
    return found


def probe(window: MainWindow, started: float) -> None:
    """Measure one thing after the other, each in the window's own loop, and close the window at the end."""
    from PySide6.QtCore import QEvent, QObject, QTimer

    figures: dict[str, Any] = {}
    grid = window.page.grid
    bar = grid.verticalScrollBar()
    beats: list[float] = []
    heart = QTimer(window)
    heart.setInterval(5)
    heart.timeout.connect(lambda: beats.append(time.monotonic()))
    heart.start()

    class Paints(QObject):
        """Notes when photos are painted for the first time, and when most of them have their pictures."""

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            if event.type() == QEvent.Type.Paint and grid.model().rowCount() > 0:
                QTimer.singleShot(0, self.painted)
            return False

        def painted(self) -> None:
            now = time.monotonic() - started
            if "first_photos_s" not in figures:
                figures["first_photos_s"] = now
                figures["first_photos_cpu_s"] = time.process_time()
                QTimer.singleShot(SETTLED_MS, settled)
            if "pictures_s" not in figures and window._services.thumbnails.kept_bytes > 4_000_000:
                figures["pictures_s"] = now

    paints = Paints(window)
    grid.viewport().installEventFilter(paints)

    def settled() -> None:
        figures["rows"] = grid.model().rowCount()
        first = started + figures["first_photos_s"]
        gaps = [late - early for early, late in pairwise(beats) if late > first]
        figures["longest_stall_after_first_photos_ms"] = 1e3 * max(gaps, default=0)
        figures["memory_after_start"] = memory()
        scroll([], [])

    def scroll(work: list[float], late: list[float]) -> None:
        step = max(1, (bar.maximum() - bar.value()) // (4 * FRAMES))
        state = {"used": time.thread_time(), "due": time.perf_counter(), "frames": 0}
        ticker = QTimer(window)
        ticker.setTimerType(ticker.timerType().PreciseTimer)

        def tick() -> None:
            now, used = time.perf_counter(), time.thread_time()
            if state["frames"]:
                work.append(1e3 * (used - state["used"]))
                late.append(1e3 * (now - state["due"]))
            state["used"], state["due"] = used, now + FRAME_MS / 1e3
            state["frames"] += 1
            if state["frames"] > FRAMES:
                ticker.stop()
                figures["frame_work_ms"], figures["frame_late_ms"] = work, late
                figures["scrolled_px"] = bar.value()
                figures["memory_after_scroll"] = memory()
                search([], [], 0)
                return
            # Some pages at a time, as with a drag of the bar, and line by line in between, as with a wheel.
            bar.setValue(bar.value() + (step if state["frames"] % 8 == 0 else 120))

        ticker.timeout.connect(tick)
        ticker.start(FRAME_MS)

    def search(times: list[float], compared: list[float], number: int) -> None:
        # What people see first is one view; to compare both takes two rankings.
        compare = number > SEARCHES
        if number > 2 * SEARCHES:
            figures["first_search_ms"], figures["search_ms"] = times[0], times[1:]
            figures["compare_ms"] = compared
            figures["memory"] = memory()
            print(json.dumps(figures), flush=True)
            window.close()
            return
        rows = grid.photos.rows
        window.page.strip.choose("both" if compare else "after")
        begin = time.perf_counter()
        window.searching.search(rows[(number * 2_003 + 17) % len(rows)])

        def look() -> None:
            if window.searching.busy:
                QTimer.singleShot(1, look)
                return
            (compared if compare else times).append(1e3 * (time.perf_counter() - begin))
            QTimer.singleShot(20, lambda: search(times, compared, number + 1))

        QTimer.singleShot(0, look)

    QTimer.singleShot(int(1e3 * BOUND_SECONDS), window.close)


def main() -> int:
    """Run ``letspic --home HOME`` with the probe in its window."""
    home, started = sys.argv[1], float(sys.argv[2])
    from letspic_desktop import cli
    from letspic_desktop.ui import app as ui_app

    run: Callable[..., int] = ui_app.run_window
    ui_app.run_window = functools.partial(run, open_with=lambda window: probe(window, started))  # type: ignore[misc]
    return cli.main(["--home", home])


if __name__ == "__main__":
    sys.exit(main())
