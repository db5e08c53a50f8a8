"""The demo: the whole job with real device processes, started and ended by one command."""

import json
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from letspic_desktop.application import Application
from letspic_desktop.demo import DemoOptions, running_demo
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

from .conftest import ALBUMS, PER_ALBUM
from .programs import Desktop, running

SEED_KEYS = {
    "seed",
    "p10_before",
    "p10_after",
    "map_before",
    "map_after",
    "seconds",
    "round_ms_median",
    "bytes_up",
    "bytes_down",
    "rounds",
}
NOT_ON_DEVICES = ("PySide6", "shiboken6", "letspic_desktop", "torch", "tensorflow")


@pytest.fixture
def desktop(make_desktop: Callable[[str], Desktop]) -> Iterator[Desktop]:
    made = make_desktop("demo")
    yield made
    assert devices_of(made.home) == []


def devices_of(home: Path) -> list[int]:
    """Ids of the device processes that run with homes below a folder."""
    return [pid for pid, line in running().items() if "letspic_device run" in line and str(home) in line]


def test_one_command_does_the_whole_job(desktop: Desktop, sample_albums: Path, tmp_path: Path) -> None:
    out, sheet = tmp_path / "out.json", tmp_path / "sheets" / "sheet.png"
    told = desktop("demo", "--headless", "--devices", 3, "--photos", sample_albums, "--json", out, "--sheet", sheet)
    assert sheet.read_bytes().startswith(b"\x89PNG")
    found = json.loads(out.read_text())
    assert found.keys() == {"config", "seeds", "mean"}
    (seed,) = found["seeds"]
    assert seed.keys() == SEED_KEYS
    assert found["mean"] == {name: value for name, value in seed.items() if name != "seed"}
    assert 0 < seed["map_before"] < seed["map_after"] <= 1
    assert 0 < seed["p10_before"] <= seed["p10_after"] <= 1
    assert seed["bytes_up"] > 0 < seed["bytes_down"]
    assert {"extract", "train", "index", "import", "pair", "distribute", "fine-tune"} <= seed["seconds"].keys()
    assert all(value >= 0 for value in seed["seconds"].values())
    config = found["config"]
    assert (config["devices"], config["albums"], config["labelled_per_album"]) == (3, len(ALBUMS), PER_ALBUM // 2)
    assert len(set(config["device_pids"])) == 3
    assert not set(config["device_pids"]) & set(devices_of(desktop.home))
    for words in ("mAP", "P@10", "ratio", "phase", "pair", "distribute", "fine-tune", "device-3", "Contact sheet"):
        assert words in told
    assert "already holds" in desktop.refused("demo", "--headless", "--photos", sample_albums, "--sheet", sheet)


def test_devices_are_processes_that_know_nothing_of_the_desktop(
    tmp_path: Path, sample_albums: Path, backbone: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each Python then writes down what it imports; the devices' words go into their logs.
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    shutil.copytree(backbone.path.parent, tmp_path / "backbones")
    with Application.open(tmp_path) as app:
        options = DemoOptions(photos=sample_albums, devices=2)
        with running_demo(app, options, Progress()) as result:
            assert len(set(result.pids.values())) == 2
            for name, pid in result.pids.items():
                assert pid in devices_of(tmp_path)
                maps = Path(f"/proc/{pid}/maps").read_text()
                assert "PySide6" not in maps
                assert "libQt6" not in maps
                log = (tmp_path / "demo-devices" / name / "device.log").read_text()
                imported = {line.rpartition("|")[2].strip() for line in log.splitlines() if "import time:" in line}
                assert "letspic_device.program" in imported
                assert [module for module in imported if module.partition(".")[0] in NOT_ON_DEVICES] == []
        assert devices_of(tmp_path) == []


def test_unreadable_photos_and_small_albums_are_left_out(
    desktop: Desktop, sample_albums: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = tmp_path / "photos"
    shutil.copytree(sample_albums, photos)
    (photos / "city" / "broken.jpg").write_bytes(b"no photo")
    (photos / "unlabelled").mkdir()
    shutil.copy(next((sample_albums / "city").iterdir()), photos / "unlabelled")
    monkeypatch.chdir(tmp_path)
    # A relative name, as people type it.
    told = desktop.run("demo", "--headless", "--devices", 1, "--photos", "photos", "--sheet", "sheet.png")
    assert told.code == 0, told.err
    assert "not imported:" in told.err
    assert "left out: unlabelled" in told.err
    assert f"{len(ALBUMS) * PER_ALBUM // 2} labelled photos of {len(ALBUMS)} albums on 1 device processes" in told.out


def test_too_little_to_show_anything(desktop: Desktop, tmp_path: Path, sample_albums: Path) -> None:
    def refused(photos: Path) -> str:
        return desktop.refused("demo", "--headless", "--devices", 1, "--photos", photos, "--sheet", tmp_path / "s.png")

    assert "does not exist" in refused(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    assert "There is no photo" in refused(tmp_path / "empty")
    few = tmp_path / "few"
    (few / "city").mkdir(parents=True)
    shutil.copy(min((sample_albums / "city").iterdir()), few / "city")
    assert "photo" in refused(few)
    shutil.copytree(sample_albums / "city", few / "city", dirs_exist_ok=True)
    assert "album" in refused(few)


def test_a_place_for_the_sheet_is_looked_for_first(desktop: Desktop, tmp_path: Path, sample_albums: Path) -> None:
    (tmp_path / "file").write_text("")
    told = desktop.refused("demo", "--headless", "--photos", sample_albums, "--sheet", tmp_path / "file" / "sheet.png")
    assert "Choose another place with --sheet" in told
    assert desktop.json("photo", "list") == []


def test_a_home_with_albums_is_left_alone(tmp_path: Path, sample_albums: Path) -> None:
    with Application.open(tmp_path) as app:
        app.catalog.albums.create("Holidays")
        with (
            pytest.raises(KnownError, match="already holds albums"),
            running_demo(app, DemoOptions(photos=sample_albums), Progress()),
        ):
            pytest.fail("it began all the same")
        assert app.catalog.photos.all() == []


@pytest.mark.parametrize("stage", ["import ", "features ", "pair", "distribute ", "rounds "])
def test_pressing_ctrl_c_leaves_no_process(desktop: Desktop, sample_albums: Path, tmp_path: Path, stage: str) -> None:
    started = desktop.start(
        "demo", "--headless", "--devices", 2, "--photos", sample_albums, "--sheet", tmp_path / "s.png",
        "--method", "gradient", "--rounds", 3000,
    )  # fmt: skip
    started.wait_for(stage)
    # People press it again when nothing seems to happen.
    started.interrupt(signal.SIGINT)
    started.interrupt(signal.SIGINT)
    assert started.end() == 1
    assert started.said.rstrip().endswith("letspic: Stopped. What was finished is kept.")
    assert "Traceback" not in started.said
    assert started.children() == []
    assert devices_of(desktop.home) == []
    assert not (tmp_path / "s.png").exists()
    assert desktop.run("photo", "list").code == 0


@pytest.mark.slow
def test_real_photos_are_found_half_as_well_again(desktop: Desktop, photo_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    desktop(
        "demo",
        "--headless",
        "--devices",
        5,
        "--photos",
        photo_data / "food101",
        "--json",
        out,
        "--sheet",
        tmp_path / "s.png",
    )
    mean = json.loads(out.read_text())["mean"]
    assert mean["map_after"] / mean["map_before"] >= 1.45
