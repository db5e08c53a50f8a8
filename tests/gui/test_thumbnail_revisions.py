"""Pictures of the grid after a rotation: another one for each revision, and turned without a wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.library.placements import HeldPhoto
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.dispatcher import Dispatcher
from letspic_desktop.ui.grid.thumbnails import EDGE, ThumbnailLoader


@pytest.fixture
def photo(app: Application, tmp_path: Path) -> str:
    """Orange on the left, navy on the right."""
    image = Image.new("RGB", (300, 300), "navy")
    image.paste("orange", (0, 0, 150, 300))
    image.save(tmp_path / "one.png")
    ImportPhotos(sources=(tmp_path / "one.png",)).run(app, Progress())
    return app.catalog.photos.all()[0]


@pytest.fixture
def loader(app: Application, qtbot: QtBot) -> Iterator[ThumbnailLoader]:
    dispatcher = Dispatcher()
    loader = ThumbnailLoader(app, dispatcher)
    yield loader
    dispatcher.close()
    loader.close()


def shown(loader: ThumbnailLoader, qtbot: QtBot, photo: str, revision: int) -> QImage:
    qtbot.waitUntil(lambda: loader.pixmap(photo, revision) is not None, timeout=5000)
    pixmap = loader.pixmap(photo, revision)
    assert pixmap is not None
    return pixmap.toImage()


def orange_side(image: QImage) -> str:
    middle = image.width() // 2
    far = image.width() - 30
    for name, at in (
        ("left", (30, middle)),
        ("right", (far, middle)),
        ("top", (middle, 30)),
        ("bottom", (middle, far)),
    ):
        others = {"left": (far, middle), "right": (30, middle), "top": (middle, far), "bottom": (middle, 30)}[name]
        if image.pixelColor(*at).red() > 200 and image.pixelColor(*others).red() < 60:
            return name
    return "none"


SIDES = {0: "left", 1: "top", 2: "right", 3: "bottom"}


@pytest.mark.parametrize("revision", SIDES)
def test_each_revision_is_decoded_turned(loader: ThumbnailLoader, qtbot: QtBot, photo: str, revision: int) -> None:
    assert orange_side(shown(loader, qtbot, photo, revision)) == SIDES[revision]


@pytest.mark.parametrize("first", SIDES)
@pytest.mark.parametrize("then", SIDES)
def test_a_rotation_shows_at_once(loader: ThumbnailLoader, qtbot: QtBot, photo: str, first: int, then: int) -> None:
    shown(loader, qtbot, photo, first)
    before = loader.kept_bytes
    pixmap = loader.pixmap(photo, then)
    assert pixmap is not None
    assert orange_side(pixmap.toImage()) == SIDES[then]
    # It took the place of the other one.
    assert loader.kept_bytes == before


def test_a_thumbnail_outlives_the_drive_of_its_photo(
    app: Application, loader: ThumbnailLoader, qtbot: QtBot, photo: str
) -> None:
    assert app.thumbnails.kept(photo, EDGE, revision=2) is None
    made = app.thumbnails.get(photo, app.catalog.photos.source(photo), EDGE, revision=2)
    assert app.thumbnails.kept(photo, EDGE, revision=2) == made
    app.catalog.photos.source(photo).unlink()
    assert orange_side(shown(loader, qtbot, photo, 2)) == "right"


def test_holders_are_those_with_a_placed_copy_or_one_of_their_own(app: Application, photo: str) -> None:
    devices = [app.catalog.devices.add(device_id=name, name=name) for name in ("attic", "cellar", "kitchen")]
    app.catalog.placements.place(devices[0].id, [photo])
    app.catalog.placements.set_held(devices[1].id, [HeldPhoto(sha256=photo, kind="own")])
    assert set(app.catalog.placements.holders(photo)) == {devices[0].id, devices[1].id}
    assert app.catalog.placements.holders("00" * 32) == []
