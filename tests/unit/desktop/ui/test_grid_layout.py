"""Where photos of a grid are, against a layout that walks through all of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from letspic_desktop.ui.grid.layout import HEADING, Area, GridLayout

SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=6)
COLUMNS = st.integers(1, 5)
SIDE = 100


def layout_of(sizes: list[int], columns: int) -> GridLayout:
    """Return a layout of sections of these sizes."""
    starts = [sum(sizes[:number]) for number in range(len(sizes))]
    return GridLayout(sum(sizes), SIDE, columns, starts)


@given(SIZES, COLUMNS)
def test_every_photo_is_found_where_it_is(sizes: list[int], columns: int) -> None:
    layout = layout_of(sizes, columns)
    cells = [layout.cell(number) for number in range(layout.count)]
    assert len({(cell.left, cell.top) for cell in cells}) == layout.count
    for number, cell in enumerate(cells):
        assert layout.at(cell.left + SIDE // 2, cell.top + SIDE // 2) == number
        assert layout.at(cell.left + 1, cell.top + 1, margin=5) is None
        assert cell.bottom <= layout.height
        assert layout.heading_at(cell.top) is None


@given(SIZES, COLUMNS)
def test_headings_are_above_their_photos(sizes: list[int], columns: int) -> None:
    layout = layout_of(sizes, columns)
    assert layout.sections == len(sizes)
    for section, size in enumerate(sizes):
        members = layout.members(section)
        heading = layout.heading(section)
        assert len(members) == size
        assert heading.height == HEADING
        assert heading.bottom == layout.cell(members.start).top
        assert layout.heading_at(heading.top) == section
        assert {layout.section_of(number) for number in members} == {section}
        assert layout.at(5, heading.top + 5) is None


@given(SIZES, COLUMNS, st.integers(-50, 900), st.integers(1, 900), st.integers(-50, 500), st.integers(1, 500))
def test_an_area_holds_the_photos_that_it_touches(
    sizes: list[int], columns: int, top: int, height: int, left: int, width: int
) -> None:
    layout = layout_of(sizes, columns)
    area = Area(left, top, width, height)
    touched = [
        number
        for number in range(layout.count)
        for cell in [layout.cell(number)]
        if cell.left < left + width and cell.left + SIDE > left and cell.top < area.bottom and cell.bottom > top
    ]
    assert [number for line in layout.lines_in(area) for number in line] == touched


@given(SIZES, COLUMNS)
def test_up_and_down_lead_to_the_next_line(sizes: list[int], columns: int) -> None:
    layout = layout_of(sizes, columns)
    tops = sorted({layout.cell(number).top for number in range(layout.count)})
    for number in range(layout.count):
        line = tops.index(layout.cell(number).top)
        below, above = layout.below(number), layout.above(number)
        assert tops.index(layout.cell(below).top) == min(line + 1, len(tops) - 1)
        assert tops.index(layout.cell(above).top) == max(line - 1, 0)
        assert layout.cell(below).left <= layout.cell(number).left
    assert layout.below(0, 1000) >= layout.members(layout.sections - 1).start
    assert layout.above(layout.count - 1, 1000) < columns


def test_grid_without_headings_and_without_photos() -> None:
    plain = GridLayout(7, SIDE, 3)
    assert not plain.headings
    assert plain.height == 3 * SIDE
    assert plain.cell(4).top == SIDE
    assert plain.heading_at(10) is None
    empty = GridLayout(0, SIDE, 3, [0])
    assert empty.height == 0
    assert not empty.headings
    assert empty.at(5, 5) is None
    assert not list(empty.lines_in(Area(0, 0, 500, 500)))
    assert not empty.photos_in(0, 500)
    assert empty.gap_at(10, 10) == 0


def test_dropped_photos_go_before_the_photo_right_of_the_gap() -> None:
    layout = GridLayout(7, SIDE, 3)
    assert layout.gap_at(10, 50) == 0
    assert layout.gap_at(90, 50) == 1
    assert layout.gap_at(290, 150) == 6
    assert layout.gap_at(20, 250) == 6
    assert layout.gap_at(90, 250) == 7
    assert layout.gap_at(90, 900) == 7


def test_a_hundred_thousand_photos_are_laid_out_by_arithmetic() -> None:
    starts = list(range(0, 100_000, 1000))
    layout = GridLayout(100_000, 164, 5, starts)
    assert layout.height == 100 * (HEADING + 200 * 164 + 12)
    assert layout.cell(99_999).bottom == layout.height - 12
    assert layout.section_of(54_321) == 54
