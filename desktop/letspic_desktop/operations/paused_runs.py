"""Runs that were interrupted: what is there to go on with, going on, and giving up."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from letspic_desktop.application import Application, LibraryChanged
from letspic_desktop.fleet.journal import Journal
from letspic_desktop.fleet.link import Request
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.library.groups import Group
from letspic_desktop.library.runs import Run
from letspic_desktop.operations.reaching import online_devices
from letspic_desktop.operations.run_plan import CannotGoOnError, plan_again
from letspic_desktop.operations.run_training import FinetuneReport, train
from letspic_desktop.progress import Progress
from letspic_shared import messages
from letspic_shared.errors import KnownError

_FORGET_SECONDS: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class PausedRun:
    """A run that can be gone on with.

    Attributes
    ----------
    rounds, total
        Rounds in its journal, and in the whole run; 0 where the latter is not known.
    reason
        Why it was interrupted, where that was not by a person.
    """

    id: str
    method: str
    rounds: int
    total: int
    reason: str
    started_at: datetime | None


def paused_run(app: Application, group: Group) -> PausedRun | None:
    """Return the paused run of a group, None where there is none."""
    run = _paused(app, group)
    if run is None:
        return None
    try:
        total = RunConfig(**run.config).total_rounds
    except (TypeError, KnownError):
        total = 0
    return PausedRun(
        id=run.id,
        method=run.method,
        rounds=Journal.finished(app.home.runs / run.id),
        total=total,
        reason=run.reason or "",
        started_at=run.started_at,
    )


@dataclass(frozen=True, kw_only=True)
class ResumeFinetuning:
    """Go on with the paused run of a group where it was interrupted; ``live`` as in `StartFinetuning`."""

    group: str
    live: bool = False

    def run(self, app: Application, progress: Progress) -> FinetuneReport:
        """Do the rest of it. A run that can never go on is discarded, and the reason told.

        Raises
        ------
        KnownError
            There is no paused run, it cannot go on, or no device is online.
        """
        group = app.catalog.groups.by_name(self.group)
        run = _paused(app, group)
        if run is None:
            raise _nothing(group)
        try:
            planned = plan_again(app, group, run)
        except CannotGoOnError as error:
            discard(app, run, "failed", error.reason)
            app.publish(LibraryChanged.of("groups", "devices"))
            raise
        progress.report("devices", 0, None)
        _, offline = online_devices(app, group.id)
        part = {member.name for member in planned.members}
        app.catalog.runs.set_state(run.id, "running")
        report = train(app, group, planned, progress, resumed=True, live=self.live)
        return replace(report, offline=tuple(name for name in offline if name in part))


@dataclass(frozen=True, kw_only=True)
class DiscardRun:
    """Give up the paused run of a group; the head in use stays."""

    group: str

    def run(self, app: Application, progress: Progress) -> PausedRun:
        """Give it up and return what it was."""
        progress.check()
        group = app.catalog.groups.by_name(self.group)
        told, run = paused_run(app, group), _paused(app, group)
        if told is None or run is None:
            raise _nothing(group)
        discard(app, run, "cancelled", "discarded by a person")
        app.publish(LibraryChanged.of("groups", "devices"))
        return told


def discard_paused(app: Application, group: Group) -> PausedRun | None:
    """Give up the paused run of a group because a new one begins; return what it was, None where there was none.

    One whose end could not be written, as on a full disk, goes too: else it would be offered after the new one.
    """
    told = paused_run(app, group)
    for run in app.catalog.runs.unfinished(group.id):
        discard(app, run, "cancelled", "replaced by a new run")
    return told


def discard(app: Application, run: Run, state: str, reason: str) -> None:
    """End a run for good, delete its journal, and let the devices that are there forget it."""
    app.catalog.runs.finish(run.id, state=state, reason=reason)
    devices = run.manifest.get("devices")
    if isinstance(devices, dict):
        app.loop.call(_forget(app, run.id, list(devices)))
    shutil.rmtree(app.home.runs / run.id, ignore_errors=True)


async def _forget(app: Application, run: str, devices: Sequence[str]) -> None:
    request = Request.of(messages.FINISH, {"run": run})
    links = [link for device in devices if (link := app.fleet.link(device)) is not None]
    # One that does not answer forgets the run when it is connected to the next time.
    await asyncio.gather(*(link.request(request, _FORGET_SECONDS) for link in links), return_exceptions=True)


def _paused(app: Application, group: Group) -> Run | None:
    return next((run for run in app.catalog.runs.unfinished(group.id) if run.state == "paused"), None)


def _nothing(group: Group) -> KnownError:
    return KnownError(f"{group.name} has no paused run", "Start one: letspic finetune --group GROUP")
