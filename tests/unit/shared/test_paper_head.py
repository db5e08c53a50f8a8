import numpy as np
import pytest

from letspic_shared import paper_head
from letspic_shared.head import cross_entropy, softmax

D, MIDDLE, WIDTH, C, N = 5, 6, 4, 3, 12


def photos() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    labels = np.arange(N) % C
    features = generator.normal(size=(N, D)) + 2 * np.eye(C, D)[labels]
    return features.astype(np.float32), labels


def start(seed: int = 0) -> tuple[np.ndarray, ...]:
    generator = np.random.default_rng(5)
    classifier = (
        generator.normal(size=(D, MIDDLE)).astype(np.float32),
        generator.normal(size=MIDDLE).astype(np.float32),
    )
    return paper_head.start(classifier, WIDTH, C, seed)


def mean_loss(parameters: tuple[np.ndarray, ...], features: np.ndarray, labels: np.ndarray) -> float:
    w1, b1, w2, b2, w3, b3 = parameters
    logits = ((features.astype(np.float64) @ w1 + b1) @ w2 + b2) @ w3 + b3
    return float(cross_entropy(softmax(logits), labels).mean())


def test_it_starts_from_the_backbones_own_classifier() -> None:
    generator = np.random.default_rng(5)
    weights, bias = generator.normal(size=(D, MIDDLE)).astype(np.float32), generator.normal(size=MIDDLE)
    found = paper_head.start((weights, bias.astype(np.float32)), WIDTH, C, 0)
    assert np.array_equal(found[0], weights)
    assert np.array_equal(found[1], bias.astype(np.float32))
    assert tuple(p.shape for p in found) == paper_head.shapes(D, MIDDLE, WIDTH, C)
    assert len(found) == paper_head.PARAMETERS
    assert all(p.dtype == np.float64 for p in found)
    assert np.array_equal(start(1)[2], start(1)[2])
    assert not np.array_equal(start(1)[2], start(2)[2])


@pytest.mark.parametrize("which", range(paper_head.PARAMETERS))
def test_gradients_are_those_of_finite_differences(which: int) -> None:
    features, labels = photos()
    parameters = start()
    found, loss = paper_head.gradients(parameters, features.astype(np.float64), labels)
    assert loss == pytest.approx(mean_loss(parameters, features, labels))
    assert found[which].shape == parameters[which].shape
    step = 1e-6
    for index in np.ndindex(parameters[which].shape):
        sides = []
        for sign in (1, -1):
            moved = [p.copy() for p in parameters]
            moved[which][index] += sign * step
            sides.append(mean_loss(tuple(moved), features, labels))
        assert found[which][index] == pytest.approx((sides[0] - sides[1]) / (2 * step), abs=1e-6)


def descend(steps: int, seed: int = 0, count: int = N) -> tuple[tuple[np.ndarray, ...], float]:
    features, labels = photos()
    return paper_head.local_descent(
        features[:count],
        labels[:count],
        start(),
        steps=steps,
        batch_size=15,
        learning_rate=0.02,
        generator=np.random.default_rng(seed),
    )


def test_descent_lowers_the_loss_with_more_photos_a_step_than_there_are() -> None:
    features, labels = photos()
    losses = [mean_loss(descend(steps)[0], features, labels) for steps in (0, 10, 60)]
    assert losses[0] == pytest.approx(mean_loss(start(), features, labels))
    assert losses[2] < losses[1] < losses[0]


def test_the_start_is_left_alone_and_draws_follow_the_seed() -> None:
    before = start()
    features, labels = photos()
    paper_head.local_descent(
        features,
        labels,
        before,
        steps=3,
        batch_size=5,
        learning_rate=0.1,
        generator=np.random.default_rng(0),
    )
    assert all(np.array_equal(a, b) for a, b in zip(before, start(), strict=True))
    assert np.array_equal(descend(5)[0][0], descend(5)[0][0])
    assert not np.array_equal(descend(5)[0][0], descend(5, seed=1)[0][0])


def test_descent_without_photos_stays_where_it_is() -> None:
    found, loss = descend(5, count=0)
    assert all(np.array_equal(a, b) for a, b in zip(found, start(), strict=True))
    assert loss == 0


def test_the_embedding_is_the_second_layer_at_length_one() -> None:
    features, _ = photos()
    parameters = start()
    found = paper_head.embedding(features, parameters)
    assert found.shape == (N, WIDTH)
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    layer = (features @ parameters[0] + parameters[1]) @ parameters[2] + parameters[3]
    assert np.allclose(found, layer / np.linalg.norm(layer, axis=1, keepdims=True), atol=1e-5)
