"""The user guide: the sheet of shortcuts and the chapters, with a list of contents and a search."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QImageReader, QResizeEvent, QTextBlock, QTextCursor, QTextDocument
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QStackedWidget, QTextBrowser, QWidget

from letspic_desktop.ui.action_book import ActionBook
from letspic_desktop.ui.dialogs.base import fill, make_dialog
from letspic_desktop.ui.dialogs.shortcuts import shortcut_sheet
from letspic_desktop.ui.language.markdown import fit_pictures, show_markdown
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, row
from letspic_desktop.ui.texts import tr

# Pictures are named by their files, so they cannot come out of an archive.
FOLDER: Final = Path(__file__).parents[1] / "guide"
_WIDTH, _HEIGHT = 980, 720
_CONTENTS: Final = 240
_ABOVE: Final = 8
_SHARPEN_MS: Final = 80
_DEEPEST: Final = 3
_NAME: Final = Qt.ItemDataRole.UserRole + 1


class GuidePage(QTextBrowser):
    """The text of the guide; its pictures are never wider than the page."""

    def __init__(self) -> None:
        super().__init__()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_SHARPEN_MS)
        self._later.timeout.connect(self._sharpen)

    def fit(self) -> None:
        """Make the pictures fit, and soon have them drawn sharply."""
        self._widths = fit_pictures(self, _picture_width)
        self._later.start()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Make the pictures fit."""
        super().resizeEvent(event)
        self.fit()

    def _sharpen(self) -> None:
        """Hand the text pictures of the size that it draws: it would drop rows of pixels from larger ones."""
        ratio = self.devicePixelRatioF()
        for name, width in self._widths.items():
            picture = QImage(str(FOLDER / name))
            pixels = min(picture.width(), round(width * ratio))
            picture = picture.scaledToWidth(pixels, Qt.TransformationMode.SmoothTransformation)
            self.document().addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), picture)
        self.viewport().update()


class Guide:
    """The window with the guide; its first page is the sheet of shortcuts.

    Parameters
    ----------
    language
        Code of the language; English where the guide does not speak it.
    """

    def __init__(self, parent: QWidget, theme: Theme, book: ActionBook, language: str) -> None:
        self.dialog: QDialog = make_dialog(parent, tr("Guide"))
        self._theme = theme
        self._text = guide_text(language)
        self.contents = QListWidget()
        self.contents.setProperty("role", "boxed")
        self.contents.setAccessibleName(tr("Contents"))
        self.contents.setFixedWidth(_CONTENTS)
        self.contents.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.page = GuidePage()
        self.page.setAccessibleName(tr("Guide"))
        self.page.setOpenLinks(False)
        self.page.anchorClicked.connect(self._follow)
        self.page.setSearchPaths([str(FOLDER)])
        self.search = QLineEdit()
        self.search.setAccessibleName(tr("Search the guide"))
        self.search.setPlaceholderText(tr("Search the guide"))
        self.search.setClearButtonEnabled(True)
        self._found = label("", "small")
        self._pages = QStackedWidget()
        self._pages.addWidget(shortcut_sheet(book))
        self._pages.addWidget(self.page)
        theme.follow(self.dialog, self._show)
        self.contents.currentRowChanged.connect(self._go)
        self.search.returnPressed.connect(self.find_next)
        next_one = button(theme, tr("Next"), name=tr("Find the next place"), on_click=self.find_next)
        close = button(theme, tr("Close"), on_click=self.dialog.close)
        head = row(label(tr("Guide"), "h2"), None, self.search, next_one, spacing=8)
        self.search.setMinimumWidth(260)
        body = row(self.contents, self._pages, spacing=14)
        body.setStretch(1, 1)
        layout = column(head, 4, body, 2, row(self._found, None, close), spacing=8)
        layout.setStretch(2, 1)
        fill(self.dialog, layout)
        self.dialog.resize(_WIDTH, _HEIGHT)
        self.contents.setCurrentRow(0)
        self.dialog.show()
        self.contents.setFocus()

    def find_next(self) -> bool:
        """Show the next place that has the words of the search field; return whether there is one."""
        words = self.search.text().strip()
        if not words:
            return False
        self._pages.setCurrentIndex(1)
        found = self.page.find(words)
        if not found:
            self.page.moveCursor(QTextCursor.MoveOperation.Start)
            found = self.page.find(words)
        self._found.setText("" if found else tr("The guide does not say “{words}”.", words=words))
        return found

    def _show(self) -> None:
        place = self.page.verticalScrollBar().value()
        text = self._text.replace("-light.png", "-dark.png") if self._theme.dark else self._text
        show_markdown(self.page, self._theme, text)
        self.page.fit()
        self.page.verticalScrollBar().setValue(place)
        if not self.contents.count():
            self._list_contents(self.page.document())

    def _list_contents(self, document: QTextDocument) -> None:
        self.contents.addItem(QListWidgetItem(tr("Keyboard shortcuts")))
        block = document.begin()
        while block.isValid():
            level = block.blockFormat().headingLevel()
            if 0 < level <= _DEEPEST:
                item = QListWidgetItem(f"{'    ' * max(0, level - 2)}{block.text()}")
                item.setData(Qt.ItemDataRole.UserRole, block.blockNumber())
                item.setData(_NAME, heading_name(block.text()))
                item.setData(Qt.ItemDataRole.AccessibleTextRole, block.text())
                self.contents.addItem(item)
            block = block.next()

    def _go(self, number: int) -> None:
        self._pages.setCurrentIndex(0 if number == 0 else 1)
        item = self.contents.item(number)
        if number > 0 and item is not None:
            block = self.page.document().findBlockByNumber(int(item.data(Qt.ItemDataRole.UserRole)))
            self._scroll_to(block)

    def _follow(self, link: QUrl) -> None:
        if link.scheme():
            QDesktopServices.openUrl(link)
            return
        wanted = link.fragment(QUrl.ComponentFormattingOption.FullyDecoded)
        for number in range(1, self.contents.count()):
            if self.contents.item(number).data(_NAME) == wanted:
                self.contents.setCurrentRow(number)
                self._go(number)

    def _scroll_to(self, block: QTextBlock) -> None:
        cursor = QTextCursor(block)
        self.page.setTextCursor(cursor)
        top = self.page.document().documentLayout().blockBoundingRect(block).top()
        self.page.verticalScrollBar().setValue(int(top) - _ABOVE)


def heading_name(heading: str) -> str:
    """Return what a link calls a heading: as where the guide is read beside the source."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@cache
def _picture_width(name: str) -> int:
    return QImageReader(str(FOLDER / name)).size().width()


def guide_text(language: str) -> str:
    """Return the guide in a language as Markdown, in English where there is none."""
    folder = resources.files("letspic_desktop.ui") / "guide"
    file = folder / f"guide.{language}.md"
    if not file.is_file():
        file = folder / "guide.en.md"
    return file.read_text(encoding="utf-8")
