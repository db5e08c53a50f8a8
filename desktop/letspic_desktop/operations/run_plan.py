"""Who takes part in a run and which photo trains where: decided once, kept with the run, and read back to go on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from letspic_desktop.application import Application
from letspic_desktop.backbones.store import Backbone
from letspic_desktop.fleet.delivery import training_shares
from letspic_desktop.fleet.member import Member, Share
from letspic_desktop.fleet.run import Job
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.library.groups import Group
from letspic_desktop.library.runs import Run
from letspic_desktop.operations.reaching import read_inventory
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """A run that can be executed.

    Attributes
    ----------
    manifest
        What the catalog keeps of it: backbone, classes, and what each device trains on.
    """

    job: Job
    members: list[Member]
    manifest: Mapping[str, Any]

    @property
    def photos(self) -> set[str]:
        """Everything that trains, with a label or without."""
        return {photo for member in self.members for photo in (*member.share.labelled, *member.share.unlabelled)}


class CannotGoOnError(KnownError):
    """A paused run cannot be gone on with, now or ever."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The paused run cannot go on: {why}", "Start fine-tuning anew")


def plan_run(app: Application, group: Group, config: RunConfig, online: Sequence[str]) -> PlannedRun:
    """Plan a run over devices that are online (by id).

    Raises
    ------
    KnownError
        They hold nothing to learn from.
    """
    backbone = app.backbone_of(group)
    held = {device: read_inventory(app, device) for device in online}
    holders = {device: sorted(photos) for device, photos in held.items()}
    own = {device: {photo for photo, kind in photos.items() if kind == "own"} for device, photos in held.items()}
    labels = _labels(app, group, online)
    shares = training_shares(labels, holders, own)
    if not any(shares.values()):
        raise KnownError(
            "The devices hold no labelled photo of this group", "Hand photos out first: letspic device distribute"
        )
    unlabelled = _unlabelled(holders, labels) if config.unlabelled else {}
    parts = {device: Share(labelled=shares[device], unlabelled=tuple(unlabelled.get(device, ()))) for device in online}
    return _planned(app, group, config, backbone, run=uuid.uuid4().hex, shares=parts)


def plan_again(app: Application, group: Group, run: Run) -> PlannedRun:
    """Plan the rest of an interrupted run: the same photos, classes and backbone at the same devices.

    Raises
    ------
    CannotGoOnError
        What it learned from is no longer as it was.
    """
    try:
        config = RunConfig(**run.config)
        digest = str(run.manifest["backbone"])
        classes = [(int(number), str(name)) for number, name in run.manifest["classes"]]
        names = {device: str(part["name"]) for device, part in run.manifest["devices"].items()}
        shares = {
            device: Share(
                labelled={str(photo): int(column) for photo, column in part["labelled"].items()},
                unlabelled=tuple(map(str, part["unlabelled"])),
            )
            for device, part in run.manifest["devices"].items()
        }
    except (LookupError, TypeError, ValueError, AttributeError, KnownError) as error:
        raise CannotGoOnError("it was begun by another version of LetsPic") from error
    if digest != group.backbone and group.backbone is not None:
        raise CannotGoOnError("the group uses another backbone now")
    try:
        backbone = app.backbone_of(group)
    except KnownError as error:
        raise CannotGoOnError("its backbone is gone") from error
    if backbone.sha256 != digest:
        raise CannotGoOnError("the group uses another backbone now")
    members = {device.id for device in app.catalog.devices.all(group.id)}
    gone = [names[device] for device in shares if device not in members]
    if gone:
        raise CannotGoOnError(f"{gone[0]} is no longer in the group")
    if [number for number, _ in classes] != [one.class_id for one in app.catalog.groups.classes(group.id)]:
        raise CannotGoOnError("the group learns other albums now")
    labels = _labels(app, group, list(shares))
    for share in shares.values():
        changed = next((column for photo, column in share.labelled.items() if labels.get(photo) != column), None)
        if changed is not None:
            raise CannotGoOnError(f"the album “{classes[changed][1]}” has changed")
    return _planned(app, group, config, backbone, run=run.id, shares=shares)


def _planned(
    app: Application, group: Group, config: RunConfig, backbone: Backbone, *, run: str, shares: Mapping[str, Share]
) -> PlannedRun:
    classes = app.catalog.groups.classes(group.id)
    names = {device.id: device.name for device in app.catalog.devices.all(group.id)}
    members = [
        Member(
            device_id=device,
            name=names[device],
            link=lambda device=device: app.fleet.link(device),  # type: ignore[misc]
            share=share,
        )
        for device, share in shares.items()
    ]
    job = Job(
        run=run,
        backbone=backbone,
        classes=tuple(one.name for one in classes),
        config=config,
        folder=app.home.runs / run,
        classifier=app.backbones.classifier(backbone) if config.method == "paper" else None,
    )
    manifest = {
        "backbone": backbone.sha256,
        "classes": [[one.class_id, one.name] for one in classes],
        "devices": {
            member.device_id: {
                "name": member.name,
                "labelled": dict(member.share.labelled),
                "unlabelled": list(member.share.unlabelled),
            }
            for member in members
        },
    }
    return PlannedRun(job=job, members=members, manifest=manifest)


def _labels(app: Application, group: Group, devices: Sequence[str]) -> dict[str, int]:
    """Return SHA-256 -> column of the head, of the library's labelled photos and of those devices' own."""
    column = {one.class_id: index for index, one in enumerate(app.catalog.groups.classes(group.id))}
    labels = {photo: column[label] for photo, label in app.catalog.groups.labels(group.id).items()}
    for device in devices:
        for photo in app.catalog.placements.held(device):
            if photo.class_id in column:
                labels.setdefault(photo.sha256, column[photo.class_id])
    return labels


def _unlabelled(holders: Mapping[str, list[str]], labels: Mapping[str, int]) -> dict[str, list[str]]:
    """Return for each device the photos without a label that it alone (or first) holds."""
    taken: set[str] = set(labels)
    found: dict[str, list[str]] = {}
    for device in sorted(holders):
        found[device] = [photo for photo in holders[device] if photo not in taken]
        taken |= set(found[device])
    return found
