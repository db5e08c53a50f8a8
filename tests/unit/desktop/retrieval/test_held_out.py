"""Figures of a head on labelled photos: nobody is scored by a head that it trained."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from letspic_desktop.retrieval.held_out import held_out_quality
from letspic_shared.closed_form import fit_stack
from letspic_shared.features import FOLDS, condition, fold_of
from letspic_shared.head import NO_FOLD, HeadStack
from letspic_shared.statistics import class_statistics

D = 400


def photos(count: int) -> list[str]:
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in range(count)]


def features_of(labels: np.ndarray, spread: float, seed: int = 0) -> np.ndarray:
    centres = np.random.default_rng(1).standard_normal((labels.max() + 1, D))
    noise = np.random.default_rng(seed).standard_normal((len(labels), D))
    return np.maximum(centres[labels] + spread * noise, 0).astype(np.float32)


def stack_of(features: np.ndarray, labels: np.ndarray, folds: np.ndarray) -> HeadStack:
    return fit_stack(class_statistics(condition(features), labels, folds, int(labels.max()) + 1))


def test_a_head_that_learnt_something_is_better() -> None:
    names, labels = photos(120), np.arange(120) % 4
    features = features_of(labels, spread=2.0)
    folds = np.array([fold_of(name) for name in names])
    found = held_out_quality(
        stack_of(features, labels, folds), features, names, dict(zip(names, labels.tolist(), strict=True))
    )
    assert found is not None
    assert found.queries == 120
    assert found.map_after > found.map_before
    assert found.p10_after > found.p10_before


def test_what_cannot_be_learnt_does_not_look_better() -> None:
    # Labels mean nothing here. A head judged on its own training photos would seem perfect.
    names, labels = photos(150), np.random.default_rng(3).integers(0, 3, 150)
    features = features_of(np.zeros(150, int), spread=2.0)
    folds = np.array([fold_of(name) for name in names])
    stack = stack_of(features, labels, folds)
    by_name = dict(zip(names, labels.tolist(), strict=True))
    honest = held_out_quality(stack, features, names, by_name)
    cheating = held_out_quality(
        HeadStack(
            weights=np.repeat(stack.weights[:1], 1 + FOLDS, axis=0),
            bias=np.repeat(stack.bias[:1], 1 + FOLDS, axis=0),
            means=np.repeat(stack.means[:1], 1 + FOLDS, axis=0),
            held_out=(NO_FOLD, *range(FOLDS)),
        ),
        features,
        names,
        by_name,
    )
    assert honest is not None
    assert cheating is not None
    assert abs(honest.map_after - honest.map_before) < 0.05
    assert cheating.map_after > honest.map_after + 0.1


def test_photos_that_trained_in_another_fold_are_scored_there() -> None:
    names, labels = photos(150), np.random.default_rng(3).integers(0, 3, 150)
    features = features_of(np.zeros(150, int), spread=2.0)
    own = {name: (fold_of(name) + 1) % FOLDS for name in names}
    stack = stack_of(features, labels, np.array([own[name] for name in names]))
    by_name = dict(zip(names, labels.tolist(), strict=True))
    honest = held_out_quality(stack, features, names, by_name, own)
    mistaken = held_out_quality(stack, features, names, by_name)
    assert honest is not None
    assert mistaken is not None
    assert honest.map_after < mistaken.map_after - 0.1


def test_too_few_photos_give_no_figures() -> None:
    names, labels = photos(3), np.array([0, 1, 2])
    features = features_of(labels, spread=1.0)
    stack = stack_of(features, labels, np.array([fold_of(name) for name in names]))
    assert held_out_quality(stack, features, names, {name: n for n, name in enumerate(names)}) is None
    assert held_out_quality(stack, np.zeros((0, D), np.float32), [], {}) is None


def test_a_head_without_companions_gives_no_figures() -> None:
    stack = HeadStack(weights=np.zeros((1, D, 2)), bias=np.zeros((1, 2)), means=np.zeros((1, D)), held_out=(NO_FOLD,))
    names = photos(20)
    features = features_of(np.arange(20) % 2, spread=1.0)
    assert held_out_quality(stack, features, names, {name: n % 2 for n, name in enumerate(names)}) is None


@pytest.mark.parametrize("count", [10, 25])
def test_a_fold_without_a_pair_is_left_out(count: int) -> None:
    names, labels = photos(count), np.arange(count) % 5
    features = features_of(labels, spread=1.0)
    stack = stack_of(features, labels, np.array([fold_of(name) for name in names]))
    found = held_out_quality(stack, features, names, dict(zip(names, labels.tolist(), strict=True)))
    assert found is None or 0 < found.queries <= count
