"""What the viewer decodes: sizes, turns, bounds on memory, parts, and which pictures it holds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.dispatcher import Dispatcher
from letspic_desktop.ui.runner import Runner
from letspic_desktop.ui.viewer import pictures as pictures_module
from letspic_desktop.ui.viewer.canvas import Canvas
from letspic_desktop.ui.viewer.pictures import (
    FULL_PIXELS,
    SCREEN_PIXELS,
    CutOut,
    LoadPicture,
    LoadSmall,
    Picture,
    TurnPicture,
    to_qimage,
)
from letspic_desktop.ui.viewer.shelf import MOST_BYTES, Shelf
from letspic_shared.errors import KnownError


def four_colours(width: int, height: int) -> Image.Image:
    """Red, green / blue, white, from the upper left."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = (255, 0, 0)
    pixels[: height // 2, width // 2 :] = (0, 255, 0)
    pixels[height // 2 :, : width // 2] = (0, 0, 255)
    pixels[height // 2 :, width // 2 :] = (255, 255, 255)
    return Image.fromarray(pixels)


def corners(image: QImage) -> list[str]:
    right, bottom = image.width() - 1, image.height() - 1
    return [image.pixelColor(x, y).name() for x, y in ((0, 0), (right, 0), (0, bottom), (right, bottom))]


@pytest.fixture
def photo(app: Application, tmp_path: Path) -> str:
    file = tmp_path / "four.png"
    four_colours(300, 200).save(file)
    ImportPhotos(sources=(file,)).run(app, Progress())
    return app.catalog.photos.all()[0]


RED, GREEN, BLUE, WHITE = "#ff0000", "#00ff00", "#0000ff", "#ffffff"


@pytest.mark.parametrize("width", [1, 2, 3, 5, 301])
def test_pixels_arrive_as_they_were(width: int) -> None:
    noise = np.random.default_rng(width).integers(0, 256, (131, width, 3), dtype=np.uint8)
    image = to_qimage(Image.fromarray(noise))
    for y, x in ((0, 0), (130, width - 1), (127, 0), (128, width // 2)):
        assert image.pixelColor(x, y).getRgb()[:3] == tuple(noise[y, x])


@pytest.mark.parametrize(
    ("revision", "expected"),
    [(0, [RED, GREEN, BLUE, WHITE]), (1, [BLUE, RED, WHITE, GREEN]), (3, [GREEN, WHITE, RED, BLUE])],
)
def test_rotation_is_seen_in_every_size(app: Application, photo: str, revision: int, expected: list[str]) -> None:
    version = photo, revision
    size = (300, 200) if revision % 2 == 0 else (200, 300)
    for operation in (LoadPicture(version=version), LoadPicture(version=version, full=True)):
        picture = operation.run(app, Progress())
        assert (picture.width, picture.height) == size
        assert picture.sharp
        assert corners(picture.levels[0]) == expected
    small = LoadSmall(version=version).run(app, Progress())
    assert (small.width, small.height) == size
    assert small.levels[0].height() > small.levels[0].width() or revision % 2 == 0
    turned = TurnPicture(picture=LoadPicture(version=(photo, 0)).run(app, Progress()), quarter_turns=revision)
    picture = turned.run(app, Progress())
    assert (picture.width, picture.height) == size
    assert corners(picture.levels[0]) == expected


def test_levels_halve_and_the_smallest_sharp_one_is_painted(app: Application, tmp_path: Path) -> None:
    file = tmp_path / "large.jpg"
    four_colours(4000, 3000).save(file)
    picture = LoadPicture(version=(file, 0)).run(app, Progress())
    assert not picture.sharp
    assert not picture.final
    widths = [level.width() for level in picture.levels]
    assert widths[0] * picture.levels[0].height() <= SCREEN_PIXELS
    assert all(half in (whole // 2, (whole + 1) // 2) for whole, half in pairwise(widths))
    assert picture.level(1.0).width() == widths[0]
    assert picture.level(widths[1] / 4000).width() == widths[1]
    full = LoadPicture(version=(file, 0), full=True).run(app, Progress())
    assert full.sharp
    assert full.final


@pytest.mark.parametrize("full", [False, True])
def test_a_photo_of_too_many_pixels_is_shown_smaller(
    app: Application, tmp_path: Path, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bound in ("FULL_PIXELS", "SCREEN_PIXELS"):
        monkeypatch.setattr(pictures_module, bound, 1_000_000)
    file = tmp_path / "panorama.png"
    four_colours(100_000, 50).save(file)
    picture = LoadPicture(version=(file, 0), full=full).run(app, Progress())
    assert picture.final
    assert not picture.sharp
    assert (picture.width, picture.height) == (100_000, 50)
    assert picture.levels[0].width() * picture.levels[0].height() <= 1_000_000
    assert corners(picture.levels[0])[0] == RED


def test_bounds_let_no_photo_take_all_memory() -> None:
    assert 4 * FULL_PIXELS <= 210 << 20
    assert 3 * 4 * SCREEN_PIXELS * 4 / 3 <= MOST_BYTES


def test_a_part_is_cut_out_of_the_turned_photo(app: Application, photo: str) -> None:
    part = CutOut(version=(photo, 1), region=(0.0, 0.0, 0.5, 0.5)).run(app, Progress())
    assert (part.width(), part.height()) == (100, 150)
    assert set(corners(part)) == {BLUE}
    tiny = CutOut(version=(photo, 0), region=(0.99, 0.99, 0.01, 0.01)).run(app, Progress())
    assert (tiny.width(), tiny.height()) == (3, 2)


def test_a_part_of_a_large_photo_has_the_pixels_a_search_can_use(app: Application, tmp_path: Path) -> None:
    file = tmp_path / "large.jpg"
    four_colours(4000, 3000).save(file)
    part = CutOut(version=(file, 0), region=(0.5, 0.0, 0.25, 0.25)).run(app, Progress())
    assert part.width() == pytest.approx(1000, abs=2)
    whole = CutOut(version=(file, 0), region=(0.0, 0.0, 1.0, 1.0)).run(app, Progress())
    assert whole.width() == pytest.approx(1024, abs=2)


def test_thumbnail_stays_while_the_file_is_away(app: Application, photo: str) -> None:
    file = app.catalog.photos.source(photo)
    LoadSmall(version=(photo, 0)).run(app, Progress())
    file.unlink()
    assert LoadSmall(version=(photo, 0)).run(app, Progress()).width == 300
    with pytest.raises(KnownError):
        LoadPicture(version=(photo, 0)).run(app, Progress())


@pytest.fixture
def shelf(app: Application, qtbot: QtBot) -> Iterator[Shelf]:
    dispatcher = Dispatcher()
    runner = Runner(app, dispatcher, lambda error: None, lambda problem: KnownError(str(problem), ""))
    parent = QObject()
    shelf = Shelf(runner, parent)
    yield shelf
    shelf.close()
    dispatcher.close()
    runner.close()


def files(tmp_path: Path, count: int) -> list[Path]:
    made = []
    for number in range(count):
        made.append(tmp_path / f"{number}.png")
        four_colours(60 + number, 40).save(made[-1])
    return made


def test_neighbours_are_decoded_before_they_are_asked_for(shelf: Shelf, qtbot: QtBot, tmp_path: Path) -> None:
    versions = [(file, 0) for file in files(tmp_path, 5)]
    shelf.want(*versions[:3])
    qtbot.waitUntil(lambda: all(shelf.ready(version) for version in versions[:3]), timeout=5000)
    shelf.want(*versions[2:5])
    assert shelf.ready(versions[2])
    assert not shelf.ready(versions[0])
    qtbot.waitUntil(lambda: all(shelf.ready(version) for version in versions[2:5]), timeout=5000)
    assert shelf.bytes <= MOST_BYTES


def test_a_turned_photo_is_not_decoded_again(
    shelf: Shelf, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file,) = files(tmp_path, 1)
    shelf.want((file, 0))
    qtbot.waitUntil(lambda: shelf.ready((file, 0)), timeout=5000)

    def not_again(self: Any, app: Application, progress: Progress) -> Picture:
        raise AssertionError

    monkeypatch.setattr(LoadPicture, "run", not_again)
    shelf.want((file, 1))
    qtbot.waitUntil(lambda: shelf.ready((file, 1)), timeout=5000)
    picture = shelf.picture((file, 1))
    assert picture is not None
    assert (picture.width, picture.height) == (40, 60)


def test_what_cannot_be_decoded_is_known_and_tried_again(shelf: Shelf, qtbot: QtBot, tmp_path: Path) -> None:
    version = tmp_path / "gone.png", 0
    shelf.want(version)
    qtbot.waitUntil(lambda: shelf.problem(version) is not None, timeout=5000)
    four_colours(30, 20).save(version[0])
    shelf.try_again()
    qtbot.waitUntil(lambda: shelf.ready(version), timeout=5000)
    assert shelf.problem(version) is None


def test_all_pixels_are_held_for_one_photo_alone(shelf: Shelf, qtbot: QtBot, tmp_path: Path) -> None:
    versions = [(file, 0) for file in files(tmp_path, 2)]
    shelf.want(*versions)
    qtbot.waitUntil(lambda: shelf.ready(versions[0]) and shelf.ready(versions[1]), timeout=5000)
    before = shelf.bytes
    shelf.want_full(versions[0])
    qtbot.waitUntil(lambda: shelf.bytes > before, timeout=5000)
    shelf.want(*versions[::-1])
    assert shelf.bytes == before


@pytest.mark.parametrize("zoom", [None, 0.5, 1.0, 6.0])
def test_canvas_paints_each_part_where_it_belongs(qtbot: QtBot, zoom: float | None) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    canvas = Canvas(parent)
    canvas.resize(400, 300)
    levels = [to_qimage(four_colours(200 // shrink, 160 // shrink)) for shrink in (1, 2)]
    canvas.show_picture(Picture(levels=tuple(levels), width=200, height=160), same=False)
    if zoom is not None:
        canvas.zoom_to(zoom)
    shown = canvas.grab().toImage()
    left, top, width, height = canvas.view.area()
    for across, down, colour in ((0.47, 0.47, RED), (0.53, 0.47, GREEN), (0.47, 0.53, BLUE), (0.53, 0.53, WHITE)):
        at = round(left + across * width), round(top + down * height)
        assert shown.pixelColor(*at).name() == colour


@pytest.mark.parametrize("zoom", [1.0, 6.0])
def test_a_panorama_wider_than_qt_can_paint_is_painted(qtbot: QtBot, zoom: float) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    canvas = Canvas(parent)
    canvas.resize(400, 300)
    wide = QImage(1_200_000, 40, QImage.Format.Format_RGB32)
    painter = QPainter(wide)
    for left, top, colour in ((0, 0, RED), (600_000, 0, GREEN), (0, 20, BLUE), (600_000, 20, WHITE)):
        painter.fillRect(left, top, 600_000, 20, QColor(colour))
    painter.end()
    canvas.show_picture(Picture(levels=(wide,), width=1_200_000, height=40), same=False)
    canvas.zoom_to(zoom)
    shown = canvas.grab().toImage()
    assert shown.pixelColor(150, 140).name() == RED
    assert shown.pixelColor(250, 140).name() == GREEN
    assert shown.pixelColor(150, 160).name() == BLUE
    assert shown.pixelColor(250, 160).name() == WHITE
