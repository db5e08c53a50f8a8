"""One round under way: who is asked, who has answered, and whether to wait for the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from letspic_desktop.fleet.asking import Asker
from letspic_desktop.fleet.events import Listener, Waiting
from letspic_desktop.fleet.link import LinkLostError, Request
from letspic_desktop.fleet.member import Member
from letspic_desktop.fleet.plan import Ask, Plan
from letspic_shared.errors import KnownError
from letspic_shared.tensors import Array

C = TypeVar("C")

# How long a round that cannot do without them waits for devices that are away, or do not answer.
REJOIN_SECONDS = 60.0
_POLL_SECONDS = 0.1


class Exchange(Generic[C]):
    """Asks all members of a run for one round.

    It is over when all of them have answered; after the deadline, when the quorum has. Who is away is not waited for
    while the quorum holds. With `Plan.wait_for_all` whoever is connected is waited for without a deadline, and whoever
    is away for `REJOIN_SECONDS`.

    Parameters
    ----------
    request
        The round as it travels.
    read
        Turns one device's tensors into a contribution, or raises ContributionError with the reason.
    deadline
        Seconds after which the quorum suffices.
    answered
        Told of every answer that counts: the device's name and its seconds.

    Attributes
    ----------
    found
        Device id -> contribution.
    seconds
        Device name -> time until its answer.
    """

    def __init__(
        self,
        plan: Plan,
        members: Sequence[Member],
        asker: Asker,
        *,
        ask: Ask,
        request: Request,
        read: Callable[[Member, Mapping[str, Array]], C],
        deadline: float,
        listener: Listener,
        answered: Callable[[str, float], None],
    ) -> None:
        self.found: dict[str, C] = {}
        self.seconds: dict[str, float] = {}
        self._plan = plan
        self._members = members
        self._asker = asker
        self._ask = ask
        self._request = request
        self._read = read
        self._deadline = deadline
        self._listener = listener
        self._answered = answered
        self._tasks: dict[str, asyncio.Task[None]] = {}
        # Devices that are still getting ready after they came back: only asked, not waited for.
        self._unready = {member.device_id for member in members if asker.is_preparing(member)}
        self._started = time.monotonic()
        self._told = False

    async def collect(self) -> None:
        """Ask, and wait until the round is over.

        Raises
        ------
        KnownError
            Fewer devices than the quorum answered, and there is no more hope.
        """
        try:
            while True:
                self._ask_missing()
                missing = self._missing()
                pause = self._pause_if_enough(missing) if self._is_enough() else self._pause_in_hope(missing)
                if pause is None:
                    break
                await self._wait(pause)
        finally:
            for task in self._tasks.values():
                task.cancel()
                task.add_done_callback(lambda done: done.cancelled() or done.exception())
        for member in missing:
            self._asker.drop(member, self._asker.missed(member) or f"no answer in {self._elapsed:.1f} s")

    def _ask_missing(self) -> None:
        for member in self._missing():
            if self._is_asked(member):
                continue
            link = member.link()
            if link is not None and link.alive:
                self._tasks[member.device_id] = asyncio.create_task(self._one(member))
            else:
                self._asker.drop(member, "the device is away")

    async def _one(self, member: Member) -> None:
        try:
            answered = await self._asker.ask(member, self._ask, self._request)
            if answered is not None:
                self.found[member.device_id] = self._read(member, answered.answer.tensors())
                self.seconds[member.name] = answered.seconds
                self._answered(member.name, answered.seconds)
        except LinkLostError as error:
            self._asker.drop(member, error.reason)
        except TimeoutError:
            self._asker.drop(member, "no answer")
        except KnownError as error:
            self._asker.refuse(member, error)

    def _pause_if_enough(self, missing: list[Member]) -> float | None:
        """Return how long to wait for the devices that are not needed; None where the round is over."""
        if self._plan.wait_for_all:
            wait = any(self._is_asked(member) or self._elapsed < REJOIN_SECONDS for member in missing)
            return _POLL_SECONDS if wait else None
        prompt = any(self._is_asked(member) and member.device_id not in self._unready for member in missing)
        left = self._deadline - self._elapsed
        return left if prompt and left > 0 else None

    def _pause_in_hope(self, missing: list[Member]) -> float:
        """Return how long to wait for the devices that are needed.

        Raises
        ------
        KnownError
            There is no hope (any more) that enough of them answer.
        """
        asked = sum(self._is_asked(member) for member in missing)
        needed = len(missing) > 0 and self._has_quorum(self._counted() + len(missing))
        getting_ready = any(self._asker.is_preparing(member) for member in missing)
        patient = self._elapsed < max(REJOIN_SECONDS, self._deadline) or (self._plan.wait_for_all and asked > 0)
        if not needed or not (patient or getting_ready):
            raise self._asker.too_few(self._members, len(self.found))
        late = self._elapsed > self._deadline
        if not self._told and (late or not self._has_quorum(self._counted() + asked)):
            self._told = True
            self._tell_waiting(len(missing) - asked, asked)
        return _POLL_SECONDS if late or asked < len(missing) else self._deadline - self._elapsed + 1e-3

    def _tell_waiting(self, away: int, late: int) -> None:
        count = away or late
        self._listener(Waiting(devices=count, away=away > 0))

    async def _wait(self, seconds: float) -> None:
        """Wait until those that are waited for have answered, at most ``seconds``."""
        open_tasks = {device: task for device, task in self._tasks.items() if not task.done()}
        prompt = [task for device, task in open_tasks.items() if device not in self._unready]
        tasks = prompt or list(open_tasks.values())
        if not tasks:
            await asyncio.sleep(seconds)
            return
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._started

    def _missing(self) -> list[Member]:
        return [member for member in self._members if self._ask.concerns(member) and member.device_id not in self.found]

    def _is_asked(self, member: Member) -> bool:
        task = self._tasks.get(member.device_id)
        return task is not None and not task.done()

    def _counted(self) -> int:
        """Return how many devices have answered, or have nothing to say in this round."""
        idle = sum(not member.refused and not self._ask.concerns(member) for member in self._members)
        return len(self.found) + idle

    def _is_enough(self) -> bool:
        return bool(self.found) and self._has_quorum(self._counted())

    def _has_quorum(self, answered: int) -> bool:
        return has_quorum(self._plan, answered, len(self._members))


def has_quorum(plan: Plan, answered: int, members: int) -> bool:
    """Return whether so many devices suffice."""
    return answered >= max(1.0, plan.quorum * members)
