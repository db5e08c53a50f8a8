"""The before/after contact sheet: one picture that shows what fine-tuning changed for a few queries."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

from letspic_desktop.retrieval import canvas
from letspic_desktop.retrieval.canvas import Box, Canvas
from letspic_desktop.retrieval.fonts import font_for
from letspic_shared.errors import PhotoError
from letspic_shared.files import write_atomic
from letspic_shared.photo import load_oriented

Result = tuple[Path, str]

TILE: Final = 104
QUERY: Final = 132
_FRAME: Final = 4
_GAP: Final = 9
_MARGIN: Final = 32
_PADDING: Final = 18
_HEADER: Final = 104
_FOOTER: Final = 44
_COLUMN_GAP: Final = 34
_CARD_GAP: Final = 14
_LABEL: Final = 20
_HEADING: Final = 28
_CARD: Final = _HEADING + TILE + _LABEL + 2 * _PADDING
_FIGURE: Final = 184
_QUERY_COLUMN: Final = 168
_READABLE_BY_OTHERS: Final = 0o644


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """One query with its first results before and after.

    Attributes
    ----------
    query_path, query_label
        The photo that is asked for and its album.
    before, after
        First results, (photo, album) each, best first.
    caption
        How the query was chosen.
    """

    query_path: Path
    query_label: str
    before: Sequence[Result]
    after: Sequence[Result]
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class SheetFigure:
    """A figure for the head of the sheet, 0..1 each, such as mAP before and after."""

    name: str
    before: float
    after: float


def contact_sheet(
    rows: Sequence[SheetRow], out: Path, *, title: str, subtitle: str, figures: Sequence[SheetFigure] = ()
) -> None:
    """Draw the sheet and write it as a PNG.

    Right results have a green frame and a tick, wrong ones a red frame and a cross. A photo that cannot be read
    leaves a grey tile.

    Raises
    ------
    KnownError
        The file cannot be written.
    """
    columns = max((max(len(row.before), len(row.after)) for row in rows), default=1) or 1
    group = columns * TILE + (columns - 1) * _GAP
    width = 2 * _MARGIN + 2 * _PADDING + _QUERY_COLUMN + 2 * group + _COLUMN_GAP
    height = _HEADER + len(rows) * (_CARD + _CARD_GAP) + _FOOTER
    sheet = Canvas(width, height, canvas.BACKGROUND)
    _draw_header(sheet, title, subtitle, figures)
    for number, row in enumerate(rows):
        top = _HEADER + number * (_CARD + _CARD_GAP)
        _draw_row(sheet, row, Box(_MARGIN, top, width - _MARGIN, top + _CARD), group)
    _draw_legend(sheet, height - _FOOTER + 4)
    buffer = io.BytesIO()
    sheet.image.save(buffer, "PNG", compress_level=4)
    write_atomic(out, buffer.getvalue(), mode=_READABLE_BY_OTHERS, durable=False)


def _draw_header(sheet: Canvas, title: str, subtitle: str, figures: Sequence[SheetFigure]) -> None:
    left = sheet.width - _MARGIN
    for figure in reversed(figures):
        _draw_figure(sheet, figure, Box(left - _FIGURE, 22, left, 86))
        left -= _FIGURE + _CARD_GAP
    room = left - _MARGIN
    sheet.text(_MARGIN, 26, title, size=25, colour=canvas.INK, bold=True, room=room)
    sheet.text(_MARGIN, 61, subtitle, size=15, colour=canvas.MUTED, room=room)


def _draw_figure(sheet: Canvas, figure: SheetFigure, box: Box) -> None:
    sheet.fill(box, radius=12, colour=canvas.CARD, outline=canvas.LINE)
    sheet.text(box.left + 14, box.top + 9, figure.name, size=13, colour=canvas.MUTED)
    # Of the figures as they stand beside it.
    points = 100 * (round(figure.after, 3) - round(figure.before, 3))
    colour, tint = (canvas.RIGHT, canvas.RIGHT_TINT) if points >= 0 else (canvas.WRONG, canvas.WRONG_TINT)
    sheet.pill(box.right - 12, box.top + 8, f"{points:+.1f} points", colour=colour, tint=tint)
    end = sheet.text(box.left + 14, box.top + 30, f"{figure.before:.3f}", size=20, colour=canvas.MUTED)
    sheet.arrow(end + 12, box.top + 43, colour=canvas.MUTED)
    sheet.text(end + 40, box.top + 30, f"{figure.after:.3f}", size=20, colour=canvas.INK, bold=True)


def _draw_row(sheet: Canvas, row: SheetRow, card: Box, group: int) -> None:
    sheet.fill(card, radius=12, colour=canvas.CARD, outline=canvas.LINE)
    left, top = card.left + _PADDING, card.top + _PADDING
    sheet.paste(_square(row.query_path, QUERY), left, top, radius=10)
    room = _QUERY_COLUMN - 16
    sheet.text(left, top + QUERY + 6, row.query_label, size=14, colour=canvas.INK, bold=True, room=room)
    left += _QUERY_COLUMN
    _draw_results(sheet, row, "Before", row.before, left, top)
    _draw_results(sheet, row, "After", row.after, left + group + _COLUMN_GAP, top)
    middle = left + group + _COLUMN_GAP // 2
    sheet.fill(Box(middle, card.top + _PADDING, middle + 1, card.bottom - _PADDING), radius=0, colour=canvas.LINE)


def _draw_results(sheet: Canvas, row: SheetRow, name: str, results: Sequence[Result], left: int, top: int) -> None:
    right = sum(label == row.query_label for _, label in results)
    end = sheet.text(left, top - 3, name, size=15, colour=canvas.INK, bold=True)
    sheet.text(end + 8, top - 2, f"{right} of {len(results)} right", size=13, colour=canvas.MUTED)
    if name == "After" and row.caption:
        edge = left + len(results) * (TILE + _GAP) - _GAP
        sheet.pill(edge, top - 5, row.caption, colour=canvas.ACCENT, tint=canvas.ACCENT_TINT)
    for place, (path, label) in enumerate(results):
        x, y = left + place * (TILE + _GAP), top + _HEADING
        is_right = label == row.query_label
        colour = canvas.RIGHT if is_right else canvas.WRONG
        sheet.fill(Box(x, y, x + TILE, y + TILE), radius=9, colour=colour)
        inner = TILE - 2 * _FRAME
        sheet.paste(_square(path, inner), x + _FRAME, y + _FRAME, radius=6)
        sheet.mark(x + TILE - 14, y + TILE - 14, right=is_right)
        sheet.text(x + 1, y + TILE + 4, label, size=12, colour=canvas.MUTED, room=TILE - 2)


def _draw_legend(sheet: Canvas, top: int) -> None:
    x = _MARGIN + 10
    for right, words in ((True, "same album as the query"), (False, "another album")):
        sheet.mark(x, top + 10, right=right)
        x = sheet.text(x + 16, top + 2, words, size=13, colour=canvas.MUTED) + 34


def _square(path: Path, side: int) -> Image.Image:
    """Return the middle of a photo as a square at the canvas's resolution, or a grey one where it cannot be read."""
    pixels = side * canvas.SCALE
    try:
        photo = load_oriented(path, max_side=3 * pixels)
    except PhotoError:
        return _unreadable(pixels)
    edge = min(photo.size)
    left, top = (photo.width - edge) // 2, (photo.height - edge) // 2
    return photo.resize((pixels, pixels), Image.Resampling.LANCZOS, box=(left, top, left + edge, top + edge))


def _unreadable(pixels: int) -> Image.Image:
    tile = Image.new("RGB", (pixels, pixels), canvas.LINE)
    draw = ImageDraw.Draw(tile)
    face, mark = font_for("?", pixels // 3)
    draw.text((pixels / 2, pixels / 2), mark, font=face, fill=canvas.MUTED, anchor="mm")
    return tile
