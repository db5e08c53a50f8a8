"""P@10 and mAP against a slow, literal reading of their definitions."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from letspic_desktop.retrieval import metrics
from letspic_desktop.retrieval.metrics import (
    Quality,
    quality_per_query,
    ranking,
    retrieval_quality,
)
from letspic_shared.errors import KnownError


def slow_figures(embeddings, labels, query):
    """P@10 and average precision of one query, word for word; None where nothing is relevant."""
    others = [row for row in range(len(labels)) if row != query]
    scores = {row: float(np.dot(embeddings[query], embeddings[row])) for row in others}
    others.sort(key=lambda row: (-scores[row], row))
    right = [bool(labels[row] == labels[query]) for row in others]
    relevant = sum(right)
    if relevant == 0:
        return None
    first = min(10, relevant)
    precisions = [sum(right[: rank + 1]) / (rank + 1) for rank in range(len(right)) if right[rank]]
    return sum(right[:first]) / first, sum(precisions) / relevant


@st.composite
def photos(draw):
    # Whole numbers: every dot product is exact, so equal scores are really equal and ties are common.
    count = draw(st.integers(2, 40))
    embeddings = draw(hnp.arrays(np.float32, (count, draw(st.integers(1, 3))), elements=st.integers(-3, 3)))
    labels = draw(hnp.arrays(np.int64, count, elements=st.integers(-2, 3)))
    return embeddings, labels


@given(photos(), st.data())
@settings(deadline=None, max_examples=150)
def test_same_as_the_definition(case, data):
    embeddings, labels = case
    asked = data.draw(hnp.arrays(np.bool_, len(labels)))
    block = data.draw(st.sampled_from([1, 100, 10_000]))
    slow = {row: slow_figures(embeddings, labels, row) for row in np.flatnonzero(asked)}
    expected = {row: figures for row, figures in slow.items() if figures}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "_SCORES_PER_BLOCK", block)
        found = quality_per_query(embeddings, labels, queries=asked)

    assert found.rows.tolist() == list(expected)
    assert found.skipped == len(slow) - len(expected)
    np.testing.assert_allclose(found.p10, [p for p, _ in expected.values()], rtol=1e-12)
    np.testing.assert_allclose(found.average_precision, [ap for _, ap in expected.values()], rtol=1e-12)


@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 4), st.integers(2, 60)),
        elements=st.floats(-(2.0**100), 2.0**100, width=32, allow_subnormal=False) | st.sampled_from([0.0, -0.0, 1.0]),
    )
)
def test_sort_keys_order_any_score_and_keep_ties_by_row(scores):
    keys = metrics._sort_keys(scores)
    keys.sort(axis=1)
    order = (keys & metrics._ROW_MASK).astype(np.int64)
    assert np.array_equal(order, np.argsort(-scores, axis=1, kind="stable"))


def test_hand_made_case():
    # Query 0 sees 1 (wrong), 2 (right), 3 (right): P@10 over the first two, AP = (1/2 + 2/3) / 2.
    embeddings = np.array([[1, 0], [0.9, 0], [0.8, 0], [0.7, 0]], np.float32)
    found = quality_per_query(embeddings, np.array([0, 1, 0, 0]), queries=np.array([True, False, False, False]))
    assert found.p10.tolist() == [0.5]
    assert found.average_precision[0] == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_a_photo_is_not_its_own_result():
    order = ranking(np.ones((5, 2), np.float32), np.arange(5))
    assert order.shape == (5, 4)
    assert all(row not in order[row] for row in range(5))
    assert order[2].tolist() == [0, 1, 3, 4]


def test_only_the_first_ten_count_for_p10():
    # 30 relevant photos: ten right ones first, then a wrong one, then the other right ones.
    scores = np.linspace(1, 0.1, 32, dtype=np.float32)[:, None]
    labels = np.zeros(32, np.int64)
    labels[11] = 1
    first = quality_per_query(scores, labels, queries=np.arange(32) == 0)
    assert first.p10.tolist() == [1.0]
    assert first.average_precision[0] < 1


def test_perfect_and_hopeless():
    labels = np.repeat(np.arange(4), 6)
    perfect = np.eye(4, dtype=np.float32)[labels]
    assert retrieval_quality(perfect, labels) == Quality(p10=1.0, map=1.0, queries=24)
    apart = np.eye(24, dtype=np.float32) - 1
    assert retrieval_quality(apart, labels).map < 0.5


def test_queries_without_relevant_photo_are_counted_and_skipped():
    embeddings = np.eye(5, dtype=np.float32)
    found = quality_per_query(embeddings, np.array([0, 0, 1, 2, 2]))
    assert (found.rows.tolist(), found.skipped) == ([0, 1, 3, 4], 1)
    assert found.quality().skipped == 1
    assert np.isfinite(found.average_precision).all()


def test_means_of_each_album():
    rng = np.random.default_rng(0)
    embeddings, labels = rng.normal(size=(60, 8)).astype(np.float32), rng.integers(0, 4, 60)
    found = quality_per_query(embeddings, labels)
    means = found.by_label()
    assert sorted(means) == [0, 1, 2, 3]
    weighted = sum(one.map * one.queries for one in means.values()) / sum(one.queries for one in means.values())
    assert weighted == pytest.approx(found.quality().map)
    assert means[2].p10 == pytest.approx(found.p10[found.labels == 2].mean())


def test_nothing_to_find_is_said():
    with pytest.raises(KnownError, match="at least two photos"):
        retrieval_quality(np.eye(3, dtype=np.float32), np.arange(3))
    with pytest.raises(KnownError):
        retrieval_quality(np.empty((0, 4), np.float32), np.empty(0, np.int64))


@pytest.mark.parametrize(
    ("embeddings", "labels", "queries"),
    [
        (np.ones((3, 2)), np.arange(2), None),
        (np.ones(3), np.arange(3), None),
        (np.ones((3, 2)), np.ones(3), None),
        (np.full((3, 2), np.nan), np.arange(3), None),
        (np.ones((3, 2)), np.arange(3), np.array([0, 1])),
        (np.ones((3, 2)), np.arange(3), np.ones(2, bool)),
    ],
)
def test_wrong_input_is_refused(embeddings, labels, queries):
    with pytest.raises(ValueError):
        retrieval_quality(embeddings, labels, queries=queries)


def test_many_photos_do_not_need_a_square_matrix():
    rng = np.random.default_rng(0)
    count = 12_000
    embeddings, labels = rng.normal(size=(count, 4)).astype(np.float32), rng.integers(0, 100, count)
    asked = np.zeros(count, np.bool_)
    asked[::12] = True
    tracemalloc.start()
    retrieval_quality(embeddings, labels, queries=asked)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6 < count * count * 4
