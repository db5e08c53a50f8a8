"""All paired devices of this desktop, each with its standing connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from letspic_desktop.fleet.connection import Connection, DeviceView, Known
from letspic_desktop.fleet.link import Link, Request
from letspic_desktop.fleet.tls_link import TlsLink
from letspic_device.identity import Identity
from letspic_shared import messages
from letspic_shared.errors import KnownError

log = logging.getLogger(__name__)

_UNPAIR_SECONDS = 5.0


class Fleet:
    """The devices and their links. Lives in the fleet's event loop: call it from there alone.

    Parameters
    ----------
    on_change
        Called in the loop's thread with a device's new view.
    """

    def __init__(self, identity: Identity, on_change: Callable[[DeviceView], None] = lambda _: None) -> None:
        self._identity = identity
        self._on_change = on_change
        self._connections: dict[str, Connection] = {}
        self._waiting: set[asyncio.Event] = set()

    def add(self, known: Known) -> None:
        """Keep a connection to a device from now on; one given again has another address or name."""
        connection = self._connections.get(known.device_id)
        if connection is None:
            self._connections[known.device_id] = Connection(known, self._identity, self._note)
        else:
            connection.rename(known.name, known.group)
            connection.move(known.host, known.port)

    def link(self, device_id: str) -> TlsLink | None:
        """Return the link of a device, None while it is away."""
        connection = self._connections.get(device_id)
        link = None if connection is None else connection.link
        return link if link is not None and link.alive else None

    def require_link(self, device_id: str) -> Link:
        """Return the link of a device.

        Raises
        ------
        KnownError
            It is away, or not one of ours.
        """
        connection = self._connections.get(device_id)
        if connection is None:
            raise KnownError("There is no such device in this group", "List them with letspic device list")
        link = self.link(device_id)
        if link is None:
            why = f" ({connection.view.reason})" if connection.view.reason else ""
            raise KnownError(f"{connection.known.name} is offline{why}", "Switch it on and try again")
        return link

    def views(self) -> list[DeviceView]:
        """Return all devices as people see them, by name."""
        views = [connection.view for connection in self._connections.values()]
        return sorted(views, key=lambda view: (view.name, view.device_id))

    def moved(self, device_id: str, host: str, port: int) -> None:
        """Discovery found a device at an address; the certificate will tell whether it is really there."""
        if device_id in self._connections:
            self._connections[device_id].move(host, port)

    async def wait_online(self, device_ids: Iterable[str], timeout: float) -> list[str]:
        """Wait until all of some devices are online or the time is over; return those that are."""
        wanted = list(device_ids)
        for device_id in wanted:
            if device_id in self._connections and self.link(device_id) is None:
                self._connections[device_id].retry()
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            async with asyncio.timeout(timeout):
                # A device that is not ours (any more) will never come.
                while any(self.link(device) is None for device in wanted if device in self._connections):
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(changed)
        return [device for device in wanted if self.link(device) is not None]

    async def remove(self, device_id: str) -> bool:
        """Let a device go: tell it where it is online, and drop the link; return whether it was told."""
        connection = self._connections.pop(device_id, None)
        if connection is None:
            return False
        told = False
        if connection.link is not None:
            try:
                await connection.link.request(Request.of(messages.UNPAIR, {}), _UNPAIR_SECONDS)
                told = True
            except (KnownError, TimeoutError):
                told = False
        await connection.close()
        self._wake()
        return told

    async def close(self) -> None:
        """Drop all links; the devices go on."""
        connections, self._connections = list(self._connections.values()), {}
        await asyncio.gather(*(connection.close() for connection in connections))

    def _note(self, view: DeviceView) -> None:
        self._wake()
        try:
            self._on_change(view)
        except Exception:
            # Whoever watches must not be able to bring the link down.
            log.exception("telling the state of %s failed", view.name)

    def _wake(self) -> None:
        for changed in self._waiting:
            changed.set()
