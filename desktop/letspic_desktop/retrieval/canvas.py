"""Drawing in the look of the app with Pillow alone: smooth rounded boxes, marks, and text that fits its room."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from PIL import Image, ImageDraw

from letspic_desktop.retrieval.fonts import Face, font_for

SCALE: Final = 2
_SMOOTH: Final = 4

BACKGROUND: Final = "#f5f6f9"
CARD: Final = "#ffffff"
LINE: Final = "#e2e4ea"
INK: Final = "#16181d"
MUTED: Final = "#5b6270"
ACCENT: Final = "#4a4ddb"
ACCENT_TINT: Final = "#e6e7fb"
RIGHT: Final = "#1a8f4c"
RIGHT_TINT: Final = "#dcf4e5"
WRONG: Final = "#d13438"
WRONG_TINT: Final = "#fbe3e4"

# Strokes on a badge of 22 x 22 points.
_TICK: Final = (((6.6, 11.4), (9.8, 14.6), (15.6, 8.0)),)
_CROSS: Final = (((7.6, 7.6), (14.4, 14.4)), ((14.4, 7.6), (7.6, 14.4)))


class Box(NamedTuple):
    """A rectangle in points, right and bottom outside of it."""

    left: int
    top: int
    right: int
    bottom: int


class Canvas:
    """A picture that is drawn on in points, ``SCALE`` pixels each.

    Attributes
    ----------
    image
        The picture so far.
    width, height
        Its size in points.
    """

    def __init__(self, width: int, height: int, colour: str) -> None:
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width * SCALE, height * SCALE), colour)
        self._draw = ImageDraw.Draw(self.image)

    def fill(self, box: Box, *, radius: int, colour: str, outline: str | None = None) -> None:
        """Fill a rounded box, with an outline of one point inside it where a colour is given for it."""
        if outline is not None:
            self.fill(box, radius=radius, colour=outline)
            box, radius = Box(box.left + 1, box.top + 1, box.right - 1, box.bottom - 1), radius - 1
        mask = _rounded(box.right - box.left, box.bottom - box.top, radius)
        self.image.paste(colour, (box.left * SCALE, box.top * SCALE), mask)

    def paste(self, photo: Image.Image, left: int, top: int, *, radius: int) -> None:
        """Put a photo of whole points in place, with rounded corners."""
        mask = _rounded(photo.width // SCALE, photo.height // SCALE, radius)
        self.image.paste(photo, (left * SCALE, top * SCALE), mask)

    def text(
        self, left: int, top: int, words: str, *, size: int, colour: str, bold: bool = False, room: int | None = None
    ) -> int:
        """Write one line, shortened with an ellipsis to ``room`` points, and return where it ends."""
        face, words = font_for(words, size * SCALE)
        if room is not None:
            words = _shortened(words, face, room * SCALE)
        place = (left * SCALE, top * SCALE)
        # The bundled font has one weight: a thin stroke of the same colour makes the bold one.
        stroke = size * SCALE / 50 if bold else 0
        self._draw.text(place, words, font=face, fill=colour, stroke_width=stroke, stroke_fill=colour)
        return left + round(face.getlength(words) / SCALE)

    def pill(self, right: int, top: int, words: str, *, colour: str, tint: str) -> None:
        """Write words on a tinted pill that ends at ``right``."""
        face, written = font_for(words, 12 * SCALE)
        width = round(face.getlength(written) / SCALE) + 18
        self.fill(Box(right - width, top, right, top + 20), radius=10, colour=tint)
        self.text(right - width + 9, top + 3, words, size=12, colour=colour, bold=True)

    def mark(self, x: int, y: int, *, right: bool) -> None:
        """Draw a tick or a cross on a round badge with its centre at (x, y)."""
        badge = _badge(right=right)
        half = badge.width // 2
        self.image.paste(badge, (x * SCALE - half, y * SCALE - half), badge)

    def arrow(self, x: int, y: int, *, colour: str) -> None:
        """Draw an arrow to the right, 18 points long, that begins at (x, y)."""
        x, y, end = x * SCALE, y * SCALE, (x + 18) * SCALE
        self._draw.line([(x, y), (end, y)], fill=colour, width=SCALE)
        head = 4 * SCALE
        self._draw.line([(end - head, y - head), (end, y), (end - head, y + head)], fill=colour, width=SCALE)


def _shortened(words: str, face: Face, room: float) -> str:
    if face.getlength(words) <= room:
        return words
    while words and face.getlength(words + "…") > room:
        words = words[:-1]
    return words.rstrip() + "…"


@cache
def _rounded(width: int, height: int, radius: int) -> Image.Image:
    """Return the mask of a rounded box of this size in points; drawn larger and shrunk for smooth corners."""
    size = (max(1, width * SCALE), max(1, height * SCALE))
    if radius <= 0:
        return Image.new("L", size, 255)
    corner = radius * SCALE
    disc = Image.new("L", (2 * corner * _SMOOTH, 2 * corner * _SMOOTH))
    ImageDraw.Draw(disc).ellipse((0, 0, disc.width - 1, disc.height - 1), fill=255)
    disc = disc.resize((2 * corner, 2 * corner), Image.Resampling.BOX)
    mask = Image.new("L", size, 255)
    for x, left in ((0, 0), (corner, size[0] - corner)):
        for y, top in ((0, 0), (corner, size[1] - corner)):
            mask.paste(disc.crop((x, y, x + corner, y + corner)), (left, top))
    return mask


@cache
def _badge(*, right: bool) -> Image.Image:
    unit = SCALE * _SMOOTH
    side = 22 * unit
    badge = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(badge)
    draw.ellipse((0, 0, side - 1, side - 1), fill="white")
    draw.ellipse((2 * unit, 2 * unit, side - 2 * unit - 1, side - 2 * unit - 1), fill=RIGHT if right else WRONG)
    strokes = (
        [[(6.6, 11.4), (9.8, 14.6), (15.6, 8)]] if right else [[(7.6, 7.6), (14.4, 14.4)], [(14.4, 7.6), (7.6, 14.4)]]
    )
    for stroke in strokes:
        draw.line([(x * unit, y * unit) for x, y in stroke], fill="white", width=2 * unit, joint="curve")
    return badge.resize((side // _SMOOTH, side // _SMOOTH), Image.Resampling.LANCZOS)
