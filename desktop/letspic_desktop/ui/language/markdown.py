"""Markdown as this program shows it: its font weights, room around headings, pictures that fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from PySide6.QtGui import QFont, QTextBlock, QTextCharFormat, QTextCursor, QTextDocument, QTextFragment
from PySide6.QtWidgets import QTextBrowser

from letspic_desktop.ui.look.theme import Theme

_MARGIN: Final = 16
_LINE_PERCENT: Final = 128
_BELOW_PICTURE: Final = 10.0
_SIZES: Final = {1: 21, 2: 17, 3: 14}
_ABOVE: Final = {1: 6.0, 2: 24.0, 3: 16.0}


def show_markdown(browser: QTextBrowser, theme: Theme, text: str) -> None:
    """Show a text; relative pictures are looked for in the browser's search paths."""
    document = browser.document()
    document.setDocumentMargin(_MARGIN)
    browser.setMarkdown(text)
    block = document.begin()
    while block.isValid():
        _space(block)
        # A piece that is given another format is a new one, and those that were found before it are gone.
        for start, length, look in [(one.position(), one.length(), one.charFormat()) for one in _pieces(block)]:
            _restyle(document, start, length, look, block.blockFormat().headingLevel(), theme)
        block = block.next()
    document.setModified(False)


def fit_pictures(browser: QTextBrowser, natural_width: Callable[[str], int]) -> dict[str, int]:
    """Make pictures that are wider than the text as wide as that; return how wide each is now, by name.

    Parameters
    ----------
    natural_width
        Pixels that the picture of a name is wide.
    """
    document = browser.document()
    room = browser.viewport().width() - 2 * _MARGIN
    widths: dict[str, int] = {}
    changed = False
    block = document.begin()
    while block.isValid():
        for start, length, look in [(one.position(), one.length(), one.charFormat()) for one in _pieces(block)]:
            picture = look.toImageFormat()
            if picture.isValid():
                width = max(1, min(room, natural_width(picture.name())))
                widths[picture.name()] = width
                if picture.width() != width:
                    picture.setWidth(width)
                    _piece(document, start, length).setCharFormat(picture)
                    changed = True
        block = block.next()
    if changed:
        # Qt lays a long text out bit by bit; where that was under way, what stands below would be left without lines.
        document.markContentsDirty(0, document.characterCount())
    return widths


def _space(block: QTextBlock) -> None:
    level = block.blockFormat().headingLevel()
    form = block.blockFormat()
    if level:
        form.setTopMargin(_ABOVE.get(level, 12.0))
        form.setBottomMargin(5.0)
    elif any(one.charFormat().isImageFormat() for one in _pieces(block)):
        # A share of the line's height would be a share of the picture's.
        form.setBottomMargin(_BELOW_PICTURE)
    elif not block.charFormat().fontFixedPitch():
        form.setLineHeight(_LINE_PERCENT, 1)
    form.setNonBreakableLines(False)
    QTextCursor(block).setBlockFormat(form)


def _restyle(
    document: QTextDocument,
    start: int,
    length: int,
    look: QTextCharFormat,
    level: int,
    theme: Theme,
) -> None:
    if look.isImageFormat():
        return
    change = QTextCharFormat(look)
    if level or look.fontWeight() > QFont.Weight.Medium:
        # The font that comes along has no bolder face.
        change.setFontWeight(QFont.Weight.DemiBold)
    if level:
        change.clearProperty(QTextCharFormat.Property.FontSizeAdjustment)
        change.setProperty(QTextCharFormat.Property.FontPixelSize, _SIZES.get(level, 13))
    if look.isAnchor():
        change.setForeground(theme.color("accent_text"))
    _piece(document, start, length).setCharFormat(change)


def _piece(document: QTextDocument, start: int, length: int) -> QTextCursor:
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
    return cursor


def _pieces(block: QTextBlock) -> Iterator[QTextFragment]:
    at = block.begin()
    while not at.atEnd():
        yield at.fragment()
        at += 1
