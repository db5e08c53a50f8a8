"""Where each photo of a grid is, by arithmetic alone: 100,000 photos cost no more to lay out than ten."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

HEADING: Final = 40
_FOOT: Final = 12


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in pixels of the whole grid, scrolled or not."""

    left: int
    top: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        """First line below it."""
        return self.top + self.height


@dataclass(frozen=True, kw_only=True, slots=True)
class GridSection:
    """A heading in words, the number of its first photo, and how many it has."""

    title: str
    start: int
    count: int


class GridLayout:
    """Square cells from left to right and from top to bottom, cut into sections with a heading each.

    Parameters
    ----------
    count
        Number of photos.
    side
        Of a cell, in pixels.
    columns
        Cells beside each other; as many as there are photos for a single row.
    starts
        Number of the first photo of each section, the first of them 0; none for a grid without headings.
    """

    def __init__(self, count: int, side: int, columns: int, starts: Sequence[int] = ()) -> None:
        self.count = count
        self.side = max(1, side)
        self.columns = max(1, columns)
        self.headings = bool(starts) and count > 0
        self._head = HEADING if self.headings else 0
        self._starts: list[int] = list(starts) if self.headings else [0]
        self._ends = [*self._starts[1:], count]
        self._tops: list[int] = []
        top = 0
        foot = _FOOT if self.headings else 0
        for start, end in zip(self._starts, self._ends, strict=True):
            self._tops.append(top)
            top += self._head + self._lines(end - start) * self.side + foot
        self.height = top
        self.width = min(self.columns, max(count, 1)) * self.side

    @property
    def sections(self) -> int:
        """How many sections there are."""
        return len(self._starts)

    def cell(self, number: int) -> Area:
        """Return where a photo is."""
        section = self.section_of(number)
        line, column = divmod(number - self._starts[section], self.columns)
        top = self._tops[section] + self._head + line * self.side
        return Area(column * self.side, top, self.side, self.side)

    def section_of(self, number: int) -> int:
        """Return the section of a photo."""
        return bisect_right(self._starts, number) - 1

    def section_at(self, y: int) -> int:
        """Return the section at a height; the first or last one beyond the ends."""
        return max(0, bisect_right(self._tops, y) - 1)

    def members(self, section: int) -> range:
        """Return the photos of a section."""
        return range(self._starts[section], self._ends[section])

    def heading(self, section: int) -> Area:
        """Return where the heading of a section is."""
        return Area(0, self._tops[section], self.columns * self.side, self._head)

    def bottom_of(self, section: int) -> int:
        """Return the first line below a section."""
        return self._tops[section + 1] if section + 1 < len(self._tops) else self.height

    def at(self, x: int, y: int, *, margin: int = 0) -> int | None:
        """Return the photo at a point, None where there is none or it is in the margin of a cell."""
        if not (0 <= x < self.columns * self.side and 0 <= y < self.height):
            return None
        section = self.section_at(y)
        inside = y - self._tops[section] - self._head
        if inside < 0 or not all(margin <= one % self.side < self.side - margin for one in (x, inside)):
            return None
        number = self._starts[section] + inside // self.side * self.columns + x // self.side
        return number if number < self._ends[section] else None

    def heading_at(self, y: int) -> int | None:
        """Return the section whose heading is at a height, None where there is none."""
        if not self.headings or not 0 <= y < self.height:
            return None
        section = self.section_at(y)
        return section if y - self._tops[section] < self._head else None

    def lines_in(self, area: Area) -> Iterator[range]:
        """Yield, line by line, the photos that an area touches."""
        left = max(0, area.left // self.side)
        right = min(self.columns - 1, (area.left + area.width - 1) // self.side)
        if right < left or not self.count:
            return
        for section in range(self.section_at(area.top), self.sections):
            top = self._tops[section] + self._head
            if self._tops[section] >= area.bottom:
                return
            first = max(0, (area.top - top) // self.side)
            last = min(self._lines(len(self.members(section))) - 1, (area.bottom - 1 - top) // self.side)
            for line in range(first, last + 1):
                begin = self._starts[section] + line * self.columns
                numbers = range(begin + left, min(begin + right + 1, self._ends[section]))
                if numbers:
                    yield numbers

    def photos_in(self, top: int, bottom: int) -> range:
        """Return the photos between two heights, and perhaps some beside them in the last line."""
        lines = list(self.lines_in(Area(0, top, self.columns * self.side, max(0, bottom - top))))
        return range(lines[0].start, lines[-1].stop) if lines else range(0)

    def above(self, number: int, lines: int = 1) -> int:
        """Return the photo so many lines higher, the nearest one where a line has none in that column."""
        for _ in range(lines):
            number = self._one_up(number)
        return number

    def below(self, number: int, lines: int = 1) -> int:
        """Return the photo so many lines lower, the nearest one where a line has none in that column."""
        for _ in range(lines):
            number = self._one_down(number)
        return number

    def gap_at(self, x: int, y: int) -> int:
        """Return before which photo something dropped at a point belongs; ``count`` for behind the last one."""
        if not self.count or y >= self.height:
            return self.count
        section = self.section_at(max(0, y))
        line = max(0, (y - self._tops[section] - self._head) // self.side)
        column = min(self.columns, max(0, (x + self.side // 2) // self.side))
        return min(self._starts[section] + line * self.columns + column, self._ends[section])

    def _one_up(self, number: int) -> int:
        section = self.section_of(number)
        inside = number - self._starts[section]
        if inside >= self.columns:
            return number - self.columns
        if section == 0:
            return number
        size = len(self.members(section - 1))
        last_line = (size - 1) // self.columns * self.columns
        return self._starts[section - 1] + min(last_line + inside, size - 1)

    def _one_down(self, number: int) -> int:
        section = self.section_of(number)
        inside, size = number - self._starts[section], len(self.members(section))
        if inside // self.columns < (size - 1) // self.columns:
            return self._starts[section] + min(inside + self.columns, size - 1)
        if section == self.sections - 1:
            return number
        below = self.members(section + 1)
        return below.start + min(inside % self.columns, len(below) - 1)

    def _lines(self, photos: int) -> int:
        return -(-photos // self.columns)
