"""Batch work: every item gives its row, whatever the pool does."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from letspic_desktop.batch import ALONE, CHUNK, ProcessEngine
from letspic_desktop.progress import Cancelled, Progress, Step
from letspic_shared.errors import KnownError

MANY = 3 * CHUNK + 5
BOUND = 30.0


@pytest.fixture(scope="module", autouse=True)
def work() -> Iterator[ModuleType]:
    """The functions that processes import by name: tests are not importable themselves."""
    folder = str(Path(__file__).parent)
    sys.path.insert(0, folder)
    yield importlib.import_module("batch_work")
    sys.path.remove(folder)


@pytest.fixture(scope="module")
def engine() -> Iterator[ProcessEngine]:
    made = ProcessEngine(2)
    yield made
    made.close()


@pytest.mark.parametrize("count", [0, 1, CHUNK, ALONE, ALONE + 1, MANY])
def test_rows_come_in_order(work: ModuleType, engine: ProcessEngine, count: int) -> None:
    steps: list[Step] = []
    assert engine.map(work.square, range(count), stage="s", progress=Progress(steps.append)) == [
        n * n for n in range(count)
    ]
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert not count or (steps[-1].done, steps[-1].total) == (count, count)


def test_little_work_stays_here_and_much_does_not(work: ModuleType, engine: ProcessEngine) -> None:
    assert set(engine.map(work.process, range(ALONE), stage="s", progress=Progress())) == {os.getpid()}
    assert os.getpid() not in engine.map(work.process, range(MANY), stage="s", progress=Progress())


def test_an_interrupt_is_for_this_process_alone(work: ModuleType, engine: ProcessEngine) -> None:
    assert not any(engine.map(work.heeds_interrupt, range(MANY), stage="s", progress=Progress()))


def test_workers_end_with_a_program_that_is_killed(work: ModuleType) -> None:
    script = (
        f"import sys, time; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import batch_work\n"
        "from letspic_desktop.batch import ProcessEngine\n"
        "from letspic_desktop.progress import Progress\n"
        f"ProcessEngine(2).map(batch_work.square, range({MANY}), stage='s', progress=Progress())\n"
        "print('done', flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"done\n"
        program.kill()
        # The workers write to the same pipe: it ends when the last of them has.
        assert program.communicate(timeout=BOUND) == (b"", None)


def test_stopping_ends_the_batch_and_not_the_pool(work: ModuleType, engine: ProcessEngine) -> None:
    progress: list[Progress] = []
    progress.append(Progress(lambda step: progress[0].cancel()))
    with pytest.raises(Cancelled):
        engine.map(work.square, range(MANY), stage="s", progress=progress[0])
    assert len(engine.map(work.square, range(MANY), stage="s", progress=Progress())) == MANY


def test_a_worker_that_dies_is_one_sentence_and_the_next_batch_works(work: ModuleType, engine: ProcessEngine) -> None:
    with pytest.raises(KnownError, match="ended unexpectedly") as caught:
        engine.map(work.die, range(MANY), stage="s", progress=Progress())
    assert caught.value.action
    assert len(engine.map(work.square, range(MANY), stage="s", progress=Progress())) == MANY


def test_an_error_of_ours_is_not_hidden(work: ModuleType, engine: ProcessEngine) -> None:
    with pytest.raises(ZeroDivisionError):
        engine.map(work.fail, range(MANY), stage="s", progress=Progress())


def test_threads_share_one_pool(work: ModuleType) -> None:
    engine = ProcessEngine(1 + 1)
    pids: set[int] = set()

    def map_many() -> None:
        pids.update(engine.map(work.process, range(MANY), stage="s", progress=Progress()))

    threads = [threading.Thread(target=map_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    engine.close()
    assert 1 <= len(pids) <= 2
