"""The albums of the sample photos: one function per album paints one scene, different at every call.

Albums share their skies, trees, water and light on purpose: a network that only sees colours and textures mixes
them up, and there is something to learn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Final

from letspic_desktop.retrieval.sample_brush import DARK, DAYLIGHTS, Brush, Colour, Light

_LEAVES: Final[Sequence[Colour]] = ((58, 110, 52), (96, 132, 58), (40, 84, 60), (150, 138, 60), (168, 96, 48))
_BRIGHT: Final[Sequence[Colour]] = (
    *((214, 60, 52), (240, 178, 50), (58, 120, 200), (240, 240, 236), (110, 62, 150), (60, 160, 120)),
)
_WALLS: Final[Sequence[Colour]] = ((226, 214, 190), (196, 110, 84), (236, 236, 230), (170, 178, 190), (220, 186, 110))
_SAND: Final[Sequence[Colour]] = ((226, 202, 156), (214, 176, 120), (198, 160, 118), (232, 216, 184))
_SEA: Final[Sequence[Colour]] = ((40, 110, 160), (60, 140, 150), (44, 84, 130), (92, 150, 170))
_GRASS: Final[Sequence[Colour]] = ((104, 142, 66), (132, 150, 84), (84, 118, 60), (160, 150, 90))
_ROCK: Final[Sequence[Colour]] = ((110, 108, 116), (126, 114, 106), (92, 98, 116))


@dataclass(frozen=True, kw_only=True)
class Scene:
    """An album of sample photos: its name, how a photo of it is painted, and the light it may have."""

    name: str
    paint: Callable[[Brush], None]
    lights: Sequence[Light] = DAYLIGHTS


def _water(brush: Brush, top: float, bottom: float) -> None:
    sea = brush.tinted(brush.one_of(_SEA))
    brush.gradient(top, bottom, brush.light.horizon if brush.chance(0.3) else sea, brush.tinted(sea, vary=0.3))
    for _ in range(brush.count(4, 18)):
        x, y, half = brush.between(0, 1), brush.between(top, bottom), brush.between(0.01, 0.08)
        brush.line([(x - half, y), (x + half, y)], 0.003, brush.tinted((214, 230, 240), vary=0.2))


def beach(brush: Brush) -> None:
    """Sky, sea and sand with some parasols and towels."""
    horizon = brush.between(0.15, 0.4)
    shore = horizon + brush.between(0.06, 0.22)
    brush.sky(horizon)
    _water(brush, horizon, shore + 0.1)
    sand = brush.tinted(brush.one_of(_SAND))
    line = brush.ridge(shore, 0.04, brush.tinted((236, 240, 240)), rough=0.3)
    brush.polygon([(0, brush.height), *((i / 32, y + 0.012) for i, y in enumerate(line)), (1, brush.height)], sand)
    for _ in range(brush.count(2, 7)):
        x, y, size = brush.between(0, 1), brush.between(shore + 0.08, brush.height), brush.between(0.05, 0.16)
        first, second = brush.tinted(brush.one_of(_BRIGHT)), brush.tinted((240, 240, 232))
        if brush.chance(0.3):
            brush.polygon([(x, y), (x + size, y - 0.01), (x + size * 1.2, y + 0.03), (x + 0.02, y + 0.04)], first)
            continue
        brush.line([(x, y), (x + size * 0.1, y - size * 1.2)], 0.006, brush.tinted((120, 90, 60)))
        for part in range(6):
            left, right = (x + size * (0.1 + (edge - 3) / 3) for edge in (part, part + 1))
            rim = y - size * 0.95
            brush.polygon([(x + size * 0.1, y - size * 1.5), (left, rim), (right, rim)], first if part % 2 else second)


def forest(brush: Brush) -> None:
    """Trees behind trees, down to the ground."""
    ground = brush.between(0.4, 0.7)
    brush.sky(ground, clouds=1)
    brush.ridge(ground - 0.1, 0.08, brush.tinted(brush.one_of(_LEAVES)))
    brush.ridge(ground, 0.05, brush.tinted(brush.one_of(_GRASS)))
    leaf, firs = brush.one_of(_LEAVES), brush.chance(0.5)
    for layer in range(3):
        for _ in range(brush.count(3, 8)):
            foot, size = (
                ground + 0.06 * layer + brush.between(-0.02, 0.04),
                brush.between(0.2, 0.36) * (1 + 0.5 * layer),
            )
            paint = brush.fir if firs != brush.chance(0.15) else brush.round_tree
            paint(brush.between(0, 1), foot, size, leaf)
    if brush.chance(0.4):
        x = brush.between(0.2, 0.8)
        path = [(x, ground), (x + 0.03, ground), (x + brush.between(0.1, 0.4), 0.8), (x - 0.2, 0.8)]
        brush.polygon(path, brush.tinted((170, 150, 120)))


def city(brush: Brush) -> None:
    """Towers with windows, lit or not."""
    brush.sky(0.75, clouds=1)
    base = brush.between(0.55, 0.75)
    for layer in range(2):
        x = brush.between(-0.1, 0)
        while x < 1:
            width, top = brush.between(0.06, 0.2), base - brush.between(0.12, 0.5) * (1 - 0.3 * layer)
            wall = brush.tinted(brush.one_of(((90, 96, 120), (120, 104, 100), (70, 84, 100))), vary=0.3)
            brush.box(x, top, x + width, brush.height, wall)
            _windows(brush, x, top, width, base)
            x += width + brush.between(0, 0.05)
    if brush.chance(0.4):
        _water(brush, base, brush.height)
    else:
        brush.box(0, base, 1, brush.height, brush.tinted((70, 70, 78)))
        for _ in range(brush.count(2, 10)):
            brush.oval(brush.between(0, 1), base + brush.between(0.01, 0.08), 0.008, 0.008, (255, 220, 150))


def _windows(brush: Brush, left: float, top: float, width: float, base: float) -> None:
    step, lit = brush.between(0.018, 0.04), brush.between(0.2, 0.7)
    glow = brush.one_of(((255, 220, 140), (255, 240, 200), (190, 220, 255), brush.light.top, brush.light.horizon))
    for column in range(int(width / step)):
        for row in range(int(max(0, base - top) / step)):
            if brush.chance(lit):
                x, y = left + (column + 0.3) * step, top + (row + 0.3) * step
                brush.box(x, y, x + step * 0.45, y + step * 0.5, glow)


def mountains(brush: Brush) -> None:
    """Peaks with snow, sometimes behind a lake, a meadow or firs."""
    foot = brush.between(0.45, 0.65)
    brush.sky(foot)
    for layer in range(brush.count(1, 3)):
        rock = brush.tinted(brush.one_of(_ROCK))
        for _ in range(brush.count(2, 3)):
            x, half = brush.between(0.1, 0.9), brush.between(0.18, 0.45)
            top = foot - half * brush.between(0.7, 1.2) * (1 - 0.2 * layer)
            brush.polygon([(x - half, foot + 0.05), (x, top), (x + half, foot + 0.05)], rock)
            snow, drop = brush.tinted((240, 244, 250), vary=0.05), (foot - top) * brush.between(0.25, 0.6)
            part = half * drop / (foot + 0.05 - top)
            teeth = [(x + part * (1 - 2 * i / 6), top + drop * (1 if i % 2 else 0.8)) for i in range(1, 6)]
            brush.polygon([(x - part, top + drop), (x, top), (x + part, top + drop), *teeth], snow)
    if brush.chance(0.3):
        _water(brush, foot, brush.height)
    else:
        brush.ridge(foot + 0.03, 0.04, brush.tinted(brush.one_of((*_GRASS, (228, 234, 242)))))
    for _ in range(brush.count(0, 7)):
        brush.fir(brush.between(0, 1), foot + brush.between(0.05, 0.25), brush.between(0.08, 0.2), (40, 84, 60))


def sunflowers(brush: Brush) -> None:
    """A field of sunflowers, near or far."""
    horizon = brush.between(0.05, 0.38)
    brush.sky(horizon + 0.05)
    brush.ridge(horizon, 0.04, brush.tinted(brush.one_of(_GRASS)))
    near = brush.between(0.05, 0.14)
    flowers = brush.count(8, 26)
    petals: Sequence[Colour] = ((244, 190, 40), (250, 210, 70), (230, 150, 40), (200, 90, 40))
    petal = brush.one_of(petals)
    for place in range(flowers):
        y = horizon + 0.06 + (brush.height - horizon) * (place / flowers) ** 1.3
        size, x = near * (0.35 + 0.65 * place / flowers) * brush.between(0.8, 1.2), brush.between(0, 1)
        brush.line([(x, y), (x + brush.between(-0.02, 0.02), y + size * 3)], size * 0.16, brush.tinted((70, 110, 50)))
        brush.oval(x - size, y + size * 1.6, size * 0.7, size * 0.3, brush.tinted((80, 130, 60)))
        colour, turn = brush.tinted(petal), brush.between(0, 1)
        for i in range(12):
            angle = turn + i * pi / 6
            tip = (x + size * cos(angle), y + size * 0.9 * sin(angle))
            sides = [(x + size * 0.5 * cos(angle + d), y + size * 0.5 * sin(angle + d)) for d in (-0.35, 0.35)]
            brush.polygon([sides[0], tip, sides[1]], colour)
        brush.oval(x, y, size * 0.52, size * 0.48, brush.tinted((92, 60, 34)))


def sailing(brush: Brush) -> None:
    """Boats with sails on the water."""
    horizon = brush.between(0.2, 0.5)
    brush.sky(horizon)
    if brush.chance(0.5):
        brush.ridge(horizon - 0.02, 0.04, brush.tinted(brush.one_of((*_GRASS, *_ROCK))))
    _water(brush, horizon, brush.height)
    for _ in range(brush.count(2, 5)):
        x, y, size = brush.between(0.1, 0.9), horizon + brush.between(0, 0.25), brush.between(0.06, 0.28)
        sail, side = (
            brush.tinted(brush.one_of((*_BRIGHT, (244, 244, 240), (244, 244, 240)))),
            1 if brush.chance(0.5) else -1,
        )
        deck, mast = y - size * 0.1, y - size * brush.between(1.0, 1.5)
        brush.line([(x, deck), (x, mast)], size * 0.03, brush.tinted((90, 70, 50)))
        brush.polygon([(x + 0.05 * size * side, deck), (x, mast), (x + size * 0.55 * side, deck)], sail)
        brush.polygon([(x - 0.05 * size * side, deck), (x, mast), (x - size * 0.4 * side, deck)], brush.tinted(sail))
        hull = [(x - size * 0.5, deck), (x + size * 0.6, deck), (x + size * 0.4, y + 0.04 * size), (x - size * 0.4, y)]
        brush.polygon(hull, brush.tinted(brush.one_of(_BRIGHT)))


def desert(brush: Brush) -> None:
    """Dunes with cacti and stones."""
    horizon = brush.between(0.2, 0.5)
    brush.sky(horizon + 0.05, clouds=1)
    sand = brush.one_of(_SAND)
    for layer in range(brush.count(2, 4)):
        brush.ridge(horizon + 0.1 * layer, brush.between(0.04, 0.14), brush.tinted(sand, vary=0.22), rough=0.3)
    for _ in range(brush.count(2, 7)):
        x, y, size = brush.between(0, 1), horizon + brush.between(0.1, 0.4), brush.between(0.06, 0.28)
        green, width = brush.tinted((70, 110, 70)), size * 0.16
        if brush.chance(0.2):
            brush.oval(x, y, size * 0.3, size * 0.18, brush.tinted(brush.one_of(_ROCK)))
            continue
        brush.line([(x, y), (x, y - size)], width, green)
        brush.oval(x, y - size, width / 2, width / 2, green)
        for side in (-1, 1):
            if brush.chance(0.75):
                arm, elbow = y - size * brush.between(0.3, 0.6), x + side * size * 0.28
                brush.line([(x, arm), (elbow, arm), (elbow, arm - size * 0.3)], width * 0.7, green)


def houses(brush: Brush) -> None:
    """A house or a row of them, with a garden."""
    ground = brush.between(0.45, 0.65)
    brush.sky(ground)
    brush.ridge(ground - 0.02, 0.05, brush.tinted(brush.one_of(_GRASS)))
    for _ in range(brush.count(0, 3)):
        brush.round_tree(brush.between(0, 1), ground, brush.between(0.15, 0.35), brush.one_of(_LEAVES))
    size = brush.between(0.16, 0.42)
    x = brush.between(0, 0.4)
    for _ in range(brush.count(1, 3)):
        foot, tall = ground + brush.between(0.02, 0.12), size * brush.between(0.5, 0.9)
        brush.box(x, foot - tall, x + size, foot, brush.tinted(brush.one_of(_WALLS)))
        roof, peak = (
            brush.tinted(brush.one_of(((160, 70, 50), (90, 84, 88), (120, 90, 60)))),
            size * brush.between(0.25, 0.5),
        )
        eaves = size * 0.08
        brush.polygon(
            [(x - eaves, foot - tall), (x + size / 2, foot - tall - peak), (x + size + eaves, foot - tall)], roof
        )
        door, glass = brush.tinted(brush.one_of(_BRIGHT)), brush.tinted((110, 140, 170), vary=0.3)
        brush.box(x + size * 0.42, foot - tall * 0.45, x + size * 0.58, foot, door)
        for column in (0.14, 0.7):
            top = foot - tall * brush.between(0.7, 0.85)
            brush.box(x + size * column, top, x + size * (column + 0.18), top + tall * 0.25, glass)
        x += size * brush.between(1.15, 1.5)
    for _ in range(brush.count(0, 8)):
        brush.oval(
            brush.between(0, 1), ground + brush.between(0.14, 0.25), 0.012, 0.012, brush.tinted(brush.one_of(_BRIGHT))
        )


def balloons(brush: Brush) -> None:
    """Hot-air balloons over some land."""
    land = brush.between(0.5, 0.9)
    brush.sky(0.75)
    brush.ridge(land, 0.06, brush.tinted(brush.one_of((*_GRASS, *_SAND))))
    for _ in range(brush.count(2, 6)):
        _balloon(brush, brush.between(0.1, 0.9), brush.between(0.1, 0.5), brush.between(0.04, 0.2))


def _balloon(brush: Brush, x: float, y: float, size: float) -> None:
    first, second = brush.tinted(brush.one_of(_BRIGHT)), brush.tinted(brush.one_of(_BRIGHT))
    brush.polygon([(x - size * 0.8, y + size * 0.5), (x + size * 0.8, y + size * 0.5), (x, y + size * 1.5)], first)
    for stripe, part in enumerate((1.0, 0.66, 0.3)):
        brush.oval(x, y, size * part, size, second if stripe % 2 else first)
    basket, half = y + size * 1.55, size * 0.16
    brush.box(x - half, basket, x + half, basket + half * 1.6, brush.tinted((120, 84, 50)))


def fruit(brush: Brush) -> None:
    """Fruit on a table, in front of a wall."""
    table = brush.between(0.3, 0.5)
    wall = brush.tinted(brush.one_of((*_WALLS, *_SAND, brush.light.top)))
    brush.gradient(0, table, wall, brush.tinted(wall, vary=0.3))
    brush.gradient(table, brush.height, brush.tinted((150, 104, 66), vary=0.4), brush.tinted((110, 74, 48), vary=0.3))
    if brush.chance(0.6):
        x, rx = brush.between(0.3, 0.7), brush.between(0.2, 0.4)
        brush.oval(x, table + 0.14, rx, rx * 0.35, brush.tinted((226, 228, 232)))
    skins: Sequence[Colour] = ((200, 50, 44), (240, 150, 40), (150, 180, 60), (236, 210, 70), (110, 50, 110))
    size = brush.between(0.05, 0.14)
    for place in range(brush.count(3, 11)):
        x, y = brush.between(0.15, 0.85), table + 0.02 + 0.03 * place
        skin, round_ = brush.tinted(brush.one_of(skins)), brush.between(0.85, 1.1)
        brush.oval(x, y + size * 0.75, size * 1.1, size * 0.3, brush.tinted((80, 56, 40)))
        brush.oval(x, y, size, size * round_, skin)
        brush.oval(x - size * 0.3, y - size * 0.35, size * 0.28, size * 0.2, brush.tinted((250, 236, 220)))
        brush.line([(x, y - size * 0.9), (x + size * 0.15, y - size * 1.25)], size * 0.1, brush.tinted((90, 70, 40)))


def stranger(brush: Brush) -> None:
    """Put something into the picture that belongs to other albums: a tree, a fir, a fruit, a balloon, a wall."""
    x, foot = brush.between(0.05, 0.95), brush.between(0.45, 0.72)
    kind = brush.count(0, 4)
    if kind == 0:
        brush.round_tree(x, foot, brush.between(0.15, 0.4), brush.one_of(_LEAVES))
    elif kind == 1:
        brush.fir(x, foot, brush.between(0.15, 0.4), brush.one_of(_LEAVES))
    elif kind == 2:
        radius = brush.between(0.03, 0.08)
        brush.oval(x, foot, radius, radius, brush.tinted(brush.one_of(_BRIGHT)))
    elif kind == 3:
        _balloon(brush, x, brush.between(0.1, 0.3), brush.between(0.03, 0.08))
    else:
        width, top = brush.between(0.1, 0.25), brush.between(0.3, 0.5)
        brush.box(x, top, x + width, foot + 0.1, brush.tinted(brush.one_of(_WALLS)))
        _windows(brush, x, top, width, foot)


SCENES: Final = (
    Scene(name="balloons", paint=balloons),
    Scene(name="beach", paint=beach),
    Scene(name="city", paint=city, lights=(*DAYLIGHTS, *DARK)),
    Scene(name="desert", paint=desert),
    Scene(name="forest", paint=forest),
    Scene(name="fruit", paint=fruit),
    Scene(name="houses", paint=houses),
    Scene(name="sailing", paint=sailing),
    Scene(name="snow mountains", paint=mountains),
    Scene(name="sunflowers", paint=sunflowers),
)
