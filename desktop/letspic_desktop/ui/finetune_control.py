"""Start Finetuning from the window: hand out, train, watch, stop, and say what it brought."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from letspic_desktop.application import RunChanged
from letspic_desktop.fleet.events import DeviceDropped, Event, Prepared, RoundDone, Waiting
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.finetune import DistributeAndFinetune, FinetuneReport
from letspic_desktop.ui.finetune_panel import FinetunePanel
from letspic_desktop.ui.queries import GroupStatus, ReadGroup
from letspic_desktop.ui.run_state import RunState
from letspic_desktop.ui.runner import Job
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, duration, percent, sentence, size, tr
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
    """

    changed = Signal(object)
    finished = Signal(FinetuneReport)
    status_shown = Signal()

    def __init__(self, services: Services, panel: FinetunePanel, complain: Callable[[KnownError], None]) -> None:
        super().__init__(panel)
        self._services = services
        self._panel = panel
        self._complain = complain
        self._group: Group | None = None
        self._groups: Sequence[Group] = ()
        self._job: Job | None = None
        self._running_group = ""
        self._state = RunState()
        self.status: GroupStatus | None = None
        self._tick = QTimer(self)
        self._tick.setSingleShot(True)
        self._tick.setInterval(_REFRESH_MS)
        self._tick.timeout.connect(self._show)
        panel.start_asked.connect(self.start)
        panel.stop_asked.connect(self.stop)
        panel.group_chosen.connect(self.choose)

    @property
    def group(self) -> Group | None:
        """The group in the panel."""
        return self._group

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._job is not None

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
            self.refresh()

    def refresh(self) -> None:
        """Read again how the group is."""
        if self._group is None:
            self.status = None
            self._panel.show_status(None)
            self.status_shown.emit()
            return
        self._services.runner.start(ReadGroup(group_id=self._group.id), done=self._take_status)

    def start(self, config: RunConfig) -> None:
        """Start a run of the group."""
        if self._group is None or self.running:
            return
        self._running_group = self._group.id
        self._state = RunState()
        self._panel.begin()
        operation = DistributeAndFinetune(group=self._group.name, config=config)
        self._job = self._services.runner.start(
            operation, done=self._done, failed=self._failed, step=self._panel.show_step, ended=self._ended
        )
        self.changed.emit(0.0)

    def stop(self) -> None:
        """Ask the run to stop."""
        if self._job is not None:
            self._job.cancel()
            self._panel.stopping()

    def take(self, change: RunChanged) -> None:
        """Show an event of a run, unless it is of another group's."""
        if not self.running or change.group_id != self._running_group:
            return
        self._state.apply(change.event)
        text, kind = event_text(change.event)
        self._panel.log.add(text, kind)
        if not self._tick.isActive():
            self._tick.start()

    def _show(self) -> None:
        if self.running:
            self._panel.show_run(self._state)
            self.changed.emit(self._state.share)

    def _take_status(self, status: GroupStatus | None) -> None:
        if status is None or (self._group is not None and status.group.id == self._group.id):
            self.status = status
            self._panel.show_status(status)
            self.status_shown.emit()

    def _done(self, report: FinetuneReport) -> None:
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
        self._panel.end(tr("Done"), "good", tr("Head {n} in use", n=report.version), detail, share=1.0)
        for name in report.offline:
            self._panel.log.add(tr("{name} was offline and took no part", name=name))
        if report.held_out is not None:
            honest = report.held_out
            text = tr(
                "Retrieval accuracy {before} → {after}",
                before=percent(honest.map_before),
                after=percent(honest.map_after),
            )
            self._panel.log.add(text)
        self.finished.emit(report)

    def _failed(self, error: KnownError) -> None:
        self._panel.end(tr("Failed"), "bad", tr("Fine-tuning did not finish"), sentence(error))
        self._complain(error)

    def _ended(self) -> None:
        self._job = None
        if self._panel.running:
            self._panel.end(tr("Stopped"), "plain", tr("Fine-tuning was stopped"), tr("The head in use is as before."))
        self.changed.emit(None)
        self.refresh()


def event_text(event: Event) -> tuple[str, str]:
    """Return an event in words, and its kind where the next one of that kind may take its place."""
    if isinstance(event, Prepared):
        text = tr("{name} is ready with {n} photos", name=event.device, n=event.photos)
        if event.withheld:
            text += tr(", keeps {n} back", n=event.withheld)
        return text, ""
    if isinstance(event, DeviceDropped):
        return tr("{name} is out: {why}", name=event.device, why=event.reason), ""
    if isinstance(event, Waiting):
        return event.reason, "waiting"
    text = tr(
        "Round {n}: {m} answers in {time}", n=event.number, m=len(event.device_seconds), time=duration(event.seconds)
    )
    return text, RoundDone.__name__
