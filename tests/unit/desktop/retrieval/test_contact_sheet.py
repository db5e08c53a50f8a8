"""The contact sheet shows every result, right and wrong apart, and stands anything that is asked of it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageColor

from letspic_desktop.retrieval import canvas, fonts
from letspic_desktop.retrieval.canvas import SCALE
from letspic_desktop.retrieval.contact_sheet import TILE, SheetFigure, SheetRow, contact_sheet
from letspic_desktop.retrieval.fonts import font_for
from letspic_shared.errors import KnownError


@pytest.fixture
def photos(tmp_path):
    paths = []
    for number in range(4):
        path = tmp_path / f"p{number}.jpg"
        Image.new("RGB", (90, 60), (10 * number, 20, 200)).save(path)
        paths.append(path)
    return paths


def row(photos, before, after, caption=""):
    def results(labels):
        return [(photos[place % 4], label) for place, label in enumerate(labels)]

    return SheetRow(
        query_path=photos[0], query_label="cats", before=results(before), after=results(after), caption=caption
    )


def draw(rows, tmp_path, **options):
    out = tmp_path / "sheet.png"
    contact_sheet(rows, out, title="Cats and dogs", subtitle="two albums", **options)
    with Image.open(out) as sheet:
        assert sheet.format == "PNG"
        return np.asarray(sheet.convert("RGB")).astype(int)


def count_of(pixels, colour):
    return int((np.abs(pixels - np.array(ImageColor.getrgb(colour))).max(axis=2) < 4).sum())


def test_right_results_are_framed_green_and_wrong_ones_red(photos, tmp_path):
    none = draw([row(photos, [], [])], tmp_path)
    legend = {colour: count_of(none, colour) for colour in (canvas.RIGHT, canvas.WRONG)}
    mixed = draw([row(photos, ["dogs", "dogs", "dogs"], ["cats", "dogs", "dogs"])], tmp_path)
    right, wrong = (count_of(mixed, colour) - legend[colour] for colour in (canvas.RIGHT, canvas.WRONG))
    frame = 4 * 4 * TILE * SCALE**2
    assert 0.8 * frame < right < 1.4 * frame
    assert 4.8 < wrong / right < 5.2


def test_tick_and_cross_differ_without_colour(photos, tmp_path):
    def grey_badge(right):
        surface = canvas.Canvas(30, 30, "#000000")
        surface.mark(15, 15, right=right)
        pixels = np.asarray(surface.image.convert("L")).astype(float)
        return pixels > 0.75 * pixels.max()

    tick, cross = grey_badge(True), grey_badge(False)
    assert (tick != cross).sum() > 100


def test_the_photos_themselves_are_shown(photos, tmp_path):
    pixels = draw([row(photos, ["dogs"] * 4, ["cats"] * 4)], tmp_path)
    for number in range(4):
        assert count_of(pixels, f"#{10 * number:02x}14c8") > 1.2 * (TILE * SCALE) ** 2, number


def test_grows_with_rows_and_columns(photos, tmp_path):
    small = draw([row(photos, ["cats"] * 2, ["cats"] * 2)], tmp_path)
    wide = draw([row(photos, ["cats"] * 2, ["cats"] * 5)], tmp_path)
    tall = draw([row(photos, ["cats"] * 2, ["cats"] * 2)] * 3, tmp_path)
    assert wide.shape[1] > small.shape[1]
    assert wide.shape[0] == small.shape[0] < tall.shape[0]
    assert draw([], tmp_path).shape[0] < small.shape[0]


def test_unreadable_photos_and_long_or_foreign_names_do_not_stop_it(photos, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing")
    odd = SheetRow(
        query_path=tmp_path / "gone.jpg",
        query_label="한국 음식 Äpfel " * 20,
        before=[(broken, ""), (photos[0], "x" * 500)],
        after=[],
        caption="Drawn at random",
    )
    draw([odd, row(photos, ["a"], ["b"])], tmp_path, figures=[SheetFigure(name="mAP", before=0.5, after=0.4)])


def test_long_titles_leave_room_for_the_figures(photos, tmp_path):
    out = tmp_path / "sheet.png"
    figures = [SheetFigure(name="mAP", before=0.42, after=0.68)]
    rows = [row(photos, ["cats"] * 3, ["cats"] * 3)]
    sheets = []
    for title in ("short", "a title that goes on and on " * 20):
        contact_sheet(rows, out, title=title, subtitle=title, figures=figures)
        with Image.open(out) as sheet:
            sheets.append(np.asarray(sheet.convert("RGB")))
    edge = (184 + 32) * SCALE
    assert np.array_equal(sheets[0][:, -edge:], sheets[1][:, -edge:])


def test_nothing_half_written_where_the_folder_is_missing(photos, tmp_path):
    with pytest.raises(KnownError, match="cannot be written"):
        contact_sheet([], tmp_path / "no" / "sheet.png", title="", subtitle="")


def test_signs_that_the_bundled_font_lacks_are_replaced():
    face, words = font_for("10 × 5 – carrot_cake", 20)
    assert words == "10 x 5 - carrot cake"
    assert face is font_for("plain", 20)[0]


def test_accents_survive_or_are_left_out_but_never_lost(monkeypatch):
    monkeypatch.setattr(fonts, "_wider", lambda size: ())
    assert fonts.font_for("Äpfel für 한국", 20)[1] == "Apfel fur 한국"
