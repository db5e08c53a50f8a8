"""Photos that live on a device: found, labelled and learned from where they are; they never leave it."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from letspic_desktop.application import Application
from letspic_desktop.fleet.link import RefusedError, Request
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.operations.devices import ConfirmLabels, PairDevice
from letspic_desktop.operations.finetune import StartFinetuning
from letspic_desktop.operations.search import SearchPhotos
from letspic_desktop.progress import Progress
from letspic_shared import messages

from .conftest import ALBUMS, PER_ALBUM
from .programs import Board, Desktop

PHOTOS = len(ALBUMS) * PER_ALBUM
FOLDERS = {"Stadt": 5, "Obst": 4, "Boote": 2}
OWN = sum(FOLDERS.values()) + 1


@pytest.fixture(scope="module")
def own_folder(tmp_path_factory: pytest.TempPathFactory, other_photos: Path) -> Path:
    """A device's own photos: in sub-folders with names of its owner, and one beside them."""
    folder = tmp_path_factory.mktemp("own")
    for (name, count), album in zip(FOLDERS.items(), ALBUMS, strict=False):
        (folder / name).mkdir()
        for photo in sorted((other_photos / album).iterdir())[:count]:
            shutil.copy(photo, folder / name)
    shutil.copy(min((other_photos / "forest").iterdir()), folder)
    return folder


@pytest.fixture(scope="module")
def board(make_board: Callable[..., Board], own_folder: Path) -> Board:
    return make_board("Attic", "--photos", own_folder)


@pytest.fixture(scope="module")
def family(make_desktop: Callable[[str], Desktop], board: Board, sample_albums: Path) -> Desktop:
    desktop = make_desktop("family")
    desktop("import", sample_albums, "--albums-from-folders")
    desktop("group", "create", "Family")
    desktop("device", "pair", *board.offer())
    return desktop


@pytest.fixture(autouse=True)
def untouched(own_folder: Path) -> Iterator[None]:
    """Own originals are never written to, whatever happens."""
    before = contents(own_folder)
    yield
    assert contents(own_folder) == before


def contents(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_folders_are_proposed(family: Desktop) -> None:
    told = family("device", "photos")
    assert f"Attic: 0 placed, {OWN} own (0 with a confirmed label)" in told
    assert "folders without a label: Boote (2), Obst (4), Stadt (5)" in told


def test_a_folder_or_an_album_that_is_not_there(family: Desktop) -> None:
    assert "no category “Berge”" in family.refused("device", "labels", "Attic", "Stadt=Berge")
    assert "no own photos in a folder “Berge”" in family.refused("device", "labels", "Attic", "Berge=city")
    assert "(0 with a confirmed label)" in family("device", "photos")


def test_labelled_folders_train_where_they_are(family: Desktop, board: Board) -> None:
    told = family("device", "labels", "Attic", "Stadt=city", "Obst=fruit", "Boote=sailing")
    assert told.startswith(f"{OWN - 1} own photos of Attic have a label now.")
    report = family.json("finetune")
    # Two photos of a class could be told from their sum.
    assert (report["photos"], report["withheld"]) == (PHOTOS + OWN - 1 - FOLDERS["Boote"], FOLDERS["Boote"])
    assert len(board.placed) == PHOTOS
    # The person at the desktop cannot lower what the device's owner chose.
    assert family.json("finetune", "--withhold", 0)["withheld"] == FOLDERS["Boote"]


@pytest.mark.slow
def test_the_owner_of_a_device_may_withhold_nothing(
    make_desktop: Callable[[str], Desktop], make_board: Callable[..., Board], own_folder: Path, sample_albums: Path
) -> None:
    board = make_board("Open", "--photos", own_folder, "--withhold", 0)
    desktop = make_desktop("open")
    desktop("import", sample_albums, "--albums-from-folders")
    desktop("group", "create", "Family")
    desktop("device", "pair", *board.offer())
    desktop("device", "labels", "Open", "Stadt=city", "Obst=fruit", "Boote=sailing")
    assert desktop.json("finetune", "--withhold", 0)["photos"] == PHOTOS + OWN - 1
    assert desktop.json("finetune")["withheld"] == FOLDERS["Boote"]


def test_search_finds_them_on_the_device(family: Desktop, board: Board, other_photos: Path) -> None:
    query = sorted((other_photos / "city").iterdir())[0]
    found = family.json("search", query, "--top", 1000)
    for hits in (found["before"], found["after"]):
        own = [hit for hit in hits if hit["devices"]]
        # The query itself is one of them.
        assert len(own) == OWN - 1
        assert all(hit["path"] is None and hit["devices"] == ["Attic"] for hit in own)
    assert "[on Attic]" in family("search", query, "--top", 1000)
    board.stop()
    told = family.run("search", query, "--top", 1000)
    assert told.code == 0
    assert "[on Attic" not in told.out
    assert "Attic: its own photos could not be searched." in told.err
    board.start()


def test_labels_can_be_taken_away(family: Desktop) -> None:
    assert family("device", "labels", "Attic", "Stadt=", "Obst=").startswith("2 own photos of Attic")
    assert "folders without a label: Obst (4), Stadt (5)" in family("device", "photos")
    family("device", "labels", "Attic", "Stadt=city", "Obst=fruit")


def test_formatting_leaves_them_alone(family: Desktop, board: Board) -> None:
    family("device", "distribute")
    assert f"{PHOTOS} placed photos deleted on Attic; its own photos are untouched." in family(
        "device", "format", "Attic"
    )
    assert (board.status()["own"], board.placed) == (OWN, [])
    assert f"Attic: 0 placed, {OWN} own ({OWN - 1} with a confirmed label)" in family("device", "photos")


@pytest.mark.parametrize("allowed", [False, True])
def test_no_pixel_leaves_without_consent(
    make_board: Callable[..., Board], make_desktop: Callable[[str], Desktop], own_folder: Path, allowed: bool
) -> None:
    """All that the desktop ever receives in a whole job, searched for the bytes of the own photos."""
    board = make_board("Quiet", "--photos", own_folder, *(["--allow-thumbnails"] if allowed else []))
    desktop = make_desktop("listening")
    own = {path: path.read_bytes() for path in own_folder.rglob("*.jpg")}
    with Application.open(desktop.home) as app:
        group = app.catalog.groups.create("Family")
        for album in ("city", "fruit"):
            app.catalog.groups.add_album(group.id, app.catalog.albums.create(album).id)
        address, code = board.offer()
        host, _, port = address.rpartition(":")
        device = PairDevice(group="Family", host=host, port=int(port), code=code).run(app, Progress())
        heard = overheard(app, device.id)
        labels = ConfirmLabels(device=device.name, folders=(("Stadt", "city"), ("Obst", "fruit")))
        assert labels.run(app, Progress()) == FOLDERS["Stadt"] + FOLDERS["Obst"]
        report = StartFinetuning(group="Family", config=RunConfig(method="closed-form")).run(app, Progress())
        assert report.photos == FOLDERS["Stadt"] + FOLDERS["Obst"]
        assert SearchPhotos(query=min(own), group="Family").run(app, Progress()).devices_asked == (device.name,)
        for data in own.values():
            request = Request.of(messages.THUMBNAIL, {"sha256": hashlib.sha256(data).hexdigest()})
            answer = app.loop.submit(app.fleet.require_link(device.id).request(request, 20.0))
            if allowed:
                assert answer.result(20).payload.startswith(b"\xff\xd8")
            else:
                with pytest.raises(RefusedError, match="does not share small pictures"):
                    answer.result(20)
    assert len(heard) > 10_000
    received = bytes(heard)
    assert (b"\xff\xd8\xff" in received) == allowed
    # 64 bytes of each file's pixels, behind the tables that all JPEG files share: more than chance would give.
    places = [(data, part * len(data) // 4) for data in own.values() for part in (2, 3)]
    assert not any(data[place : place + 64] in received for data, place in places)


def overheard(app: Application, device_id: str) -> bytearray:
    """Keep a copy of every decrypted byte that the desktop receives over the link."""
    link = app.fleet.link(device_id)
    assert link is not None
    heard = bytearray()
    receive = link.data_received

    def listen(data: bytes) -> None:
        heard.extend(data)
        receive(data)

    link.data_received = listen  # type: ignore[method-assign]
    return heard
