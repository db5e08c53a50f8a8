"""Backbone files that the desktop sent, checked by their hash before they are ever run."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from letspic_device.feature_cache import FeatureCache, forget_features
from letspic_device.home import DeviceHome
from letspic_device.photos import KEEP_FREE_BYTES, free_bytes
from letspic_device.tflite import Extractor
from letspic_shared.errors import KnownError, ProtocolError
from letspic_shared.files import sha256_of_file, storage_error, write_atomic
from letspic_shared.messages import sha256

MAX_BACKBONE_BYTES = 128 << 20


class BackboneShelf:
    """The .tflite files of a device, one loaded at a time (a 512 MB board has no room for two)."""

    def __init__(self, home: DeviceHome) -> None:
        self._home = home
        self._checked: set[str] = set()
        self._loaded: tuple[str, Extractor] | None = None
        self._caches: dict[str, FeatureCache] = {}
        self._incoming: dict[str, bytearray] = {}

    def has(self, digest: str) -> bool:
        """Return whether the file is here and whole (it is hashed once after each start)."""
        path = self._path(digest)
        if digest not in self._checked and path.is_file():
            try:
                if sha256_of_file(path) == digest:
                    self._checked.add(digest)
                else:
                    # It would be hashed again for every piece of its replacement.
                    path.unlink()
            except OSError as error:
                raise storage_error(error, path) from error
        return digest in self._checked

    def receive(self, digest: str, size: int, offset: int, piece: bytes) -> int:
        """Take the next piece of a file; return how many bytes of it are here now.

        Raises
        ------
        ProtocolError
            The file is too large, or its bytes are not those of its hash.
        KnownError
            The disk is full.
        """
        if self.has(digest):
            return size
        if not 0 < size <= MAX_BACKBONE_BYTES:
            raise ProtocolError("The backbone is larger than a device takes")
        if free_bytes(self._home.backbones) < size + KEEP_FREE_BYTES:
            raise KnownError("The device has no room for the backbone", "Free some space on its disk")
        if offset == 0:
            # Only one file is ever under way; an abandoned one must not stay in memory.
            self._incoming = {digest: bytearray()}
        buffer = self._incoming.get(digest)
        if buffer is None or offset != len(buffer) or offset + len(piece) > size:
            return len(buffer) if buffer is not None else 0
        buffer += piece
        if len(buffer) == size:
            del self._incoming[digest]
            if hashlib.sha256(buffer).hexdigest() != digest:
                raise ProtocolError("The backbone arrived damaged", "Send it again")
            write_atomic(self._path(digest), buffer)
            self._checked.add(digest)
            return size
        return len(buffer)

    def features(self, digest: str) -> FeatureCache:
        """Return the feature cache of a backbone.

        Raises
        ------
        KnownError
            The backbone is not here.
        """
        if not self.has(digest):
            raise KnownError("The device does not have this backbone", "Connect it to its desktop, which sends it")
        if digest not in self._caches:
            extractor = self.extractor(digest)
            self._caches[digest] = FeatureCache(
                self._home.cache / digest, extractor.dimension, lambda: self.extractor(digest)
            )
        return self._caches[digest]

    def ready(self, digest: str, photos: Collection[str]) -> int:
        """Return how many of some photos have a stored feature of a backbone; by name, nothing is read."""
        folder = self._home.cache / sha256(digest)
        return sum(path.stem in photos for path in folder.iterdir()) if folder.is_dir() else 0

    def forget_features(self, kept: set[str]) -> None:
        """Delete the features of photos that are not among ``kept``, for every backbone, and a file under way."""
        self._incoming = {}
        for folder in self._home.cache.iterdir():
            if folder.name in self._caches:
                self._caches[folder.name].forget(kept)
            elif folder.is_dir():
                forget_features(folder, kept)

    def extractor(self, digest: str) -> Extractor:
        """Return the loaded backbone."""
        if self._loaded is None or self._loaded[0] != digest:
            self._loaded = None
            self._loaded = (digest, Extractor(self._path(digest)))
        return self._loaded[1]

    def _path(self, digest: str) -> Path:
        return self._home.backbones / f"{sha256(digest)}.tflite"
