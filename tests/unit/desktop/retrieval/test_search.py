"""Ranking, one page list from several places, and good/bad marks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letspic_desktop.retrieval.index import Hit
from letspic_desktop.retrieval.search import DeviceHit, Found, merge, rank, refine

SCORES = st.integers(0, 4).map(float)
PHOTOS = st.sampled_from("abcdefgh")


def test_rank_is_stable():
    embeddings = np.array([[1, 0], [2, 0], [1, 5], [2, 0]], np.float32)
    order, scores = rank(embeddings, np.array([1, 0], np.float32))
    assert order.tolist() == [1, 3, 0, 2]
    assert scores.tolist() == [2, 2, 1, 1]


def test_merge_interleaves_by_score_and_says_where_a_photo_lives():
    desktop = [Hit(photo="a", score=0.9), Hit(photo="c", score=0.5)]
    devices = [
        DeviceHit(device="pi", photo="b", score=0.7),
        DeviceHit(device="pi", photo="c", score=0.6),
        DeviceHit(device="attic", photo="b", score=0.65),
    ]
    assert merge(desktop, devices) == [
        Found(photo="a", score=0.9, on_desktop=True),
        Found(photo="b", score=0.7, on_desktop=False, devices=("attic", "pi")),
        Found(photo="c", score=0.6, on_desktop=True, devices=("pi",)),
    ]


@given(st.dictionaries(PHOTOS, SCORES), st.dictionaries(st.tuples(st.sampled_from(["pi", "attic"]), PHOTOS), SCORES))
def test_merged_pages_list_every_photo_once_by_score(on_desktop, on_devices):
    desktop = [Hit(photo=photo, score=score) for photo, score in on_desktop.items()]
    devices = [DeviceHit(device=device, photo=photo, score=score) for (device, photo), score in on_devices.items()]
    whole = merge(desktop, devices)
    assert {one.photo for one in whole} == {*on_desktop, *(photo for _, photo in on_devices)}
    assert len({one.photo for one in whole}) == len(whole)
    assert whole == sorted(whole, key=lambda one: (-one.score, one.photo))
    assert whole == merge(desktop, reversed(devices))
    assert [one for offset in range(0, 12, 3) for one in merge(desktop, devices, top=3, offset=offset)] == whole
    for one in whole:
        assert one.on_desktop == (one.photo in on_desktop)
        assert one.devices == tuple(sorted(device for device, photo in on_devices if photo == one.photo))


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
