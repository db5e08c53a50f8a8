"""What stands around results: which of them are shown, and what the marks on them do."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QWidget

from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, label, row
from letspic_desktop.ui.texts import counted, tr

Views = Literal["after", "before", "both"]


class ResultViews(QFrame):
    """After fine-tuning, before, or both side by side.

    Signals
    -------
    chosen
        The person chose a view.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "segments")
        self.view: Views = "after"
        self._group = QButtonGroup(self)
        words: Final[dict[Views, str]] = {"after": tr("After"), "before": tr("Before"), "both": tr("Compare")}
        self._buttons = {}
        for view, word in words.items():
            one = button(theme, word, role="segment", on_click=lambda view=view: self._press(view))  # type: ignore[misc]
            one.setCheckable(True)
            one.setChecked(view == self.view)
            self._group.addButton(one)
            self._buttons[view] = one
        self.setLayout(row(*self._buttons.values(), spacing=2, margins=(3, 3, 3, 3)))

    def choose(self, view: Views) -> None:
        """Show that a view is chosen, without telling anybody."""
        self.view = view
        self._buttons[view].setChecked(True)

    def _press(self, view: Views) -> None:
        self.view = view
        self.chosen.emit(view)


class MarksLine(QWidget):
    """How many results are marked, and what can be done with the marks; hidden without any.

    Signals
    -------
    label_asked
        The good ones are to go into an album.
    clear_asked
        All marks are to go.
    """

    label_asked = Signal()
    clear_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._text = label("", "small")
        self.use = button(theme, tr("Add to an album …"), role="link", on_click=self.label_asked.emit)
        clear = button(theme, tr("Clear marks"), role="link", on_click=self.clear_asked.emit)
        self.setLayout(row(self._text, self.use, clear, None, spacing=8))
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def show_marks(self, good: int, bad: int) -> None:
        """Show how many results are marked."""
        words = []
        if good:
            words.append(counted(good, "{n} marked good", "{n} marked good"))
        if bad:
            words.append(counted(bad, "{n} marked bad", "{n} marked bad"))
        self._text.setText(" · ".join(words))
        self.use.setVisible(good > 0)
        self.setVisible(bool(words))
