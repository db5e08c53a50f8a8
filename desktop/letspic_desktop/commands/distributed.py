"""``letspic group files``: the distributed files of a group."""

from __future__ import annotations

import argparse

from letspic_desktop.commands.common import opened
from letspic_desktop.console import say, table, write_json
from letspic_desktop.operations.devices import RefreshInventory
from letspic_desktop.operations.distributed import ReadSpread


def files(options: argparse.Namespace) -> None:
    """Say where the photos of a group are."""
    with opened(options) as (app, progress):
        group = app.owned_group(options.group)
        if not options.offline:
            RefreshInventory(group=group.name).run(app, progress)
        spread = ReadSpread(group=group.name).run(app, progress)
    short = {photo.sha256 for photo in spread.too_few(options.replicas)}
    rows = [["device", "own", "placed", "bytes"]]
    for one in spread.holders:
        held = str(one.placed_bytes) if one.placed_bytes is not None else "-"
        rows.append([one.name, str(one.own), str(one.placed), held])
    say(table(rows, indent=""))
    for photo in spread.photos:
        if options.photos or photo.sha256 in short:
            where = ", ".join(
                f"{one.name} ({copy})" for one, copy in zip(spread.holders, photo.on, strict=True) if copy
            )
            mark = "  TOO FEW" if photo.sha256 in short else ""
            say(f"{photo.sha256[:16]}  {photo.album or '-'}  {photo.name or '-'}  {where or 'nowhere'}{mark}")
    devices = f"{options.replicas} devices" if options.replicas > 1 else "1 device"
    say(f"{len(short)} of {sum(photo.shared for photo in spread.photos)} photos are on fewer than {devices}.")
    write_json(
        options.json,
        {
            "devices": [vars(one) for one in spread.holders],
            "photos": [
                {
                    "sha256": photo.sha256,
                    "name": photo.name,
                    "album": photo.album,
                    "on": {one.name: copy for one, copy in zip(spread.holders, photo.on, strict=True) if copy},
                    "too_few": photo.sha256 in short,
                }
                for photo in spread.photos
            ],
        },
    )
