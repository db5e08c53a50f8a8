"""Where a picture lies in the viewer, and the part of it that is chosen: arithmetic alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letspic_desktop.ui.viewer.region import HANDLES, SMALLEST, Region, between
from letspic_desktop.ui.viewer.view import FIT_GROWS, LARGEST_ZOOM, View

sides = st.floats(1, 1_000_000)
rooms = st.floats(40, 8000)
ratios = st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0])
shares = st.floats(0, 1)
ways = st.floats(-2, 2)
VIEW = View(picture=(4000, 3000), room=(1000, 600), ratio=2.0)


@st.composite
def views(draw: st.DrawFn) -> View:
    return View(picture=(draw(sides), draw(sides)), room=(draw(rooms), draw(rooms)), ratio=draw(ratios))


@given(views())
def test_a_fitted_photo_is_all_seen_in_the_middle(view: View) -> None:
    left, top, width, height = view.area()
    assert width <= view.room[0] * (1 + 1e-9)
    assert height <= view.room[1] * (1 + 1e-9)
    assert left + width / 2 == pytest.approx(view.room[0] / 2, abs=1)
    assert top + height / 2 == pytest.approx(view.room[1] / 2, abs=1)
    assert not view.movable
    assert view.fit <= FIT_GROWS


def test_at_100_per_cent_a_pixel_of_the_photo_is_one_of_the_screen() -> None:
    view = VIEW.zoomed_to(1.0)
    left, top, width, height = view.area()
    assert (width * view.ratio, height * view.ratio) == (4000, 3000)
    # On whole pixels of the screen, or everything would be blurred.
    assert (left * view.ratio) % 1 == 0
    assert (top * view.ratio) % 1 == 0


@given(views(), shares, shares, st.floats(0.01, 40))
def test_what_is_under_the_cursor_stays_there_as_far_as_the_edges_let_it(
    view: View, across: float, down: float, zoom: float
) -> None:
    point = (across * view.room[0], down * view.room[1])
    before = view.at(point)
    after = view.zoomed_to(zoom, point)
    assert min(1, view.fit) * (1 - 1e-9) <= after.zoomed <= LARGEST_ZOOM
    left, top, width, height = after.area()
    for start, length, room, at, old, share in (
        (left, width, view.room[0], point[0], before[0], after.at(point)[0]),
        (top, height, view.room[1], point[1], before[1], after.at(point)[1]),
    ):
        beside = min(start, room - start - length) >= -1 or abs(start) <= 1 or abs(start + length - room) <= 1
        assert beside or abs(share - old) * length <= 2, (start, length, room, at)


@given(views(), st.floats(0.5, 16), ways, ways)
def test_a_photo_larger_than_its_room_leaves_no_gap(view: View, zoom: float, across: float, down: float) -> None:
    moved = view.zoomed_to(zoom).moved(across * 5000, down * 5000)
    left, top, width, height = moved.area()
    for start, length, room in ((left, width, view.room[0]), (top, height, view.room[1])):
        if length > room + 1:
            assert start <= 1
            assert start + length >= room - 1
        else:
            assert start + length / 2 == pytest.approx(room / 2, abs=1)


def test_moving_further_than_the_edge_counts_from_the_edge() -> None:
    view = VIEW.zoomed_to(1.0).moved(100_000, 0)
    assert view.area()[0] == 0
    assert view.moved(-10, 0).area()[0] == -10


def test_zooming_out_ends_at_the_whole_photo() -> None:
    view = VIEW.zoomed_to(2.0)
    for _ in range(30):
        view = view.zoomed_to(view.zoomed / 1.25)
    assert view.zoom is None
    assert VIEW.zoomed_to(1000).zoomed == LARGEST_ZOOM


regions = st.builds(lambda first, second: between(first, second), st.tuples(shares, shares), st.tuples(shares, shares))


@given(regions, st.lists(st.tuples(st.sampled_from(["move", "grow", *HANDLES]), ways, ways), max_size=6))
def test_a_part_never_leaves_the_photo_or_vanishes(region: Region, deeds: list[tuple[object, float, float]]) -> None:
    for deed, across, down in deeds:
        if deed == "move":
            width, height = region.width, region.height
            region = region.moved(across, down)
            assert (region.width, region.height) == (width, height)
        elif deed == "grow":
            region = region.grown(across, down)
        else:
            region = region.dragged(deed, across, down)  # type: ignore[arg-type]
        assert region.left >= 0
        assert region.top >= 0
        assert region.right <= 1 + 1e-9
        assert region.bottom <= 1 + 1e-9
        assert min(region.width, region.height) >= SMALLEST - 1e-9


def test_a_handle_moves_its_own_edges_alone() -> None:
    region = Region().dragged((-1, 0), 0.1, 0.3)
    assert region.left == pytest.approx(0.35)
    assert region.right == pytest.approx(0.75)
    assert (region.top, region.height) == (0.25, 0.5)


def test_the_nearest_handle_is_taken() -> None:
    reach = (0.05, 0.05)
    assert Region().handle_at(0.26, 0.24, reach) == (-1, -1)
    assert Region().handle_at(0.5, 0.74, reach) == (0, 1)
    assert Region().handle_at(0.5, 0.5, reach) is None
    assert Region().holds(0.5, 0.5)
    assert not Region().holds(0.1, 0.5)
