"""The photos a device holds: its owner's own, which never leave it, and those that the desktop placed on it."""

from __future__ import annotations

import logging
import os
import stat
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from letspic_device.home import DeviceHome
from letspic_shared.errors import KnownError
from letspic_shared.files import sha256_of_file, storage_error, write_atomic
from letspic_shared.messages import BadField, sha256
from letspic_shared.photo import IMAGE_SUFFIXES

_INDEX = "own-photos.json"
_DIGITS = 64
KEEP_FREE_BYTES = 32 << 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class OwnPhoto:
    """One of the owner's photos; ``proposed`` is the name of its sub-folder, a label for the owner to confirm."""

    sha256: str
    path: Path
    proposed: str


class OwnPhotos(Protocol):
    """Where own photos come from: a folder on a board, the library of a desktop that joined a group."""

    def scan(self) -> dict[str, OwnPhoto]:
        """Return the photos that are there now, by SHA-256."""
        ...


class NoOwnPhotos:
    """A device that only holds what is placed on it."""

    def scan(self) -> dict[str, OwnPhoto]:
        """Return nothing."""
        return {}


class FolderPhotos:
    """Photos in a folder and its sub-folders, hashed once and again only when a file changes."""

    def __init__(self, folder: Path, home: DeviceHome) -> None:
        self.folder = folder.expanduser().absolute()
        self._home = home
        if not self.folder.is_dir():
            raise KnownError(f"There is no photo folder {self.folder}", "Create it or name another one with --photos")

    def scan(self) -> dict[str, OwnPhoto]:
        """Return the photos that are there now; files that cannot be read are left out."""
        known = self._read_index()
        index: dict[str, list[object]] = {}
        found: dict[str, OwnPhoto] = {}
        for path in self._candidates():
            relative = str(path.relative_to(self.folder))
            try:
                status = path.stat()
                if not stat.S_ISREG(status.st_mode):
                    continue
                stamp: list[object] = [status.st_size, status.st_mtime_ns]
                digest = _remembered(known.get(relative), stamp) or sha256_of_file(path)
            except OSError:
                continue
            index[relative] = [*stamp, digest]
            found[digest] = OwnPhoto(sha256=digest, path=path, proposed=self._proposal(path))
        if index != known:
            self._write_index(index)
        return found

    # The index only saves time: that it is damaged, or that the disk is full, must not keep a device from working.

    def _read_index(self) -> dict[str, object]:
        try:
            return self._home.read(_INDEX)
        except KnownError as error:
            log.warning("%s: all photos are hashed again", error.reason)
            return {}

    def _write_index(self, index: dict[str, list[object]]) -> None:
        try:
            self._home.write(_INDEX, index)
        except KnownError as error:
            log.warning("%s: photos will be hashed again at the next start", error.reason)

    def _proposal(self, path: Path) -> str:
        # A name that is not UTF-8 arrives with surrogates in it, which no other program could write down.
        return "" if path.parent == self.folder else path.parent.name.encode("utf-8", "replace").decode()

    def _candidates(self) -> Iterable[Path]:
        for folder, folders, files in os.walk(self.folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if not name.startswith(".") and Path(name).suffix.lower() in IMAGE_SUFFIXES:
                    yield Path(folder) / name


def _remembered(entry: object, stamp: list[object]) -> str:
    """Return the SHA-256 that the index holds for a file, empty where the file has changed since."""
    if not isinstance(entry, list) or len(entry) != 3 or entry[:2] != stamp:
        return ""
    try:
        return sha256(entry[2])
    except BadField:
        return ""


class PhotoShelf:
    """All photos of a device by SHA-256; placed ones are JPEG files in the device's home.

    Parameters
    ----------
    limit_bytes
        How much disk the placed photos may take together.
    """

    def __init__(self, home: DeviceHome, own: OwnPhotos, *, limit_bytes: int = 2 << 30) -> None:
        self._folder = home.placed
        self._own_source = own
        self._limit = limit_bytes
        self._placed = _sound_files(self._folder)
        self._placed_bytes = sum(self._placed.values())
        self._own: dict[str, OwnPhoto] | None = None
        self._looking = threading.Lock()

    def rescan(self) -> dict[str, OwnPhoto]:
        """Look for own photos again and return them."""
        with self._looking:
            found = self._own = self._own_source.scan()
        return found

    @property
    def own(self) -> dict[str, OwnPhoto]:
        """Own photos as of the last look; the first use looks (the first time, every photo is read for its hash)."""
        if self._own is not None:
            return self._own
        with self._looking:
            if self._own is None:
                self._own = self._own_source.scan()
            return self._own

    @property
    def seen(self) -> dict[str, OwnPhoto]:
        """Own photos as of the last look, none before the first; never waits."""
        return self._own or {}

    @property
    def placed(self) -> list[str]:
        """SHA-256 of the photos that the desktop placed here, sorted."""
        return sorted(self._placed)

    @property
    def placed_bytes(self) -> int:
        """Size of the placed photos together."""
        return self._placed_bytes

    def place(self, digest: str, jpeg: bytes) -> None:
        """Keep a photo that the desktop hands out; placing it again changes nothing.

        Raises
        ------
        KnownError
            The disk is full, or the limit for placed photos is reached.
        """
        path = self._folder / f"{sha256(digest)}.jpg"
        if digest in self._placed and path.exists():
            return
        if self._placed_bytes + len(jpeg) > self._limit or free_bytes(self._folder) < KEEP_FREE_BYTES + len(jpeg):
            raise KnownError("The device has no room for more photos", "Format its distributed files or free its disk")
        write_atomic(path, jpeg, durable=False)
        self._placed_bytes += len(jpeg) - self._placed.get(digest, 0)
        self._placed[digest] = len(jpeg)

    def listed(self, offset: int, count: int) -> dict[str, object]:
        """Return a part of the list of all photos, and where the next part begins; 0 where this is the last."""
        own = sorted(self.own.values(), key=lambda photo: photo.sha256)
        following = offset + count
        return {
            "own": [[photo.sha256, photo.proposed[:200]] for photo in own[offset:following]],
            "placed": self.placed[offset:following],
            "next": following if following < max(len(own), len(self.placed)) else 0,
        }

    def format(self) -> int:
        """Delete every placed photo, never an own one; return how many there were."""
        count = len(self._placed)
        try:
            # Everything in this folder was placed, also what a power cut left half-written.
            for path in self._folder.iterdir():
                path.unlink(missing_ok=True)
                self._placed_bytes -= self._placed.pop(path.stem, 0)
        except OSError as error:
            raise storage_error(error, self._folder) from error
        self._placed.clear()
        self._placed_bytes = 0
        return count

    def source(self, digest: str) -> Path | None:
        """Return the file of a photo, or None where this device does not hold it."""
        own = self.own.get(digest)
        if own is not None:
            return own.path
        return self._folder / f"{digest}.jpg" if digest in self._placed else None


def sent_photos(header: dict[str, object], payload: bytes) -> list[tuple[str, bytes]]:
    """Return (SHA-256, JPEG) of the photos in a PLACE message.

    Raises
    ------
    BadField
        The list does not fit the bytes.
    """
    photos = header.get("photos")
    if not isinstance(photos, list):
        raise BadField("field 'photos' is not a list")
    pieces: list[tuple[str, bytes]] = []
    offset = 0
    for item in photos:
        if not isinstance(item, list) or len(item) != 2 or type(item[1]) is not int or item[1] < 1:
            raise BadField("field 'photos' holds something else than photos")
        pieces.append((sha256(item[0]), payload[offset : offset + item[1]]))
        offset += item[1]
    if offset != len(payload):
        raise BadField("field 'photos' does not cover the bytes that came")
    return pieces


def _sound_files(folder: Path) -> dict[str, int]:
    """Return size by SHA-256 of the placed photos; a power cut may have left empty files, which are placed again."""
    sizes: dict[str, int] = {}
    for path in folder.glob("*.jpg"):
        size = path.stat().st_size
        if size and len(path.stem) == _DIGITS:
            sizes[path.stem] = size
    return sizes


def free_bytes(folder: Path) -> int:
    """Return the free space of the disk that holds a folder."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
