"""What several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from letspic_desktop.application import Application
from letspic_desktop.console import Bars
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError
from letspic_shared.files import sha256_of_file

_SHORTEST_PREFIX = 6


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[tuple[Application, Progress]]:
    """Open the program's home and a progress display, and close both."""
    with Application.open(options.home) as app, Bars() as bars:
        yield app, bars.progress


def run_config(options: argparse.Namespace, **changes: Any) -> RunConfig:
    """Return the training options of a command line."""
    return RunConfig(
        method=options.method,
        epochs=options.epochs,
        iterations=options.iterations,
        rounds=options.rounds,
        local_steps=options.local_steps,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        unlabelled=options.unlabelled,
        **changes,
    )


def library_photo(app: Application, text: str) -> str:
    """Return the SHA-256 of a library photo named by file, SHA-256, or the beginning of one.

    Raises
    ------
    KnownError
        The library does not hold it, or several photos begin so.
    """
    path = Path(text)
    if path.is_file():
        digest = sha256_of_file(path)
        if app.catalog.photos.get(digest) is None:
            raise KnownError(f"{path} is not in the library", f"Import it first: letspic import {path}")
        return digest
    found = [photo for photo in app.catalog.photos.all() if photo.startswith(text.lower())]
    if len(text) >= _SHORTEST_PREFIX and len(found) == 1:
        return found[0]
    if len(text) >= _SHORTEST_PREFIX and found:
        raise KnownError(f"{len(found)} photos begin with {text}", "Type more of the SHA-256")
    raise KnownError(f"There is no photo {text}", "Name a file, or the SHA-256 that letspic photo list shows")
