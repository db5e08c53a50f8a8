"""One exchange with every device of a run: ask, judge, add up, write down.

Answers that come in time and stand judgement are added in device-id order in float64, so the sum has the same bits
whatever order they arrived in. Devices that are late or gone are left out of the round while the quorum holds; those
that send what cannot be right are left out of the run, with the reason.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self, TypeVar

from letspic_desktop.fleet.events import DeviceDropped, Listener, Prepared, RoundDone, Waiting
from letspic_desktop.fleet.journal import Journal
from letspic_desktop.fleet.link import Answer, Link, LinkLostError, RefusedError, Request
from letspic_desktop.fleet.member import Member, require_photos
from letspic_shared import messages
from letspic_shared.errors import KnownError, ProtocolError
from letspic_shared.tensors import Array

Header = dict[str, object]

FIRST_DEADLINE = 120.0
SHORTEST_DEADLINE = 2.0
DEADLINE_FACTOR = 10.0
REJOIN_SECONDS = 60.0
_POLL_SECONDS = 0.1


class Addable(Protocol):
    """Contributions add with ``+``."""

    def __add__(self, other: Self, /) -> Self: ...


C = TypeVar("C", bound=Addable)


@dataclass(kw_only=True)
class Tally:
    """What the rounds of a run cost.

    Attributes
    ----------
    seconds
        Of each round that asked devices.
    bytes_up, bytes_down
        Framed bytes from and to all devices.
    """

    seconds: list[float] = field(default_factory=list)
    bytes_up: int = 0
    bytes_down: int = 0
    by_device: dict[str, int] = field(default_factory=dict)

    @property
    def median_ms(self) -> float:
        """Median round in milliseconds; 0 before the first."""
        return 1e3 * statistics.median(self.seconds) if self.seconds else 0.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the rounds of a run have in common."""

    run: str
    backbone: str
    classes: int
    dimension: int
    total_rounds: int
    withhold: int = 3
    seed: int = 0
    quorum: float = 0.5
    wait_for_all: bool = False


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A round to be done: the task of `letspic_device.tasks`, its parameters and its tensors.

    ``labelled_only`` leaves out devices that have nothing but photos without a label.
    """

    task: str
    header: Header = field(default_factory=dict)
    tensors: Mapping[str, Array] = field(default_factory=dict)
    labelled_only: bool = True

    def concerns(self, member: Member) -> bool:
        """Return whether a device has photos for this round, or may have once it comes back."""
        if member.refused:
            return False
        return member.prepared_on is None or member.takes_part(labelled_only=self.labelled_only)


class Rounds:
    """The exchanges of one run, numbered from 0.

    Parameters
    ----------
    members
        The devices, in any order.
    journal
        Where sums are kept; finished rounds found there are not asked for again.
    listener
        Told what happens, from the loop's thread.
    """

    def __init__(self, plan: Plan, members: list[Member], journal: Journal, listener: Listener) -> None:
        self.plan = plan
        self.members = sorted(members, key=lambda member: member.device_id)
        self.tally = Tally()
        self._journal = journal
        self._listener = listener
        self._number = 0
        self._durations: dict[str, list[float]] = {}
        self._writing: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Prepare every device; those that fail are left out.

        Raises
        ------
        KnownError
            Too few devices stand ready, or none has a photo to train on.
        """
        await asyncio.gather(*(self._prepare(member) for member in self.members))
        self._require_quorum(sum(not member.refused for member in self.members))
        require_photos(self.members)

    async def exchange(
        self,
        ask: Ask,
        kind: type[C],
        read: Callable[[Member, Mapping[str, Array]], C],
        *,
        summary: Callable[[C], tuple[float | None, float | None]] = lambda _: (None, None),
    ) -> C:
        """Do one round and return the sum of its contributions.

        Parameters
        ----------
        kind
            Type of the contributions.
        read
            Turns one device's tensors into a contribution, or raises ContributionError with the reason.
        summary
            Gives (mean loss, held-out accuracy) of the sum for display.

        Raises
        ------
        KnownError
            Fewer devices than the quorum answered.
        """
        number, self._number = self._number, self._number + 1
        known = self._journal.read(number, ask.task, kind)
        if known is not None:
            self._tell(number, ask.task, summary(known[1]), 0.0, {}, replayed=True)
            return known[1]
        started = time.perf_counter()
        found, seconds = await self._collect(number, ask, read)
        total = found[0][1]
        for _, contribution in found[1:]:
            total = total + contribution
        duration = time.perf_counter() - started
        self.tally.seconds.append(duration)
        self._durations.setdefault(ask.task, []).append(duration)
        report: Header = {"task": ask.task, "participants": [device for device, _ in found], "seconds": duration}
        await self._written()
        self._writing = asyncio.create_task(asyncio.to_thread(self._journal.write, number, report, total))
        self._tell(number, ask.task, summary(total), duration, seconds)
        return total

    async def finish(self) -> None:
        """Let the devices forget the run and wait until the journal is written."""
        await self._written()
        request = Request.of(messages.FINISH, {"run": self.plan.run})
        links = [link for member in self.members if (link := member.link()) is not None and link.alive]
        await asyncio.gather(*(link.request(request, SHORTEST_DEADLINE) for link in links), return_exceptions=True)

    async def _written(self) -> None:
        if self._writing is not None:
            await self._writing
            self._writing = None

    async def _collect(
        self, number: int, ask: Ask, read: Callable[[Member, Mapping[str, Array]], C]
    ) -> tuple[list[tuple[str, C]], dict[str, float]]:
        """Ask all members until the quorum has answered; return contributions in device-id order, and times."""
        header = {**ask.header, "run": self.plan.run, "round": number, "task": ask.task}
        request = Request.of(messages.ROUND, header, ask.tensors)
        found: dict[str, C] = {}
        seconds: dict[str, float] = {}
        rejoin_until = time.monotonic() + REJOIN_SECONDS
        told = False
        while True:
            asked = [m for m in self.members if ask.concerns(m) and m.device_id not in found]
            await asyncio.gather(*(self._ask(member, request, ask.task, read, found, seconds) for member in asked))
            missing = [m for m in self.members if ask.concerns(m) and m.device_id not in found]
            idle = sum(not m.refused and not ask.concerns(m) for m in self.members)
            enough = self._has_quorum(len(found) + idle) and not (self.plan.wait_for_all and missing)
            if enough and found:
                return sorted(found.items()), seconds
            still_possible = self._has_quorum(len(found) + len(missing) + idle)
            if not still_possible or (time.monotonic() > rejoin_until and not self.plan.wait_for_all):
                self._require_quorum(len(found) + idle)
            if not told:
                self._listener(Waiting(reason=f"waiting for {len(missing)} devices to come back"))
                told = True
            await asyncio.sleep(_POLL_SECONDS)

    async def _ask(
        self,
        member: Member,
        request: Request,
        task: str,
        read: Callable[[Member, Mapping[str, Array]], C],
        found: dict[str, C],
        seconds: dict[str, float],
    ) -> None:
        started = time.perf_counter()
        try:
            answer = await self._answer(member, request, self._deadline(task))
            found[member.device_id] = read(member, answer.tensors())
        except (LinkLostError, TimeoutError) as error:
            reason = str(error) or f"no answer in {self._deadline(task):.0f} s"
            self._listener(DeviceDropped(device=member.name, reason=reason))
        except (RefusedError, ProtocolError) as error:
            member.refused = error.reason
            self._listener(DeviceDropped(device=member.name, reason=error.reason, marked=True))
        else:
            seconds[member.name] = time.perf_counter() - started
            self._count(member, request, answer)

    async def _answer(self, member: Member, request: Request, deadline: float) -> Answer:
        link = member.link()
        if link is None or not link.alive:
            raise LinkLostError("The device is away")
        if link is not member.prepared_on:
            # The device came back, perhaps after a restart: it may have forgotten the run.
            await self._send_manifest(member, link)
        return await link.request(request, deadline)

    async def _prepare(self, member: Member) -> None:
        link = member.link()
        try:
            if link is None or not link.alive:
                raise LinkLostError("The device is away")
            await self._send_manifest(member, link)
        except (LinkLostError, TimeoutError) as error:
            self._listener(DeviceDropped(device=member.name, reason=str(error) or "no answer"))
        except KnownError as error:
            member.refused = error.reason
            self._listener(DeviceDropped(device=member.name, reason=error.reason, marked=True))
        else:
            self._listener(
                Prepared(
                    device=member.name,
                    photos=member.photo_count,
                    withheld=len(member.withheld),
                    failed=len(member.failed),
                )
            )

    async def _send_manifest(self, member: Member, link: Link) -> None:
        plan = self.plan
        # Draws follow the device's place in the run, not its id: the same photos and seed give the same head.
        seed = plan.seed * 1_000_003 + self.members.index(member)
        await member.prepare(
            link, run=plan.run, backbone=plan.backbone, classes=plan.classes, withhold=plan.withhold, seed=seed
        )

    def _count(self, member: Member, request: Request, answer: Answer) -> None:
        self.tally.bytes_down += len(request.frame)
        self.tally.bytes_up += answer.framed_bytes
        before = self.tally.by_device.get(member.name, 0)
        self.tally.by_device[member.name] = before + len(request.frame) + answer.framed_bytes

    def _deadline(self, task: str) -> float:
        past = self._durations.get(task)
        if not past:
            return FIRST_DEADLINE
        return max(SHORTEST_DEADLINE, DEADLINE_FACTOR * statistics.median(past))

    def _has_quorum(self, answered: int) -> bool:
        return answered >= max(1.0, self.plan.quorum * len(self.members))

    def _require_quorum(self, answered: int) -> None:
        if self._has_quorum(answered):
            return
        reasons = sorted({member.refused for member in self.members if member.refused})
        why = f" ({'; '.join(reasons)})" if reasons else ""
        raise KnownError(
            f"Only {answered} of {len(self.members)} devices take part{why}", "Check the devices and start again"
        )

    def _tell(
        self,
        number: int,
        task: str,
        figures: tuple[float | None, float | None],
        seconds: float,
        by_device: dict[str, float],
        *,
        replayed: bool = False,
    ) -> None:
        self._listener(
            RoundDone(
                number=number + 1,
                total=self.plan.total_rounds,
                task=task,
                loss=figures[0],
                accuracy=figures[1],
                seconds=seconds,
                device_seconds=by_device,
                replayed=replayed,
            )
        )
