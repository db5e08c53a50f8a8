"""``letspic device``."""

from __future__ import annotations

import argparse
import threading
from collections import Counter

from letspic_desktop.commands.common import opened, tell_untold
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
    RenameDevice,
)
from letspic_desktop.operations.reaching import wait_online
from letspic_desktop.operations.speed import MeasureSpeed
from letspic_shared.errors import KnownError


def pair_device(options: argparse.Namespace) -> None:
    """Take a device into a group by its code."""
    host, port = options.address
    with opened(options) as (app, progress):
        group = app.owned_group(options.group)
        operation = PairDevice(group=group.name, host=host, port=port, code="".join(options.code), name=options.name)
        device = operation.run(app, progress)
        reached = app.fleet.link(device.id) is not None
    say(f"Paired {device.name}; it is in {group.name} now.")
    if not reached:
        complain(f"{device.name} does not answer at {device.address} yet. See letspic device list.")


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
    with opened(options) as (app, _):
        ours = {device.id: device.name for device in app.catalog.devices.all()}
    for one in found:
        if one.id in ours:
            say(f"{ours[one.id]} at {one.host}:{one.port}, already yours")
            continue
        pairing = f"pair at {one.host}:{one.pair_port}" if one.pair_port else "run letspic-device pair there"
        say(f"{one.name} ({one.role}) at {one.host}:{one.port}, {pairing}")
    if not found:
        say("Nothing was found. A device can always be paired by the address that it shows.")


def list_devices(options: argparse.Namespace) -> None:
    """List the devices and how they are."""
    with opened(options) as (app, _):
        group = app.catalog.groups.by_name(options.group).id if options.group else None
        devices = sorted(app.catalog.devices.all(group), key=lambda device: device.name.casefold())
        views: dict[str, DeviceView] = {}
        if devices:
            wait_online(app, [device.id for device in devices])
            views = {view.device_id: view for view in app.fleet.views()}
    rows = []
    for device in devices:
        view = views.get(device.id)
        facts = (view.facts if view else None) or device.facts
        rows.append(
            {
                "name": device.name,
                "id": device.id,
                "address": (view.address if view else "") or device.address,
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
        away = sorted(view.name for view in app.fleet.views() if view.name in held and not view.online)
    for name, found in sorted(held.items()):
        own = [photo for photo in found if photo.kind == "own"]
        labelled = sum(photo.class_id is not None for photo in own)
        say(f"{name}: {len(found) - len(own)} placed, {len(own)} own ({labelled} with a confirmed label)")
        folders = Counter(photo.proposed_label for photo in own if photo.proposed_label and photo.class_id is None)
        if folders:
            listed = ", ".join(f"{folder} ({count})" for folder, count in sorted(folders.items()))
            say(f"  folders without a label: {listed}")
    for name in away:
        complain(f"{name} is offline: this is what it held when it was seen last.")
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
    if not report.placed and not report.failed:
        say("Every labelled photo is on a device already.")
    for photo, reason in report.failed.items():
        complain(f"not placed: {photo[:16]}: {reason}")
    for name, reason in report.refused.items():
        complain(f"{name} did not take all of its photos: {reason}")
    for name in report.offline:
        complain(f"{name} is offline and got nothing.")


def labels(options: argparse.Namespace) -> None:
    """Say which album a device's own folder is."""
    with opened(options) as (app, progress):
        count = ConfirmLabels(device=options.device, folders=tuple(options.pairs)).run(app, progress)
    say(f"{count} own photos of {options.device} have a label now.")


def rename(options: argparse.Namespace) -> None:
    """Rename a device."""
    with opened(options) as (app, progress):
        RenameDevice(device=options.device, name=options.name).run(app, progress)
    say(f"{options.device} is called {options.name} now.")


def bench(options: argparse.Namespace) -> None:
    """Have a device measure its speed."""
    with opened(options) as (app, progress):
        speed = MeasureSpeed(device=options.device).run(app, progress)
    say(f"{options.device}: {speed.photo_ms:.1f} ms a photo, {speed.features_per_second:.1f} photos a second")
    what = f"{speed.gradient_photos} photos in {speed.classes} classes"
    say(f"{options.device}: {speed.gradient_ms:.1f} ms for a gradient over {what}")
    figures = {**vars(speed), "measured_at": speed.measured_at.isoformat(timespec="seconds")}
    write_json(options.json, {**figures, "features_per_second": round(speed.features_per_second, 3)})


def format_device(options: argparse.Namespace) -> None:
    """Delete what was placed on a device."""
    with opened(options) as (app, progress):
        removed = FormatDevice(device=options.device).run(app, progress)
    say(f"{removed} placed photos deleted on {options.device}; its own photos are untouched.")


def remove(options: argparse.Namespace) -> None:
    """Let a device go."""
    with opened(options) as (app, progress):
        device = app.catalog.devices.by_name(options.device)
        told = RemoveDevice(device=device.id).run(app, progress)
    say(f"{device.name} is no longer in the group.")
    if not told:
        tell_untold(device)
