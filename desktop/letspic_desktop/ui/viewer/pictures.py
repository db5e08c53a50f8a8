"""Decodes photos for the viewer, in any thread: a small one at once, one for the screen, all pixels, or a part.

A picture is kept at several sizes, each half of the one before, so that painting never shrinks it by much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtGui import QImage, QTransform

from letspic_desktop.application import Application
from letspic_desktop.operations.device_pictures import FetchDevicePicture, shares_pictures
from letspic_desktop.progress import Progress
from letspic_desktop.ui.grid.thumbnails import EDGE, Key
from letspic_shared.errors import KnownError
from letspic_shared.photo import load_oriented, load_reduced, probe

if TYPE_CHECKING:
    from PIL.Image import Image

# A photo at one of its revisions: pictures are kept by it.
Version = tuple[Key, int]
Region = tuple[float, float, float, float]

# Enough for a large screen; 26 MB in memory.
SCREEN_PIXELS: Final = 6_553_600
# All pixels of a photo are decoded up to this many: 208 MB while it is looked at closely.
FULL_PIXELS: Final = 52_000_000
_SMALLEST_LEVEL: Final = 1_000_000
_ROWS_AT_ONCE: Final = 128
# A part that is searched with has at least so many pixels along its longer side, where the photo has them.
_PART_SIDE: Final = 1024


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A decoded photo.

    Parameters
    ----------
    levels
        The same picture at falling sizes.
    width, height
        Pixels of the whole photo as it is shown; a picture may have fewer.
    final
        Whether no larger picture of this photo is decoded, because it has all pixels, or would have too many.
    """

    levels: tuple[QImage, ...]
    width: int
    height: int
    final: bool = False

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return sum(level.sizeInBytes() for level in self.levels)

    @property
    def sharp(self) -> bool:
        """Whether it has every pixel of the photo."""
        return self.levels[0].width() >= self.width

    def level(self, zoom: float) -> QImage:
        """Return the smallest size that has a pixel for each of the screen; the largest one where none has."""
        wanted = zoom * self.width
        return next((level for level in reversed(self.levels) if level.width() >= wanted), self.levels[0])


@dataclass(frozen=True, kw_only=True)
class LoadSmall:
    """Get a photo's thumbnail: there at once where it was seen before, even while its file is away."""

    version: Version

    def run(self, app: Application, progress: Progress) -> Picture:
        """Get it."""
        progress.check()
        key, revision = self.version
        if isinstance(key, Path):
            raise KnownError(f"There is no thumbnail of {key.name}", "")
        photo = app.catalog.photos.get(key)
        if photo is None:
            return _of_device(app, progress, key)
        path = app.thumbnails.kept(key, EDGE, revision=revision)
        if path is None:
            path = app.thumbnails.get(key, app.catalog.photos.source(key), EDGE, revision=revision)
        image = QImage(str(path))
        if image.isNull():
            raise KnownError(f"The thumbnail of photo {key[:12]} cannot be read", "")
        width, height = turned_size(photo.width, photo.height, revision)
        return Picture(levels=(image.convertToFormat(QImage.Format.Format_RGB32),), width=width, height=height)


@dataclass(frozen=True, kw_only=True)
class LoadPicture:
    """Decode a photo for the screen, or with all its pixels (``full``) where they are not too many for memory."""

    version: Version
    full: bool = False

    def run(self, app: Application, progress: Progress) -> Picture:
        """Decode it; a QImage may be made in any thread."""
        progress.check()
        source, (width, height) = _source(app, self.version)
        progress.check()
        pixels = width * height
        most = FULL_PIXELS if self.full and pixels <= FULL_PIXELS else SCREEN_PIXELS
        image, factor = load_reduced(source, most_pixels=most, quarter_turns=self.version[1])
        progress.check()
        if factor == 1:
            # What was decoded knows better than what the file said before.
            width, height = image.size
        final = self.full or factor == 1 or pixels > FULL_PIXELS
        return Picture(levels=_levels(image), width=width, height=height, final=final)


@dataclass(frozen=True, kw_only=True)
class TurnPicture:
    """Turn a picture that is there already by quarter turns clockwise; much faster than to decode it again."""

    picture: Picture
    quarter_turns: int

    def run(self, app: Application, progress: Progress) -> Picture:
        """Turn it."""
        del app
        progress.check()
        turn = QTransform().rotate(90 * (self.quarter_turns % 4))
        old = self.picture
        width, height = turned_size(old.width, old.height, self.quarter_turns)
        levels = tuple(level.transformed(turn) for level in old.levels)
        return Picture(levels=levels, width=width, height=height, final=old.final)


@dataclass(frozen=True, kw_only=True)
class CutOut:
    """Cut a part out of a photo; ``region`` is left, top, width and height as shares 0..1 of what is shown."""

    version: Version
    region: Region

    def run(self, app: Application, progress: Progress) -> QImage:
        """Cut it out, with as many pixels as a search can use."""
        progress.check()
        source, (width, height) = _source(app, self.version)
        left, top, across, down = self.region
        wanted = max(width, height) * min(1.0, _PART_SIDE / max(1.0, across * width, down * height))
        side = min(math.ceil(wanted), _side(width, height, FULL_PIXELS))
        image = load_oriented(source, max_side=side, quarter_turns=self.version[1])
        progress.check()
        x, y = (min(int(share * size), size - 1) for share, size in ((left, image.width), (top, image.height)))
        right = min(image.width, max(x + 1, round((left + across) * image.width)))
        bottom = min(image.height, max(y + 1, round((top + down) * image.height)))
        return to_qimage(image.crop((x, y, right, bottom)))


def turned_size(width: int, height: int, quarter_turns: int) -> tuple[int, int]:
    """Return width and height after so many quarter turns."""
    return (height, width) if quarter_turns % 2 else (width, height)


def to_qimage(image: Image) -> QImage:
    """Return an RGB picture as Qt paints it fastest, some rows at a time to bound memory."""
    made = QImage(image.width, image.height, QImage.Format.Format_RGB32)
    if made.isNull():
        raise KnownError("There is not enough memory to show the photo", "Close other programs and open it again")
    pixels = np.frombuffer(made.bits(), np.uint8).reshape(image.height, image.width, 4)
    for top in range(0, image.height, _ROWS_AT_ONCE):
        rows = np.asarray(image.crop((0, top, image.width, min(image.height, top + _ROWS_AT_ONCE))))
        pixels[top : top + len(rows), :, :3] = rows[:, :, ::-1]
        pixels[top : top + len(rows), :, 3] = 255
    return made


def _of_device(app: Application, progress: Progress, sha256: str) -> Picture:
    """Return the small picture of a photo that devices alone hold, where an owner shares it."""
    holders = [one for one in app.catalog.placements.holders(sha256) if shares_pictures(app, one)]
    if not holders:
        raise KnownError("The owner of this device does not share pictures")
    image = QImage.fromData(FetchDevicePicture(device=holders[0], photo=sha256).run(app, progress))
    if image.isNull():
        raise KnownError("The device sent something else than a small picture", "Update the device")
    shown = image.convertToFormat(QImage.Format.Format_RGB32)
    # No more of it ever comes here: nothing is to be looked for when it is zoomed.
    return Picture(levels=(shown,), width=shown.width(), height=shown.height(), final=True)


def _source(app: Application, version: Version) -> tuple[Path, tuple[int, int]]:
    """Return the file of a photo, and its size as it is shown."""
    key, revision = version
    photo = None if isinstance(key, Path) else app.catalog.photos.get(key)
    source = key if isinstance(key, Path) else app.catalog.photos.source(key)
    if photo is not None:
        return source, turned_size(photo.width, photo.height, revision)
    info = probe(source)
    return source, turned_size(info.width, info.height, revision)


def _side(width: int, height: int, pixels: float) -> int:
    """Return the longer side at which a photo has no more than so many pixels."""
    return max(1, int(max(width, height) * min(1.0, math.sqrt(pixels / (width * height)))))


def _levels(image: Image) -> tuple[QImage, ...]:
    levels = [to_qimage(image)]
    while image.width * image.height > _SMALLEST_LEVEL and min(image.size) >= 2:
        image = image.reduce(2)
        levels.append(to_qimage(image))
    return tuple(levels)
