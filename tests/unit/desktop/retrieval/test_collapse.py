"""Near-identical results share a tile; none is lost, whatever the pages are."""

from __future__ import annotations

import numpy as np
import pytest

from letspic_desktop.retrieval.collapse import THRESHOLD, Collapser
from letspic_desktop.retrieval.search import Found


def made(count, seed=0):
    """Return results, and vectors of which every third is nearly the same as the one before it."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, 40))
    for number in range(2, count, 3):
        rows[number] = rows[number - 1] + rng.normal(size=40) * 0.02
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    results = [Found(photo=f"{number:03d}", score=1 - number / count, on_desktop=True) for number in range(count)]
    return results, {one.photo: row for one, row in zip(results, rows, strict=True)}


def tiles(results, vectors, page):
    collapser = Collapser(lambda photos: {photo: vectors[photo] for photo in photos if photo in vectors})
    for start in range(0, len(results), page):
        collapser.take(results[start : start + page])
    return [(tile.first.photo, [one.photo for one in tile.others]) for tile in collapser.tiles]


@pytest.mark.parametrize("page", [1, 2, 7, 300])
def test_pages_do_not_matter_and_nothing_is_lost(page):
    results, vectors = made(300)
    found = tiles(results, vectors, page)
    assert found == tiles(results, vectors, 300)
    assert len(found) == 200
    assert found[1] == ("001", ["002"])
    assert sorted(photo for first, others in found for photo in (first, *others)) == [one.photo for one in results]


def test_photos_without_a_feature_are_like_nothing():
    results, vectors = made(30)
    assert len(tiles(results, {}, 10)) == 30
    del vectors["002"]
    assert ("001", []) in tiles(results, vectors, 10)


def test_a_tile_is_no_chain():
    """Each is like the one before it, but only those near the first share its tile."""
    steps = np.arange(12) * np.arccos(THRESHOLD) * 0.6
    results = [Found(photo=f"{number:02d}", score=1.0, on_desktop=True) for number in range(12)]
    vectors = {
        one.photo: np.array([np.cos(step), np.sin(step)], np.float32) for one, step in zip(results, steps, strict=True)
    }
    found = tiles(results, vectors, 5)
    assert len(found) == 6
    for first, others in found:
        assert all(vectors[first] @ vectors[other] >= THRESHOLD for other in others)


def test_long_rankings_compare_with_the_newest_tiles(monkeypatch):
    monkeypatch.setattr("letspic_desktop.retrieval.collapse._COMPARED", 8)
    results, vectors = made(90)
    found = tiles(results, vectors, 11)
    assert len(found) == 60
    assert sum(len(others) for _, others in found) == 30
