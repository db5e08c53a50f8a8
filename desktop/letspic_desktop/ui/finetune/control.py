"""Start Finetuning from the window: hand out, train, watch, pause, go on, and say what it brought."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from letspic_desktop.application import RunChanged
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.expected_gain import Expectation, ExpectedGain
from letspic_desktop.operations.finetune import DistributeAndFinetune, FinetuneReport
from letspic_desktop.operations.finetune_needs import ReachDevices
from letspic_desktop.operations.head_history import DiscardHead, ReadRunOutcome, RunOutcome
from letspic_desktop.operations.paused_runs import DiscardRun, PausedRun, ResumeFinetuning
from letspic_desktop.ui.action_book import ActionBook
from letspic_desktop.ui.dialogs.run_outcome import show_outcome
from letspic_desktop.ui.dialogs.stop_run import RunQuestion
from letspic_desktop.ui.finetune.panel import FinetunePanel
from letspic_desktop.ui.finetune.run_state import RunState
from letspic_desktop.ui.finetune.run_words import event_text
from letspic_desktop.ui.queries import GroupStatus, ReadGroup
from letspic_desktop.ui.runner import Job, Operation
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, duration, number, percent, sentence, size, tr
from letspic_shared.errors import KnownError

_REFRESH_MS: Final = 40


class FinetuneControl(QObject):
    """The group in the panel, and its run.

    Signals
    -------
    changed
        A run began, moved on or ended: its share done, None where none is under way.
    finished
        A run ended well.
    status_shown
        How the group is was read again.
    notice
        A run ended, well or not: title and text for a notification of the desktop.
    """

    changed = Signal(object)
    finished = Signal(FinetuneReport)
    status_shown = Signal()
    notice = Signal(str, str)

    def __init__(self, services: Services, panel: FinetunePanel, complain: Callable[[KnownError], None]) -> None:
        super().__init__(panel)
        self._services = services
        self._panel = panel
        self._complain = complain
        self._group: Group | None = None
        self._groups: Sequence[Group] = ()
        self._job: Job | None = None
        self._running_group: Group | None = None
        self._pausing = False
        self._state = RunState()
        self._lines: list[tuple[str, str]] = []
        self._question = RunQuestion(panel, services.theme)
        self._estimate: Job | None = None
        self._expected: dict[str, Expectation] = {}
        self.status: GroupStatus | None = None
        self._tick = QTimer(self)
        self._tick.setSingleShot(True)
        self._tick.setInterval(_REFRESH_MS)
        self._tick.timeout.connect(self._show)
        panel.start_asked.connect(self.start)
        panel.pause_asked.connect(self.pause)
        panel.stop_asked.connect(self.ask_to_stop)
        panel.resume_asked.connect(self.resume)
        panel.discard_asked.connect(self.ask_to_discard)
        panel.changes_asked.connect(self.show_changes)
        panel.group_chosen.connect(self.choose)
        panel.fix_asked.connect(self._fix)

    @property
    def group(self) -> Group | None:
        """The group in the panel."""
        return self._group

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._job is not None

    def add_actions(self, book: ActionBook) -> None:
        """Make what the panel's buttons do reachable by keyboard and menu."""
        book.add(
            "group",
            tr("Pause fine-tuning, or go on with it"),
            self._pause_or_resume,
            "Ctrl+Shift+Return",
            enabled=lambda: self.running or self._paused() is not None,
        )
        book.add("group", tr("Stop fine-tuning"), self.ask_to_stop, enabled=lambda: self.running)
        book.add(
            "group",
            tr("See what the last run changed"),
            self.show_changes,
            enabled=lambda: self.status is not None and self.status.story is not None,
        )

    def show_groups(self, groups: Sequence[Group]) -> None:
        """Take the list of groups; the present one stays if it is still there."""
        self._groups = groups
        here = self._group.id if self._group else None
        self._group = next((group for group in groups if group.id == here), groups[0] if groups else None)
        self._panel.show_groups(groups, self._group.id if self._group else None)
        self.refresh()

    def choose(self, group_id: str) -> None:
        """Show another group, unless one is in a run."""
        if not self.running and (self._group is None or self._group.id != group_id):
            self._group = next((group for group in self._groups if group.id == group_id), self._group)
            self._panel.show_groups(self._groups, group_id)
            self._panel.show_expectation(None)
            # Until that group is read the panel shows the options and devices of the one before.
            self._panel.start_button.setEnabled(False)
            self.refresh()

    def refresh(self) -> None:
        """Read again how the group is."""
        if self._group is None:
            self.status = None
            self._panel.show_status(None)
            self.status_shown.emit()
            return
        self._services.runner.start(ReadGroup(group_id=self._group.id), done=self._take_status)

    def start(self, config: RunConfig, devices: tuple[str, ...] = ()) -> None:
        """Start a run of the group; all its devices take part where none are named."""
        if self._group is None or self.running:
            return
        if not devices and not self._panel.options.any_device:
            self._complain(KnownError(tr("No device is chosen"), tr("Tick one in the options")))
            return
        operation = DistributeAndFinetune(group=self._group.name, config=config, devices=devices, live=True)
        self._begin(operation, resumed=False)

    def resume(self) -> None:
        """Go on with the paused run of the group."""
        if self._group is not None and not self.running:
            self._begin(ResumeFinetuning(group=self._group.name, live=True), resumed=True)

    def pause(self) -> None:
        """Ask the run to pause; the round under way is dropped, everything before it is kept."""
        if self._job is not None and self._state.begun:
            self._pausing = True
            self._job.pause()
            self._panel.ending(tr("Pausing …"))

    def ask_to_stop(self) -> None:
        """Stop the run; where rounds are finished, only once the person agrees to lose them."""
        self._question.stop(self._state.number if self._state.begun else 0, self.stop, self.pause)

    def ask_to_discard(self) -> None:
        """Give up the paused run of the group once the person agrees."""
        paused = self._paused()
        if paused is not None and not self.running:
            # The panel may show another group by the time that the person agrees.
            self._question.discard(paused.rounds, partial(self.discard, self._group))

    def stop(self) -> None:
        """Ask the run to stop."""
        if self._job is not None:
            self._pausing = False
            self._job.cancel()
            self._panel.ending(tr("Stopping …"))

    def discard(self, group: Group | None) -> None:
        """Give up the paused run of a group."""
        if group is not None and not self.running:
            operation = DiscardRun(group=group.name)
            self._services.runner.start(operation, done=self._discarded, ended=self.refresh)

    def show_changes(self) -> None:
        """Open what the run behind the head in use changed."""
        story = self.status.story if self.status is not None else None
        if self._group is not None and story is not None:
            self.show_changes_of(self._group.id, story.version)

    def show_changes_of(self, group_id: str, version: int) -> None:
        """Open what the run behind one head of a group changed."""
        operation = ReadRunOutcome(group_id=group_id, version=version)
        self._services.runner.start(operation, done=self._show_outcome)

    def take(self, change: RunChanged) -> None:
        """Show an event of a run, unless it is of another group's."""
        if not self.running or self._running_group is None or change.group_id != self._running_group.id:
            return
        self._state.apply(change.event)
        told = event_text(change.event)
        if told is not None:
            if self._lines and told[1] and self._lines[-1][1] == told[1]:
                self._lines.pop()
            self._lines.append(told)
        if not self._tick.isActive():
            self._tick.start()

    def _begin(self, operation: Operation[FinetuneReport], *, resumed: bool) -> None:
        self._running_group = self._group
        self._pausing = False
        self._state, self._lines = RunState(), []
        if self._estimate is not None:
            self._estimate.cancel()
        self._panel.begin(resumed=resumed)
        self._job = self._services.runner.start(
            operation, done=self._done, failed=self._failed, step=self._panel.show_step, ended=self._ended
        )
        self.changed.emit(0.0)

    def _show(self) -> None:
        if self.running:
            self._flush()
            self._panel.show_run(self._state)
            self.changed.emit(self._state.share)

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            self._panel.log.add_all(lines)

    def _take_status(self, status: GroupStatus | None) -> None:
        if status is None or (self._group is not None and status.group.id == self._group.id):
            self.status = status
            self._panel.show_status(status)
            self._expect()
            self.status_shown.emit()

    def _expect(self) -> None:
        """Estimate what a run would bring while nothing else goes on."""
        status = self.status
        if status is None or self.running or status.needs or status.paused is not None:
            self._panel.show_expectation(None)
            return
        group_id = status.group.id
        self._panel.show_expectation(self._expected.get(group_id))
        if self._estimate is not None:
            return

        def done(expected: Expectation | None) -> None:
            if expected is None:
                self._expected.pop(group_id, None)
            else:
                self._expected[group_id] = expected
            if self._group is not None and self._group.id == group_id:
                self._panel.show_expectation(expected)

        def ended() -> None:
            self._estimate = None

        operation = ExpectedGain(group_id=group_id, known=self._expected.get(group_id))
        # Nobody asked for it: where it fails, nothing is said.
        self._estimate = self._services.runner.start(operation, done=done, failed=lambda _: None, ended=ended)

    def _done(self, report: FinetuneReport) -> None:
        self._flush()
        self._panel.show_run(self._state)
        seconds = duration(sum(report.seconds.values()))
        traffic = size(report.bytes_up + report.bytes_down)
        photos = counted(report.photos, "{n} photo", "{n} photos")
        devices = counted(len(report.devices), "{n} device", "{n} devices")
        detail = tr(
            "{photos} on {devices}, {seconds}, {traffic}",
            photos=photos,
            devices=devices,
            seconds=seconds,
            traffic=traffic,
        )
        self._panel.end(tr("Done"), "good", tr("Head {n} in use", n=report.version), detail, version=report.version)
        for name in report.offline:
            self._panel.log.add(tr("{name} was offline and took no part", name=name))
        said = detail
        if report.held_out is not None:
            before, after = percent(report.held_out.map_before), percent(report.held_out.map_after)
            said = tr("Retrieval accuracy {before} → {after}", before=before, after=after)
            self._panel.log.add(said)
        self._notify(tr("Fine-tuning of {group} is done", group=self._running_name()), said)
        self.finished.emit(report)

    def _failed(self, error: KnownError) -> None:
        self._flush()
        self._panel.end(tr("Failed"), "bad", tr("Fine-tuning did not finish"), sentence(error))
        self._notify(tr("Fine-tuning of {group} did not finish", group=self._running_name()), sentence(error))
        self._complain(error)

    def _ended(self) -> None:
        self._job = None
        self._question.close()
        self._flush()
        if self._panel.running and self._pausing:
            self._panel.end(tr("Paused"), "warn", tr("Fine-tuning is paused"), tr("Everything so far is kept."))
        elif self._panel.running:
            self._panel.end(tr("Stopped"), "plain", self._stopped_text(), tr("The head in use is as before."))
        self.changed.emit(None)
        self.refresh()

    def _stopped_text(self) -> str:
        state = self._state
        if not state.number:
            return tr("Fine-tuning was stopped")
        return tr("Fine-tuning was stopped after round {n} of {all}", n=number(state.number), all=number(state.total))

    def _discarded(self, run: PausedRun) -> None:
        del run
        self._panel.log.add(tr("The paused run was discarded. The head in use is as before."))

    def _show_outcome(self, outcome: RunOutcome | None) -> None:
        if outcome is not None:
            show_outcome(self._panel.window(), self._services, outcome, lambda: self._take_back(outcome))

    def _take_back(self, outcome: RunOutcome) -> None:
        def done(version: int) -> None:
            text = tr("Head {n} was discarded.", n=outcome.story.version)
            now = tr("Head {n} is in use again.", n=version) if version else tr("Search is as before fine-tuning.")
            self._panel.log.add(f"{text} {now}")

        operation = DiscardHead(group=outcome.group.name, version=outcome.story.version)
        self._services.runner.start(operation, done=done, ended=self.refresh)

    def _fix(self, what: str) -> None:
        if what == "look" and self._group is not None:
            self._panel.log.add(tr("Looking for the devices"))
            self._services.runner.start(ReachDevices(group=self._group.name), ended=self.refresh)

    def _pause_or_resume(self) -> None:
        if self.running:
            self.pause()
        elif self._paused() is not None:
            self.resume()

    def _paused(self) -> PausedRun | None:
        return self.status.paused if self.status is not None else None

    def _running_name(self) -> str:
        return self._running_group.name if self._running_group is not None else ""

    def _notify(self, title: str, text: str) -> None:
        self.notice.emit(title, text)
