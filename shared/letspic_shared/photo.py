"""The one place that decodes, orients, resizes and re-encodes photos, for both ends.

Big files are decoded at a reduced scale where their format can, or shrunk before they are converted, so that
memory stays bounded. Pillow is imported by the first call, not with this module.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from letspic_shared.photo_exposure import Exposure, read_exposure
from letspic_shared.photo_file import (
    DECODER_ERRORS,
    MAX_PIXELS,
    Source,
    check_pixels,
    looks_like_photo,
    opened,
    supported_formats,
)
from letspic_shared.photo_metadata import read_camera, read_position, read_taken
from letspic_shared.photo_pixels import reduced, to_rgb, turned
from letspic_shared.photo_raw import SUFFIXES as RAW_SUFFIXES

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "Exposure",
    "PhotoInfo",
    "Source",
    "load_oriented",
    "load_reduced",
    "looks_like_photo",
    "model_input",
    "probe",
    "supported_formats",
    "thumbnail_jpeg",
    "to_placed_jpeg",
    "verify",
    "verify_and_shrink",
]

Size = tuple[int, int]

IMAGE_SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".dib"}
    | {".jp2", ".j2k", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".ico", ".avif", ".heic", ".heif", ".hif"}
    | RAW_SUFFIXES
)
# Decoding keeps at least twice the wanted size: nearer than that, the resize cannot hide the decoder's own.
_RESERVE: Final = 2
_LONGEST_PLACED: Final = 4096
_EXIF_BLOCK: Final = 0x8769
_GPS_BLOCK: Final = 0x8825
_ORIENTATION: Final = 0x0112
_LYING: Final = (5, 6, 7, 8)
# The orientations that quarter turns clockwise are undone by.
_QUARTER_TURNS: Final = (1, 6, 3, 8)


@dataclass(frozen=True, kw_only=True)
class PhotoInfo:
    """What a photo is and when, where and with what it was taken.

    Parameters
    ----------
    format
        Pillow's name of the file format (``JPEG``, ``PNG``, ...).
    width, height
        Pixels after orientation.
    orientation
        EXIF orientation of the stored pixels, 1..8.
    taken_local, taken_utc, taken_source
        See ``photo_metadata.Taken``.
    latitude, longitude
        Degrees, north and east positive; both or neither.
    camera
        Maker and model.
    exposure
        How it was exposed.
    """

    format: str
    width: int
    height: int
    orientation: int = 1
    taken_utc: datetime | None = None
    taken_local: datetime | None = None
    taken_source: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str | None = None
    exposure: Exposure = field(default_factory=Exposure)


def load_oriented(source: Source, *, max_side: int | None = None, quarter_turns: int = 0) -> Image:
    """Decode a photo as people see it: RGB, turned by its EXIF orientation, transparency over white.

    Parameters
    ----------
    source
        A file, or its bytes. Of an animation, the first picture.
    max_side
        Longest side of the result, in pixels; smaller photos keep their size. Big photos then decode faster
        and in less memory.

    Raises
    ------
    PhotoError
        The file cannot be read, is empty, cut short, damaged, no picture, or larger than ``MAX_PIXELS``.
    """
    if max_side is None:
        image = _decode(source, None)[0]
    else:
        decoded, full = _decode(source, lambda size: _fit_long_side(size, max_side))
        image = _resized(decoded, _fit_long_side(full, max_side))
    return turned(image, _QUARTER_TURNS[quarter_turns % 4])


def load_reduced(source: Source, *, most_pixels: int, quarter_turns: int = 0) -> tuple[Image, int]:
    """Decode a photo at a half, a quarter, ... of its size: much faster than any other size, and in little memory.

    Parameters
    ----------
    most_pixels
        The result has no more pixels than this, as far as halving its sides can do that.

    Returns
    -------
    picture, factor
        As from ``load_oriented``; each of its pixels is ``factor`` x ``factor`` of the photo.

    Raises
    ------
    PhotoError
        As ``load_oriented``.
    """
    factor = 1

    def target(size: Size) -> Size:
        nonlocal factor
        factor = 1
        while size[0] * size[1] > most_pixels * factor * factor:
            factor *= 2
        return max(1, size[0] // factor), max(1, size[1] // factor)

    image, _ = _decode(source, target, reserve=1)
    return turned(image, _QUARTER_TURNS[quarter_turns % 4]), factor


def model_input(source: Source, size: int) -> NDArray[np.uint8]:
    """Return a photo as a backbone takes it: uint8 [size, size, 3] RGB, squashed (not cropped), bilinear.

    Raises
    ------
    PhotoError
        As ``load_oriented``.
    """
    from PIL.Image import Resampling

    image, _ = _decode(source, lambda _: (size, size))
    return np.asarray(image.resize((size, size), Resampling.BILINEAR), dtype=np.uint8)


def to_placed_jpeg(source: Source, *, short_side: int = 256, quality: int = 90) -> bytes:
    """Return the copy of a photo that is placed on devices: oriented, small, and without any metadata.

    Parameters
    ----------
    short_side
        Pixels of the shorter side; a smaller photo keeps its size.

    Raises
    ------
    PhotoError
        As ``load_oriented``.
    """

    def target(size: Size) -> Size:
        return _scaled(size, min(1.0, short_side / min(size), _LONGEST_PLACED / max(size)))

    image, full = _decode(source, target)
    return _jpeg(_resized(image, target(full)), quality)


def thumbnail_jpeg(source: Source, *, edge: int, quality: int = 85, quarter_turns: int = 0) -> bytes:
    """Return a JPEG of a photo that fits into a square of ``edge`` pixels; never larger than the photo."""
    return _jpeg(load_oriented(source, max_side=edge, quarter_turns=quarter_turns), quality)


def probe(source: Source) -> PhotoInfo:
    """Read what a photo says about itself, without decoding it where its format allows that.

    Raises
    ------
    PhotoError
        The file cannot be opened as a picture. Damaged metadata is left out, never an error.
    """
    with opened(source) as image:
        return _info(image)


def verify(source: Source) -> PhotoInfo:
    """Like ``probe``, and prove that the whole picture decodes, at the cheapest scale that its format offers.

    Raises
    ------
    PhotoError
        As ``load_oriented``: what passes here can be shown, placed and used for features.
    """
    with opened(source) as image:
        info = _info(image)
        drafted = image.draft(None, (1, 1)) is not None
        image.load()
        check_pixels(image)
        # An icon chooses its size, and old Pillows turn a TIFF, only while it loads.
        if not drafted and image.format in ("ICO", "TIFF"):
            info = replace(info, width=image.width, height=image.height)
        return info


def verify_and_shrink(source: Source, *, edge: int, quality: int = 85) -> tuple[PhotoInfo, bytes]:
    """Do what ``verify`` and ``thumbnail_jpeg`` do, and decode the picture only once for both.

    Raises
    ------
    PhotoError
        As ``load_oriented``.
    """
    with opened(source) as image:
        info = _info(image)
        picture, full = _decoded(image, lambda size: _fit_long_side(size, edge))
        if image.format in ("ICO", "TIFF"):
            info = replace(info, width=image.width, height=image.height)
    return info, _jpeg(_resized(picture, _fit_long_side(full, edge)), quality)


def _decode(source: Source, target: Callable[[Size], Size] | None, *, reserve: int = _RESERVE) -> tuple[Image, Size]:
    """Return the oriented RGB picture, at least ``reserve`` x the target size, and its full size."""
    with opened(source) as image:
        return _decoded(image, target, reserve=reserve)


def _decoded(image: Image, target: Callable[[Size], Size] | None, *, reserve: int = _RESERVE) -> tuple[Image, Size]:
    """Do the same with a picture that is open."""
    # Before loading: then Pillow still gives what it could decode of a PNG whose data stream breaks off.
    orientation = _orientation(image)
    full, drafted = image.size, False
    if target is not None:
        drafted = image.draft(None, _times(target(full), reserve)) is not None
    image.load()
    check_pixels(image)
    if image.format == "TIFF":
        # Pillow turns it itself while it loads, and then drops the tag.
        orientation = _orientation(image)
    full = full if drafted else image.size
    picture: Image = image
    if target is not None:
        picture = reduced(picture, _times(target(full), reserve))
    upright = turned(picture, orientation) if picture.mode == "RGB" else picture
    if upright is image or upright.mode != "RGB" or "transparency" in upright.info:
        upright = to_rgb(upright)
    # Where turning or shrinking made a new RGB picture, another copy of all pixels would be memory wasted.
    picture = upright if picture.mode == "RGB" else turned(upright, orientation)
    # Comments, profiles and EXIF would otherwise travel into whatever is saved from it.
    picture.info.clear()
    return picture, (full[::-1] if orientation in _LYING else full)


def _info(image: Image) -> PhotoInfo:
    width, height = image.size
    orientation = _orientation(image)
    # Pillow swaps the sides of a TIFF when it opens it.
    if orientation in _LYING and image.format != "TIFF":
        width, height = height, width
    main, exif, gps = (_tags(image, block) for block in (None, _EXIF_BLOCK, _GPS_BLOCK))
    taken, position = read_taken(main, exif, gps), read_position(gps)
    return PhotoInfo(
        format=image.format or "",
        width=width,
        height=height,
        orientation=orientation,
        taken_local=taken.local,
        taken_utc=taken.utc,
        taken_source=taken.source,
        latitude=position[0] if position else None,
        longitude=position[1] if position else None,
        camera=read_camera(main),
        exposure=read_exposure(exif),
    )


def _tags(image: Image, block: int | None) -> dict[int, Any]:
    """Return the tags of the main EXIF block (None) or of a nested one; empty where it is damaged."""
    try:
        exif = image.getexif()
        return dict(exif if block is None else exif.get_ifd(block))
    except DECODER_ERRORS:
        return {}


def _orientation(image: Image) -> int:
    value = _tags(image, None).get(_ORIENTATION)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _resized(image: Image, size: Size) -> Image:
    from PIL.Image import Resampling

    return image if image.size == size else image.resize(size, Resampling.LANCZOS)


def _fit_long_side(size: Size, max_side: int) -> Size:
    return _scaled(size, min(1.0, max_side / max(size)))


def _scaled(size: Size, scale: float) -> Size:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _times(size: Size, factor: int) -> Size:
    return factor * size[0], factor * size[1]


def _jpeg(image: Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
