"""One exchange with every device of a run: ask, judge, add up, write down.

Answers that come in time and stand judgement are added in device-id order in float64, so the sum has the same bits
whatever order they arrived in. Devices that are late or gone are left out of the round while the quorum holds; those
that send what cannot be right are left out of the run, with the reason.
"""

from __future__ import annotations

import asyncio
import math
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Protocol, Self, TypeVar

from letspic_desktop.fleet.asking import Asker, Deliver
from letspic_desktop.fleet.events import Answered, Listener, RoundDone
from letspic_desktop.fleet.exchange import Exchange, has_quorum
from letspic_desktop.fleet.journal import Journal
from letspic_desktop.fleet.link import Link, LinkLostError, Request
from letspic_desktop.fleet.member import Member, require_photos
from letspic_desktop.fleet.plan import Ask, Plan, Tally
from letspic_shared import messages
from letspic_shared.errors import KnownError
from letspic_shared.head import HeadStack
from letspic_shared.tensors import Array

Header = dict[str, object]

# Seconds; until the first round of a kind is done nobody knows how long it takes.
FIRST_DEADLINE = 120.0
SHORTEST_DEADLINE = 2.0
# Times the slowest answer of the median round.
DEADLINE_FACTOR = 10.0
_FINISH_SECONDS = 2.0


class Addable(Protocol):
    """Contributions add with ``+``."""

    def __add__(self, other: Self, /) -> Self: ...


C = TypeVar("C", bound=Addable)


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
    deliver
        Sends a device what it needs before it can be prepared (the backbone).
    observe
        Given (rounds done, heads) whenever there are new ones; must not take long.
    """

    def __init__(
        self,
        plan: Plan,
        members: list[Member],
        journal: Journal,
        listener: Listener,
        deliver: Deliver | None = None,
        observe: Callable[[int, HeadStack], None] = lambda _number, _stack: None,
    ) -> None:
        self.plan = plan
        self.members = sorted(members, key=lambda member: member.device_id)
        self.tally = Tally()
        self._noted = self.tally.copy()
        places = {member.device_id: place for place, member in enumerate(self.members)}
        self._asker = Asker(plan, places, self.tally, listener, deliver or _nothing)
        self._journal = journal
        self._listener = listener
        self._observe = observe
        self._number = 0
        self._slowest: dict[str, list[float]] = {}
        self._writing: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Prepare every device; those that fail are left out.

        Raises
        ------
        KnownError
            Too few devices stand ready, or none has a photo to train on.
        """
        await asyncio.gather(*(self._prepare(member) for member in self.members))
        here = [member for member in self.members if member.prepared_on is not None]
        if not here or not has_quorum(self.plan, sum(not member.refused for member in self.members), len(self.members)):
            raise self._asker.too_few(self.members, len(here))
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
            Fewer devices than the quorum answered, or the disk that keeps the journal is full.
        """
        number, self._number = self._number, self._number + 1
        known = self._journal.read(number, ask.task, kind)
        if known is not None:
            told = known[0].get("losses")
            kept = {str(name): float(loss) for name, loss in told.items()} if isinstance(told, dict) else {}
            self.tally.add_earlier(known[0].get("seconds"), known[0].get("bytes"))
            self._noted = self.tally.copy()
            self._tell(number, ask.task, summary(known[1]), self.tally.earlier[-1], {}, kept, replayed=True)
            return known[1]
        started = time.perf_counter()
        header = {**ask.header, "run": self.plan.run, "round": number, "task": ask.task}
        # For the owner of a device, who wants to see how far it is.
        header["rounds"] = self.plan.total_rounds
        one = Exchange(
            self.plan,
            self.members,
            self._asker,
            ask=ask,
            request=Request.of(messages.ROUND, header, ask.tensors),
            read=read,
            deadline=self._deadline(ask.task),
            listener=self._listener,
            answered=lambda name, seconds: self._listener(
                Answered(device=name, number=number + 1, total=self.plan.total_rounds, seconds=seconds)
            ),
        )
        await one.collect()
        total = await asyncio.to_thread(_sum, one.found)
        duration = time.perf_counter() - started
        self.tally.seconds.append(duration)
        self._slowest.setdefault(ask.task, []).append(max(one.seconds.values()))
        names = {member.device_id: member.name for member in self.members}
        figures = {names[device]: summary(found)[0] for device, found in one.found.items()}
        losses = {name: loss for name, loss in sorted(figures.items()) if loss is not None and math.isfinite(loss)}
        report: Header = {
            "task": ask.task,
            "participants": sorted(one.found),
            "seconds": duration,
            "losses": losses,
            "bytes": self.tally.since(self._noted),
        }
        self._noted = self.tally.copy()
        await self.written()
        self._writing = asyncio.create_task(asyncio.to_thread(self._journal.write, number, report, total))
        self._tell(number, ask.task, summary(total), duration, one.seconds, losses)
        return total

    def show(self, stack: HeadStack) -> None:
        """Let whoever watches the run see the heads after the rounds so far."""
        self._observe(self._number, stack)

    async def written(self) -> None:
        """Wait until the journal has the last round.

        Raises
        ------
        KnownError
            It could not be written.
        """
        if self._writing is not None:
            # Shielded: a run that is cancelled here still finds its journal whole.
            await asyncio.shield(self._writing)
            self._writing = None

    async def finish(self) -> None:
        """Let the devices forget the run, however it ended; failures of the journal are told by `written` alone."""
        self._asker.close()
        if self._writing is not None:
            await asyncio.wait({self._writing})
            self._writing.exception()
        request = Request.of(messages.FINISH, {"run": self.plan.run})
        links = [link for member in self.members if (link := member.link()) is not None and link.alive]
        await asyncio.gather(*(link.request(request, _FINISH_SECONDS) for link in links), return_exceptions=True)

    async def _prepare(self, member: Member) -> None:
        link = member.link()
        try:
            if link is None or not link.alive:
                raise LinkLostError("the device is away")
            await self._asker.prepare(member, link)
        except LinkLostError as error:
            self._asker.drop(member, error.reason)
        except TimeoutError:
            self._asker.drop(member, "no answer")
        except KnownError as error:
            self._asker.refuse(member, error)

    def _deadline(self, task: str) -> float:
        # By the devices that answered in time: one that is gone must not make the next round wait even longer.
        past = self._slowest.get(task)
        if not past:
            return FIRST_DEADLINE
        return max(SHORTEST_DEADLINE, DEADLINE_FACTOR * statistics.median(past))

    def _tell(
        self,
        number: int,
        task: str,
        figures: tuple[float | None, float | None],
        seconds: float,
        by_device: dict[str, float],
        losses: dict[str, float],
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
                device_loss=losses,
                replayed=replayed,
            )
        )


def _sum(contributions: Mapping[str, C]) -> C:
    """Add contributions in device-id order."""
    first, *others = (contribution for _, contribution in sorted(contributions.items()))
    for other in others:
        first = first + other
    return first


async def _nothing(_: Link) -> None:
    """Every device has all that it needs."""
