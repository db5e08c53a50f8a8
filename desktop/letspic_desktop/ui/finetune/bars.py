"""A bar for each device of a group, and the log of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.ui.finetune.run_state import DeviceProgress
from letspic_desktop.ui.finetune.run_words import reason_text
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import clear, column, label, line, row, set_tone
from letspic_desktop.ui.sidebar.model import state_text
from letspic_desktop.ui.texts import counted, duration, tr

_LOG_LINES: Final = 40
_SHOWN_LINES: Final = 5
_NOTE_WIDTH: Final = 190


class DeviceBar(QWidget):
    """One device: its name, what is known of it, and how far it is."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        icon = QLabel()
        theme.follow(icon, lambda: icon.setPixmap(theme.pixmap("device", "muted", 18)))
        self._note = label("", "small")
        self._warned = False
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(tr("Progress of {name}", name=name))
        self.setLayout(column(row(icon, label(name, "strong"), None, self._note), self.bar, spacing=5))

    @property
    def note(self) -> str:
        """What it says of the device."""
        return self._note.toolTip()

    def show_state(self, note: str, share: float, *, warn: bool = False) -> None:
        """Show a few words and a share, 0..1."""
        self.bar.setValue(round(1000 * min(1.0, max(0.0, share))))
        if note != self._note.toolTip():
            self._note.setText(self._note.fontMetrics().elidedText(note, Qt.TextElideMode.ElideRight, _NOTE_WIDTH))
            self._note.setToolTip(note)
            self.bar.setAccessibleDescription(note)
        if warn != self._warned:
            self._warned = warn
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

    @property
    def notes(self) -> Mapping[str, str]:
        """What is said of each device."""
        return {name: bar.note for name, bar in self._bars.items()}

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

    def show_progress(self, devices: Mapping[str, DeviceProgress], total: int, views: Mapping[str, DeviceView]) -> None:
        """Show how far each device is in a run of ``total`` rounds; ``views`` say what it does before the first."""
        for name, bar in self._bars.items():
            device, view = devices.get(name), views.get(name)
            share = device.rounds / total if device is not None and total else 0.0
            if device is not None and device.dropped:
                bar.show_state(reason_text(device.dropped), share, warn=True)
            elif device is not None and device.seconds is not None:
                bar.show_state(tr("{time} / round", time=duration(device.seconds)), share)
            elif device is not None and device.photos is not None:
                bar.show_state(counted(device.photos, "{n} photo ready", "{n} photos ready"), share)
            elif view is not None and view.online and view.total:
                # Before the rounds it looks at its photos, which may take long.
                bar.show_state(state_text(view), view.done / view.total)
            else:
                bar.show_state(tr("waiting") if view is None or view.online else state_text(view), share)


class ActivityLog(QWidget):
    """What happened last, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[str, str, str]] = []
        self._rows: list[tuple[QWidget, QLabel, QLabel]] = []
        layout = QVBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for _ in range(_SHOWN_LINES):
            at, words = label("", "small"), label("", "muted", wrap=True)
            at.setFixedWidth(58)
            at.setAlignment(Qt.AlignmentFlag.AlignTop)
            holder = QWidget()
            entry = row(at, words, spacing=8)
            entry.setStretch(1, 1)
            holder.setLayout(entry)
            holder.hide()
            layout.addWidget(holder)
            self._rows.append((holder, at, words))
        self.setLayout(column(line(), 2, label(tr("Activity"), "h2"), layout, spacing=8))
        self.hide()

    @property
    def texts(self) -> Sequence[str]:
        """What the lines say, newest first."""
        return [text for _, text, _ in self._lines]

    def add(self, text: str, kind: str = "") -> None:
        """Add a line; it replaces the newest one where both are of the same ``kind``."""
        self.add_all([(text, kind)])

    def add_all(self, entries: Sequence[tuple[str, str]]) -> None:
        """Add (text, kind) lines, the newest last, and show them once."""
        time = datetime.now().astimezone().strftime("%H:%M:%S")
        for text, kind in entries:
            if kind and self._lines and self._lines[0][2] == kind:
                self._lines.pop(0)
            self._lines.insert(0, (time, text, kind))
        del self._lines[_LOG_LINES:]
        self.setVisible(bool(self._lines))
        for place, (holder, at, words) in enumerate(self._rows):
            if place < len(self._lines):
                at.setText(self._lines[place][0])
                words.setText(self._lines[place][1])
            holder.setVisible(place < len(self._lines))
