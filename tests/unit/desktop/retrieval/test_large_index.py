"""The store on disk finds exactly what comparing with every photo finds, and reads few photos for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from letspic_desktop.retrieval import sketches
from letspic_desktop.retrieval.exact_index import ExactStore
from letspic_desktop.retrieval.index import Space
from letspic_desktop.retrieval.large_index import LargeStore
from letspic_desktop.retrieval.vector_file import VectorFile
from letspic_shared.errors import KnownError

SPACE = Space(backbone="b")
COUNT, LENGTH = 3000, 400


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Clusters of unequal width in a space larger than the sketch, some photos there twice."""
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(40, LENGTH)) * np.linspace(2, 0.05, LENGTH)
    found = middles[rng.integers(0, 40, COUNT)] + 0.3 * rng.normal(size=(COUNT, LENGTH)) * np.linspace(1, 0.2, LENGTH)
    found[1::50] = found[::50]
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found.astype(np.float32)


@pytest.fixture
def stores(tmp_path: Path, vectors: np.ndarray) -> tuple[LargeStore, ExactStore]:
    photos = [f"{number:05d}" for number in range(COUNT)]
    large, exact = LargeStore(tmp_path), ExactStore()
    blocks = ((photos[start : start + 512], vectors[start : start + 512]) for start in range(0, COUNT, 512))
    large.replace_by_blocks(SPACE, blocks, total=COUNT)
    exact.replace(SPACE, photos, vectors)
    return large, exact


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many vectors were read from the disk, call by call."""
    counts: list[int] = []
    plain = VectorFile.read

    def counting(self: VectorFile, numbers: np.ndarray) -> np.ndarray:
        counts.append(len(numbers))
        return plain(self, numbers)

    monkeypatch.setattr(VectorFile, "read", counting)
    return counts


def queries(vectors: np.ndarray) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    odd = rng.normal(size=(3, LENGTH)).astype(np.float32)
    return [*vectors[[0, 50, 777]], *odd, 30 * odd[0], np.zeros(LENGTH, np.float32), -vectors[9]]


@pytest.mark.parametrize(("top", "offset"), [(1, 0), (24, 0), (24, 240), (100, 2950), (3000, 0)])
def test_finds_what_comparing_with_every_photo_finds(
    stores: tuple[LargeStore, ExactStore], vectors: np.ndarray, top: int, offset: int
) -> None:
    large, exact = stores
    away = {"00000", "00777", "nobody"}
    for query in queries(vectors):
        ours = large.search(SPACE, query, top, offset=offset, exclude=away)
        theirs = exact.search(SPACE, query, top, offset=offset, exclude=away)
        scale = float(np.linalg.norm(query))
        assert len(ours) == len(theirs) == min(top, COUNT - 2 - offset)
        assert [hit.score for hit in ours] == pytest.approx([hit.score for hit in theirs], abs=1e-6 * max(scale, 1))
        # Two engines round differently: only photos of the same score may trade places.
        rows = [int(hit.photo) for hit in ours]
        assert vectors[rows].astype(float) @ query == pytest.approx([hit.score for hit in theirs], abs=2e-6 * scale)
        assert len(set(rows)) == len(rows)


def test_pages_fit_together_however_long_they_are(stores: tuple[LargeStore, ExactStore], vectors: np.ndarray) -> None:
    large, _ = stores
    ranking = large.ranked(SPACE, vectors[5], exclude=["00005"])
    whole = ranking.page(5000)
    assert len(whole) == len(ranking) == COUNT - 1
    for size in (7, 24, 311):
        assert [hit for offset in range(0, COUNT, size) for hit in ranking.page(size, offset)] == whole


def test_reads_few_vectors_for_a_first_page(
    stores: tuple[LargeStore, ExactStore], vectors: np.ndarray, read: list[int]
) -> None:
    large, _ = stores
    for row in range(0, COUNT, 300):
        large.search(SPACE, vectors[row], 24)
    assert sum(read) < 10 * 0.1 * COUNT


def test_photos_of_other_places_join_the_ranking(stores: tuple[LargeStore, ExactStore], vectors: np.ndarray) -> None:
    others = {"elsewhere": 0.93, "00042": 2.0, "00005": 3.0, "00100": -5.0, "far": -9.0}
    large, exact = (store.ranked(SPACE, vectors[5], exclude=["00005"]).joined(others) for store in stores)
    assert len(large) == len(exact) == COUNT + 1
    assert set(large.added) == set(exact.added) == {"elsewhere", "far"}
    for top, offset in ((1, 0), (30, 0), (50, 20), (40, COUNT - 20), (5000, 0)):
        ours, theirs = large.page(top, offset), exact.page(top, offset)
        assert [hit.score for hit in ours] == pytest.approx([hit.score for hit in theirs], abs=1e-6)
    assert large.page(1)[0].photo == "00042"
    assert large.page(5000)[-1].photo == "far"


def test_a_search_that_was_begun_still_reads_what_was_replaced(
    stores: tuple[LargeStore, ExactStore], vectors: np.ndarray
) -> None:
    large, _ = stores
    ranking = large.ranked(SPACE, vectors[5])
    before = ranking.page(50)
    large.replace(SPACE, ["new"], vectors[:1])
    assert ranking.page(50) == before
    assert [hit.photo for hit in large.search(SPACE, vectors[5], 50)] == ["new"]


def test_a_full_disk_is_said_and_changes_nothing(
    stores: tuple[LargeStore, ExactStore], vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, _ = stores
    before = large.search(SPACE, vectors[0], 10)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.pwrite", full)
    with pytest.raises(KnownError, match="full") as caught:
        large.add(SPACE, ["new"], vectors[:1])
    assert caught.value.action
    assert large.search(SPACE, vectors[0], 10) == before


def test_the_sketch_is_short(stores: tuple[LargeStore, ExactStore]) -> None:
    large, _ = stores
    assert large._snapshot is not None
    assert large._snapshot.sketch.shape[1] == sketches.DIRECTIONS < LENGTH
