"""Work done aside, in a short-lived child process, so that what it imports does not stay in memory for years.

The cryptography package takes 8 MB, and a device needs it only to make its identity and for each pairing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable

from letspic_shared.errors import KnownError, ProtocolError

Message = dict[str, str]

_SECONDS = 60.0
_CHILD = "from letspic_device.aside import child; child()"


def call(task: str, request: Message) -> Message:
    """Run a task and return its answer.

    Secrets go through pipes, never through arguments, which other users of the machine can read. Where no child can
    be started (a frozen program has no interpreter of its own) the task runs in this process.

    Raises
    ------
    ProtocolError
        The task says that its input is bad.
    KnownError
        The child ended without an answer.
    """
    if getattr(sys, "frozen", False) or "cryptography" in sys.modules:
        return _answer(task, request)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    asked = json.dumps({**request, "task": task}).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-c", _CHILD],
            input=asked,
            capture_output=True,
            timeout=_SECONDS,
            env=environment,
            check=False,
        )
        answer = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise KnownError("A part of the program could not be started", "Free some memory and try again") from error
    if "bad" in answer:
        raise ProtocolError(answer["bad"])
    found: Message = answer
    return found


def child() -> None:
    """Read one request from standard input and write its answer to standard output."""
    request = json.loads(sys.stdin.buffer.read())
    try:
        answer = _answer(request.pop("task"), request)
    except ProtocolError as error:
        answer = {"bad": error.reason}
    sys.stdout.write(json.dumps(answer))


def _answer(task: str, request: Message) -> Message:
    return _TASKS[task](request)


def _identity(request: Message) -> Message:
    from letspic_device.identity import new_key_and_certificate

    return {"pem": new_key_and_certificate(request["name"]).decode()}


def _spake(request: Message) -> Message:
    from letspic_device.pairing_handshake import device_exchange

    own, key = device_exchange(request["code"], bytes.fromhex(request["theirs"]))
    return {"own": own.hex(), "key": key.hex()}


_TASKS: dict[str, Callable[[Message], Message]] = {"identity": _identity, "spake": _spake}
