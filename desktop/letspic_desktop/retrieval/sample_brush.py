"""What the sample scenes are painted with: light, sky, hills, clouds, trees, in units of the picture's size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Light:
    """The light of a time of day: colours of the sky, and what it multiplies every other colour with."""

    top: Colour
    horizon: Colour
    tint: tuple[float, float, float]


NOON: Final = Light(top=(66, 134, 214), horizon=(188, 218, 240), tint=(1.0, 1.0, 1.0))
HAZE: Final = Light(top=(150, 172, 190), horizon=(214, 216, 210), tint=(0.92, 0.93, 0.92))
OVERCAST: Final = Light(top=(126, 134, 144), horizon=(190, 194, 198), tint=(0.78, 0.8, 0.84))
EVENING: Final = Light(top=(74, 78, 140), horizon=(246, 164, 92), tint=(1.02, 0.76, 0.6))
DAWN: Final = Light(top=(132, 150, 204), horizon=(248, 206, 196), tint=(1.0, 0.88, 0.86))
DUSK: Final = Light(top=(30, 36, 82), horizon=(160, 92, 112), tint=(0.56, 0.5, 0.66))
NIGHT: Final = Light(top=(8, 10, 28), horizon=(34, 40, 74), tint=(0.34, 0.36, 0.52))
DAYLIGHTS: Final = (NOON, NOON, HAZE, OVERCAST, EVENING, DAWN, DUSK)
DARK: Final = (DUSK, NIGHT, NIGHT)


class Brush:
    """Paints on one picture. Lengths are in parts of its width, (0, 0) is the top left corner.

    Parameters
    ----------
    size
        Pixels of the picture.
    light
        Colours everything that is painted with `tinted`.
    rng
        Where all variation comes from.
    """

    def __init__(self, size: tuple[int, int], light: Light, rng: np.random.Generator) -> None:
        self.image = Image.new("RGB", size, light.horizon)
        self.light, self.rng = light, rng
        self.height = size[1] / size[0]
        self._scale = size[0]
        self._draw = ImageDraw.Draw(self.image)

    def between(self, low: float, high: float) -> float:
        """Return a random number."""
        return float(self.rng.uniform(low, high))

    def count(self, low: int, high: int) -> int:
        """Return a random whole number, ``high`` included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        """Return True in this share of the cases."""
        return bool(self.rng.random() < share)

    def one_of(self, colours: Sequence[Colour]) -> Colour:
        """Return one of the colours."""
        return colours[self.count(0, len(colours) - 1)]

    def tinted(self, colour: Colour, *, vary: float = 0.12) -> Colour:
        """Return a colour in the picture's light, a little lighter or darker each time."""
        factor = 1 + self.between(-vary, vary)
        red, green, blue = (min(255, round(c * t * factor)) for c, t in zip(colour, self.light.tint, strict=True))
        return red, green, blue

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon([(x * self._scale, y * self._scale) for x, y in points], fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Fill a box; it may be of no size."""
        s = self._scale
        self._draw.rectangle((left * s, top * s, max(left, right) * s, max(top, bottom) * s), fill=colour)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """Fill an ellipse around (x, y)."""
        s = self._scale
        self._draw.ellipse(((x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s), fill=colour)

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a line, at least one pixel wide."""
        pixels = max(1, round(width * self._scale))
        self._draw.line([(x * self._scale, y * self._scale) for x, y in points], fill=colour, width=pixels)

    def gradient(self, top: float, bottom: float, first: Colour, last: Colour) -> None:
        """Fill a band over the whole width with a vertical gradient."""
        upper, lower = (max(0, round(y * self._scale)) for y in (top, bottom))
        rows = min(lower, self.image.height) - upper
        if rows <= 0:
            return
        ramp = np.linspace(np.array(first, np.float32), np.array(last, np.float32), rows)
        strip = Image.fromarray(ramp.astype(np.uint8)[:, None, :])
        self.image.paste(strip.resize((self.image.width, rows)), (0, upper))

    def sky(self, horizon: float, *, clouds: int = 3) -> None:
        """Paint the sky down to ``horizon``, with up to that many clouds and perhaps the sun."""
        self.gradient(0, horizon, self.light.top, self.light.horizon)
        if self.chance(0.4):
            radius = self.between(0.02, 0.06)
            self.oval(self.between(0, 1), self.between(0, horizon), radius, radius, (255, 244, 214))
        for _ in range(self.count(0, clouds)):
            self.cloud(self.between(0, 1), self.between(0, horizon * 0.8), self.between(0.04, 0.12))

    def cloud(self, x: float, y: float, size: float) -> None:
        """Paint a cloud of some puffs."""
        colour = self.tinted((244, 246, 250), vary=0.06)
        for _ in range(self.count(3, 6)):
            puff = size * self.between(0.3, 0.6)
            self.oval(x + self.between(-size, size), y + self.between(-0.2, 0.2) * size, puff * 1.4, puff, colour)

    def ridge(self, base: float, rise: float, colour: Colour, *, rough: float = 1.0) -> NDArray[np.float64]:
        """Fill everything below a wavy line ``rise`` above and below ``base``, and return the line's heights."""
        x = np.linspace(0, 1, 33)
        line = np.full(33, base)
        for octave in range(1, 5):
            height = rise / octave**1.3 * (rough if octave > 1 else 1)
            line += height * 0.5 * np.sin(x * octave * self.between(3, 7) + self.between(0, 7))
        self.polygon([(0.0, self.height), *zip(x.tolist(), line.tolist(), strict=True), (1.0, self.height)], colour)
        return line

    def round_tree(self, x: float, foot: float, size: float, leaf: Colour) -> None:
        """Paint a tree with a round crown."""
        self.box(x - size * 0.06, foot - size * 0.5, x + size * 0.06, foot, self.tinted((92, 66, 44)))
        for _ in range(5):
            puff = size * self.between(0.2, 0.32)
            dx, dy = self.between(-0.25, 0.25) * size, self.between(-0.95, -0.5) * size
            self.oval(x + dx, foot + dy, puff, puff, self.tinted(leaf, vary=0.2))

    def fir(self, x: float, foot: float, size: float, leaf: Colour) -> None:
        """Paint a fir of three tiers."""
        self.box(x - size * 0.04, foot - size * 0.2, x + size * 0.04, foot, self.tinted((74, 54, 40)))
        for tier in range(3):
            low, half = foot - size * (0.12 + 0.26 * tier), size * (0.3 - 0.07 * tier)
            self.polygon([(x - half, low), (x, low - size * 0.42), (x + half, low)], self.tinted(leaf, vary=0.18))
