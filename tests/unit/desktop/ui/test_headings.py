"""Months, days and spots in words."""

from __future__ import annotations

from datetime import date

import pytest

from letspic_desktop.library.sections import SectionBy
from letspic_desktop.ui.grid.headings import heading, span, square


@pytest.mark.parametrize(
    ("key", "by", "words"),
    [
        ("2026-07", "month", "July 2026"),
        ("0000-13", "month", "0000-13"),
        ("", "month", "Without a date"),
        ("47.25,8.75", "place", "47.25° N, 8.75° E"),
        ("-33.75,-70.75", "place", "33.75° S, 70.75° W"),
        ("", "place", "Without a place"),
        ("Pizza & more", "album", "Pizza & more"),
        ("", "album", "In no album"),
    ],
)
def test_headings(key: str, by: SectionBy, words: str) -> None:
    assert heading(key, by) == words


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), "2026"),
        (date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
        (None, None, "Any date"),
    ],
)
def test_spans(begin: date | None, end: date | None, words: str) -> None:
    assert span(begin, end) == words


def test_open_spans_name_their_day() -> None:
    assert span(date(2026, 5, 3), None).startswith("From ")
    assert span(None, date(2026, 5, 3)).startswith("Until ")
    assert " to " in span(date(2026, 5, 3), date(2027, 6, 4))


def test_square_is_half_a_degree_around_its_middle() -> None:
    box = square("47.25,-8.75")
    assert (box.south, box.north, box.west, box.east) == (47.0, 47.5, -9.0, -8.5)
