import hashlib
import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from letspic_desktop.backbones.store import Backbone
from letspic_device import own_search, run_data, tasks
from letspic_device.states import State
from letspic_device.tflite import Extractor
from letspic_shared import messages, paper_head
from letspic_shared.errors import KnownError
from letspic_shared.features import condition, fold_of
from letspic_shared.frames import MAX_PAYLOAD_BYTES, FrameDecoder
from letspic_shared.head import embedding
from letspic_shared.photo import looks_like_photo, model_input
from letspic_shared.statistics import ClassStatistics
from letspic_shared.tensors import unpack

Device = Any
Jpeg = Callable[[int], bytes]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def manifest(backbone: Backbone, labelled: dict[str, int], **changes: object) -> dict[str, object]:
    return {
        "run": "run-1",
        "backbone": backbone.sha256,
        "classes": 3,
        "labelled": labelled,
        "unlabelled": [],
        "withhold": 3,
        "seed": 1,
        **changes,
    }


def test_it_says_how_it_is(device: Device) -> None:
    device.own("cats", 2)
    device.place(7)
    for kind in (messages.HELLO, messages.STATUS):
        answered, header, payload = device.ask(kind)
        assert answered == kind
        assert (header["own"], header["placed"], header["state"]) == (2, 1, "idle")
        assert header["device_id"] == "d" * 64
        assert header["protocol"] == messages.PROTOCOL
        assert header["memory_mb"] > 0
        assert header["resident_kb"] > 0
        assert payload == b""


def test_every_answer_carries_the_number_of_its_request(device: Device) -> None:
    for kind in range(40):
        _, header, _ = device.ask(kind, {"id": 4711})
        assert header["id"] == 4711


def test_a_kind_that_it_does_not_know(device: Device) -> None:
    for kind in (messages.ERROR, messages.PAIR, 99, 255):
        answered, header, _ = device.ask(kind)
        assert answered == messages.ERROR
        assert str(kind) in header["reason"]
        assert header["action"]


@pytest.mark.parametrize(
    "identifier",
    [None, "x", 1.5, [1], {"a": 1}, 10**30, "é" * 2_000_000, [[[[]]]] * 1000],
    ids=lambda value: type(value).__name__,
)
def test_an_answer_is_never_lost_to_a_strange_number(device: Device, identifier: object) -> None:
    answered, header, _ = device.ask(messages.PING, {"id": identifier})
    assert answered == messages.PING
    assert header["id"] == 0


def test_an_answer_over_the_limit_becomes_an_error(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(device.runtime._handlers, messages.PING, lambda *_: ({}, {}, bytes(MAX_PAYLOAD_BYTES + 1)))
    answered, header, _ = device.ask(messages.PING)
    assert answered == messages.ERROR
    assert header["reason"]


def test_an_error_of_its_own_is_told_without_its_inside(
    device: Device, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setitem(device.runtime._handlers, messages.STATUS, broken)
    answered, header, _ = device.ask(messages.STATUS)
    assert answered == messages.ERROR
    assert "secret" not in str(header)
    assert "secret inside" in caplog.text


# Placement


def test_photos_are_placed_once(device: Device) -> None:
    names = device.place(1, 2)
    device.place(1, 2)
    assert device.ask(messages.INVENTORY, {"offset": 0})[1]["placed"] == sorted(names)
    assert len(list(device.home.placed.iterdir())) == 2


@pytest.mark.parametrize(
    "photos",
    [
        None,
        "x",
        [1],
        [["a" * 64]],
        [["a" * 64, "3"]],
        [["a" * 64, True], ["b" * 64, 2]],
        [["a" * 64, -1], ["b" * 64, 4]],
        [["a" * 64, 0], ["b" * 64, 3]],
        [["a" * 64, 4]],
        [["a" * 64, 2]],
        [["a" * 64, 10**30]],
        [["../x", 3]],
        [["a" * 64, 1], ["B" * 64, 2]],
        [],
    ],
    ids=str,
)
def test_a_placement_that_does_not_fit_its_bytes_places_nothing(device: Device, photos: object) -> None:
    answered, header, _ = device.ask(messages.PLACE, {"photos": photos}, b"abc")
    assert answered == messages.ERROR
    assert header["reason"]
    assert list(device.home.placed.iterdir()) == []


def test_format_deletes_placed_photos_and_their_features_only(ready: Device, backbone: Backbone) -> None:
    own, placed = ready.own("cats", 3), ready.place(7)
    ready.ask(messages.PREPARE, manifest(backbone, dict.fromkeys(own + placed, 0)))
    cache = ready.home.cache / backbone.sha256
    assert len(list(cache.iterdir())) == 4
    assert ready.ask(messages.FORMAT)[1]["removed"] == 1
    assert {path.stem for path in cache.iterdir()} == set(own)
    assert ready.ask(messages.FORMAT)[1]["removed"] == 0
    assert len(ready.runtime.shelf.rescan()) == 3


def test_the_inventory_comes_in_pages(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("letspic_device.runtime.INVENTORY_PAGE", 2)
    own, placed = device.own("cats", 5), device.place(*range(10, 13))
    seen_own, seen_placed, offset = [], [], 0
    for _ in range(3):
        header = device.ask(messages.INVENTORY, {"offset": offset})[1]
        seen_own += header["own"]
        seen_placed += header["placed"]
        offset = header["next"]
    assert offset == 0
    assert seen_own == [[name, "cats"] for name in sorted(own)]
    assert seen_placed == sorted(placed)


def test_the_inventory_looks_again(device: Device, jpeg: Jpeg) -> None:
    assert device.ask(messages.INVENTORY, {"offset": 0})[1]["own"] == []
    (device.photos / "new.jpg").write_bytes(jpeg(3))
    assert device.ask(messages.INVENTORY, {"offset": 0})[1]["own"] == [[digest(jpeg(3)), ""]]


def test_labels_are_kept_for_own_photos_only(device: Device) -> None:
    own = device.own("cats", 2)
    labels = {own[0]: 0, own[1]: 1, "f" * 64: 1}
    assert device.ask(messages.LABELS, {"names": ["a", "b"], "labels": labels})[1]["known"] == 2
    assert device.home.read("labels.json")["labels"] == {own[0]: 0, own[1]: 1}
    for wrong in ({own[0]: 2}, {own[0]: True}, {"x": 0}, []):
        assert device.ask(messages.LABELS, {"names": ["a", "b"], "labels": wrong})[0] == messages.ERROR


# Backbone


def test_the_backbone_comes_over_the_link(device: Device, backbone: Backbone) -> None:
    data = backbone.path.read_bytes()
    about: dict[str, object] = {"sha256": backbone.sha256, "size": len(data)}
    assert device.ask(messages.BACKBONE, about)[1]["have"] == 0
    have = 0
    while have < len(data):
        have = device.ask(messages.BACKBONE, {**about, "offset": have}, data[have : have + (1 << 20)])[1]["have"]
    assert device.ask(messages.BACKBONE, about)[1]["have"] == len(data)
    wrong = {"sha256": "0" * 64, "size": 3}
    answered, header, _ = device.ask(messages.BACKBONE, {**wrong, "offset": 0}, b"abc")
    assert answered == messages.ERROR
    assert "damaged" in header["reason"]
    assert device.ask(messages.BACKBONE, wrong)[1]["have"] == 0


# Preparing


def test_a_run_without_its_backbone_is_refused(device: Device, backbone: Backbone) -> None:
    answered, header, _ = device.ask(messages.PREPARE, manifest(backbone, {}))
    assert answered == messages.ERROR
    assert "backbone" in header["reason"]
    assert device.ask(messages.ROUND, {"run": "run-1", "round": 0, "task": "moments"})[0] == messages.ERROR


def test_own_classes_that_are_too_small_are_withheld(ready: Device, backbone: Backbone) -> None:
    cats, dogs = ready.own("cats", 3), ready.own("dogs", 2, first=10)
    placed = ready.place(20)
    labelled = {**dict.fromkeys(cats, 0), **dict.fromkeys(dogs, 1), placed[0]: 1}
    answered, header, _ = ready.ask(messages.PREPARE, manifest(backbone, labelled))
    assert answered == messages.PREPARE
    assert header["withheld"] == sorted(dogs)
    assert header["failed"] == {}
    assert header["dimension"] == backbone.dim
    data = ready.runtime._run[1].data
    assert sorted(data.labels) == [0, 0, 0, 1]


def test_the_owners_minimum_cannot_be_lowered_by_the_desktop(
    make_device: Callable[..., Device], backbone: Backbone
) -> None:
    for own_minimum, asked, expected in ((3, 0, 2), (3, 5, 2), (0, 0, 0), (0, 2, 0), (1, 3, 2)):
        device = make_device(withhold=own_minimum)
        device.receive(backbone)
        dogs = device.own("dogs", 2)
        header = device.ask(messages.PREPARE, manifest(backbone, dict.fromkeys(dogs, 1), withhold=asked))[1]
        assert len(header["withheld"]) == expected


def test_own_photos_of_a_class_share_a_fold(ready: Device, backbone: Backbone) -> None:
    cats, placed = ready.own("cats", 6), ready.place(*range(20, 26))
    labelled = {**dict.fromkeys(cats, 0), **dict.fromkeys(placed, 1)}
    header = ready.ask(messages.PREPARE, manifest(backbone, labelled))[1]
    assert set(header["own_folds"]) == set(cats)
    assert len(set(header["own_folds"].values())) == 1
    data = ready.runtime._run[1].data
    by_name = dict(zip(sorted(labelled), data.folds, strict=True))
    assert [by_name[name] for name in placed] == [fold_of(name) for name in placed]


def test_few_own_photos_without_a_label_are_withheld_too(ready: Device, backbone: Backbone) -> None:
    own, placed = ready.own("loose", 2), ready.place(20)
    asked = manifest(backbone, {}, unlabelled=own + placed)
    header = ready.ask(messages.PREPARE, asked)[1]
    assert header["withheld"] == sorted(own)
    assert len(ready.runtime._run[1].data.unlabelled) == 1
    more = ready.own("loose", 3, first=30)
    header = ready.ask(messages.PREPARE, {**asked, "run": "run-2", "unlabelled": own + more})[1]
    assert header["withheld"] == []
    assert len(ready.runtime._run[1].data.unlabelled) == 5


def test_a_photo_that_fails_does_not_hide_the_others(ready: Device, backbone: Backbone) -> None:
    cats = ready.own("cats", 3)
    (ready.photos / "cats" / "0.jpg").write_bytes(b"\xff\xd8\xff no photo")
    os.utime(ready.photos / "cats" / "0.jpg", ns=(1, 1))
    header = ready.ask(messages.PREPARE, manifest(backbone, dict.fromkeys(cats, 0)))[1]
    assert list(header["failed"]) == [cats[0]]
    # Two are left, and two are too few to hide one another.
    assert header["withheld"] == sorted(cats[1:])


def test_a_photo_counts_once(ready: Device, backbone: Backbone) -> None:
    placed = ready.place(1, 2)
    asked = manifest(backbone, {placed[0]: 0}, unlabelled=[placed[0], placed[1], placed[1]])
    assert ready.ask(messages.PREPARE, asked)[0] == messages.PREPARE
    data = ready.runtime._run[1].data
    assert (len(data.labels), len(data.unlabelled)) == (1, 1)


def test_photos_that_are_not_here_are_named(ready: Device, backbone: Backbone) -> None:
    header = ready.ask(messages.PREPARE, manifest(backbone, {"f" * 64: 0}))[1]
    assert header["failed"] == {"f" * 64: "The device does not hold this photo"}


# Rounds


@pytest.fixture
def prepared(ready: Device, backbone: Backbone) -> Device:
    placed = ready.place(*range(6))
    ready.labelled = {name: index % 3 for index, name in enumerate(placed)}
    assert ready.ask(messages.PREPARE, manifest(backbone, ready.labelled))[0] == messages.PREPARE
    return ready


def test_a_round_covers_the_manifest(prepared: Device, backbone: Backbone, jpeg: Jpeg) -> None:
    answered, header, payload = prepared.ask(messages.ROUND, {"run": "run-1", "round": 0, "task": "statistics"})
    assert answered == messages.ROUND
    assert (header["run"], header["round"]) == ("run-1", 0)
    assert header["seconds"] >= 0
    counts = np.zeros((5, 3), np.int64)
    extractor = Extractor(backbone.path)
    sums = np.zeros((5, 3, backbone.dim))
    for seed in range(6):
        name = digest(jpeg(seed))
        counts[fold_of(name), prepared.labelled[name]] += 1
        feature = condition(extractor(model_input(jpeg(seed), backbone.size))[None])[0]
        sums[fold_of(name), prepared.labelled[name]] += feature
    found = ClassStatistics.from_tensors(
        unpack(header["tensors"], payload), counts=counts, unlabelled_count=0, dimension=backbone.dim
    )
    assert np.allclose(found.sums, sums, atol=1e-6)


def count_computations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    computed: list[str] = []
    real = tasks.compute

    def counting(data: Any, header: Any, tensors: Any) -> Any:
        computed.append(header["task"])
        return real(data, header, tensors)

    monkeypatch.setattr(tasks, "compute", counting)
    return computed


def test_a_round_asked_for_again_is_answered_with_the_same_bytes(
    prepared: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = count_computations(monkeypatch)
    header = {"id": 5, "run": "run-1", "round": 3, "task": "moments"}
    first = prepared.runtime.handle(messages.ROUND, header, b"")
    assert prepared.runtime.handle(messages.ROUND, header, b"") == first
    assert computed == ["moments"]
    prepared.runtime.handle(messages.ROUND, {**header, "round": 4}, b"")
    prepared.runtime.handle(messages.ROUND, {**header, "task": "statistics"}, b"")
    assert computed == ["moments", "moments", "statistics"]


def test_a_round_redone_from_other_weights_is_another_round(prepared: Device) -> None:
    header = {"run": "run-1", "round": 1, "task": "gradient"}
    tensors = {
        "weights": np.zeros((1, 1280, 3), np.float32),
        "bias": np.zeros((1, 3), np.float32),
        "means": np.zeros((1, 1280), np.float32),
    }
    first = prepared.ask(messages.ROUND, header, tensors=tensors)[2]
    other = {**tensors, "bias": np.array([[5.0, 0.0, 0.0]], np.float32)}
    assert prepared.ask(messages.ROUND, header, tensors=other)[2] != first
    assert prepared.ask(messages.ROUND, header, tensors=tensors)[2] == first


def test_preparing_again_is_free_and_another_manifest_starts_anew(
    prepared: Device, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = count_computations(monkeypatch)
    header = {"id": 5, "run": "run-1", "round": 0, "task": "moments"}
    first = prepared.runtime.handle(messages.ROUND, header, b"")
    again = manifest(backbone, prepared.labelled)
    assert prepared.ask(messages.PREPARE, again)[0] == messages.PREPARE
    assert prepared.runtime.handle(messages.ROUND, header, b"") == first
    assert len(computed) == 1
    fewer = dict(list(prepared.labelled.items())[:3])
    prepared.ask(messages.PREPARE, manifest(backbone, fewer))
    assert prepared.runtime.handle(messages.ROUND, header, b"") != first
    assert len(computed) == 2


def test_another_run_and_a_finished_one_are_not_known(prepared: Device) -> None:
    header = {"run": "run-1", "round": 0, "task": "moments"}
    assert prepared.ask(messages.ROUND, {**header, "run": "run-2"})[0] == messages.ERROR
    assert prepared.ask(messages.FINISH, {"run": "run-2"})[0] == messages.FINISH
    assert prepared.ask(messages.ROUND, header)[0] == messages.ROUND
    assert prepared.ask(messages.FINISH, {"run": "run-1"})[0] == messages.FINISH
    assert prepared.ask(messages.FINISH, {"run": "run-1"})[0] == messages.FINISH
    answered, answer, _ = prepared.ask(messages.ROUND, header)
    assert answered == messages.ERROR
    assert "prepared again" in answer["action"]


def test_a_round_that_fails_can_be_asked_for_properly(prepared: Device) -> None:
    header = {"run": "run-1", "round": 0, "task": "gradient"}
    answered, answer, _ = prepared.ask(messages.ROUND, header)
    assert answered == messages.ERROR
    assert "weights" in answer["reason"]
    assert prepared.runtime.states.snapshot.state is State.IDLE
    tensors = {
        "weights": np.zeros((1, 1280, 3), np.float32),
        "bias": np.zeros((1, 3), np.float32),
        "means": np.zeros((1, 1280), np.float32),
    }
    assert prepared.ask(messages.ROUND, header, tensors=tensors)[0] == messages.ROUND


def test_a_busy_device_shows_how_far_it_is(ready: Device, backbone: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = ready.place(1, 2, 3)
    seen: list[tuple[object, object, object]] = []
    real = run_data.condition

    def watching(rows: Any) -> Any:
        header = ready.ask(messages.PING)[1]
        seen.append((header["state"], header["done"], header["total"]))
        return real(rows)

    monkeypatch.setattr(run_data, "condition", watching)
    ready.ask(messages.PREPARE, manifest(backbone, dict.fromkeys(placed, 0)))
    assert seen[0] == ("extracting", 3, 3)
    assert ready.ask(messages.PING)[1]["state"] == "idle"


# Search


def query_header(used: Backbone, **changes: object) -> dict[str, object]:
    return {"backbone": used.sha256, "top": 10, **changes}


def test_search_ranks_own_photos_by_the_bare_feature(ready: Device, backbone: Backbone, jpeg: Jpeg) -> None:
    own = ready.own("cats", 5)
    ready.place(20)
    feature = Extractor(backbone.path)(model_input(jpeg(3), backbone.size))
    query = (feature / np.linalg.norm(feature)).astype(np.float32)
    answered, header, _ = ready.ask(messages.SEARCH, query_header(backbone), tensors={"query": query})
    assert answered == messages.SEARCH
    hits = header["hits"]
    assert {name for name, _ in hits} == set(own)
    assert hits[0][0] == digest(jpeg(3))
    assert hits[0][1] == pytest.approx(1.0, abs=1e-5)
    scores = [score for _, score in hits]
    assert scores == sorted(scores, reverse=True)
    assert len(ready.ask(messages.SEARCH, query_header(backbone, top=2), tensors={"query": query})[1]["hits"]) == 2


def test_search_through_a_head_gives_the_scores_of_the_embedding(ready: Device, backbone: Backbone, jpeg: Jpeg) -> None:
    ready.own("cats", 4)
    generator = np.random.default_rng(0)
    head = {
        "weights": generator.normal(size=(1280, 3)).astype(np.float32),
        "bias": generator.normal(size=3).astype(np.float32),
        "mean": np.full(1280, 0.01, np.float32),
    }
    extractor = Extractor(backbone.path)
    features = condition(np.stack([extractor(model_input(jpeg(seed), backbone.size)) for seed in range(4)]))
    rows = embedding(features, *(head[name].astype(float) for name in ("weights", "bias", "mean")))
    hits = ready.ask(messages.SEARCH, query_header(backbone), tensors={**head, "query": rows[2]})[1]["hits"]
    expected = {digest(jpeg(seed)): float(rows[seed] @ rows[2]) for seed in range(4)}
    assert hits[0][0] == digest(jpeg(2))
    assert all(expected[name] == pytest.approx(score, abs=1e-5) for name, score in hits)


def test_search_through_the_papers_head_gives_its_scores(ready: Device, backbone: Backbone, jpeg: Jpeg) -> None:
    ready.own("cats", 3)
    generator = np.random.default_rng(1)
    classifier = (generator.normal(size=(1280, 20)).astype(np.float32), generator.normal(size=20).astype(np.float32))
    parameters = paper_head.start(classifier, 16, 3, seed=2)
    extractor = Extractor(backbone.path)
    features = np.stack([extractor(model_input(jpeg(seed), backbone.size)) for seed in range(3)])
    rows = paper_head.embedding(features, parameters)
    weights, offset = (array.astype(np.float32) for array in paper_head.projection(parameters))
    tensors = {"projection": weights, "offset": offset, "query": rows[1]}
    hits = ready.ask(messages.SEARCH, query_header(backbone), tensors=tensors)[1]["hits"]
    expected = {digest(jpeg(seed)): float(rows[seed] @ rows[1]) for seed in range(3)}
    assert hits[0][0] == digest(jpeg(1))
    assert all(expected[name] == pytest.approx(score, abs=1e-4) for name, score in hits)


def test_a_search_that_makes_no_sense_is_refused(ready: Device, backbone: Backbone) -> None:
    ready.own("cats", 1)
    good = np.ones(1280, np.float32)
    for header, query in (
        (query_header(backbone, top=0), good),
        (query_header(backbone, top=own_search.MAX_TOP + 1), good),
        (query_header(backbone, backbone="x"), good),
        (query_header(backbone, backbone="0" * 64), good),
        (query_header(backbone), good[1:]),
        (query_header(backbone), np.full(1280, np.nan, np.float32)),
        (query_header(backbone), good.astype(np.float64)),
    ):
        answered, answer, _ = ready.ask(messages.SEARCH, header, tensors={"query": query})
        assert answered == messages.ERROR
        assert answer["reason"]


def test_a_search_without_own_photos_finds_nothing(ready: Device, backbone: Backbone) -> None:
    query = np.ones(1280, np.float32)
    assert ready.ask(messages.SEARCH, query_header(backbone), tensors={"query": query})[1]["hits"] == []


def test_thumbnails_of_own_photos_need_consent(make_device: Callable[..., Device], tmp_path: Any) -> None:
    for consent in (False, True):
        device = make_device(allow_thumbnails=consent)
        (own,), (placed,) = device.own("cats", 1), device.place(7)
        answered, header, payload = device.ask(messages.THUMBNAIL, {"sha256": own})
        if consent:
            (tmp_path / "t.jpg").write_bytes(payload)
            assert looks_like_photo(tmp_path / "t.jpg")
        else:
            assert answered == messages.ERROR
            assert "does not share" in header["reason"]
            assert payload == b""
        assert device.ask(messages.THUMBNAIL, {"sha256": placed})[0] == messages.THUMBNAIL
        assert device.ask(messages.THUMBNAIL, {"sha256": "f" * 64})[0] == messages.ERROR


def test_an_own_photo_that_is_placed_too_is_still_the_owners(device: Device) -> None:
    (own,) = device.own("cats", 1, first=7)
    assert device.place(7) == [own]
    assert device.ask(messages.THUMBNAIL, {"sha256": own})[0] == messages.ERROR


# Leaving


def test_unpairing_deletes_what_was_placed_and_never_own_photos(
    make_device: Callable[..., Device], backbone: Backbone, jpeg: Jpeg
) -> None:
    let_go: list[bool] = []
    device = make_device(on_unpair=lambda: let_go.append(True))
    device.receive(backbone)
    own, placed = device.own("cats", 3), device.place(10, 11)
    device.ask(messages.LABELS, {"names": ["a"], "labels": {own[0]: 0}})
    device.ask(messages.PREPARE, manifest(backbone, dict.fromkeys(own + placed, 0)))
    assert device.ask(messages.UNPAIR)[0] == messages.UNPAIR
    assert let_go == [True]
    assert list(device.home.placed.iterdir()) == []
    assert sorted(path.read_bytes() for path in device.photos.rglob("*.jpg")) == sorted(jpeg(s) for s in range(3))
    assert {path.stem for path in (device.home.cache / backbone.sha256).iterdir()} == set(own)
    assert device.home.read("labels.json") == {}
    assert device.ask(messages.ROUND, {"run": "run-1", "round": 0, "task": "moments"})[0] == messages.ERROR
    assert device.ask(messages.UNPAIR)[0] == messages.UNPAIR


def test_unpairing_lets_go_even_where_nothing_can_be_deleted(
    make_device: Callable[..., Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go: list[bool] = []
    device = make_device(on_unpair=lambda: let_go.append(True))

    def read_only() -> int:
        raise KnownError("The disk is read-only")

    monkeypatch.setattr(device.runtime.shelf, "format", read_only)
    assert device.ask(messages.UNPAIR)[0] == messages.ERROR
    assert let_go == [True]


def test_work_that_goes_on_while_leaving_leaves_nothing_behind(
    ready: Device, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = ready.place(1, 2, 3)
    extracting, left = threading.Event(), threading.Event()
    real = Extractor.__call__

    def slow(extractor: Extractor, pixels: Any) -> Any:
        extracting.set()
        assert left.wait(10)
        return real(extractor, pixels)

    monkeypatch.setattr(Extractor, "__call__", slow)
    answers: list[Any] = []
    asked = manifest(backbone, dict.fromkeys(placed, 0))
    work = threading.Thread(target=lambda: answers.append(ready.ask(messages.PREPARE, asked)))
    work.start()
    assert extracting.wait(10)
    ready.runtime.forget_group()
    left.set()
    work.join(10)
    assert not work.is_alive()
    assert answers[0][0] == messages.ERROR
    assert "left its group" in answers[0][1]["reason"]
    assert ready.runtime._run is None
    assert list(ready.home.placed.iterdir()) == []


def test_nothing_is_done_for_a_desktop_that_was_unpaired(ready: Device, backbone: Backbone) -> None:
    ready.runtime.states.enter(State.UNPAIRED)
    data = b"abc"
    for kind, header in (
        (messages.PLACE, {"photos": [[digest(data), 3]]}),
        (messages.PREPARE, manifest(backbone, {})),
        (messages.SEARCH, query_header(backbone)),
    ):
        answered, answer, _ = ready.ask(kind, header, data)
        assert answered == messages.ERROR
        assert "left its group" in answer["reason"]
    assert list(ready.home.placed.iterdir()) == []


def test_a_pairing_window_does_not_stop_the_present_owners_work(ready: Device, backbone: Backbone) -> None:
    ready.runtime.states.enter(State.PAIRING)
    placed = ready.place(1, 2, 3)
    assert ready.ask(messages.PREPARE, manifest(backbone, dict.fromkeys(placed, 0)))[0] == messages.PREPARE
    assert ready.ask(messages.PING)[1]["state"] == "pairing"


def test_every_answer_is_one_frame(device: Device) -> None:
    for kind in range(256):
        assert len(FrameDecoder().feed(device.runtime.handle(kind, {}, b""))) == 1
