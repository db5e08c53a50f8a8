"""What a person sees before there is any photo: an invitation, never a blank grid."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, row, set_tone
from letspic_desktop.ui.texts import tr


class EmptyState(QWidget):
    """Two ways to begin.

    Signals
    -------
    add_asked, sample_asked
        A button was pressed.
    """

    add_asked = Signal()
    sample_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        picture = QLabel()
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.follow(picture, lambda: picture.setPixmap(theme.pixmap("photos", "accent", 56)))
        title = label(tr("Find your group's photos again"), "h1")
        text = label(
            tr(
                "Drop a folder of photos here: its sub-folders become albums. Then add the devices around your house"
                " and let them learn what your albums have in common."
            ),
            "muted",
            wrap=True,
        )
        for words in (title, text):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setMinimumWidth(440)
        add = button(
            theme, tr("Add photos …"), role="primary", icon="plus", color="on_accent", on_click=self.add_asked.emit
        )
        sample = button(theme, tr("Try the sample"), on_click=self.sample_asked.emit)
        sample.setToolTip(tr("600 pictures that LetsPic draws itself, in ten albums"))
        self._frame = QFrame()
        self._frame.setProperty("role", "drop")
        self._frame.setMaximumWidth(620)
        self._frame.setLayout(
            column(
                picture,
                6,
                title,
                text,
                14,
                row(None, add, sample, None, spacing=12),
                spacing=8,
                margins=(48, 44, 48, 44),
            )
        )
        self.setLayout(column(None, row(None, self._frame, None), None, margins=(24, 24, 24, 24)))

    def show_over(self, over: bool) -> None:
        """Show that something to drop is held above."""
        set_tone(self._frame, "true" if over else "false", "over")


class NothingHere(QWidget):
    """A place or a search without photos, with what to do about it.

    Signals
    -------
    clear_asked
        Words and filters are to be forgotten.
    """

    clear_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.follow(self._picture, lambda: self._picture.setPixmap(theme.pixmap("photos", "faint", 44)))
        self._text = label("", "muted", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.clear = button(theme, tr("Clear"), name=tr("Clear all filters and words"))
        self.clear.clicked.connect(lambda: self.clear_asked.emit())
        self.setLayout(
            column(
                None, self._picture, self._text, row(None, self.clear, None), None, spacing=12, margins=(60, 24, 60, 24)
            )
        )

    def say(self, text: str, *, clear: bool = False) -> None:
        """Show a sentence, and perhaps the button that clears words and filters."""
        self._text.setText(text)
        self.clear.setVisible(clear)
