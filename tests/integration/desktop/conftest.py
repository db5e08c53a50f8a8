"""Desktops, devices and photos for the tests of whole programs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from letspic_desktop.backbones.store import Backbone
from letspic_desktop.retrieval.samples import render_samples

from .programs import Board, Desktop

ALBUMS = ("city", "fruit", "sailing", "desert")
PER_ALBUM = 10


@pytest.fixture(scope="session")
def sample_albums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one sub-folder of photos an album."""
    rendered = tmp_path_factory.mktemp("rendered")
    render_samples(rendered, per_album=PER_ALBUM, seed=5)
    albums = tmp_path_factory.mktemp("albums")
    for name in ALBUMS:
        shutil.move(rendered / name, albums / name)
    return albums


@pytest.fixture(scope="session")
def other_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Other photos of the same albums."""
    rendered = tmp_path_factory.mktemp("others")
    render_samples(rendered, per_album=5, seed=6)
    return rendered


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What every process gets: a home folder that is not the person's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LETSPIC_")}
    return {**kept, "HOME": str(tmp_path_factory.mktemp("person"))}


@pytest.fixture(scope="module")
def make_desktop(
    tmp_path_factory: pytest.TempPathFactory, backbone: Backbone, environment: dict[str, str]
) -> Iterator[Callable[[str], Desktop]]:
    """Make a desktop with a home of its own, in which the default backbone is built already."""
    made: list[Desktop] = []

    def make(name: str) -> Desktop:
        home = tmp_path_factory.mktemp(name)
        shutil.copytree(backbone.path.parent, home / "backbones")
        made.append(Desktop(home, environment))
        return made[-1]

    yield make
    for desktop in made:
        for started in desktop.started:
            started.close()


@pytest.fixture(scope="module")
def make_board(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Iterator[Callable[..., Board]]:
    """Start a device with a home of its own."""
    made: list[Board] = []

    def make(name: str, *options: object) -> Board:
        made.append(Board(tmp_path_factory.mktemp(name) / "home", name, options, environment))
        return made[-1]

    yield make
    for board in made:
        board.stop()
