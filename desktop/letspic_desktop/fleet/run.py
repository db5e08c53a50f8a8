"""One run from prepared links to a trained head, whatever the links are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from letspic_desktop.backbones.store import Backbone
from letspic_desktop.fleet.delivery import send_backbone
from letspic_desktop.fleet.events import Listener
from letspic_desktop.fleet.journal import Journal
from letspic_desktop.fleet.link import Link
from letspic_desktop.fleet.member import Member
from letspic_desktop.fleet.methods import LinearOutcome, fine_tune
from letspic_desktop.fleet.plan import Plan, Tally
from letspic_desktop.fleet.rounds import Rounds
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.retrieval.embedder import HeadEmbedder, PaperEmbedder, Trained
from letspic_shared.errors import KnownError
from letspic_shared.features import Float32
from letspic_shared.head import Head, HeadStack


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What a run gave.

    Attributes
    ----------
    trained
        The head, ready to embed photos.
    stack
        The linear head with its five held-out companions, for honest figures; None for the paper's method.
    chosen
        Which part of the method made the head: closed-form, gradient or paper.
    tally
        Times and bytes of the rounds.
    withheld, failed
        Number of photos that the devices kept back; photos without a feature, with the reason.
    own_folds
        Folds of the devices' own photos, which are not those of their SHA-256.
    """

    trained: Trained
    stack: HeadStack | None
    chosen: str
    tally: Tally
    withheld: int
    failed: dict[str, str]
    own_folds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A run to be done.

    Attributes
    ----------
    run
        Its identifier.
    classes
        Class names in class-id order.
    classifier
        The backbone's ImageNet classifier, for the paper's method.
    folder
        Where its journal is kept.
    """

    run: str
    backbone: Backbone
    classes: tuple[str, ...]
    config: RunConfig
    folder: Path
    classifier: tuple[Float32, Float32] | None = None


async def execute(
    job: Job,
    members: Sequence[Member],
    listener: Listener,
    observe: Callable[[int, HeadStack], None] = lambda _number, _stack: None,
) -> RunResult:
    """Send the backbone where it is missing, prepare the devices, and run the method.

    Parameters
    ----------
    observe
        Given (rounds done, heads) whenever there are new ones with held-out companions; must not take long.

    Raises
    ------
    KnownError
        No device, too few devices, nothing to train on, a full disk.
    """
    if not members:
        raise KnownError("No device takes part", "Add a device, or wait until one is online")
    config = job.config
    plan = Plan(
        run=job.run,
        backbone=job.backbone.sha256,
        classes=len(job.classes),
        dimension=job.backbone.dim,
        total_rounds=config.total_rounds,
        withhold=config.withhold,
        seed=config.seed,
        quorum=config.quorum,
        wait_for_all=config.wait_for_all,
    )

    async def deliver(link: Link) -> None:
        await send_backbone(link, job.backbone.path, job.backbone.sha256)

    rounds = Rounds(plan, list(members), Journal(job.folder), listener, deliver, observe)
    try:
        await rounds.prepare()
        outcome = await fine_tune(rounds, config, job.classifier)
        await rounds.written()
    finally:
        await rounds.finish()
    trained: Trained
    if isinstance(outcome, LinearOutcome):
        stack, chosen = outcome.stack, outcome.chosen
        trained = HeadEmbedder(
            head=Head(
                weights=stack.weights[0],
                bias=stack.bias[0],
                mean=stack.means[0],
                classes=job.classes,
                backbone=job.backbone.sha256,
            )
        )
    else:
        stack, chosen = None, "paper"
        trained = PaperEmbedder(parameters=outcome.parameters, classes=job.classes, backbone=job.backbone.sha256)
    return RunResult(
        trained=trained,
        stack=stack,
        chosen=chosen,
        tally=rounds.tally,
        withheld=sum(len(member.withheld) for member in members),
        failed={digest: reason for member in members for digest, reason in member.failed.items()},
        own_folds={digest: fold for member in members for digest, fold in member.own_folds.items()},
    )
