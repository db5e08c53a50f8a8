"""A device that measures itself, and that says how much of what it holds is ready."""

from collections.abc import Callable
from typing import Any

import pytest

from letspic_desktop.backbones.store import Backbone
from letspic_device.states import State
from letspic_shared import messages

Device = Any


def bench(backbone: Backbone) -> dict[str, object]:
    return {"backbone": backbone.sha256, "classes": 10}


def test_it_measures_a_photo_and_a_gradient(ready: Device, backbone: Backbone) -> None:
    kind, answer, payload = ready.ask(messages.BENCH, bench(backbone))
    assert kind == messages.BENCH
    assert answer["photo_ms"] > 0
    assert answer["gradient_ms"] > 0
    assert answer["gradient_photos"] == 100
    assert payload == b""
    assert ready.runtime.states.snapshot.state is State.IDLE


def test_without_the_backbone_it_says_what_is_missing(device: Device, backbone: Backbone) -> None:
    kind, answer, _ = device.ask(messages.BENCH, bench(backbone))
    assert kind == messages.ERROR
    assert "does not have this backbone" in answer["reason"]
    assert answer["action"]


@pytest.mark.parametrize("changes", [{"classes": 1}, {"classes": "x"}, {"classes": 10**9}, {"backbone": "zz"}])
def test_nonsense_is_refused(ready: Device, backbone: Backbone, changes: dict[str, object]) -> None:
    kind, answer, _ = ready.ask(messages.BENCH, bench(backbone) | changes)
    assert kind == messages.ERROR
    assert answer["reason"].startswith("The device cannot read this")


def test_a_device_without_an_owner_measures_nothing(ready: Device, backbone: Backbone) -> None:
    ready.runtime.states.enter(State.UNPAIRED)
    kind, answer, _ = ready.ask(messages.BENCH, bench(backbone))
    assert kind == messages.ERROR
    assert "left its group" in answer["reason"]


def test_it_tells_how_many_features_are_ready(
    ready: Device, backbone: Backbone, make_device: Callable[..., Device]
) -> None:
    own, placed = ready.own("cats", 2), ready.place(7, 8, 9)
    asked = {"offset": 0, "backbone": backbone.sha256}
    _, stock, _ = ready.ask(messages.INVENTORY, asked)
    assert (stock["features"], len(stock["own"]), len(stock["placed"])) == (0, 2, 3)
    assert stock["placed_bytes"] == sum((ready.home.placed / f"{photo}.jpg").stat().st_size for photo in placed)
    labelled = dict.fromkeys([*own, *placed[:2]], 0)
    header = {"run": "r", "backbone": backbone.sha256, "classes": 2, "labelled": labelled, "withhold": 0, "seed": 1}
    kind, _, _ = ready.ask(messages.PREPARE, {**header, "unlabelled": []})
    assert kind == messages.PREPARE
    # The status tells it without being asked for a backbone; and a restart finds the features on the disk.
    assert ready.ask(messages.STATUS)[1]["features"] == 4
    again = make_device()
    assert again.ask(messages.STATUS)[1]["features"] is None
    assert again.ask(messages.INVENTORY, asked)[1]["features"] == 4
    # Formatting deletes the features of what was placed with it.
    again.ask(messages.FORMAT)
    _, stock, _ = again.ask(messages.INVENTORY, asked)
    assert (stock["features"], stock["placed"], stock["placed_bytes"]) == (2, [], 0)


def test_its_owner_sees_which_round_it_is_in(ready: Device, backbone: Backbone) -> None:
    assert ready.runtime.round_of is None
    labelled = dict.fromkeys(ready.place(1, 2, 3), 0)
    header = {"run": "r", "backbone": backbone.sha256, "classes": 2, "labelled": labelled, "withhold": 0, "seed": 1}
    ready.ask(messages.PREPARE, {**header, "unlabelled": []})
    assert ready.runtime.round_of == (0, 0)
    kind, _, _ = ready.ask(messages.ROUND, {"run": "r", "round": 2, "rounds": 40, "task": "moments"})
    assert kind == messages.ROUND
    assert ready.runtime.round_of == (3, 40)
    ready.ask(messages.FINISH, {"run": "r"})
    assert ready.runtime.round_of is None
