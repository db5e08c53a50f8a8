"""The running device: identity, link, pairing window, announcement and control put together.

Also used by a desktop that serves in another desktop's group, with its library as the device's own photos.
"""

from __future__ import annotations

import ipaddress
import logging
import platform
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from letspic_device import __version__
from letspic_device.announce import Announcement, places_of
from letspic_device.control import ControlServer, HomeLock
from letspic_device.home import DeviceHome
from letspic_device.identity import load_or_create
from letspic_device.link_server import LinkServer
from letspic_device.owner_state import forget_owner, load_owner, save_owner
from letspic_device.pairing import OPEN, Owner, PairingWindow
from letspic_device.pairing_handshake import Header, clean_name
from letspic_device.photos import OwnPhotos
from letspic_device.run_data import DEFAULT_WITHHOLD
from letspic_device.runtime import DeviceRuntime
from letspic_device.states import State
from letspic_shared.errors import KnownError

log = logging.getLogger(__name__)

_SETTINGS = "settings.json"
_LAST_PORT = 65535
_LOOK_SECONDS = 5.0
Message = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a device runs.

    Attributes
    ----------
    host, port
        Where the link listens; port 0 takes the one of the last start where it is free, else any.
    name
        What people see.
    allow_thumbnails
        Small pictures of own photos may be shown in search results.
    role
        "device", or "member" for a desktop that joined another desktop's group.
    announce
        Whether to make the device found by itself on the local network.
    withhold
        Classes with fewer own photos than this never take part in a run.
    """

    host: str = "127.0.0.1"
    port: int = 0
    name: str = ""
    allow_thumbnails: bool = False
    role: str = "device"
    announce: bool = True
    withhold: int = DEFAULT_WITHHOLD


class DeviceProgram:
    """A device from start to stop.

    Parameters
    ----------
    on_paired
        Called (in another thread) with the new owner after each pairing, and when the owner's group has another name.
    """

    def __init__(
        self,
        home: DeviceHome,
        own: OwnPhotos,
        options: Options,
        *,
        on_paired: Callable[[Owner], None] | None = None,
        on_unpaired: Callable[[], None] | None = None,
    ) -> None:
        self._home = home
        self._options = options
        self._on_paired = on_paired
        self._on_unpaired = on_unpaired
        self._name = options.name or platform.node() or "device"
        self.window: PairingWindow | None = None
        self._window_lock = threading.Lock()
        self._owner_lock = threading.RLock()
        self._lock = HomeLock(home.root)
        try:
            self._set_up(own)
        except BaseException:
            self._lock.close()
            raise

    def _set_up(self, own: OwnPhotos) -> None:
        home, options = self._home, self._options
        self._identity = load_or_create(home.identity, self._name)
        self.owner = load_owner(home)
        self.runtime = DeviceRuntime(
            home,
            device_id=self._identity.fingerprint,
            name=self._name,
            own=own,
            allow_thumbnails=options.allow_thumbnails,
            withhold=options.withhold,
            on_unpair=self._desktop_lets_go,
            on_group=self._call_group,
        )
        self._server = self._listen()
        self._looking = threading.Thread(target=self._look, name="look", daemon=True)
        self._announcement = Announcement(
            device_id=self._identity.fingerprint,
            name=self._name,
            role=options.role,
            version=__version__,
            host=options.host,
            port=self._server.port,
            interfaces=_interfaces(options.host),
        )
        self._control = ControlServer(
            home.root,
            {"pair": self._command_pair, "status": self._command_status, "unpair": self._command_unpair},
        )

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the link."""
        return self._options.host, self._server.port

    @property
    def connected(self) -> bool:
        """Whether the desktop that owns this device is connected now."""
        return self._server.connected

    @property
    def device_id(self) -> str:
        """Fingerprint of the device's certificate."""
        return self._identity.fingerprint

    def start(self) -> None:
        """Begin to serve; returns at once."""
        self.runtime.states.enter(State.UNPAIRED if self.owner is None else State.IDLE)
        self._server.trust(self.owner)
        self._server.start()
        self._control.start()
        # The first look at a large folder reads every photo, and asking the network whether the name is free takes
        # 1.5 s: nothing waits for either.
        self._looking.start()
        if self._options.announce:
            threading.Thread(target=self._announcement.start, name="announce", daemon=True).start()
        log.info("listening on %s:%d, %s", *self.address, self.runtime.states.snapshot.state.value)

    def stop(self) -> None:
        """Stop serving; what is under way is dropped, what is on disk stays whole."""
        self.runtime.states.enter(State.STOPPING)
        window = self.window
        if window is not None:
            window.close()
        self._control.close()
        self._server.close()
        self._announcement.close()
        if self._looking.is_alive():
            # A library that serves is closed next, and must not be read any more.
            self._looking.join(_LOOK_SECONDS)
        self._lock.close()

    def open_pairing(self, *, replace: bool = False) -> PairingWindow:
        """Open the pairing window (or return the one that is open).

        Raises
        ------
        KnownError
            The device has an owner and ``replace`` is not given.
        """
        with self._window_lock:
            if self.window is not None and self.window.state == OPEN:
                return self.window
            # Beside the link's port where that was chosen, else (and where somebody has it) at any: it is shown anyway.
            ports = (self._options.port + 1, 0) if 0 < self._options.port < _LAST_PORT else (0,)
            windows = [self._pairing_window(port, replace=replace) for port in ports]
            before = self.runtime.states.resting
            # Before the window opens: its thread may close it again at any moment after.
            self.runtime.states.enter(State.PAIRING)
            try:
                window = _start_first(windows)
            except KnownError:
                self.runtime.states.enter(before)
                raise
            self.window = window
        self._announcement.set_pairing(window.address[1])
        if window.state != OPEN:
            self._announcement.set_pairing(None)
        return window

    def unpair(self) -> bool:
        """Leave the group from this side; return whether there was one. Placed photos are deleted."""
        if self.owner is None:
            return False
        # The link first: what the desktop asks for now must not bring back what is deleted.
        self._server.trust(None)
        try:
            self.runtime.forget_group()
        finally:
            self._forget_owner()
        return True

    def _pairing_window(self, port: int, *, replace: bool) -> PairingWindow:
        return PairingWindow(
            self._identity,
            host=self.address[0],
            port=port,
            describe=self._describe,
            on_paired=self._store_owner,
            owner=self.owner,
            replace=replace,
            on_closed=self._pairing_closed,
        )

    def _listen(self) -> LinkServer:
        options = self._options
        if options.port:
            return LinkServer(self._identity, self.runtime, options.host, options.port)
        last = self._home.read(_SETTINGS).get("port", 0)
        try:
            server = LinkServer(self._identity, self.runtime, options.host, last if isinstance(last, int) else 0)
        except KnownError:
            server = LinkServer(self._identity, self.runtime, options.host, 0)
        self._home.write(_SETTINGS, {"port": server.port})
        return server

    def _describe(self) -> Message:
        host, port = self.address
        return {
            "name": self._name,
            "link_host": "" if _is_any(host) else host,
            "link_port": port,
            "platform": f"{platform.system()} {platform.machine()}",
            "version": __version__,
            "role": self._options.role,
        }

    def _store_owner(self, owner: Owner) -> None:
        if self.owner is not None and self.owner.fingerprint != owner.fingerprint:
            self._server.trust(None)
            self.runtime.forget_group()
        with self._owner_lock:
            save_owner(self._home, owner)
            self.owner = owner
        self._server.trust(owner)
        self.runtime.states.enter(State.IDLE)
        log.info("paired with %s, group %s", owner.desktop_name, owner.group_name)
        if self._on_paired is not None:
            self._on_paired(owner)

    def _pairing_closed(self, state: str) -> None:
        log.info("pairing is over: %s", state)
        self._announcement.set_pairing(None)
        if self.runtime.states.snapshot.state is State.PAIRING:
            self.runtime.states.enter(State.UNPAIRED if self.owner is None else State.IDLE)

    def _desktop_lets_go(self) -> None:
        # The answer to the desktop's request still has to go out over the link that this closes.
        self._server.after_answer(lambda: self._server.trust(self.owner))
        self._forget_owner()

    def _call_group(self, header: Header) -> None:
        """The desktop says how its group is called by now."""
        name = clean_name(header, "group")
        # An owner that is let go in another thread just now must not come back with the new name.
        with self._owner_lock:
            if self.owner is None or not name or name == self.owner.group_name:
                return
            owner = replace(self.owner, group_name=name)
            save_owner(self._home, owner)
            self.owner = owner
        if self._on_paired is not None:
            self._on_paired(owner)

    def _forget_owner(self) -> None:
        with self._owner_lock:
            forget_owner(self._home)
            self.owner = None
        if self.runtime.states.resting is State.IDLE:
            self.runtime.states.enter(State.UNPAIRED)
        log.info("left the group")
        if self._on_unpaired is not None:
            self._on_unpaired()

    def _look(self) -> None:
        try:
            self.runtime.shelf.rescan()
        except KnownError as error:
            log.warning("own photos: %s", error)

    def _command_pair(self, request: Message) -> Message:
        window = self.open_pairing(replace=request.get("replace") is True)
        host, port = window.address
        left = round(window.seconds_left)
        return {"code": window.code, "host": host, "port": port, "places": places_of(host, port), "seconds": left}

    def _command_status(self, request: Message) -> Message:
        del request
        host, port = self.address
        owner = self.owner
        window = self.window
        return {
            **self.runtime.status(),
            "address": f"{host}:{port}",
            "desktop": owner.desktop_name if owner else "",
            "group": owner.group_name if owner else "",
            "connected": self._server.connected,
            "pairing": window.state if window is not None else "closed",
            "someone_else_tried": window.someone_else_tried if window is not None else False,
        }

    def _command_unpair(self, request: Message) -> Message:
        del request
        return {"left": self.unpair()}


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return host == ""


def _interfaces(host: str) -> list[str] | None:
    """Return the addresses to announce on: all of the machine's where the link listens on all."""
    return None if _is_any(host) else [host]


def _start_first(windows: Sequence[PairingWindow]) -> PairingWindow:
    """Open the first window whose address can be listened on; KnownError where that is none."""
    *others, last = windows
    for window in others:
        try:
            return window.start()
        except KnownError as error:
            log.info("%s", error.reason)
    return last.start()
