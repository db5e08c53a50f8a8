"""Operations on devices: pair, let go, hand out photos, look at what they hold."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from letspic_desktop.application import Application, LibraryChanged
from letspic_desktop.fleet.delivery import deal, format_device, place_photos
from letspic_desktop.fleet.enrolment import pair
from letspic_desktop.fleet.link import Request
from letspic_desktop.library.devices import Device
from letspic_desktop.library.placements import HeldPhoto
from letspic_desktop.library.rows import clean_name
from letspic_desktop.operations.reaching import (
    ONLINE_SECONDS,
    no_device,
    online_devices,
    read_inventory,
    told,
    wait_online,
)
from letspic_desktop.progress import Progress
from letspic_shared import messages
from letspic_shared.errors import KnownError
from letspic_shared.photo import to_placed_jpeg

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
        _refuse_itself(app, self.port, self.code)
        # Before the device stores its new owner, not after it.
        name = clean_name(self.name, "device") if self.name is not None else None
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
            name=name or paired.name,
            group_id=group.id,
            certificate=paired.certificate_pem,
            fingerprint=paired.fingerprint,
            address=f"{host}:{paired.link_port}",
            facts={"platform": paired.platform, "version": paired.version, "role": paired.role},
        )
        app.connect(device)
        wait_online(app, [device.id])
        app.publish(LibraryChanged.of("devices", "groups"))
        return device


@dataclass(frozen=True, kw_only=True)
class RenameDevice:
    """Give a device another name on this desktop; it goes on showing its own."""

    device: str
    name: str

    def run(self, app: Application, progress: Progress) -> None:
        """Rename it."""
        progress.check()
        device = app.catalog.devices.by_name(self.device)
        app.catalog.devices.rename(device.id, self.name)
        renamed = app.catalog.devices.get(device.id)
        if renamed is not None:
            app.connect(renamed)
        app.publish(LibraryChanged.of("devices", "groups"))


@dataclass(frozen=True, kw_only=True)
class RemoveDevice:
    """Let a device go, online or not."""

    device: str

    def run(self, app: Application, progress: Progress) -> bool:
        """Remove it; return whether it was online and so deleted what had been placed on it."""
        progress.check()
        device = app.catalog.devices.by_name(self.device)
        wait_online(app, [device.id])
        told = app.loop.call(app.fleet.remove(device.id))
        app.catalog.devices.unpair(device.id)
        app.device_pictures.forget({device.id})
        app.publish(LibraryChanged.of("devices", "groups"))
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
    refused
        Device name -> why it did not take (all of) its photos.
    """

    placed: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    offline: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Distribute:
    """Hand the labelled photos of a group out to its devices; photos that are already there stay.

    Attributes
    ----------
    devices
        Names of the devices that shall have all of them between them; every device of the group where empty.
    """

    group: str
    replicas: int = 1
    devices: tuple[str, ...] = ()

    def run(self, app: Application, progress: Progress) -> DistributeReport:
        """Place what is missing and remember where everything is.

        Raises
        ------
        KnownError
            No device is online, or none took anything of what it was to get.
        """
        group = app.catalog.groups.by_name(self.group)
        devices = {device.id: device for device in app.catalog.devices.all(group.id)}
        online, offline = online_devices(app, group.id, self.devices)
        report = DistributeReport(offline=offline)
        held = {device_id: read_inventory(app, device_id) for device_id in online}
        # A device may keep its owner's own photos back from training, so those are no copies of ours.
        own = {device: {photo for photo, kind in photos.items() if kind == "own"} for device, photos in held.items()}
        copies = Counter(photo for device, photos in held.items() for photo in photos if photo not in own[device])
        missing = [photo for photo in sorted(app.catalog.groups.labels(group.id)) if copies[photo] < self.replicas]
        paths = app.catalog.photos.paths(missing)
        report.failed |= {photo: "The original file is not where it was" for photo in missing if photo not in paths}
        plan = _plan([photo for photo in missing if photo in paths], online, held, self.replicas, own)
        total = sum(len(photos) for photos in plan.values())
        done = 0

        def sent(device_id: str, count: int) -> None:
            nonlocal done
            done += count
            name = devices[device_id].name
            report.placed[name] = report.placed.get(name, 0) + count
            progress.report("distribute", done, total)

        progress.report("distribute", 0, total)
        outcomes = app.loop.call(_place_all(app, plan, _placed_jpeg(paths), sent))
        for device_id, outcome in outcomes.items():
            if not isinstance(outcome, KnownError):
                report.failed |= outcome
                app.catalog.placements.place(device_id, [p for p in plan[device_id] if p not in outcome])
            else:
                report.refused[devices[device_id].name] = outcome.reason
            if plan[device_id] and app.fleet.link(device_id) is not None:
                # What arrived before something went wrong is there; only the device knows how much that is.
                read_inventory(app, device_id)
        refusals = [outcome for outcome in outcomes.values() if isinstance(outcome, KnownError)]
        if refusals and not report.placed:
            raise refusals[0]
        return report


@dataclass(frozen=True, kw_only=True)
class FormatDevice:
    """Delete what the desktop placed on a device; its own photos stay."""

    device: str

    def run(self, app: Application, progress: Progress) -> int:
        """Delete them and return how many photos that were."""
        progress.check()
        device = app.catalog.devices.by_name(self.device)
        wait_online(app, [device.id])
        removed = app.loop.call(told(device.name, format_device(app.fleet.require_link(device.id))))
        # Not only what was placed: what the device says it holds is read anew.
        read_inventory(app, device.id)
        app.publish(LibraryChanged.of("devices", "groups"))
        return removed


@dataclass(frozen=True, kw_only=True)
class RefreshInventory:
    """Ask the devices of a group which photos they hold, own and placed."""

    group: str

    def run(self, app: Application, progress: Progress) -> dict[str, list[HeldPhoto]]:
        """Return what each device (by name) holds; devices that are offline as they were known last."""
        group = app.catalog.groups.by_name(self.group)
        devices = app.catalog.devices.all(group.id)
        if not devices:
            raise no_device()
        online = wait_online(app, [device.id for device in devices])
        for number, device_id in enumerate(online):
            progress.report("inventory", number, len(online))
            read_inventory(app, device_id)
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
                raise KnownError(
                    f"The group has no category “{album}”, so nothing was labelled",
                    "Make the album (letspic album create ALBUM), share it (letspic group share GROUP ALBUM),"
                    " and try again",
                )
            wanted[folder] = None if album is None else by_name[album.casefold()]
        wait_online(app, [device.id])
        link = app.fleet.require_link(device.id)
        read_inventory(app, device.id)
        own = [photo for photo in app.catalog.placements.held(device.id) if photo.kind == "own"]
        unknown = sorted(set(wanted) - {photo.proposed_label for photo in own if photo.proposed_label})
        if unknown:
            raise KnownError(
                f"{device.name} has no own photos in a folder “{unknown[0]}”", "See its folders: letspic device photos"
            )
        labels = [(p.sha256, wanted[p.proposed_label]) for p in own if p.proposed_label in wanted]
        app.catalog.placements.confirm_labels(device.id, labels)
        known = {p.sha256: p.class_id for p in app.catalog.placements.held(device.id) if p.class_id is not None}
        top = max((one.class_id for one in classes), default=-1)
        names = [next((one.name for one in classes if one.class_id == n), "") for n in range(top + 1)]
        header: dict[str, object] = {"names": names, "labels": known}
        app.loop.call(told(device.name, link.request(Request.of(messages.LABELS, header), ONLINE_SECONDS)))
        app.publish(LibraryChanged.of("devices", "groups"))
        return len(known)


def _refuse_itself(app: Application, port: int, code: str) -> None:
    """A desktop that shows a code to join another group must not become its own device."""
    program = app.membership.program
    window = program.window if program is not None else None
    typed = "".join(digit for digit in code if digit.isdecimal())
    if window is not None and window.address[1] == port and window.code == typed:
        raise KnownError("This is the code of this desktop itself", "Type it at the desktop that owns the group")


def _plan(
    photos: Sequence[str],
    devices: Sequence[str],
    held: Mapping[str, Container[str]],
    replicas: int,
    own: Mapping[str, Container[str]] = MappingProxyType({}),
) -> dict[str, list[str]]:
    """Say which device gets which photos so that each has its number of copies: in turn, then where there is least.

    A device whose own photo it is gets no copy of it.
    """
    holders = {photo: [device for device in devices if photo in held[device]] for photo in photos}
    plan = deal([photo for photo in photos if not holders[photo]], devices, replicas)
    for photo in photos:
        if holders[photo]:
            others = [device for device in devices if device not in holders[photo]]
            others.sort(key=lambda device: len(plan[device]))
            placed = sum(photo not in own.get(device, ()) for device in holders[photo])
            for device in others[: replicas - placed]:
                plan[device].append(photo)
    return plan


def _placed_jpeg(paths: Mapping[str, Path]) -> Callable[[str], bytes]:
    return lambda photo: to_placed_jpeg(paths[photo], short_side=PLACED_SHORT_SIDE)


async def _place_all(
    app: Application,
    plan: Mapping[str, list[str]],
    jpeg_of: Callable[[str], bytes],
    sent: Callable[[str, int], None],
) -> dict[str, dict[str, str] | KnownError]:
    """Place on all devices at the same time; one that cannot take its photos does not hold up the others."""
    names = {device.id: device.name for device in app.catalog.devices.all()}

    async def one(device_id: str, photos: list[str]) -> dict[str, str] | KnownError:
        try:
            link = app.fleet.require_link(device_id)
            return await told(names[device_id], place_photos(link, photos, jpeg_of, sent))
        except KnownError as error:
            return error

    outcomes = await asyncio.gather(*(one(device_id, photos) for device_id, photos in plan.items()))
    return dict(zip(plan, outcomes, strict=True))
