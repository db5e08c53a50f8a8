from typing import Any

import numpy as np
import pytest

from letspic_device.cli import DEFAULT_WITHHOLD as SHOWN_WITHHOLD
from letspic_device.run_data import DEFAULT_WITHHOLD, Manifest, withheld_photos
from letspic_device.tasks import TASKS, RunData, compute
from letspic_shared import paper_head
from letspic_shared.contributions import GradientSum, Moments, ParameterSum
from letspic_shared.errors import KnownError
from letspic_shared.features import FOLDS, condition
from letspic_shared.head import NO_FOLD, HeadStack, gradient_sum, local_descent, softmax
from letspic_shared.messages import BadField
from letspic_shared.statistics import ClassStatistics, class_statistics

D, C, N, M = 12, 3, 20, 6


def run_data(count: int = N, unlabelled: int = M) -> RunData:
    generator = np.random.default_rng(0)
    raw = np.abs(generator.normal(size=(count, D))).astype(np.float32)
    return RunData(
        features=condition(raw),
        raw=raw,
        labels=np.arange(count) % C,
        folds=np.arange(count) % FOLDS,
        unlabelled=condition(np.abs(generator.normal(size=(unlabelled, D)))),
        classes=C,
        seed=5,
    )


def head_tensors(held_out: tuple[int, ...] = (NO_FOLD,)) -> dict[str, Any]:
    generator = np.random.default_rng(1)
    heads = len(held_out)
    return {
        "weights": generator.normal(size=(heads, D, C)).astype(np.float32),
        "bias": generator.normal(size=(heads, C)).astype(np.float32),
        "means": generator.normal(size=(heads, D)).astype(np.float32),
    }


def test_moments() -> None:
    data = run_data()
    found = Moments.from_tensors(compute(data, {"task": "moments"}, {}), count=N, dimension=D)
    assert np.allclose(found.total, data.features.sum(axis=0), atol=1e-6)


@pytest.mark.parametrize("unlabelled", [False, True])
def test_statistics(unlabelled: bool) -> None:
    data = run_data()
    expected = class_statistics(data.features, data.labels, data.folds, C, data.unlabelled if unlabelled else None)
    found = ClassStatistics.from_tensors(
        compute(data, {"task": "statistics", "unlabelled": unlabelled}, {}),
        counts=expected.counts,
        unlabelled_count=M if unlabelled else 0,
        dimension=D,
    )
    assert np.allclose(found.sums, expected.sums, atol=1e-6)


def test_expectation() -> None:
    data = run_data()
    tensors = {name: array[0] for name, array in head_tensors().items()}
    tensors["mean"] = tensors.pop("means")
    found = compute(data, {"task": "expectation"}, tensors)
    soft = softmax((data.unlabelled - tensors["mean"]) @ tensors["weights"].astype(float) + tensors["bias"])
    assert np.allclose(found["counts"], soft.sum(axis=0))
    assert np.allclose(found["sums"], soft.T @ data.unlabelled, atol=1e-6)
    assert found["count"] == [M]
    assert found["counts"].sum() == pytest.approx(M)


def test_gradient() -> None:
    data = run_data()
    held_out = (NO_FOLD, 2)
    tensors = head_tensors(held_out)
    as_float = {name: array.astype(float) for name, array in tensors.items()}
    expected = gradient_sum(data.features, data.labels, data.folds, HeadStack(**as_float, held_out=held_out))
    found = GradientSum.from_tensors(
        compute(data, {"task": "gradient", "held_out": list(held_out)}, tensors),
        counts=expected.count,
        held_counts=expected.held_count,
        dimension=D,
        classes=C,
    )
    assert np.allclose(found.weights, expected.weights, atol=1e-6)
    assert np.array_equal(found.held_correct, expected.held_correct)


LOCAL = {"task": "local", "steps": 4, "batch_size": 5, "learning_rate": 0.5, "round": 2}


def test_local_steps() -> None:
    data = run_data()
    tensors = head_tensors()
    found = ParameterSum.from_tensors(compute(data, LOCAL, tensors), count=N, shapes=((D, C), (C,)))
    weights, bias, loss = local_descent(
        data.features,
        data.labels,
        tuple(tensors[name][0].astype(float) for name in ("weights", "bias", "means")),  # type: ignore[arg-type]
        steps=4,
        batch_size=5,
        learning_rate=0.5,
        generator=np.random.default_rng([5, 2]),
    )
    assert np.allclose(found.average()[0], weights, atol=1e-6)
    assert np.allclose(found.average()[1], bias, atol=1e-6)
    assert found.loss == pytest.approx(loss * N)


def paper_tensors() -> dict[str, Any]:
    generator = np.random.default_rng(3)
    shapes = paper_head.shapes(D, 8, 4, C)
    return {f"p{i}": (0.3 * generator.normal(size=shape)).astype(np.float32) for i, shape in enumerate(shapes)}


PAPER = {**LOCAL, "task": "paper", "middle": 8, "width": 4, "learning_rate": 0.01}


def test_paper_steps_work_on_raw_features() -> None:
    data = run_data()
    found = ParameterSum.from_tensors(
        compute(data, PAPER, paper_tensors()), count=N, shapes=paper_head.shapes(D, 8, 4, C)
    )
    trained, loss = paper_head.local_descent(
        data.raw,
        data.labels,
        tuple(array.astype(float) for array in paper_tensors().values()),
        steps=4,
        batch_size=5,
        learning_rate=0.01,
        generator=np.random.default_rng([5, 2]),
    )
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(found.average(), trained, strict=True))
    assert found.loss == pytest.approx(loss * N)


def test_draws_follow_seed_and_round_alone() -> None:
    data, tensors = run_data(), head_tensors()
    first = compute(data, LOCAL, tensors)
    assert np.array_equal(first["p0"], compute(data, LOCAL, tensors)["p0"])
    assert not np.array_equal(first["p0"], compute(data, {**LOCAL, "round": 3}, tensors)["p0"])


def test_training_that_runs_away_is_told() -> None:
    # Only the paper's layers can: the gradient of a linear head is bounded.
    with pytest.raises(KnownError, match="smaller learning rate"):
        compute(run_data(), {**PAPER, "steps": 200, "learning_rate": 1e6}, paper_tensors())


@pytest.mark.parametrize("task", ["local", "paper"])
def test_a_device_without_labelled_photos_does_not_train(task: str) -> None:
    header, tensors = (LOCAL, head_tensors()) if task == "local" else (PAPER, paper_tensors())
    with pytest.raises(KnownError):
        compute(run_data(count=0), header, tensors)


def test_a_device_without_photos_sends_sums_of_zeros() -> None:
    nothing = run_data(count=0, unlabelled=0)
    for header in ({"task": "moments"}, {"task": "statistics", "unlabelled": True}, {"task": "gradient"}):
        found = compute(nothing, header, head_tensors())
        assert not any(np.asarray(array).any() for array in found.values())


@pytest.mark.parametrize("task", TASKS)
def test_every_task_needs_what_it_asks_for(task: str) -> None:
    if task in ("moments", "statistics"):
        return
    with pytest.raises(KnownError):
        compute(run_data(), {**PAPER, "task": task}, {})
    wrong = {name: array[..., :-1] for name, array in {**head_tensors(), **paper_tensors()}.items()}
    with pytest.raises(KnownError, match="shape"):
        compute(run_data(), {**PAPER, "task": task}, {**wrong, "mean": wrong["means"]})


@pytest.mark.parametrize(
    "header",
    [
        {"task": "nothing"},
        {"task": 1},
        {},
        {**LOCAL, "steps": 0},
        {**LOCAL, "steps": 10**9},
        {**LOCAL, "batch_size": True},
        {**LOCAL, "learning_rate": float("nan")},
        {**LOCAL, "learning_rate": "1"},
        {**LOCAL, "round": -1},
        {**LOCAL, "held_out": []},
        {**LOCAL, "held_out": [5]},
        {**LOCAL, "held_out": [-2]},
        {**LOCAL, "held_out": [True]},
        {**LOCAL, "held_out": "x"},
        {**LOCAL, "held_out": [[0]]},
        {**PAPER, "width": 0},
    ],
    ids=str,
)
def test_bad_fields_are_named(header: dict[str, Any]) -> None:
    tensors = paper_tensors() if header.get("task") == "paper" else head_tensors()
    with pytest.raises(BadField):
        compute(run_data(), header, tensors)


@pytest.mark.parametrize("minimum", [0, 1, 2, 3, 5])
def test_withholding_counts_own_photos_of_a_class(minimum: int) -> None:
    labelled = {"a": 0, "b": 0, "c": 0, "d": 1, "e": 1, "f": 2, "placed": 1, "other": 3}
    own = set("abcdef") | {"not in the run"}
    sizes = {0: 3, 1: 2, 2: 1}
    expected = {name for name in own & set(labelled) if sizes[labelled[name]] < minimum}
    assert withheld_photos(labelled, own, minimum) == expected


def test_the_default_is_the_one_that_the_command_shows() -> None:
    assert DEFAULT_WITHHOLD == SHOWN_WITHHOLD == 3


SOUND: dict[str, Any] = {
    "run": "r",
    "backbone": "a" * 64,
    "classes": 2,
    "labelled": {"b" * 64: 1},
    "unlabelled": ["c" * 64],
    "withhold": 3,
    "seed": 1,
}


def test_a_manifest_is_read() -> None:
    found = Manifest.from_header(SOUND)
    assert found.labelled == {"b" * 64: 1}
    assert found.unlabelled == ("c" * 64,)


@pytest.mark.parametrize(
    "change",
    [
        {"run": 1},
        {"run": "r" * 65},
        {"backbone": "x"},
        {"classes": 0},
        {"classes": 10**6},
        {"classes": True},
        {"labelled": {"b" * 64: 2}},
        {"labelled": {"../x": 0}},
        {"labelled": []},
        {"unlabelled": ["x"]},
        {"unlabelled": {"c" * 64: 1}},
        {"withhold": -1},
        {"withhold": None},
        {"seed": -1},
        {"seed": 2**64},
        {"seed": 1.5},
    ],
    ids=str,
)
def test_a_manifest_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadField):
        Manifest.from_header({**SOUND, **change})
