"""What a photo's EXIF block says about how it was exposed. Hostile blocks never raise.

Tag numbers: EXIF 2.32 (CIPA DC-008).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from letspic_shared.photo_metadata import Tags, text

_SECONDS: Final = 0x829A
_APERTURE: Final = 0x829D
_SENSITIVITY: Final = 0x8827
_FOCAL_LENGTH: Final = 0x920A
_FOCAL_LENGTH_35: Final = 0xA405
_LENS: Final = 0xA434
# Wider than any camera, so that only nonsense is left out.
_LONGEST: Final = 7 * 86_400.0
_LARGEST: Final = 10_000.0
_MOST_SENSITIVE: Final = 10_000_000.0


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """How a photo was exposed; None is what its file does not say.

    Parameters
    ----------
    seconds
        Exposure time.
    aperture
        F-number.
    sensitivity
        ISO speed.
    focal_length, focal_length_35
        Millimetres, as they are and as the same view on 35 mm film.
    lens
        Name of the lens.
    """

    seconds: float | None = None
    aperture: float | None = None
    sensitivity: int | None = None
    focal_length: float | None = None
    focal_length_35: float | None = None
    lens: str | None = None


def read_exposure(exif: Tags) -> Exposure:
    """Return what the tags of an EXIF block say; values that no camera has are left out."""
    sensitivity = _positive(exif.get(_SENSITIVITY), _MOST_SENSITIVE)
    return Exposure(
        seconds=_positive(exif.get(_SECONDS), _LONGEST),
        aperture=_positive(exif.get(_APERTURE), _LARGEST),
        sensitivity=round(sensitivity) if sensitivity is not None else None,
        focal_length=_positive(exif.get(_FOCAL_LENGTH), _LARGEST),
        focal_length_35=_positive(exif.get(_FOCAL_LENGTH_35), _LARGEST),
        lens=text(exif.get(_LENS)),
    )


def _positive(value: object, largest: float) -> float | None:
    """Return a number (of a list, its first) as a float, where it is finite, above zero and not too large."""
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) and value:
        value = value[0]
    try:
        number = float(value)  # type: ignore[arg-type]
    except (ValueError, TypeError, ArithmeticError):
        return None
    return number if math.isfinite(number) and 0 < number <= largest else None
