"""Start Finetuning: from the photos on a group's devices to a head that searches better."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from letspic_desktop.application import Application
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.devices import Distribute
from letspic_desktop.operations.finetune_needs import missing_for_finetuning
from letspic_desktop.operations.paused_runs import discard_paused
from letspic_desktop.operations.reaching import online_devices
from letspic_desktop.operations.run_plan import plan_run
from letspic_desktop.operations.run_training import FinetuneReport, train
from letspic_desktop.progress import Progress

__all__ = ["DistributeAndFinetune", "FinetuneReport", "StartFinetuning", "missing_for_finetuning"]


@dataclass(frozen=True, kw_only=True)
class StartFinetuning:
    """Train a new head of a group on the photos that its devices hold, and put it to use.

    A paused run of the group is given up for it.

    Attributes
    ----------
    devices
        Names of the devices that take part; all of the group where empty.
    live
        Measure the heads while they train, for somebody who watches.
    """

    group: str
    config: RunConfig
    devices: tuple[str, ...] = ()
    live: bool = False

    def run(self, app: Application, progress: Progress) -> FinetuneReport:
        """Run; the group's head changes only when everything has succeeded."""
        group = app.catalog.groups.by_name(self.group)
        problems = missing_for_finetuning(app, group)
        if problems:
            raise problems[0]
        progress.report("devices", 0, None)
        online, offline = online_devices(app, group.id, self.devices)
        planned = plan_run(app, group, self.config, online)
        discard_paused(app, group)
        app.catalog.runs.start(
            group.id,
            method=self.config.method,
            config=asdict(self.config),
            manifest=planned.manifest,
            run_id=planned.job.run,
        )
        report = train(app, group, planned, progress, live=self.live)
        return replace(report, offline=tuple(offline), unlabelled_own=_unlabelled_own(app, group))


@dataclass(frozen=True, kw_only=True)
class DistributeAndFinetune:
    """Hand out what is missing on the devices of a group, then fine-tune: what the Start button does."""

    group: str
    config: RunConfig
    devices: tuple[str, ...] = ()
    live: bool = False

    def run(self, app: Application, progress: Progress) -> FinetuneReport:
        """Do both."""
        Distribute(group=self.group, devices=self.devices).run(app, progress)
        start = StartFinetuning(group=self.group, config=self.config, devices=self.devices, live=self.live)
        return start.run(app, progress)


def _unlabelled_own(app: Application, group: Group) -> dict[str, int]:
    """Return how many own photos without a label each device holds, by name: they could train but do not."""
    counts = {
        device.name: sum(one.kind == "own" and one.class_id is None for one in app.catalog.placements.held(device.id))
        for device in app.catalog.devices.all(group.id)
    }
    return {name: count for name, count in counts.items() if count}
