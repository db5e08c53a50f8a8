"""Batch work over many photos, behind a seam for other engines (a pool of processes now).

Work is cut into chunks; a photo that cannot be worked on is a row with its reason, never a failed job.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Protocol, TypeVar

from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 24
# Below this a pool costs more to start than it saves.
ALONE = 48


class BatchEngine(Protocol):
    """Runs a function over chunks of items."""

    def map(
        self, function: Callable[[Sequence[T]], list[R]], items: Sequence[T], *, stage: str, progress: Progress
    ) -> list[R]:
        """Return one row for each item, in order.

        Parameters
        ----------
        function
            Importable by name; gets a chunk and returns a row for each of its items. Must not raise for one bad item.
        stage
            What the progress reports call this work.
        """
        ...


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Have processes that start here never see Ctrl-C, which a terminal sends to them too.

    One that dies of it before its initializer has run, with a lock of the pool in its hands, hangs everybody else.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """Prepare a worker: Ctrl-C is not for it, and it ends with the program, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_program, name="end with program", daemon=True).start()


def _end_with_program() -> None:
    # Workers hold both ends of the pipe on which they wait for work: a program that was killed would never be missed.
    program = multiprocessing.parent_process()
    if program is not None:
        wait([program.sentinel])
        os._exit(1)


class ProcessEngine:
    """A pool of processes on this machine, started when the first large batch comes."""

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or min(os.cpu_count() or 1, 8)
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()

    def map(
        self, function: Callable[[Sequence[T]], list[R]], items: Sequence[T], *, stage: str, progress: Progress
    ) -> list[R]:
        """See `BatchEngine.map`."""
        chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
        if len(items) <= ALONE or self._workers == 1:
            rows: list[R] = []
            for chunk in chunks:
                rows += function(chunk)
                progress.report(stage, len(rows), len(items))
            return rows
        try:
            return self._in_pool(function, chunks, len(items), stage, progress)
        except BrokenProcessPool as error:
            self.close()
            raise KnownError(
                "A worker process ended unexpectedly (the machine may be out of memory)",
                "Close other programs and try again",
            ) from error

    def close(self) -> None:
        """End the processes; the next batch starts new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            # Waited for: otherwise the interpreter may end in the middle of it and complain.
            pool.shutdown(cancel_futures=True)

    def _in_pool(
        self,
        function: Callable[[Sequence[T]], list[R]],
        chunks: list[Sequence[T]],
        total: int,
        stage: str,
        progress: Progress,
    ) -> list[R]:
        pool = self._started()
        with _no_interrupts():
            futures: dict[Future[list[R]], int] = {
                pool.submit(function, chunk): index for index, chunk in enumerate(chunks)
            }
        results: list[list[R]] = [[] for _ in chunks]
        done = 0
        try:
            for future in as_completed(futures):
                results[futures[future]] = future.result()
                done += len(results[futures[future]])
                progress.report(stage, done, total)
        finally:
            for future in futures:
                future.cancel()
        return [row for rows in results for row in rows]

    def _started(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                # Spawned, not forked: a fork of a process with threads (Qt, the fleet) may hang. Ctrl-C is for this
                # process: it ends the workers, which have nothing to say about it.
                self._pool = ProcessPoolExecutor(
                    self._workers,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=_begin,
                )
            return self._pool
