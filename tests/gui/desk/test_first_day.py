"""What a new user does on the first day, with a real mouse and keyboard, a real window, and a real device."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.gui.desk.display import Display, steps_folder
from tests.gui.desk.driver import Driver

from letspic_desktop.backbones.store import Backbone
from letspic_desktop.fleet.local_devices import LocalDevices
from letspic_desktop.retrieval.samples import render_samples

ALBUMS = ("balloons", "forest", "houses")
PER_ALBUM = 8
DEVICE = "pi-kitchen"


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    with Display() as display:
        yield display


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """One folder with the photos of three days in a heap, as a camera leaves them."""
    render_samples(tmp_path / "painted", per_album=PER_ALBUM, seed=11)
    heap = tmp_path / "camera"
    heap.mkdir()
    for album in ALBUMS:
        for one in (tmp_path / "painted" / album).iterdir():
            shutil.copy(one, heap / one.name)
    return heap


@pytest.fixture
def home(tmp_path: Path, backbone: Backbone) -> Path:
    """A home with nothing but the backbone, which takes its time to be built."""
    shutil.copytree(backbone.path.parent, tmp_path / "home" / "backbones")
    return tmp_path / "home"


@pytest.mark.slow
@pytest.mark.gui
def test_first_day(display: Display, home: Path, photos: Path, tmp_path: Path) -> None:
    with LocalDevices(tmp_path / "devices", [DEVICE]) as devices:
        with Driver(display, home, steps_folder()) as person:
            add_photos(person, photos)
            make_albums(person)
            make_group(person)
            add_device(person, devices)
            fine_tune(person)
            search(person)
            assert person.quit() == 0
        with Driver(display, home, steps_folder()) as person:
            person.until(lambda: person.photos() > 0, "the photos are gone after a restart")
            person.until(lambda: person.sees("Head 1 in use"), "the head is gone after a restart")
            person.picture("9-next-day")
            assert person.quit() == 0


def add_photos(person: Driver, photos: Path) -> None:
    person.where("Add photos …", kind="QPushButton")
    person.picture("1-first-start")
    person.click("Add photos …", kind="QPushButton")
    person.where("Directory:", kind="QLabel")
    person.display.type(str(photos))

    def chosen() -> bool:
        # Return takes what the field offers to complete first, where it does.
        person.display.key("Return")
        return not person.sees("Directory:")

    person.until(chosen, "the folder is not taken")
    everything = len(ALBUMS) * PER_ALBUM
    person.until(lambda: person.photos() == everything, "not all photos came in", seconds=30)
    person.picture("2-photos")


def make_albums(person: Driver) -> None:
    for album in ALBUMS:
        person.display.key("ctrl+f")
        person.display.type(album)
        person.until(lambda: person.photos() == PER_ALBUM, f"the words do not find {album}")
        person.click(f"{album}_001.jpg")
        person.display.key("ctrl+a")
        person.click(f"{album}_001.jpg", button=3)
        person.click("Add to album")
        person.click("New album …")
        person.where(f"Name of the new album of {PER_ALBUM} photos", kind="QLineEdit")
        person.display.type(f"My {album}")
        person.display.key("Return")
        person.where(f"My {album}, {PER_ALBUM} photos")
        person.display.key("ctrl+f", "ctrl+a", "BackSpace")
        person.until(lambda: person.photos() > PER_ALBUM, "the search cannot be cleared")
    person.picture("3-albums")


def make_group(person: Driver) -> None:
    person.click("New group")
    person.where("Create", kind="QPushButton", usable=False)
    person.click("Name of the group")
    person.display.type("Hiking club")
    # The folder with everything is no category.
    person.click("camera   ·   24 photos")
    person.display.key("space")
    person.click("Create", kind="QPushButton")
    person.until(lambda: person.sees(f"{len(ALBUMS)} albums"), "the group is not shown")
    person.picture("4-group")


def add_device(person: Driver, devices: LocalDevices) -> None:
    offer = devices.offer(DEVICE)
    person.display.key("ctrl+d")
    person.click("Address", kind="QLineEdit")
    person.display.type(f"{offer.host}:{offer.port}")
    person.click("Code", kind="QLineEdit")
    person.display.type(offer.code)
    person.picture("5-add-device")
    person.click("Pair", kind="QPushButton")
    person.until(lambda: person.sees(f"{DEVICE} is paired"), "the device is not paired", seconds=30)
    person.click("Close", kind="QPushButton")
    person.where(f"{DEVICE}, ready")


def fine_tune(person: Driver) -> None:
    person.click("Start Finetuning", kind="QPushButton")
    person.until(lambda: person.sees("Head 1 in use"), "the run does not end well", seconds=180)
    person.until(lambda: person.sees("Retrieval accuracy"), "no figures are shown")
    person.picture("6-fine-tuned")


def search(person: Driver) -> None:
    person.click("All photos, 24 photos")
    person.until(lambda: person.photos() == len(ALBUMS) * PER_ALBUM, "not all photos are there")
    person.display.key("ctrl+f")
    person.display.type("houses_003")
    person.until(lambda: person.photos() == 1, "the photo is not found by its name")
    person.click("houses_003.jpg")
    person.display.key("ctrl+e")
    person.until(lambda: person.sees("to houses_003.jpg · head 1"), "the search by example gives nothing")
    person.click("Compare", kind="QPushButton")
    person.where("Similar photos after fine-tuning")
    person.where("Similar photos before fine-tuning")
    person.picture("7-before-and-after")
