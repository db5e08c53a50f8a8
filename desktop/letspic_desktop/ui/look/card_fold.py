"""Folds a card into one line where the window has no room for all of it; its buttons are in a menu then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QSizePolicy, QWidget

from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, label, row
from letspic_desktop.ui.page.photo_page import add_to_menu
from letspic_desktop.ui.texts import tr

_LEAST_WIDTH: Final = 560
_LEAST_WINDOW_HEIGHT: Final = 720


class CardFold(QWidget):
    """The line that is left of a folded card.

    Parameters
    ----------
    details
        What is hidden then.
    buttons
        What its menu offers then: those that are not hidden for a reason of their own.
    """

    def __init__(self, theme: Theme, card: QFrame, details: QWidget, buttons: Mapping[str, QPushButton]) -> None:
        super().__init__()
        self._card, self._details, self._buttons = card, details, buttons
        self._text = label("", "muted")
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.more = button(theme, tr("More"), on_click=self._open)
        layout = row(self._text, self.more)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.hide()

    @property
    def folded(self) -> bool:
        """Whether the card is folded now."""
        return not self.isHidden()

    def say(self, text: str) -> None:
        """Say in a few words what the card says unfolded."""
        self._text.setText(text)
        self._text.setToolTip(text)

    def fit(self) -> None:
        """Fold or unfold by the room there is; the card calls this when its size changes."""
        fold = self._card.width() < _LEAST_WIDTH or self._card.window().height() < _LEAST_WINDOW_HEIGHT
        if fold != self.folded:
            self._details.setVisible(not fold)
            self.setVisible(fold)

    def _open(self) -> None:
        self._menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _fill(self) -> None:
        self._menu.clear()
        for one in self._buttons.values():
            if not one.isHidden():
                add_to_menu(self._menu, one.text(), one.click)
                self._menu.actions()[-1].setEnabled(one.isEnabled())
