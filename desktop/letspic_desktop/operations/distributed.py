"""The distributed files of a group: which photo is on which device, and which have too few copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from letspic_desktop.application import Application
from letspic_desktop.library.devices import Device
from letspic_desktop.library.placements import HeldPhoto
from letspic_desktop.progress import Progress

Copy = Literal["", "own", "placed"]


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A device of the group, and how much it holds as far as is known.

    Attributes
    ----------
    placed_bytes
        Size of what was placed on it; None before it was asked.
    """

    device_id: str
    name: str
    own: int
    placed: int
    placed_bytes: int | None


@dataclass(frozen=True, kw_only=True)
class SpreadPhoto:
    """One photo.

    Attributes
    ----------
    name
        Of its file; empty where this desktop does not have the photo.
    album
        The album as which the group learns it; empty where it learns it as none.
    on
        What each holder has of it, in the order of the holders.
    shared
        Whether it is a photo of this library that is handed out.
    """

    sha256: str
    name: str
    album: str
    on: tuple[Copy, ...]
    shared: bool

    @property
    def copies(self) -> int:
        """On how many devices it is."""
        return sum(one != "" for one in self.on)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Where the photos of a group are."""

    group_id: str
    group: str
    holders: Sequence[Holder]
    photos: Sequence[SpreadPhoto]

    def too_few(self, replicas: int) -> list[SpreadPhoto]:
        """Return the photos to hand out that are on fewer devices; never more than there are devices are wanted."""
        wanted = min(replicas, max(1, len(self.holders)))
        return [photo for photo in self.photos if photo.shared and photo.copies < wanted]


@dataclass(frozen=True, kw_only=True)
class ReadSpread:
    """Read where the photos of a group are, as the devices said last."""

    group: str

    def run(self, app: Application, progress: Progress) -> Spread:
        """Read it; `RefreshInventory` asks the devices anew."""
        progress.check()
        catalog = app.catalog
        group = catalog.groups.by_name(self.group)
        devices = sorted(catalog.devices.all(group.id), key=lambda device: device.name.casefold())
        held = [{photo.sha256: photo for photo in catalog.placements.held(device.id)} for device in devices]
        labels = catalog.groups.labels(group.id)
        albums = {one.class_id: one.name for one in catalog.groups.classes(group.id, with_all=True)}
        photos = set(labels).union(*held)
        names = {photo: path.name for photo, path in catalog.photos.paths(sorted(photos)).items()}
        found = [
            SpreadPhoto(
                sha256=photo,
                name=names.get(photo, ""),
                album=_album(photo, labels, held, albums),
                on=tuple(one[photo].kind if photo in one else "" for one in held),
                shared=photo in labels,
            )
            for photo in photos
        ]
        found.sort(key=lambda photo: (photo.album.casefold(), photo.name.casefold() or "\uffff", photo.sha256))
        holders = [_holder(device, list(one.values())) for device, one in zip(devices, held, strict=True)]
        return Spread(group_id=group.id, group=group.name, holders=holders, photos=found)


def _album(photo: str, labels: dict[str, int], held: Sequence[dict[str, HeldPhoto]], albums: dict[int, str]) -> str:
    number = labels.get(photo)
    if number is None:
        number = next((one[photo].class_id for one in held if photo in one and one[photo].class_id is not None), None)
    return "" if number is None else albums.get(number, "")


def _holder(device: Device, held: Sequence[HeldPhoto]) -> Holder:
    size = device.facts.get("placed_bytes")
    return Holder(
        device_id=device.id,
        name=device.name,
        own=sum(photo.kind == "own" for photo in held),
        placed=sum(photo.kind == "placed" for photo in held),
        placed_bytes=size if isinstance(size, int) else None,
    )
