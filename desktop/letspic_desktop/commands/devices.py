"""``letspic device``."""

from __future__ import annotations

import argparse
import threading

from letspic_desktop.commands.common import opened
from letspic_desktop.console import complain, say, write_json
from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.fleet.discovery import Discovery
from letspic_desktop.operations.devices import (
    ConfirmLabels,
    Distribute,
    DistributeReport,
    FormatDevice,
    PairDevice,
    RefreshInventory,
    RemoveDevice,
)
from letspic_shared.errors import KnownError

_LOOK_SECONDS = 3.0


def pair_device(options: argparse.Namespace) -> None:
    """Take a device into a group by its code."""
    host, port = options.address
    with opened(options) as (app, progress):
        group = app.owned_group(options.group)
        operation = PairDevice(group=group.name, host=host, port=port, code=options.code, name=options.name)
        device = operation.run(app, progress)
    say(f"Paired {device.name}; it is in {group.name} now.")


def find(options: argparse.Namespace) -> None:
    """Look for devices on the local network."""
    interfaces = options.interface or ["127.0.0.1"]
    discovery = Discovery(lambda: None, interfaces=interfaces)
    if not discovery.start():
        raise KnownError(
            "Devices cannot be looked for on this network", "Pair by address: letspic device pair HOST:PORT CODE"
        )
    try:
        threading.Event().wait(options.seconds)
        found = discovery.found()
    finally:
        discovery.stop()
    for one in found:
        pairing = f"pair at {one.host}:{one.pair_port}" if one.pair_port else "run letspic-device pair there"
        say(f"{one.name} ({one.role}) at {one.host}:{one.port}, {pairing}")
    if not found:
        say("Nothing was found. A device can always be paired by the address that it shows.")


def list_devices(options: argparse.Namespace) -> None:
    """List the devices and how they are."""
    with opened(options) as (app, _):
        group = app.catalog.groups.by_name(options.group).id if options.group else None
        devices = app.catalog.devices.all(group)
        views: dict[str, DeviceView] = {}
        if devices:
            app.loop.call(app.fleet.wait_online([device.id for device in devices], _LOOK_SECONDS))
            views = {view.device_id: view for view in app.fleet.views()}
    rows = []
    for device in devices:
        view = views.get(device.id)
        facts = (view.facts if view else None) or device.facts
        rows.append(
            {
                "name": device.name,
                "id": device.id,
                "address": device.address,
                "online": view.online if view else False,
                "state": view.state if view else "offline",
                "reason": view.reason if view else "",
                **{key: facts.get(key) for key in ("own", "placed", "runtime", "platform", "memory_mb", "version")},
            }
        )
    for row in rows:
        why = f" ({row['reason']})" if row["reason"] else ""
        holds = f", {row['own']} own and {row['placed']} placed photos" if row["own"] is not None else ""
        say(f"{row['name']}: {row['state']}{why} at {row['address']}{holds}")
    if not rows:
        say("There is no device yet. Start letspic-device run on one, then letspic-device pair.")
    write_json(options.json, rows)


def photos(options: argparse.Namespace) -> None:
    """Say which device holds how many photos."""
    with opened(options) as (app, progress):
        held = RefreshInventory(group=app.owned_group(options.group).name).run(app, progress)
    for name, found in sorted(held.items()):
        own = [photo for photo in found if photo.kind == "own"]
        labelled = sum(photo.class_id is not None for photo in own)
        say(f"{name}: {len(found) - len(own)} placed, {len(own)} own ({labelled} with a confirmed label)")
        folders = sorted({photo.proposed_label for photo in own if photo.proposed_label and photo.class_id is None})
        if folders:
            say(f"  folders without a label: {', '.join(folders)}")
    write_json(options.json, {name: [vars(photo) for photo in found] for name, found in held.items()})


def distribute(options: argparse.Namespace) -> None:
    """Hand labelled photos out to devices."""
    with opened(options) as (app, progress):
        group = app.owned_group(options.group)
        report = Distribute(group=group.name, replicas=options.replicas).run(app, progress)
    tell_distributed(report)


def tell_distributed(report: DistributeReport) -> None:
    """Print what was handed out."""
    for name, count in sorted(report.placed.items()):
        say(f"{name}: {count} photos placed")
    if not report.placed:
        say("Every labelled photo is on a device already.")
    for photo, reason in report.failed.items():
        complain(f"not placed: {photo[:16]}: {reason}")
    for name in report.offline:
        complain(f"{name} is offline and got nothing.")


def labels(options: argparse.Namespace) -> None:
    """Say which album a device's own folder is."""
    with opened(options) as (app, progress):
        count = ConfirmLabels(device=options.device, folders=tuple(options.pairs)).run(app, progress)
    say(f"{count} own photos of {options.device} have a label now.")


def rename(options: argparse.Namespace) -> None:
    """Rename a device."""
    with opened(options) as (app, _):
        app.catalog.devices.rename(app.catalog.devices.by_name(options.device).id, options.name)


def format_device(options: argparse.Namespace) -> None:
    """Delete what was placed on a device."""
    with opened(options) as (app, progress):
        removed = FormatDevice(device=options.device).run(app, progress)
    say(f"{removed} placed photos deleted on {options.device}; its own photos are untouched.")


def remove(options: argparse.Namespace) -> None:
    """Let a device go."""
    with opened(options) as (app, progress):
        told = RemoveDevice(device=options.device).run(app, progress)
    say(f"{options.device} is no longer in the group.")
    if not told:
        complain(f"{options.device} is offline and keeps what was placed on it. There, run: letspic-device unpair")
