"""The right side: start fine-tuning, watch it, and see what it brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.library.groups import Group
from letspic_desktop.progress import Step
from letspic_desktop.ui.charts import Ring, RunChart
from letspic_desktop.ui.finetune_parts import ActivityLog, DeviceBars, Options, ResultCard
from letspic_desktop.ui.queries import GroupStatus
from letspic_desktop.ui.run_state import RunState
from letspic_desktop.ui.sidebar_model import state_text
from letspic_desktop.ui.texts import counted, sentence, time_left, tr
from letspic_desktop.ui.theme import Theme
from letspic_desktop.ui.widgets import button, clear, column, explain, label, line, pill, row, set_tone

WIDTH: Final = 348
# Only to choose the button that helps; whether a run may start is for the operation to say.
_LEAST_ALBUMS: Final = 2


class FinetunePanel(QScrollArea):
    """Shows one group.

    Signals
    -------
    start_asked
        With the options of the run.
    stop_asked
        The run is to end.
    group_chosen
        Another group is to be shown: its id.
    fix_asked
        Something is missing: ``new-group``, ``add-device``, ``albums`` or ``add-photos``.
    """

    start_asked = Signal(RunConfig)
    stop_asked = Signal()
    group_chosen = Signal(str)
    fix_asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Fine-tuning"))
        self._theme = theme
        self._running = False
        self._status: GroupStatus | None = None
        self._views: Mapping[str, DeviceView] = {}
        self._make_parts()
        self._lay_out()
        self.show_status(None)

    @property
    def running(self) -> bool:
        """Whether a run is shown."""
        return self._running

    def show_groups(self, groups: Sequence[Group], chosen: str | None) -> None:
        """Offer the groups to choose from."""
        with QSignalBlocker(self._groups):
            self._groups.clear()
            for group in groups:
                self._groups.addItem(group.name, group.id)
            self._groups.setCurrentIndex(max(0, self._groups.findData(chosen)))
        self._groups.setVisible(len(groups) > 1)

    def show_status(self, status: GroupStatus | None) -> None:
        """Show a group at rest, or (None) that there is none."""
        self._status = status
        if self._running:
            return
        ready = status is not None and not status.missing
        self.start_button.setEnabled(ready)
        missing = self.missing
        explain(self.start_button, missing[0] if missing is not None else "")
        self._show_missing()
        names = sorted((device.name for device in status.devices), key=str.casefold) if status else []
        self._device_box.setVisible(bool(names))
        self.bars.show_devices(names)
        self._show_notes()
        head = status.active if status else None
        self.card.setVisible(head is not None)
        if head is not None:
            self.card.show_figures(head.map_before, head.map_after, head.p10_before, head.p10_after)
        self._idle_words(ready)

    def show_views(self, views: Mapping[str, DeviceView]) -> None:
        """Show what the devices do."""
        self._views = views
        if not self._running:
            self._show_notes()

    def begin(self) -> None:
        """Show that a run begins."""
        self._running = True
        self._say(tr("Running"), "accent", tr("Getting ready"), tr("Handing out photos"))
        self.ring.show_share(0.0)
        self.ring.show()
        self.chart.show_points((), (), 1)
        self._chart_box.show()
        self._missing_box.hide()
        self.options.hide()
        self._more.hide()
        self.start_button.hide()
        self.stop_button.show()
        self.stop_button.setEnabled(True)
        self.bars.show_progress({}, 0)
        self.log.add(tr("Fine-tuning started"))

    def show_step(self, step: Step) -> None:
        """Show what the operation does outside its rounds."""
        words = {
            "distribute": tr("Handing out photos"),
            "devices": tr("Waiting for the devices"),
            "index": tr("Measuring and indexing"),
        }
        if self._running and step.stage in words:
            amount = f" {step.done}/{step.total}" if step.total else ""
            self._detail.setText(words[step.stage] + amount)

    def show_run(self, state: RunState) -> None:
        """Show how far the run is."""
        if state.total:
            self._title.setText(tr("Round {n} of {all}", n=state.number, all=state.total))
        left = state.seconds_left
        parts = [time_left(left)] if left is not None else []
        parts.append(counted(state.active_devices, "{n} device", "{n} devices"))
        self._detail.setText(state.waiting or " · ".join(parts))
        self.ring.show_share(state.share)
        self.bars.show_devices(sorted({*self.bars.names, *state.devices}))
        self.bars.show_progress(state.devices, state.total)
        self.chart.show_points(state.losses, state.accuracies, state.total)
        self._accuracy_legend.setVisible(bool(state.accuracies))

    def end(self, word: str, tone: str, title: str, detail: str, *, share: float | None = None) -> None:
        """Show how the run ended."""
        self._running = False
        self.stop_button.hide()
        self.start_button.show()
        self._more.show()
        self._say(word, tone, title, detail)
        if share is not None:
            self.ring.show_share(share)
        self.log.add(f"{title}. {detail}" if detail else title)

    def stopping(self) -> None:
        """Show that the run is asked to stop."""
        self.stop_button.setEnabled(False)
        self._detail.setText(tr("Stopping …"))

    def _make_parts(self) -> None:
        theme = self._theme
        self._state = pill()
        self._groups = QComboBox()
        self._groups.setAccessibleName(tr("Group"))
        self._groups.activated.connect(lambda _: self.group_chosen.emit(str(self._groups.currentData())))
        self.ring = Ring(theme)
        self._title, self._detail = label("", "h2"), label("", "small", wrap=True)
        self.start_button = button(
            theme, tr("Start Finetuning"), role="primary", icon="play", color="on_accent", on_click=self._start
        )
        self.stop_button = button(theme, tr("Stop"), icon="stop", on_click=self.stop_asked.emit)
        for one in (self.start_button, self.stop_button):
            one.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.stop_button.hide()
        self.options = Options()
        self.options.hide()
        self._more = button(theme, "", role="ghost", icon="sliders", color="muted", name=tr("Options of the run"))
        self._more.clicked.connect(lambda: self.options.setVisible(self.options.isHidden()))
        self._missing_box = QWidget()
        self._missing = QVBoxLayout()
        self._missing.setContentsMargins(0, 0, 0, 0)
        self._missing_box.setLayout(self._missing)
        self.chart = RunChart(theme)
        self._loss_legend, self._accuracy_legend = (
            _Legend(theme, "accent", tr("loss")),
            _Legend(theme, "second", tr("right on photos held out")),
        )
        self.bars = DeviceBars(theme)
        self.card = ResultCard()
        self.log = ActivityLog()

    def _lay_out(self) -> None:
        words = column(None, self._title, self._detail, None, spacing=3)
        ring = row(self.ring, words, spacing=14)
        ring.setStretch(1, 1)
        self._chart_box = QWidget()
        legend = row(self._loss_legend, self._accuracy_legend, None, spacing=14)
        self._chart_box.setLayout(
            column(line(), 2, label(tr("Loss and accuracy"), "h2"), self.chart, legend, spacing=8)
        )
        self._chart_box.hide()
        self._device_box = QWidget()
        self._device_box.setLayout(column(line(), 2, label(tr("Devices"), "h2"), self.bars, spacing=8))
        body = QWidget()
        body.setObjectName("panelBody")
        body.setLayout(
            column(
                row(label(tr("Fine-tuning"), "h2"), None, self._state),
                self._groups,
                ring,
                self._missing_box,
                row(self.start_button, self.stop_button, self._more),
                self.options,
                2,
                self._chart_box,
                self._device_box,
                4,
                self.card,
                None,
                self.log,
                spacing=10,
                margins=(20, 20, 20, 18),
            )
        )
        self.setWidget(body)

    def _start(self) -> None:
        self.start_asked.emit(self.options.config())

    def _say(self, word: str, tone: str, title: str, detail: str) -> None:
        self._state.setText(word)
        set_tone(self._state, tone)
        self._title.setText(title)
        self._detail.setText(detail)

    def _idle_words(self, ready: bool) -> None:
        status = self._status
        if status is None:
            self._say(
                tr("No group"), "plain", tr("Learn together"), tr("A group is the albums and devices that learn.")
            )
        elif not ready:
            self._say(tr("Not ready"), "warn", status.group.name, tr("Before it can start:"))
        elif status.active is not None:
            self.ring.show_share(1.0)
            self._say(tr("Done"), "good", tr("Head {n} in use", n=status.active.version), _about_head(status))
        else:
            amount = sum(one.photos for one in status.classes)
            albums = counted(len(status.classes), "{n} album", "{n} albums")
            self._say(
                tr("Ready"), "good", status.group.name, f"{counted(amount, '{n} photo', '{n} photos')} · {albums}"
            )
        self.ring.setVisible(status is not None and ready and status.active is not None)

    @property
    def missing(self) -> tuple[str, str, str] | None:
        """What keeps a run from starting: a sentence, the words of the button that helps, and what it asks for."""
        status = self._status
        if status is None:
            return tr("Fine-tuning needs a group of albums and devices."), tr("New group"), "new-group"
        if not status.missing:
            return None
        if len(status.classes) >= _LEAST_ALBUMS and not status.devices:
            return sentence(status.missing[0]), tr("Add device"), "add-device"
        return sentence(status.missing[0]), tr("Choose albums"), "albums"

    def _show_missing(self) -> None:
        clear(self._missing)
        status = self._status
        if status is None:
            self._fix(tr("New group"), "new-group")
        else:
            for problem in status.missing:
                self._missing.addWidget(label(sentence(problem), "muted", wrap=True))
            if len(status.classes) < _LEAST_ALBUMS:
                self._fix(tr("Choose albums"), "albums")
            if not status.devices:
                self._fix(tr("Add device"), "add-device")
        self._missing_box.setVisible(status is None or bool(status.missing))

    def _fix(self, text: str, what: str) -> None:
        self._missing.addWidget(button(self._theme, text, role="soft", on_click=lambda: self.fix_asked.emit(what)))

    def _show_notes(self) -> None:
        devices = self._status.devices if self._status else []
        views = {device.name: self._views.get(device.id) for device in devices}
        self.bars.show_notes({name: state_text(view) if view else tr("offline") for name, view in views.items()})


def _about_head(status: GroupStatus) -> str:
    """Return when the head in use was made, and from what where its run is the last one."""
    head, run = status.active, status.last_run
    if head is None:
        return ""
    parts = [head.created_at.astimezone().strftime("%Y-%m-%d %H:%M")] if head.created_at else []
    if run is not None and run.id == head.run_id and run.result is not None:
        devices, photos = len(run.result.get("devices", ())), int(run.result.get("photos", 0))
        parts.append(
            tr(
                "{photos} on {devices}",
                photos=counted(photos, "{n} photo", "{n} photos"),
                devices=counted(devices, "{n} device", "{n} devices"),
            )
        )
    return "\n".join(parts)


class _Legend(QWidget):
    """A coloured dot and what it stands for."""

    def __init__(self, theme: Theme, token: str, text: str) -> None:
        super().__init__()
        dot = label("●")
        theme.follow(dot, lambda: dot.setStyleSheet(f"color: {theme.tokens[token]}; font-size: 11px;"))
        self.setLayout(row(dot, label(text, "small"), spacing=5))
