"""Where photos were taken: rectangles and circles on the globe. Angles are degrees, north and east positive."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

EARTH_KILOMETRES: Final = 6371.0088


@dataclass(frozen=True, kw_only=True)
class Box:
    """From south to north and from west to east; a west above the east crosses the date line."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, kw_only=True)
class Circle:
    """All that is at most so many kilometres from a point, over the ground."""

    latitude: float
    longitude: float
    kilometres: float

    def box(self) -> Box:
        """Return the smallest box around the circle; near a pole, all longitudes."""
        angle = self.kilometres / EARTH_KILOMETRES
        north, south = (self.latitude + sign * math.degrees(angle) for sign in (1, -1))
        if north >= 90 or south <= -90:
            return Box(south=max(south, -90.0), west=-180.0, north=min(north, 90.0), east=180.0)
        width = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(self.latitude)))))
        return Box(
            south=south, west=_wrapped(self.longitude - width), north=north, east=_wrapped(self.longitude + width)
        )


def inside(circle: Circle, latitudes: NDArray[np.float64], longitudes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each point [n] whether it is in the circle (haversine formula on a sphere, within 0.5 %)."""
    north, east = np.radians(latitudes), np.radians(longitudes)
    here_north, here_east = math.radians(circle.latitude), math.radians(circle.longitude)
    half = np.sin((north - here_north) / 2) ** 2 + math.cos(here_north) * np.cos(north) * (
        np.sin((east - here_east) / 2) ** 2
    )
    result: NDArray[np.bool_] = 2 * EARTH_KILOMETRES * np.arcsin(np.sqrt(half.clip(0, 1))) <= circle.kilometres
    return result


def _wrapped(longitude: float) -> float:
    return (longitude + 180) % 360 - 180
