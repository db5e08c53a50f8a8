"""``letspic group``."""

from __future__ import annotations

import argparse
import signal
import threading
from typing import Any

from letspic_desktop.commands.common import opened, tell_untold
from letspic_desktop.console import say, table, write_json
from letspic_desktop.operations.groups import (
    ChangeBackbone,
    CreateGroup,
    GoBack,
    LeaveGroup,
    RenameGroup,
    ShareAlbum,
    UnshareAlbum,
)
from letspic_desktop.operations.join import JoinGroup, LeaveJoinedGroup
from letspic_desktop.operations.paused_runs import paused_run
from letspic_device.announce import places_of
from letspic_device.pairing import OPEN, PAIRED
from letspic_device.program import DeviceProgram
from letspic_shared.errors import KnownError

_LOOK_SECONDS = 0.2


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
        albums = [album.name for album in app.catalog.albums.all()] if options.all else options.albums
        if not albums:
            raise KnownError("No album to share was named", "Name albums, or give --all")
        for album in albums:
            ShareAlbum(group=options.group, album=album, as_category=not options.search_only).run(app, progress)
    say(f"{options.group} shares {', '.join(albums)} now.")


def unshare(options: argparse.Namespace) -> None:
    """Stop sharing an album."""
    with opened(options) as (app, progress):
        for album in options.albums:
            UnshareAlbum(group=options.group, album=album).run(app, progress)
    say(f"{options.group} no longer shares {', '.join(options.albums)}.")


def change_backbone(options: argparse.Namespace) -> None:
    """Use another backbone in a group."""
    with opened(options) as (app, progress):
        ChangeBackbone(group=options.group, backbone=options.backbone).run(app, progress)
    say(f"{options.group} uses {options.backbone} now. Fine-tune it again to search better than with the bare feature.")


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
                say(f"Pairing code: {window.code[:4]} {window.code[4:]}")
                where = "On the owner's desktop"
                for place in places_of(*window.address):
                    say(f"{where}: letspic device pair {place} {window.code}")
                    where = "or"
            say("Your photos stay here; stop with Ctrl-C.")
            _serve(program, stop)
        finally:
            program.stop()


def _serve(program: DeviceProgram, stop: threading.Event) -> None:
    """Tell who this desktop serves, until the person stops it or nothing is left to wait for."""
    owner = None
    while True:
        before, owner = owner, program.owner
        if owner is not None and owner != before:
            say(f"Serving in {owner.group_name} of {owner.desktop_name}.")
        if before is not None and owner is None:
            say("The owner has let this desktop go.")
            return
        if owner is None and program.window is not None and program.window.state not in (OPEN, PAIRED):
            raise KnownError(
                f"Nobody has paired with this desktop ({program.window.state})",
                "Start letspic group join again for a new code",
            )
        if stop.wait(_LOOK_SECONDS):
            return


def rename(options: argparse.Namespace) -> None:
    """Rename a group."""
    with opened(options) as (app, progress):
        RenameGroup(group=options.group, name=options.name).run(app, progress)
    say(f"{options.group} is called {options.name} now.")


def leave(options: argparse.Namespace) -> None:
    """Leave a group."""
    with opened(options) as (app, progress):
        group = app.catalog.groups.by_name(options.group)
        devices = {device.name: device for device in app.catalog.devices.all(group.id)}
        if group.role == "member":
            LeaveJoinedGroup(group=group.name).run(app, progress)
            untold: list[str] = []
        else:
            untold = LeaveGroup(group=group.name).run(app, progress)
    say(f"Left {group.name}.")
    for name in untold:
        tell_untold(devices[name])


def heads(options: argparse.Namespace) -> None:
    """List the heads that a group has trained."""
    with opened(options) as (app, _):
        history = app.catalog.heads.history(app.catalog.groups.by_name(options.group).id)
    if history:
        rows = [["head", "trained", "mAP before", "after", "P@10 before", "after"]]
        for one in history:
            figures = [one.map_before, one.map_after, one.p10_before, one.p10_after]
            when = f"{one.created_at.astimezone():%Y-%m-%d %H:%M}" if one.created_at else ""
            mark = " (in use)" if one.active else ""
            rows.append([f"{one.version}{mark}", when, *("-" if f is None else f"{f:.3f}" for f in figures)])
        say(table(rows, indent=""))
        say("Figures are 5-fold: a photo that trained a head never scores it.")
    else:
        say("The group has not been fine-tuned yet. Do it with letspic finetune.")
    write_json(
        options.json,
        [
            {
                "version": one.version,
                "active": one.active,
                "created_at": one.created_at,
                "map_before": one.map_before,
                "map_after": one.map_after,
                "p10_before": one.p10_before,
                "p10_after": one.p10_after,
            }
            for one in history
        ],
    )


def runs(options: argparse.Namespace) -> None:
    """List the runs of a group."""
    with opened(options) as (app, _):
        group = app.catalog.groups.by_name(options.group)
        history = app.catalog.runs.results(group.id)
        paused = paused_run(app, group)
    if history:
        rows = [["started", "method", "state", "head", "photos", "devices"]]
        for one in history:
            when = f"{one.started_at.astimezone():%Y-%m-%d %H:%M}" if one.started_at else ""
            result = one.result or {}
            figures = [str(result.get("version", "-")), str(result.get("photos", "-"))]
            rows.append([when, one.method, one.state, *figures, ", ".join(result.get("devices", ())) or "-"])
        say(table(rows, indent=""))
    else:
        say("The group has not been fine-tuned yet. Do it with letspic finetune.")
    if paused is not None:
        why = f" ({paused.reason})" if paused.reason else ""
        say(f"A run is paused after round {paused.rounds} of {paused.total or '?'}{why}.")
        say("Go on: letspic finetune --resume. Give it up: letspic finetune --discard.")
    write_json(
        options.json,
        [
            {
                "id": one.id,
                "method": one.method,
                "state": one.state,
                "reason": one.reason,
                "started_at": one.started_at,
                "finished_at": one.finished_at,
                "head": (one.result or {}).get("version"),
                "rounds_kept": paused.rounds if paused is not None and paused.id == one.id else None,
            }
            for one in history
        ],
    )


def go_back(options: argparse.Namespace) -> None:
    """Use an earlier head."""
    with opened(options) as (app, progress):
        GoBack(group=options.group, version=options.version).run(app, progress)
    say(f"The group now searches with head {options.version or 'none (the bare feature)'}.")
