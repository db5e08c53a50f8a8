"""The app with a library of 100,000 photos: start, scrolling, search and memory, in the real program as a process."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks.heartbeat import quantile

from letspic_desktop.application import Application
from letspic_desktop.library.query import PhotoQuery
from letspic_desktop.operations.search import SearchPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.queries import ReadOverview

PROBE = Path(__file__).with_name("window_probe.py")
STARTS = 5
BOUND_SECONDS = 180
REPEATS = 40


def probed(home: Path) -> dict[str, Any]:
    """Run the program once and return its figures."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(PROBE), str(home), str(time.monotonic())]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=BOUND_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def test_the_program_with_a_large_library(big_home: Path) -> None:
    probed(big_home)
    runs = [probed(big_home) for _ in range(STARTS)]
    start = statistics.median(run["first_photos_s"] for run in runs)
    work = sorted(value for run in runs for value in run["frame_work_ms"])
    late = sorted(value for run in runs for value in run["frame_late_ms"])
    search = sorted(value for run in runs for value in run["search_ms"])
    compared = sorted(value for run in runs for value in run["compare_ms"])
    first = statistics.median(run["first_search_ms"] for run in runs) / 1e3
    stall = max(run["longest_stall_after_first_photos_ms"] for run in runs)
    resident, share, most = (max(run["memory"][name] for run in runs) for name in ("VmRSS", "Pss", "VmHWM"))
    used = statistics.median(run["first_photos_cpu_s"] for run in runs)
    print(
        f"\nfrom the start of the process to the first photos: median {start:.2f} s (goal 1.5), {used:.2f} s of CPU,"
        f" longest stall afterwards {stall:.0f} ms"
        f"\nscrolling: work per frame p50 {quantile(work, 0.5):.1f}, p99 {quantile(work, 0.99):.1f} ms (goal 16),"
        f" lateness of frames p99 {quantile(late, 0.99):.1f} ms"
        f"\nsearch in the window: p50 {quantile(search, 0.5):.1f} ms (goal 30), p99 {quantile(search, 0.99):.1f} ms;"
        f" before and after side by side {quantile(compared, 0.5):.1f} ms; the first one {first:.2f} s"
        f"\nmemory in the end: {resident} MB resident (goal 600), {share} MB of its own share, {most} MB at most"
    )


@pytest.mark.parametrize("what", ["search", "overview", "filter"])
def test_operations_on_a_large_library(big_home: Path, what: str) -> None:
    with Application.open(big_home) as app:
        photos = app.catalog.photos.all()
        begin = time.perf_counter()
        if what == "search":
            SearchPhotos(query=photos[1]).run(app, Progress())
        first = time.perf_counter() - begin
        times = []
        for number in range(REPEATS):
            begin = time.perf_counter()
            if what == "search":
                SearchPhotos(query=photos[(number * 2003) % len(photos)]).run(app, Progress())
            elif what == "overview":
                ReadOverview().run(app, Progress())
            else:
                app.catalog.find(PhotoQuery(text=f"tag {number}", minimum_rating=3))
            times.append(1e3 * (time.perf_counter() - begin))
    print(f"\n{what}: median {statistics.median(times):.1f} ms, max {max(times):.1f} ms; first {first:.1f} s")
