"""Small parts of the fine-tuning panel: the loss with its legend, and what is missing before a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from letspic_desktop.ui.finetune.run_state import RunState
from letspic_desktop.ui.finetune.run_words import Missing
from letspic_desktop.ui.look.charts import DEVICE_TOKENS, LossChart, device_tokens
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, clear, column, label, line, row
from letspic_desktop.ui.texts import tr

_LEGEND_COLUMNS: Final = 3
_LEGEND_WIDTH: Final = 78


class LossBox(QWidget):
    """The loss of a run: all photos together, and each device."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._names: Sequence[str] | None = None
        self.chart = LossChart(theme)
        self._legend = QGridLayout()
        self._legend.setContentsMargins(0, 0, 0, 0)
        self._legend.setHorizontalSpacing(12)
        self._legend.setVerticalSpacing(3)
        self._legend.setColumnStretch(_LEGEND_COLUMNS, 1)
        self._of = label("", "small")
        title = row(label(tr("Loss"), "h2"), self._of, None)
        self.setLayout(column(line(), 2, title, self.chart, self._legend, spacing=8))

    def show_run(self, state: RunState) -> None:
        """Show the losses so far."""
        lines = {name: device.losses for name, device in sorted(state.devices.items()) if device.losses}
        # One device alone is the average.
        devices: Mapping[str, Sequence[tuple[int, float]]] = lines if len(lines) > 1 else {}
        self.chart.show_points(state.losses, devices, state.total or 1)
        of = tr("on photos held out") if state.accuracies else tr("on photos that train")
        self._of.setText(of if state.losses else "")
        if list(devices) != self._names:
            self._names = list(devices)
            self._show_legend(self._names)

    def _show_legend(self, names: Sequence[str]) -> None:
        clear(self._legend)
        entries = [("accent", tr("average"))]
        if len(names) > len(DEVICE_TOKENS):
            entries.append(("strong", tr("each device")))
        else:
            entries += list(zip(device_tokens(len(names)), names, strict=True))
        for place, (token, text) in enumerate(entries):
            self._legend.addWidget(_Legend(self._theme, token, text), place // _LEGEND_COLUMNS, place % _LEGEND_COLUMNS)


class MissingBox(QWidget):
    """What keeps a run from starting, each with the button that helps.

    Signals
    -------
    fix_asked
        What a button asks for.
    """

    fix_asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: list[Missing] | None = None
        self._layout = QVBoxLayout()
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(self._layout)

    @property
    def texts(self) -> Sequence[str]:
        """The sentences."""
        return [text for text, _, _ in self._shown or []]

    def show_missing(self, missing: Sequence[Missing], *, say_first: bool = True) -> None:
        """Show them; ``say_first`` is whether a single sentence is said here too."""
        self.setVisible(bool(missing))
        if list(missing) == self._shown:
            return
        self._shown = list(missing)
        clear(self._layout)
        for text, word, what in missing:
            if say_first:
                self._layout.addWidget(label(text, "muted", wrap=True))
            if word:
                made = button(self._theme, word.replace("&", "&&"), role="soft", name=word)
                made.setToolTip(text)
                made.setAccessibleDescription(text)
                made.clicked.connect(lambda _=False, what=what: self.fix_asked.emit(what))
                self._layout.addWidget(made)


class _Legend(QWidget):
    """A coloured dot and what it stands for."""

    def __init__(self, theme: Theme, token: str, text: str) -> None:
        super().__init__()
        dot, shown = label("●"), label("", "small")
        theme.follow(dot, lambda: dot.setStyleSheet(f"color: {theme.tokens[token]}; font-size: 11px;"))
        shown.setText(shown.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, _LEGEND_WIDTH))
        shown.setToolTip(text)
        self.setAccessibleName(text)
        self.setLayout(row(dot, shown, None, spacing=5))
