"""Batch work over many photos, behind a seam for other engines (a pool of processes now).

Work is cut into chunks; a photo that cannot be worked on is a row with its reason, never a failed job.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
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


class ProcessEngine:
    """A pool of processes on this machine, started when the first large batch comes."""

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or min(os.cpu_count() or 1, 8)
        self._pool: ProcessPoolExecutor | None = None

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
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _in_pool(
        self,
        function: Callable[[Sequence[T]], list[R]],
        chunks: list[Sequence[T]],
        total: int,
        stage: str,
        progress: Progress,
    ) -> list[R]:
        if self._pool is None:
            # Spawned, not forked: a fork of a process with threads (Qt, the fleet) may hang.
            self._pool = ProcessPoolExecutor(self._workers, mp_context=multiprocessing.get_context("spawn"))
        futures: dict[Future[list[R]], int] = {
            self._pool.submit(function, chunk): index for index, chunk in enumerate(chunks)
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
