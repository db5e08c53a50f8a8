"""A run outlives the program: killed, paused or failed in the middle it goes on where it was, to the same bits."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from letspic_desktop.application import AppEvent, Application, RunChanged
from letspic_desktop.fleet.events import Begun, Measured, RoundDone
from letspic_desktop.fleet.journal import Journal
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.operations.finetune import StartFinetuning
from letspic_desktop.operations.groups import LeaveGroup
from letspic_desktop.operations.organise import RemoveFromAlbum
from letspic_desktop.operations.paused_runs import DiscardRun, ResumeFinetuning, paused_run
from letspic_desktop.progress import Cancelled, Paused, Progress
from letspic_desktop.retrieval.samples import render_samples
from letspic_shared.errors import KnownError
from letspic_shared.statistics import ClassStatistics

from .conftest import ALBUMS, PER_ALBUM
from .programs import BOUND, Board, Desktop

PHOTOS = len(ALBUMS) * PER_ALBUM
ROUNDS = 40
OPTIONS = ("--group", "Family", "--rounds", ROUNDS, "--wait-for-all", "--no-distribute")
CONFIG = RunConfig(rounds=ROUNDS, wait_for_all=True)


@pytest.fixture(scope="module")
def boards(make_board: Callable[..., Board]) -> list[Board]:
    return [make_board("Kitchen"), make_board("Attic")]


@pytest.fixture(scope="module")
def family(make_desktop: Callable[[str], Desktop], boards: list[Board], sample_albums: Path) -> Desktop:
    """A desktop with a library, a group, two devices, and the head of an undisturbed run."""
    desktop = make_desktop("family")
    desktop("import", sample_albums, "--albums-from-folders")
    desktop("group", "create", "Family")
    for board in boards:
        desktop("device", "pair", *board.offer())
    desktop("device", "distribute")
    assert desktop.json("finetune", *OPTIONS)["version"] == 1
    return desktop


def blob(desktop: Desktop, version: int) -> bytes:
    with contextlib.closing(sqlite3.connect(desktop.home / "catalog.db")) as connection:
        query = "SELECT blob FROM heads WHERE version = ?"
        return bytes(connection.execute(query, (version,)).fetchone()[0])


def kill_in_the_middle(desktop: Desktop, *, after: int) -> int:
    """Start a run, kill the program once so many rounds are in its journal, and return how many there are."""
    folders = set((desktop.home / "runs").iterdir())
    started = desktop.start("finetune", *OPTIONS)
    waiting = threading.Event()
    for _ in range(int(BOUND * 200)):
        new = set((desktop.home / "runs").iterdir()) - folders
        if new and Journal.finished(new.pop()) >= after:
            break
        assert started.popen.poll() is None, started.said
        waiting.wait(0.005)
    started.interrupt(signal.SIGKILL)
    started.end()
    (left,) = set((desktop.home / "runs").iterdir()) - folders
    return Journal.finished(left)


class Stopper:
    """Asks a run to pause or stop after some round, and remembers what was told."""

    def __init__(self, progress: Progress, after: int, *, pause: bool = True) -> None:
        self.events: list[object] = []
        self._progress, self._after, self._pause = progress, after, pause

    def __call__(self, event: AppEvent) -> None:
        if isinstance(event, RunChanged):
            self.events.append(event.event)
            if isinstance(event.event, RoundDone) and event.event.number == self._after:
                (self._progress.pause if self._pause else self._progress.cancel)()


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bits(family: Desktop) -> None:
    kept = kill_in_the_middle(family, after=5)
    assert 5 <= kept < ROUNDS + 1
    (run, _) = family.json("group", "runs", "Family")
    assert (run["state"], run["reason"]) == ("paused", "LetsPic was ended during the run")
    assert run["rounds_kept"] == kept
    assert f"A run is paused after round {kept} of {ROUNDS + 1}" in family("group", "runs", "Family")
    assert [head["version"] for head in family.json("group", "heads", "Family")] == [1]

    report = family.json("finetune", "--group", "Family", "--resume")
    assert (report["version"], report["previous"], report["replayed"], report["rounds"]) == (2, 1, kept, ROUNDS + 1)
    assert blob(family, 2) == blob(family, 1)
    assert list((family.home / "runs").iterdir()) == []
    assert "Family has no paused run" in family.refused("finetune", "--group", "Family", "--resume")


@pytest.mark.slow
def test_a_killed_run_can_be_discarded_or_replaced(family: Desktop) -> None:
    kill_in_the_middle(family, after=2)
    assert "is discarded" in family("finetune", "--group", "Family", "--discard")
    assert list((family.home / "runs").iterdir()) == []
    assert "has no paused run" in family.refused("finetune", "--group", "Family", "--discard")

    kill_in_the_middle(family, after=2)
    told = family.run("finetune", "--group", "Family", "--method", "closed-form")
    assert told.code == 0
    assert "is given up for this one" in told.err
    assert list((family.home / "runs").iterdir()) == []
    assert {run["state"] for run in family.json("group", "runs", "Family")} == {"done", "cancelled"}


@pytest.mark.slow
def test_pause_stop_and_go_on_within_the_program(family: Desktop) -> None:
    with Application.open(family.home) as app:
        group = app.catalog.groups.by_name("Family")
        heads = len(app.catalog.heads.history(group.id))
        first = Progress()
        told = Stopper(first, 7)
        forget = app.subscribe(told)
        with pytest.raises(Paused):
            StartFinetuning(group="Family", config=CONFIG).run(app, first)
        before = sum(event.seconds for event in told.events if isinstance(event, RoundDone) and event.number < 7)
        begun = next(event for event in told.events if isinstance(event, Begun))
        assert (sorted(begun.devices), begun.resumed) == (["Attic", "Kitchen"], False)
        paused = paused_run(app, group)
        assert paused is not None
        assert (paused.rounds >= 6, paused.total, paused.reason) == (True, ROUNDS + 1, "")
        assert len(app.catalog.heads.history(group.id)) == heads

        # Paused again while it goes on: what was reached is kept.
        second = Progress()
        told = Stopper(second, 15)
        app.subscribe(told)
        with pytest.raises(Paused):
            ResumeFinetuning(group="Family", live=True).run(app, second)
        rounds = [event for event in told.events if isinstance(event, RoundDone)]
        assert [event.number for event in rounds if event.replayed] == list(range(1, paused.rounds + 1))
        assert all(sorted(event.device_loss) == ["Attic", "Kitchen"] for event in rounds if event.loss is not None)

        # The first round took a thousand seconds, says its journal.
        journal = Journal(app.home.runs / paused.id)
        known = journal.read(0, "statistics", ClassStatistics)
        assert known is not None
        journal.write(0, {**known[0], "seconds": 1000.0}, known[1])
        report = ResumeFinetuning(group="Family").run(app, Progress())
        forget()
        assert report.replayed >= 14
        assert 1000 < report.seconds["train"] < 1100
        assert report.seconds["prepare"] < 100
        assert report.bytes_up + report.bytes_down == sum(report.bytes_by_device.values())
        whole = app.catalog.runs.results(group.id)[-1].result
        assert whole is not None
        assert abs(report.bytes_down / whole["bytes_down"] - 1) < 0.1
        assert abs(report.bytes_up / whole["bytes_up"] - 1) < 0.1
        again = [event for event in told.events if isinstance(event, RoundDone)][:6]
        # What was done before the pause took its time too, and counts.
        assert sum(event.seconds for event in again) == before > 0
        assert report.examples
        measured = [event for event in told.events if isinstance(event, Measured)]
        assert all(0 < event.map_before < event.map_after <= 1 for event in measured)
        assert app.catalog.heads.blob(group.id, report.version) == app.catalog.heads.blob(group.id, 1)

        # Stopping is for good.
        third = Progress()
        app.subscribe(Stopper(third, 3, pause=False))
        with pytest.raises(Cancelled):
            StartFinetuning(group="Family", config=CONFIG).run(app, third)
        assert paused_run(app, group) is None
        assert list(app.home.runs.iterdir()) == []


@pytest.mark.slow
def test_a_run_whose_devices_go_away_is_paused_and_goes_on_when_they_are_back(
    family: Desktop, boards: list[Board], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letspic_desktop.fleet.exchange.REJOIN_SECONDS", 1.0)
    with Application.open(family.home) as app:
        group = app.catalog.groups.by_name("Family")

        def cut(event: AppEvent) -> None:
            if isinstance(event, RunChanged) and isinstance(event.event, RoundDone) and event.event.number == 4:
                stopping.start()

        stopping = threading.Thread(target=lambda: [board.stop() for board in boards])
        forget = app.subscribe(cut)
        with pytest.raises(KnownError, match="0 of 2 devices take part"):
            StartFinetuning(group="Family", config=CONFIG).run(app, Progress())
        forget()
        stopping.join()
        paused = paused_run(app, group)
        assert paused is not None
        assert "0 of 2 devices take part" in paused.reason
        for board in boards:
            board.start(announce=True)
        report = ResumeFinetuning(group="Family").run(app, Progress())
        assert app.catalog.heads.blob(group.id, report.version) == app.catalog.heads.blob(group.id, 1)


@pytest.mark.slow
def test_a_run_ends_with_its_group(make_desktop: Callable[[str], Desktop], make_board: Callable[..., Board]) -> None:
    desktop, board = make_desktop("leaver"), make_board("Shed")
    photos = desktop.home.parent / "leavers"
    render_samples(photos, per_album=4, seed=9)
    desktop("import", photos, "--albums-from-folders")
    desktop("group", "create", "Brief")
    desktop("device", "pair", *board.offer())
    desktop("device", "distribute")
    with Application.open(desktop.home) as app:
        leaving = threading.Thread(target=lambda: LeaveGroup(group="Brief").run(app, Progress()))

        def leave(event: AppEvent) -> None:
            if isinstance(event, RunChanged) and isinstance(event.event, RoundDone) and event.event.number == 3:
                leaving.start()

        app.subscribe(leave)
        # Not after a minute of waiting for a device that was let go, and not to be gone on with.
        with pytest.raises(Cancelled):
            StartFinetuning(group="Brief", config=RunConfig(rounds=10_000)).run(app, Progress())
        leaving.join()
        assert [run.state for run in app.catalog.runs.all()] == ["cancelled"]
        assert list(app.home.runs.iterdir()) == []


@pytest.mark.slow
def test_only_the_chosen_devices_take_part_and_get_every_photo(family: Desktop, boards: list[Board]) -> None:
    report = family.json("finetune", "--group", "Family", "--method", "closed-form", "--device", "Attic")
    assert (report["devices"], report["photos"]) == (["Attic"], PHOTOS)
    assert len(boards[1].placed) == PHOTOS
    assert "The group has no device “Barn”" in family.refused("finetune", "--group", "Family", "--device", "Barn")


@pytest.mark.slow
def test_a_method_without_held_out_heads_is_measured_on_what_took_no_part_or_not_at_all(family: Desktop) -> None:
    options = ("--group", "Family", "--method", "gradient", "--rounds", 3, "--no-distribute")
    assert family.json("finetune", *options)["held_out"] is None
    assert "none is left to measure it honestly" in family("finetune", *options)
    # Albums that are shared to be searched in only are never learned from.
    for album in ALBUMS[:2]:
        family("group", "unshare", "Family", album)
        family("group", "share", "Family", album, "--search-only")
    report = family.json("finetune", *options)
    assert report["photos"] == PHOTOS - 2 * PER_ALBUM
    assert (report["held_out"]["basis"], report["held_out"]["queries"]) == ("untrained", 2 * PER_ALBUM)
    assert f"on {2 * PER_ALBUM} photos of the group's albums that took no part" in family("finetune", *options)
    for album in ALBUMS[:2]:
        family("group", "share", "Family", album)


@pytest.mark.slow
def test_a_run_that_can_never_go_on_says_why_and_is_gone(family: Desktop) -> None:
    with Application.open(family.home) as app:
        group = app.catalog.groups.by_name("Family")
        progress = Progress()
        forget = app.subscribe(Stopper(progress, 3))
        with pytest.raises(Paused):
            StartFinetuning(group="Family", config=CONFIG).run(app, progress)
        forget()
        album = app.catalog.albums.by_name(ALBUMS[0])
        photo = app.catalog.albums.photos(album.id)[0]
        RemoveFromAlbum(album=album.name, photos=(photo,)).run(app, Progress())
        with pytest.raises(KnownError, match=f"cannot go on: the album “{ALBUMS[0]}” has changed") as caught:
            ResumeFinetuning(group="Family").run(app, Progress())
        assert caught.value.action == "Start fine-tuning anew"
        assert paused_run(app, group) is None
        assert list(app.home.runs.iterdir()) == []
        with pytest.raises(KnownError, match="no paused run"):
            DiscardRun(group="Family").run(app, Progress())
