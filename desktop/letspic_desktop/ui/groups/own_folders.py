"""The hint on a page that own photos of a device wait for their labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from letspic_desktop.application import Application
from letspic_desktop.library.devices import Device
from letspic_desktop.operations.own_folders import own_photos
from letspic_desktop.ui.places import Place
from letspic_desktop.ui.texts import counted, tr


@dataclass(frozen=True, kw_only=True)
class LabelHint:
    """That own photos of a device wait for their labels."""

    device_id: str
    text: str


def label_hint(app: Application, place: Place) -> LabelHint | None:
    """Return what a device's or a group's page says about own photos that nobody has labelled."""
    for device in _devices(app, place):
        own = own_photos(app, device)
        if own.unlabelled:
            folders = counted(len(own.folders), "{n} folder", "{n} folders")
            text = tr(
                "{name} has photos without a label in {folders}. Label them, and they are learned from too.",
                name=device.name,
                folders=folders,
            )
            return LabelHint(device_id=device.id, text=text)
    return None


def _devices(app: Application, place: Place) -> Iterable[Device]:
    if place.kind == "group":
        return app.catalog.devices.all(place.key)
    device = app.catalog.devices.get(place.key) if place.kind == "device" else None
    return [device] if device is not None else []
