"""A desktop that hosts its own membership while it runs, as the window does: two whole applications over loopback."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from letspic_desktop.application import Application, RunChanged
from letspic_desktop.backbones.store import Backbone
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.operations.devices import ConfirmLabels, PairDevice, RemoveDevice
from letspic_desktop.operations.finetune import DistributeAndFinetune
from letspic_desktop.operations.groups import CreateGroup, RenameGroup
from letspic_desktop.operations.join import LeaveJoinedGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.paused_runs import DiscardRun
from letspic_desktop.operations.reaching import read_inventory
from letspic_desktop.operations.search import StartSearch
from letspic_desktop.operations.serving import EndJoining, ResumeServing, ServeGroup, Serving, serving_now
from letspic_desktop.operations.speed import MeasureSpeed, speed_of
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

BOUND = 20.0


def wait(condition: Callable[[], bool]) -> None:
    """Look every few milliseconds, for what only the other end can bring about."""
    pause = threading.Event()
    for _ in range(int(BOUND / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def make_app(tmp_path: Path, backbone: Backbone) -> Iterator[Callable[[str], Application]]:
    """Open applications by the name of their homes; what is still open in the end is closed."""
    made: list[Application] = []

    def make(name: str) -> Application:
        home = tmp_path / name
        if not home.exists():
            shutil.copytree(backbone.path.parent, home / "backbones")
        made.append(Application.open(home))
        return made[-1]

    yield make
    for app in made:
        app.close()


@pytest.fixture
def owner(make_app: Callable[[str], Application], sample_albums: Path) -> Application:
    app = make_app("owner")
    ImportPhotos(sources=(sample_albums,), albums_from_folders=True).run(app, Progress())
    CreateGroup(name="Family").run(app, Progress())
    return app


@pytest.fixture
def second(make_app: Callable[[str], Application]) -> Application:
    return make_app("second")


@pytest.fixture
def guest(make_app: Callable[[str], Application], other_photos: Path) -> Application:
    app = make_app("guest")
    for folder, album in (("city", "Stadt"), ("fruit", "Obst")):
        ImportPhotos(sources=(other_photos / folder,), album=album).run(app, Progress())
    return app


def pair(owner: Application, serving: Serving, name: str = "Neighbour") -> None:
    host, _, port = serving.addresses[0].rpartition(":")
    PairDevice(group="Family", host=host, port=int(port), code=serving.code, name=name).run(owner, Progress())


def now(app: Application) -> Serving:
    serving = serving_now(app)
    assert serving is not None
    return serving


@pytest.mark.slow
def test_a_joined_desktop_takes_part_in_a_run(
    owner: Application, guest: Application, make_app: Callable[[str], Application]
) -> None:
    assert serving_now(guest) is None
    serving = ServeGroup().run(guest, Progress())
    assert serving.open
    assert serving.addresses[0].startswith("127.0.0.1:")
    pair(owner, serving)
    wait(lambda: now(guest).pairing == "paired" and now(guest).connected)
    assert (now(guest).group, now(guest).own) == ("Family", 10)
    assert [(group.name, group.role) for group in guest.catalog.groups.all()] == [("Family", "member")]

    # Its own photos train there, and it sees in which round it is.
    labels = (("Stadt", "city"), ("Obst", "fruit"))
    ConfirmLabels(device="Neighbour", folders=labels).run(owner, Progress())
    seen: list[tuple[int, int] | None] = []
    owner.subscribe(lambda event: seen.append(now(guest).round_of) if isinstance(event, RunChanged) else None)
    report = DistributeAndFinetune(group="Family", config=RunConfig(rounds=3)).run(owner, Progress())
    assert report.photos == 50
    rounds = [one for one in seen if one is not None and one[0]]
    assert rounds
    assert rounds == sorted(rounds)
    assert len({total for _, total in rounds}) == 1
    wait(lambda: now(guest).round_of is None)
    assert now(guest).placed == 40

    speed = MeasureSpeed(device="Neighbour").run(owner, Progress())
    assert speed_of(owner.catalog.devices.by_name("Neighbour")) is not None
    assert speed.classes == 4

    # Closed and opened again it serves on where it was told to, without a code.
    place = guest.membership.program.address if guest.membership.program is not None else None
    guest.close()
    again = make_app("guest")
    assert serving_now(again) is None
    resumed = ResumeServing().run(again, Progress())
    assert resumed is not None
    assert (resumed.group, resumed.code) == ("Family", "")
    assert again.membership.program is not None
    assert again.membership.program.address == place
    assert ResumeServing().run(again, Progress()) is None
    wait(lambda: now(again).connected)

    LeaveJoinedGroup(group="Family").run(again, Progress())
    assert serving_now(again) is None
    assert again.catalog.groups.all() == []
    assert list((again.home.root / "member" / "placed").iterdir()) == []
    assert again.catalog.photos.count() == 10


def test_it_learns_a_new_name_of_the_group_when_it_connects_again(
    owner: Application, guest: Application, make_app: Callable[[str], Application]
) -> None:
    CreateGroup(name="Clan").run(guest, Progress())
    pair(owner, ServeGroup().run(guest, Progress()))
    wait(lambda: now(guest).connected)
    RenameGroup(group="Family", name="Clan").run(owner, Progress())
    guest.close()
    again = make_app("guest")
    ResumeServing().run(again, Progress())
    wait(lambda: now(again).group == "Clan")
    # A group of its own has that name already.
    joined = lambda: [group.name for group in again.catalog.groups.all() if group.role == "member"]  # noqa: E731
    wait(lambda: joined() == [f"Clan ({owner.desktop_name})"])
    again.close()
    third = make_app("guest")
    resumed = ResumeServing().run(third, Progress())
    assert resumed is not None
    assert resumed.group == "Clan"


def test_the_owner_lets_it_go(owner: Application, guest: Application) -> None:
    pair(owner, ServeGroup().run(guest, Progress()))
    wait(lambda: now(guest).connected)
    assert RemoveDevice(device="Neighbour").run(owner, Progress())
    wait(lambda: now(guest).group == "")
    assert guest.catalog.groups.all() == []
    EndJoining().run(guest, Progress())
    assert serving_now(guest) is None


def test_a_code_that_nobody_types_leaves_nothing_behind(guest: Application) -> None:
    before = set(threading.enumerate())
    ServeGroup().run(guest, Progress())
    EndJoining().run(guest, Progress())
    assert serving_now(guest) is None
    assert guest.catalog.groups.all() == []
    wait(lambda: not [thread for thread in set(threading.enumerate()) - before if thread.name != "announce"])


def test_ending_the_dialog_keeps_what_was_joined(owner: Application, guest: Application) -> None:
    pair(owner, ServeGroup().run(guest, Progress()))
    EndJoining().run(guest, Progress())
    assert now(guest).group == "Family"
    # Another code is shown for another group; until somebody types it the present one stays.
    ServeGroup(replace=True).run(guest, Progress())
    assert now(guest).open
    EndJoining().run(guest, Progress())
    assert now(guest).group == "Family"


@pytest.mark.slow
def test_labelled_photos_train_although_a_member_has_them_too(
    owner: Application, guest: Application, second: Application, sample_albums: Path
) -> None:
    """A member keeps back too small classes of its own photos; of the owner's photos none is lost by that."""
    both = sorted((sample_albums / "city").iterdir())[:2]
    ImportPhotos(sources=tuple(both)).run(guest, Progress())
    pair(owner, ServeGroup().run(guest, Progress()))
    pair(owner, ServeGroup().run(second, Progress()), "Helper")
    report = DistributeAndFinetune(group="Family", config=RunConfig(method="closed-form")).run(owner, Progress())
    assert (report.photos, report.withheld) == (40, 0)
    # What it is told, and the owner's figures, agree: none of its photos has a label so far.
    assert (now(guest).own, now(guest).labelled) == (12, 0)
    ConfirmLabels(device="Neighbour", folders=(("Stadt", "city"),)).run(owner, Progress())
    wait(lambda: now(guest).labelled == 5)


@pytest.mark.slow
def test_photos_that_a_search_lacked_are_looked_at_afterwards(
    owner: Application, guest: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search does not wait for a library that was never looked at; the next one finds all of it."""
    monkeypatch.setattr("letspic_device.own_search.LOOK_SECONDS", 0.0)
    pair(owner, ServeGroup().run(guest, Progress()))
    read_inventory(owner, owner.catalog.devices.by_name("Neighbour").id)
    query = owner.catalog.photos.all()[0]

    def found() -> tuple[int, tuple[str, ...]]:
        search = StartSearch(query=query, group="Family").run(owner, Progress())
        results = search.results(owner, "before", Progress())
        assert results is not None
        assert results.devices_asked == ("Neighbour",)
        return len(results.ranking) - 39, results.devices_behind

    assert found() == (0, ("Neighbour",))
    wait(lambda: found() == (10, ()))


@pytest.mark.slow
def test_a_member_is_idle_after_the_owner_discarded_the_run(owner: Application, guest: Application) -> None:
    pair(owner, ServeGroup().run(guest, Progress()))
    program = guest.membership.program
    assert program is not None
    manifest = {"devices": {program.device_id: {"name": "Neighbour", "labelled": {}, "unlabelled": []}}}
    group = owner.catalog.groups.by_name("Family")
    run = owner.catalog.runs.start(group.id, method="standard", config={}, manifest=manifest, run_id="r")
    owner.catalog.runs.set_state(run.id, "paused")
    program.runtime._round_of = (3, 40)
    DiscardRun(group="Family").run(owner, Progress())
    assert now(guest).round_of is None


def test_an_address_that_cannot_be_had_changes_nothing(owner: Application, guest: Application) -> None:
    with pytest.raises(KnownError, match="cannot listen on"):
        ServeGroup(host="192.0.2.1", port=1).run(guest, Progress())
    assert serving_now(guest) is None
    pair(owner, ServeGroup().run(guest, Progress()))
    with pytest.raises(KnownError, match="cannot listen on"):
        ServeGroup(host="192.0.2.1", port=1, replace=True).run(guest, Progress())
    assert now(guest).group == "Family"


def test_a_desktop_is_not_its_own_device(guest: Application) -> None:
    CreateGroup(name="Family").run(guest, Progress())
    serving = ServeGroup().run(guest, Progress())
    with pytest.raises(KnownError, match="code of this desktop itself"):
        pair(guest, serving)
    assert now(guest).open
    assert guest.catalog.devices.all() == []


def test_the_choices_of_the_last_time_may_be_damaged(owner: Application, guest: Application) -> None:
    pair(owner, ServeGroup().run(guest, Progress()))
    guest.membership.stop()
    (guest.home.root / "member" / "serving.json").write_text('{"host": 5, "port": "x", "thumbnails": "yes"}')
    resumed = ResumeServing().run(guest, Progress())
    assert resumed is not None
    assert resumed.group == "Family"


def test_nothing_is_served_after_the_end(guest: Application) -> None:
    guest.membership.close()
    with pytest.raises(KnownError, match="being closed"):
        ServeGroup().run(guest, Progress())
