"""Keeps the device small: glibc's allocator is told to hand freed memory back instead of keeping it for later."""

from __future__ import annotations

import ctypes

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
