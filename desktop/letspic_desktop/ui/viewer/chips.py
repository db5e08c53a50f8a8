"""Small words in rows that wrap, each with a button that takes it away where it can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, label, plain_tip, row
from letspic_desktop.ui.texts import tr

_GAP: Final = 6
_HEIGHT: Final = 26


class Chips(QWidget):
    """Shows words.

    Parameters
    ----------
    remove
        Called with the word to take away; words cannot be taken away where it is None.
    """

    def __init__(self, theme: Theme, name: str, remove: Callable[[str], object] | None = None) -> None:
        super().__init__()
        self._theme = theme
        self._remove = remove
        self._words: Sequence[str] = ()
        self._chips: list[QFrame] = []
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> Sequence[str]:
        """The words that are shown."""
        return self._words

    def show_words(self, words: Sequence[str]) -> None:
        """Show other words."""
        if list(words) == list(self._words):
            return
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        self._words = tuple(words)
        self._chips = [self._chip(word) for word in words]
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Wrap anew."""
        super().resizeEvent(event)
        self._arrange()

    def _chip(self, word: str) -> QFrame:
        chip = QFrame(self)
        chip.setProperty("role", "chip")
        text = label(word, "small")
        text.setToolTip(plain_tip(word))
        parts: list[QWidget] = [text]
        if self._remove is not None:
            remove = self._remove
            away = button(
                self._theme, "", role="ghost", icon="close", color="muted", name=tr("Remove {name}", name=word)
            )
            away.setFixedSize(20, 20)
            away.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            away.clicked.connect(lambda: remove(word))
            parts.append(away)
        chip.setLayout(row(*parts, spacing=2, margins=(11, 0, 3 if len(parts) > 1 else 11, 0)))
        chip.setFixedHeight(_HEIGHT)
        chip.show()
        return chip

    def _arrange(self) -> None:
        left, top = 0, 0
        for chip in self._chips:
            width = min(chip.sizeHint().width(), max(40, self.width()))
            if left and left + width > self.width():
                left, top = 0, top + _HEIGHT + _GAP
            chip.setGeometry(left, top, width, _HEIGHT)
            left += width + _GAP
        self.setFixedHeight(top + _HEIGHT if self._chips else 0)
        self.setVisible(bool(self._chips))
