import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letspic_shared.features import FOLDS, condition
from letspic_shared.head import (
    FEATURE_SHARE,
    NO_FOLD,
    Head,
    HeadStack,
    cross_entropy,
    embedding,
    gradient_sum,
    local_descent,
    softmax,
)

D, C, N = 7, 4, 25
HELD_OUT = (NO_FOLD, *range(FOLDS))


def photos(seed: int = 0, count: int = N) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return (
        condition(generator.normal(size=(count, D))),
        generator.integers(0, C, count),
        np.arange(count) % FOLDS,
    )


def stack(seed: int = 1) -> HeadStack:
    generator = np.random.default_rng(seed)
    heads = len(HELD_OUT)
    return HeadStack(
        weights=generator.normal(size=(heads, D, C)),
        bias=generator.normal(size=(heads, C)),
        means=0.1 * generator.normal(size=(heads, D)),
        held_out=HELD_OUT,
    )


def summed_loss(
    features: np.ndarray, labels: np.ndarray, weights: np.ndarray, bias: np.ndarray, mean: np.ndarray
) -> float:
    logits = (features - mean) @ weights + bias
    return float((np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]).sum())


@pytest.mark.parametrize("head", range(len(HELD_OUT)))
def test_the_gradient_is_that_of_finite_differences(head: int) -> None:
    features, labels, folds = photos()
    heads = stack()
    found = gradient_sum(features, labels, folds, heads)
    trains = folds != HELD_OUT[head]
    weights, bias, mean = heads.weights[head], heads.bias[head], heads.means[head]

    def loss(w: np.ndarray, b: np.ndarray) -> float:
        return summed_loss(features[trains], labels[trains], w, b, mean)

    step = 1e-6
    for index in np.ndindex(D, C):
        change = np.zeros((D, C))
        change[index] = step
        slope = (loss(weights + change, bias) - loss(weights - change, bias)) / (2 * step)
        assert found.weights[head][index] == pytest.approx(slope, abs=1e-6)
    for c in range(C):
        change = step * np.eye(C)[c]
        slope = (loss(weights, bias + change) - loss(weights, bias - change)) / (2 * step)
        assert found.bias[head][c] == pytest.approx(slope, abs=1e-6)
    assert found.loss[head] == pytest.approx(loss(weights, bias))


@pytest.mark.parametrize("fold", range(FOLDS))
def test_a_held_out_fold_only_scores(fold: int) -> None:
    features, labels, folds = photos()
    heads = stack()
    head = HELD_OUT.index(fold)
    before = gradient_sum(features, labels, folds, heads)
    moved = features.copy()
    moved[folds == fold] *= -3.0
    after = gradient_sum(moved, labels, folds, heads)
    assert np.array_equal(before.weights[head], after.weights[head])
    assert np.array_equal(before.bias[head], after.bias[head])
    assert before.loss[head] == after.loss[head]
    assert before.held_loss[head] != after.held_loss[head]
    assert not np.allclose(before.weights[0], after.weights[0])
    assert before.count[head] + before.held_count[head] == N
    assert before.held_count[head] == (folds == fold).sum()
    assert before.held_count[0] == 0


def test_counts_of_right_answers() -> None:
    features, labels, folds = photos()
    heads = stack()
    found = gradient_sum(features, labels, folds, heads)
    for head, fold in enumerate(HELD_OUT):
        right = ((features - heads.means[head]) @ heads.weights[head] + heads.bias[head]).argmax(axis=1) == labels
        assert found.correct[head] == right[folds != fold].sum()
        assert found.held_correct[head] == right[folds == fold].sum()


def test_no_photo_gives_a_gradient_of_zeros() -> None:
    features, labels, folds = photos()
    found = gradient_sum(features[:0], labels[:0], folds[:0], stack())
    assert not found.weights.any()
    assert not found.count.any()


@settings(deadline=None)
@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=6))
def test_softmax_is_safe_for_logits_of_any_size(logits: list[float]) -> None:
    found = softmax(np.array([logits]) / 2)
    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(1.0)
    assert (found >= 0).all()


def test_softmax_does_not_move_with_its_logits() -> None:
    logits = np.random.default_rng(0).normal(size=(5, C))
    assert np.allclose(softmax(logits), softmax(logits + 1e6), atol=1e-9)
    assert np.allclose(softmax(logits), np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))


def test_the_loss_of_an_impossible_class_is_finite() -> None:
    losses = cross_entropy(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([1, 0]))
    assert np.isfinite(losses).all()
    assert losses[1] == pytest.approx(np.log(2))


def test_the_embedding_is_probabilities_and_a_feature_of_fixed_length() -> None:
    features, _, _ = photos()
    head = stack()
    found = embedding(features, head.weights[0], head.bias[0], head.means[0])
    assert found.shape == (N, C + D)
    assert found.dtype == np.float32
    assert np.allclose(found[:, :C].sum(axis=1), 1.0, atol=1e-6)
    assert np.allclose(np.linalg.norm(found[:, C:], axis=1), np.sqrt(FEATURE_SHARE), atol=1e-6)
    centred = features - head.means[0]
    assert np.allclose(found[:, C:] @ found[:, C:].T / FEATURE_SHARE, cosine(centred), atol=1e-5)


def cosine(rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1)
    return rows @ rows.T / np.outer(lengths, lengths)


def test_a_photo_at_the_mean_still_has_an_embedding() -> None:
    mean = np.ones(D)
    assert np.isfinite(embedding(mean[None], np.ones((D, C)), np.zeros(C), mean)).all()


def test_a_head_embeds_with_its_own_parameters() -> None:
    features, _, _ = photos()
    heads = stack()
    head = Head(
        weights=heads.weights[0], bias=heads.bias[0], mean=heads.means[0], classes=tuple("abcd"), backbone="0" * 64
    )
    assert np.array_equal(head.embed(features), embedding(features, heads.weights[0], heads.bias[0], heads.means[0]))
    assert head.numbered(3).version == 3
    assert head.version == 0


def descend(steps: int, *, rate: float = 5.0, batch: int = 10, seed: int = 0, count: int = N) -> tuple[np.ndarray, ...]:
    features, labels, _ = photos(count=count)
    start = (np.zeros((D, C)), np.zeros(C), features.mean(axis=0) if count else np.zeros(D))
    weights, bias, loss = local_descent(
        features,
        labels,
        start,
        steps=steps,
        batch_size=batch,
        learning_rate=rate,
        generator=np.random.default_rng(seed),
    )
    return (
        weights,
        bias,
        np.array(loss),
        np.array(summed_loss(features, labels, weights, bias, start[2]) / max(count, 1)),
    )


def test_local_descent_lowers_the_loss() -> None:
    losses = [float(descend(steps)[3]) for steps in (0, 5, 50, 300)]
    assert losses[0] == pytest.approx(np.log(C))
    assert losses[1] < losses[0]
    assert losses[3] < losses[2] < 0.9 * losses[0]


def test_one_step_over_all_photos_is_the_exact_gradient() -> None:
    features, labels, folds = photos()
    mean = features.mean(axis=0)
    zero = HeadStack(weights=np.zeros((1, D, C)), bias=np.zeros((1, C)), means=mean[None], held_out=(NO_FOLD,))
    exact = gradient_sum(features, labels, folds, zero)
    weights, bias, loss, _ = descend(1, rate=0.5, batch=1000)
    assert np.allclose(weights, -0.5 * exact.weights[0] / N)
    assert np.allclose(bias, -0.5 * exact.bias[0] / N)
    assert loss == pytest.approx(np.log(C))


def test_the_draws_follow_the_seed() -> None:
    assert np.array_equal(descend(20)[0], descend(20)[0])
    assert not np.array_equal(descend(20)[0], descend(20, seed=1)[0])


def test_descent_without_photos_stays_where_it_is() -> None:
    weights, bias, loss, _ = descend(5, count=0)
    assert not weights.any()
    assert not bias.any()
    assert loss == 0
