"""Finds devices on the local network by zeroconf: what they say of themselves, never who they are."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from letspic_device.announce import LOOPBACK, SERVICE
from letspic_device.pairing_handshake import MAX_NAME
from letspic_shared import messages

if TYPE_CHECKING:
    from zeroconf import ServiceBrowser, ServiceInfo, Zeroconf

_RESOLVE_MS = 3000
# Anybody on the network may announce entries without end.
_MAX_FOUND = 1000
_MAX_PORT = 65535
_ROLES = ("device", "member")

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FoundDevice:
    """What an entry of the network says; compare ``id`` with paired devices only to find their new address.

    Attributes
    ----------
    id
        The fingerprint that the device claims.
    host, port
        Where it says its link listens.
    pair_port
        Where its pairing window is open; None where it is closed.
    role
        "device", or "member" for another desktop that wants to join a group.
    """

    id: str
    name: str
    host: str
    port: int
    pair_port: int | None
    role: str


class Discovery:
    """The list of devices that announce themselves, kept up to date.

    A pulled cable is not noticed here: an entry stays for up to 75 minutes unless its device says goodbye.

    Parameters
    ----------
    on_change
        Called in a thread of this object whenever `found` has changed.
    interfaces
        Addresses of the interfaces to look on; only loopback unless asked, None for all of them.
    """

    def __init__(self, on_change: Callable[[], None], *, interfaces: Sequence[str] | None = LOOPBACK) -> None:
        self._on_change = on_change
        self._interfaces = interfaces
        self._found: dict[str, FoundDevice] = {}
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._stopped = False
        self._events: queue.SimpleQueue[tuple[str, bool] | None] = queue.SimpleQueue()
        self._zeroconf: Zeroconf | None = None
        self._browser: ServiceBrowser | None = None
        self._thread = threading.Thread(target=self._resolve_all, name="discovery", daemon=True)

    def start(self) -> bool:
        """Begin to look; return False where zeroconf is not installed, there is no network, or `stop` came first."""
        with self._turn:
            return not self._stopped and self._start()

    def _start(self) -> bool:
        try:
            from zeroconf import Error, InterfaceChoice, IPVersion, ServiceBrowser, ServiceStateChange, Zeroconf
        except ImportError:
            log.info("zeroconf is not installed: devices are found by their address only")
            return False

        def note(*, name: str, state_change: ServiceStateChange, **_: Any) -> None:
            # This runs in zeroconf's own thread, which resolving would block for itself.
            self._events.put((name, state_change is not ServiceStateChange.Removed))

        interfaces = InterfaceChoice.Default if self._interfaces is None else list(self._interfaces)
        try:
            self._zeroconf = Zeroconf(interfaces=interfaces, ip_version=IPVersion.V4Only)
            self._browser = ServiceBrowser(self._zeroconf, SERVICE, handlers=[note])
        except (OSError, ValueError, RuntimeError, Error) as error:
            # ValueError and RuntimeError: an interface that is no IPv4 address, or none that can be used.
            log.info("devices are found by their address only: %s", error)
            return False
        self._thread.start()
        return True

    def stop(self) -> None:
        """Stop looking; `found` keeps what it had."""
        # Leaving a page may overtake the start of its search, which takes a while in another thread.
        with self._turn:
            self._stopped = True
            if self._thread.ident is not None:
                self._events.put(None)
                self._thread.join()
            if self._browser is not None:
                # Closing zeroconf ends only the browsers that it made itself.
                self._browser.cancel()
                self._browser = None
            if self._zeroconf is not None:
                self._zeroconf.close()
                self._zeroconf = None

    def found(self) -> list[FoundDevice]:
        """Return the devices that are announced now, by name."""
        with self._lock:
            return sorted(self._found.values(), key=lambda device: (device.name.casefold(), device.id))

    def _resolve_all(self) -> None:
        while (event := self._events.get()) is not None:
            entry, present = event
            device = self._resolve(entry) if present else None
            with self._lock:
                before = self._found.get(entry)
                if device is None:
                    self._found.pop(entry, None)
                elif before is not None or len(self._found) < _MAX_FOUND:
                    self._found[entry] = device
                changed = self._found.get(entry) != before
            if changed:
                self._on_change()

    def _resolve(self, entry: str) -> FoundDevice | None:
        from zeroconf import Error

        if self._zeroconf is None:
            return None
        try:
            info = self._zeroconf.get_service_info(SERVICE, entry, timeout=_RESOLVE_MS)
            return None if info is None else device_of(info)
        except (ValueError, Error) as error:
            log.info("an entry of the network is not understood: %s", error)
            return None


def device_of(info: ServiceInfo) -> FoundDevice:
    """Return what one entry says.

    Raises
    ------
    ValueError
        It is not the entry of a LetsPic device.
    """
    texts = {key.decode(): (value or b"").decode() for key, value in info.properties.items()}
    addresses = info.parsed_addresses()
    if not addresses or not info.port:
        raise ValueError("no address")
    role = texts.get("role", "device")
    if role not in _ROLES:
        raise ValueError("unknown role")
    name = "".join(c for c in texts.get("name", "") if c.isprintable())[:MAX_NAME].strip()
    device_id = messages.sha256(texts.get("id"))
    return FoundDevice(
        id=device_id,
        name=name or f"device {device_id[:6]}",
        host=addresses[0],
        port=info.port,
        pair_port=_port(texts.get("pair")),
        role=role,
    )


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    port = int(text)
    if not 0 < port <= _MAX_PORT:
        raise ValueError("no port")
    return port
