"""What a photo's EXIF block says about when, where and with what it was taken. Hostile blocks never raise.

Works on a mapping from tag to value, so it needs no imaging library. Tag numbers: EXIF 2.32 (CIPA DC-008).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

Tags = Mapping[int, Any]

_MAKE: Final = 0x010F
_MODEL: Final = 0x0110
_CHANGED: Final = 0x0132
_TAKEN: Final = 0x9003
_DIGITISED: Final = 0x9004
_OFFSET_CHANGED: Final = 0x9010
_OFFSET_TAKEN: Final = 0x9011
_OFFSET_DIGITISED: Final = 0x9012
_GPS_LATITUDE_SIDE: Final = 1
_GPS_LATITUDE: Final = 2
_GPS_LONGITUDE_SIDE: Final = 3
_GPS_LONGITUDE: Final = 4
_GPS_TIME: Final = 7
_GPS_DATE: Final = 29

_TEXT_LIMIT: Final = 120
_FIRST_YEAR: Final = 1826
# Time zones reach from UTC-12 to UTC+14; clocks of cameras are off by some minutes.
_WESTMOST: Final = timedelta(hours=-12, minutes=-30)
_EASTMOST: Final = timedelta(hours=14, minutes=30)
_DATE = re.compile(r"(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?")
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})")
# What a value of the wrong type, size or sign does when it is read as a number or a date.
_HOSTILE: Final = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """When a photo was taken, and how we know.

    Parameters
    ----------
    local
        The clock of the camera, without a time zone.
    utc
        The same moment in UTC; None where the file does not say its time zone.
    source
        ``exif`` (original), ``exif-digitised``, ``exif-changed`` or ``gps``: the field that ``local`` is from.
    """

    local: datetime | None = None
    utc: datetime | None = None
    source: str | None = None


def read_taken(main: Tags, exif: Tags, gps: Tags) -> Taken:
    """Return when the photo was taken, from the most trustworthy field that holds a real date."""
    gps_utc = _gps_utc(gps)
    for tags, tag, offset_tag, source in (
        (exif, _TAKEN, _OFFSET_TAKEN, "exif"),
        (exif, _DIGITISED, _OFFSET_DIGITISED, "exif-digitised"),
        (main, _CHANGED, _OFFSET_CHANGED, "exif-changed"),
    ):
        local = _date(tags.get(tag))
        if local is not None:
            return Taken(
                local=local, utc=_in_utc(local, exif.get(offset_tag)) or _fitting(local, gps_utc), source=source
            )
    return Taken(utc=gps_utc, source="gps" if gps_utc else None)


def read_position(gps: Tags) -> tuple[float, float] | None:
    """Return (latitude, longitude) in degrees, north and east positive, or None where there is none."""
    latitude = _degrees(gps.get(_GPS_LATITUDE), gps.get(_GPS_LATITUDE_SIDE), limit=90, negative="S")
    longitude = _degrees(gps.get(_GPS_LONGITUDE), gps.get(_GPS_LONGITUDE_SIDE), limit=180, negative="W")
    # Cameras without a fix write zeros; nobody photographs at sea south of Ghana by accident.
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    return latitude, longitude


def read_camera(main: Tags) -> str | None:
    """Return maker and model as one name, without the maker twice."""
    make, model = text(main.get(_MAKE)), text(main.get(_MODEL))
    if make and model and not model.lower().startswith(make.split()[0].lower()):
        return f"{make} {model}"
    return model or make


def text(value: object) -> str | None:
    """Return a printable, bounded text of a tag's value, or None where nothing readable is in it."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    if not isinstance(value, str):
        return None
    printable = "".join(
        c if c.isprintable() and c != "\ufffd" else " " for c in value.split("\0")[0][: 4 * _TEXT_LIMIT]
    )
    return " ".join(printable.split())[:_TEXT_LIMIT] or None


def _date(value: object) -> datetime | None:
    found = _DATE.search(text(value) or "")
    if found is None:
        return None
    try:
        moment = datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None
    return moment if moment.year >= _FIRST_YEAR else None


def _in_utc(local: datetime, offset: object) -> datetime | None:
    found = _OFFSET.fullmatch(text(offset) or "")
    if found is None:
        return None
    sign = -1 if found[1] == "-" else 1
    try:
        zone = timezone(sign * timedelta(hours=int(found[2]), minutes=int(found[3])))
        return local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _fitting(local: datetime, gps_utc: datetime | None) -> datetime | None:
    """Return the time of the satellites, unless no time zone lies between it and the camera's clock.

    Receivers without a fix repeat their last one, which may be days old.
    """
    if gps_utc is None:
        return None
    offset = local - gps_utc.replace(tzinfo=None)
    return gps_utc if _WESTMOST <= offset <= _EASTMOST else None


def _gps_utc(gps: Tags) -> datetime | None:
    day = _date(gps.get(_GPS_DATE))
    clock = _numbers(gps.get(_GPS_TIME))
    if day is None or clock is None:
        return None
    hours, minutes, seconds = clock
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 61):
        return None
    return day.replace(tzinfo=UTC) + timedelta(hours=hours, minutes=minutes, seconds=int(seconds))


def _degrees(value: object, side: object, *, limit: int, negative: str) -> float | None:
    parts = _numbers(value)
    side_text = (text(side) or "").upper()[:1]
    if parts is None or not side_text:
        return None
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    if not 0 <= degrees <= limit:
        return None
    return round(-degrees if side_text == negative else degrees, 7)


def _numbers(value: object) -> tuple[float, float, float] | None:
    """Return a triple of rationals as finite floats."""
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes)):
        return None
    try:
        first, second, third = (float(part) for part in value)
    except _HOSTILE:
        return None
    return (first, second, third) if all(map(math.isfinite, (first, second, third))) else None
