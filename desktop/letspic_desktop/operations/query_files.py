"""Photo files that are searched with, whether the library has them or not."""

from __future__ import annotations

from pathlib import Path

from letspic_shared.errors import KnownError
from letspic_shared.files import sha256_of_file


def photo_digest(path: Path) -> str:
    """Return the SHA-256 of a photo file; KnownError where it cannot be read."""
    try:
        return sha256_of_file(path)
    except OSError as error:
        raise KnownError(f"{path} cannot be read ({error.strerror or error})", "Choose another file") from error
