"""``letspic group``."""

from __future__ import annotations

import argparse
import signal
import threading
from typing import Any

from letspic_desktop.commands.common import opened
from letspic_desktop.console import complain, say, table, write_json
from letspic_desktop.operations.groups import ChangeBackbone, CreateGroup, GoBack, LeaveGroup, ShareAlbum, UnshareAlbum
from letspic_desktop.operations.join import JoinGroup, LeaveJoinedGroup


def create(options: argparse.Namespace) -> None:
    """Make a group."""
    albums = tuple(options.album) if options.album else None
    with opened(options) as (app, progress):
        group = CreateGroup(name=options.name, albums=albums, backbone=options.backbone).run(app, progress)
        shared = app.catalog.groups.classes(group.id)
    say(f"Group {group.name} shares {len(shared)} albums. Add a device with: letspic device pair HOST:PORT CODE")


def list_groups(options: argparse.Namespace) -> None:
    """List the groups."""
    rows: list[dict[str, Any]] = []
    with opened(options) as (app, _):
        for group in app.catalog.groups.all():
            head = app.catalog.heads.active(group.id)
            rows.append(
                {
                    "name": group.name,
                    "role": group.role,
                    "albums": [one.name for one in app.catalog.groups.classes(group.id)],
                    "devices": [device.name for device in app.catalog.devices.all(group.id)],
                    "head": head.version if head else 0,
                }
            )
    for row in rows:
        say(f"{row['name']} ({row['role']}): head {row['head'] or 'none'}")
        say(f"  albums   {', '.join(row['albums']) or 'none'}")
        say(f"  devices  {', '.join(row['devices']) or 'none'}")
    if not rows:
        say("There is no group yet. Make one with letspic group create NAME.")
    write_json(options.json, rows)


def share(options: argparse.Namespace) -> None:
    """Share an album with a group."""
    with opened(options) as (app, progress):
        ShareAlbum(group=options.group, album=options.album, as_category=not options.search_only).run(app, progress)


def unshare(options: argparse.Namespace) -> None:
    """Stop sharing an album."""
    with opened(options) as (app, progress):
        UnshareAlbum(group=options.group, album=options.album).run(app, progress)


def change_backbone(options: argparse.Namespace) -> None:
    """Use another backbone in a group."""
    with opened(options) as (app, progress):
        ChangeBackbone(group=options.group, backbone=options.backbone).run(app, progress)


def join(options: argparse.Namespace) -> None:
    """Serve in another desktop's group until stopped."""
    host, port = options.listen
    operation = JoinGroup(host=host, port=port, allow_thumbnails=options.allow_thumbnails, replace=options.replace)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with opened(options) as (app, progress):
        program = operation.run(app, progress)
        try:
            window = program.window
            if window is not None:
                address = f"{window.address[0]}:{window.address[1]}"
                say(f"Pairing code: {window.code[:4]} {window.code[4:]}")
                say(f"On the owner's desktop: letspic device pair {address} {window.code}")
            elif program.owner is not None:
                say(f"Serving in {program.owner.group_name} of {program.owner.desktop_name}.")
            say("Your photos stay here; stop with Ctrl-C.")
            stop.wait()
        finally:
            program.stop()


def leave(options: argparse.Namespace) -> None:
    """Leave a group."""
    with opened(options) as (app, progress):
        group = app.catalog.groups.by_name(options.group)
        if group.role == "member":
            LeaveJoinedGroup(group=group.name).run(app, progress)
            untold: list[str] = []
        else:
            untold = LeaveGroup(group=group.name).run(app, progress)
    say(f"Left {group.name}.")
    for name in untold:
        complain(f"{name} is offline and keeps what was placed on it. There, run: letspic-device unpair")


def heads(options: argparse.Namespace) -> None:
    """List the heads that a group has trained."""
    with opened(options) as (app, _):
        history = app.catalog.heads.history(app.catalog.groups.by_name(options.group).id)
    if history:
        rows = [["head", "trained", "mAP before", "after", "P@10 before", "after"]]
        for one in history:
            figures = [one.map_before, one.map_after, one.p10_before, one.p10_after]
            when = one.created_at.isoformat(" ", "minutes") if one.created_at else ""
            mark = " (in use)" if one.active else ""
            rows.append([f"{one.version}{mark}", when, *("-" if f is None else f"{f:.3f}" for f in figures)])
        say(table(rows, indent=""))
        say("Figures are 5-fold: a photo that trained a head never scores it.")
    else:
        say("The group has not been fine-tuned yet. Do it with letspic finetune.")
    write_json(
        options.json,
        [
            {"version": one.version, "active": one.active, "map_before": one.map_before, "map_after": one.map_after}
            for one in history
        ],
    )


def go_back(options: argparse.Namespace) -> None:
    """Use an earlier head."""
    with opened(options) as (app, progress):
        GoBack(group=options.group, version=options.version).run(app, progress)
    say(f"The group now searches with head {options.version or 'none (the bare feature)'}.")
