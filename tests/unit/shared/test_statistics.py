import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letspic_shared import statistics
from letspic_shared.closed_form import (
    EXPECTATION_TEMPERATURE,
    ExpectationMaximisation,
    SoftStatistics,
    fit_stack,
)
from letspic_shared.contributions import ContributionError
from letspic_shared.features import FOLDS, condition, fold_of
from letspic_shared.head import embedding, softmax
from letspic_shared.statistics import ClassStatistics, class_statistics, triangular_factor

# Weights of the closed form may differ by rounding that no photo shows: figures and embeddings are compared.
WIRE_TOLERANCE = 1e-5


def photos(
    count: int, dimension: int, classes: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Conditioned features like a backbone's (positive, with classes that overlap), labels, folds, unseen photos."""
    generator = np.random.default_rng(seed)
    centres = np.abs(generator.normal(size=(classes, dimension)))
    labels = np.arange(count) % classes
    features = condition(np.abs(generator.normal(size=(count, dimension)) + 0.7 * centres[labels]))
    folds = np.array([fold_of(hashlib.sha256(f"{seed} {i}".encode()).hexdigest()) for i in range(count)])
    unseen = condition(np.abs(generator.normal(size=(50, dimension)) + 0.7 * centres[np.arange(50) % classes]))
    return features, labels, folds, unseen


def on_devices(
    features: np.ndarray, labels: np.ndarray, folds: np.ndarray, holders: np.ndarray, *, wire: bool, other: Any = None
) -> ClassStatistics:
    """The sum of what devices send, each holding the photos that ``holders`` gives it."""
    classes = int(labels.max()) + 1
    total: ClassStatistics | None = None
    for device in np.unique(holders):
        mine = holders == device
        unlabelled = None if other is None else other[device :: len(np.unique(holders))]
        sent = class_statistics(features[mine], labels[mine], folds[mine], classes, unlabelled)
        if wire:
            sent = ClassStatistics.from_tensors(
                sent.to_tensors(),
                counts=sent.counts,
                unlabelled_count=sent.unlabelled_count,
                dimension=features.shape[1],
            )
        total = sent if total is None else total + sent
    assert total is not None
    return total


def scatters(found: ClassStatistics) -> np.ndarray:
    return np.stack([factor.T @ factor for factor in found.factors])


def test_statistics_are_what_they_say() -> None:
    features, labels, folds, _ = photos(60, 12, 4)
    other = photos(9, 12, 4, seed=1)[0]
    found = class_statistics(features, labels, folds, 4, other)
    for fold in range(FOLDS):
        mine = folds == fold
        assert np.allclose(found.factors[fold].T @ found.factors[fold], features[mine].T @ features[mine], atol=1e-13)
        for label in range(4):
            both = mine & (labels == label)
            assert found.counts[fold, label] == both.sum()
            assert np.allclose(found.sums[fold, label], features[both].sum(axis=0))
    assert found.unlabelled_count == 9
    assert np.allclose(found.unlabelled_factor.T @ found.unlabelled_factor, other.T @ other)
    assert found.dimension == 12


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 40), st.sampled_from([3, 8, 50]))
def test_any_split_over_devices_gives_the_same_sums_and_head(
    seed: int, devices: int, count: int, dimension: int
) -> None:
    features, labels, folds, unseen = photos(count, dimension, min(3, count), seed % 1000)
    holders = np.random.default_rng(seed).integers(0, devices, count)
    alone = on_devices(features, labels, folds, np.zeros(count, int), wire=False)
    together = on_devices(features, labels, folds, holders, wire=False)
    assert np.array_equal(alone.counts, together.counts)
    assert np.allclose(alone.sums, together.sums, atol=1e-12)
    assert np.allclose(scatters(alone), scatters(together), atol=1e-12)
    first, second = fit_stack(alone), fit_stack(together)
    for head in range(len(first.held_out)):
        a = embedding(unseen, first.weights[head], first.bias[head], first.means[head])
        b = embedding(unseen, second.weights[head], second.bias[head], second.means[head])
        # A fold of a handful of photos may leave classes without any scatter: then logits are of any size.
        if np.abs(first.weights[head]).max() < 1e3:
            assert np.abs(a - b).max() < 1e-6


@pytest.mark.parametrize(("wire", "tolerance"), [(True, WIRE_TOLERANCE), (False, 1e-10)])
def test_an_even_and_a_by_class_split_give_the_same_embeddings(wire: bool, tolerance: float) -> None:
    features, labels, folds, unseen = photos(100, 1280, 10)
    stacks = []
    for holders in (np.arange(100) // 10 % 5, labels // 2):
        stacks.append(fit_stack(on_devices(features, labels, folds, holders, wire=wire)))
    for head in range(FOLDS + 1):
        a, b = (softmax((unseen - stack.means[head]) @ stack.weights[head] + stack.bias[head]) for stack in stacks)
        assert np.abs(a - b).max() < tolerance
        a, b = (embedding(unseen, s.weights[head], s.bias[head], s.means[head]) for s in stacks)
        assert np.abs(a - b).max() < max(tolerance, 1e-7)


def test_unlabelled_rounds_do_not_depend_on_the_split_either() -> None:
    features, labels, folds, unseen = photos(100, 1280, 10)
    other = photos(60, 1280, 10, seed=3)[0]
    ends = []
    for holders in (np.arange(100) // 10 % 5, labels // 2):
        expectation = ExpectationMaximisation(on_devices(features, labels, folds, holders, wire=True, other=other))
        for _ in range(4):
            weights, bias = expectation.discriminant.at_temperature(EXPECTATION_TEMPERATURE)
            soft = softmax((other - expectation.discriminant.mean) @ weights + bias)
            sums = (soft.T @ other).astype(np.float32).astype(np.float64)
            expectation.step(SoftStatistics(counts=soft.sum(axis=0), sums=sums))
        weights, bias = expectation.discriminant.at_temperature(40)
        ends.append(embedding(unseen, weights, bias, expectation.discriminant.mean))
    assert np.abs(ends[0] - ends[1]).max() < WIRE_TOLERANCE


def test_the_wire_keeps_the_head() -> None:
    features, labels, folds, unseen = photos(100, 1280, 10)
    holders = np.zeros(100, int)
    kept, sent = (fit_stack(on_devices(features, labels, folds, holders, wire=wire)) for wire in (False, True))
    for head in range(FOLDS + 1):
        a, b = (embedding(unseen, s.weights[head], s.bias[head], s.means[head]) for s in (kept, sent))
        assert np.abs(a - b).max() < WIRE_TOLERANCE


CENTRED_CASES = {
    "few photos": (7, 20, 7),
    "one photo": (1, 20, 1),
    "as many as dimensions": (12, 12, 12),
    "more photos than dimensions": (40, 6, 6),
    "equal photos": (9, 20, 1),
    "rank-deficient, more photos than dimensions": (40, 12, 3),
    "one dimension": (5, 1, 1),
}


def rows_of_rank(count: int, dimension: int, rank: int) -> np.ndarray:
    generator = np.random.default_rng(count)
    return np.abs(generator.normal(size=(count, rank))) @ np.abs(generator.normal(size=(rank, dimension))) + (
        0.0 if rank < min(count, dimension) else 1.0
    )


@pytest.mark.parametrize("case", CENTRED_CASES, ids=str)
@pytest.mark.parametrize("kind", ["as sent", "summed", "triangular"])
def test_centring_a_factor_is_exact(case: str, kind: str) -> None:
    count, dimension, rank = CENTRED_CASES[case]
    rows = rows_of_rank(count, dimension, rank)
    labels, folds = np.zeros(count, int), np.zeros(count, int)
    if kind == "as sent":
        factor = class_statistics(rows, labels, folds, 1).factors[0]
    elif kind == "summed":
        half = count // 2
        parts = [class_statistics(r, labels[: len(r)], folds[: len(r)], 1) for r in (rows[:half], rows[half:])]
        factor = (parts[0] + parts[1]).factors[0]
    else:
        factor = triangular_factor(rows)
    centred = statistics._centre(factor, count, rows.sum(axis=0))
    expected = (rows - rows.mean(axis=0)).T @ (rows - rows.mean(axis=0))
    assert np.abs(centred.T @ centred - expected).max() < 1e-12 * np.abs(rows.T @ rows).max()
    assert len(centred) <= min(count, dimension)


@pytest.mark.parametrize("case", CENTRED_CASES, ids=str)
def test_a_sum_of_devices_can_be_sent_on(case: str) -> None:
    count, dimension, rank = CENTRED_CASES[case]
    rows = rows_of_rank(count, dimension, rank)
    zeros = np.zeros(count, int)
    half = count // 2
    parts = [class_statistics(r, zeros[: len(r)], zeros[: len(r)], 1) for r in (rows[:half], rows[half:])]
    total = parts[0] + parts[1]
    read = ClassStatistics.from_tensors(
        total.to_tensors(), counts=total.counts, unlabelled_count=0, dimension=dimension
    )
    assert np.allclose(scatters(read), scatters(total), rtol=1e-5, atol=1e-5 * np.abs(scatters(total)).max())


def test_centring_what_a_device_sends_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels, folds, _ = photos(300, 40, 3)
    own = class_statistics(features, labels, folds, 3)
    on_the_wire = ClassStatistics.from_tensors(own.to_tensors(), counts=own.counts, unlabelled_count=0, dimension=40)

    def costly(*_: object, **__: object) -> None:
        pytest.fail("a decomposition of d x d, which takes a small board seconds")

    for name in ("eigh", "lstsq", "qr", "solve", "svd"):
        monkeypatch.setattr(np.linalg, name, costly)
    assert own.to_tensors()["factor"].shape == (200, 40)
    assert on_the_wire.to_tensors()["factor"].shape == (200, 40)


def test_memory_stays_bounded_however_many_devices_add() -> None:
    features, labels, folds, _ = photos(30, 6, 2)
    one = class_statistics(features, labels, folds, 2, features)
    total = one
    for _ in range(40):
        total = total + one
    assert all(len(factor) <= 12 for factor in total.factors)
    assert len(total.unlabelled_factor) <= 12
    assert np.allclose(scatters(total), 41 * scatters(one))


def sound() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    features, labels, folds, _ = photos(20, 8, 3)
    found = class_statistics(features, labels, folds, 3, features[:5])
    return found.to_tensors(), {"counts": found.counts, "unlabelled_count": 5, "dimension": 8}


def with_value(array: np.ndarray, value: float) -> np.ndarray:
    changed = array.copy()
    changed.flat[0] = value
    return changed


WRONG: dict[str, Any] = {
    "no sums": lambda t: t.pop("sums"),
    "nan": lambda t: t.update(sums=with_value(t["sums"], np.nan)),
    "infinity": lambda t: t.update(factor=with_value(t["factor"], np.inf)),
    "infinite unlabelled": lambda t: t.update(unlabelled_factor=with_value(t["unlabelled_factor"], -np.inf)),
    "other counts": lambda t: t.update(counts=t["counts"] + 1),
    "counts of another dtype": lambda t: t.update(counts=t["counts"].astype(np.int32)),
    "counts of another shape": lambda t: t.update(counts=t["counts"][:4]),
    "other unlabelled count": lambda t: t.update(unlabelled_count=np.array([4])),
    "another class": lambda t: t.update(present=t["present"][::-1].copy()),
    "fewer sums": lambda t: t.update(sums=t["sums"][1:]),
    "sums of another dimension": lambda t: t.update(sums=t["sums"][:, 1:]),
    "sums in float64": lambda t: t.update(sums=t["sums"].astype(np.float64)),
    "negative rows": lambda t: t.update(
        factor_rows=np.array([-1, *t["factor_rows"][1:]]), factor=t["factor"][: t["factor_rows"][1:].sum() - 1]
    ),
    "rows that cancel out": lambda t: t.update(factor_rows=t["factor_rows"] + np.array([99, -99, 0, 0, 0])),
    "more rows than photos": lambda t: t.update(
        factor_rows=t["factor_rows"] + 5, factor=np.zeros((len(t["factor"]) + 25, 8), np.float32)
    ),
    "rows that are not there": lambda t: t.update(factor=t["factor"][1:]),
    "more unlabelled rows than photos": lambda t: t.update(unlabelled_factor=np.zeros((6, 8), np.float32)),
    "flat factor": lambda t: t.update(factor=t["factor"].ravel()),
}


@pytest.mark.parametrize("fault", WRONG, ids=str)
def test_what_cannot_be_right_is_refused_with_a_reason(fault: str) -> None:
    tensors, expected = sound()
    ClassStatistics.from_tensors(tensors, **expected)
    WRONG[fault](tensors)
    with pytest.raises(ContributionError) as refused:
        ClassStatistics.from_tensors(tensors, **expected)
    assert refused.value.reason.startswith("The contribution")


def test_a_device_without_photos_adds_nothing() -> None:
    features, labels, folds, _ = photos(20, 8, 3)
    found = class_statistics(features, labels, folds, 3)
    nothing = class_statistics(features[:0], labels[:0], folds[:0], 3)
    read = ClassStatistics.from_tensors(nothing.to_tensors(), counts=nothing.counts, unlabelled_count=0, dimension=8)
    total = found + read
    assert np.array_equal(total.counts, found.counts)
    assert np.allclose(scatters(total), scatters(found))
