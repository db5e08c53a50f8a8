"""All paired devices of this desktop, each with its standing connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from letspic_desktop.fleet.connection import Connection, DeviceView, Known
from letspic_desktop.fleet.link import Link, Request
from letspic_desktop.fleet.tls_link import TlsLink
from letspic_device.identity import Identity
from letspic_shared import messages
from letspic_shared.errors import KnownError

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
        self._changed = asyncio.Condition()

    def add(self, known: Known) -> None:
        """Keep a connection to a device from now on; an address given again moves it there."""
        connection = self._connections.get(known.device_id)
        if connection is None:
            self._connections[known.device_id] = Connection(known, self._identity, self._note)
        else:
            connection.move(known.host, known.port)

    def link(self, device_id: str) -> TlsLink | None:
        """Return the link of a device, None while it is away."""
        connection = self._connections.get(device_id)
        return None if connection is None else connection.link

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
        if connection.link is None:
            why = f" ({connection.view.reason})" if connection.view.reason else ""
            raise KnownError(f"{connection.known.name} is offline{why}", "Switch it on and try again")
        return connection.link

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
            if device_id in self._connections and self._connections[device_id].link is None:
                self._connections[device_id].retry()
        try:
            async with asyncio.timeout(timeout), self._changed:
                await self._changed.wait_for(lambda: all(self.link(device) is not None for device in wanted))
        except TimeoutError:
            pass
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
        return told

    async def close(self) -> None:
        """Drop all links; the devices go on."""
        connections, self._connections = list(self._connections.values()), {}
        await asyncio.gather(*(connection.close() for connection in connections))

    def _note(self, view: DeviceView) -> None:
        self._on_change(view)
        task = asyncio.ensure_future(self._wake())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()
