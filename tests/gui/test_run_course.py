"""How a run is gathered from its events, and told in words."""

from __future__ import annotations

from typing import Any

import pytest

from letspic_desktop.fleet.events import Answered, Begun, DeviceDropped, Measured, Prepared, RoundDone, Waiting
from letspic_desktop.operations.head_history import HeadStory
from letspic_desktop.operations.paused_runs import PausedRun
from letspic_desktop.ui.finetune.run_state import RunState
from letspic_desktop.ui.finetune.run_words import basis_text, event_text, paused_text
from letspic_desktop.ui.look.charts import DEVICE_TOKENS, device_tokens, nice_step, thinned


def round_done(number: int, **values: Any) -> RoundDone:
    usual: dict[str, Any] = {
        "number": number, "total": 10, "task": "gradient", "loss": 1.0 / number, "accuracy": 0.5, "seconds": 0.5,
        "device_seconds": {"a": 0.1, "b": 0.2}, "device_loss": {"a": 0.9 / number, "b": 1.1 / number},
    }  # fmt: skip
    return RoundDone(**(usual | values))


def test_each_device_has_its_own_line_and_place() -> None:
    state = RunState()
    assert not state.begun
    state.apply(Begun(run="r", devices=("a", "b", "late")))
    assert state.begun
    assert sorted(state.devices) == ["a", "b", "late"]
    for number in (1, 2):
        state.apply(round_done(number))
    state.apply(Answered(device="b", number=3, total=10, seconds=0.7))
    assert state.devices["a"].losses == [(1, 0.9), (2, 0.45)]
    assert (state.devices["a"].rounds, state.devices["b"].rounds, state.devices["late"].rounds) == (2, 3, 0)
    assert state.devices["b"].seconds == 0.7
    assert state.number == 2


def test_rounds_of_the_journal_count_but_take_no_time() -> None:
    state = RunState()
    for number in (1, 2, 3):
        state.apply(round_done(number, replayed=True, seconds=0.0, device_seconds={}))
    assert (state.number, state.seconds_left) == (3, None)
    assert [device.rounds for device in state.devices.values()] == [3, 3]
    state.apply(round_done(4, seconds=2.0))
    assert state.seconds_left == 12.0


def test_accuracy_begins_where_it_was_before() -> None:
    state = RunState()
    state.apply(Measured(number=1, map_before=0.4, map_after=0.6, photos=50))
    state.apply(Measured(number=5, map_before=0.4, map_after=0.7, photos=50))
    assert (state.retrieval, state.map_before, state.measured_on) == ([(0, 0.4), (1, 0.6), (5, 0.7)], 0.4, 50)


def test_waiting_ends_with_the_round() -> None:
    state = RunState()
    state.apply(Waiting(devices=2, away=True))
    assert state.waiting is not None
    state.apply(round_done(1))
    assert state.waiting is None


def test_a_run_of_very_many_rounds_stays_small() -> None:
    state = RunState()
    for number in range(1, 20_001):
        state.apply(round_done(number, total=20_000))
    for line in (state.losses, state.devices["a"].losses):
        assert len(line) <= 1200
        assert (line[0][0], line[-1][0]) == (1, 20_000)
        assert [number for number, _ in line] == sorted({number for number, _ in line})
    drawn = thinned(state.losses)
    assert len(drawn) <= 301
    assert (drawn[0], drawn[-1]) == (state.losses[0], state.losses[-1])


@pytest.mark.parametrize(("least", "step"), [(0.3, 1), (1, 1), (2.75, 5), (10, 10), (75.25, 100), (25_000, 50_000)])
def test_rounds_are_numbered_in_readable_steps(least: float, step: int) -> None:
    assert nice_step(least) == step


def test_more_devices_than_colours_share_one() -> None:
    assert len(set(device_tokens(len(DEVICE_TOKENS)))) == len(DEVICE_TOKENS)
    assert len(set(device_tokens(len(DEVICE_TOKENS) + 1))) == 1


def test_events_in_words() -> None:
    assert event_text(Prepared(device="pi", photos=12, withheld=2)) == ("pi is ready with 12 photos, keeps 2 back", "")
    away = event_text(DeviceDropped(device="pi", reason="the device is away"))
    late = event_text(DeviceDropped(device="pi", reason="no answer in 12.0 s"))
    assert (away, late) == (("pi is out: it is away", ""), ("pi is out: no answer in 12 s", ""))
    waiting = event_text(Waiting(devices=1, away=False))
    assert waiting == ("waiting for 1 device to answer", "waiting")
    assert event_text(round_done(3)) == ("Round 3: 2 answers in 500 ms", "RoundDone")
    assert event_text(round_done(3, device_seconds={"a": 0.1})) == ("Round 3: 1 answer in 500 ms", "RoundDone")
    assert event_text(Prepared(device="pi", photos=1)) == ("pi is ready with 1 photo", "")
    assert event_text(round_done(3, replayed=True)) == ("3 rounds were done before", "replayed")
    assert event_text(Begun(run="r", devices=())) is None
    assert event_text(Measured(number=1, map_before=0.1, map_after=0.2, photos=3)) is None


def test_a_paused_run_in_words() -> None:
    run = PausedRun(id="r", method="standard", rounds=5, total=11, reason="", started_at=None)
    assert paused_text(run) == ("Paused after round 5 of 11", "Everything so far is kept.")
    lost = PausedRun(
        id="r", method="standard", rounds=1, total=0, reason="Only 0 of 2 devices take part", started_at=None
    )
    assert paused_text(lost) == ("Paused after round 1", "Only 0 of 2 devices take part.")


def story(**values: Any) -> HeadStory:
    usual: dict[str, Any] = {
        "version": 1, "created_at": None, "active": True, "method": "standard", "map_before": 0.4, "map_after": 0.6,
        "p10_before": None, "p10_after": None, "queries": 38, "basis": "5-fold", "devices": (), "photos": 40,
        "seconds": 1.0, "previous": 0, "discarded": False, "examples": 0,
    }  # fmt: skip
    return HeadStory(**(usual | values))


def test_figures_say_what_they_are_of() -> None:
    assert basis_text(story()) == "5-fold on 38 labelled photos"
    assert basis_text(story(method="paper", basis="untrained")) == "on 38 photos that took no part"
    nothing = {"map_before": None, "map_after": None, "queries": 0}
    assert basis_text(story(**nothing)) == "Too few labelled photos to measure it honestly"
    assert basis_text(story(method="paper", **nothing)).startswith(
        "The paper's method cannot be measured on photos it learned from"
    )
    assert basis_text(story(method="gradient", **nothing)).startswith("This method cannot be measured on photos")
