"""Good and bad examples on the command line move the results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .programs import Desktop


@pytest.fixture(scope="module")
def library(make_desktop: Callable[[str], Desktop], sample_albums: Path) -> Desktop:
    desktop = make_desktop("marks")
    desktop("import", sample_albums, "--albums-from-folders")
    return desktop


def test_examples_move_the_results(library: Desktop, sample_albums: Path) -> None:
    query = min((sample_albums / "city").iterdir())
    plain = library.json("search", query, "--top", 1000)
    assert plain["before_total"] == len(plain["before"]) == 39
    assert plain["after_total"] == 0
    photos = [hit["sha256"] for hit in plain["before"]]
    good, bad = photos[20:22], photos[0]
    moved = library.json("search", query, "--top", 1000, "--good", *good, "--bad", bad)
    places = [hit["sha256"] for hit in moved["before"]]
    assert sorted(places) == sorted(photos)
    assert all(places.index(photo) < photos.index(photo) for photo in good)
    scores = {hit["sha256"]: hit["score"] for hit in moved["before"]}
    assert scores[good[0]] > next(hit["score"] for hit in plain["before"] if hit["sha256"] == good[0])


def test_an_example_is_a_photo_of_the_library(library: Desktop, sample_albums: Path) -> None:
    query = min((sample_albums / "city").iterdir())
    assert "There is no photo “0123456789abcdef”" in library.refused("search", query, "--good", "0123456789abcdef")
