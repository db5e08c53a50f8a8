"""Ranking, one page list from several places, and good/bad marks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letspic_desktop.retrieval.index import Ranked
from letspic_desktop.retrieval.ranking import FoundRanking
from letspic_desktop.retrieval.search import DeviceHit, Found, rank, refine

SCORES = st.integers(0, 4).map(float)
PHOTOS = st.sampled_from("abcdefgh")


def test_rank_is_stable():
    embeddings = np.array([[1, 0], [2, 0], [1, 5], [2, 0]], np.float32)
    order, scores = rank(embeddings, np.array([1, 0], np.float32))
    assert order.tolist() == [1, 3, 0, 2]
    assert scores.tolist() == [2, 2, 1, 1]


def found(desktop, devices, **page):
    """Return a page of everything that the desktop (photo -> score) and devices found."""
    ranked = Ranked(list(desktop), np.array(list(desktop.values()), np.float32))
    ranking = FoundRanking(ranked, devices, exclude=page.pop("exclude", ""))
    return ranking.page(page.get("top", len(ranking)), page.get("offset", 0))


def test_results_are_one_ranking_that_says_where_a_photo_lives():
    devices = [
        DeviceHit(device="pi", photo="b", score=0.75),
        DeviceHit(device="pi", photo="c", score=0.625),
        DeviceHit(device="attic", photo="b", score=0.6875),
    ]
    assert found({"a": 0.875, "c": 0.5}, devices) == [
        Found(photo="a", score=0.875, on_desktop=True),
        Found(photo="b", score=0.75, on_desktop=False, devices=("attic", "pi")),
        Found(photo="c", score=0.625, on_desktop=True, devices=("pi",)),
    ]


def test_the_query_is_not_found_on_a_device_either():
    devices = [DeviceHit(device="pi", photo="q", score=1.0), DeviceHit(device="pi", photo="b", score=0.5)]
    assert [one.photo for one in found({"a": 0.25}, devices, exclude="q")] == ["b", "a"]


@given(st.dictionaries(PHOTOS, SCORES), st.dictionaries(st.tuples(st.sampled_from(["pi", "attic"]), PHOTOS), SCORES))
def test_pages_list_every_photo_once_by_score(on_desktop, on_devices):
    devices = [DeviceHit(device=device, photo=photo, score=score) for (device, photo), score in on_devices.items()]
    whole = found(on_desktop, devices, top=100)
    assert {one.photo for one in whole} == {*on_desktop, *(photo for _, photo in on_devices)}
    assert len({one.photo for one in whole}) == len(whole)
    assert whole == sorted(whole, key=lambda one: (-one.score, one.photo))
    assert whole == found(on_desktop, list(reversed(devices)), top=100)
    assert [one for offset in range(0, 12, 3) for one in found(on_desktop, devices, top=3, offset=offset)] == whole
    for one in whole:
        assert one.on_desktop == (one.photo in on_desktop)
        assert one.devices == tuple(sorted(device for device, photo in on_devices if photo == one.photo))


@pytest.mark.parametrize("levels", [3, 100_000])
def test_deep_pages_go_on_where_the_first_ones_end(levels):
    """Many equal scores and few, read in small pages and large ones, from the front and from anywhere."""
    scores = np.random.default_rng(levels).integers(0, levels, 2500).astype(np.float32)
    photos = [f"{number:04d}" for number in np.random.default_rng(1).permutation(2500)]
    scores[7] = -np.inf
    order = sorted(zip(photos, scores, strict=True), key=lambda one: (-one[1], one[0]))[:-1]
    for step in (24, 120, 999):
        ranked = Ranked(photos, scores)
        pages = [hit for offset in range(0, 2600, step) for hit in ranked.page(step, offset)]
        assert [(hit.photo, hit.score) for hit in pages] == [(photo, float(score)) for photo, score in order]
    assert len(ranked) == 2499
    assert [hit.photo for hit in Ranked(photos, scores).page(5, 2000)] == [photo for photo, _ in order[2000:2005]]


def test_refine_is_rocchio():
    query, good, bad = np.array([1, 0, 0]), np.array([[0, 1, 0], [0, 3, 0]]), np.array([[0, 0, 1]])
    refined = refine(query, good, bad)
    assert refined.dtype == np.float32
    np.testing.assert_allclose(refined, [1, 1.5, -0.15])
    np.testing.assert_array_equal(refine(query, [], []), query)


@pytest.mark.parametrize("seed", range(3))
def test_marks_improve_the_ranking(seed):
    """Two albums that overlap: marking the first page raises the share of right photos on it."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(2, 32)) * 0.5
    labels = np.repeat([0, 1], 200)
    photos = (centres[labels] + rng.normal(size=(400, 32))).astype(np.float32)
    photos /= np.linalg.norm(photos, axis=1, keepdims=True)
    before, after = [], []
    for query in range(0, 400, 20):
        order, _ = rank(photos, photos[query])
        page = order[1:11]
        right = labels[page] == labels[query]
        refined = refine(photos[query], photos[page[right]], photos[page[~right]])
        marked = {query, *page.tolist()}

        def share(vector, marked=marked, query=query):
            unmarked = [row for row in rank(photos, vector)[0] if row not in marked]
            return np.mean(labels[unmarked[:100]] == labels[query])

        before.append(share(photos[query]))
        after.append(share(refined))
    assert np.mean(after) > np.mean(before) + 0.03
