"""Rounds of a run come first: searches answer from what is there, and what is over is prepared no further."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from letspic_device import own_search
from letspic_device.feature_cache import FeatureCache
from letspic_shared import messages

if TYPE_CHECKING:
    from letspic_desktop.backbones.store import Backbone

Device = Any
QUERY = {"query": np.ones(1280, np.float32)}


def prepare(device: Device, backbone: Backbone, labelled: dict[str, int]) -> tuple[int, dict[str, Any], bytes]:
    header = {"run": "r", "backbone": backbone.sha256, "classes": 2, "labelled": labelled, "withhold": 0, "seed": 1}
    answered: tuple[int, dict[str, Any], bytes] = device.ask(messages.PREPARE, {**header, "unlabelled": []})
    return answered


def search(device: Device, backbone: Backbone) -> tuple[int, int]:
    """Return how many photos were found, and how many were not looked at."""
    _, header, _ = device.ask(messages.SEARCH, {"backbone": backbone.sha256, "top": 10}, tensors=QUERY)
    return len(header["hits"]), header["missing"]


def test_a_search_in_a_run_looks_at_no_photo_and_later_at_all(ready: Device, backbone: Backbone) -> None:
    ready.own("cats", 3)
    prepare(ready, backbone, dict.fromkeys(ready.place(11, 12), 0))
    assert ready.runtime.round_of == (0, 0)
    assert search(ready, backbone) == (0, 3)
    # Between the rounds of the run nothing is looked at; once it is over, one photo after the other.
    assert not ready.runtime.look_on()
    ready.ask(messages.FINISH, {"run": "r"})
    assert [ready.runtime.look_on() for _ in range(3)] == [True, True, False]
    assert search(ready, backbone) == (3, 0)


def test_a_search_makes_way_for_what_waits(ready: Device, backbone: Backbone) -> None:
    ready.own("cats", 4)
    waiting: list[bool] = [False, False, True]
    ready.runtime.others_wait = lambda: waiting.pop(0) if waiting else True
    assert search(ready, backbone) == (2, 2)
    assert not ready.runtime.look_on()
    ready.runtime.others_wait = lambda: False
    assert search(ready, backbone) == (4, 0)


def test_a_search_answers_in_time(ready: Device, backbone: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    ready.own("cats", 2)
    monkeypatch.setattr(own_search, "LOOK_SECONDS", 0.0)
    assert search(ready, backbone) == (0, 2)


def test_a_photo_that_cannot_be_read_is_not_missing_for_ever(ready: Device, backbone: Backbone, tmp_path: Path) -> None:
    ready.own("cats", 2)
    (ready.photos / "cats" / "broken.jpg").write_bytes(b"no picture")
    ready.ask(messages.INVENTORY, {"offset": 0})
    assert search(ready, backbone) == (2, 0)
    assert search(ready, backbone) == (2, 0)


def test_a_run_that_is_over_is_prepared_no_further(
    ready: Device, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelled = dict.fromkeys(ready.place(1, 2, 3), 0)
    real, looked = FeatureCache._one, threading.Event()

    def one(self: FeatureCache, *arguments: Any) -> Any:
        # The person stops the run while the first photo is looked at.
        if not looked.is_set():
            looked.set()
            ready.runtime.notice(messages.FINISH, {"run": "r"})
        return real(self, *arguments)

    monkeypatch.setattr(FeatureCache, "_one", one)
    kind, header, _ = prepare(ready, backbone, labelled)
    assert (kind, header["reason"]) == (messages.ERROR, "The run is over")
    assert ready.runtime.round_of is None
    # The same run may go on later.
    ready.ask(messages.FINISH, {"run": "r"})
    assert prepare(ready, backbone, labelled)[0] == messages.PREPARE
    assert ready.runtime.round_of == (0, 0)


def test_a_desktop_that_comes_anew_speaks_of_no_run(ready: Device, backbone: Backbone) -> None:
    labelled = dict.fromkeys(ready.place(1, 2, 3), 0)
    prepare(ready, backbone, labelled)
    # It was switched off in the middle, and discards the run after its next start.
    ready.ask(messages.HELLO)
    assert ready.runtime.round_of is None
    prepare(ready, backbone, labelled)
    assert ready.runtime.round_of == (0, 0)


def test_a_device_with_nothing_to_learn_from_is_not_in_training(ready: Device, backbone: Backbone) -> None:
    ready.own("cats", 3)
    prepare(ready, backbone, {})
    assert ready.runtime.round_of is None


def test_it_counts_own_photos_with_a_label(ready: Device, make_device: Any) -> None:
    own = ready.own("cats", 3)
    ready.ask(messages.INVENTORY, {"offset": 0})
    assert ready.runtime.labels.count == 0
    ready.ask(messages.LABELS, {"names": ["Cats"], "labels": dict.fromkeys([*own[:2], "0" * 64], 0)})
    assert ready.runtime.labels.count == 2
    again = make_device()
    again.runtime.shelf.rescan()
    assert again.runtime.labels.count == 2
    again.ask(messages.UNPAIR)
    assert again.runtime.labels.count == 0
