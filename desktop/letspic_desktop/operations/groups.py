"""Operations on groups: create, leave, what is shared, which backbone and which head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote

from letspic_desktop.application import Application, LibraryChanged
from letspic_desktop.library.groups import Group
from letspic_desktop.library.history import LibraryChange
from letspic_desktop.library.sharing import Sharing, share_albums
from letspic_desktop.operations.organise import make
from letspic_desktop.operations.reaching import wait_online
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class CreateGroup:
    """Make a group that this desktop owns.

    Attributes
    ----------
    albums
        Names of the albums to share; all of the library where None.
    backbone
        Name, SHA-256 or file of its backbone; the default one where None.
    """

    name: str
    albums: tuple[str, ...] | None = None
    backbone: str | None = None

    def run(self, app: Application, progress: Progress) -> Group:
        """Make it and return it; nothing is made where an album or the backbone does not exist."""
        progress.report("backbone", 0, None)
        backbone = app.backbones.get(self.backbone) if self.backbone else app.backbone_of(None)
        catalog = app.catalog
        names = self.albums if self.albums is not None else tuple(album.name for album in catalog.albums.all())

        def write(_: object) -> Group:
            group = catalog.groups.create(self.name, backbone=backbone.sha256)
            for name in names:
                catalog.groups.add_album(group.id, catalog.albums.by_name(name).id)
            return group

        made = catalog.database.call(write)
        app.publish(LibraryChanged.of("groups", "devices"))
        return made


@dataclass(frozen=True, kw_only=True)
class RenameGroup:
    """Give a group another name; its devices learn it when they connect the next time."""

    group: str
    name: str

    def run(self, app: Application, progress: Progress) -> None:
        """Rename it."""
        progress.check()
        group = app.catalog.groups.by_name(self.group)
        if group.role != "owner":
            raise KnownError(f"{group.name} belongs to another desktop", "Rename it there")
        app.catalog.groups.rename(group.id, self.name)
        for device in app.catalog.devices.all(group.id):
            app.connect(device)
        app.publish(LibraryChanged.of("groups", "devices"))


@dataclass(frozen=True, kw_only=True)
class ShareAlbum:
    """Share an album with a group, as a category to learn or only to search in."""

    group: str
    album: str
    as_category: bool = True

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Share it."""
        return _share(app, progress, self.group, {self.album: self.as_category})


@dataclass(frozen=True, kw_only=True)
class UnshareAlbum:
    """Stop sharing an album with a group."""

    group: str
    album: str

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Stop sharing it; what is already on devices stays until the group is distributed or formatted again."""
        return _share(app, progress, self.group, {self.album: None})


@dataclass(frozen=True, kw_only=True)
class ChangeAlbums:
    """Share some albums with a group as categories, and stop sharing others."""

    group: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def run(self, app: Application, progress: Progress) -> LibraryChange[None]:
        """Do it all, or nothing where a name is not known."""
        wanted: dict[str, Sharing] = dict.fromkeys(self.add, True)
        return _share(app, progress, self.group, wanted | dict.fromkeys(self.remove))


def _share(app: Application, progress: Progress, name: str, wanted: Mapping[str, Sharing]) -> LibraryChange[None]:
    group = app.catalog.groups.by_name(name)
    if group.role != "owner":
        raise KnownError(f"{group.name} belongs to another desktop", "Its owner chooses the albums")
    albums = {app.catalog.albums.by_name(album): sharing for album, sharing in wanted.items()}
    return make(app, progress, share_albums(app.catalog, group, albums))


@dataclass(frozen=True, kw_only=True)
class ChangeBackbone:
    """Use another backbone in a group; its heads of the old one stay in the history but are not used."""

    group: str
    backbone: str

    def run(self, app: Application, progress: Progress) -> None:
        """Change it."""
        progress.report("backbone", 0, None)
        group = app.catalog.groups.by_name(self.group)
        backbone = app.backbones.get(self.backbone)
        if backbone.sha256 == group.backbone:
            return

        def write(_: object) -> None:
            app.catalog.groups.set_backbone(group.id, backbone.sha256)
            app.catalog.heads.activate(group.id, None)

        app.catalog.database.call(write)
        app.publish(LibraryChanged.of("groups", "devices"))


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """What leaving a group deletes, and what it keeps.

    Attributes
    ----------
    placed
        Name of a device -> how many photos that were placed on it are deleted there.
    heads
        How many heads stay in the history; they come back only with the group.
    """

    group: Group
    placed: Mapping[str, int]
    heads: int


@dataclass(frozen=True, kw_only=True)
class ReadLeaving:
    """Read what leaving a group would delete."""

    group: str

    def run(self, app: Application, progress: Progress) -> Leaving:
        """Read it."""
        progress.check()
        group = app.catalog.groups.by_name(self.group)
        devices = app.catalog.devices.all(group.id)
        return Leaving(
            group=group,
            placed={device.name: len(app.catalog.placements.of_device(device.id)) for device in devices},
            heads=len(app.catalog.heads.history(group.id)),
        )


@dataclass(frozen=True, kw_only=True)
class LeaveGroup:
    """Give up a group: its devices are let go, what was placed on them is deleted there."""

    group: str

    def run(self, app: Application, progress: Progress) -> list[str]:
        """Leave it and return the names of devices that could not be told because they are offline."""
        group = app.catalog.groups.by_name(self.group)
        devices = app.catalog.devices.all(group.id)
        untold = []
        if devices:
            wait_online(app, [device.id for device in devices])
        for number, device in enumerate(devices):
            progress.report("let devices go", number, len(devices))
            if not app.loop.call(app.fleet.remove(device.id)):
                untold.append(device.name)
            app.catalog.devices.unpair(device.id)
        app.catalog.groups.leave(group.id)
        app.device_pictures.forget({device.id for device in devices})
        app.publish(LibraryChanged.of("groups", "devices"))
        return untold


@dataclass(frozen=True, kw_only=True)
class GoBack:
    """Put an earlier (or later) head of a group to use; version 0 is the bare feature, before any fine-tuning."""

    group: str
    version: int

    def run(self, app: Application, progress: Progress) -> None:
        """Put it to use."""
        progress.check()
        group = app.catalog.groups.by_name(self.group)
        if self.version:
            entry = next((e for e in app.catalog.heads.history(group.id) if e.version == self.version), None)
            if entry is None:
                raise KnownError(
                    f"The group has no head {self.version}", f"See them with: letspic group heads {quote(group.name)}"
                )
            if entry.backbone != group.backbone:
                raise KnownError(
                    f"Head {self.version} belongs to another backbone", "Change the group's backbone first"
                )
        app.catalog.heads.activate(group.id, self.version or None)
        app.publish(LibraryChanged.of("groups", "devices"))
