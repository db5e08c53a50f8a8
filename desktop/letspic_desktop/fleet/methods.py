"""The methods of fine-tuning, each a short program over the rounds of a run.

They are deterministic functions of what the rounds return; all waiting, judging and resuming is in `rounds`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from letspic_desktop.fleet.member import Member
from letspic_desktop.fleet.plan import Ask
from letspic_desktop.fleet.rounds import Rounds
from letspic_desktop.fleet.run_config import RunConfig
from letspic_shared import closed_form, paper_head
from letspic_shared.contributions import ContributionError, GradientSum, Moments, ParameterSum, take
from letspic_shared.features import FOLDS, Float32, Float64
from letspic_shared.head import NO_FOLD, HeadStack
from letspic_shared.statistics import ClassStatistics
from letspic_shared.tensors import Array

MOMENTUM = 0.9
# The gradient head replaces the closed form only where it is clearly better on photos that trained neither.
_CLEARLY = 1e-3


@dataclass(frozen=True, kw_only=True)
class LinearOutcome:
    """A trained linear head with its five held-out companions, and how it was chosen."""

    stack: HeadStack
    chosen: str


@dataclass(frozen=True, kw_only=True)
class PaperOutcome:
    """The parameters of the paper's three-layer head."""

    parameters: tuple[Float64, ...]


async def fine_tune(
    rounds: Rounds, config: RunConfig, classifier: tuple[Float32, Float32] | None = None
) -> LinearOutcome | PaperOutcome:
    """Run the method that the configuration names over prepared devices.

    Parameters
    ----------
    classifier
        The backbone's ImageNet classifier (d x 1000, 1000); only the paper's method needs it.
    """
    if config.method == "paper":
        if classifier is None:
            raise ValueError("the paper's method starts from the backbone's classifier")
        return await _paper(rounds, config, classifier)
    if config.method == "gradient":
        return await _gradient_from_zero(rounds, config)
    stack = await _closed_form(rounds, config)
    if config.method == "closed-form" or config.gradient_rounds == 0:
        return LinearOutcome(stack=stack, chosen="closed-form")
    return await _better_of(rounds, config, stack)


async def _closed_form(rounds: Rounds, config: RunConfig) -> HeadStack:
    plan = rounds.plan

    def read(member: Member, tensors: Mapping[str, Array]) -> ClassStatistics:
        return ClassStatistics.from_tensors(
            tensors,
            counts=member.counts,
            unlabelled_count=member.unlabelled_count if config.expectation_rounds else 0,
            dimension=plan.dimension,
        )

    ask = Ask(
        task="statistics",
        header={"unlabelled": config.expectation_rounds > 0},
        labelled_only=config.expectation_rounds == 0,
    )
    statistics = await rounds.exchange(ask, ClassStatistics, read)
    # In a thread: with many photos it takes seconds, and the heartbeats must not stop for it.
    stack = await asyncio.to_thread(closed_form.fit_stack, statistics)
    rounds.show(stack)
    if not config.expectation_rounds or not statistics.unlabelled_count:
        return stack
    expectation = await asyncio.to_thread(closed_form.ExpectationMaximisation, statistics)
    for _ in range(config.expectation_rounds):
        await asyncio.to_thread(expectation.step, await _expect(rounds, expectation.discriminant))
    weights, bias = expectation.discriminant.at_temperature(closed_form.TEMPERATURE)
    # The held-out companions stay those of labelled photos alone: they only serve to judge.
    return HeadStack(
        weights=np.concatenate([weights[None], stack.weights[1:]]),
        bias=np.concatenate([bias[None], stack.bias[1:]]),
        means=stack.means,
        held_out=stack.held_out,
    )


async def _expect(rounds: Rounds, discriminant: closed_form.Discriminant) -> closed_form.SoftStatistics:
    plan = rounds.plan
    weights, bias = discriminant.at_temperature(closed_form.EXPECTATION_TEMPERATURE)

    def read(member: Member, tensors: Mapping[str, Array]) -> closed_form.SoftStatistics:
        counts = take(tensors, "counts", "<f8", (plan.classes,))
        sums = take(tensors, "sums", "<f4", (plan.classes, plan.dimension))
        total = int(take(tensors, "count", "<i8", (1,))[0])
        if total != member.unlabelled_count or (counts < 0).any() or abs(counts.sum() - total) > 1e-3 * max(total, 1):
            raise ContributionError("The contribution does not cover the unlabelled photos that it should")
        return closed_form.SoftStatistics(counts=counts.copy(), sums=sums.astype(np.float64))

    tensors = {
        "weights": weights.astype(np.float32),
        "bias": bias.astype(np.float32),
        "mean": discriminant.mean.astype(np.float32),
    }
    ask = Ask(task="expectation", tensors=tensors, labelled_only=False)
    return await rounds.exchange(ask, closed_form.SoftStatistics, read)


async def _gradient_from_zero(rounds: Rounds, config: RunConfig) -> LinearOutcome:
    plan = rounds.plan

    def read(member: Member, tensors: Mapping[str, Array]) -> Moments:
        return Moments.from_tensors(tensors, count=member.photo_count, dimension=plan.dimension)

    moments = await rounds.exchange(Ask(task="moments"), Moments, read)
    mean = moments.total / moments.count
    stack = HeadStack(
        weights=np.zeros((1, plan.dimension, plan.classes)),
        bias=np.zeros((1, plan.classes)),
        means=mean[None],
        held_out=(NO_FOLD,),
    )
    if config.local_steps > 1:
        return LinearOutcome(stack=await _federated_average(rounds, config, stack), chosen="gradient")
    descent = Descent(stack, config.rate)
    for _ in range(config.gradient_rounds):
        descent.step(await gradient_round(rounds, descent.stack))
    return LinearOutcome(stack=descent.stack, chosen="gradient")


async def _better_of(rounds: Rounds, config: RunConfig, start: HeadStack) -> LinearOutcome:
    """Go on with gradients from the closed form, and keep whichever head explains held-out photos better."""
    descent = Descent(start, config.rate)
    losses: list[float] = []
    for _ in range(config.gradient_rounds):
        total = await gradient_round(rounds, descent.stack)
        losses.append(held_out_loss(total))
        descent.step(total)
        rounds.show(descent.stack)
    # The last step has not been scored: the head kept is the last one whose held-out loss is known.
    if losses and losses[-1] < losses[0] - _CLEARLY:
        return LinearOutcome(stack=descent.before, chosen="gradient")
    return LinearOutcome(stack=start, chosen="closed-form")


class Descent:
    """Gradient descent with momentum on the desktop; devices stay without state between rounds."""

    def __init__(self, start: HeadStack, rate: float) -> None:
        self.stack = start
        self.before = start
        self._rate = rate
        self._velocity: Float64 = np.zeros_like(start.weights)

    def step(self, total: GradientSum) -> None:
        """Follow the gradient averaged by photo count. The bias stays: features are centred and classes balanced."""
        count = np.maximum(total.count, 1)[:, None, None]
        self._velocity = MOMENTUM * self._velocity + total.weights / count
        self.before = self.stack
        self.stack = HeadStack(
            weights=self.stack.weights - self._rate * self._velocity,
            bias=self.stack.bias,
            means=self.stack.means,
            held_out=self.stack.held_out,
        )


async def gradient_round(rounds: Rounds, stack: HeadStack) -> GradientSum:
    """Return the summed gradient of every head of a stack over all devices."""
    plan = rounds.plan

    def read(member: Member, tensors: Mapping[str, Array]) -> GradientSum:
        counts, held = member.held_counts(stack.held_out)
        return GradientSum.from_tensors(
            tensors, counts=counts, held_counts=held, dimension=plan.dimension, classes=plan.classes
        )

    return await rounds.exchange(_ask_stack("gradient", stack), GradientSum, read, summary=_figures)


async def _federated_average(rounds: Rounds, config: RunConfig, stack: HeadStack) -> HeadStack:
    plan = rounds.plan
    for _ in range(config.gradient_rounds):
        ask = _ask_stack(
            "local", stack, steps=config.local_steps, batch_size=config.batch_size, learning_rate=config.rate
        )
        shapes = ((plan.dimension, plan.classes), (plan.classes,))
        total = await _parameter_round(rounds, ask, shapes)
        weights, bias = total.average()
        stack = HeadStack(weights=weights[None], bias=bias[None], means=stack.means, held_out=stack.held_out)
    return stack


async def _paper(rounds: Rounds, config: RunConfig, classifier: tuple[Float32, Float32]) -> PaperOutcome:
    plan = rounds.plan
    parameters = paper_head.start(classifier, config.paper_width, plan.classes, config.seed)
    middle = classifier[0].shape[1]
    shapes = paper_head.shapes(plan.dimension, middle, config.paper_width, plan.classes)
    header: dict[str, object] = {
        "steps": config.iterations,
        "batch_size": config.batch_size,
        "learning_rate": config.rate,
        "middle": middle,
        "width": config.paper_width,
    }
    for _ in range(config.epochs):
        tensors = {f"p{index}": value.astype(np.float32) for index, value in enumerate(parameters)}
        total = await _parameter_round(rounds, Ask(task="paper", header=header, tensors=tensors), shapes)
        parameters = total.average()
    return PaperOutcome(parameters=parameters)


async def _parameter_round(rounds: Rounds, ask: Ask, shapes: tuple[tuple[int, ...], ...]) -> ParameterSum:
    def read(member: Member, tensors: Mapping[str, Array]) -> ParameterSum:
        return ParameterSum.from_tensors(tensors, count=member.photo_count, shapes=shapes)

    return await rounds.exchange(ask, ParameterSum, read, summary=lambda total: (total.loss / total.count, None))


def _ask_stack(task: str, stack: HeadStack, **parameters: object) -> Ask:
    tensors = {
        "weights": stack.weights.astype(np.float32),
        "bias": stack.bias.astype(np.float32),
        "means": stack.means.astype(np.float32),
    }
    return Ask(task=task, header={"held_out": list(stack.held_out), **parameters}, tensors=tensors)


def held_out_loss(total: GradientSum) -> float:
    """Return the mean loss of photos under the heads that did not train on them."""
    companions = slice(1, 1 + FOLDS)
    return float(total.held_loss[companions].sum() / max(int(total.held_count[companions].sum()), 1))


def _figures(total: GradientSum) -> tuple[float | None, float | None]:
    """Return mean loss and accuracy on photos held out, where there are heads that left them out."""
    held = int(total.held_count.sum())
    if held:
        return held_out_loss(total), float(total.held_correct.sum()) / held
    return float(total.loss[0] / max(int(total.count[0]), 1)), None
