"""The searchable index of the library: features that are missing are computed, then embedded by a head."""

from __future__ import annotations

import itertools
import random
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from letspic_desktop.backbones.store import Backbone
from letspic_desktop.batch import BatchEngine
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.rows import chunks
from letspic_desktop.memory import give_memory_back
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.embedder import BareEmbedder, Embedder
from letspic_desktop.retrieval.exact_index import ExactStore
from letspic_desktop.retrieval.extraction import extract
from letspic_desktop.retrieval.index import Space, VectorStore
from letspic_desktop.retrieval.kept_index import KeptIndexes
from letspic_desktop.retrieval.large_index import LargeStore
from letspic_shared.errors import KnownError
from letspic_shared.features import Float32

_KEPT: Final = 3
_BATCH: Final = 512
_ROWS: Final = 2048
_SAMPLE: Final = 4096
# So many vectors of an index from an earlier start are compared with what the features of the catalog give.
_LOOKED_AT: Final = 64
_SAME: Final = 1e-4
_GIVE_BACK_EVERY: Final = 8
_EMBEDDED_AT_ONCE: Final = 512
# More new photos than this part of a store, and it is built anew.
_MUCH: Final = 0.5
# Up to this size the vectors are in memory, beyond it on disk with a sketch of them in memory.
_IN_MEMORY_BYTES: Final = 64 << 20


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """A store, the photos it holds, and how often those of the library had changed by then."""

    store: VectorStore
    photos: frozenset[str]
    changes: int


class LibraryIndex:
    """Vector stores by space, built when they are first asked for and then kept up to date with the library.

    Large ones are kept for the next start of the program, too.
    """

    def __init__(self, catalog: Catalog, engine: BatchEngine) -> None:
        self._catalog = catalog
        self._engine = engine
        self._kept: OrderedDict[Space, _Kept] = OrderedDict()
        self._on_disk = KeptIndexes(catalog.home.root)
        self._changes = 0
        self._lock = threading.Lock()
        self._building = threading.Lock()

    def forget(self) -> None:
        """Other photos are in the library: look at the next search which. Never waits for a store that is built."""
        with self._lock:
            self._changes += 1

    def store(self, backbone: Backbone, head: str, embedder: Embedder, progress: Progress) -> VectorStore:
        """Return the store of one backbone and head, complete for the library as it is.

        Parameters
        ----------
        head
            Names the head uniquely; empty for the bare feature.
        """
        space = Space(backbone=backbone.sha256, head=head)
        known, changes = self._known(space)
        if known is not None and known.changes == changes:
            return known.store
        # One at a time, so that nobody computes what somebody else is computing already.
        with self._building:
            known, changes = self._known(space)
            if known is not None and known.changes == changes:
                return known.store
            photos = self._catalog.photos.all()
            known = known or self._from_disk(space, backbone, embedder)
            if known is not None and not self._outgrown(known, backbone, photos):
                store, present = known.store, self._update(known, space, backbone, embedder, photos, progress)
            else:
                store, present = self._built(space, backbone, embedder, photos, progress)
            if isinstance(store, LargeStore) and store.now is not None and (known is None or known.photos != present):
                self._on_disk.keep(store.now, embedder)
            # Where the library changed meanwhile, the next one who asks looks again.
            self._keep(space, _Kept(store=store, photos=frozenset(present), changes=changes))
            return store

    def _from_disk(self, space: Space, backbone: Backbone, embedder: Embedder) -> _Kept | None:
        """Return the index of an earlier start, if what it says of some photos is what the catalog says."""
        now = self._on_disk.load(space, embedder)
        if now is None:
            return None
        some = random.Random(0).sample(now.photos, min(_LOOKED_AT, len(now.photos)))  # noqa: S311 - no secret
        present, vectors = self._embedded(backbone, embedder, some)
        store = LargeStore(self._on_disk.folder, now)
        if vectors.shape[1:] == (now.file.length,) and np.allclose(store.vectors(space, present), vectors, atol=_SAME):
            return _Kept(store=store, photos=frozenset(now.photos), changes=-1)
        self._on_disk.drop(space)
        return None

    def _outgrown(self, known: _Kept, backbone: Backbone, photos: Sequence[str]) -> bool:
        """Whether a store is better built anew: so much is new, or it takes too much memory by now."""
        fresh = len(photos) - len(known.photos)
        in_memory = isinstance(known.store, ExactStore)
        return fresh > max(_ROWS, len(known.photos) * _MUCH) or (
            in_memory and fresh > 0 and 4 * backbone.dim * len(photos) > _IN_MEMORY_BYTES
        )

    def _update(
        self,
        known: _Kept,
        space: Space,
        backbone: Backbone,
        embedder: Embedder,
        photos: Sequence[str],
        progress: Progress,
    ) -> set[str]:
        """Bring a store up to date and return the photos that it holds then."""
        fresh = [photo for photo in photos if photo not in known.photos]
        self.prepare(backbone, fresh, progress)
        left = known.photos.intersection(photos)
        known.store.remove(known.photos - left)
        held = set(left)
        for some in chunks(fresh, _ROWS):
            present, vectors = self._embedded(backbone, embedder, some)
            if present:
                known.store.add(space, present, vectors)
                held.update(present)
        return held

    def _built(
        self, space: Space, backbone: Backbone, embedder: Embedder, photos: Sequence[str], progress: Progress
    ) -> tuple[VectorStore, set[str]]:
        """Build a store, in memory where that is little, and return the photos that it holds."""
        self.prepare(backbone, photos, progress)

        def embedded() -> Iterator[tuple[list[str], Float32]]:
            # The first photos decide what a large store keeps in memory: they have to be like all others.
            sample = random.Random(0).sample(sorted(photos), min(_SAMPLE, len(photos)))  # noqa: S311 - no secret
            yield self._embedded(backbone, embedder, sample)
            left = set(photos).difference(sample)
            stored = self._catalog.features.blocks(backbone.sha256, _ROWS) if left else ()
            for number, (found, features) in enumerate(stored):
                progress.check()
                if number % _GIVE_BACK_EVERY == 0:
                    give_memory_back()
                wanted = [row for row, photo in enumerate(found) if photo in left]
                if wanted:
                    present = [found[row] for row in wanted]
                    yield present, _vectors(embedder, features if len(wanted) == len(found) else features[wanted])

        blocks = embedded()
        first = next(blocks)
        large = first[1].nbytes * len(photos) > _IN_MEMORY_BYTES * max(1, len(first[0]))
        store: VectorStore
        if large:
            store = LargeStore(self._on_disk.folder)
            held = store.replace_by_blocks(space, itertools.chain([first], blocks), total=len(photos))
            give_memory_back()
        else:
            some = [first, *blocks]
            held = [photo for present, _ in some for photo in present]
            store = ExactStore()
            store.replace(space, held, np.concatenate([vectors for _, vectors in some]))
        return store, set(held)

    def _embedded(self, backbone: Backbone, embedder: Embedder, photos: Sequence[str]) -> tuple[list[str], Float32]:
        features, present = self._catalog.features.matrix(backbone.sha256, photos)
        if not present:
            return [], np.zeros((0, backbone.dim), np.float32)
        return present, _vectors(embedder, features)

    def _known(self, space: Space) -> tuple[_Kept | None, int]:
        with self._lock:
            known = self._kept.get(space)
            if known is not None:
                self._kept.move_to_end(space)
            return known, self._changes

    def _keep(self, space: Space, kept: _Kept) -> None:
        with self._lock:
            self._kept[space] = kept
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def prepare(self, backbone: Backbone, photos: Sequence[str], progress: Progress) -> None:
        """Compute and store the features that are missing of library photos."""
        missing = self._catalog.features.missing(backbone.sha256, photos)
        if not missing:
            return
        paths = self._catalog.photos.paths(missing)
        wanted = [photo for photo in missing if photo in paths]
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            stage = "features" if len(wanted) <= _BATCH else f"features {start}/{len(wanted)}"
            found = extract(backbone, [paths[photo] for photo in batch], self._engine, progress, stage)
            rows = [(batch[index], row) for index, row in zip(found.indices, found.features, strict=True)]
            self._catalog.features.put_many(backbone.sha256, rows)

    def features(self, backbone: Backbone, photos: list[str], progress: Progress) -> tuple[Float32, list[str]]:
        """Return features (n x d) of library photos and which they are; missing ones are computed and stored."""
        self.prepare(backbone, photos, progress)
        matrix, present = self._catalog.features.matrix(backbone.sha256, photos)
        if not present:
            return np.zeros((0, backbone.dim), np.float32), []
        return matrix, present

    def unit_features(self, backbone: Backbone, photos: Sequence[str]) -> dict[str, Float32]:
        """Return the features (d) of those of the photos that have one, each of length 1."""
        space = Space(backbone=backbone.sha256)
        known, _ = self._known(space)
        if photos and known is not None and known.photos.issuperset(photos):
            # They are what the bare index compares, and there at once. It may just be brought up to date, though.
            found = known.store.vectors(space, photos)
            if len(found) == len(photos):
                return dict(zip(photos, found, strict=True))
        features, present = self._catalog.features.matrix(backbone.sha256, photos)
        return dict(zip(present, BareEmbedder().embed(features), strict=True)) if present else {}

    def feature_of_file(self, backbone: Backbone, path: Path) -> Float32:
        """Return the feature (d) of a file that need not be in the library.

        Raises
        ------
        KnownError
            It is no photo that can be read.
        """
        found = extract(backbone, [path], self._engine, Progress())
        if not found.indices:
            raise KnownError(f"{path.name}: {found.failed[0]}", "Choose another photo")
        row: Float32 = found.features[0]
        return row


def _vectors(embedder: Embedder, features: Float32) -> Float32:
    """Embed some rows at a time: embedders work in float64, on several copies."""
    starts = range(0, len(features), _EMBEDDED_AT_ONCE)
    return np.concatenate([embedder.embed(features[start : start + _EMBEDDED_AT_ONCE]) for start in starts])
