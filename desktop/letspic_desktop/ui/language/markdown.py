"""Markdown as this program shows it: its font weights, room around headings, pictures that fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PySide6.QtGui import QFont, QTextBlock, QTextCharFormat, QTextCursor, QTextDocument, QTextFragment
from PySide6.QtWidgets import QTextBrowser

from letspic_desktop.ui.look.theme import Theme

_MARGIN: Final = 16
_LINE_PERCENT: Final = 128
_SIZES: Final = {1: 21, 2: 17, 3: 14}
_ABOVE: Final = {1: 6.0, 2: 24.0, 3: 16.0}


def show_markdown(browser: QTextBrowser, theme: Theme, text: str, *, picture_width: int = 0) -> None:
    """Show a text; relative pictures are looked for in the browser's search paths.

    Parameters
    ----------
    picture_width
        Pixels that pictures are wide; 0 leaves them as they are.
    """
    document = browser.document()
    document.setDocumentMargin(_MARGIN)
    browser.setMarkdown(text)
    block = document.begin()
    while block.isValid():
        _space(block)
        # A piece that is given another format is a new one, and those that were found before it are gone.
        for start, length, look in [(one.position(), one.length(), one.charFormat()) for one in _pieces(block)]:
            _restyle(document, start, length, look, block.blockFormat().headingLevel(), theme, picture_width)
        block = block.next()
    document.setModified(False)


def _space(block: QTextBlock) -> None:
    level = block.blockFormat().headingLevel()
    form = block.blockFormat()
    if level:
        form.setTopMargin(_ABOVE.get(level, 12.0))
        form.setBottomMargin(5.0)
    elif not block.charFormat().fontFixedPitch():
        form.setLineHeight(_LINE_PERCENT, 1)
    QTextCursor(block).setBlockFormat(form)


def _restyle(
    document: QTextDocument,
    start: int,
    length: int,
    look: QTextCharFormat,
    level: int,
    theme: Theme,
    picture_width: int,
) -> None:
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
    picture = look.toImageFormat()
    if picture.isValid():
        if picture_width:
            picture.setWidth(picture_width)
            cursor.setCharFormat(picture)
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
    cursor.setCharFormat(change)


def _pieces(block: QTextBlock) -> Iterator[QTextFragment]:
    at = block.begin()
    while not at.atEnd():
        yield at.fragment()
        at += 1
