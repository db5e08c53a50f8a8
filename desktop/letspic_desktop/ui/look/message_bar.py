"""One sentence about what happened, with the one thing to do about it; and the progress of long work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Literal

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QProgressBar, QSizePolicy

from letspic_desktop.progress import Step
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, row, set_tone
from letspic_desktop.ui.texts import number, sentence, tr
from letspic_shared.errors import KnownError

Tone = Literal["good", "bad", "warn", "plain"]
_GOOD_NEWS_MS: Final = 12_000


class MessageBar(QFrame):
    """A message above the photos.

    Good news goes away by itself, the rest stays until it is closed, or until what it says is true no more.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "message")
        self._act: Callable[[], None] | None = None
        self._also: Callable[[], None] | None = None
        self._holds: Callable[[], bool] | None = None
        self._news = False
        self._text = label(wrap=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = button(theme, "", on_click=self._clicked)
        self._button.hide()
        self._second = button(theme, "", role="link", on_click=lambda: self._clicked(second=True))
        self._second.hide()
        close = button(
            theme, "", role="ghost", icon="close", color="muted", name=tr("Close message"), on_click=self.hide
        )
        self.setLayout(row(self._text, self._second, self._button, close, margins=(14, 6, 6, 6)))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now."""
        return "" if self.isHidden() else self._text.text()

    def say(
        self,
        text: str,
        tone: Tone = "plain",
        *,
        action: str = "",
        act: Callable[[], None] | None = None,
        also: tuple[str, Callable[[], None]] | None = None,
        holds: Callable[[], bool] | None = None,
        brief: bool = False,
    ) -> None:
        """Show a sentence, with a button where there is something to do.

        Parameters
        ----------
        also
            Words of a second button, and what it does.
        brief
            Whether it goes away by itself, as good news does.
        holds
            Whether it is still true; asked by ``check`` whenever something has changed.
        """
        self._text.setText(text)
        self.setAccessibleName(text)
        self._act, self._holds = act, holds
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self._also = also[1] if also is not None else None
        self._second.setText(also[0] if also is not None else "")
        self._second.setVisible(also is not None)
        set_tone(self, tone)
        self._timer.stop()
        self._news = tone == "good" and (brief or bool(action))
        if brief or (tone == "good" and not action):
            self._timer.start(_GOOD_NEWS_MS)
        self.show()

    def complain(self, error: KnownError, holds: Callable[[], bool] | None = None) -> None:
        """Show what is wrong."""
        self.say(sentence(error), "bad", holds=holds)

    def check(self) -> None:
        """Take a message away whose reason is gone."""
        if not self.isHidden() and self._holds is not None and not self._holds():
            self.hide()

    def turn_over(self) -> None:
        """Take good news away that offers something to do: the person has gone on to something else."""
        if self._news:
            self._news = False
            self.hide()

    def _clicked(self, *, second: bool = False) -> None:
        self.hide()
        act = self._also if second else self._act
        if act is not None:
            act()


class ProgressStrip(QFrame):
    """How far long work is, how fast it goes, and a button that stops it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "message")
        self._cancel: Callable[[], None] | None = None
        self._title = ""
        self._started = 0.0
        self._text = label()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        stop = button(theme, tr("Cancel"), on_click=self._clicked)
        layout = row(column(self._text, self._bar, spacing=7), stop, spacing=14, margins=(14, 9, 9, 9))
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now."""
        return self._text.text()

    def begin(self, title: str, cancel: Callable[[], None]) -> None:
        """Show work that has just begun."""
        self._title, self._cancel, self._started = title, cancel, time.monotonic()
        self._text.setText(title)
        self._bar.setAccessibleName(title)
        self._bar.setRange(0, 0)
        self.show()

    def step(self, step: Step) -> None:
        """Show how far it is."""
        if step.total:
            self._bar.setRange(0, step.total)
            self._bar.setValue(step.done)
        rate = step.done / max(1e-3, time.monotonic() - self._started)
        parts = [self._title]
        if step.total:
            parts.append(tr("{done} of {total}", done=number(step.done), total=number(step.total)))
            parts.append(tr("{rate} a second", rate=number(round(rate))))
        elif step.done:
            parts.append(tr("{n} found", n=number(step.done)))
        self._text.setText(" · ".join(parts))

    def _clicked(self) -> None:
        if self._cancel is not None:
            self._text.setText(tr("Stopping …"))
            self._cancel()
