"""One run from its plan to a head in use, or to a pause that it can be gone on from."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Final

from letspic_desktop.application import AppEvent, Application, LibraryChanged, RunChanged
from letspic_desktop.fleet.events import Begun, Event, RoundDone
from letspic_desktop.fleet.journal import Journal
from letspic_desktop.fleet.run import RunResult, execute
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.run_figures import LiveFigures, judging_blocks
from letspic_desktop.operations.run_plan import PlannedRun
from letspic_desktop.progress import Cancelled, Paused, Progress
from letspic_desktop.retrieval.changed_queries import ChangedQuery, changed_queries
from letspic_desktop.retrieval.embedder import to_bytes
from letspic_desktop.retrieval.held_out import FIVE_FOLD, HeldOut, block_quality
from letspic_shared.errors import KnownError
from letspic_shared.head import HeadStack

Observer = Callable[[int, HeadStack], None]
_WAIT_SECONDS: Final = 0.2
_EXAMPLES: Final = 4


@dataclass(frozen=True, kw_only=True)
class FinetuneReport:
    """What a run gave.

    Attributes
    ----------
    version
        Of the new head in the group's history; it is in use.
    previous
        Of the head that was in use before; 0 where there was none.
    chosen
        Which part of the method made it.
    held_out
        Honest figures before and after (photos that trained never score); None where there are too few photos.
    examples
        Queries whose results changed most, ranked by heads that did not train on them.
    seconds
        prepare (features on the devices, after an interruption again), train (all rounds, also those before an
        interruption) and index.
    replayed
        How many of the rounds were taken from the journal of an interrupted run.
    """

    run: str
    version: int
    chosen: str
    held_out: HeldOut | None
    seconds: dict[str, float]
    round_ms_median: float
    bytes_up: int
    bytes_down: int
    rounds: int
    photos: int
    withheld: int
    devices: tuple[str, ...]
    bytes_by_device: dict[str, int]
    offline: tuple[str, ...] = ()
    unlabelled_own: dict[str, int] = field(default_factory=dict)
    previous: int = 0
    replayed: int = 0
    examples: tuple[ChangedQuery, ...] = ()


def train(
    app: Application, group: Group, planned: PlannedRun, progress: Progress, *, resumed: bool = False, live: bool
) -> FinetuneReport:
    """Do a run that the catalog knows; the group's head changes only when everything has succeeded.

    Parameters
    ----------
    live
        Measure the heads while they train.

    Raises
    ------
    Paused
        It can be gone on with: every finished round is in its journal.
    Cancelled
        It was given up.
    KnownError
        It cannot go on now. What was reached is kept, where any round was finished.
    """
    run, folder = planned.job.run, planned.job.folder
    names = tuple(member.name for member in planned.members)
    app.publish(RunChanged(group_id=group.id, event=Begun(run=run, devices=names, resumed=resumed)))
    try:
        return _train(app, group, planned, progress, live=live)
    except Paused:
        _end(app, run, "paused", None)
        raise
    except (Cancelled, KeyboardInterrupt):
        _end(app, run, "cancelled", "stopped by a person")
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except KnownError as error:
        kept = Journal.finished(folder) > 0
        _end(app, run, "paused" if kept else "failed", error.reason)
        raise
    except Exception:
        _end(app, run, "failed", "internal error")
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _end(app: Application, run_id: str, state: str, reason: str | None) -> None:
    run = app.catalog.runs.get(run_id)
    # One that was stopped in its very last moment has its head in use: it is done.
    if run is None or run.finished_at is not None:
        return
    if state == "paused":
        app.catalog.runs.set_state(run_id, state, reason)
    else:
        app.catalog.runs.finish(run_id, state=state, reason=reason)


def _train(app: Application, group: Group, planned: PlannedRun, progress: Progress, *, live: bool) -> FinetuneReport:
    job, members = planned.job, planned.members
    started = time.perf_counter()
    prepared: list[float] = []
    replayed = 0

    def publish(event: Event) -> None:
        app.publish(RunChanged(group_id=group.id, event=event))

    def listen(event: Event) -> None:
        nonlocal replayed
        if isinstance(event, RoundDone):
            replayed += event.replayed
            if not prepared:
                prepared.append(time.perf_counter() - (0.0 if event.replayed else event.seconds))
            progress.report("rounds", event.number, event.total)
        publish(event)

    with ExitStack() as watching:
        note: Observer = lambda _number, _stack: None  # noqa: E731
        if live:
            note = watching.enter_context(LiveFigures(app, group, job.backbone, publish)).note
        left = watching.enter_context(_watching_for_the_end(app, group))
        result = _interruptible(app, planned, listen, note, progress, left)
    trained = time.perf_counter()
    progress.report("index", 0, None)
    # All that takes time comes before the group's head changes, so that a run that is stopped changes nothing.
    app.index.prepare(job.backbone, app.catalog.photos.all(), progress)
    blocks, basis = judging_blocks(app, group, planned, result)
    ready = prepared[0] if prepared else started
    in_use = app.catalog.heads.active(group.id)
    report = FinetuneReport(
        run=job.run,
        version=0,
        previous=in_use.version if in_use is not None else 0,
        chosen=result.chosen,
        held_out=block_quality(blocks, basis or FIVE_FOLD),
        examples=tuple(changed_queries(blocks, _EXAMPLES)),
        seconds={
            "prepare": ready - started,
            "train": trained - ready + sum(result.tally.earlier),
            "index": time.perf_counter() - trained,
        },
        round_ms_median=result.tally.median_ms,
        bytes_up=result.tally.bytes_up,
        bytes_down=result.tally.bytes_down,
        rounds=len(result.tally.seconds) + replayed,
        replayed=replayed,
        photos=sum(member.photo_count for member in members),
        withheld=result.withheld,
        devices=tuple(sorted((member.name for member in members if not member.refused), key=str.casefold)),
        bytes_by_device=dict(result.tally.by_device),
    )
    report = replace(report, version=_put_to_use(app, group, planned, result, report))
    app.publish(LibraryChanged.of("groups", "devices"))
    app.index.store(job.backbone, f"{group.id}:{report.version}", result.trained, Progress())
    return replace(report, seconds={**report.seconds, "index": time.perf_counter() - trained})


def _put_to_use(app: Application, group: Group, planned: PlannedRun, result: RunResult, report: FinetuneReport) -> int:
    """Make the new head the group's and the run a finished one, both or neither; return the head's version."""
    job, found = planned.job, report.held_out

    def write(_: object) -> int:
        entry = app.catalog.heads.add(
            group.id,
            to_bytes(result.trained),
            backbone=job.backbone.sha256,
            run_id=job.run,
            map_before=found.map_before if found else None,
            map_after=found.map_after if found else None,
            p10_before=found.p10_before if found else None,
            p10_after=found.p10_after if found else None,
        )
        app.catalog.runs.finish(job.run, result=asdict(replace(report, version=entry.version)))
        return entry.version

    version = app.catalog.database.call(write)
    # Its journal would only serve to go on with it.
    shutil.rmtree(job.folder, ignore_errors=True)
    return version


@contextmanager
def _watching_for_the_end(app: Application, group: Group) -> Iterator[Callable[[], bool]]:
    """Give a function that says whether the group was left; it looks only when something has changed."""
    changed = threading.Event()

    def hear(event: AppEvent) -> None:
        if isinstance(event, LibraryChanged) and "groups" in event.parts:
            changed.set()

    def left() -> bool:
        if not changed.is_set():
            return False
        changed.clear()
        now = app.catalog.groups.get(group.id)
        return now is None or now.left_at is not None

    forget = app.subscribe(hear)
    try:
        yield left
    finally:
        forget()


def _interruptible(
    app: Application,
    planned: PlannedRun,
    listen: Callable[[Event], None],
    observe: Observer,
    progress: Progress,
    left: Callable[[], bool],
) -> RunResult:
    """Run in the fleet's loop, and end the devices' work where the person asks to, or leaves the group."""
    future = app.loop.submit(execute(planned.job, planned.members, listen, observe))
    while True:
        try:
            return future.result(_WAIT_SECONDS)
        except TimeoutError:
            if future.done():
                raise
            if progress.cancelled:
                future.cancel()
                progress.check()
            if left():
                # Its devices are let go: they will never come back.
                future.cancel()
                raise Cancelled from None
        except BaseException:
            future.cancel()
            raise
