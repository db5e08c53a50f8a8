"""Do a piece of work in a process of its own, so that a crash, a hang or a full memory there stays there."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final

from letspic_shared.errors import KnownError

_MEMORY_BYTES: Final = 6 << 30
_MAX_ANSWER_BYTES: Final = 8 << 20
_JOIN_SECONDS: Final = 5.0
_STARTED: Final = b"started"


class WorkFailed(ValueError):  # noqa: N818 - it says how the work ended
    """The process crashed or took too long; the message says which, as the end of a sentence."""


def run_apart(work: Callable[..., bytes], *arguments: Any, timeout: float) -> bytes:
    """Return ``work(*arguments)``, done in a fresh process that is gone afterwards.

    Parameters
    ----------
    work
        A function that a fresh process can import. What it returns is bytes and never unpickled: the process may
        have been taken over by the file that it read.
    timeout
        Seconds after which the process is killed.

    Raises
    ------
    WorkFailed
        The process crashed, or was killed.
    KnownError
        No process could be started.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(sender, work, arguments), daemon=True)
    started, answer = False, None
    try:
        process.start()
        sender.close()
        started = receiver.poll(timeout) and receiver.recv_bytes(_MAX_ANSWER_BYTES) == _STARTED
        if receiver.poll(timeout):
            answer = receiver.recv_bytes(_MAX_ANSWER_BYTES)
    except (EOFError, OSError) as error:
        if not started:
            raise KnownError("The process that tries a model cannot be started", "Restart LetsPic") from error
        process.join(_JOIN_SECONDS)
        raise WorkFailed(f"it crashes the TFLite runtime (exit code {process.exitcode})") from error
    finally:
        receiver.close()
        if process.pid is not None:
            process.kill()
            process.join()
        process.close()
    if answer is None:
        raise WorkFailed(f"one test run takes longer than {timeout:g} seconds")
    return answer


def _serve(sender: Connection, work: Callable[..., bytes], arguments: tuple[Any, ...]) -> None:
    sender.send_bytes(_STARTED)
    _limit_resources()
    sender.send_bytes(work(*arguments))


def _limit_resources() -> None:
    """Keep the process from filling the memory, leaving a core file, and writing a runtime's chatter to our stderr."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
