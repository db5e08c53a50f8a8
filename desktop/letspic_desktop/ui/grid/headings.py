"""What stands above the sections of a grid, and how a spot on the globe is called."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Final

from PySide6.QtCore import QDate, QLocale

from letspic_desktop.library.places import Box
from letspic_desktop.library.sections import SectionBy
from letspic_desktop.ui.texts import tr

_HALF_CELL: Final = 0.25


def heading(key: str, by: SectionBy) -> str:
    """Return a section's key in words; ``key`` is as ``library.sections`` has it."""
    if by == "album":
        return key or tr("In no album")
    if by == "place":
        return spot(*_degrees(key)) if key else tr("Without a place")
    return month(key) if key else tr("Without a date")


def month(key: str) -> str:
    """Return a month such as ``2026-07`` in words."""
    year, _, number = key.partition("-")
    if not (year.isdecimal() and number.isdecimal() and 1 <= int(number) <= 12):
        return key
    name = QLocale().standaloneMonthName(int(number))
    return tr("{month} {year}", month=name, year=year)


def spot(north: float, east: float) -> str:
    """Return a point on the globe as people write it, to a tenth of a degree."""
    upright = tr("{n}° N") if north >= 0 else tr("{n}° S")
    across = tr("{n}° E") if east >= 0 else tr("{n}° W")
    locale = QLocale()
    parts = (upright.format(n=locale.toString(abs(north), "f", 2)), across.format(n=locale.toString(abs(east), "f", 2)))
    return ", ".join(parts)


def square(key: str) -> Box:
    """Return the square whose middle is the key of a section by place."""
    north, east = _degrees(key)
    return Box(south=north - _HALF_CELL, north=north + _HALF_CELL, west=east - _HALF_CELL, east=east + _HALF_CELL)


def span(begin: date | None, end: date | None) -> str:
    """Return the days from one to another in words, as short as they can be; either may be open."""
    if begin is not None and end is not None:
        if (begin.month, begin.day, end.month, end.day) == (1, 1, 12, 31) and begin.year == end.year:
            return str(begin.year)
        last = calendar.monthrange(begin.year, begin.month)[1]
        if (begin.year, begin.month) == (end.year, end.month) and (begin.day, end.day) == (1, last):
            return month(f"{begin.year}-{begin.month:02}")
        return tr("{begin} to {end}", begin=_day(begin), end=_day(end))
    if begin is not None:
        return tr("From {day}", day=_day(begin))
    return tr("Until {day}", day=_day(end)) if end is not None else tr("Any date")


def _day(day: date) -> str:
    return QLocale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.ShortFormat)


def _degrees(key: str) -> tuple[float, float]:
    north, _, east = key.partition(",")
    return float(north), float(east)
