"""How long a gradient round takes over TLS with real device processes, measured inside the run."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from letspic_desktop.fleet import bench_devices
from letspic_desktop.fleet.bench_devices import BenchDevices
from letspic_desktop.fleet.delivery import place_photos
from letspic_desktop.fleet.events import Event, RoundDone
from letspic_desktop.fleet.member import Member, Share
from letspic_desktop.fleet.run import Job, execute
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.retrieval.samples import ALBUMS, render_samples
from letspic_shared.files import sha256_of_file

if TYPE_CHECKING:
    from letspic_desktop.backbones.store import Backbone

ROUNDS = 50
PHOTOS_PER_DEVICE = 2
LIMIT_MS = {5: 8.0, 50: 80.0}


def placed_members(folder: Path, devices: BenchDevices) -> list[Member]:
    """Give each device some photos of different albums."""
    render_samples(folder, per_album=-(-PHOTOS_PER_DEVICE * len(devices.ids) // len(ALBUMS)), seed=0)
    albums = [sorted(path.iterdir()) for path in sorted(folder.iterdir())]
    # Album after album in turn, so that a device's photos are of different ones.
    photos = [(photo, label) for row in zip(*albums, strict=True) for label, photo in enumerate(row)]
    members = []
    for place, (device, name) in enumerate(zip(devices.ids, devices.names, strict=True)):
        mine = {sha256_of_file(photo): (photo, label) for photo, label in photos[place :: len(devices.ids)]}
        link = devices.link(device)
        assert link is not None
        devices.loop.call(
            place_photos(link, mine, lambda digest, mine=mine: mine[digest][0].read_bytes(), lambda *_: None)
        )
        members.append(
            Member(
                device_id=device,
                name=name,
                link=lambda device=device: devices.link(device),
                share=Share(labelled={digest: label for digest, (_, label) in mine.items()}),
            )
        )
    return members


@pytest.mark.parametrize("count", sorted(LIMIT_MS))
def test_gradient_rounds(tmp_path: Path, backbone: Backbone, count: int) -> None:
    events: list[Event] = []
    with bench_devices.processes(tmp_path / "devices", count) as devices:
        members = placed_members(tmp_path / "photos", devices)
        job = Job(
            run="bench",
            backbone=backbone,
            classes=ALBUMS,
            config=RunConfig(method="gradient", rounds=ROUNDS),
            folder=tmp_path / "runs",
        )
        begin = time.perf_counter()
        tally = devices.loop.call(execute(job, members, events.append)).tally
        seconds = time.perf_counter() - begin
    rounds = [event for event in events if isinstance(event, RoundDone)]
    assert all(len(event.device_seconds) == count for event in rounds)
    times = sorted(1e3 * event.seconds for event in rounds if event.task == "gradient")
    print(
        f"\n{count} device processes, {backbone.dim} x {len(ALBUMS)}: gradient round median"
        f" {statistics.median(times):.1f} ms ({times[0]:.1f} to {times[-1]:.1f}), median of the run"
        f" {tally.median_ms:.1f} ms; {ROUNDS} rounds and preparation {seconds:.1f} s;"
        f" {tally.bytes_up / count / 1e6:.2f} MB up and {tally.bytes_down / count / 1e6:.2f} MB down a device"
    )
    assert tally.median_ms < LIMIT_MS[count]
