"""The desktop's side of pairing: one attempt with the code that a device shows."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from letspic_device import tls
from letspic_device.identity import Identity, fingerprint_of
from letspic_device.pairing_handshake import (
    DesktopHandshake,
    Header,
    Inbox,
    clean_code,
    clean_name,
    encode,
    require_step,
)
from letspic_shared import messages
from letspic_shared.errors import KnownError, ProtocolError
from letspic_shared.messages import BadField

ROLES = ("device", "member")
_READ_BYTES = 4096
_GOODBYE_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class PairedDevice:
    """A device as the desktop stores it after pairing; ``device_id`` is its certificate's fingerprint."""

    device_id: str
    fingerprint: str
    certificate_pem: str
    name: str
    link_host: str
    link_port: int
    platform: str
    version: str
    role: str


async def pair(
    host: str,
    port: int,
    code: str,
    identity: Identity,
    *,
    desktop_name: str,
    group_id: str,
    group_name: str,
    timeout: float = 15.0,
) -> PairedDevice:
    """Become the owner of the device whose pairing window is open at ``host``:``port``.

    Parameters
    ----------
    code
        Eight digits as typed; spaces and dashes are allowed.
    identity
        Of this desktop.
    timeout
        Seconds for the whole attempt.

    Raises
    ------
    KnownError
        Wrong code, nobody there, something else there, no answer in time. Neither end has stored anything then; the
        one exception, an answer that was lost after the device stored its owner, is told in the reason.
    """
    digits = clean_code(code)
    if digits is None:
        raise KnownError("A pairing code has 8 digits", "Type it as the device shows it")
    place = f"{host}:{port}"
    deadline = asyncio.get_running_loop().time() + timeout
    owner: Header = {"step": "owner", "desktop_name": desktop_name, "group_id": group_id, "group_name": group_name}
    async with contextlib.AsyncExitStack() as stack:
        with _told(place, timeout):
            async with asyncio.timeout_at(deadline):
                channel = await stack.enter_async_context(_connected(host, port, identity))
                await _prove(channel, digits, identity, place)
        with _told_too_late(place):
            async with asyncio.timeout_at(deadline):
                description = await _become_owner(channel, owner)
                return _paired_device(channel.device_der, description, host)


class _Channel:
    """Steps of pairing over an asyncio TLS connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._inbox = Inbox()
        self.device_der = tls.peer_certificate(writer.get_extra_info("ssl_object"))

    async def ask(self, header: Header) -> Header:
        """Send one step and return the answer to it."""
        self._writer.write(encode(header))
        await self._writer.drain()
        while (step := self._inbox.take()) is None:
            data = await self._reader.read(_READ_BYTES)
            if not data:
                raise ConnectionResetError("the other end left")
            self._inbox.feed(data)
        return step


@contextlib.asynccontextmanager
async def _connected(host: str, port: int, identity: Identity) -> AsyncIterator[_Channel]:
    reader, writer = await asyncio.open_connection(
        host,
        port,
        ssl=tls.pairing_client_context(identity),
        server_hostname="",
        ssl_shutdown_timeout=_GOODBYE_SECONDS,
    )
    try:
        yield _Channel(reader, writer)
    finally:
        writer.close()
        # Everything that matters has been said; how the other end hangs up is of no interest.
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _prove(channel: _Channel, code: str, identity: Identity, place: str) -> None:
    """Show each other that both know the code and see the same two certificates."""
    handshake = DesktopHandshake(code, identity.certificate_pem, channel.device_der)
    spake = await channel.ask(handshake.hello())
    answer = await channel.ask(handshake.confirm(spake))
    if answer.get("step") == "refused":
        raise _wrong_code(messages.number(answer, "tries_left", 0, 100))
    if not handshake.device_knows_the_code(answer):
        raise KnownError(
            f"What answers at {place} could not prove that it knows the code",
            "Check the address, then start pairing on the device again: another program may answer in its place",
        )


def _wrong_code(tries_left: int) -> KnownError:
    if tries_left == 0:
        return KnownError(
            "The code is wrong, and the device has stopped pairing after too many wrong codes",
            "Start pairing on the device again, and type the new code that it shows",
        )
    tries = "1 try is" if tries_left == 1 else f"{tries_left} tries are"
    return KnownError(
        f"The code is wrong; {tries} left before the device stops pairing",
        "Type the code as the device shows it; if it was right, something on the network stands in between",
    )


async def _become_owner(channel: _Channel, owner: Header) -> Header:
    answer = await channel.ask(owner)
    if answer.get("step") == "refused":
        raise KnownError(
            f"The device could not store the pairing: {clean_name(answer, 'reason')}",
            clean_name({"action": "", **answer}, "action"),
        )
    require_step(answer, "paired")
    return answer


def _paired_device(device_der: bytes, description: Header, host: str) -> PairedDevice:
    certificate = ssl.DER_cert_to_PEM_cert(device_der)
    fingerprint = fingerprint_of(certificate)
    role = messages.text(description, "role")
    if role not in ROLES:
        raise BadField("field 'role' is not a role")
    return PairedDevice(
        device_id=fingerprint,
        fingerprint=fingerprint,
        certificate_pem=certificate,
        name=clean_name(description, "name") or f"device {fingerprint[:6]}",
        link_host=_link_host(messages.text(description, "link_host", limit=255), host),
        link_port=messages.number(description, "link_port", 1, 65535),
        platform=clean_name(description, "platform"),
        version=clean_name(description, "version"),
        role=role,
    )


def _link_host(told: str, used: str) -> str:
    """Return the address of the link: a device that listens on all of its addresses is reached by the one we used."""
    try:
        return used if ipaddress.ip_address(told).is_unspecified else told
    except ValueError:
        return told or used


@contextlib.contextmanager
def _told(place: str, timeout: float) -> Iterator[None]:
    """Turn what goes wrong before the device may have stored anything into one sentence."""
    try:
        yield
    except TimeoutError as error:
        raise KnownError(
            f"{place} did not answer within {timeout:.0f} seconds", "Check the address, and that the device is on"
        ) from error
    except (ssl.SSLError, ProtocolError, BadField) as error:
        raise KnownError(
            f"What answers at {place} is not a LetsPic device that is being paired",
            "Start pairing on the device and use the address that it shows",
        ) from error
    except (ConnectionResetError, ConnectionAbortedError, BrokenPipeError) as error:
        raise KnownError(
            f"{place} broke off the connection", "Start pairing on the device again and use the address that it shows"
        ) from error
    except (OSError, UnicodeError) as error:
        # UnicodeError: what names that cannot be looked up end in.
        raise KnownError(
            f"Nothing waits to be paired at {place}", "Start pairing on the device and use the address that it shows"
        ) from error


@contextlib.contextmanager
def _told_too_late(place: str) -> Iterator[None]:
    """Turn what goes wrong while the device stores its owner into one sentence."""
    try:
        yield
    except (OSError, ProtocolError, BadField) as error:
        raise KnownError(
            f"{place} did not finish pairing; it may already take this desktop for its owner",
            "Start pairing on the device again; it may ask for --replace",
        ) from error
