"""The cards of the fine-tuning panel: what a run would bring, what the last one brought, and one that is paused."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from letspic_desktop.operations.expected_gain import Expectation
from letspic_desktop.operations.head_history import HeadStory
from letspic_desktop.operations.paused_runs import PausedRun
from letspic_desktop.ui.finetune.run_state import RunState
from letspic_desktop.ui.finetune.run_words import basis_text, expected_text, paused_text
from letspic_desktop.ui.look.charts import GainChart
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, pill, row, set_tone
from letspic_desktop.ui.texts import counted, percent, points, tr


class ResultCard(QFrame):
    """Retrieval accuracy before and after, measured on photos that did not train the head that ranked them.

    Signals
    -------
    changes_asked
        The person wants to see what the run changed.
    """

    changes_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "inset")
        self._big, self._gain, self._was = label("", "big"), pill("", "good"), label("", "small")
        self._ten, self._basis = label("", "small", wrap=True), label("", "small", wrap=True)
        self.chart = GainChart(theme)
        self.changes_button = button(
            theme,
            tr("See what changed"),
            role="link",
            name=tr("See what the last run changed"),
            on_click=self.changes_asked.emit,
        )
        title = label(tr("Retrieval accuracy"), "small")
        title.setToolTip(tr("Mean average precision: how high up the photos of the same album stand, 100 % is perfect"))
        numbers = row(self._big, self._gain, None, self._was)
        more = row(self.changes_button, None)
        self.setLayout(
            column(title, numbers, self.chart, self._ten, self._basis, more, spacing=2, margins=(14, 10, 14, 10))
        )
        self.chart.hide()

    def show_head(self, story: HeadStory) -> None:
        """Show the figures of a head; where it has none, say why."""
        self.chart.hide()
        self._show_figures(story.map_before, story.map_after)
        self._ten.setVisible(story.p10_after is not None)
        if story.p10_before is not None and story.p10_after is not None:
            before, after = percent(story.p10_before), percent(story.p10_after)
            self._ten.setText(tr("right among the first ten: {before} → {after}", before=before, after=after))
        self._basis.setText(basis_text(story))
        self.changes_button.setVisible(bool(story.examples) or story.map_after is not None)

    def show_run(self, state: RunState) -> None:
        """Show how accurate the head of a run that goes on is so far."""
        measured = bool(state.retrieval)
        self.setVisible(measured)
        if not measured:
            return
        self._show_figures(state.map_before, state.retrieval[-1][1])
        self.chart.setVisible(len(state.retrieval) > 2)
        self.chart.show_points(state.retrieval, state.total)
        self._ten.hide()
        self._basis.setText(counted(state.measured_on, "5-fold on {n} labelled photo", "5-fold on {n} labelled photos"))
        self.changes_button.hide()

    def _show_figures(self, before: float | None, after: float | None) -> None:
        measured = before is not None and after is not None
        for part in (self._big, self._gain, self._was):
            part.setVisible(measured)
        if before is None or after is None:
            self.setAccessibleName(tr("Retrieval accuracy: not measured"))
            return
        self._big.setText(percent(after))
        self._gain.setText(points(before, after))
        set_tone(self._gain, "good" if round(100 * after) > round(100 * before) else "plain")
        self._was.setText(tr("was {share}", share=percent(before)))
        spoken = tr("Retrieval accuracy {after}, was {before}", after=percent(after), before=percent(before))
        self.setAccessibleName(spoken)


class ExpectedCard(QFrame):
    """What a run can be expected to bring."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "inset")
        self._text, self._basis = label("", "strong", wrap=True), label("", "small", wrap=True)
        self.setLayout(column(self._text, self._basis, spacing=2, margins=(14, 10, 14, 10)))
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty where it says nothing."""
        return "" if self.isHidden() else f"{self._text.text()} ({self._basis.text()})"

    def show_expectation(self, expected: Expectation | None) -> None:
        """Show it, or nothing where it cannot be known."""
        words = expected_text(expected) if expected is not None else None
        self.setVisible(words is not None)
        if words is not None:
            self._text.setText(words[0])
            self._basis.setText(words[1])
            self.setAccessibleName(f"{words[0]} ({words[1]})")


class PausedCard(QWidget):
    """The two things to do with a paused run.

    Signals
    -------
    resume_asked, discard_asked
        Go on with it, or give it up.
    """

    resume_asked = Signal()
    discard_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.resume_button = button(
            theme, tr("Go on"), role="primary", icon="play", color="on_accent", name=tr("Go on with the paused run")
        )
        self.discard_button = button(theme, tr("Discard"), name=tr("Discard the paused run"))
        self.resume_button.clicked.connect(lambda: self.resume_asked.emit())
        self.discard_button.clicked.connect(lambda: self.discard_asked.emit())
        for one in (self.resume_button, self.discard_button):
            one.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setLayout(row(self.resume_button, self.discard_button))
        self.hide()

    def show_run(self, paused: PausedRun | None) -> tuple[str, str]:
        """Show the buttons where a run is paused; return how far it is and why, in words."""
        self.setVisible(paused is not None)
        return paused_text(paused) if paused is not None else ("", "")
