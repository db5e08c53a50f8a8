"""The distributed files, the speed of a device, and names, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import ALBUMS, PER_ALBUM
from .programs import Board, Desktop

PHOTOS = len(ALBUMS) * PER_ALBUM


@pytest.fixture(scope="module")
def boards(make_board: Callable[..., Board], other_photos: Path) -> list[Board]:
    return [make_board("Kitchen"), make_board("Attic", "--photos", other_photos / "city")]


@pytest.fixture(scope="module")
def club(make_desktop: Callable[[str], Desktop], boards: list[Board], sample_albums: Path) -> Desktop:
    """A desktop whose two devices hold all labelled photos once."""
    desktop = make_desktop("club")
    desktop("import", sample_albums, "--albums-from-folders")
    desktop("group", "create", "Club")
    for board in boards:
        desktop("device", "pair", *board.offer())
    desktop("device", "distribute")
    return desktop


def test_every_photo_is_on_one_device(club: Desktop, boards: list[Board]) -> None:
    found = club.json("group", "files", "Club")
    by_name = {one["name"]: one for one in found["devices"]}
    assert [(one["own"], one["placed"]) for one in (by_name["Kitchen"], by_name["Attic"])] == [
        (0, PHOTOS // 2),
        (5, PHOTOS // 2),
    ]
    for board in boards:
        assert by_name[board.name]["placed_bytes"] == sum(path.stat().st_size for path in board.placed)
    assert len(found["photos"]) == PHOTOS + 5
    assert not any(photo["too_few"] for photo in found["photos"])
    assert sum(photo["on"] == {"Attic": "own"} for photo in found["photos"]) == 5


def test_photos_with_too_few_copies_are_named(club: Desktop) -> None:
    said = club("group", "files", "--replicas", 2)
    assert said.count("TOO FEW") == PHOTOS
    assert f"{PHOTOS} of {PHOTOS} photos are on fewer than 2 devices." in said
    club("device", "distribute", "--replicas", 2)
    said = club("group", "files", "--replicas", 2, "--offline")
    assert "TOO FEW" not in said
    assert f"0 of {PHOTOS} photos" in said
    club("device", "format", "Kitchen")
    assert club("group", "files", "--replicas", 2, "--offline").count("TOO FEW") == PHOTOS
    assert club("group", "files", "--photos", "--offline").count("(placed)") == PHOTOS


def test_a_device_measures_itself(club: Desktop) -> None:
    speed = club.json("device", "bench", "Kitchen")
    assert speed["photo_ms"] > 0
    assert speed["features_per_second"] == pytest.approx(1000 / speed["photo_ms"], rel=0.01)
    assert (speed["gradient_photos"], speed["classes"]) == (100, len(ALBUMS))
    assert "no device named" in club.refused("device", "bench", "Cellar")


def test_names_can_be_changed(club: Desktop) -> None:
    club("device", "rename", "Attic", "Roof")
    assert sorted(one["name"] for one in club.json("device", "list")) == ["Kitchen", "Roof"]
    assert "exists already" in club.refused("device", "rename", "Roof", "kitchen")
    club("group", "rename", "Club", "Hiking club")
    assert [one["name"] for one in club.json("group", "list")] == ["Hiking club"]
    assert "no group named" in club.refused("group", "rename", "Club", "Other")


def test_an_offline_device_cannot_measure(club: Desktop, boards: list[Board]) -> None:
    boards[0].stop()
    assert "Kitchen is offline" in club.refused("device", "bench", "Kitchen")
    # What it held last is still told.
    assert "Kitchen" in club("group", "files")
    boards[0].start()
