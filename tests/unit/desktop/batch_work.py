"""What the tests of batch work have processes do; imported by name there, as all batch work is."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence


def square(items: Sequence[int]) -> list[int]:
    return [item * item for item in items]


def process(items: Sequence[int]) -> list[int]:
    return [os.getpid() for _ in items]


def heeds_interrupt(items: Sequence[int]) -> list[bool]:
    return [signal.getsignal(signal.SIGINT) != signal.SIG_IGN for _ in items]


def die(items: Sequence[int]) -> list[int]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


def fail(items: Sequence[int]) -> list[int]:
    raise ZeroDivisionError
