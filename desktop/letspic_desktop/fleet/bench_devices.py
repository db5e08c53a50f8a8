"""A set of devices for evaluation: inside this process, or real processes paired by code over TLS."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from letspic_desktop.fleet.connection import Known
from letspic_desktop.fleet.enrolment import pair
from letspic_desktop.fleet.fleet import Fleet
from letspic_desktop.fleet.inprocess_link import InProcessLink
from letspic_desktop.fleet.link import Link
from letspic_desktop.fleet.local_devices import LocalDevices, PairingOffer
from letspic_desktop.fleet.loop import FleetLoop
from letspic_device.home import DeviceHome
from letspic_device.identity import Identity, load_or_create
from letspic_device.photos import NoOwnPhotos
from letspic_device.runtime import DeviceRuntime
from letspic_device.states import State
from letspic_shared.errors import KnownError
from letspic_shared.files import make_private_folder

ONLINE_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class BenchDevices:
    """Devices that stand ready.

    Attributes
    ----------
    loop
        Where their links live.
    ids, names
        In the order in which photos are dealt: that of the ids, in which a run adds up. Ids of processes are drawn
        anew each time, and all the same every figure comes out with the same bits.
    link
        Returns the link of a device id, None while it is away.
    pids
        Process ids, empty for devices inside this process.
    """

    loop: FleetLoop
    ids: tuple[str, ...]
    names: tuple[str, ...]
    link: Callable[[str], Link | None]
    pids: tuple[int, ...] = ()


@contextlib.contextmanager
def in_process(folder: Path, count: int) -> Iterator[BenchDevices]:
    """Run devices inside this process, with homes below ``folder``."""
    names = {hashlib.sha256(name.encode()).hexdigest(): name for name in device_names(count)}
    loop = FleetLoop()
    links: dict[str, Link] = {}
    for device_id, name in sorted(names.items()):
        runtime = DeviceRuntime(DeviceHome(folder / name), device_id=device_id, name=name, own=NoOwnPhotos())
        runtime.states.enter(State.IDLE)
        links[device_id] = InProcessLink(runtime)
    try:
        yield BenchDevices(loop=loop, ids=tuple(links), names=tuple(names[one] for one in links), link=links.get)
    finally:
        for link in links.values():
            loop.call(link.close())
        loop.close()


@contextlib.contextmanager
def processes(folder: Path, count: int) -> Iterator[BenchDevices]:
    """Start device processes on this machine, pair each by its code, and connect to them."""
    names = device_names(count)
    identity = load_or_create(make_private_folder(folder / "desktop-identity"), "evaluation")
    loop = FleetLoop()
    fleet: Fleet | None = None
    try:
        with LocalDevices(folder, names) as devices:
            offers = [devices.offer(name) for name in names]
            fleet = loop.call(_make_fleet(identity))
            enrolled = loop.call(_enrol(fleet, offers, identity))
            yield BenchDevices(
                loop=loop,
                ids=tuple(enrolled),
                names=tuple(enrolled.values()),
                link=fleet.link,
                pids=tuple(devices.pids.values()),
            )
    finally:
        if fleet is not None:
            loop.call(fleet.close())
        loop.close()


def device_names(count: int) -> list[str]:
    """Return the names of local devices."""
    return [f"device-{number + 1}" for number in range(count)]


async def _make_fleet(identity: Identity) -> Fleet:
    return Fleet(identity)


async def _enrol(fleet: Fleet, offers: Sequence[PairingOffer], identity: Identity) -> dict[str, str]:
    """Pair with all; return name by device id, in the order of the ids."""
    paired = await asyncio.gather(
        *(
            pair(
                offer.host,
                offer.port,
                offer.code,
                identity,
                desktop_name="evaluation",
                group_id="evaluation",
                group_name="evaluation",
            )
            for offer in offers
        )
    )
    for device in paired:
        fleet.add(
            Known(
                device_id=device.device_id,
                name=device.name,
                certificate_pem=device.certificate_pem,
                host=device.link_host,
                port=device.link_port,
            )
        )
    names = {device.device_id: device.name for device in sorted(paired, key=lambda device: device.device_id)}
    online = await fleet.wait_online(names, ONLINE_SECONDS)
    if len(online) < len(names):
        raise KnownError(
            f"Only {len(online)} of {len(names)} local devices came up", "Close other programs and try again"
        )
    return names
