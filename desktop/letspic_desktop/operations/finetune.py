"""Start Finetuning: from the photos on a group's devices to a head that searches better."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from letspic_desktop.application import Application, LibraryChanged, RunChanged
from letspic_desktop.backbones.store import Backbone
from letspic_desktop.fleet.delivery import training_shares
from letspic_desktop.fleet.events import Event, RoundDone
from letspic_desktop.fleet.member import Member, Share
from letspic_desktop.fleet.run import Job, RunResult, execute
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.devices import Distribute
from letspic_desktop.operations.reaching import online_devices, read_inventory
from letspic_desktop.progress import Cancelled, Progress
from letspic_desktop.retrieval.embedder import HeadEmbedder, to_bytes
from letspic_desktop.retrieval.held_out import HeldOut, held_out_quality
from letspic_shared.errors import KnownError

_LEAST_PHOTOS = 2
_WAIT_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class FinetuneReport:
    """What a run gave.

    Attributes
    ----------
    version
        Of the new head in the group's history; it is in use.
    chosen
        Which part of the method made it.
    held_out
        Honest figures before and after (photos that trained never score); None where there are too few photos.
    seconds
        prepare (features on the devices), train and index.
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


@dataclass(frozen=True, kw_only=True)
class StartFinetuning:
    """Train a new head of a group on the photos that its devices hold, and put it to use."""

    group: str
    config: RunConfig

    def run(self, app: Application, progress: Progress) -> FinetuneReport:
        """Run; the group's head changes only when everything has succeeded."""
        group = app.catalog.groups.by_name(self.group)
        problems = missing_for_finetuning(app, group)
        if problems:
            raise problems[0]
        progress.report("devices", 0, None)
        online, offline = online_devices(app, group.id)
        backbone = app.backbone_of(group)
        job, members = self._plan(app, group, backbone, online)
        app.catalog.runs.start(
            group.id,
            method=self.config.method,
            config=asdict(self.config),
            manifest={member.device_id: dict(member.share.labelled) for member in members},
            run_id=job.run,
        )
        try:
            report = self._train(app, group, job, members, progress)
        except (Cancelled, KeyboardInterrupt):
            self._give_up(app, job, "cancelled", "stopped by a person")
            raise
        except Exception as error:
            self._give_up(app, job, "failed", str(error) if isinstance(error, KnownError) else "internal error")
            raise
        return replace(report, offline=tuple(offline), unlabelled_own=_unlabelled_own(app, group))

    def _give_up(self, app: Application, job: Job, state: str, reason: str) -> None:
        run = app.catalog.runs.get(job.run)
        # One that was stopped in its very last moment has its head in use: it is done.
        if run is not None and run.finished_at is None:
            app.catalog.runs.finish(job.run, state=state, reason=reason)

    def _plan(self, app: Application, group: Group, backbone: Backbone, online: list[str]) -> tuple[Job, list[Member]]:
        classes = app.catalog.groups.classes(group.id)
        column = {one.class_id: index for index, one in enumerate(classes)}
        holders = {device: sorted(read_inventory(app, device)) for device in online}
        labels = {photo: column[label] for photo, label in app.catalog.groups.labels(group.id).items()}
        for device in online:
            for photo in app.catalog.placements.held(device):
                if photo.class_id in column:
                    labels.setdefault(photo.sha256, column[photo.class_id])
        shares = training_shares(labels, holders)
        if not any(shares.values()):
            raise KnownError(
                "The devices hold no labelled photo of this group", "Hand photos out first: letspic device distribute"
            )
        unlabelled = _unlabelled(holders, labels) if self.config.unlabelled else {}
        names = {device.id: device.name for device in app.catalog.devices.all(group.id)}
        members = [
            Member(
                device_id=device,
                name=names[device],
                link=lambda device=device: app.fleet.link(device),  # type: ignore[misc]
                share=Share(labelled=shares[device], unlabelled=tuple(unlabelled.get(device, ()))),
            )
            for device in online
        ]
        run = uuid.uuid4().hex
        classifier = app.backbones.classifier(backbone) if self.config.method == "paper" else None
        job = Job(
            run=run,
            backbone=backbone,
            classes=tuple(one.name for one in classes),
            config=self.config,
            folder=app.home.runs / run,
            classifier=classifier,
        )
        return job, members

    def _train(
        self, app: Application, group: Group, job: Job, members: list[Member], progress: Progress
    ) -> FinetuneReport:
        started = time.perf_counter()
        prepared: list[float] = []

        def listen(event: Event) -> None:
            if isinstance(event, RoundDone):
                if not prepared:
                    prepared.append(time.perf_counter() - event.seconds)
                progress.report("rounds", event.number, event.total)
            app.publish(RunChanged(group_id=group.id, event=event))

        result = _interruptible(app, job, members, listen, progress)
        trained = time.perf_counter()
        progress.report("index", 0, None)
        # All that takes time comes before the group's head changes, so that a run that is stopped changes nothing.
        app.index.features(job.backbone, app.catalog.photos.all(), progress)
        held_out = _honest_figures(app, group, job, result)
        ready = prepared[0] if prepared else started
        report = FinetuneReport(
            run=job.run,
            version=0,
            chosen=result.chosen,
            held_out=held_out,
            seconds={"prepare": ready - started, "train": trained - ready, "index": time.perf_counter() - trained},
            round_ms_median=result.tally.median_ms,
            bytes_up=result.tally.bytes_up,
            bytes_down=result.tally.bytes_down,
            rounds=len(result.tally.seconds),
            photos=sum(member.photo_count for member in members),
            withheld=result.withheld,
            devices=tuple(member.name for member in members if not member.refused),
            bytes_by_device=dict(result.tally.by_device),
        )
        report = replace(report, version=_put_to_use(app, group, job, result, report))
        app.publish(LibraryChanged())
        app.index.store(job.backbone, f"{group.id}:{report.version}", result.trained, Progress())
        return replace(report, seconds={**report.seconds, "index": time.perf_counter() - trained})


def _put_to_use(app: Application, group: Group, job: Job, result: RunResult, report: FinetuneReport) -> int:
    """Make the new head the group's and the run a finished one, both or neither; return the head's version."""
    found = report.held_out

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


@dataclass(frozen=True, kw_only=True)
class DistributeAndFinetune:
    """Hand out what is missing on the devices of a group, then fine-tune: what the Start button does."""

    group: str
    config: RunConfig

    def run(self, app: Application, progress: Progress) -> FinetuneReport:
        """Do both."""
        Distribute(group=self.group).run(app, progress)
        return StartFinetuning(group=self.group, config=self.config).run(app, progress)


def missing_for_finetuning(app: Application, group: Group) -> list[KnownError]:
    """Return what has to be done before a group can be fine-tuned, most basic thing first; empty where nothing."""
    problems: list[KnownError] = []
    if group.role != "owner":
        problems.append(KnownError(f"{group.name} belongs to another desktop", "Start fine-tuning there"))
    classes = app.catalog.groups.classes(group.id)
    own: dict[int, int] = {}
    devices = app.catalog.devices.all(group.id)
    for device in devices:
        for photo in app.catalog.placements.held(device.id):
            if photo.kind == "own" and photo.class_id is not None:
                own[photo.class_id] = own.get(photo.class_id, 0) + 1
    if len(classes) < _LEAST_PHOTOS:
        problems.append(
            KnownError(
                f"{group.name} has {len(classes)} album{'s'[: len(classes) != 1]} to learn, and needs at least 2",
                "Share albums with it: letspic group share GROUP ALBUM",
            )
        )
    poor = [one.name for one in classes if one.photos + own.get(one.class_id, 0) < _LEAST_PHOTOS]
    if poor:
        problems.append(
            KnownError(
                f"The album “{poor[0]}” has fewer than 2 labelled photos", "Put more photos into it, or stop sharing it"
            )
        )
    if not devices:
        problems.append(KnownError(f"{group.name} has no device", "Add one: letspic device pair HOST:PORT CODE"))
    return problems


def _interruptible(app: Application, job: Job, members: list[Member], listen: object, progress: Progress) -> RunResult:
    """Run in the fleet's loop, and stop the devices' work where the person asks to."""
    future = app.loop.submit(execute(job, members, listen))  # type: ignore[arg-type]
    while True:
        try:
            return future.result(_WAIT_SECONDS)
        except TimeoutError:
            if future.done():
                raise
            if progress.cancelled:
                future.cancel()
                raise Cancelled from None
        except BaseException:
            future.cancel()
            raise


def _honest_figures(app: Application, group: Group, job: Job, result: RunResult) -> HeldOut | None:
    """Return 5-fold figures over the labelled photos of this library.

    Photos that a device also has as its own stay out: there their fold is not that of their SHA-256, so the head that
    would score them here may have seen them.
    """
    if result.stack is None or not isinstance(result.trained, HeadEmbedder) or len(result.stack.held_out) == 1:
        return None
    classes = {one.class_id: index for index, one in enumerate(app.catalog.groups.classes(group.id))}
    own = {
        photo.sha256
        for device in app.catalog.devices.all(group.id)
        for photo in app.catalog.placements.held(device.id)
        if photo.kind == "own"
    }
    labels = {photo: classes[one] for photo, one in app.catalog.groups.labels(group.id).items() if photo not in own}
    features, photos = app.index.features(job.backbone, sorted(labels), Progress())
    return held_out_quality(result.stack, features, photos, labels)


def _unlabelled_own(app: Application, group: Group) -> dict[str, int]:
    """Return how many own photos without a label each device holds, by name: they could train but do not."""
    counts = {
        device.name: sum(one.kind == "own" and one.class_id is None for one in app.catalog.placements.held(device.id))
        for device in app.catalog.devices.all(group.id)
    }
    return {name: count for name, count in counts.items() if count}


def _unlabelled(holders: Mapping[str, list[str]], labels: Mapping[str, int]) -> dict[str, list[str]]:
    """Return for each device the photos without a label that it alone (or first) holds."""
    taken: set[str] = set(labels)
    found: dict[str, list[str]] = {}
    for device in sorted(holders):
        found[device] = [photo for photo in holders[device] if photo not in taken]
        taken |= set(found[device])
    return found
