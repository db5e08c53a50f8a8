"""Parts of the fine-tuning panel: options, a bar for each device, the figures, and the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QLabel,
    QProgressBar,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.ui.run_state import DeviceProgress
from letspic_desktop.ui.texts import counted, duration, percent, points, tr
from letspic_desktop.ui.theme import Theme
from letspic_desktop.ui.widgets import clear, column, label, line, pill, row, set_tone

_LOG_LINES: Final = 40
_MAX_ROUNDS: Final = 1000


class Options(QWidget):
    """What an experienced person may choose before a run."""

    def __init__(self) -> None:
        super().__init__()
        self._method = QComboBox()
        names = {
            "standard": tr("Standard"),
            "closed-form": tr("Closed form, one round"),
            "gradient": tr("Gradient only"),
            "paper": tr("As in the paper"),
        }
        for method, name in names.items():
            self._method.addItem(name, method)
        self._rounds = QSpinBox()
        self._rounds.setRange(0, _MAX_ROUNDS)
        self._rounds.setSpecialValueText(tr("as the method needs"))
        self._unlabelled = QCheckBox(tr("Learn from unlabelled photos too"))
        for field, name in ((self._method, tr("Method")), (self._rounds, tr("Rounds"))):
            field.setAccessibleName(name)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(label(tr("Method"), "small"), self._method)
        form.addRow(label(tr("Rounds"), "small"), self._rounds)
        form.addRow(self._unlabelled)
        self.setLayout(form)

    def config(self) -> RunConfig:
        """Return the options of a run."""
        method, rounds = str(self._method.currentData()), self._rounds.value()
        if method == "paper" and rounds:
            return RunConfig(method=method, epochs=rounds, unlabelled=self._unlabelled.isChecked())
        return RunConfig(method=method, rounds=rounds or None, unlabelled=self._unlabelled.isChecked())


class DeviceBar(QWidget):
    """One device: its name, what is known of it, and how far it is."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        icon = QLabel()
        theme.follow(icon, lambda: icon.setPixmap(theme.pixmap("device", "muted", 18)))
        self._note = label("", "small")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of {name}", name=name))
        self.setLayout(column(row(icon, label(name, "strong"), None, self._note), self.bar, spacing=5))

    def show_state(self, note: str, share: float, *, warn: bool = False) -> None:
        """Show a few words and a share, 0..1."""
        width = self._note.fontMetrics().elidedText(note, Qt.TextElideMode.ElideRight, 190)
        self._note.setText(width)
        self._note.setToolTip(note)
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * share))
        self.bar.setAccessibleDescription(note)
        set_tone(self.bar, "warn" if warn else "")


class DeviceBars(QWidget):
    """A bar for each device of the group."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._bars: dict[str, DeviceBar] = {}
        self._layout = QVBoxLayout()
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(9)
        self.setLayout(self._layout)

    @property
    def names(self) -> Sequence[str]:
        """The devices shown."""
        return list(self._bars)

    def show_devices(self, names: Sequence[str]) -> None:
        """List these devices."""
        if list(names) == list(self._bars):
            return
        clear(self._layout)
        self._bars = {name: DeviceBar(self._theme, name) for name in names}
        for bar in self._bars.values():
            self._layout.addWidget(bar)

    def show_notes(self, notes: Mapping[str, str]) -> None:
        """Say what each device does while no run is on."""
        for name, bar in self._bars.items():
            bar.show_state(notes.get(name, ""), 0.0)

    def show_progress(self, devices: Mapping[str, DeviceProgress], total: int) -> None:
        """Show how far each device is in a run of ``total`` rounds."""
        for name, bar in self._bars.items():
            device = devices.get(name)
            if device is None:
                bar.show_state(tr("waiting"), 0.0)
            elif device.dropped:
                bar.show_state(device.dropped, device.rounds / total if total else 0.0, warn=True)
            elif device.seconds is not None:
                note = tr("{time} a round", time=duration(device.seconds))
                bar.show_state(note, device.rounds / total if total else 0.0)
            elif device.photos is not None:
                bar.show_state(counted(device.photos, "{n} photo ready", "{n} photos ready"), 0.0)


class ResultCard(QFrame):
    """Retrieval accuracy before and after, measured on photos that did not train the head that ranked them."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "inset")
        self._big, self._gain, self._was = label("", "big"), pill("", "good"), label("", "small")
        self._ten = label("", "small")
        title = label(tr("Retrieval accuracy"), "small")
        title.setToolTip(tr("Mean average precision, five-fold: a photo never scores the head it trained"))
        numbers = row(self._big, self._gain, None, self._was)
        self.setLayout(column(title, numbers, self._ten, spacing=2, margins=(14, 10, 14, 10)))

    def show_figures(
        self, map_before: float | None, map_after: float | None, p10_before: float | None, p10_after: float | None
    ) -> None:
        """Show the figures of a head; where it has none, say why."""
        measured = map_before is not None and map_after is not None
        for part in (self._gain, self._was):
            part.setVisible(measured)
        if map_before is None or map_after is None:
            self._big.setText("–")
            self._ten.setText(tr("Too few labelled photos to measure it honestly"))
            return
        self._big.setText(percent(map_after))
        self._gain.setText(points(map_after - map_before))
        set_tone(self._gain, "good" if map_after > map_before else "plain")
        self._was.setText(tr("was {share}", share=percent(map_before)))
        if p10_before is not None and p10_after is not None:
            words = tr(
                "right among the first ten: {before} → {after}", before=percent(p10_before), after=percent(p10_after)
            )
            self._ten.setText(words)
        spoken = tr("Retrieval accuracy {after}, was {before}", after=percent(map_after), before=percent(map_before))
        self.setAccessibleName(spoken)


class ActivityLog(QWidget):
    """What happened last, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[str, str, str]] = []
        self._layout = QVBoxLayout()
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self.setLayout(column(line(), 2, label(tr("Activity"), "h2"), self._layout, spacing=8))
        self.hide()

    @property
    def texts(self) -> Sequence[str]:
        """What the lines say, newest first."""
        return [text for _, text, _ in self._lines]

    def add(self, text: str, kind: str = "") -> None:
        """Add a line; it replaces the newest one where both are of the same ``kind``."""
        time = datetime.now().astimezone().strftime("%H:%M:%S")
        if kind and self._lines and self._lines[0][2] == kind:
            self._lines.pop(0)
        self._lines.insert(0, (time, text, kind))
        del self._lines[_LOG_LINES:]
        self.show()
        clear(self._layout)
        for moment, words, _ in self._lines[:8]:
            told = label(words, "muted", wrap=True)
            at = label(moment, "small")
            at.setFixedWidth(56)
            entry = row(at, told, spacing=8)
            entry.setStretch(1, 1)
            holder = QWidget()
            holder.setLayout(entry)
            self._layout.addWidget(holder)
