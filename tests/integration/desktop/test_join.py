"""A desktop that serves in another desktop's group: its library then is a device's own photos."""

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import ALBUMS, PER_ALBUM
from .programs import Desktop, Started

PHOTOS = len(ALBUMS) * PER_ALBUM


@pytest.fixture(scope="module")
def owner(make_desktop: Callable[[str], Desktop], sample_albums: Path) -> Desktop:
    """Desktop A: owns the group."""
    desktop = make_desktop("owner")
    desktop("import", sample_albums, "--albums-from-folders")
    desktop("group", "create", "Family")
    return desktop


@pytest.fixture
def guest(make_desktop: Callable[[str], Desktop], other_photos: Path) -> Desktop:
    """Desktop B: has photos of its own."""
    desktop = make_desktop("guest")
    desktop("import", other_photos / "city", "--album", "Stadt")
    desktop("import", other_photos / "fruit", "--album", "Obst")
    return desktop


def offered(joining: Started) -> tuple[str, str]:
    """Return the address and the code that a joining desktop shows."""
    told = joining.wait_for("stop with Ctrl-C")
    found = re.search(r"letspic device pair (\S+) (\d{8})", told)
    assert found is not None, told
    return found[1], found[2]


@pytest.mark.slow
def test_a_desktop_serves_with_its_own_library(owner: Desktop, guest: Desktop, other_photos: Path) -> None:
    joining = guest.start("group", "join")
    # Its home is in use meanwhile; another command says so in one sentence.
    address, code = offered(joining)
    for line in ("group leave Family", "group list", "import nothing"):
        assert "Another LetsPic already uses" in guest.refused(*line.split())

    owner("device", "pair", address, code, "--name", "Neighbour")
    joining.wait_for("Serving in Family of ")
    assert "Neighbour: 0 placed, 10 own (0 with" in owner("device", "photos")
    owner("device", "labels", "Neighbour", "Stadt=city", "Obst=fruit")
    report = owner.json("finetune")
    assert (report["photos"], report["devices"]) == (PHOTOS + 10, ["Neighbour"])
    query = min((other_photos / "city").iterdir())
    assert "[on Neighbour, folder Stadt]" in owner("search", query, "--top", 100)

    # Stopped and started again it serves on, without a new code.
    joining.interrupt(signal.SIGINT)
    assert joining.end() == 0
    assert guest.json("group", "list")[0]["role"] == "member"
    assert len(list((guest.home / "member" / "placed").iterdir())) == PHOTOS
    assert "belongs to another desktop" in guest.refused("finetune", "--group", "Family")
    assert "belongs to another desktop" in guest.refused("device", "pair", address, code, "--group", "Family")
    again = guest.start("group", "join")
    assert "Pairing code" not in again.wait_for("Serving in Family of ")
    again.wait_for("stop with Ctrl-C")
    assert owner.json("device", "list")[0]["online"]
    again.interrupt(signal.SIGTERM)
    assert again.end() == 0

    # It leaves while the owner is away; what was placed on it is deleted, and the owner sees it gone.
    guest("group", "leave", "Family")
    assert guest.json("group", "list") == []
    assert list((guest.home / "member" / "placed").iterdir()) == []
    assert len(guest.json("photo", "list")) == 10
    assert not owner.json("device", "list")[0]["online"]
    told = owner.run("device", "remove", "Neighbour")
    assert told.code == 0
    assert "There, run: letspic group leave" in told.err
    assert owner.json("device", "list") == []


def test_the_owner_lets_a_desktop_go(owner: Desktop, guest: Desktop) -> None:
    joining = guest.start("group", "join")
    owner("device", "pair", *offered(joining), "--name", "Neighbour")
    owner("device", "distribute")
    owner("device", "remove", "Neighbour")
    joining.wait_for("The owner has let this desktop go.")
    assert joining.end() == 0
    assert guest.json("group", "list") == []
    assert list((guest.home / "member" / "placed").iterdir()) == []


def test_wrong_codes_end_joining(owner: Desktop, guest: Desktop) -> None:
    joining = guest.start("group", "join")
    address, code = offered(joining)
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    for _ in range(3):
        assert "The code is wrong" in owner.refused("device", "pair", address, wrong)
    joining.wait_for("letspic: Nobody has paired with this desktop (closed: 3 wrong codes).")
    assert joining.end() == 1
    assert guest.json("group", "list") == []


def test_an_address_that_cannot_be_listened_on(guest: Desktop) -> None:
    assert "cannot listen on 192.0.2.1:1" in guest.refused("group", "join", "--listen", "192.0.2.1:1")
    assert guest.run("group", "join", "--listen", "nonsense").code == 2
