import itertools
from typing import Any

import numpy as np
import pytest

from letspic_shared.contributions import ContributionError, GradientSum, Moments, ParameterSum, take
from letspic_shared.head import NO_FOLD, HeadStack, gradient_sum

D, C = 6, 3
HELD_OUT = (NO_FOLD, 0, 3)


def photos(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(count, D)), generator.integers(0, C, count), generator.integers(0, 5, count)


def stack() -> HeadStack:
    generator = np.random.default_rng(9)
    heads = len(HELD_OUT)
    return HeadStack(
        weights=generator.normal(size=(heads, D, C)),
        bias=generator.normal(size=(heads, C)),
        means=generator.normal(size=(heads, D)),
        held_out=HELD_OUT,
    )


def gradient(count: int = 30) -> GradientSum:
    return gradient_sum(*photos(count), stack())


def test_gradients_of_parts_add_up_to_that_of_all() -> None:
    features, labels, folds = photos(30)
    whole = gradient_sum(features, labels, folds, stack())
    parts = [gradient_sum(features[i::4], labels[i::4], folds[i::4], stack()) for i in range(4)]
    total = parts[0] + parts[1] + parts[2] + parts[3]
    for name in ("weights", "bias", "loss", "held_loss"):
        assert np.allclose(getattr(total, name), getattr(whole, name), atol=1e-12)
    for name in ("correct", "count", "held_correct", "held_count"):
        assert np.array_equal(getattr(total, name), getattr(whole, name))


def test_sums_in_one_order_have_the_same_bits() -> None:
    sent = {i: gradient_sum(*photos(9, seed=i), stack()) for i in range(4)}
    sums = set()
    for order in itertools.permutations(sent):
        arrived = {i: sent[i] for i in order}
        total = arrived[0]
        for device in sorted(arrived)[1:]:
            total = total + arrived[device]
        sums.add(total.weights.tobytes())
    assert len(sums) == 1


def read_gradient(tensors: dict[str, Any], of: GradientSum) -> GradientSum:
    return GradientSum.from_tensors(tensors, counts=of.count, held_counts=of.held_count, dimension=D, classes=C)


def test_a_gradient_survives_the_wire() -> None:
    sent = gradient()
    found = read_gradient(sent.to_tensors(), sent)
    assert np.allclose(found.weights, sent.weights, rtol=1e-6)
    assert found.weights.dtype == np.float64
    assert np.array_equal(found.loss, sent.loss)
    assert np.array_equal(found.held_correct, sent.held_correct)


def changed(array: np.ndarray, index: tuple[int, ...], value: float) -> np.ndarray:
    copy = array.copy()
    copy[index] = value
    return copy


WRONG_GRADIENTS: dict[str, Any] = {
    "missing": lambda t: t.pop("bias"),
    "nan": lambda t: t.update(weights=changed(t["weights"], (0, 0, 0), np.nan)),
    "infinite bias": lambda t: t.update(bias=changed(t["bias"], (0, 0), np.inf)),
    "infinite loss": lambda t: t.update(losses=changed(t["losses"], (1, 0), np.inf)),
    "negative loss": lambda t: t.update(losses=changed(t["losses"], (0, 0), -1)),
    "one photo more": lambda t: t.update(counts=changed(t["counts"], (1, 0), 31)),
    "one held photo more": lambda t: t.update(counts=changed(t["counts"], (3, 1), 30)),
    "more right than photos": lambda t: t.update(counts=changed(t["counts"], (0, 0), 31)),
    "more held right than photos": lambda t: t.update(counts=changed(t["counts"], (2, 1), 30)),
    "negative right": lambda t: t.update(counts=changed(t["counts"], (2, 0), -1)),
    "one head less": lambda t: t.update(weights=t["weights"][1:]),
    "transposed": lambda t: t.update(weights=t["weights"].transpose(0, 2, 1)),
    "float64": lambda t: t.update(weights=t["weights"].astype(np.float64)),
    "counts as floats": lambda t: t.update(counts=t["counts"].astype(np.float64)),
}


@pytest.mark.parametrize("fault", WRONG_GRADIENTS, ids=str)
def test_a_gradient_that_cannot_be_right_is_refused(fault: str) -> None:
    sent = gradient()
    tensors = sent.to_tensors()
    WRONG_GRADIENTS[fault](tensors)
    with pytest.raises(ContributionError, match=r"^The contribution"):
        read_gradient(tensors, sent)


def test_moments() -> None:
    features, _, _ = photos(10)
    parts = [Moments(count=len(rows), total=rows.sum(axis=0)) for rows in (features[:3], features[3:])]
    total = parts[0] + parts[1]
    assert total.count == 10
    assert np.allclose(total.total, features.sum(axis=0))
    found = Moments.from_tensors(total.to_tensors(), count=10, dimension=D)
    assert np.allclose(found.total, total.total, rtol=1e-6)
    for wrong in ({"count": 9, "dimension": D}, {"count": 10, "dimension": D + 1}):
        with pytest.raises(ContributionError):
            Moments.from_tensors(total.to_tensors(), **wrong)


def parameter_sum(count: int, seed: int) -> ParameterSum:
    generator = np.random.default_rng(seed)
    return ParameterSum(
        count=count,
        loss=1.5 * count,
        parameters=tuple(generator.normal(size=shape) * count for shape in ((D, C), (C,))),
    )


def test_parameters_average_by_photo_count() -> None:
    a, b = parameter_sum(3, 0), parameter_sum(9, 1)
    total = a + b
    for average, one, other in zip(total.average(), a.average(), b.average(), strict=True):
        assert np.allclose(average, (3 * one + 9 * other) / 12)
    assert total.loss / total.count == pytest.approx(1.5)


def test_parameters_survive_the_wire() -> None:
    sent = parameter_sum(7, 0)
    found = ParameterSum.from_tensors(sent.to_tensors(), count=7, shapes=((D, C), (C,)))
    assert all(np.allclose(a, b, rtol=1e-6) for a, b in zip(found.parameters, sent.parameters, strict=True))
    assert found.loss == sent.loss


def test_a_device_without_photos_has_no_weight_in_the_average() -> None:
    nothing = ParameterSum(count=0, loss=0.0, parameters=(np.zeros((D, C)), np.zeros(C)))
    found = ParameterSum.from_tensors(nothing.to_tensors(), count=0, shapes=((D, C), (C,)))
    some = parameter_sum(4, 0)
    assert np.array_equal((some + found).average()[0], some.average()[0])


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.pop("p1"),
        lambda t: t.update(count=np.array([8])),
        lambda t: t.update(count=np.array([7, 7])),
        lambda t: t.update(p0=t["p0"].T),
        lambda t: t.update(p0=changed(t["p0"], (0, 0), np.nan)),
        lambda t: t.update(loss=np.array([np.nan])),
        lambda t: t.update(p1=t["p1"].astype(np.float64)),
    ],
)
def test_parameters_that_cannot_be_right_are_refused(change: Any) -> None:
    tensors: dict[str, Any] = parameter_sum(7, 0).to_tensors()
    change(tensors)
    with pytest.raises(ContributionError, match=r"^The contribution"):
        ParameterSum.from_tensors(tensors, count=7, shapes=((D, C), (C,)))


def test_take_names_what_is_wrong() -> None:
    tensors = {"a": np.zeros((2, 3), np.float32)}
    assert take(tensors, "a", "<f4", (None, 3)) is tensors["a"]
    for name, dtype, shape, said in (
        ("b", "<f4", (2, 3), "no b"),
        ("a", "<f8", (2, 3), "float32, not float64"),
        ("a", "<f4", (2,), r"shape \(2, 3\)"),
        ("a", "<f4", (None, 2), r"shape \(2, 3\)"),
    ):
        with pytest.raises(ContributionError, match=said):
            take(tensors, name, dtype, shape)
