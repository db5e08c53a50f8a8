"""Large indexes across starts of the program: a cache in the home that may be deleted at any time.

Of each there are two files: the vectors, to which a running program appends, and the sketch of those that count,
written whole or not at all. What is read is believed only when its digest is right and when some of its vectors are
what the catalog's features give.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from letspic_desktop.retrieval.embedder import BareEmbedder, Embedder, HeadEmbedder, PaperEmbedder, to_bytes
from letspic_desktop.retrieval.index import Space
from letspic_desktop.retrieval.sketches import Sketched
from letspic_desktop.retrieval.vector_file import VectorFile
from letspic_shared.errors import KnownError
from letspic_shared.files import make_private_folder

log = logging.getLogger(__name__)

_FORMAT: Final = 1
_FOLDER: Final = "indexes"
# The bare one, and those of the heads of two groups.
_AT_MOST: Final = 3
_LEFT_FREE_BYTES: Final = 1 << 30
_LONGEST_HEADER: Final = 1 << 16
# Vectors of photos that are gone stay in the file; with more of them than this part of all it is made anew.
_GONE: Final = 0.5


class KeptIndexes:
    """The kept indexes of one home. Whoever uses it is alone in it.

    Parameters
    ----------
    root
        The home's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def folder(self) -> Path:
        """Where the files are, made at first use.

        Raises
        ------
        KnownError
            It cannot be made.
        """
        return make_private_folder(self._root / _FOLDER)

    def load(self, space: Space, embedder: Embedder) -> Sketched | None:
        """Return what was kept of a space; None where that is nothing, or nothing that can be believed."""
        maker = _maker(embedder)
        path = self._root / _FOLDER / _name(space)
        if maker is None or not path.is_file():
            return None
        try:
            with path.open("rb") as file:
                found = _read(file, path.parent, space, maker)
            os.utime(path)
        except (OSError, ValueError, KeyError, TypeError, KnownError):
            log.warning("a kept index cannot be used and is made anew", exc_info=True)
            self.drop(space)
            return None
        return found

    def keep(self, now: Sketched, embedder: Embedder) -> None:
        """Keep an index for the next start, in the place of older ones; where that fails, it is just not kept."""
        maker = _maker(embedder)
        if maker is None or len(now.file) > (1 + _GONE) * len(now.photos):
            return
        try:
            folder = self.folder
            if shutil.disk_usage(folder).free < _LEFT_FREE_BYTES:
                return
            if now.file.name is None:
                now.file.keep(folder / f"{secrets.token_hex(8)}.vectors")
            elif not (folder / now.file.name).exists():
                return
            _write(folder / _name(now.space), now, {"vectors": now.file.name, "maker": maker})
            self._prune(now.space)
        except (OSError, KnownError):
            log.warning("the index cannot be kept for the next start", exc_info=True)

    def drop(self, space: Space) -> None:
        """Delete what was kept of a space."""
        with contextlib.suppress(OSError):
            (self._root / _FOLDER / _name(space)).unlink(missing_ok=True)
            self._prune(space)

    def _prune(self, newest: Space) -> None:
        """Delete all but the newest, those of older heads of the same group, and files that nothing names."""
        folder = self._root / _FOLDER
        sketches = sorted(folder.glob("*.sketch"), key=lambda path: path.stat().st_mtime, reverse=True)
        vectors, kept = set(), 0
        group = newest.head.rpartition(":")[0]
        for path in sketches:
            about = _described(path)
            older = bool(group) and about.get("head", "").rpartition(":")[0] == group and path.name != _name(newest)
            if not about or older or kept == _AT_MOST:
                path.unlink()
            else:
                kept += 1
                vectors.add(about["vectors"])
        for path in folder.iterdir():
            if path.suffix != ".sketch" and path.name not in vectors:
                path.unlink()


def _maker(embedder: Embedder) -> str | None:
    """Name what made the vectors by its content: numbers of heads may begin anew."""
    if isinstance(embedder, BareEmbedder):
        return "bare"
    if isinstance(embedder, HeadEmbedder | PaperEmbedder):
        return hashlib.sha256(to_bytes(embedder)).hexdigest()
    return None


def _name(space: Space) -> str:
    return hashlib.sha256(f"{space.backbone} {space.head}".encode()).hexdigest()[:32] + ".sketch"


def _described(path: Path) -> dict[str, Any]:
    """Return the first line of a sketch's file; nothing where there is none that can be read."""
    try:
        with path.open("rb") as file:
            about = json.loads(file.readline(_LONGEST_HEADER))
            return about if isinstance(about, dict) and "vectors" in about else {}
    except (OSError, ValueError):
        return {}


def _write(path: Path, now: Sketched, about: dict[str, Any]) -> None:
    count = len(now.photos)
    names = "\n".join(now.photos).encode()
    parts = (now.basis, now.sketch[:count], now.rest[:count], now.places[:count])
    views = [memoryview(names), *(part.data.cast("B") for part in parts)]
    digest = hashlib.sha256()
    for view in views:
        digest.update(view)
    header = {
        "format": _FORMAT,
        "backbone": now.space.backbone,
        "head": now.space.head,
        "photos": count,
        "names": len(names),
        "shape": now.basis.shape,
        "stored": len(now.file),
        "longest": now.longest,
        "digest": digest.hexdigest(),
        **about,
    }
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(header).encode() + b"\n")
            for view in views:
                file.write(view)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _read(file: BinaryIO, folder: Path, space: Space, maker: str) -> Sketched | None:
    about = json.loads(file.readline(_LONGEST_HEADER))
    made = (about["format"], about["backbone"], about["head"], about["maker"])
    if made != (_FORMAT, space.backbone, space.head, maker):
        return None
    count, (length, directions) = int(about["photos"]), map(int, about["shape"])
    names = np.fromfile(file, np.uint8, int(about["names"]))
    basis = np.fromfile(file, np.float32, length * directions)
    sketch = np.fromfile(file, np.float32, count * directions)
    rest, places = np.fromfile(file, np.float32, count), np.fromfile(file, np.int64, count)
    digest = hashlib.sha256()
    for view in (names.data, basis.data, sketch.data, rest.data, places.data):
        digest.update(view.cast("B"))
    stored, vectors = int(about["stored"]), folder / Path(about["vectors"]).name
    if digest.hexdigest() != about["digest"] or vectors.stat().st_size < 4 * length * stored:
        raise ValueError("the files of an index do not fit together")
    photos = names.tobytes().decode().split("\n")
    if len(photos) != count:
        raise ValueError("the names in a kept index are not as many as its photos")
    return Sketched(
        space=space,
        photos=photos,
        rows={photo: row for row, photo in enumerate(photos)},
        file=VectorFile(folder, length, of=vectors, count=stored),
        basis=basis.reshape(length, directions),
        sketch=sketch.reshape(count, directions),
        rest=rest,
        places=places,
        longest=float(about["longest"]),
    )
