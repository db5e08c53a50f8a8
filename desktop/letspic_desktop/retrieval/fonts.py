"""A font for any words: the one that comes with Pillow where it has the letters, else one of the machine's."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

from PIL import ImageFont

Face = ImageFont.FreeTypeFont | ImageFont.ImageFont

# The bundled font looks the same on every machine but has little beyond ASCII.
_PLAIN_SIGNS: Final = str.maketrans({"×": "x", "−": "-", "–": "-", "—": "-", "→": ">", "_": " "})
_WIDER_FONTS: Final = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "segoeui.ttf", "Arial.ttf"),
    *("NotoSansCJK-Regular.ttc", "NotoSansCJKkr-Regular.otf", "WenQuanYi Zen Hei.ttf", "wqy-zenhei.ttc"),
    *("malgun.ttf", "msyh.ttc", "meiryo.ttc", "AppleSDGothicNeo.ttc", "PingFang.ttc", "Arial Unicode.ttf"),
)
_NO_LETTER: Final = "\uffff"


def font_for(words: str, size: float) -> tuple[Face, str]:
    """Return a font of ``size`` pixels that can write ``words``, and the words as they are to be written.

    Typographic signs become their plain forms. Where no font has all letters, accents are left out and the font
    that has most of them is taken; what is missing even then shows as an empty box.
    """
    plain = words.translate(_PLAIN_SIGNS)
    face, missing = _best(plain, size)
    if missing:
        apart = unicodedata.normalize("NFD", plain)
        bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
        plain = unicodedata.normalize("NFC", bare)
        face, _ = _best(plain, size)
    return face, plain


def _best(words: str, size: float) -> tuple[Face, int]:
    """Return the font that lacks the fewest letters of ``words``, the bundled one if it is as good, and how many."""
    bundled = _bundled(size)
    missing = _missing(bundled, words)
    if not missing:
        return bundled, 0
    counted = [(bundled, missing), *((face, _missing(face, words)) for face in _wider(size))]
    return min(counted, key=lambda one: one[1])


@cache
def _bundled(size: float) -> Face:
    return ImageFont.load_default(size)


@cache
def _wider(size: float) -> tuple[Face, ...]:
    """Return the fonts of ``_WIDER_FONTS`` that this machine has."""
    faces = []
    for name in _WIDER_FONTS:
        try:
            faces.append(ImageFont.truetype(name, size))
        except OSError:
            continue
    return tuple(faces)


def _missing(face: Face, words: str) -> int:
    empty_box = _shape(face, _NO_LETTER)
    return sum(_shape(face, letter) == empty_box for letter in set(words) if not letter.isspace())


@cache
def _shape(face: Face, letter: str) -> bytes:
    return bytes(face.getmask(letter))
