"""The part of a photo that a person chooses: drawn, moved, and resized by its handles or by the keyboard. No Qt.

All lengths are shares 0..1 of the photo as it is shown, so that a part stays where it is while the photo is zoomed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

SMALLEST: Final = 0.01
STEP: Final = 0.02
# Handle by (-1, 0 or 1 across, -1, 0 or 1 down).
Handle = tuple[int, int]
HANDLES: Final[tuple[Handle, ...]] = tuple(
    (across, down) for down in (-1, 0, 1) for across in (-1, 0, 1) if (across, down) != (0, 0)
)


@dataclass(frozen=True, kw_only=True)
class Region:
    """A rectangle inside the photo."""

    left: float = 0.25
    top: float = 0.25
    width: float = 0.5
    height: float = 0.5

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    @property
    def sides(self) -> tuple[float, float, float, float]:
        """Left, top, width and height."""
        return self.left, self.top, self.width, self.height

    def moved(self, across: float, down: float) -> Region:
        """Move it, no further than the edges of the photo."""
        return replace(
            self,
            left=min(1 - self.width, max(0.0, self.left + across)),
            top=min(1 - self.height, max(0.0, self.top + down)),
        )

    def grown(self, across: float, down: float) -> Region:
        """Move its right and lower edges: wider and higher, or narrower and lower."""
        return replace(
            self,
            width=min(1 - self.left, max(SMALLEST, self.width + across)),
            height=min(1 - self.top, max(SMALLEST, self.height + down)),
        )

    def dragged(self, handle: Handle, across: float, down: float) -> Region:
        """Drag one of its handles; the opposite edges stay."""
        left, width = _dragged(self.left, self.width, handle[0], across)
        top, height = _dragged(self.top, self.height, handle[1], down)
        return Region(left=left, top=top, width=width, height=height)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is inside."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def handle_at(self, x: float, y: float, reach: tuple[float, float]) -> Handle | None:
        """Return the handle that is within ``reach`` (across, down) of a point; the nearest of several."""
        found = None
        best = 1.0
        for handle in HANDLES:
            at = self.place(handle)
            away = max(abs(x - at[0]) / reach[0], abs(y - at[1]) / reach[1])
            if away <= best:
                found, best = handle, away
        return found

    def place(self, handle: Handle) -> tuple[float, float]:
        """Return where a handle is."""
        return self.left + self.width * (handle[0] + 1) / 2, self.top + self.height * (handle[1] + 1) / 2


def between(first: tuple[float, float], second: tuple[float, float]) -> Region:
    """Return the region with these two points as opposite corners, inside the photo and no smaller than it may be."""
    low = [min(1 - SMALLEST, max(0.0, min(one, other))) for one, other in zip(first, second, strict=True)]
    high = [min(1.0, max(0.0, max(one, other))) for one, other in zip(first, second, strict=True)]
    sides = [max(SMALLEST, high[axis] - low[axis]) for axis in (0, 1)]
    return Region(left=low[0], top=low[1], width=sides[0], height=sides[1])


def _dragged(start: float, length: float, end: int, way: float) -> tuple[float, float]:
    if end == 0:
        return start, length
    if end > 0:
        return start, min(1 - start, max(SMALLEST, length + way))
    moved = min(start + length - SMALLEST, max(0.0, start + way))
    return moved, length + start - moved
