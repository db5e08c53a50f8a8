"""Keeps the device small (glibc's allocator is told to hand freed memory back), and tells how much memory there is."""

from __future__ import annotations

import ctypes
import os

# Parameters of mallopt(3).
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_KEPT_BYTES = 128 << 10


def keep_small() -> bool:
    """Set the allocator up; call it before threads start. Return False where the C library has no such settings.

    By default every thread gets an arena of its own and freed blocks stay with it: after a backbone or a few photos
    have passed through, that is tens of megabytes which a board with 512 MB misses.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    settings = ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, _KEPT_BYTES), (_M_TRIM_THRESHOLD, _KEPT_BYTES))
    return all(mallopt(name, value) == 1 for name, value in settings)


def memory_megabytes() -> int:
    """Return the machine's memory in MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20


def resident_kilobytes() -> int:
    """Return the memory that this process holds now, in KiB (0 where the system does not tell)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - hot path of status on small boards
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 10
    except (OSError, ValueError, IndexError):
        return 0
