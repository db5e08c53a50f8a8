"""Files that are either whole or absent: written beside their place, then moved over it."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from letspic_shared.errors import KnownError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_READ_BYTES = 1 << 20


def write_atomic(
    path: Path, data: bytes | bytearray | memoryview, *, mode: int = PRIVATE_FILE, durable: bool = True
) -> None:
    """Write ``data`` to ``path`` so that a reader sees the old bytes or the new ones, never a part.

    Parameters
    ----------
    mode
        Permission bits of the file.
    durable
        Also wait until the bytes are on the disk (``fsync``); off for caches, which may be lost.

    Raises
    ------
    KnownError
        The disk is full, or the folder cannot be written to.
    """
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise storage_error(error, path) from error


def make_private_folder(path: Path) -> Path:
    """Create ``path`` (and its parents) readable by its owner alone, and return it.

    Raises
    ------
    KnownError
        The folder cannot be made or written to, or is one that several people use.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        status = path.stat()
        # Closing a folder such as /tmp would break the whole machine.
        if status.st_mode & stat.S_ISVTX or status.st_uid != os.geteuid():
            raise KnownError(f"{path} is not a folder of your own", "Choose another folder, or a new one inside it")
        if stat.S_IMODE(status.st_mode) != PRIVATE_FOLDER:
            path.chmod(PRIVATE_FOLDER)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise storage_error(error, path) from error
    return path


def storage_error(error: OSError, path: Path) -> KnownError:
    """Say in one sentence why ``path`` could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return KnownError(f"The disk that holds {path} is full", "Free some space and try again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return KnownError(
            f"{path} cannot be written to", "Choose another folder with --home, or change its permissions"
        )
    return KnownError(f"{path} cannot be written ({error.strerror or error})", "Check the disk and try again")


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits, reading it in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()
