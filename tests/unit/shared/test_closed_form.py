import numpy as np
import pytest

from letspic_shared import closed_form
from letspic_shared.closed_form import (
    SHRINKAGE,
    TEMPERATURE,
    UNLABELLED_WEIGHT,
    ExpectationMaximisation,
    ScatterBasis,
    SoftStatistics,
    fit,
    fit_stack,
    solve,
)
from letspic_shared.features import FOLDS, condition
from letspic_shared.head import NO_FOLD, embedding, softmax
from letspic_shared.statistics import ClassStatistics, class_statistics


def photos(count: int, dimension: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    centres = 2 * np.abs(generator.normal(size=(classes, dimension)))
    features = condition(np.abs(generator.normal(size=(count, dimension))) + centres[labels])
    return features, labels, generator.integers(0, FOLDS, count)


def direct(features: np.ndarray, soft: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shrunk discriminant analysis as in a textbook: d x d covariance, weighted (soft) labels, logits x W + b."""
    counted = soft * weight[:, None]
    counts = counted.sum(axis=0)
    total = counts.sum()
    means = counted.T @ features / counts[:, None]
    overall = (weight[:, None] * features).sum(axis=0) / total
    d = features.shape[1]
    within = np.zeros((d, d))
    for c in range(soft.shape[1]):
        away = features - means[c]
        within += (away * counted[:, c : c + 1]).T @ away
    within /= total
    covariance = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / d * np.eye(d)
    weights = np.linalg.solve(covariance, (means - overall).T)
    bias = np.array([-((means[c] - overall) @ weights[:, c]) / 2 - overall @ weights[:, c] for c in range(len(means))])
    return weights, bias


@pytest.mark.parametrize(("count", "dimension", "classes"), [(30, 80, 4), (300, 20, 4), (50, 50, 5), (12, 7, 3)])
def test_it_is_the_textbook_discriminant(count: int, dimension: int, classes: int) -> None:
    features, labels, folds = photos(count, dimension, classes)
    found = fit(class_statistics(features, labels, folds, classes))
    weights, bias = direct(features, np.eye(classes)[labels], np.ones(count))
    logits = (features - found.mean) @ found.weights + found.bias
    expected = features @ weights + bias
    assert np.abs(logits - expected).max() < 1e-8 * max(1.0, np.abs(expected).max())
    assert np.abs(found.weights - weights).max() < 1e-8 * np.abs(weights).max()
    assert np.allclose(found.mean, features.mean(axis=0))


@pytest.mark.parametrize("fold", range(FOLDS))
def test_a_held_out_head_is_that_of_the_other_folds_alone(fold: int) -> None:
    features, labels, folds = photos(60, 90, 4)
    found = fit(class_statistics(features, labels, folds, 4), fold)
    kept = folds != fold
    weights, _ = direct(features[kept], np.eye(4)[labels[kept]], np.ones(kept.sum()))
    assert np.abs(found.weights - weights).max() < 1e-8 * np.abs(weights).max()
    assert np.allclose(found.mean, features[kept].mean(axis=0))


def test_the_span_of_the_photos_gives_what_the_whole_space_gives() -> None:
    features, labels, folds = photos(40, 100, 5)
    statistics = class_statistics(features, labels, folds, 5)
    counts, sums, factor = closed_form.labelled_part(statistics, NO_FOLD)
    mean = features.mean(axis=0)
    narrow = ScatterBasis(factor)
    wide = ScatterBasis(np.concatenate([factor, np.zeros((100, 100))]))
    assert narrow.scatter.shape[0] < 100
    assert wide.scatter.shape == (100, 100)
    a, b = (solve(counts, sums, basis, mean=mean) for basis in (narrow, wide))
    assert np.abs(a.weights - b.weights).max() < 1e-9 * np.abs(b.weights).max()
    assert np.abs(a.bias - b.bias).max() < 1e-9 * np.abs(b.bias).max()


def test_a_class_without_photos_is_never_chosen() -> None:
    features, labels, folds = photos(60, 30, 4)
    statistics = class_statistics(features, np.where(labels == 2, 1, labels), folds, 4)
    stack = fit_stack(statistics)
    for head in range(FOLDS + 1):
        found = softmax((features - stack.means[head]) @ stack.weights[head] + stack.bias[head])
        assert (found[:, 2] < 1e-30).all()
        assert np.isfinite(found).all()
    without = fit(class_statistics(features, np.where(labels == 2, 1, labels) - (labels == 3), folds, 3))
    assert np.allclose(fit(statistics).weights[:, [0, 1, 3]], without.weights)


def test_a_class_that_only_one_fold_has() -> None:
    features, labels, folds = photos(60, 30, 4)
    folds = np.where(labels == 3, 1, folds)
    stack = fit_stack(class_statistics(features, labels, folds, 4))
    blind, seeing = 1 + stack.held_out[1:].index(1), 1 + stack.held_out[1:].index(2)

    def chosen(head: int) -> np.ndarray:
        return ((features - stack.means[head]) @ stack.weights[head] + stack.bias[head]).argmax(axis=1)

    assert (chosen(blind) != 3).all()
    assert (chosen(seeing)[labels == 3] == 3).mean() > 0.9


def test_one_class_alone() -> None:
    features, labels, folds = photos(12, 30, 1)
    stack = fit_stack(class_statistics(features, labels, folds, 1))
    found = embedding(features, stack.weights[0], stack.bias[0], stack.means[0])
    assert np.isfinite(found).all()
    assert (found[:, 0] == 1).all()


def test_one_photo_a_class() -> None:
    features, labels, folds = photos(4, 30, 4)
    stack = fit_stack(class_statistics(features, labels, folds, 4))
    found = embedding(features, stack.weights[0], stack.bias[0], stack.means[0])
    assert np.isfinite(found).all()
    assert (found[:, :4].argmax(axis=1) == labels).all()


def test_a_fold_that_holds_every_photo_gets_a_head_that_knows_nothing() -> None:
    features, labels, _ = photos(12, 30, 3)
    stack = fit_stack(class_statistics(features, labels, np.full(12, 2), 3))
    assert stack.weights[0].any()
    assert not stack.weights[1 + 2].any()
    assert not stack.means[1 + 2].any()


def test_no_photo_at_all_is_an_error_of_ours() -> None:
    features, labels, folds = photos(12, 30, 3)
    with pytest.raises(ValueError, match="no photo"):
        fit_stack(class_statistics(features[:0], labels[:0], folds[:0], 3))


def test_the_stack_is_at_its_temperature() -> None:
    features, labels, folds = photos(60, 30, 4)
    statistics = class_statistics(features, labels, folds, 4)
    stack = fit_stack(statistics)
    assert stack.held_out == (NO_FOLD, 0, 1, 2, 3, 4)
    assert np.allclose(stack.weights[0], fit(statistics).weights * TEMPERATURE / 30)
    assert np.allclose(stack.bias[3], fit(statistics, 2).bias * TEMPERATURE / 30)


@pytest.mark.parametrize(("dimension", "unlabelled"), [(80, 25), (12, 60), (80, 0)])
def test_an_expectation_step_is_the_discriminant_of_soft_labels(dimension: int, unlabelled: int) -> None:
    features, labels, folds = photos(40, dimension, 4)
    other = photos(max(unlabelled, 1), dimension, 4, seed=2)[0][:unlabelled]
    expectation = ExpectationMaximisation(class_statistics(features, labels, folds, 4, other))
    weight = np.concatenate([np.ones(40), np.full(unlabelled, UNLABELLED_WEIGHT)])
    everything = np.concatenate([features, other])
    for _ in range(3):
        before = expectation.discriminant
        weights, bias = before.at_temperature(90)
        soft = softmax((other - before.mean) @ weights + bias)
        found = expectation.step(SoftStatistics(counts=soft.sum(axis=0), sums=soft.T @ other))
        expected_weights, expected_bias = direct(everything, np.concatenate([np.eye(4)[labels], soft]), weight)
        expected = everything @ expected_weights + expected_bias
        logits = (everything - found.mean) @ found.weights + found.bias
        assert np.abs(logits - expected).max() < 1e-8 * max(1.0, np.abs(expected).max())
        # The mean that embeddings are centred by does not move with the unlabelled photos.
        assert np.array_equal(found.mean, before.mean)


def test_soft_statistics_of_devices_add() -> None:
    a = SoftStatistics(counts=np.ones(3), sums=np.ones((3, 5)))
    b = SoftStatistics(counts=np.arange(3.0), sums=np.full((3, 5), 2.0))
    assert np.array_equal((a + b).counts, [1, 2, 3])
    assert ((a + b).sums == 3).all()


def test_unlabelled_photos_of_an_unlabelled_class_change_nothing_in_it() -> None:
    features, labels, folds = photos(40, 30, 4)
    labels = np.where(labels == 3, 0, labels)
    other = photos(20, 30, 4, seed=2)[0]
    expectation = ExpectationMaximisation(class_statistics(features, labels, folds, 4, other))
    weights, bias = expectation.discriminant.at_temperature(90)
    soft = softmax((other - expectation.discriminant.mean) @ weights + bias)
    assert (soft[:, 3] == 0).all()
    found = expectation.step(SoftStatistics(counts=soft.sum(axis=0), sums=soft.T @ other))
    assert not found.weights[:, 3].any()


def test_it_learns() -> None:
    features, labels, folds = photos(200, 64, 5)
    unseen, unseen_labels, _ = photos(200, 64, 5)
    found = fit(class_statistics(features[:100], labels[:100], folds[:100], 5))
    chosen = ((unseen[100:] - found.mean) @ found.weights + found.bias).argmax(axis=1)
    assert (chosen == unseen_labels[100:]).mean() > 0.9


def test_the_sum_of_devices_is_what_it_is_fitted_to() -> None:
    features, labels, folds = photos(60, 90, 4)
    parts = [class_statistics(features[i::3], labels[i::3], folds[i::3], 4) for i in range(3)]
    total: ClassStatistics = parts[0] + parts[1] + parts[2]
    alone = fit(class_statistics(features, labels, folds, 4))
    assert np.abs(fit(total).weights - alone.weights).max() < 1e-9 * np.abs(alone.weights).max()
