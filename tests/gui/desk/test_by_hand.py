"""Photos sorted by hand, with a real mouse and keyboard in a real window: dragged, rated, turned, taken back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.gui.desk.display import Display, steps_folder
from tests.gui.desk.driver import Driver

from letspic_desktop.application import Application
from letspic_desktop.backbones.store import Backbone
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.samples import render_samples

PER_ALBUM = 4


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    with Display() as display:
        yield display


@pytest.fixture
def home(tmp_path: Path, backbone: Backbone) -> Path:
    """A library with two albums of four photos."""
    home = tmp_path / "home"
    shutil.copytree(backbone.path.parent, home / "backbones")
    render_samples(tmp_path / "painted", per_album=PER_ALBUM, seed=3)
    with Application.open(home) as app:
        for name in ("forest", "houses"):
            ImportPhotos(sources=(tmp_path / "painted" / name,), album=name).run(app, Progress())
    return home


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(one): (one.read_bytes(), one.stat().st_mtime_ns) for one in folder.rglob("*.jpg")}


@pytest.mark.slow
@pytest.mark.gui
def test_photos_are_sorted_by_hand(display: Display, home: Path, tmp_path: Path) -> None:
    originals = files(tmp_path / "painted")
    with Driver(display, home, steps_folder()) as person:
        person.until(lambda: person.photos() == 2 * PER_ALBUM, "the library is not shown")
        drag_into_album(person)
        drag_within_album(person)
        turn_with_results_open(person)
        trash_and_take_back(person)
        assert person.quit() == 0
    assert files(tmp_path / "painted") == originals


def drag_into_album(person: Driver) -> None:
    """A photo onto an album of the sidebar, and back with the keyboard."""
    person.display.drag(person.where("houses_001.jpg"), person.where("forest, 4 photos"))
    person.where("forest, 5 photos")
    person.picture("hand-1-dropped")
    person.display.key("ctrl+z")
    person.where("forest, 4 photos")
    person.display.key("ctrl+shift+z")
    person.where("forest, 5 photos")


def drag_within_album(person: Driver) -> None:
    """The first photo of an album behind its third."""
    person.click("forest, 5 photos")
    person.until(lambda: person.photos() == 5, "the album is not shown")
    before = order(person)
    first, third = person.where(before[0]), person.where(before[2])
    gap = person.where(before[1])[0] - first[0]
    person.display.drag(first, (third[0] + gap // 2 - 6, third[1]))
    moved = [before[1], before[2], before[0], *before[3:]]
    person.until(lambda: order(person) == moved, "the photo is not where it was dropped")
    person.picture("hand-2-moved")
    person.display.key("ctrl+z")
    person.until(lambda: order(person) == before, "the order is not taken back")


def turn_with_results_open(person: Driver) -> None:
    """A photo is searched with, then turned: what is shown of the search turns too."""
    person.click("All photos, 8 photos")
    person.until(lambda: person.photos() == 2 * PER_ALBUM, "not all photos are there")
    person.click("houses_001.jpg")
    person.display.key("ctrl+e")
    person.until(lambda: person.sees("to houses_001.jpg · before any fine-tuning"), "no results", seconds=60)
    person.picture("hand-3-results")
    # The results stand above the photos; the selected one is used by the keys of the grid.
    person.click("Photos", kind="PhotoGrid")
    person.display.key("ctrl+a", "r")
    person.until(lambda: person.sees("8 selected"), "nothing is selected")
    person.picture("hand-4-turned")
    person.display.key("ctrl+z", "Escape")
    person.until(lambda: not person.sees("to houses_001.jpg · before any fine-tuning"), "the results stay")


def trash_and_take_back(person: Driver) -> None:
    """Put one photo into the trash with a key and one with a drag, look at them there, and take them out again."""
    person.click("forest_002.jpg")
    person.display.key("Delete")
    person.until(lambda: person.photos() == 2 * PER_ALBUM - 1, "the photo is still there")
    person.display.drag(person.where("houses_000.jpg"), person.where("Trash, 1 photo"))
    person.until(lambda: person.photos() == 2 * PER_ALBUM - 2, "the second photo is still there")
    person.click("Trash, 2 photos")
    person.until(lambda: person.photos() == 2, "the trash is empty")
    person.picture("hand-5-trash")
    person.click("Restore all", kind="QPushButton")
    person.until(lambda: person.photos() == 0, "nothing is restored")


def order(person: Driver) -> list[str]:
    """Return the names of the photos as they stand side by side, line by line."""
    names = [f"{album}_{number:03}.jpg" for album in ("forest", "houses") for number in range(PER_ALBUM)]
    places = {name: at for name in names if (at := person._ask("find", name, "PhotoGrid"))}
    return sorted(places, key=lambda name: (places[name]["y"], places[name]["x"]))
