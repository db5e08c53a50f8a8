"""Features on disk, keyed by backbone and photo, so that each photo goes through the backbone once."""

from __future__ import annotations

import binascii
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from letspic_device.photos import KEEP_FREE_BYTES, PhotoShelf, free_bytes
from letspic_device.tflite import Extractor
from letspic_shared.errors import KnownError, PhotoError
from letspic_shared.features import Float32
from letspic_shared.files import make_private_folder, storage_error, write_atomic
from letspic_shared.photo import model_input

_CHECK_BYTES = 4

log = logging.getLogger(__name__)


class FeatureCache:
    """Features of one backbone: read from disk where they are, computed where they are not.

    A file holds d float32 and their CRC-32: after a power cut it may have its length and yet hold nothing but zeros.

    Parameters
    ----------
    folder
        Folder of this backbone's features.
    load
        Gives the extractor, called only when a feature is really missing.
    """

    def __init__(self, folder: Path, dimension: int, load: Callable[[], Extractor]) -> None:
        self._folder = make_private_folder(folder)
        self._load = load
        self.dimension = dimension
        self._held: dict[str, Float32] = {}

    def get(
        self, digests: Iterable[str], shelf: PhotoShelf, progress: Callable[[int, int], None]
    ) -> tuple[dict[str, Float32], dict[str, str]]:
        """Return features (d each) by SHA-256, and the reasons of photos that have none.

        Parameters
        ----------
        progress
            Called with (done, total) as photos are computed.
        """
        wanted = list(digests)
        found: dict[str, Float32] = {}
        failed: dict[str, str] = {}
        for done, digest in enumerate(wanted):
            try:
                found[digest] = self._one(digest, shelf)
            except PhotoError as error:
                failed[digest] = error.reason
            progress(done + 1, len(wanted))
        return found, failed

    def kept(self, digest: str) -> Float32 | None:
        """Return the feature of a photo where it is there already; nothing is computed."""
        feature = self._held.get(digest)
        if feature is None:
            feature = self._read(self._folder / f"{digest}.f4")
            if feature is not None:
                self._held[digest] = feature
        return feature

    def _one(self, digest: str, shelf: PhotoShelf) -> Float32:
        feature = self.kept(digest)
        if feature is None:
            feature = self._compute(digest, shelf)
            path = self._folder / f"{digest}.f4"
            try:
                if free_bytes(self._folder) > KEEP_FREE_BYTES:
                    write_atomic(path, _checked(feature.astype("<f4").tobytes()), durable=False)
            except KnownError as error:
                # A full disk only costs the next start a second computation; the run itself can go on.
                log.warning("a feature is not kept: %s", error.reason)
            self._held[digest] = feature
        return feature

    def _read(self, path: Path) -> Float32 | None:
        try:
            raw = path.read_bytes()
        except OSError:
            return None
        values = raw[:-_CHECK_BYTES]
        if len(values) != 4 * self.dimension or raw != _checked(values):
            return None
        return np.frombuffer(values, "<f4")

    def _compute(self, digest: str, shelf: PhotoShelf) -> Float32:
        source = shelf.source(digest)
        if source is None:
            raise PhotoError("The device does not hold this photo")
        extractor = self._load()
        feature = extractor(model_input(source, extractor.size))
        if not np.isfinite(feature).all():
            raise PhotoError("The backbone gave no usable feature for this photo")
        return feature

    def forget(self, kept: Iterable[str]) -> None:
        """Delete features of photos that are not among ``kept``."""
        keep = set(kept)
        forget_features(self._folder, keep)
        self._held = {digest: feature for digest, feature in self._held.items() if digest in keep}


def forget_features(folder: Path, kept: set[str]) -> None:
    """Delete a backbone's stored features of photos that are not among ``kept``."""
    try:
        for path in folder.iterdir():
            if path.stem not in kept:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, folder) from error


def _checked(values: bytes) -> bytes:
    return values + binascii.crc32(values).to_bytes(_CHECK_BYTES, "little")
