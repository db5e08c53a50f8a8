"""Scores in words: a share of the highest score possible, in the order of the scores."""

from __future__ import annotations

import numpy as np
import pytest

from letspic_desktop.retrieval.embedder import BareEmbedder, HeadEmbedder
from letspic_desktop.retrieval.likeness import highest_score, likeness
from letspic_desktop.retrieval.search import refine
from letspic_shared.head import Head


def head(rng, dimension=12, classes=4):
    return Head(
        weights=rng.normal(size=(dimension, classes)) * 4,
        bias=rng.normal(size=classes),
        mean=rng.normal(size=dimension) * 0.1,
        classes=tuple("abcd"),
        backbone="0" * 64,
        version=1,
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("marked", [False, True])
def test_no_photo_reaches_more_and_the_order_stays(seed, trained, marked):
    rng = np.random.default_rng(seed)
    embedder = HeadEmbedder(head=head(rng)) if trained else BareEmbedder()
    rows = embedder.embed(np.abs(rng.normal(size=(400, 12))).astype(np.float32))
    query = refine(rows[0], rows[1:4], rows[4:6]) if marked else rows[0]
    scores, highest = rows @ query, highest_score(embedder, query)
    assert scores.max() <= highest * (1 + 1e-6)
    shares = [likeness(float(score), highest) for score in scores]
    assert all(0 <= share <= 1 for share in shares)
    order = np.argsort(scores)
    assert (np.diff(np.array(shares)[order]) >= 0).all()
    assert len({shares[row] for row in np.flatnonzero(scores > 0)}) == len({*scores[scores > 0].tolist()})


def test_the_bound_is_reached():
    """By a photo of the same direction that is surely of the query's most probable class."""
    embedder = HeadEmbedder(head=head(np.random.default_rng(0)))
    query = embedder.embed(np.abs(np.random.default_rng(1).normal(size=(1, 12))).astype(np.float32))[0]
    best = np.concatenate([np.eye(4, dtype=np.float32)[query[:4].argmax()], query[4:]])
    assert best @ query == pytest.approx(highest_score(embedder, query), rel=1e-5)


def test_a_bare_copy_is_all_alike_and_nothing_is_less_than_nothing():
    row = BareEmbedder().embed(np.ones((1, 5), np.float32))[0]
    assert likeness(float(row @ row), highest_score(BareEmbedder(), row)) == pytest.approx(1.0)
    assert likeness(-0.3, 1.0) == 0.0
    assert likeness(0.5, 0.0) == 0.0
