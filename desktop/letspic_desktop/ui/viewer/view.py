"""Where a picture lies in the room that it is shown in: fitted, zoomed at a point, dragged. No Qt in here.

Lengths of the room are logical pixels, as the window system counts them; ``ratio`` of them are one of the screen.
A zoom of 1 shows each pixel of the photo as one pixel of the screen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isclose
from typing import Final

Size = tuple[float, float]
Point = tuple[float, float]
Area = tuple[float, float, float, float]

LARGEST_ZOOM: Final = 16.0
# A tiny picture, fitted, grows no further than this.
FIT_GROWS: Final = 4.0
STEP: Final = 1.25
_EMPTY: Final = (1.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class View:
    """What is seen of a picture.

    Parameters
    ----------
    picture
        Width and height of the photo in pixels, as it is shown.
    room
        Width and height of the room.
    ratio
        Pixels of the screen for one of the room.
    zoom
        Pixels of the screen for one of the photo; None fits the photo into the room.
    centre
        The pixel of the photo that is wished in the middle of the room.
    """

    picture: Size = _EMPTY
    room: Size = _EMPTY
    ratio: float = 1.0
    zoom: float | None = None
    centre: Point = (0.5, 0.5)

    @property
    def fit(self) -> float:
        """The zoom at which the whole photo is seen."""
        return min(FIT_GROWS, *(self.ratio * room / side for room, side in zip(self.room, self.picture, strict=True)))

    @property
    def zoomed(self) -> float:
        """The zoom as a number."""
        return self.fit if self.zoom is None else self.zoom

    @property
    def scale(self) -> float:
        """Lengths of the room for one pixel of the photo."""
        return self.zoomed / self.ratio

    @property
    def movable(self) -> bool:
        """Whether a part of the photo is out of sight."""
        return any(
            side * self.scale > room + 0.5 / self.ratio for side, room in zip(self.picture, self.room, strict=True)
        )

    def area(self) -> Area:
        """Return left, top, width and height of the whole photo in the room, on whole pixels of the screen."""
        scale = self.scale
        width, height = (side * scale for side in self.picture)
        middle = self._kept()
        left = self.room[0] / 2 - middle[0] * scale
        top = self.room[1] / 2 - middle[1] * scale
        return round(left * self.ratio) / self.ratio, round(top * self.ratio) / self.ratio, width, height

    def at(self, point: Point) -> Point:
        """Return the place in the photo, as shares 0..1, that is seen at a point of the room."""
        left, top, width, height = self.area()
        return (
            min(1.0, max(0.0, (point[0] - left) / width)),
            min(1.0, max(0.0, (point[1] - top) / height)),
        )

    def fitted(self) -> View:
        """Show all of it."""
        return replace(self, zoom=None)

    def zoomed_to(self, zoom: float, point: Point | None = None) -> View:
        """Zoom so that what is seen at ``point`` (the middle where None) stays there."""
        fit = self.fit
        wanted = min(LARGEST_ZOOM, max(min(1.0, fit), zoom))
        if wanted <= fit <= 1 or isclose(wanted, fit):
            return self.fitted()
        x, y = point if point is not None else (self.room[0] / 2, self.room[1] / 2)
        across, down = self.at((x, y))
        scale = wanted / self.ratio
        centre = (
            across * self.picture[0] + (self.room[0] / 2 - x) / scale,
            down * self.picture[1] + (self.room[1] / 2 - y) / scale,
        )
        return replace(self, zoom=wanted, centre=centre).settled()

    def moved(self, right: float, down: float) -> View:
        """Move the photo by a way in the room, no further than its edges."""
        middle = self._kept()
        return replace(self, centre=(middle[0] - right / self.scale, middle[1] - down / self.scale)).settled()

    def settled(self) -> View:
        """Return it with a centre that is really in the middle, so that later moves count from there."""
        return replace(self, centre=self._kept())

    def _kept(self) -> Point:
        """Return the pixel in the middle of the room: no gap beside a photo that is larger than the room."""
        kept = []
        for side, room, wished in zip(self.picture, self.room, self.centre, strict=True):
            half = room / 2 / self.scale
            kept.append(side / 2 if self.zoom is None or 2 * half >= side else min(side - half, max(half, wished)))
        return kept[0], kept[1]
