"""How ``letspic-device pair`` and ``status`` talk to the ``letspic-device run`` of the same home.

A socket in the home folder, for its owner alone; one line of JSON asks, one line answers.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from letspic_shared.errors import KnownError
from letspic_shared.files import PRIVATE_FILE, make_private_folder, storage_error, write_atomic

Message = dict[str, object]

_SOCKET = "control.sock"
_POINTER = "control.path"
_LOCK = "run.lock"
# The address of a unix-domain socket has 108 bytes with its final zero.
_MAX_PATH = 107
_MAX_LINE = 1 << 20
_MAX_CLIENTS = 8
_READ_SECONDS = 5.0
_REFUSE_SECONDS = 0.5

log = logging.getLogger(__name__)


class HomeLock:
    """Held by the one program that runs in a home; the system releases it however that program ends.

    Raises
    ------
    KnownError
        Another program holds it.
    """

    def __init__(self, home: Path) -> None:
        make_private_folder(home)
        path = home / _LOCK
        try:
            self._file: IO[str] = path.open("a")
        except OSError as error:
            raise storage_error(error, path) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise KnownError(
                f"A LetsPic device already runs in {home}", "Stop it first, or give this one another folder with --home"
            ) from error
        except OSError as error:
            self._file.close()
            raise storage_error(error, path) from error

    def close(self) -> None:
        """Release the lock."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ControlServer:
    """Answers the commands of one home; only the holder of its `HomeLock` may start it.

    Parameters
    ----------
    handlers
        Command -> function from the fields of the request to those of the answer. They run in threads of the
        server, several at a time; one that waits (for a pairing to end) holds up nobody else. A KnownError that they
        raise is raised again at the one who asked.
    """

    def __init__(self, home: Path, handlers: dict[str, Callable[[Message], Message]]) -> None:
        self._home = home
        self._handlers = handlers
        self._folder: Path | None = None
        self._closing = False
        self._slots = threading.BoundedSemaphore(_MAX_CLIENTS)
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)

    def start(self) -> Self:
        """Listen; what a program that was killed has left behind is replaced.

        Raises
        ------
        KnownError
            The socket cannot be made.
        """
        make_private_folder(self._home)
        _clean_up(self._home)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.path = self._choose_path()
            self._listener.bind(os.fspath(self.path))
            self.path.chmod(PRIVATE_FILE)
            self._listener.listen(_MAX_CLIENTS)
        except OSError as error:
            self._listener.close()
            raise storage_error(error, self._home / _SOCKET) from error
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening and remove the socket; commands that are being answered still get their answer."""
        if self._thread.ident is None:
            return
        self._closing = True
        try:
            # Ends the accept that the thread waits in; close alone would not.
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            log.debug("control socket: %s", error)
        self._thread.join()
        self._listener.close()
        _clean_up(self._home)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _choose_path(self) -> Path:
        path = self._home.resolve() / _SOCKET
        if len(os.fsencode(path)) <= _MAX_PATH:
            return path
        # mkdtemp makes a folder for its owner alone, so nobody else can put a socket of that name there.
        self._folder = Path(tempfile.mkdtemp(prefix="letspic-"))
        write_atomic(self._home / _POINTER, os.fsencode(self._folder / _SOCKET), mode=PRIVATE_FILE)
        return self._folder / _SOCKET

    def _serve(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                if not self._closing:
                    log.exception("the control socket has failed")
                return
            if not self._slots.acquire(blocking=False):
                self._refuse(connection)
                continue
            threading.Thread(target=self._answer, args=(connection,), name="control answer", daemon=True).start()

    def _refuse(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, ValueError):
            connection.settimeout(_REFUSE_SECONDS)
            # A socket that is closed with unread bytes in it throws away what was sent.
            _read_line(connection)
            connection.sendall(_line({"reason": "The device is busy with other commands", "action": "Try again later"}))

    def _answer(self, connection: socket.socket) -> None:
        try:
            with connection:
                connection.settimeout(_READ_SECONDS)
                answer = self._handle(_read_line(connection))
                connection.sendall(_line(answer))
        except (OSError, ValueError) as error:
            log.debug("control: the one who asked has gone: %s", error)
        finally:
            self._slots.release()

    def _handle(self, line: bytes) -> Message:
        try:
            request = json.loads(line)
            handler = self._handlers[request["command"]]
        except (ValueError, RecursionError, TypeError, KeyError, UnicodeDecodeError):
            return {"reason": "The running device does not know this command", "action": "Use the same version of both"}
        try:
            return {"answer": handler(request)}
        except KnownError as error:
            return {"reason": error.reason, "action": error.action}
        except Exception:
            log.exception("command %s failed", request["command"])
            return {"reason": "The device had an internal error", "action": "Its log says more"}


def request(home: Path, command: str, *, timeout: float = 10.0, **fields: object) -> Message:
    """Ask the device that runs in ``home`` and return its answer.

    Parameters
    ----------
    timeout
        Seconds to wait for the answer; more for commands that wait themselves.

    Raises
    ------
    KnownError
        Nobody answers, or the device says why it cannot.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect(os.fspath(_path_to(home)))
            connection.sendall(_line({**fields, "command": command}))
            message = json.loads(_read_line(connection))
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise KnownError(f"No LetsPic device is running in {home}", "Start it with letspic-device run") from error
        except PermissionError as error:
            raise KnownError(
                f"The LetsPic device in {home} belongs to another user", "Run this command as that user"
            ) from error
        except (OSError, ValueError, RecursionError) as error:
            raise KnownError(f"The LetsPic device in {home} does not answer", "Stop it and start it again") from error
    answer = message.get("answer") if isinstance(message, dict) else {}
    if not isinstance(answer, dict):
        raise KnownError(str(message.get("reason", "The device refused")), str(message.get("action", "")))
    return answer


def _path_to(home: Path) -> Path:
    path = home.resolve() / _SOCKET
    if len(os.fsencode(path)) <= _MAX_PATH:
        return path
    return Path(os.fsdecode((home / _POINTER).read_bytes()))


def _clean_up(home: Path) -> None:
    """Remove the socket of this home, wherever it was."""
    pointer = home / _POINTER
    try:
        (home / _SOCKET).unlink(missing_ok=True)
        if pointer.exists():
            _remove_far_socket(Path(os.fsdecode(pointer.read_bytes())))
            pointer.unlink()
    except OSError as error:
        raise storage_error(error, home) from error


def _remove_far_socket(path: Path) -> None:
    # The pointer may hold anything after a power cut, so only a socket is removed, and its folder only if empty.
    if path.is_absolute() and path.is_socket():
        path.unlink()
        with contextlib.suppress(OSError):
            path.parent.rmdir()


def _line(message: Message) -> bytes:
    return json.dumps(message).encode() + b"\n"


def _read_line(connection: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        piece = connection.recv(4096)
        if not piece:
            raise ConnectionError("the line ends early")
        line += piece
        if len(line) > _MAX_LINE:
            raise ValueError("the line is too long")
    return line
