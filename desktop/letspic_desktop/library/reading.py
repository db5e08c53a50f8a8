"""One file on its way into the library: read once, for its hash, what it says of itself, and its thumbnail."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from letspic_desktop.library.file_times import with_file_time
from letspic_desktop.library.files import StoredFile, file_state
from letspic_desktop.library.folders import Candidate
from letspic_desktop.library.thumbnails import GRID_EDGE, Thumbnails
from letspic_shared.errors import KnownError, PhotoError
from letspic_shared.photo import PhotoInfo, verify, verify_and_shrink
from letspic_shared.photo_file import MAX_FILE_BYTES

log = logging.getLogger(__name__)

_NICE: Final = 10


@dataclass(frozen=True, kw_only=True)
class ReadPhoto:
    """A candidate that was read: the photo, or why it is none. ``info`` is None where it was not decoded again."""

    candidate: Candidate
    file: StoredFile | None = None
    info: PhotoInfo | None = None
    reason: str = ""


@contextmanager
def reading_pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Give threads that read photos, and stop them in the end."""
    # Threads, because Pillow and hashlib release the interpreter lock while they work on pixels and bytes.
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="letspic-import", initializer=_step_back)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def read_photo(candidate: Candidate, known: StoredFile | None, thumbnails: Thumbnails | None) -> ReadPhoto:
    """Read a file, or not at all where it is as it was."""
    try:
        with candidate.path.open("rb") as stream:
            found = os.fstat(stream.fileno())
            if known and (known.mtime_ns, known.bytes) == file_state(found):
                return ReadPhoto(candidate=candidate, file=known)
            if found.st_size > MAX_FILE_BYTES:
                raise PhotoError(f"The file is larger than {MAX_FILE_BYTES >> 20} MB")
            data = stream.read(MAX_FILE_BYTES + 1)
        sha256 = hashlib.sha256(data).hexdigest()
        info = with_file_time(_decoded(data, sha256, thumbnails), found.st_mtime_ns)
    except OSError as error:
        return ReadPhoto(candidate=candidate, reason=f"The file cannot be read ({error.strerror or error})")
    except PhotoError as error:
        return ReadPhoto(candidate=candidate, reason=str(error))
    file = StoredFile(path=candidate.path, sha256=sha256, mtime_ns=file_state(found)[0], bytes=len(data))
    return ReadPhoto(candidate=candidate, file=file, info=info)


def _decoded(data: bytes, sha256: str, thumbnails: Thumbnails | None) -> PhotoInfo:
    """Prove that a photo decodes, and keep a thumbnail of it, which then costs next to nothing.

    A thumbnail that cannot be made or kept now is made when it is looked at: that never keeps a photo out.
    """
    if thumbnails is None or thumbnails.path(sha256, GRID_EDGE).exists():
        return verify(data)
    try:
        info, small = verify_and_shrink(data, edge=GRID_EDGE)
    except PhotoError:
        return verify(data)
    try:
        thumbnails.put(sha256, small, GRID_EDGE)
    except KnownError as error:
        log.info("no thumbnail of %s: %s", sha256, error)
    return info


def _step_back() -> None:
    """Let whoever uses the machine go first: threads that read photos have the time that is left."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
