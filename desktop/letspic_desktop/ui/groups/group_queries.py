"""What the cards of groups and devices read; beside the window, like any operation."""

from __future__ import annotations

from dataclasses import dataclass

from letspic_desktop.application import Application
from letspic_desktop.backbones.store import Backbone
from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.serving import Serving, serving_now
from letspic_desktop.progress import Progress
from letspic_desktop.ui.groups.device_card import DevicePage
from letspic_desktop.ui.groups.group_card import GroupPage


@dataclass(frozen=True, kw_only=True)
class JoinedPage:
    """What the page of another desktop's group shows."""

    group: Group
    serving: Serving | None


@dataclass(frozen=True, kw_only=True)
class ReadGroupPage:
    """Read what a group's card shows; None where the group is gone."""

    group_id: str

    def run(self, app: Application, progress: Progress) -> GroupPage | JoinedPage | None:
        """Read it."""
        progress.check()
        group = app.catalog.groups.get(self.group_id)
        if group is None or group.left_at is not None:
            return None
        if group.role == "member":
            return JoinedPage(group=group, serving=serving_now(app))
        history = app.catalog.heads.history(group.id)
        devices = app.catalog.devices.all(group.id)
        return GroupPage(
            group=group,
            devices=sorted(devices, key=lambda device: (device.name.casefold(), device.id)),
            albums=app.catalog.groups.classes(group.id, with_all=True),
            head=next((head for head in history if head.active), None),
            heads=len(history),
        )


@dataclass(frozen=True, kw_only=True)
class ReadDevicePage:
    """Read what a device's card shows; None where the device is gone."""

    device_id: str
    view: DeviceView | None

    def run(self, app: Application, progress: Progress) -> DevicePage | None:
        """Read it."""
        progress.check()
        device = app.catalog.devices.get(self.device_id)
        if device is None:
            return None
        group = app.catalog.groups.get(device.group_id) if device.group_id is not None else None
        return DevicePage(
            device=device,
            view=self.view,
            group=group.name if group is not None else "",
            backbone=_backbone_name(app, group),
        )


def _backbone_name(app: Application, group: Group | None) -> str:
    if group is None or group.backbone is None:
        return ""
    known: dict[str, Backbone] = {one.sha256: one for one in app.backbones.list()}
    found = known.get(group.backbone)
    return found.name if found is not None else group.backbone[:8]
