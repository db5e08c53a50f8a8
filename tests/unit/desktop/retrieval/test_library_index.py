"""The index of the library: built once, anew when the library changes, and never in anybody's way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from letspic_desktop.batch import ProcessEngine
from letspic_desktop.home import Home
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.importer import import_photos
from letspic_desktop.progress import Cancelled, Progress
from letspic_desktop.retrieval import library_index
from letspic_desktop.retrieval.embedder import BareEmbedder
from letspic_desktop.retrieval.index import Space
from letspic_desktop.retrieval.large_index import LargeStore
from letspic_desktop.retrieval.library_index import LibraryIndex
from letspic_desktop.retrieval.samples import render_samples
from letspic_shared.errors import KnownError

if TYPE_CHECKING:
    from letspic_desktop.backbones.store import Backbone

BOUND = 10.0


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    render_samples(folder, per_album=1, seed=0)
    return folder


@pytest.fixture
def catalog(tmp_path: Path, samples: Path) -> Iterator[Catalog]:
    opened = Catalog.open(Home.open(tmp_path / "home"))
    import_photos(opened, [samples])
    yield opened
    opened.close()


@pytest.fixture
def index(catalog: Catalog) -> LibraryIndex:
    return LibraryIndex(catalog, ProcessEngine())


class Embedder:
    """Counts, and waits where the test wants."""

    def __init__(self) -> None:
        self.calls = 0
        self.entered = threading.Event()
        self.release = threading.Event()
        self.release.set()

    def embed(self, features: np.ndarray) -> np.ndarray:
        self.calls += 1
        self.entered.set()
        assert self.release.wait(BOUND)
        return BareEmbedder().embed(features)


class Counting:
    """Counts the rows that it embeds."""

    def __init__(self) -> None:
        self.rows = 0

    def embed(self, features: np.ndarray) -> np.ndarray:
        self.rows += len(features)
        return BareEmbedder().embed(features)


def test_a_store_is_built_once_for_a_library(index: LibraryIndex, catalog: Catalog, backbone: Backbone) -> None:
    embedder = Embedder()
    store = index.store(backbone, "", embedder, Progress())
    assert len(store) == 10
    assert index.store(backbone, "", embedder, Progress()) is store
    other = index.store(backbone, "g:1", embedder, Progress())
    assert other is not store
    assert embedder.calls == 2
    assert catalog.features.count(backbone.sha256) == 10
    photo = catalog.photos.all()[0]
    space = Space(backbone=backbone.sha256)
    hit = store.search(space, store.vectors(space, [photo])[0], 1)[0]
    assert (hit.photo, hit.score) == (photo, pytest.approx(1, abs=1e-5))


def test_after_a_change_it_is_built_anew(
    index: LibraryIndex, catalog: Catalog, backbone: Backbone, tmp_path: Path
) -> None:
    index.store(backbone, "", BareEmbedder(), Progress())
    render_samples(tmp_path / "more", per_album=1, seed=1)
    import_photos(catalog, [tmp_path / "more"])
    index.forget()
    assert len(index.store(backbone, "", BareEmbedder(), Progress())) == 20


def test_a_change_while_a_store_is_built_waits_for_nobody_and_is_not_missed(
    index: LibraryIndex, catalog: Catalog, backbone: Backbone, tmp_path: Path
) -> None:
    render_samples(tmp_path / "more", per_album=1, seed=1)
    embedder = Embedder()
    embedder.release.clear()
    built = []
    thread = threading.Thread(target=lambda: built.append(index.store(backbone, "", embedder, Progress())))
    thread.start()
    assert embedder.entered.wait(BOUND)
    import_photos(catalog, [tmp_path / "more"])
    changed = threading.Thread(target=index.forget)
    changed.start()
    changed.join(1.0)
    assert not changed.is_alive()
    embedder.release.set()
    thread.join(BOUND)
    assert len(built[0]) == 10
    assert len(index.store(backbone, "", embedder, Progress())) == 20


def test_a_change_embeds_only_what_is_new(
    index: LibraryIndex, catalog: Catalog, backbone: Backbone, tmp_path: Path
) -> None:
    store = index.store(backbone, "", BareEmbedder(), Progress())
    gone = catalog.photos.all()[:3]
    catalog.photos.trash(gone)
    render_samples(tmp_path / "more", per_album=1, seed=1)
    import_photos(catalog, [tmp_path / "more"])
    index.forget()
    embedder = Counting()
    assert index.store(backbone, "", embedder, Progress()) is store
    assert (len(store), embedder.rows) == (17, 10)
    catalog.photos.restore(gone)
    index.forget()
    assert index.store(backbone, "", embedder, Progress()) is store
    assert (len(store), embedder.rows) == (20, 13)


def test_a_photo_whose_file_is_back_is_found_again(
    index: LibraryIndex, catalog: Catalog, backbone: Backbone, samples: Path
) -> None:
    photo = catalog.photos.all()[0]
    path = catalog.photos.source(photo)
    away = path.with_suffix(".away")
    path.rename(away)
    assert len(index.store(backbone, "", BareEmbedder(), Progress())) == 9
    away.rename(path)
    index.forget()
    assert len(index.store(backbone, "", BareEmbedder(), Progress())) == 10


def test_a_large_library_has_its_vectors_on_disk_and_the_same_results(
    index: LibraryIndex, catalog: Catalog, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = Space(backbone=backbone.sha256)
    small = index.store(backbone, "", BareEmbedder(), Progress())
    monkeypatch.setattr(library_index, "_IN_MEMORY_BYTES", 0)
    monkeypatch.setattr(library_index, "_ROWS", 4)
    large = LibraryIndex(catalog, ProcessEngine()).store(backbone, "", BareEmbedder(), Progress())
    assert isinstance(large, LargeStore)
    for photo in catalog.photos.all():
        query = small.vectors(space, [photo])[0]
        ours, theirs = large.search(space, query, 99), small.search(space, query, 99)
        assert [hit.photo for hit in ours] == [hit.photo for hit in theirs]
        assert [hit.score for hit in ours] == pytest.approx([hit.score for hit in theirs], abs=1e-6)


def test_a_store_that_is_there_is_given_while_another_is_built(index: LibraryIndex, backbone: Backbone) -> None:
    store = index.store(backbone, "", BareEmbedder(), Progress())
    slow = Embedder()
    slow.release.clear()
    thread = threading.Thread(target=index.store, args=(backbone, "g:1", slow, Progress()))
    thread.start()
    assert slow.entered.wait(BOUND)
    found = []
    quick = threading.Thread(target=lambda: found.append(index.store(backbone, "", BareEmbedder(), Progress())))
    quick.start()
    quick.join(2.0)
    given = list(found)
    slow.release.set()
    thread.join(BOUND)
    quick.join(BOUND)
    assert given == [store]


def test_two_who_ask_at_once_build_it_once(index: LibraryIndex, backbone: Backbone) -> None:
    embedder = Embedder()
    threads = [threading.Thread(target=index.store, args=(backbone, "", embedder, Progress())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(BOUND)
    assert embedder.calls == 1


def test_the_same_photo_in_two_threads_gives_the_same_feature(
    index: LibraryIndex, backbone: Backbone, samples: Path
) -> None:
    photos = sorted(samples.rglob("*.jpg"))
    alone = {photo: index.feature_of_file(backbone, photo) for photo in photos}
    together: list[tuple[Path, np.ndarray]] = []

    def work(mine: list[Path]) -> None:
        together.extend((photo, index.feature_of_file(backbone, photo)) for photo in mine)

    threads = [threading.Thread(target=work, args=(photos[start:] + photos[:start],)) for start in (0, 3, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(BOUND)
    assert len(together) == 30
    assert all(np.array_equal(feature, alone[photo]) for photo, feature in together)


def test_stopping_leaves_an_index_that_works(index: LibraryIndex, backbone: Backbone) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        index.store(backbone, "", BareEmbedder(), progress)
    assert len(index.store(backbone, "", BareEmbedder(), Progress())) == 10


def test_a_file_that_is_no_photo(index: LibraryIndex, backbone: Backbone, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no photo")
    with pytest.raises(KnownError, match=r"^bad\.jpg: ") as caught:
        index.feature_of_file(backbone, bad)
    assert caught.value.action


def test_an_empty_library(tmp_path: Path, backbone: Backbone) -> None:
    catalog = Catalog.open(Home.open(tmp_path / "empty"))
    try:
        index = LibraryIndex(catalog, ProcessEngine())
        assert len(index.store(backbone, "", BareEmbedder(), Progress())) == 0
    finally:
        catalog.close()
