"""The standing connection to one device: made, watched by a heartbeat, and made again when it is lost."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from letspic_desktop.fleet.link import Request
from letspic_desktop.fleet.tls_link import TlsLink, connect
from letspic_device.identity import Identity
from letspic_shared import messages
from letspic_shared.errors import KnownError

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0
SILENCE_SECONDS = 8.0
FIRST_RETRY_SECONDS = 0.25
LONGEST_RETRY_SECONDS = 30.0
_FULL_STATUS_EVERY = 5


@dataclass(frozen=True, kw_only=True)
class Known:
    """A paired device: who it is, and where it was last."""

    device_id: str
    name: str
    certificate_pem: str
    host: str
    port: int


@dataclass(frozen=True, kw_only=True)
class DeviceView:
    """What people see of a device.

    Attributes
    ----------
    online
        Whether its link is up.
    state
        Its own word for what it does, or "offline".
    reason
        Why it is offline, where that is known.
    last_seen
        ISO time (UTC) of its last answer; empty before the first.
    facts
        Its last full status: photo counts, runtime, memory, ...
    """

    device_id: str
    name: str
    online: bool = False
    state: str = "offline"
    reason: str = ""
    done: int = 0
    total: int = 0
    last_seen: str = ""
    facts: dict[str, object] | None = None


class Connection:
    """Keeps the link of one device up for as long as it is wanted.

    Parameters
    ----------
    on_change
        Called in the loop's thread with the new view whenever it differs.
    """

    def __init__(self, known: Known, identity: Identity, on_change: Callable[[DeviceView], None]) -> None:
        self.known = known
        self.view = DeviceView(device_id=known.device_id, name=known.name)
        self.link: TlsLink | None = None
        self._identity = identity
        self._on_change = on_change
        self._moved = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    def move(self, host: str, port: int) -> None:
        """The device was found at another address; it is tried there at once."""
        if (host, port) != (self.known.host, self.known.port):
            self.known = replace(self.known, host=host, port=port)
            self._moved.set()

    def retry(self) -> None:
        """Try again now instead of after the pause."""
        self._moved.set()

    async def close(self) -> None:
        """Drop the link and stop trying."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self.link is not None:
            await self.link.close()
            self.link = None

    async def _keep(self) -> None:
        pause = FIRST_RETRY_SECONDS
        while True:
            try:
                await self._serve()
                pause = FIRST_RETRY_SECONDS
                reason = "the connection was lost"
            except KnownError as error:
                reason = error.reason
            except TimeoutError:
                reason = "it does not answer"
            except (messages.BadField, OSError) as error:
                reason = f"it answered something unexpected ({error})"
            await self._drop(reason)
            # Jitter: after a power cut not all devices of a house are dialled in the same instant.
            self._moved.clear()
            try:
                await asyncio.wait_for(self._moved.wait(), pause * random.uniform(0.5, 1.5))  # noqa: S311
            except TimeoutError:
                pause = min(2 * pause, LONGEST_RETRY_SECONDS)

    async def _serve(self) -> None:
        known = self.known
        link = await connect(
            known.host,
            known.port,
            identity=self._identity,
            device_id=known.device_id,
            certificate_pem=known.certificate_pem,
        )
        try:
            # In TLS 1.3 a desktop that the device does not know learns it here, not at the handshake.
            await self._full_status(link, messages.HELLO)
            self.link = link
            self._show(online=True, reason="")
            await self._heartbeat(link)
        finally:
            await link.close()

    async def _heartbeat(self, link: TlsLink) -> None:
        beats = 0
        while link.alive:
            try:
                await asyncio.wait_for(asyncio.shield(link.wait_closed()), HEARTBEAT_SECONDS)
            except TimeoutError:
                beats += 1
                if beats % _FULL_STATUS_EVERY == 0:
                    await self._full_status(link, messages.STATUS)
                else:
                    answer = await link.request(Request.of(messages.PING, {}), SILENCE_SECONDS)
                    self._take(answer.header)

    async def _full_status(self, link: TlsLink, kind: int) -> None:
        answer = await link.request(Request.of(kind, {"protocol": messages.PROTOCOL}), SILENCE_SECONDS)
        protocol = messages.number(answer.header, "protocol", 0, 1 << 31)
        if protocol != messages.PROTOCOL:
            raise KnownError("The device speaks another version of the protocol", "Update the device or this desktop")
        facts = {key: value for key, value in answer.header.items() if key not in ("id", "tensors")}
        self.view = replace(self.view, facts=facts)
        self._take(answer.header)

    def _take(self, header: dict[str, object]) -> None:
        self._show(
            state=messages.text(header, "state", 32),
            done=messages.number(header, "done", 0, 1 << 40),
            total=messages.number(header, "total", 0, 1 << 40),
            last_seen=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    async def _drop(self, reason: str) -> None:
        self.link = None
        if self.view.online or self.view.reason != reason:
            log.info("%s is offline: %s", self.known.name, reason)
        self._show(online=False, state="offline", reason=reason, done=0, total=0)

    def _show(self, **changes: object) -> None:
        before = self.view
        self.view = replace(before, **changes)  # type: ignore[arg-type]
        if self.view != before:
            self._on_change(self.view)
