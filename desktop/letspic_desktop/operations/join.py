"""Join another desktop's group: this desktop's library then serves as a device's own photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from letspic_desktop.application import Application, LibraryChanged
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.rows import name_key
from letspic_desktop.progress import Progress
from letspic_device.home import DeviceHome
from letspic_device.photos import OwnPhoto
from letspic_shared.errors import KnownError

if TYPE_CHECKING:
    # The device program is loaded only where it is needed: every start of the window would wait for it.
    from letspic_device.pairing import Owner
    from letspic_device.program import DeviceProgram

_LONGEST_PART = 50


class LibraryPhotos:
    """The photos of a library as a device's own ones; the name of a photo's album is its proposed label."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def scan(self) -> dict[str, OwnPhoto]:
        """Return the photos whose files are there."""
        paths = self._catalog.photos.paths(self._catalog.photos.all())
        proposed: dict[str, str] = {}
        for album in self._catalog.albums.all():
            for photo in self._catalog.albums.photos(album.id):
                proposed.setdefault(photo, album.name)
        return {
            photo: OwnPhoto(sha256=photo, path=path, proposed=proposed.get(photo, "")) for photo, path in paths.items()
        }


@dataclass(frozen=True, kw_only=True)
class JoinGroup:
    """Serve in another desktop's group.

    Attributes
    ----------
    host, port
        Where to listen for the owner's desktop.
    replace
        Leave the group that this desktop serves in now for another one.
    """

    host: str = "127.0.0.1"
    port: int = 0
    allow_thumbnails: bool = False
    replace: bool = False

    def run(self, app: Application, progress: Progress) -> DeviceProgram:
        """Start serving and return the running program; its pairing window is open where it has no owner yet.

        Whoever calls this stops the program in the end.
        """
        from letspic_device.program import DeviceProgram, Options

        progress.check()
        home = DeviceHome(member_home(app))
        program = DeviceProgram(
            home,
            LibraryPhotos(app.catalog),
            Options(
                host=self.host,
                port=self.port,
                name=app.desktop_name,
                allow_thumbnails=self.allow_thumbnails,
                role="member",
            ),
            on_paired=lambda owner: _remember(app, owner),
            on_unpaired=lambda: _forget(app),
        )
        try:
            program.start()
            if program.owner is None or self.replace:
                program.open_pairing(replace=self.replace)
        except BaseException:
            program.stop()
            raise
        return program


@dataclass(frozen=True, kw_only=True)
class LeaveJoinedGroup:
    """Stop serving in another desktop's group; what its owner had placed here is deleted."""

    group: str

    def run(self, app: Application, progress: Progress) -> None:
        """Leave it, whether its owner is online or not."""
        progress.check()
        group = app.catalog.groups.by_name(self.group)
        if group.role != "member":
            raise KnownError(f"{group.name} is this desktop's own group", "Leave it with: letspic group leave")
        running = app.membership.program
        if running is not None:
            running.unpair()
            app.membership.stop()
        else:
            self._leave_alone(app)
        app.catalog.groups.leave(group.id)
        app.publish(LibraryChanged.of("groups", "devices"))

    def _leave_alone(self, app: Application) -> None:
        from letspic_device.program import DeviceProgram, Options

        program = DeviceProgram(
            DeviceHome(member_home(app)), LibraryPhotos(app.catalog), Options(name=app.desktop_name, announce=False)
        )
        try:
            program.start()
            program.unpair()
        finally:
            program.stop()


def member_home(app: Application) -> Path:
    """Return the device home that this desktop uses in another one's group."""
    return app.home.root / "member"


def _remember(app: Application, owner: Owner) -> None:
    groups = app.catalog.groups.all()
    own = {group.id for group in groups if group.role == "owner"}
    # The owner chooses the id. One that names a group of our own must not turn that into somebody else's.
    identity = f"{owner.fingerprint[:16]} {owner.group_id}" if owner.group_id in own else owner.group_id
    for group in groups:
        if group.role == "member" and group.id != identity:
            app.catalog.groups.leave(group.id)
    taken = {name_key(group.name) for group in groups if group.role == "owner"}
    app.catalog.groups.create(_free_name(owner, taken), role="member", group_id=identity)
    app.publish(LibraryChanged.of("groups", "devices"))


def _free_name(owner: Owner, taken: set[str]) -> str:
    """Return the name of the joined group; one that a group of our own has gets the desktop's name, then a number."""
    base = (owner.group_name or "Group")[:_LONGEST_PART]
    desktop = (owner.desktop_name or "another desktop")[:_LONGEST_PART]
    name, number = base, 1
    while name_key(name) in taken:
        name = f"{base} ({desktop})" if number == 1 else f"{base} ({desktop}) {number}"
        number += 1
    return name


def _forget(app: Application) -> None:
    for group in app.catalog.groups.all():
        if group.role == "member":
            app.catalog.groups.leave(group.id)
    app.publish(LibraryChanged.of("groups", "devices"))
