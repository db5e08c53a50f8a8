"""The right side: start fine-tuning, watch it, and see what it brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QScrollArea, QSizePolicy, QWidget

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.expected_gain import Expectation
from letspic_desktop.progress import Step
from letspic_desktop.ui.finetune.bars import ActivityLog, DeviceBars
from letspic_desktop.ui.finetune.cards import ExpectedCard, PausedCard, ResultCard
from letspic_desktop.ui.finetune.last_run import LastRun, last_run
from letspic_desktop.ui.finetune.options import Options, options_button
from letspic_desktop.ui.finetune.parts import LossBox, MissingBox
from letspic_desktop.ui.finetune.run_state import RunState
from letspic_desktop.ui.finetune.run_words import Missing, missing_list, waiting_text
from letspic_desktop.ui.look.charts import Ring
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, explain, label, line, pill, row, set_tone
from letspic_desktop.ui.queries import GroupStatus
from letspic_desktop.ui.sidebar.model import state_text
from letspic_desktop.ui.texts import counted, number, time_left, tr

WIDTH: Final = 348


class FinetunePanel(QScrollArea):
    """Shows one group.

    Signals
    -------
    start_asked
        With the options of the run, and the names of the devices that take part (none named: all).
    pause_asked, stop_asked
        The run is to pause, or to end.
    resume_asked, discard_asked
        A paused run is to go on, or to be given up.
    changes_asked
        The person wants to see what the last run changed.
    group_chosen
        Another group is to be shown: its id.
    fix_asked
        Something is missing: ``new-group``, ``add-device``, ``albums``, ``album:ID`` or ``look`` (for devices).
    """

    start_asked = Signal(RunConfig, tuple)
    pause_asked = Signal()
    stop_asked = Signal()
    resume_asked = Signal()
    discard_asked = Signal()
    changes_asked = Signal()
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
        self._last: LastRun | None = None
        self._views: Mapping[str, DeviceView] = {}
        self._make_parts()
        self._lay_out()
        self.show_status(None)

    @property
    def running(self) -> bool:
        """Whether a run is shown."""
        return self._running

    @property
    def missing(self) -> Missing | None:
        """What keeps a run from starting: a sentence, the words of the button that helps, and what it asks for."""
        return next(iter(missing_list(self._status, self._views)), None)

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
        if self._last is not None and not self._last.holds(status):
            # Another head is in use, or it is another group: neither its end nor its loss has to do with that.
            self._last = None
            self.loss.hide()
        names = sorted((device.name for device in status.devices), key=str.casefold) if status else []
        self._device_box.setVisible(bool(names))
        self.bars.show_devices(names)
        self.options.show_group(status.group.id if status else "", names)
        story = status.story if status else None
        self.card.setVisible(story is not None)
        if story is not None:
            self.card.show_head(story)
        if status is None or (status.paused is None and story is None):
            self.expected.show_expectation(None)
        self._show_rest()

    def show_views(self, views: Mapping[str, DeviceView]) -> None:
        """Show what the devices do."""
        self._views = views
        if not self._running:
            self._show_rest()

    def show_expectation(self, expected: Expectation | None) -> None:
        """Show what a run would bring, unless the head in use has learned from just these photos."""
        status = self._status
        story = status.story if status else None
        learned = story is not None and expected is not None and story.photos == expected.labelled + expected.own
        wanted = not self._running and status is not None and status.paused is None and not learned
        self.expected.show_expectation(expected if wanted else None)

    def begin(self, *, resumed: bool = False) -> None:
        """Show that a run begins, or goes on."""
        self._running = True
        self._last = None
        detail = tr("Waiting for the devices") if resumed else tr("Handing out photos")
        self._say(tr("Running"), "accent", tr("Getting ready"), detail)
        if not resumed:
            self.ring.show_share(0.0)
        self.ring.show()
        self.loss.show_run(RunState())
        self.loss.show()
        for part in (self.missing_box, self.options, self._more, self.expected, self.paused, self.card):
            part.hide()
        self._show_buttons()
        self.pause_button.setEnabled(False)
        explain(self.pause_button, tr("It can be paused as soon as the devices have their photos"))
        self.stop_button.setEnabled(True)
        self.bars.show_progress({}, 0, {})
        self.log.add(tr("Fine-tuning goes on") if resumed else tr("Fine-tuning started"))

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
        if state.number:
            self._title.setText(tr("Round {n} of {all}", n=number(state.number), all=number(state.total)))
        if state.begun and not self._asked_to_end:
            self.pause_button.setEnabled(True)
            explain(self.pause_button, "")
        if not self._asked_to_end and state.number:
            left = state.seconds_left
            parts = [time_left(left)] if left is not None else []
            parts.append(self._devices_text(state))
            self._detail.setText(waiting_text(state.waiting) if state.waiting is not None else " · ".join(parts))
        self.ring.show_share(state.share)
        self.bars.show_devices(sorted({*self.bars.names, *state.devices}, key=str.casefold))
        views = {view.name: view for view in self._views.values()}
        self.bars.show_progress(state.devices, state.total, views)
        self.loss.show_run(state)
        self.card.show_run(state)

    def end(self, word: str, tone: str, title: str, detail: str, *, version: int | None = None) -> None:
        """Show how the run ended: with a head of a new ``version``, or with none."""
        self._running = False
        self._asked_to_end = False
        self._show_buttons()
        self._say(word, tone, title, detail)
        share = self.ring.share if version is None else 1.0
        self.ring.show_share(share, faint=version is None)
        self._last = last_run(self._status, version, share, (word, tone, title, detail))
        self.log.add(f"{title}. {detail}" if detail else title)

    def ending(self, text: str) -> None:
        """Show that the run is asked to pause or to stop."""
        self._asked_to_end = True
        self.pause_button.setEnabled(False)
        self.stop_button.setEnabled(False)
        self._detail.setText(text)

    def _make_parts(self) -> None:
        theme = self._theme
        self._asked_to_end = False
        self._state = pill()
        self._groups = QComboBox()
        self._groups.setAccessibleName(tr("Group"))
        self._groups.activated.connect(lambda _: self.group_chosen.emit(str(self._groups.currentData())))
        self.ring = Ring(theme)
        self._title, self._detail = label("", "h2", wrap=True), label("", "small", wrap=True)
        self.start_button = button(
            theme, tr("Start Finetuning"), role="primary", icon="play", color="on_accent", on_click=self._start
        )
        self.pause_button = button(theme, tr("Pause"), icon="pause", on_click=self.pause_asked.emit)
        self.stop_button = button(theme, tr("Stop"), icon="stop", on_click=self.stop_asked.emit)
        for one in (self.start_button, self.pause_button, self.stop_button):
            one.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.options = Options(theme)
        self.options.hide()
        self._more = options_button(theme, self.options)
        self.missing_box = MissingBox(theme)
        self.missing_box.fix_asked.connect(self.fix_asked)
        self.expected, self.card = ExpectedCard(), ResultCard(theme)
        self.card.changes_asked.connect(self.changes_asked)
        self.paused = PausedCard(theme)
        self.paused.resume_asked.connect(self.resume_asked)
        self.paused.discard_asked.connect(self.discard_asked)
        self.loss = LossBox(theme)
        self.loss.hide()
        self.bars = DeviceBars(theme)
        self.log = ActivityLog()

    def _lay_out(self) -> None:
        words = column(None, self._title, self._detail, None, spacing=3)
        ring = row(self.ring, words, spacing=14)
        ring.setStretch(1, 1)
        self._device_box = QWidget()
        self._device_box.setLayout(column(line(), 2, label(tr("Devices"), "h2"), self.bars, spacing=8))
        body = QWidget()
        body.setObjectName("panelBody")
        body.setLayout(
            column(
                row(label(tr("Fine-tuning"), "h2"), None, self._state),
                self._groups,
                ring,
                self.missing_box,
                self.expected,
                row(self.start_button, self.pause_button, self.stop_button, self._more),
                self.paused,
                self.options,
                2,
                self.loss,
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
        # The shortcut comes here also while the button is not to be seen.
        if self._status is not None and self._status.paused is not None:
            self.resume_asked.emit()
        elif not self._running:
            self.start_asked.emit(self.options.config(), self.options.chosen_devices)

    def _devices_text(self, state: RunState) -> str:
        active, every = state.active_devices, len(state.devices)
        if active == every:
            return counted(active, "{n} device", "{n} devices")
        return tr("{n} of {all} devices", n=active, all=every)

    def _show_rest(self) -> None:
        """Show everything that depends on the group and on what its devices do now."""
        status = self._status
        missing = missing_list(status, self._views)
        paused = status.paused if status else None
        explain(self.start_button, missing[0][0] if missing else "")
        self.start_button.setEnabled(not missing)
        self.missing_box.show_missing(missing if paused is None else [], say_first=status is not None)
        devices = status.devices if status else []
        views = {device.name: self._views.get(device.id) for device in devices}
        self.bars.show_notes({name: state_text(view) if view else tr("offline") for name, view in views.items()})
        title, detail = self.paused.show_run(paused)
        if paused is not None:
            share = min(1.0, paused.rounds / paused.total) if paused.total else 0.0
            self.ring.show_share(share, faint=True)
            self._say(tr("Paused"), "warn", title, detail)
            self.ring.show()
        else:
            self._idle_words(ready=not missing)
        self._show_buttons()

    def _show_buttons(self) -> None:
        paused = not self._running and self._status is not None and self._status.paused is not None
        self.start_button.setVisible(not self._running and not paused)
        self._more.setVisible(not self._running and not paused)
        if self._running or paused:
            self.options.hide()
        for one in (self.pause_button, self.stop_button):
            one.setVisible(self._running)

    def _say(self, word: str, tone: str, title: str, detail: str) -> None:
        self._state.setText(word)
        set_tone(self._state, tone)
        self._title.setText(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))

    def _idle_words(self, *, ready: bool) -> None:
        status = self._status
        story = status.story if status else None
        told = self._last.told if self._last is not None else None
        if status is None:
            self._say(
                tr("No group"), "plain", tr("Learn together"), tr("A group is the albums and devices that learn.")
            )
        elif not ready:
            self._say(tr("Not ready"), "warn", status.group.name, tr("Before it can start:"))
        elif self._last is not None and told is not None:
            self.ring.show_share(self._last.share, faint=True)
            self._say(*told)
        elif story is not None:
            self.ring.show_share(1.0)
            self._say(tr("Done"), "good", tr("Head {n} in use", n=story.version), _about_head(status))
        else:
            amount = sum(one.photos for one in status.classes)
            albums = counted(len(status.classes), "{n} album", "{n} albums")
            self._say(
                tr("Ready"), "good", status.group.name, f"{counted(amount, '{n} photo', '{n} photos')} · {albums}"
            )
        self.ring.setVisible(ready and (story is not None or told is not None))


def _about_head(status: GroupStatus) -> str:
    """Return when the head in use was made, and from what."""
    story = status.story
    if story is None:
        return ""
    parts = [story.created_at.astimezone().strftime("%Y-%m-%d %H:%M")] if story.created_at else []
    if story.photos:
        photos = counted(story.photos, "{n} photo", "{n} photos")
        devices = counted(len(story.devices), "{n} device", "{n} devices")
        parts.append(tr("{photos} on {devices}", photos=photos, devices=devices))
    return "\n".join(parts)
