"""Operations on devices: pair, let go, hand out photos, look at what they hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from letspic_desktop.application import Application
from letspic_desktop.fleet.delivery import deal, format_device, inventory, place_photos
from letspic_desktop.fleet.enrolment import pair
from letspic_desktop.fleet.link import Link, Request
from letspic_desktop.library.devices import Device
from letspic_desktop.library.placements import HeldPhoto
from letspic_desktop.progress import Progress
from letspic_shared import messages
from letspic_shared.errors import KnownError
from letspic_shared.photo import to_placed_jpeg

ONLINE_SECONDS = 10.0
PLACED_SHORT_SIDE = 256


@dataclass(frozen=True, kw_only=True)
class PairDevice:
    """Take a device into a group by the code that it shows."""

    group: str
    host: str
    port: int
    code: str
    name: str | None = None

    def run(self, app: Application, progress: Progress) -> Device:
        """Pair, remember the device, and connect to it."""
        progress.report("pair", 0, None)
        group = app.catalog.groups.by_name(self.group)
        if group.role != "owner":
            raise KnownError(f"{group.name} belongs to another desktop", "Add devices there")
        paired = app.loop.call(
            pair(
                self.host,
                self.port,
                self.code,
                app.identity,
                desktop_name=app.desktop_name,
                group_id=group.id,
                group_name=group.name,
            )
        )
        host = f"[{paired.link_host}]" if ":" in paired.link_host else paired.link_host
        device = app.catalog.devices.add(
            device_id=paired.device_id,
            name=self.name or paired.name,
            group_id=group.id,
            certificate=paired.certificate_pem,
            fingerprint=paired.fingerprint,
            address=f"{host}:{paired.link_port}",
            facts={"platform": paired.platform, "version": paired.version, "role": paired.role},
        )
        app.connect(device)
        app.loop.call(app.fleet.wait_online([device.id], ONLINE_SECONDS))
        return device


@dataclass(frozen=True, kw_only=True)
class RemoveDevice:
    """Let a device go, online or not."""

    device: str

    def run(self, app: Application, progress: Progress) -> bool:
        """Remove it; return whether it was online and so deleted what had been placed on it."""
        progress.check()
        device = app.catalog.devices.by_name(self.device)
        app.loop.call(app.fleet.wait_online([device.id], 3.0))
        told = app.loop.call(app.fleet.remove(device.id))
        app.catalog.devices.unpair(device.id)
        return told


@dataclass(kw_only=True)
class DistributeReport:
    """What was handed out.

    Attributes
    ----------
    placed
        Device name -> number of photos placed on it by this operation.
    failed
        SHA-256 -> why a photo could not be prepared.
    offline
        Names of devices that got nothing because they are offline.
    """

    placed: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    offline: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Distribute:
    """Hand the labelled photos of a group out to its devices; photos that are already there stay."""

    group: str
    replicas: int = 1

    def run(self, app: Application, progress: Progress) -> DistributeReport:
        """Place what is missing and remember where everything is."""
        group = app.catalog.groups.by_name(self.group)
        devices = {device.id: device for device in app.catalog.devices.all(group.id)}
        report = DistributeReport()
        online = online_devices(app, group.id, report)
        held = {device_id: read_inventory(app, device_id) for device_id in online}
        wanted = app.catalog.groups.labels(group.id)
        everywhere = [photo for photos in held.values() for photo in photos]
        missing = [photo for photo in sorted(wanted) if everywhere.count(photo) < self.replicas]
        paths = app.catalog.photos.paths(missing)
        for photo in missing:
            if photo not in paths:
                report.failed[photo] = "The original file is not where it was"
        plan = deal([photo for photo in missing if photo in paths], online, self.replicas)
        plan = {device: [photo for photo in photos if photo not in held[device]] for device, photos in plan.items()}
        total = sum(len(photos) for photos in plan.values())
        done = 0

        def sent(device_id: str, count: int) -> None:
            nonlocal done
            done += count
            name = devices[device_id].name
            report.placed[name] = report.placed.get(name, 0) + count
            progress.report("distribute", done, total)

        progress.report("distribute", 0, total)
        jpeg_of = _placed_jpeg(paths)
        failed = app.loop.call(_place_all(app, plan, jpeg_of, sent))
        for device_id, photos in plan.items():
            app.catalog.placements.place(device_id, [photo for photo in photos if photo not in failed])
        report.failed |= failed
        return report


@dataclass(frozen=True, kw_only=True)
class FormatDevice:
    """Delete what the desktop placed on a device; its own photos stay."""

    device: str

    def run(self, app: Application, progress: Progress) -> int:
        """Delete them and return how many photos that were."""
        progress.check()
        device = app.catalog.devices.by_name(self.device)
        app.loop.call(app.fleet.wait_online([device.id], ONLINE_SECONDS))
        removed = app.loop.call(format_device(app.fleet.require_link(device.id)))
        app.catalog.placements.remove(device.id)
        return removed


@dataclass(frozen=True, kw_only=True)
class RefreshInventory:
    """Ask the devices of a group which photos they hold, own and placed."""

    group: str

    def run(self, app: Application, progress: Progress) -> dict[str, list[HeldPhoto]]:
        """Return what each device (by name) holds; devices that are offline as they were known last."""
        group = app.catalog.groups.by_name(self.group)
        report = DistributeReport()
        for number, device_id in enumerate(online := online_devices(app, group.id, report)):
            progress.report("inventory", number, len(online))
            read_inventory(app, device_id)
        devices = app.catalog.devices.all(group.id)
        return {device.name: app.catalog.placements.held(device.id) for device in devices}


@dataclass(frozen=True, kw_only=True)
class ConfirmLabels:
    """Confirm that sub-folders of a device's own photos are albums of the group.

    Attributes
    ----------
    folders
        Name of a sub-folder -> album name, or None to take its label away.
    """

    device: str
    folders: tuple[tuple[str, str | None], ...]

    def run(self, app: Application, progress: Progress) -> int:
        """Store the labels here and on the device; return how many own photos have one now."""
        progress.check()
        device = app.catalog.devices.by_name(self.device)
        if device.group_id is None:
            raise KnownError(f"{device.name} is in no group", "Pair it into one first")
        classes = app.catalog.groups.classes(device.group_id)
        by_name = {one.name.casefold(): one.class_id for one in classes}
        wanted: dict[str, int | None] = {}
        for folder, album in self.folders:
            if album is not None and album.casefold() not in by_name:
                raise KnownError(f"The group has no category “{album}”", "Share that album with the group first")
            wanted[folder] = None if album is None else by_name[album.casefold()]
        app.loop.call(app.fleet.wait_online([device.id], ONLINE_SECONDS))
        link = app.fleet.require_link(device.id)
        read_inventory(app, device.id)
        own = [photo for photo in app.catalog.placements.held(device.id) if photo.kind == "own"]
        labels = [(p.sha256, wanted[p.proposed_label]) for p in own if p.proposed_label in wanted]
        app.catalog.placements.confirm_labels(device.id, labels)
        known = {p.sha256: p.class_id for p in app.catalog.placements.held(device.id) if p.class_id is not None}
        top = max((one.class_id for one in classes), default=-1)
        names = [next((one.name for one in classes if one.class_id == n), "") for n in range(top + 1)]
        header: dict[str, object] = {"names": names, "labels": known}
        app.loop.call(link.request(Request.of(messages.LABELS, header), ONLINE_SECONDS))
        return len(known)


def online_devices(app: Application, group_id: str, report: DistributeReport) -> list[str]:
    """Return the ids of a group's devices that are online, sorted; note the names of the others.

    Raises
    ------
    KnownError
        The group has no device, or none is online.
    """
    devices = app.catalog.devices.all(group_id)
    if not devices:
        raise KnownError("The group has no device", "Add one: letspic device pair HOST:PORT CODE")
    online = app.loop.call(app.fleet.wait_online([device.id for device in devices], ONLINE_SECONDS))
    report.offline = [device.name for device in devices if device.id not in online]
    if not online:
        names = ", ".join(report.offline)
        raise KnownError(f"No device of the group is online ({names})", "Switch one on and try again")
    return sorted(online)


def read_inventory(app: Application, device_id: str) -> dict[str, str]:
    """Ask a device what it holds, remember it, and return SHA-256 -> "own" or "placed"."""
    own, placed = app.loop.call(inventory(app.fleet.require_link(device_id)))
    held = [HeldPhoto(sha256=photo, kind="own", proposed_label=label or None) for photo, label in own.items()]
    held += [HeldPhoto(sha256=photo, kind="placed") for photo in sorted(placed)]
    app.catalog.placements.set_held(device_id, held)
    return {one.sha256: one.kind for one in held}


def _placed_jpeg(paths: dict[str, Any]) -> Callable[[str], bytes]:
    return lambda photo: to_placed_jpeg(paths[photo], short_side=PLACED_SHORT_SIDE)


async def _place_all(
    app: Application,
    plan: dict[str, list[str]],
    jpeg_of: Callable[[str], bytes],
    sent: Callable[[str, int], None],
) -> dict[str, str]:
    async def one(link: Link, photos: list[str]) -> dict[str, str]:
        return await place_photos(link, photos, jpeg_of, sent)

    results = await asyncio.gather(*(one(app.fleet.require_link(device), photos) for device, photos in plan.items()))
    return {photo: reason for failed in results for photo, reason in failed.items()}
