"""What becomes of a run that was cut off with the program, when the program starts again."""

from __future__ import annotations

from pathlib import Path

from letspic_desktop.application import Application
from letspic_desktop.operations.paused_runs import DiscardRun, discard_paused, paused_run
from letspic_desktop.progress import Progress


def begin(app: Application, name: str) -> str:
    """Begin a run of a new group, with two rounds in its journal."""
    group = app.catalog.groups.create(name)
    run = app.catalog.runs.start(group.id, method="standard", config={"method": "standard", "rounds": 4})
    folder = app.home.runs / run.id
    folder.mkdir()
    for number in range(2):
        (folder / f"round-{number:05d}.frame").write_bytes(b"round")
    return run.id


def test_it_is_paused_with_what_it_reached(tmp_path: Path) -> None:
    with Application.open(tmp_path) as app:
        run = begin(app, "Family")
        assert paused_run(app, app.catalog.groups.by_name("Family")) is None
    with Application.open(tmp_path) as app:
        found = paused_run(app, app.catalog.groups.by_name("Family"))
        assert found is not None
        assert (found.id, found.rounds, found.total) == (run, 2, 5)
        assert found.reason == "LetsPic was ended during the run"
    # Nor does another start make it anything else.
    with Application.open(tmp_path) as app:
        assert paused_run(app, app.catalog.groups.by_name("Family")) == found
        assert DiscardRun(group="Family").run(app, Progress()) == found
        assert list(app.home.runs.iterdir()) == []
        assert [one.state for one in app.catalog.runs.all()] == ["cancelled"]


def test_one_whose_end_was_not_written_goes_with_the_next(tmp_path: Path) -> None:
    with Application.open(tmp_path) as app:
        lost = begin(app, "Family")
        group = app.catalog.groups.by_name("Family")
        assert discard_paused(app, group) is None
        new = app.catalog.runs.start(group.id, method="standard", config={})
        app.catalog.runs.finish(new.id, result={})
    with Application.open(tmp_path) as app:
        assert paused_run(app, group) is None
        assert {one.id: one.state for one in app.catalog.runs.all()} == {lost: "cancelled", new.id: "done"}


def test_journals_that_belong_to_no_run_are_deleted(tmp_path: Path) -> None:
    with Application.open(tmp_path) as app:
        kept = begin(app, "Family")
        ended = begin(app, "Club")
        app.catalog.runs.finish(ended, state="failed", reason="internal error")
        (app.home.runs / "nobody").mkdir()
    with Application.open(tmp_path) as app:
        assert [folder.name for folder in app.home.runs.iterdir()] == [kept]


def test_the_run_of_a_group_that_was_left_is_over(tmp_path: Path) -> None:
    with Application.open(tmp_path) as app:
        begin(app, "Family")
        app.catalog.groups.leave(app.catalog.groups.by_name("Family").id)
    with Application.open(tmp_path) as app:
        assert [(one.state, one.reason) for one in app.catalog.runs.all()] == [("cancelled", "the group was left")]
        assert list(app.home.runs.iterdir()) == []
