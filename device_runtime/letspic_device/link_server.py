"""The link port: TLS 1.3, mutual, pinned; one standing connection of the owner desktop, answered by the runtime."""

from __future__ import annotations

import logging
import queue
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable

from letspic_device import tls
from letspic_device.identity import Identity
from letspic_device.pairing import Owner
from letspic_device.runtime import DeviceRuntime
from letspic_shared.errors import KnownError
from letspic_shared.frames import MAX_PAYLOAD_BYTES, FrameDecoder

log = logging.getLogger(__name__)

_READ_BYTES = 1 << 18
_HANDSHAKE_SECONDS = 10.0
_SILENCE_SECONDS = 60.0
_SEND_SECONDS = 30.0
_MAX_HANDSHAKES = 8
_MAX_QUEUED = 64
_MAX_QUEUED_BYTES = 2 * MAX_PAYLOAD_BYTES
_WRITE_BYTES = 1 << 20

Request = tuple[int, dict[str, object], bytes]


class SecureChannel:
    """A TLS connection that one thread reads while another writes.

    OpenSSL forbids both at once on one connection, so reading waits in ``poll`` and takes the lock only for bytes
    that are there. Writers take turns by whole messages.
    """

    def __init__(self, connection: ssl.SSLSocket) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self.closed = threading.Event()

    def read(self, timeout: float) -> bytes | None:
        """Return the next bytes; None when the other end has gone or said nothing for ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while not self.closed.is_set():
            try:
                data = self._receive()
                if data is not None:
                    return data or None
                remaining = deadline - time.monotonic()
                if remaining <= 0 or not _wait(self._connection, remaining, write=False):
                    return None
            except (OSError, ValueError):
                return None
        return None

    def _receive(self) -> bytes | None:
        """Return what is there (empty: the other end has gone), None where nothing is."""
        try:
            with self._lock:
                return self._connection.recv(_READ_BYTES)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None

    def write(self, data: bytes) -> None:
        """Send all of ``data``; the connection is closed where the other end takes nothing for too long."""
        try:
            # Parts of two messages must not mix, and OpenSSL wants a send that has to wait to be tried again as it was.
            with self._writing:
                for start in range(0, len(data), _WRITE_BYTES):
                    if self.closed.is_set() or not self._send(data[start : start + _WRITE_BYTES]):
                        self.close()
                        return
        except (OSError, ValueError):
            self.close()

    def _send(self, piece: bytes) -> bool:
        """Send one piece; return whether the other end took it in time."""
        deadline = time.monotonic() + _SEND_SECONDS
        view = memoryview(piece)
        while view:
            try:
                with self._lock:
                    sent = self._connection.send(view)
                view = view[sent:]
            except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                if time.monotonic() > deadline or not _wait(self._connection, _SEND_SECONDS, write=True):
                    return False
        return True

    def close(self) -> None:
        """Close the connection; a reader that waits wakes up."""
        self.closed.set()
        try:
            # Not SSLSocket.shutdown: it forgets the encryption first, and what another thread sends or receives in
            # that moment would go in the clear.
            socket.socket.shutdown(self._connection, socket.SHUT_RDWR)
        except OSError:
            log.debug("the link was already down")
        with self._lock:
            self._connection.close()


def _wait(connection: ssl.SSLSocket, seconds: float, *, write: bool) -> bool:
    # Not select: inside a desktop with many open files its limit of 1024 would be reached.
    poll = select.poll()
    poll.register(connection, select.POLLOUT if write else select.POLLIN)
    return bool(poll.poll(seconds * 1000))


class LinkServer:
    """Listens for the owner desktop and passes its requests to the runtime.

    Requests are worked on one after the other in a thread of their own; the few that only read (ping, status) are
    answered at once, so the desktop sees a device that is busy as busy, not as gone.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes any.
    """

    def __init__(self, identity: Identity, runtime: DeviceRuntime, host: str, port: int) -> None:
        self._identity = identity
        self._runtime = runtime
        runtime.others_wait = lambda: not self._requests.empty()
        self._owner: Owner | None = None
        self._context: ssl.SSLContext | None = None
        self._channel: SecureChannel | None = None
        self._lock = threading.Lock()
        self._handshakes = threading.BoundedSemaphore(_MAX_HANDSHAKES)
        self._requests: queue.Queue[tuple[SecureChannel, Request] | None] = queue.Queue(_MAX_QUEUED)
        self._after_answer: list[Callable[[], None]] = []
        self._queued_bytes = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            # A name that no network allows is a TypeError and an open socket where create_server finds it.
            host.encode("idna")
            self._listener = socket.create_server((host, port), family=family, backlog=_MAX_HANDSHAKES)
        except (OSError, UnicodeError) as error:
            # Python adds to the system's words what it tried.
            said = (error.strerror if isinstance(error, OSError) else None) or str(error)
            reason = said.partition(" (while ")[0]
            raise KnownError(
                f"The device cannot listen on {host}:{port} ({reason})",
                "Choose another address or port with --listen",
            ) from error
        self.host = host
        self.port = int(self._listener.getsockname()[1])
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._accept, name="link-accept", daemon=True),
            threading.Thread(target=self._work, name="work", daemon=True),
        ]

    def start(self) -> None:
        """Begin to listen."""
        for thread in self._threads:
            thread.start()

    def trust(self, owner: Owner | None) -> None:
        """Let in this desktop and nobody else (None: nobody); a connection of another one is dropped."""
        context = None if owner is None else tls.server_context(self._identity, [owner.certificate_pem])
        with self._lock:
            self._owner, self._context = owner, context
            channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    def after_answer(self, action: Callable[[], None]) -> None:
        """Run ``action`` once the answer to the request at hand is on its way (unpairing closes the link)."""
        self._after_answer.append(action)

    @property
    def connected(self) -> bool:
        """Whether the desktop is connected now."""
        channel = self._channel
        return channel is not None and not channel.closed.is_set()

    def close(self) -> None:
        """Stop listening and drop the connection."""
        self._stopping.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("the listener was already down")
        self._listener.close()
        self.trust(None)
        try:
            self._requests.put_nowait(None)
        except queue.Full:
            log.debug("work is queued; the worker is a daemon and ends with the process")
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(1.0)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                raw, address = self._listener.accept()
            except OSError:
                if self._stopping.wait(0.2):
                    return
                continue
            with self._lock:
                context, owner = self._context, self._owner
            if context is None or owner is None or not self._handshakes.acquire(blocking=False):
                raw.close()
                continue
            log.debug("connection from %s", address[0])
            threading.Thread(target=self._serve, args=(raw, context, owner), name="link", daemon=True).start()

    def _serve(self, raw: socket.socket, context: ssl.SSLContext, owner: Owner) -> None:
        try:
            channel = self._admit(raw, context, owner)
        finally:
            self._handshakes.release()
        if channel is None:
            return
        log.info("connected to %s", owner.desktop_name)
        decoder = FrameDecoder()
        while not self._stopping.is_set():
            data = channel.read(_SILENCE_SECONDS)
            if data is None or not self._take(channel, decoder, data):
                break
        channel.close()
        log.info("disconnected from %s", owner.desktop_name)

    def _admit(self, raw: socket.socket, context: ssl.SSLContext, owner: Owner) -> SecureChannel | None:
        connection: socket.socket = raw
        try:
            raw.settimeout(_HANDSHAKE_SECONDS)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = secure = context.wrap_socket(raw, server_side=True)
            tls.require_peer(secure, owner.fingerprint)
        except (OSError, KnownError) as error:
            log.warning("a connection was refused: %s", error)
            connection.close()
            return None
        channel = SecureChannel(secure)
        with self._lock:
            if self._owner != owner:
                before: SecureChannel | None = channel
            else:
                # The newest connection wins: after a cut cable the old one may look alive for minutes.
                before, self._channel = self._channel, channel
        if before is not None:
            before.close()
        return None if channel.closed.is_set() else channel

    def _take(self, channel: SecureChannel, decoder: FrameDecoder, data: bytes) -> bool:
        for kind, header, payload in decoder.feed(data):
            if kind in self._runtime.IMMEDIATE:
                channel.write(self._runtime.handle(kind, header, payload))
                continue
            self._runtime.notice(kind, header)
            if not self._enqueue((channel, (kind, header, payload))):
                log.warning("the desktop asks for more than this device can queue")
                return False
        if decoder.foreign_version:
            log.warning("the desktop speaks version %d of the protocol; update this device", decoder.foreign_version)
        if decoder.skipped:
            # TLS delivers bytes in order and whole: garbage here is a fault of the other end, not of the line.
            log.warning("the desktop sent something that is no message")
            return False
        return True

    def _enqueue(self, item: tuple[SecureChannel, Request]) -> bool:
        size = len(item[1][2])
        with self._lock:
            if self._queued_bytes + size > _MAX_QUEUED_BYTES:
                return False
            self._queued_bytes += size
        try:
            self._requests.put_nowait(item)
        except queue.Full:
            return False
        return True

    def _next(self) -> tuple[SecureChannel, Request] | None:
        """Return the next request; until it is there, the runtime may use the time in small pieces."""
        while self._requests.empty() and not self._stopping.is_set() and self._look_on():
            pass
        return self._requests.get()

    def _look_on(self) -> bool:
        try:
            return self._runtime.look_on()
        except Exception:
            log.exception("looking at photos failed")
            return False

    def _work(self) -> None:
        while (item := self._next()) is not None:
            channel, (kind, header, payload) = item
            with self._lock:
                self._queued_bytes -= len(payload)
            if channel.closed.is_set():
                continue
            channel.write(self._runtime.handle(kind, header, payload))
            actions, self._after_answer = self._after_answer, []
            for action in actions:
                action()
