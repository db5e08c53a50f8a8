"""Everything that the window and the command line share: the library, the backbones, the fleet, and their events."""

from __future__ import annotations

import ipaddress
import logging
import platform
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self, get_args

from letspic_desktop.backbones.store import DEFAULT_BACKBONE, Backbone, BackboneStore
from letspic_desktop.batch import ProcessEngine
from letspic_desktop.fleet.connection import DeviceView, Known
from letspic_desktop.fleet.device_pictures import DevicePictures
from letspic_desktop.fleet.discovery import Discovery
from letspic_desktop.fleet.events import Event
from letspic_desktop.fleet.fleet import Fleet
from letspic_desktop.fleet.loop import FleetLoop
from letspic_desktop.fleet.membership import Membership
from letspic_desktop.home import Home
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.devices import Device
from letspic_desktop.library.groups import Group
from letspic_desktop.library.searches import Searches
from letspic_desktop.library.thumbnails import Thumbnails
from letspic_desktop.preferences import PreferenceStore
from letspic_desktop.retrieval.library_index import LibraryIndex
from letspic_device.announce import LOOPBACK
from letspic_device.control import HomeLock
from letspic_device.identity import Identity, load_or_create
from letspic_shared.errors import KnownError

log = logging.getLogger(__name__)

_REMEMBER_SECONDS = 60.0


Part = Literal["photos", "details", "albums", "tags", "groups", "devices", "marks"]
EVERYTHING: Final[frozenset[Part]] = frozenset(get_args(Part))


@dataclass(frozen=True, kw_only=True)
class LibraryChanged:
    """Something of the library is not what it was.

    Attributes
    ----------
    parts
        What: which photos there are or where their files are ("photos"), what people said of them (ratings, dates,
        turns: "details"), albums, tags, groups with their heads, devices, marks of search results. Everything where
        nobody says.
    """

    parts: frozenset[Part] = EVERYTHING

    @classmethod
    def of(cls, *parts: Part) -> LibraryChanged:
        """Tell that these parts changed, and no other."""
        return cls(parts=frozenset(parts))


@dataclass(frozen=True, kw_only=True)
class DeviceChanged:
    """A device has another state."""

    view: DeviceView


@dataclass(frozen=True, kw_only=True)
class RunChanged:
    """A run of a group moved on."""

    group_id: str
    event: Event


AppEvent = LibraryChanged | DeviceChanged | RunChanged
AppListener = Callable[[AppEvent], None]


class HomeInUseError(KnownError):
    """Another LetsPic, a window or a command, works in this home."""

    def __init__(self, home: Home) -> None:
        super().__init__(
            f"Another LetsPic already uses {home.root}", "Close it first, or choose another folder with --home"
        )
        self.home = home


class Application:
    """The desktop program without its face.

    Opening it starts no thread that dials out: the fleet connects when it is first asked for.
    """

    def __init__(self, home: Home, lock: HomeLock) -> None:
        self.home = home
        self.preferences = PreferenceStore(home.root)
        self.catalog = Catalog.open(home)
        self.searches = Searches(home.root)
        self.device_pictures = DevicePictures()
        self.backbones = BackboneStore(home.backbones)
        self.engine = ProcessEngine()
        self.thumbnails = Thumbnails(home.thumbnails)
        self.index = LibraryIndex(self.catalog, self.engine)
        self.membership = Membership()
        self._home_lock = lock
        self._listeners: list[AppListener] = []
        self._fleet: tuple[FleetLoop, Fleet] | None = None
        self._fleet_lock = threading.Lock()
        self._identity: Identity | None = None
        self._discovery: Discovery | None = None
        self._remembered: dict[str, tuple[tuple[str, bool, str], float]] = {}
        self._keep_stale_runs()

    @classmethod
    def open(cls, path: Path | None = None) -> Application:
        """Open the program's home.

        Raises
        ------
        KnownError
            It cannot be written to, is in use by another LetsPic, or its catalog is damaged or too new.
        """
        home = Home.open(path)
        try:
            lock = HomeLock(home.root)
        except KnownError as error:
            if not isinstance(error.__cause__, BlockingIOError):
                raise
            raise HomeInUseError(home) from error
        try:
            return cls(home, lock)
        except BaseException:
            lock.close()
            raise

    def close(self) -> None:
        """Serve nobody any more, drop the links, end the workers, and close the catalog."""
        self.membership.close()
        with self._fleet_lock:
            discovery, self._discovery = self._discovery, None
            fleet_and_loop, self._fleet = self._fleet, None
        if discovery is not None:
            discovery.stop()
        if fleet_and_loop is not None:
            loop, fleet = fleet_and_loop
            loop.call(fleet.close())
            loop.close()
        self.engine.close()
        self.catalog.close()
        self._home_lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def subscribe(self, listener: AppListener) -> Callable[[], None]:
        """Tell ``listener`` every event, in whatever thread it happens; return a function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, event: AppEvent) -> None:
        """Tell an event to all listeners."""
        if isinstance(event, LibraryChanged) and "photos" in event.parts:
            self.index.forget()
        for listener in list(self._listeners):
            listener(event)

    @property
    def identity(self) -> Identity:
        """This desktop's certificate, made at first use."""
        if self._identity is None:
            self._identity = load_or_create(self.home.identity, self.desktop_name)
        return self._identity

    @property
    def desktop_name(self) -> str:
        """What devices show as the name of this desktop."""
        return platform.node() or "desktop"

    @property
    def loop(self) -> FleetLoop:
        """The fleet's event loop; starts the fleet at first use."""
        return self._started()[0]

    @property
    def fleet(self) -> Fleet:
        """The paired devices; starts connecting to them at first use."""
        return self._started()[1]

    def backbone_of(self, group: Group | None) -> Backbone:
        """Return the backbone of a group (or the default one), built where it is not there yet."""
        return self.backbones.get(group.backbone if group is not None and group.backbone else DEFAULT_BACKBONE)

    def owned_group(self, name: str | None = None) -> Group:
        """Return the group of that name, or the only one.

        Raises
        ------
        KnownError
            There is none, or a name is needed to choose.
        """
        if name is not None:
            return self.catalog.groups.by_name(name)
        groups = self.catalog.groups.all()
        if not groups:
            raise KnownError("There is no group yet", "Create one: letspic group create NAME")
        if len(groups) > 1:
            names = ", ".join(group.name for group in groups)
            raise KnownError(f"There are several groups ({names})", "Choose one with --group")
        return groups[0]

    def connect(self, device: Device) -> None:
        """Keep a link to a paired device from now on."""
        loop, fleet = self._started()
        known = known_of(device, self._group_of(device))
        if known is not None:
            loop.call(_add(fleet, known))

    def _group_of(self, device: Device) -> str:
        group = self.catalog.groups.get(device.group_id) if device.group_id is not None else None
        return group.name if group is not None else ""

    def _started(self) -> tuple[FleetLoop, Fleet]:
        with self._fleet_lock:
            if self._fleet is None:
                identity = self.identity
                loop = FleetLoop()
                fleet = loop.call(_make_fleet(identity, self._device_changed))
                for device in self.catalog.devices.all():
                    known = known_of(device, self._group_of(device))
                    if known is not None:
                        loop.call(_add(fleet, known))
                self._fleet = (loop, fleet)
            return self._fleet

    def follow_addresses(self) -> None:
        """Look for the paired devices on the network, so that one that moved is found where it is now.

        Only its certificate tells whether it is really there. Looks on loopback alone while every device is there.
        """
        devices = [known for device in self.catalog.devices.all() if (known := known_of(device)) is not None]
        if not devices:
            return
        local = all(_is_loopback(known.host) for known in devices)
        loop, fleet = self._started()

        def changed() -> None:
            found = discovery.found()
            loop.submit(_move_all(fleet, [(one.id, one.host, one.port) for one in found]))

        discovery = Discovery(changed, interfaces=LOOPBACK if local else None)
        with self._fleet_lock:
            if self._discovery is not None:
                return
            self._discovery = discovery
        discovery.start()

    def _keep_stale_runs(self) -> None:
        """A run that is still marked as running was cut off when the program ended: it can be gone on with."""
        unfinished = self.catalog.runs.unfinished()
        for run in unfinished:
            group = self.catalog.groups.get(run.group_id)
            if group is None or group.left_at is not None:
                self.catalog.runs.finish(run.id, state="cancelled", reason="the group was left")
            elif run.state == "running":
                self.catalog.runs.set_state(run.id, "paused", "LetsPic was ended during the run")
        # The others may have been cut off while their journals were deleted.
        kept = {run.id for run in self.catalog.runs.unfinished()}
        for folder in self.home.runs.iterdir():
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def _device_changed(self, view: DeviceView) -> None:
        # A device answers every few seconds; the disk is written to when there is something new, or once a minute.
        now = time.monotonic()
        known, written = self._remembered.get(view.device_id, (("", False, ""), 0.0))
        news = (view.state, view.online, view.address)
        if news != known or now - written > _REMEMBER_SECONDS:
            self._remembered[view.device_id] = (news, now)
            # Not waited for: this runs in the fleet's loop, which must not wait for the disk.
            self.catalog.database.submit(lambda _: self._remember(view))
        self.publish(DeviceChanged(view=view))

    def _remember(self, view: DeviceView) -> None:
        device = self.catalog.devices.get(view.device_id)
        if view.online and device is not None:
            # A device tells its role only when it is paired.
            facts = None if view.facts is None else {**device.facts, **view.facts}
            self.catalog.devices.saw(view.device_id, state=view.state, address=view.address or None, facts=facts)
        else:
            self.catalog.devices.set_state(view.device_id, view.state)


def known_of(device: Device, group: str = "") -> Known | None:
    """Return how a device of the catalog (and of the group of that name) is reached over TLS, None where it is not."""
    if not device.certificate or not device.address:
        return None
    host, _, port = device.address.rpartition(":")
    if not port.isdecimal():
        return None
    return Known(
        device_id=device.id,
        name=device.name,
        certificate_pem=device.certificate,
        host=host.removeprefix("[").removesuffix("]"),
        port=int(port),
        group=group,
    )


async def _make_fleet(identity: Identity, on_change: Callable[[DeviceView], None]) -> Fleet:
    return Fleet(identity, on_change)


async def _add(fleet: Fleet, known: Known) -> None:
    fleet.add(known)


async def _move_all(fleet: Fleet, found: list[tuple[str, str, int]]) -> None:
    for device_id, host, port in found:
        fleet.moved(device_id, host, port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
