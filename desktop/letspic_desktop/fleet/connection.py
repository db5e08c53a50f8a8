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
# From the last answer until a device that stopped (and closed nothing) counts as gone.
SILENCE_SECONDS = 8.0
FIRST_RETRY_SECONDS = 0.25
LONGEST_RETRY_SECONDS = 30.0
_FULL_STATUS_EVERY = 5


@dataclass(frozen=True, kw_only=True)
class Known:
    """A paired device: who it is, where it was last, and the name of its group, which it is told."""

    device_id: str
    name: str
    certificate_pem: str
    host: str
    port: int
    group: str = ""


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
    address
        HOST:PORT where it was proved to be last; empty before the first time.
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
    address: str = ""
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
        self._proven = (known.host, known.port)
        self._came_up = False
        self._moved = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    def move(self, host: str, port: int) -> None:
        """The device was found at another address; it is tried there at once."""
        if (host, port) != (self.known.host, self.known.port):
            self.known = replace(self.known, host=host, port=port)
            self._moved.set()

    def rename(self, name: str, group: str) -> None:
        """The person calls the device otherwise, or its group: that it learns when it connects the next time."""
        self.known = replace(self.known, name=name, group=group)
        self._show(name=name)

    def retry(self) -> None:
        """Try again now instead of after the pause."""
        self._moved.set()

    async def close(self) -> None:
        """Drop the link and stop trying."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self) -> None:
        pause = FIRST_RETRY_SECONDS
        address = self._proven
        while True:
            # Before the attempt: what is learnt while it goes on must not be waited for afterwards.
            self._moved.clear()
            self._came_up = False
            reason = await self._attempt(*address)
            self._show(online=False, state="offline", reason=reason, done=0, total=0)
            if self._came_up:
                pause = FIRST_RETRY_SECONDS
            # Jitter: after a power cut not all devices of a house are dialled in the same instant.
            try:
                async with asyncio.timeout(pause * random.uniform(0.5, 1.5)):  # noqa: S311
                    await self._moved.wait()
            except TimeoutError:
                pause = min(2 * pause, LONGEST_RETRY_SECONDS)
            address = self._next_address(address)

    def _next_address(self, tried: tuple[str, int]) -> tuple[str, int]:
        """Return where to look now: anybody can announce an address, so the one that was right last stays in turn."""
        told = (self.known.host, self.known.port)
        return self._proven if tried == told else told

    async def _attempt(self, host: str, port: int) -> str:
        """Connect and stay connected for as long as it lasts; return why it did not."""
        try:
            await self._serve(host, port)
            reason = "the connection was lost"
        except KnownError as error:
            reason = error.reason
        except TimeoutError:
            reason = "it does not answer"
        except (messages.BadField, OSError) as error:
            reason = f"it answered something unexpected ({error})"
        except Exception:
            log.exception("the connection to %s failed", self.known.name)
            reason = "this program had an error of its own; see its log"
        if self.view.online or self.view.reason != reason:
            log.info("%s is offline: %s", self.known.name, reason)
        return reason

    async def _serve(self, host: str, port: int) -> None:
        link = await connect(
            host,
            port,
            identity=self._identity,
            device_id=self.known.device_id,
            certificate_pem=self.known.certificate_pem,
        )
        try:
            # In TLS 1.3 a desktop that the device does not know learns it here, not at the handshake.
            await self._full_status(link, messages.HELLO)
            self.link = link
            self._proven = (host, port)
            self._came_up = True
            self._show(online=True, reason="", address=f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
            await self._heartbeat(link)
        finally:
            self.link = None
            await link.close()

    async def _heartbeat(self, link: TlsLink) -> None:
        beats = 0
        while link.alive:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await link.wait_closed()
            except TimeoutError:
                beats += 1
                await self._beat(link, full=beats % _FULL_STATUS_EVERY == 0)

    async def _beat(self, link: TlsLink, *, full: bool) -> None:
        """Get a sign of life, or raise TimeoutError after `SILENCE_SECONDS` without one."""
        while True:
            received, waiting = link.progress
            try:
                if full:
                    await self._full_status(link, messages.STATUS)
                else:
                    answer = await link.request(Request.of(messages.PING, {}), SILENCE_SECONDS - HEARTBEAT_SECONDS)
                    self._take(answer.header)
            except TimeoutError:
                # On a slow line the answer stands behind a long message: bytes that move are a sign of life too.
                if link.progress[0] == received and link.progress[1] >= waiting:
                    raise
            else:
                return

    async def _full_status(self, link: TlsLink, kind: int) -> None:
        asked: dict[str, object] = {"protocol": messages.PROTOCOL}
        if kind == messages.HELLO and self.known.group:
            asked["group"] = self.known.group
        answer = await link.request(Request.of(kind, asked), SILENCE_SECONDS - HEARTBEAT_SECONDS)
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

    def _show(self, **changes: object) -> None:
        before = self.view
        self.view = replace(before, **changes)  # type: ignore[arg-type]
        if self.view != before:
            self._on_change(self.view)
