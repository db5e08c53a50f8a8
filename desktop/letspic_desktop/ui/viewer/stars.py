"""Five stars to rate a photo with."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QPushButton, QWidget

from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import row
from letspic_desktop.ui.texts import counted, tr

STARS: Final = 5
_GOLD: Final = "#f5b301"


class Stars(QWidget):
    """Buttons that rate; the star that is the rating already takes it away.

    Signals
    -------
    rated
        0 to 5 stars are wished.
    """

    rated = Signal(int)

    def __init__(self, theme: Theme, *, role: str = "ghost", dim: str | None = None) -> None:
        super().__init__()
        self._theme = theme
        self._dim = dim
        self._rating = 0
        self._buttons = [self._button(stars, role) for stars in range(1, STARS + 1)]
        self.setLayout(row(*self._buttons, spacing=0))
        self.setAccessibleName(tr("Rating"))
        theme.follow(self, self._show)

    @property
    def rating(self) -> int:
        """The stars that are shown."""
        return self._rating

    def show_rating(self, rating: int) -> None:
        """Show so many stars."""
        self._rating = rating
        self._show()

    def _button(self, stars: int, role: str) -> QPushButton:
        made = QPushButton()
        made.setProperty("role", role)
        made.setProperty("narrow", "true")
        made.setFixedSize(26, 30)
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        name = counted(stars, "Rate with {n} star", "Rate with {n} stars")
        made.setAccessibleName(name)
        made.setToolTip(f"{name} ({stars})")
        made.clicked.connect(lambda: self.rated.emit(0 if self._rating == stars else stars))
        return made

    def _show(self) -> None:
        dim = self._dim or self._theme.tokens["faint"]
        for number, one in enumerate(self._buttons, start=1):
            lit = number <= self._rating
            glyph = self._theme.glyph("star-full" if lit else "star", _GOLD if lit else dim, 16)
            one.setIcon(QIcon(glyph))
            one.setAccessibleDescription(tr("Chosen") if number == self._rating else "")
