"""What several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from letspic_desktop.application import Application
from letspic_desktop.backbones.store import BackboneStore
from letspic_desktop.console import Bars, complain
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.home import Home
from letspic_desktop.library.devices import Device
from letspic_desktop.operations.query_files import photo_digest
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

_SHORTEST_PREFIX = 6


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[tuple[Application, Progress]]:
    """Open the program's home and a progress display, and close both."""
    with Application.open(options.home) as app, Bars() as bars:
        yield app, bars.progress


@contextmanager
def opened_backbones(options: argparse.Namespace) -> Iterator[tuple[BackboneStore, Progress]]:
    """Open the backbones of the home alone, which several programs may use at once: a running app is no hindrance."""
    with Bars() as bars:
        yield BackboneStore(Home.open(options.home).backbones), bars.progress


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


def tell_untold(device: Device) -> None:
    """Say that a device was let go without knowing it."""
    there = "letspic group leave" if device.facts.get("role") == "member" else "letspic-device unpair"
    complain(f"{device.name} is offline and keeps what was placed on it. There, run: {there}")


def library_photo(app: Application, text: str) -> str:
    """Return the SHA-256 of a library photo named by file, SHA-256, or the beginning of one.

    Raises
    ------
    KnownError
        The library does not hold it, or several photos begin so.
    """
    path = Path(text)
    if path.is_file():
        digest = photo_digest(path)
        if app.catalog.photos.get(digest) is None:
            raise KnownError(f"{path} is not in the library", f"Import it first: letspic import {path}")
        return digest
    found = [photo for photo in app.catalog.photos.all() if photo.startswith(text.lower())]
    if len(text) >= _SHORTEST_PREFIX and len(found) == 1:
        return found[0]
    if len(text) >= _SHORTEST_PREFIX and found:
        raise KnownError(f"{len(found)} photos begin with {text}", "Type more of the SHA-256")
    raise KnownError(f"There is no photo “{text}”", "Name a file, or the SHA-256 that letspic photo list shows")
