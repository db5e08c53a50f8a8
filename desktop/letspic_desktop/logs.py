"""The log of a program with a window: a file in its home, since nobody reads its terminal."""

from __future__ import annotations

import logging
import logging.handlers
from collections.abc import Iterator
from contextlib import contextmanager

from letspic_desktop.home import Home
from letspic_shared.files import storage_error

FILE_NAME = "letspic.log"
_BYTES = 1 << 20
_KEPT = 3


@contextmanager
def logged_to_file(home: Home) -> Iterator[None]:
    """Write what happens to ``logs/letspic.log`` of a home for a while; a few megabytes are kept.

    Raises
    ------
    KnownError
        The file cannot be written.
    """
    path = home.logs / FILE_NAME
    try:
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8")
        path.chmod(0o600)
    except OSError as error:
        raise storage_error(error, path) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.INFO)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(min(before, logging.INFO))
    # The terminal keeps what it showed before: only the file gets more.
    others = [one for one in root.handlers if one is not handler and one.level == logging.NOTSET]
    for one in others:
        one.setLevel(before)
    try:
        yield
    finally:
        for one in others:
            one.setLevel(logging.NOTSET)
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()
