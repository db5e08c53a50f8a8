"""The fleet's thread: work is handed in from any other, and nothing of it is left waiting when it closes."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Iterator

import pytest

from letspic_desktop.fleet.loop import FleetLoop

BOUND = 5.0


@pytest.fixture
def loop() -> Iterator[FleetLoop]:
    made = FleetLoop()
    yield made
    made.close()


async def value(number: int) -> int:
    await asyncio.sleep(0)
    return number


async def forever(started: threading.Event, ended: list[str]) -> None:
    started.set()
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0.05)
        ended.append("tidied up")


def test_work_runs_in_a_thread_of_its_own(loop: FleetLoop) -> None:
    async def name() -> str:
        return threading.current_thread().name

    assert loop.call(name()) == "fleet"
    assert [future.result(BOUND) for future in [loop.submit(value(n)) for n in range(20)]] == list(range(20))


def test_what_work_raises_is_raised_where_it_is_waited_for(loop: FleetLoop) -> None:
    async def fail() -> None:
        raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        loop.call(fail())
    assert loop.call(value(1)) == 1


def test_closing_ends_what_still_runs(loop: FleetLoop) -> None:
    started, ended = threading.Event(), []
    future = loop.submit(forever(started, ended))
    assert started.wait(BOUND)
    loop.close()
    with pytest.raises(concurrent.futures.CancelledError):
        future.result(BOUND)
    assert ended == ["tidied up"]


def test_work_handed_in_right_before_closing_is_not_left_waiting(loop: FleetLoop) -> None:
    futures = [loop.submit(value(number)) for number in range(200)]
    loop.close()
    done, waiting = concurrent.futures.wait(futures, BOUND)
    assert not waiting
    assert all(future.cancelled() or isinstance(future.result(), int) for future in done)


def test_a_closed_loop_takes_no_more(loop: FleetLoop) -> None:
    loop.close()
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        loop.submit(value(1))
    with pytest.raises(RuntimeError, match="closed"):
        loop.call(value(1))


def test_closing_while_others_hand_in_work() -> None:
    for _ in range(20):
        loop = FleetLoop()
        futures: list[concurrent.futures.Future[int]] = []

        def hand_in(loop: FleetLoop = loop, futures: list[concurrent.futures.Future[int]] = futures) -> None:
            try:
                while True:
                    futures.append(loop.submit(value(1)))
            except RuntimeError:
                return

        threads = [threading.Thread(target=hand_in) for _ in range(2)]
        for thread in threads:
            thread.start()
        loop.close()
        for thread in threads:
            thread.join(BOUND)
        assert not concurrent.futures.wait(futures, BOUND).not_done


def test_work_that_does_not_end_does_not_hold_up_the_program(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("letspic_desktop.fleet.loop._CANCEL_SECONDS", 0.1)
    loop = FleetLoop()
    release = asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    loop.submit(stubborn())
    loop.call(value(1))
    begin = time.monotonic()
    with caplog.at_level("ERROR"):
        loop.close()
    assert time.monotonic() - begin < BOUND
    assert "did not end when it was cancelled" in caplog.text
