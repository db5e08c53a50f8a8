"""The device's side of pairing: a window of five minutes in which a desktop that knows the code becomes its owner."""

from __future__ import annotations

import logging
import secrets
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from letspic_device import tls
from letspic_device.identity import Identity, der_of, fingerprint_of
from letspic_device.pairing_channel import StepChannel
from letspic_device.pairing_handshake import CODE_DIGITS, DeviceHandshake, Header, clean_name, require_step
from letspic_shared.errors import KnownError, ProtocolError
from letspic_shared.messages import BadField

OPEN = "open"
PAIRED = "paired"
CLOSED = "closed"
TIME_IS_OVER = "closed: time is over"
TOO_MANY_CONNECTIONS = "closed: too many connections"

# A desktop sends its first step at once and nobody has to type while it is connected: whoever takes longer is not a
# desktop, and must not keep one waiting.
_FIRST_STEP_SECONDS = 5.0
_ATTEMPT_SECONDS = 10.0
_MAX_CONNECTIONS = 200
_BACKLOG = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The desktop that a device belongs to, as the device stores it (``dataclasses.asdict`` is plain JSON)."""

    certificate_pem: str
    fingerprint: str
    desktop_name: str
    group_id: str
    group_name: str
    link: str = "tls"


class PairingWindow:
    """A listener of its own that is open until a desktop has paired, the tries are used up, or time is over.

    Parameters
    ----------
    identity
        Of this device.
    host, port
        Where to listen; port 0 takes any.
    describe
        Returns what the desktop learns of this device: name, link_host ("" where it listens on every address),
        link_port, platform, version, role ("device" or "member").
    on_paired
        Called in the window's thread with the new owner; it must have stored the owner when it returns, because the
        desktop is told then. It may raise KnownError: the desktop is told why, and the window stays open.
    owner, replace
        A device that has an owner opens a window only where it is told to replace it.
    seconds, tries
        How long the window is open, and how many wrong codes close it.
    on_closed
        Called in the window's thread when the window has closed, with its last state.

    Attributes
    ----------
    code
        The eight digits to show.
    address
        (host, port) that really listens; known after `start`.
    deadline
        When the window closes, in seconds of ``time.monotonic()``.
    state
        "open", "paired", "closed", "closed: 3 wrong codes", "closed: time is over" or
        "closed: too many connections".
    """

    def __init__(
        self,
        identity: Identity,
        *,
        host: str,
        port: int,
        describe: Callable[[], Header],
        on_paired: Callable[[Owner], None],
        owner: Owner | None = None,
        replace: bool = False,
        seconds: float = 300.0,
        tries: int = 3,
        on_closed: Callable[[str], None] | None = None,
    ) -> None:
        if owner is not None and not replace:
            raise KnownError(
                f"This device already belongs to {owner.desktop_name or 'another desktop'}",
                "Remove it there first, or start pairing with --replace",
            )
        self.code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        self.address = (host, port)
        self.deadline = 0.0
        self.state = CLOSED
        self.tries_left = tries
        self._identity = identity
        self._describe = describe
        self._on_paired = on_paired
        self._on_closed = on_closed
        self._seconds = seconds
        self._tries = tries
        self._wrong_from: list[str] = []
        self._paired_from = ""
        self._current: socket.socket | None = None
        self._lock = threading.Lock()
        self._closing = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="pairing", daemon=True)

    def start(self) -> Self:
        """Open the window.

        Raises
        ------
        KnownError
            The address cannot be listened on.
        """
        host, port = self.address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        except OSError as error:
            raise KnownError(
                f"Pairing cannot listen on {host}:{port} ({error.strerror or error})", "Choose another address or port"
            ) from error
        self._wake, self._wait = socket.socketpair()
        self._context = tls.pairing_server_context(self._identity)
        name = self._listener.getsockname()
        self.address = (name[0], name[1])
        self.deadline = time.monotonic() + self._seconds
        self.state = OPEN
        log.info("pairing is open for %.0f s at %s:%d", self._seconds, *self.address)
        self._thread.start()
        return self

    def close(self) -> None:
        """Close the window and wait until its thread has ended; does no harm when it has closed already."""
        with self._lock:
            self._closing = True
            if self._current is not None:
                # Ends a read that is going on; the thread itself closes its socket.
                _shut(self._current)
        if self._thread.ident is None:
            self._closed.set()
            return
        if not self._closed.is_set():
            _shut(self._wake)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def wait(self, timeout: float | None = None) -> str:
        """Wait at most ``timeout`` seconds until the window has closed, and return the state."""
        self._closed.wait(timeout)
        return self.state

    @property
    def seconds_left(self) -> float:
        """Seconds until the window closes by itself; 0 where it is not open."""
        return max(0.0, self.deadline - time.monotonic()) if self.state == OPEN else 0.0

    @property
    def someone_else_tried(self) -> bool:
        """Whether a wrong code came from an address other than the one that paired.

        Any program on the network can use up the tries. A person who did not mistype must hear of it.
        """
        return any(address != self._paired_from for address in self._wrong_from)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _serve(self) -> None:
        state = CLOSED
        try:
            state = self._meet_until_closed()
        finally:
            self._listener.close()
            self._wait.close()
            self._wake.close()
            self.state = state
            self._closed.set()
            log.info("pairing: %s", state)
            if self._on_closed is not None:
                self._on_closed(state)

    def _meet_until_closed(self) -> str:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wait, selectors.EVENT_READ)
            return self._meet_one_by_one(selector)

    def _meet_one_by_one(self, selector: selectors.BaseSelector) -> str:
        for _ in range(_MAX_CONNECTIONS):
            ready = selector.select(max(0.0, self.deadline - time.monotonic()))
            if self._closing:
                return CLOSED
            if not ready:
                return TIME_IS_OVER
            if self._accept():
                return PAIRED
            if self.tries_left == 0:
                return f"closed: {self._tries} wrong codes"
        return TOO_MANY_CONNECTIONS

    def _accept(self) -> bool:
        """Meet the next one who connects; return whether it is the owner now."""
        try:
            raw, peer = self._listener.accept()
        except OSError as error:
            log.info("pairing: a connection was lost at once (%s)", error)
            return False
        handle = raw.dup()
        with self._lock:
            self._current = handle
            if self._closing:
                _shut(handle)
        try:
            return self._meet(raw, str(peer[0]))
        except (OSError, ProtocolError, BadField) as error:
            log.info("pairing with %s ended: %s", peer[0], error)
            return False
        finally:
            with self._lock:
                self._current = None
            handle.close()
            raw.close()

    def _meet(self, raw: socket.socket, peer: str) -> bool:
        now = time.monotonic()
        raw.settimeout(min(_FIRST_STEP_SECONDS, max(0.001, self.deadline - now)))
        with self._context.wrap_socket(raw, server_side=True) as connection:
            talk = StepChannel(connection)
            handshake = DeviceHandshake(self.code, self._identity.certificate_pem)
            hello = talk.receive(min(now + _FIRST_STEP_SECONDS, self.deadline))
            talk.send(handshake.answer(hello))
            confirm = talk.receive(min(now + _ATTEMPT_SECONDS, self.deadline))
            if not handshake.desktop_knows_the_code(confirm):
                self._count_wrong_code(peer)
                talk.send({"step": "refused", "why": "code", "tries_left": self.tries_left})
                return False
            talk.send(handshake.confirm())
            owner = _owner(handshake.owner_pem, talk.receive(time.monotonic() + _ATTEMPT_SECONDS))
            description = self._store(owner, talk)
            if description is None:
                return False
            self._paired_from = peer
            try:
                talk.send({**description, "step": "paired"})
            except OSError as error:
                # The owner is stored: the device has paired, whether or not the desktop hears of it.
                log.warning("pairing: the desktop left before it heard that it is the owner (%s)", error)
            return True

    def _count_wrong_code(self, peer: str) -> None:
        # Only this burns a try. SPAKE2 lets nobody test a code without sending a confirmation, so a connection that
        # ends earlier has guessed nothing; would it count, a port scan could close the window.
        self.tries_left -= 1
        self._wrong_from.append(peer)
        log.warning("pairing: wrong code from %s, %d tries left", peer, self.tries_left)

    def _store(self, owner: Owner, talk: StepChannel) -> Header | None:
        """Have the owner stored and return what it is told then; None where that failed."""
        with self._lock:
            # From here on `close` lets the attempt end by itself: an owner that is stored must hear of it.
            self._current = None
        try:
            description = self._describe()
            self._on_paired(owner)
        except KnownError as error:
            log.warning("pairing: the owner could not be stored: %s", error)
            talk.send({"step": "refused", "why": "storage", "reason": error.reason, "action": error.action})
            return None
        except Exception:
            log.exception("pairing: the owner could not be stored")
            talk.send({"step": "refused", "why": "storage", "reason": "The device had an internal error"})
            return None
        return description


def _owner(pem: str, header: Header) -> Owner:
    require_step(header, "owner")
    try:
        certificate = ssl.DER_cert_to_PEM_cert(der_of(pem))
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(cadata=certificate)
    except (ssl.SSLError, ValueError) as error:
        raise ProtocolError("The desktop sent a certificate that cannot be used") from error
    return Owner(
        certificate_pem=certificate,
        fingerprint=fingerprint_of(certificate),
        desktop_name=clean_name(header, "desktop_name"),
        group_id=clean_name(header, "group_id"),
        group_name=clean_name(header, "group_name"),
    )


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The other end has gone already, which is what was wanted.
        return
