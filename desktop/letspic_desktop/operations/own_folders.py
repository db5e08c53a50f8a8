"""A device's own photos: the folders they are in there, and which album of the group each one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from letspic_desktop.application import Application
from letspic_desktop.library.devices import Device
from letspic_desktop.library.placements import HeldPhoto
from letspic_desktop.library.rows import clean_name, name_key
from letspic_desktop.operations.devices import ConfirmLabels
from letspic_desktop.operations.groups import ChangeAlbums
from letspic_desktop.operations.organise import CreateAlbum
from letspic_desktop.operations.reaching import read_inventory, wait_online
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class OwnFolder:
    """A folder of own photos.

    Attributes
    ----------
    photos
        How many are in it.
    album
        The album that was confirmed for it, None where none was.
    """

    name: str
    photos: int
    album: str | None


@dataclass(frozen=True, kw_only=True)
class OwnPhotos:
    """The folders of a device, and the albums of its group that they may be."""

    device: Device
    albums: Sequence[str]
    folders: Sequence[OwnFolder]

    @property
    def unlabelled(self) -> bool:
        """Whether there are folders and albums, and nobody has said yet what is what."""
        return bool(self.albums and self.folders) and all(folder.album is None for folder in self.folders)


@dataclass(frozen=True, kw_only=True)
class LookAtOwnPhotos:
    """Ask a device what it holds, and return its folders; as they were known last where it is away."""

    device_id: str

    def run(self, app: Application, progress: Progress) -> OwnPhotos:
        """Look."""
        progress.check()
        device = app.catalog.devices.get(self.device_id)
        if device is None:
            raise KnownError("This device was let go", "Pair it again")
        if wait_online(app, [device.id]):
            read_inventory(app, device.id)
        return own_photos(app, device)


@dataclass(frozen=True, kw_only=True)
class LabelFolders:
    """Say which album each folder of a device is; albums that are new are made and shared with its group.

    Attributes
    ----------
    folders
        As in ``ConfirmLabels``.
    new
        Names of albums that the group is to learn from now on, made where the library has none of that name.
    """

    device: str
    folders: tuple[tuple[str, str | None], ...]
    new: tuple[str, ...] = ()

    def run(self, app: Application, progress: Progress) -> int:
        """Do it; return how many own photos have a label now."""
        device = app.catalog.devices.by_name(self.device)
        group = app.catalog.groups.get(device.group_id) if device.group_id is not None else None
        new = tuple(clean_name(name, "album") for name in self.new)
        folders = tuple(
            (folder, clean_name(album, "album") if album in self.new else album) for folder, album in self.folders
        )
        if new and group is not None:
            # Not before the device is there: without it nothing can be labelled, and nothing is to be made.
            wait_online(app, [device.id])
            app.fleet.require_link(device.id)
            known = {name_key(album.name) for album in app.catalog.albums.all()}
            for name in new:
                if name_key(name) not in known:
                    CreateAlbum(name=name).run(app, progress)
                    known.add(name_key(name))
            ChangeAlbums(group=group.name, add=new).run(app, progress)
        return ConfirmLabels(device=device.id, folders=folders).run(app, progress)


def own_photos(app: Application, device: Device) -> OwnPhotos:
    """Return what is known of a device's folders."""
    classes = app.catalog.groups.classes(device.group_id) if device.group_id is not None else []
    names = {one.class_id: one.name for one in classes}
    own = [photo for photo in app.catalog.placements.held(device.id) if photo.kind == "own" and photo.proposed_label]
    return OwnPhotos(
        device=device,
        albums=sorted(names.values(), key=str.casefold),
        folders=[
            _folder(name, [photo for photo in own if photo.proposed_label == name], names)
            for name in sorted({photo.proposed_label or "" for photo in own}, key=str.casefold)
        ],
    )


def _folder(name: str, photos: Sequence[HeldPhoto], names: dict[int, str]) -> OwnFolder:
    confirmed = [names[photo.class_id] for photo in photos if photo.class_id in names]
    return OwnFolder(name=name, photos=len(photos), album=confirmed[0] if confirmed else None)
