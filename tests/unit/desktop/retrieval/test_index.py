"""The contract of `VectorStore`: every implementation passes all of these."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letspic_desktop.retrieval.exact_index import ExactStore
from letspic_desktop.retrieval.index import Hit, OtherSpaceError, Space
from letspic_desktop.retrieval.large_index import LargeStore

RAW = Space(backbone="b0")
TUNED = Space(backbone="b0", head="v1")


@pytest.fixture(params=[ExactStore, LargeStore])
def store(request, tmp_path):
    return request.param(tmp_path) if request.param is LargeStore else request.param()


def ids(count, start=0):
    return [f"{number:04d}" for number in range(start, start + count)]


def random_vectors(count, length=6, seed=0):
    return np.random.default_rng(seed).normal(size=(count, length)).astype(np.float32)


def test_a_new_store_is_empty(store):
    assert store.space is None
    assert len(store) == 0
    store.remove(["nothing"])
    with pytest.raises(OtherSpaceError):
        store.search(RAW, np.ones(3, np.float32), 5)


def test_ranks_by_dot_product(store):
    vectors, query = random_vectors(50), random_vectors(1, seed=1)[0]
    store.replace(RAW, ids(50), vectors)
    hits = store.search(RAW, query, 50)
    expected = vectors @ query
    assert [hit.photo for hit in hits] == [ids(50)[row] for row in np.argsort(-expected)]
    np.testing.assert_allclose([hit.score for hit in hits], np.sort(expected)[::-1], rtol=1e-5)


def test_pages_list_every_photo_once_in_the_order_of_one_long_page(store):
    # Few distinct scores, so that most page borders fall between equal ones.
    vectors = np.random.default_rng(3).integers(-1, 2, (97, 2)).astype(np.float32)
    store.replace(RAW, ids(97), vectors)
    query = np.ones(2, np.float32)
    whole = store.search(RAW, query, 97)
    pages = [hit for offset in range(0, 140, 7) for hit in store.search(RAW, query, 7, offset=offset)]
    assert pages == whole
    assert sorted(hit.photo for hit in whole) == ids(97)
    assert whole == sorted(whole, key=lambda hit: (-hit.score, hit.photo))


def test_is_never_silently_capped(store):
    store.replace(RAW, ids(3000), random_vectors(3000))
    assert len(store.search(RAW, np.ones(6, np.float32), 10**9)) == 3000
    assert store.search(RAW, np.ones(6, np.float32), 5, offset=3000) == []
    assert store.search(RAW, np.ones(6, np.float32), 0) == []


def test_order_does_not_depend_on_the_order_of_adding(store):
    photos, vectors = ids(20), np.ones((20, 2), np.float32)
    store.replace(RAW, photos[:0:-1], vectors[1:])
    store.add(RAW, photos[:1], vectors[:1])
    assert [hit.photo for hit in store.search(RAW, vectors[0], 20)] == photos


def test_excluded_photos_leave_no_gap(store):
    store.replace(RAW, ids(5), np.arange(5, dtype=np.float32)[:, None])
    query = np.ones(1, np.float32)
    assert store.search(RAW, query, 2, exclude={"0004", "not there"}) == [
        Hit(photo="0003", score=3.0),
        Hit(photo="0002", score=2.0),
    ]
    assert [hit.photo for hit in store.search(RAW, query, 9, offset=1, exclude=["0003"])] == ["0002", "0001", "0000"]
    assert store.search(RAW, query, 9, exclude=ids(5)) == []


def test_vectors_of_another_space_are_never_compared(store):
    store.replace(RAW, ids(3), random_vectors(3))
    query = np.ones(6, np.float32)
    for other in (TUNED, Space(backbone="b1")):
        with pytest.raises(OtherSpaceError, match="Search again"):
            store.search(other, query, 3)
        with pytest.raises(OtherSpaceError):
            store.add(other, ["x"], query[None])
        with pytest.raises(OtherSpaceError):
            store.vectors(other, ids(1))
    store.replace(TUNED, ids(2), random_vectors(2, length=9))
    assert store.space == TUNED
    assert len(store.search(TUNED, np.ones(9, np.float32), 5)) == 2


def test_add_changes_what_is_there_and_remove_takes_out(store):
    store.replace(RAW, ["a", "b"], np.array([[1.0], [2.0]], np.float32))
    store.add(RAW, ["b", "c"], np.array([[0.0], [3.0]], np.float32))
    query = np.ones(1, np.float32)
    assert [hit.photo for hit in store.search(RAW, query, 9)] == ["c", "a", "b"]
    store.remove(["a", "zzz"])
    assert len(store) == 2
    assert [hit.photo for hit in store.search(RAW, query, 9)] == ["c", "b"]
    store.remove(["b", "c"])
    assert store.search(RAW, query, 9) == []
    store.add(RAW, ["d"], np.array([[1.0, 2.0]], np.float32))
    assert len(store) == 1


def test_gives_vectors_back_in_the_order_asked(store):
    vectors = random_vectors(5)
    store.replace(RAW, ids(5), vectors)
    np.testing.assert_array_equal(store.vectors(RAW, ["0003", "none", "0001"]), vectors[[3, 1]])
    assert store.vectors(RAW, []).shape == (0, 6)


def test_keeps_its_own_copy(store):
    vectors = random_vectors(4)
    store.replace(RAW, ids(4), vectors)
    before = store.search(RAW, np.ones(6, np.float32), 4)
    vectors[:] = 0
    assert store.search(RAW, np.ones(6, np.float32), 4) == before


@pytest.mark.parametrize(
    ("photos", "vectors"),
    [
        (["a"], np.ones((2, 3))),
        (["a", "a"], np.ones((2, 3))),
        (["a"], np.ones(3)),
        (["a"], np.array([[np.inf, 0, 0]])),
    ],
)
def test_wrong_vectors_change_nothing(store, photos, vectors):
    store.replace(RAW, ["old"], np.ones((1, 3), np.float32))
    for change in (store.replace, store.add):
        with pytest.raises(ValueError):
            change(RAW, photos, vectors)
    assert [hit.photo for hit in store.search(RAW, np.ones(3, np.float32), 9)] == ["old"]


def test_wrong_questions_are_refused(store):
    store.replace(RAW, ["a"], np.ones((1, 3), np.float32))
    query = np.ones(3, np.float32)
    for vector, top, offset in ((query[:2], 1, 0), (query * np.nan, 1, 0), (query, -1, 0), (query, 1, -1)):
        with pytest.raises(ValueError):
            store.search(RAW, vector, top, offset=offset)
    with pytest.raises(ValueError):
        store.add(RAW, ["b"], np.ones((1, 4), np.float32))


@given(st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 9))), max_size=12))
def test_any_history_equals_the_photos_that_are_left(history):
    store = ExactStore()
    store.replace(RAW, [], np.empty((0, 1), np.float32))
    left = {}
    for time, (adds, numbers) in enumerate(history):
        photos = [str(number) for number in sorted(numbers)]
        if adds:
            store.add(RAW, photos, np.full((len(photos), 1), time, np.float32))
            left |= dict.fromkeys(photos, float(time))
        else:
            store.remove(photos)
            left = {photo: score for photo, score in left.items() if photo not in photos}
    hits = store.search(RAW, np.ones(1, np.float32), 99)
    assert [(hit.photo, hit.score) for hit in hits] == sorted(left.items(), key=lambda one: (-one[1], one[0]))


def test_readers_see_the_old_photos_or_the_new_ones_never_a_mix(store):
    spaces = [Space(backbone="b", head=str(version)) for version in range(2)]
    contents = [(ids(400, start=version * 1000), np.full((400, 3), version, np.float32)) for version in range(2)]
    store.replace(spaces[0], *contents[0])
    stop, mixed, seen = threading.Event(), [], set()

    def read():
        while not stop.is_set():
            for version, space in enumerate(spaces):
                try:
                    hits = store.search(space, np.ones(3, np.float32), 1000)
                except OtherSpaceError:
                    continue
                seen.add(version)
                if [hit.photo for hit in hits] != contents[version][0] or {hit.score for hit in hits} != {
                    3.0 * version
                }:
                    mixed.append(hits)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    readers = [threading.Thread(target=read) for _ in range(3)]
    try:
        for reader in readers:
            reader.start()
        for turn in range(300):
            store.replace(spaces[turn % 2], *contents[turn % 2])
    finally:
        stop.set()
        for reader in readers:
            reader.join()
        sys.setswitchinterval(interval)
    assert not mixed
    assert seen


def test_a_reader_keeps_what_it_saw_while_photos_come_and_go(store):
    """Photos that are added, changed and taken out never show up in a search that began before."""
    store.replace(RAW, ids(50), np.zeros((50, 2), np.float32))
    stop, torn = threading.Event(), []

    def read():
        while not stop.is_set():
            scores = {hit.score for hit in store.search(RAW, np.ones(2, np.float32), 10**6)}
            if len(scores) > 1:
                torn.append(scores)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for turn in range(1, 200):
            # All vectors change at once: a search must see one generation only.
            store.add(RAW, ids(50), np.full((50, 2), turn, np.float32))
            store.add(RAW, ids(20, start=100), np.full((20, 2), turn, np.float32))
            store.remove(ids(20, start=100))
    finally:
        stop.set()
        reader.join()
    assert not torn


def test_writers_do_not_lose_each_others_photos(store):
    store.replace(RAW, [], np.empty((0, 2), np.float32))

    def write(first):
        for photo in ids(60, start=first):
            store.add(RAW, [photo], np.ones((1, 2), np.float32))

    writers = [threading.Thread(target=write, args=(first,)) for first in (0, 1000, 2000, 3000)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(store) == 240
