"""The time of a file, for photos that do not say when they were taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from letspic_shared.photo import PhotoInfo

# Before that a file's time is that of a computer without a clock.
_FIRST_YEAR: Final = 1990
_CLOCKS_DIFFER: Final = timedelta(days=1)


def with_file_time(info: PhotoInfo, mtime_ns: int) -> PhotoInfo:
    """Return the facts of a photo, with its file's time (source ``file``) where it does not know its own.

    The local time is that of this computer, now and for ever: a later change of time zone moves no photo.
    """
    if info.taken_source is not None:
        return info
    try:
        utc = datetime.fromtimestamp(mtime_ns // 1_000_000_000, UTC)
        local = utc.astimezone().replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return info
    if utc.year < _FIRST_YEAR or utc > datetime.now(UTC) + _CLOCKS_DIFFER:
        return info
    return replace(info, taken_utc=utc, taken_local=local, taken_source="file")
