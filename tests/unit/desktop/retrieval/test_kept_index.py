"""A large index is there at once at the next start, is what it was, and is believed only when it fits the catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from letspic_desktop.batch import ProcessEngine
from letspic_desktop.home import Home
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.importer import import_photos
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval import kept_index, library_index
from letspic_desktop.retrieval.embedder import BareEmbedder
from letspic_desktop.retrieval.index import Hit, Space
from letspic_desktop.retrieval.large_index import LargeStore
from letspic_desktop.retrieval.library_index import LibraryIndex
from letspic_desktop.retrieval.samples import render_samples

if TYPE_CHECKING:
    from letspic_desktop.backbones.store import Backbone


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setattr(library_index, "_IN_MEMORY_BYTES", 0)
    monkeypatch.setattr(library_index, "_ROWS", 4)
    render_samples(tmp_path / "samples", per_album=1, seed=0)
    opened = Catalog.open(Home.open(tmp_path / "home"))
    import_photos(opened, [tmp_path / "samples"])
    yield opened
    opened.close()


@pytest.fixture
def start(catalog: Catalog, backbone: Backbone) -> Callable[[], LargeStore]:
    """Return the store of a program that starts anew."""

    def started(head: str = "") -> LargeStore:
        store = LibraryIndex(catalog, ProcessEngine()).store(backbone, head, BareEmbedder(), Progress())
        assert isinstance(store, LargeStore)
        return store

    return started


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many stores were built anew, and how many photos they were to hold."""
    found: list[int] = []
    plain = LargeStore.replace_by_blocks

    def counting(self: LargeStore, *arguments: object, total: int = 0) -> list[str]:
        found.append(total)
        return plain(self, *arguments, total=total)  # type: ignore[arg-type]

    monkeypatch.setattr(LargeStore, "replace_by_blocks", counting)
    return found


def files(catalog: Catalog, suffix: str) -> list[Path]:
    return sorted((catalog.home.root / "indexes").glob(f"*{suffix}"))


def rankings(store: LargeStore, catalog: Catalog, backbone: Backbone) -> list[list[Hit]]:
    space = Space(backbone=backbone.sha256)
    return [store.search(space, store.vectors(space, [photo])[0], 99) for photo in catalog.photos.all()]


def test_the_next_start_builds_nothing_and_finds_the_same(
    start: Callable[[], LargeStore], catalog: Catalog, backbone: Backbone, builds: list[int]
) -> None:
    first = rankings(start(), catalog, backbone)
    assert rankings(start(), catalog, backbone) == first
    assert builds == [10]
    assert [len(files(catalog, suffix)) for suffix in (".sketch", ".vectors")] == [1, 1]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files(catalog, ""))


def test_photos_that_came_and_went_between_two_starts(
    start: Callable[[], LargeStore], catalog: Catalog, backbone: Backbone, builds: list[int], tmp_path: Path
) -> None:
    start()
    render_samples(tmp_path / "more", per_album=1, seed=1)
    import_photos(catalog, sorted((tmp_path / "more").rglob("*.jpg"))[:3])
    gone = catalog.photos.all()[4]
    catalog.photos.trash([gone])
    for _ in range(2):
        store = start()
        assert len(store) == len(catalog.photos.all()) == 12
        assert gone not in {hit.photo for hit in rankings(store, catalog, backbone)[0]}
    assert builds == [10]


@pytest.mark.parametrize("suffix", [".sketch", ".vectors"])
@pytest.mark.parametrize("harm", ["shorter", "other bytes", "gone"])
def test_a_file_that_came_to_harm(
    start: Callable[[], LargeStore], catalog: Catalog, backbone: Backbone, builds: list[int], suffix: str, harm: str
) -> None:
    first = rankings(start(), catalog, backbone)
    (path,) = files(catalog, suffix)
    data = path.read_bytes()
    if harm == "gone":
        path.unlink()
    elif harm == "shorter":
        path.write_bytes(data[: len(data) - 100])
    else:
        path.write_bytes(data[:1000] + bytes(byte ^ 0x15 for byte in data[1000:]))
    again = rankings(start(), catalog, backbone)
    assert [[hit.photo for hit in one] for one in again] == [[hit.photo for hit in one] for one in first]
    np.testing.assert_allclose([[hit.score for hit in one] for one in again], [[h.score for h in o] for o in first])
    assert builds == [10, 10]
    assert [len(files(catalog, suffix)) for suffix in (".sketch", ".vectors")] == [1, 1]


def test_an_index_of_other_vectors_is_not_believed(
    start: Callable[[], LargeStore], catalog: Catalog, backbone: Backbone, builds: list[int]
) -> None:
    start()
    rng = np.random.default_rng(0)
    other = rng.uniform(0, 1, (10, backbone.dim)).astype(np.float32)
    catalog.features.put_many(backbone.sha256, zip(catalog.photos.all(), other, strict=True))
    store = start()
    photo = catalog.photos.all()[3]
    np.testing.assert_allclose(
        store.vectors(Space(backbone=backbone.sha256), [photo])[0], BareEmbedder().embed(other[3:4])[0], atol=1e-6
    )
    assert builds == [10, 10]


def test_only_some_are_kept_and_one_of_each_group(start: Callable[[str], LargeStore], catalog: Catalog) -> None:
    for head in ("", "one:1", "one:2", "two:1"):
        start(head)
        assert len(files(catalog, ".sketch")) == len(files(catalog, ".vectors"))
    assert len(files(catalog, ".sketch")) == 3
    for head in ("three:1", "four:1"):
        start(head)
    assert len(files(catalog, ".sketch")) == len(files(catalog, ".vectors")) == 3


def test_a_disk_that_is_nearly_full_keeps_none(
    start: Callable[[], LargeStore], catalog: Catalog, builds: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_index, "_LEFT_FREE_BYTES", 1 << 62)
    start()
    start()
    assert builds == [10, 10]
    assert not files(catalog, "")
