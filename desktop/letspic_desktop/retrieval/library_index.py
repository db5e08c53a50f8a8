"""The searchable index of the library: features that are missing are computed, then embedded by a head."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np

from letspic_desktop.backbones.store import Backbone
from letspic_desktop.batch import BatchEngine
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.embedder import Embedder
from letspic_desktop.retrieval.extraction import extract
from letspic_desktop.retrieval.index import ExactStore, Space
from letspic_shared.errors import KnownError
from letspic_shared.features import Float32

_KEPT = 4
_BATCH = 512


class LibraryIndex:
    """Vector stores by space, built when they are first asked for and kept while the library stays as it is."""

    def __init__(self, catalog: Catalog, engine: BatchEngine) -> None:
        self._catalog = catalog
        self._engine = engine
        self._stores: OrderedDict[Space, ExactStore] = OrderedDict()
        self._changes = 0
        self._lock = threading.Lock()
        self._building = threading.Lock()

    def forget(self) -> None:
        """The library has changed: build anew at the next search. Never waits for a store that is being built."""
        with self._lock:
            self._changes += 1
            self._stores.clear()

    def store(self, backbone: Backbone, head: str, embedder: Embedder, progress: Progress) -> ExactStore:
        """Return the store of one backbone and head, complete for the library as it is.

        Parameters
        ----------
        head
            Names the head uniquely; empty for the bare feature.
        """
        space = Space(backbone=backbone.sha256, head=head)
        known, _ = self._known(space)
        if known is not None:
            return known
        # One at a time, so that nobody computes what somebody else is computing already.
        with self._building:
            known, changes = self._known(space)
            if known is not None:
                return known
            features, photos = self.features(backbone, self._catalog.photos.all(), progress)
            store = ExactStore()
            store.replace(space, photos, embedder.embed(features))
            self._keep(space, store, changes)
            return store

    def _known(self, space: Space) -> tuple[ExactStore | None, int]:
        with self._lock:
            known = self._stores.get(space)
            if known is not None:
                self._stores.move_to_end(space)
            return known, self._changes

    def _keep(self, space: Space, store: ExactStore, changes: int) -> None:
        with self._lock:
            if changes != self._changes:
                # The library changed meanwhile: good for the one who asked, not for the next.
                return
            self._stores[space] = store
            while len(self._stores) > _KEPT:
                self._stores.popitem(last=False)

    def features(self, backbone: Backbone, photos: list[str], progress: Progress) -> tuple[Float32, list[str]]:
        """Return features (n x d) of library photos and which they are; missing ones are computed and stored."""
        missing = self._catalog.features.missing(backbone.sha256, photos)
        paths = self._catalog.photos.paths(missing)
        wanted = [photo for photo in missing if photo in paths]
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            stage = "features" if len(wanted) <= _BATCH else f"features {start}/{len(wanted)}"
            found = extract(backbone, [paths[photo] for photo in batch], self._engine, progress, stage)
            rows = [(batch[index], row) for index, row in zip(found.indices, found.features, strict=True)]
            self._catalog.features.put_many(backbone.sha256, rows)
        matrix, present = self._catalog.features.matrix(backbone.sha256, photos)
        if not present:
            return np.zeros((0, backbone.dim), np.float32), []
        return matrix, present

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
