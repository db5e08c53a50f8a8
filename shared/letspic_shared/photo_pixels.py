"""Pixels of any mode that a file may have, brought to upright 8-bit RGB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

_REDUCIBLE: Final = frozenset({"L", "RGB", "RGBX", "RGBA", "LA", "CMYK", "YCbCr", "I", "F"})
_WITH_ALPHA: Final = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})
_ROWS_AT_ONCE: Final = 256


def turned(image: Image, orientation: int) -> Image:
    """Return the picture upright; ``orientation`` is the EXIF value 1..8 of its pixels."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def to_rgb(image: Image) -> Image:
    """Return a new RGB picture: transparency over white, 16-bit and float grey scaled to 8 bits."""
    from PIL import Image as Pillow

    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return Pillow.fromarray(_to_8_bits(np.asarray(image))).convert("RGB")
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        white = Pillow.new("RGB", image.size, "white")
        white.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return white
    return image.convert("RGB") if image.mode != "RGB" else image.copy()


def reduced(image: Image, size: tuple[int, int]) -> Image:
    """Shrink by a whole factor, still in the file's own mode, to no less than ``size``."""
    factor = min(image.width // size[0], image.height // size[1])
    if factor < 2 or image.mode not in _REDUCIBLE or "transparency" in image.info:
        return image
    return image.reduce(factor)


def _to_8_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Scale grey values [h, w] of 16 or 32 bits or floats to 0..255, some rows at a time to bound memory."""
    scale = np.float32(255 / _full_scale(values))
    result = np.empty(values.shape, dtype=np.uint8)
    for start in range(0, len(values), _ROWS_AT_ONCE):
        rows = values[start : start + _ROWS_AT_ONCE].astype(np.float32) * scale
        result[start : start + _ROWS_AT_ONCE] = np.clip(np.nan_to_num(rows, posinf=255), 0, 255).round()
    return result


def _full_scale(values: NDArray[Any]) -> float:
    """Return the value that is white: the type's own for 16 bits, else guessed from the brightest pixel."""
    if values.dtype.itemsize == 2:
        return 65535.0
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    brightest = float(finite.max(initial=0))
    if values.dtype.kind == "f" and brightest <= 1:
        return 1.0
    return next((white for white in (255.0, 65535.0) if brightest <= white), brightest)
