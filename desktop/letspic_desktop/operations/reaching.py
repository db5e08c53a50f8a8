"""What operations on devices share: who is there, what they hold, and what to say when they do not answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Collection, Sequence
from typing import TypeVar

from letspic_desktop.application import Application
from letspic_desktop.fleet.delivery import take_stock
from letspic_desktop.fleet.link import LinkLostError, RefusedError
from letspic_desktop.library.placements import HeldPhoto
from letspic_shared import messages
from letspic_shared.errors import KnownError

T = TypeVar("T")

ONLINE_SECONDS = 10.0
# After so long, whoever could not be reached is taken to be away; a device that has not refused yet gets all the time.
PATIENCE_SECONDS = 2.5
FIRST_CONTACT_SECONDS = 3.0
_LOOK_SECONDS = 0.02


def wait_online(app: Application, device_ids: Sequence[str]) -> list[str]:
    """Wait until devices are online or are known to be away; return those that are online, in the given order."""
    online = app.loop.call(_come_online(app, device_ids))
    if len(online) < len(device_ids):
        # One that is not where it was may have another address since the router was restarted.
        app.follow_addresses()
        online = app.loop.call(_come_online(app, device_ids))
    return online


def online_devices(app: Application, group_id: str, chosen: Collection[str] = ()) -> tuple[list[str], list[str]]:
    """Return the ids of a group's devices that are online, sorted, and the names of the others.

    Parameters
    ----------
    chosen
        Names of the devices that matter; all of the group where empty.

    Raises
    ------
    KnownError
        The group has no device, none is online, or not the ones that are chosen.
    """
    devices = app.catalog.devices.all(group_id)
    if not devices:
        raise no_device()
    strange = sorted(set(chosen) - {device.name for device in devices})
    if strange:
        raise KnownError(f"The group has no device “{strange[0]}”", "Choose among its devices: letspic device list")
    if chosen:
        devices = [device for device in devices if device.name in chosen]
    ids = [device.id for device in devices]
    online = wait_online(app, ids)
    offline = [device.name for device in devices if device.id not in online]
    if not online:
        raise KnownError(f"No device of the group is online ({', '.join(offline)})", "Switch one on and try again")
    return sorted(online), offline


def no_device() -> KnownError:
    """Return what is wrong with a group that has no device."""
    return KnownError("The group has no device", "Add one: letspic device pair HOST:PORT CODE")


def read_inventory(app: Application, device_id: str) -> dict[str, str]:
    """Ask a device what it holds, remember it, and return SHA-256 -> "own" or "placed"."""
    device = app.catalog.devices.get(device_id)
    name = device.name if device is not None else "The device"
    group = app.catalog.groups.get(device.group_id) if device is not None and device.group_id is not None else None
    backbone = group.backbone if group is not None else None
    stock = app.loop.call(told(name, take_stock(app.fleet.require_link(device_id), backbone)))
    own, placed = stock.own, stock.placed
    told_now = {"placed_bytes": stock.placed_bytes, "features": stock.features}
    app.catalog.devices.note(device_id, {"own": len(own), "placed": len(placed), **told_now})
    held = [HeldPhoto(sha256=photo, kind="own", proposed_label=label or None) for photo, label in own.items()]
    held += [HeldPhoto(sha256=photo, kind="placed") for photo in sorted(placed)]
    app.catalog.placements.set_held(device_id, held)
    # Handing out may have been cut short, and a device may have been formatted from its own side.
    remembered = {one.sha256 for one in app.catalog.placements.of_device(device_id)}
    app.catalog.placements.place(device_id, sorted(placed - remembered))
    app.catalog.placements.remove(device_id, sorted(remembered - placed))
    # What the device's owner has too is the owner's own, whatever was placed beside it.
    return {one.sha256: one.kind for one in reversed(held)}


async def told(name: str, work: Awaitable[T]) -> T:
    """Turn what goes wrong while a device is asked into one sentence that names the device."""
    try:
        return await work
    except LinkLostError as error:
        raise KnownError(f"{name} went away before it answered", "Check that it is on, and try again") from error
    except TimeoutError as error:
        raise KnownError(f"{name} does not answer", "Check that it is on, and try again") from error
    except messages.BadField as error:
        raise KnownError(f"{name} answered something unexpected ({error})", "Update the device") from error
    except RefusedError as error:
        raise KnownError(f"{name}: {error.reason}", error.action) from error


async def contacted(app: Application, devices: Collection[str]) -> None:
    """Wait until every device has been tried once, as just after the start; one known to be away is not waited for."""
    deadline = time.monotonic() + FIRST_CONTACT_SECONDS
    while time.monotonic() < deadline:
        views = [view for view in app.fleet.views() if view.device_id in devices]
        if all(view.online or view.reason for view in views):
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def _come_online(app: Application, device_ids: Sequence[str]) -> list[str]:
    online = await app.fleet.wait_online(device_ids, PATIENCE_SECONDS)
    undecided = {view.device_id for view in app.fleet.views() if not view.online and not view.reason}
    slow = [device for device in device_ids if device in undecided]
    online += await app.fleet.wait_online(slow, ONLINE_SECONDS - PATIENCE_SECONDS)
    return [device for device in device_ids if device in online]
