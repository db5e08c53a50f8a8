"""The standing TLS connection to a device."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque

from letspic_desktop.fleet.link import Answer, LinkLostError, Request, answer_of
from letspic_device import tls
from letspic_device.identity import Identity
from letspic_shared.errors import KnownError
from letspic_shared.frames import FrameDecoder

CONNECT_SECONDS = 10.0
GOODBYE_SECONDS = 0.5
_PIECE_BYTES = 256 << 10
# Small enough that what waits in the system's buffer is sent within a heartbeat on a slow line.
_SEND_BUFFER_BYTES = 512 << 10
_LOST = "The device went away"
_REFUSED = ("The device does not let this desktop in", "Pair it again")


class TlsLink(asyncio.Protocol):
    """Frames over one TLS connection; made by `connect`."""

    def __init__(self, device_id: str) -> None:
        self._device_id = device_id
        self._decoder = FrameDecoder()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._transport: asyncio.Transport | None = None
        self._received = 0
        self._outbox: deque[memoryview] = deque()
        self._paused = False
        self._closed = asyncio.get_running_loop().create_future()

    @property
    def device_id(self) -> str:
        """The fingerprint of the device's certificate."""
        return self._device_id

    @property
    def alive(self) -> bool:
        """Whether the connection is up as far as this end knows."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def progress(self) -> tuple[int, int]:
        """Bytes that came from the device so far, and bytes that still wait to go to it."""
        waiting = sum(len(piece) for piece in self._outbox)
        return self._received, waiting + (0 if self._transport is None else self._transport.get_write_buffer_size())

    async def request(self, request: Request, timeout: float) -> Answer:
        """See `Link.request`."""
        if self._transport is None or self._transport.is_closing():
            raise LinkLostError(_LOST)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[request.identifier] = future
        self._send(request.frame)
        try:
            async with asyncio.timeout(timeout):
                return await future
        finally:
            self._waiting.pop(request.identifier, None)

    async def close(self) -> None:
        """See `Link.close`."""
        transport = self._transport
        if transport is None:
            return
        self._outbox.clear()
        transport.close()
        # TLS says goodbye and waits for the other end's, which may have stopped.
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self.wait_closed()
        except TimeoutError:
            transport.abort()
            await self.wait_closed()
        except asyncio.CancelledError:
            transport.abort()
            raise

    async def wait_closed(self) -> None:
        """Return when the connection is down."""
        await asyncio.shield(self._closed)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; called by asyncio after the handshake."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)

    def pause_writing(self) -> None:
        """Send no more until `resume_writing`; called by asyncio."""
        self._paused = True

    def resume_writing(self) -> None:
        """Go on sending; called by asyncio."""
        self._paused = False
        self._pump()

    def data_received(self, data: bytes) -> None:
        """Decode what arrived and wake whoever waits for it; called by asyncio."""
        self._received += len(data)
        for kind, header, payload in self._decoder.feed(data):
            identifier = header.get("id")
            future = self._waiting.get(identifier) if isinstance(identifier, int) else None
            # An answer that nobody waits for any more came after its deadline.
            if future is None or future.done():
                continue
            try:
                future.set_result(answer_of(kind, header, payload))
            except KnownError as error:
                future.set_exception(error)
        if self._decoder.skipped and self._transport is not None:
            # TLS delivers bytes whole and in order: garbage is a fault of the other end.
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits; called by asyncio."""
        del error
        # In TLS 1.3 a desktop that the device does not know learns it after the handshake: by an alert, which the
        # reset of the connection may overtake.
        self._give_up(*(_LOST,) if self._received else _REFUSED)
        self._transport = None
        if not self._closed.done():
            self._closed.set_result(None)

    def _send(self, frame: bytes) -> None:
        """Send a frame, in pieces as fast as the line takes them; whole even where nobody waits for the answer."""
        view = memoryview(frame)
        self._outbox.extend(view[start : start + _PIECE_BYTES] for start in range(0, len(frame), _PIECE_BYTES))
        self._pump()

    def _pump(self) -> None:
        while self._outbox and not self._paused and self._transport is not None:
            self._transport.write(self._outbox.popleft())

    def _give_up(self, reason: str, action: str = "") -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(LinkLostError(reason, action))


async def connect(host: str, port: int, *, identity: Identity, device_id: str, certificate_pem: str) -> TlsLink:
    """Connect to a paired device.

    Parameters
    ----------
    device_id
        The fingerprint that the certificate must have.
    certificate_pem
        The certificate that the device had when it was paired; no other is taken.

    Raises
    ------
    KnownError
        Nobody answers there, or somebody else does.
    """
    context = tls.client_context(identity, certificate_pem)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            transport, link = await loop.create_connection(
                lambda: TlsLink(device_id), host, port, ssl=context, server_hostname=""
            )
    except TimeoutError as error:
        raise KnownError(f"The device does not answer at {host}:{port}", "Check that it is switched on") from error
    except ssl.SSLCertVerificationError as error:
        raise KnownError(
            f"What answers at {host}:{port} is not the device you paired", "Pair it again only if you replaced it"
        ) from error
    except (ConnectionResetError, ssl.SSLError) as error:
        raise KnownError(
            f"The device at {host}:{port} breaks off the connection", "Pair it again if it has left the group"
        ) from error
    except (OSError, UnicodeError, OverflowError) as error:
        # UnicodeError: a host name that no network allows; OverflowError: such a port.
        raise KnownError(f"The device cannot be reached at {host}:{port}", "Check that it is switched on") from error
    session = transport.get_extra_info("ssl_object")
    try:
        tls.require_peer(session, device_id)
    except KnownError:
        transport.abort()
        raise
    return link
