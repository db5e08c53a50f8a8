"""One device of a run, asked: made ready where it is not, its answer counted, and what goes wrong with it told once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from letspic_desktop.fleet.events import DeviceDropped, Listener, Prepared
from letspic_desktop.fleet.link import Answer, Link, LinkLostError, RefusedError, Request
from letspic_desktop.fleet.member import PREPARE_SECONDS, Member
from letspic_desktop.fleet.plan import Ask, Plan, Tally
from letspic_shared.errors import KnownError

Deliver = Callable[[Link], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A device's answer to a round, and the seconds that it took."""

    answer: Answer
    seconds: float


class Asker:
    """Asks the devices of one run, each by itself; who waits for how many of them is not its matter.

    Parameters
    ----------
    places
        Device id -> the device's place in the run, from 0.
    deliver
        Sends a device what it needs before it can be prepared (the backbone).
    """

    def __init__(self, plan: Plan, places: dict[str, int], tally: Tally, listener: Listener, deliver: Deliver) -> None:
        self._plan = plan
        self._places = places
        self._tally = tally
        self._listener = listener
        self._deliver = deliver
        self._missed: dict[str, str] = {}
        self._actions: set[str] = set()
        self._preparing: dict[str, tuple[Link, asyncio.Task[None]]] = {}

    def is_preparing(self, member: Member) -> bool:
        """Return whether a device that came back is still getting ready."""
        known = self._preparing.get(member.device_id)
        return known is not None and not known[1].done()

    def missed(self, member: Member) -> str:
        """Return why a device did not answer when it was asked last; empty where it did."""
        return self._missed.get(member.device_id, "")

    async def prepare(self, member: Member, link: Link) -> None:
        """Send a device all that the run needs and wait until its features are ready."""
        await self._deliver(link)
        plan = self._plan
        # Draws follow the device's place in the run, not its id: the same photos and seed give the same head.
        seed = plan.seed * 1_000_003 + self._places[member.device_id]
        await member.prepare(
            link, run=plan.run, backbone=plan.backbone, classes=plan.classes, withhold=plan.withhold, seed=seed
        )
        self._missed.pop(member.device_id, None)
        self._listener(
            Prepared(
                device=member.name,
                photos=member.photo_count,
                withheld=len(member.withheld),
                failed=len(member.failed),
            )
        )

    async def ask(self, member: Member, ask: Ask, request: Request) -> Answered | None:
        """Ask a device for a round, however long it takes; None where it turns out to have no photo for it.

        Raises
        ------
        KnownError, TimeoutError
            See `Link.request` and `Member.prepare`.
        """
        try:
            return await self._ask_ready(member, ask, request)
        except RefusedError:
            # It may have forgotten the run without the link's going down: this once it is prepared again.
            member.prepared_on = None
            return await self._ask_ready(member, ask, request)

    def drop(self, member: Member, reason: str) -> None:
        """Leave a device out of the round; told once until it answers again."""
        if member.device_id not in self._missed:
            self._listener(DeviceDropped(device=member.name, reason=reason))
        self._missed[member.device_id] = reason

    def refuse(self, member: Member, error: KnownError) -> None:
        """Leave a device out of the run."""
        member.refused = error.reason
        self._actions.add(error.action)
        self._listener(DeviceDropped(device=member.name, reason=error.reason, marked=True))

    def too_few(self, members: Sequence[Member], answered: int) -> KnownError:
        """Say in one sentence why the run cannot go on with so many of its devices."""
        reasons = sorted({reason for member in members if (reason := member.refused or self.missed(member))})
        why = f" ({'; '.join(reasons)})" if reasons else ""
        # Where all have the same trouble there is one thing to do about it.
        actions = self._actions if len(reasons) == 1 else set()
        return KnownError(
            f"Only {answered} of {len(members)} devices take{'s'[: answered == 1]} part{why}",
            "".join(actions) if len(actions) == 1 and "" not in actions else "Check the devices and start again",
        )

    def close(self) -> None:
        """Stop waiting for devices that were getting ready."""
        for _, task in self._preparing.values():
            task.cancel()
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._preparing.clear()

    async def _ask_ready(self, member: Member, ask: Ask, request: Request) -> Answered | None:
        link = member.link()
        if link is None or not link.alive:
            raise LinkLostError("the device is away")
        if link is not member.prepared_on:
            await self._prepare_again(member, link)
            if not ask.concerns(member):
                return None
        started = time.perf_counter()
        self._tally.count(member.name, down=len(request.frame))
        answer = await link.request(request, PREPARE_SECONDS)
        seconds = time.perf_counter() - started
        self._tally.count(member.name, up=answer.framed_bytes)
        self._missed.pop(member.device_id, None)
        return Answered(answer=answer, seconds=seconds)

    async def _prepare_again(self, member: Member, link: Link) -> None:
        """Prepare a device that came back, perhaps after a restart; goes on though the round does not wait for it."""
        known = self._preparing.get(member.device_id)
        if known is None or known[0] is not link:
            if known is not None:
                known[1].cancel()
            known = (link, asyncio.create_task(self.prepare(member, link)))
            self._preparing[member.device_id] = known
        task = known[1]
        await asyncio.wait({task})
        if self._preparing.get(member.device_id) == known:
            del self._preparing[member.device_id]
        task.result()
