"""The whole job by hand: one command after the other, each a process, with devices that come and go in between."""

import contextlib
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from letspic_desktop.application import Application
from letspic_desktop.fleet.link import RefusedError, Request
from letspic_desktop.operations.reaching import wait_online
from letspic_shared import messages

from .conftest import ALBUMS, PER_ALBUM
from .programs import Board, Desktop, Started

PHOTOS = len(ALBUMS) * PER_ALBUM


@pytest.fixture(scope="module")
def boards(make_board: Callable[..., Board]) -> list[Board]:
    return [make_board("Kitchen"), make_board("Attic")]


@pytest.fixture(scope="module")
def family(make_desktop: Callable[[str], Desktop], boards: list[Board], sample_albums: Path) -> Desktop:
    """A desktop with a library, a group, and two devices in it."""
    desktop = make_desktop("family")
    desktop("import", sample_albums, "--albums-from-folders")
    desktop("group", "create", "Family")
    for board in boards:
        desktop("device", "pair", *board.offer())
    return desktop


def test_the_library_is_what_was_imported(family: Desktop) -> None:
    assert family.json("album", "list") == [{"name": name, "photos": PER_ALBUM} for name in sorted(ALBUMS)]
    assert len(family.json("photo", "list")) == PHOTOS


def test_the_group_knows_its_devices(family: Desktop, boards: list[Board]) -> None:
    (group,) = family.json("group", "list")
    assert (group["name"], group["role"], group["head"]) == ("Family", "owner", 0)
    assert sorted(group["albums"]) == sorted(ALBUMS)
    assert sorted(group["devices"]) == ["Attic", "Kitchen"]
    listed = family.json("device", "list")
    assert [(one["name"], one["online"], one["state"]) for one in listed] == [
        ("Attic", True, "idle"),
        ("Kitchen", True, "idle"),
    ]
    assert [board.status()["group"] for board in boards] == ["Family", "Family"]


def test_a_second_group_of_that_name_is_refused(family: Desktop) -> None:
    assert "exists already" in family.refused("group", "create", "family")


def test_photos_are_handed_out_once_and_copies_when_asked(family: Desktop, boards: list[Board]) -> None:
    family("device", "distribute")
    placed = [{file.stem for file in board.placed} for board in boards]
    assert [len(photos) for photos in placed] == [PHOTOS // 2, PHOTOS // 2]
    assert not placed[0] & placed[1]
    assert "on a device already" in family("device", "distribute")
    family("device", "distribute", "--replicas", 2)
    assert [len(board.placed) for board in boards] == [PHOTOS, PHOTOS]
    held = family.json("device", "photos")
    assert {name: len(photos) for name, photos in held.items()} == {"Attic": PHOTOS, "Kitchen": PHOTOS}


def test_fine_tuning_makes_search_better(family: Desktop, other_photos: Path) -> None:
    query = min((other_photos / "fruit").iterdir())
    before = family.run("search", query, "--json", "-")
    assert "No fine-tuned head is in use" in before.err
    report = family.json("finetune", "--group", "Family")
    assert (report["photos"], report["withheld"], sorted(report["devices"])) == (PHOTOS, 0, ["Attic", "Kitchen"])
    assert report["held_out"]["map_after"] > report["held_out"]["map_before"]
    assert report["rounds"] == 11
    assert report["bytes_up"] > 0
    assert set(report["bytes_by_device"]) == {"Attic", "Kitchen"}

    found = family.json("search", query, "--top", 7, "--json", "-")
    assert len(found["before"]) == len(found["after"]) == 7
    assert found["head"] == report["version"]
    assert [Path(hit["path"]).parent.name for hit in found["after"]].count("fruit") >= 5
    scores = [hit["score"] for hit in found["after"]]
    assert scores == sorted(scores, reverse=True)
    heads = family.json("group", "heads", "Family")
    assert heads[0]["active"]
    assert heads[0]["map_after"] == report["held_out"]["map_after"]


@pytest.mark.parametrize(
    "options",
    [
        ("--method", "closed-form"),
        ("--method", "closed-form", "--unlabelled", "--quorum", "1", "--wait-for-all"),
        ("--method", "gradient", "--rounds", "5"),
        ("--method", "gradient", "--rounds", "3", "--local-steps", "4", "--learning-rate", "0.5"),
        ("--method", "paper", "--epochs", "1"),
    ],
    ids=lambda options: " ".join(options[1:3]),
)
def test_every_method_runs_over_real_links(family: Desktop, options: tuple[str, ...]) -> None:
    report = family.json("finetune", "--group", "Family", *options)
    assert report["photos"] == PHOTOS
    assert report["chosen"] == options[1]
    assert family.json("group", "list")[0]["head"] == report["version"]


@pytest.mark.slow
def test_a_device_that_was_restarted_is_found_again(family: Desktop, boards: list[Board]) -> None:
    address = boards[0].status()["address"]
    boards[0].stop()
    offline = {one["name"]: one for one in family.json("device", "list")}["Kitchen"]
    assert (offline["online"], offline["state"]) == (False, "offline")
    assert "cannot be reached" in offline["reason"]
    assert "Kitchen is offline" in family.refused("device", "format", "Kitchen")
    boards[0].start()
    assert boards[0].status()["address"] == address
    assert family.json("finetune", "--group", "Family", "--method", "closed-form")["devices"]


@pytest.mark.slow
def test_a_device_at_another_address_is_found_by_its_announcement(
    make_desktop: Callable[[str], Desktop], make_board: Callable[..., Board]
) -> None:
    desktop, board = make_desktop("mover"), make_board("Mover")
    desktop("group", "create", "Movers")
    desktop("device", "pair", *board.offer())
    board.stop()
    with socket.create_server(("127.0.0.1", 0)) as free:
        moved = f"127.0.0.1:{free.getsockname()[1]}"
    board.start(listen=moved, announce=True)
    # The announcement takes a second or two to be out.
    found: list[dict[str, Any]] = []
    for _ in range(10):
        found = desktop.json("device", "list")
        if found[0]["online"]:
            break
    assert (found[0]["online"], found[0]["address"]) == (True, moved)
    # The new address is remembered: the next command goes straight there, announced or not.
    board.stop()
    board.start(listen=moved)
    assert desktop.json("device", "list")[0]["online"]


def test_a_code_may_be_typed_as_it_is_shown(
    make_desktop: Callable[[str], Desktop], make_board: Callable[..., Board]
) -> None:
    desktop = make_desktop("spaces")
    desktop("group", "create", "Spaces")
    address, code = make_board("Loft").offer()
    assert "Paired Loft" in desktop("device", "pair", address, code[:4], code[4:])


def test_every_album_can_be_shared_at_once(make_desktop: Callable[[str], Desktop], other_photos: Path) -> None:
    desktop = make_desktop("early")
    desktop("group", "create", "Early")
    assert "letspic group share Early --all" in desktop("import", other_photos, "--albums-from-folders")
    desktop("group", "share", "Early", "--all")
    (group,) = desktop.json("group", "list")
    assert sorted(group["albums"]) == sorted(path.name for path in other_photos.iterdir())


def test_going_back_and_forth(family: Desktop, other_photos: Path) -> None:
    newest = family.json("finetune", "--group", "Family", "--method", "closed-form")["version"]
    query = min((other_photos / "city").iterdir())
    after = family.json("search", query, "--top", 3)
    family("group", "go-back", "Family", 0)
    bare = family.json("search", query, "--top", 3)
    assert (bare["head"], bare["after"], bare["before"]) == (None, [], after["before"])
    family("group", "go-back", "Family", newest)
    again = family.json("search", query, "--top", 3)
    assert (again["head"], again["after"]) == (newest, after["after"])
    assert f"has no head {newest + 1}" in family.refused("group", "go-back", "Family", newest + 1)


def test_a_page_of_results_goes_on_where_the_last_one_ended(family: Desktop, sample_albums: Path) -> None:
    query = min((sample_albums / "city").iterdir())
    whole = family.json("search", query, "--top", 6)["before"]
    assert family.json("search", query, "--top", 2, "--offset", 4)["before"] == whole[4:]
    # A photo of the library may be named by its file, its SHA-256, or the beginning of it, and never finds itself.
    photo = family.json("photo", "show", query)["sha256"]
    assert family.json("search", photo[:12], "--top", 6)["before"] == whole
    assert photo not in [hit["sha256"] for hit in family.json("search", query, "--top", 1000)["before"]]


def test_while_a_device_is_away_the_others_go_on(family: Desktop, boards: list[Board]) -> None:
    boards[1].stop()
    try:
        told = family.run("finetune", "--group", "Family", "--method", "closed-form")
        assert told.code == 0, told.err
        assert "Attic is offline and took no part." in told.err
        assert "from 40 photos on 1 devices" in told.out
    finally:
        boards[1].start()


def test_an_album_with_one_photo_is_told_before_anything_starts(family: Desktop) -> None:
    photo = family.json("photo", "list", "--album", "city")[0]["sha256"]
    family("album", "create", "Lonely", photo)
    family("group", "share", "Family", "Lonely")
    assert "The album “Lonely” has fewer than 2 labelled photos" in family.refused("finetune", "--group", "Family")
    family("group", "unshare", "Family", "Lonely")
    family("album", "delete", "Lonely")


def test_wrong_codes_close_the_window(family: Desktop, make_board: Callable[..., Board]) -> None:
    board = make_board("Shed")
    address, code = board.offer()
    assert "longer than" in family.refused("device", "pair", address, code, "--name", "x" * 200)
    assert board.status()["group"] == ""
    assert "has 8 digits" in family.refused("device", "pair", address, "1234")
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    for words in ("2 tries are left", "1 try is left", "stopped pairing"):
        assert words in family.refused("device", "pair", address, wrong)
    assert "Nothing waits to be paired" in family.refused("device", "pair", address, code)
    assert "broke off" in family.refused("device", "pair", board.status()["address"], code)
    assert (board.status()["state"], board.status()["group"]) == ("unpaired", "")
    assert "Shed" not in [one["name"] for one in family.json("device", "list")]


@pytest.mark.slow
def test_a_device_of_another_desktop_refuses(
    family: Desktop, boards: list[Board], make_desktop: Callable[[str], Desktop]
) -> None:
    told = boards[0].command("pair")
    assert told.code == 1
    assert "already belongs to" in told.err
    stranger = make_desktop("stranger")
    stranger("group", "create", "Others")
    assert stranger.refused("device", "pair", boards[0].status()["address"], "12345678")
    # With --replace its owner gives it away, and the first desktop is let in no more.
    board = boards[0]
    stranger("device", "pair", *board.offer(replace=True))
    assert (board.status()["group"], board.placed) == ("Others", [])
    lost = {one["name"]: one for one in family.json("device", "list")}["Kitchen"]
    assert not lost["online"]
    stranger("device", "remove", "Kitchen")
    family("device", "remove", "Kitchen")
    family("device", "pair", *board.offer())
    family("device", "distribute")


def test_what_a_device_does_not_know_it_says(family: Desktop) -> None:
    unknown = "0" * 64
    manifest: dict[str, object] = {"classes": 2, "labelled": {}, "unlabelled": [], "withhold": 3, "seed": 0}
    with Application.open(family.home) as app:
        (device,) = [one for one in app.catalog.devices.all() if one.name == "Kitchen"]
        assert wait_online(app, [device.id]) == [device.id]
        link = app.fleet.require_link(device.id)
        for kind, header, words in (
            (messages.PREPARE, {"run": "r", "backbone": unknown, **manifest}, "backbone"),
            (messages.SEARCH, {"backbone": unknown, "top": 5}, "backbone"),
            (messages.ROUND, {"run": "r", "round": 0, "task": "gradient"}, "does not know this run"),
            (messages.THUMBNAIL, {"sha256": unknown}, "no longer holds this photo"),
            (messages.THUMBNAIL, {}, "a SHA-256 is 64 hexadecimal digits"),
            (250, {}, "does not know message kind 250"),
        ):
            with pytest.raises(RefusedError, match=words):
                app.loop.call(link.request(Request.of(kind, header), 20.0))
        assert app.fleet.link(device.id) is link


def test_another_backbone_starts_anew(family: Desktop) -> None:
    float32 = "efficientnet-lite0-float32"
    assert "no backbone nothing-such" in family.refused("group", "backbone", "Family", "nothing-such")
    family("group", "backbone", "Family", float32)
    assert family.json("group", "list")[0]["head"] == 0
    old = max(one["version"] for one in family.json("group", "heads", "Family"))
    assert "belongs to another backbone" in family.refused("group", "go-back", "Family", old)
    assert family.json("finetune", "--group", "Family", "--method", "closed-form")["photos"] == PHOTOS
    family("group", "backbone", "Family", "efficientnet-lite0")


def test_figures_can_be_computed_again_by_anybody(family: Desktop, sample_albums: Path, tmp_path: Path) -> None:
    options = ["--photos", sample_albums, "--labelled-per-album", 3, "--seeds", 1, "--devices", 2]
    with Application.open(family.home):
        # The app may run meanwhile: only the backbones are needed.
        found = family.json("evaluate", *options, "--save-embeddings", tmp_path / "e.npz")
    by_album = family.json("evaluate", *options, "--split", "by-album", "--save-embeddings", tmp_path / "b.npz")
    assert found["mean"]["map_after"] > found["mean"]["map_before"]
    assert found["mean"]["map_after"] == pytest.approx(by_album["mean"]["map_after"], abs=1e-5)
    with np.load(tmp_path / "e.npz") as saved, np.load(tmp_path / "b.npz") as other:
        assert len(saved["label"]) == len(ALBUMS) * (PER_ALBUM - 3)
        assert all(Path(path).is_file() for path in saved["path"])
        np.testing.assert_allclose(saved["after"], other["after"], atol=1e-5)
        for name in ("before", "after"):
            map_, p10 = quality(saved[name], saved["label"])
            assert map_ == pytest.approx(found["seeds"][0][f"map_{name}"], abs=1e-6)
            assert p10 == pytest.approx(found["seeds"][0][f"p10_{name}"], abs=1e-6)


def quality(vectors: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Mean average precision and P@10, leave-one-out, written as their definitions read."""
    precisions, firsts = [], []
    for row, vector in enumerate(vectors):
        order = [hit for hit in np.argsort(-(vectors @ vector), kind="stable") if hit != row]
        relevant = [labels[hit] == labels[row] for hit in order]
        precisions.append(np.mean([sum(relevant[: n + 1]) / (n + 1) for n, right in enumerate(relevant) if right]))
        firsts.append(np.mean(relevant[: min(10, sum(relevant))]))
    return float(np.mean(precisions)), float(np.mean(firsts))


def test_pressing_ctrl_c_during_fine_tuning_changes_nothing(family: Desktop) -> None:
    before = family.json("group", "heads", "Family")
    started = family.start("finetune", "--group", "Family", "--method", "gradient", "--rounds", "100000")
    started.wait_for("rounds ")
    assert stopped(started)
    # Before any other command could put it right.
    assert run_states(family).get("cancelled") == 1
    assert "running" not in run_states(family)
    assert family.json("group", "heads", "Family") == before
    # The devices are free for the next run.
    assert family.json("finetune", "--group", "Family", "--method", "closed-form")["photos"] == PHOTOS


def test_pressing_ctrl_c_during_import_keeps_what_is_finished(
    make_desktop: Callable[[str], Desktop], tmp_path: Path, sample_albums: Path
) -> None:
    desktop = make_desktop("interrupted")
    for album in sample_albums.iterdir():
        for photo in album.iterdir():
            for copy in range(20):
                target = tmp_path / album.name / f"{copy} {photo.name}"
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(photo.read_bytes() + bytes([copy]))
    started = desktop.start("import", tmp_path, "--albums-from-folders")
    started.wait_for("import ")
    assert stopped(started)
    finished = desktop.json("photo", "list")
    assert len(finished) < 20 * PHOTOS
    assert sum(album["photos"] for album in desktop.json("album", "list")) == len(finished)
    desktop("import", tmp_path, "--albums-from-folders")
    assert len(desktop.json("photo", "list")) == 20 * PHOTOS


def test_formatting_and_leaving(family: Desktop, boards: list[Board]) -> None:
    kitchen, attic = boards
    assert "placed photos deleted on Kitchen" in family("device", "format", "Kitchen")
    assert kitchen.placed == []
    family("device", "remove", "Kitchen")
    assert (kitchen.status()["state"], kitchen.status()["group"]) == ("unpaired", "")
    attic.stop()
    told = family.run("group", "leave", "Family")
    assert told.code == 0
    assert "Attic is offline and keeps what was placed on it" in told.err
    attic.start()
    assert attic.placed
    # It can be freed on its own side.
    assert attic.command("unpair").code == 0
    assert attic.placed == []
    assert family.json("group", "list") == []
    assert family.json("device", "list") == []


def stopped(started: Started) -> bool:
    """Press Ctrl-C twice; whether the command ended as it should, and nothing of it is left."""
    started.interrupt()
    started.interrupt()
    code = started.end()
    assert "letspic: Stopped. What was finished is kept." in started.said
    assert "Traceback" not in started.said, started.said
    return code == 1 and started.children() == []


def run_states(desktop: Desktop) -> dict[str, int]:
    """Number of runs by state."""
    with contextlib.closing(sqlite3.connect(desktop.home / "catalog.db")) as connection:
        return dict(connection.execute("SELECT state, count(*) FROM runs GROUP BY state").fetchall())
