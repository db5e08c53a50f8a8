"""How late the window is while it works: a timer every 5 ms during an import, and during a run with five devices."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pytestqt.qtbot import QtBot
from tests.benchmarks.conftest import OpenWindow
from tests.benchmarks.heartbeat import Heartbeat, quantile

from letspic_desktop.application import Application
from letspic_desktop.fleet.local_devices import LocalDevices
from letspic_desktop.operations.devices import PairDevice
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.samples import render_samples

if TYPE_CHECKING:
    from letspic_desktop.backbones.store import Backbone

PHOTOS = 1000
DEVICES = [f"device-{number}" for number in range(5)]
GOAL_MS = 50


def told(name: str, late: list[float], seconds: float) -> None:
    """Print what was measured."""
    print(
        f"\n{name}, {seconds:.1f} s: lateness of the window p50 {quantile(late, 0.5):.1f},"
        f" p99 {quantile(late, 0.99):.1f} ms (goal {GOAL_MS}), max {late[-1]:.1f} ms of {len(late)} ticks"
    )


def test_import_into_a_large_library(big_home: Path, open_it: OpenWindow, qtbot: QtBot, tmp_path: Path) -> None:
    render_samples(tmp_path / "samples", per_album=PHOTOS // 10, seed=4)
    heart = Heartbeat()
    with Application.open(big_home) as app:
        window = open_it(app)
        heart.start()
        begin = time.perf_counter()
        window.imports.import_paths([tmp_path / "samples"])
        qtbot.waitUntil(lambda: not window.imports.busy and not window.services.runner.busy, timeout=120_000)
        told(f"import of {PHOTOS} photos", heart.stop(), time.perf_counter() - begin)
        window.close()


def test_run_with_five_devices(tmp_path: Path, backbone: Backbone, open_it: OpenWindow, qtbot: QtBot) -> None:
    shutil.copytree(backbone.path.parent, tmp_path / "home" / "backbones")
    render_samples(tmp_path / "samples", per_album=30, seed=4)
    heart = Heartbeat()
    with (
        Application.open(tmp_path / "home") as app,
        LocalDevices(tmp_path / "devices", DEVICES) as devices,
    ):
        ImportPhotos(sources=(tmp_path / "samples",), albums_from_folders=True).run(app, Progress())
        CreateGroup(name="Club").run(app, Progress())
        for name in DEVICES:
            offer = devices.offer(name)
            PairDevice(group="Club", host=offer.host, port=offer.port, code=offer.code).run(app, Progress())
        window = open_it(app)
        qtbot.waitUntil(window.panel.start_button.isEnabled, timeout=20_000)
        heart.start()
        begin = time.perf_counter()
        with qtbot.waitSignal(window.finetuning.finished, timeout=180_000):
            window.panel.start_button.click()
        told("fine-tuning with 5 devices, 300 photos", heart.stop(), time.perf_counter() - begin)
        window.close()
