"""Runs operations beside the window and brings their progress and outcome back into its thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol, TypeVar

from letspic_desktop.application import Application
from letspic_desktop.progress import Cancelled, Progress, Step
from letspic_desktop.ui.dispatcher import Dispatcher
from letspic_shared.errors import KnownError

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)
_WORKERS: Final = 6


class Operation(Protocol[Result_co]):
    """What a person does, or what the window reads: described first, run in any thread."""

    def run(self, app: Application, progress: Progress) -> Result_co:
        """Do it."""
        ...


class Job:
    """An operation that was started; used in the window's thread."""

    def __init__(self) -> None:
        self._progress = Progress(self._note)
        self._on_step: Callable[[Step], None] | None = None
        self._dispatcher: Dispatcher | None = None
        self._latest: Step | None = None
        self._lock = threading.Lock()

    @property
    def progress(self) -> Progress:
        """What the operation reports to."""
        return self._progress

    def cancel(self) -> None:
        """Ask the operation to stop."""
        self._progress.cancel()

    def pause(self) -> None:
        """Ask the operation to stop so that it can be gone on with; one that cannot just stops."""
        self._progress.pause()

    def watch(self, dispatcher: Dispatcher, on_step: Callable[[Step], None]) -> None:
        """Have the newest step told in the window's thread; steps that it had no time for are left out."""
        self._dispatcher, self._on_step = dispatcher, on_step

    def _note(self, step: Step) -> None:
        if self._dispatcher is None:
            return
        with self._lock:
            waiting, self._latest = self._latest is not None, step
        if not waiting:
            self._dispatcher.post(self._tell)

    def _tell(self) -> None:
        with self._lock:
            step, self._latest = self._latest, None
        if step is not None and self._on_step is not None:
            self._on_step(step)


class Runner:
    """A few worker threads for operations.

    Parameters
    ----------
    on_error
        Told, in the window's thread, of every error that an operation's own ``failed`` does not take.
    on_mistake
        Told, in any thread, of a mistake of the program itself; returns the one sentence for it.
    """

    def __init__(
        self,
        app: Application,
        dispatcher: Dispatcher,
        on_error: Callable[[KnownError], None],
        on_mistake: Callable[[Exception], KnownError],
    ) -> None:
        self._app = app
        self._dispatcher = dispatcher
        self._on_error = on_error
        self._on_mistake = on_mistake
        self._pool = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="operation")
        self._jobs: set[Job] = set()
        self._closed = False

    def start(
        self,
        operation: Operation[Result],
        *,
        done: Callable[[Result], None] | None = None,
        failed: Callable[[KnownError], None] | None = None,
        step: Callable[[Step], None] | None = None,
        ended: Callable[[], None] | None = None,
    ) -> Job:
        """Run an operation in a worker thread.

        Parameters
        ----------
        done, failed
            Told the result, or what went wrong, in the window's thread.
        step
            Told how far it is.
        ended
            Told at the very end, whatever happened, also when it was cancelled.
        """
        job = Job()
        if step is not None:
            job.watch(self._dispatcher, step)
        self._jobs.add(job)

        def finish(tell: Callable[[], None] | None) -> None:
            self._jobs.discard(job)
            if tell is not None:
                tell()
            if ended is not None:
                ended()

        def work() -> None:
            tell: Callable[[], None] | None = None
            try:
                result = operation.run(self._app, job.progress)
                if done is not None:
                    taker = done
                    tell = lambda: taker(result)  # noqa: E731
            except Cancelled:
                tell = None
            except KnownError as problem:
                known, handler = problem, failed or self._on_error
                tell = lambda: handler(known)  # noqa: E731
            except Exception as problem:
                log.exception("%s failed", type(operation).__name__)
                ours, handler = self._on_mistake(problem), failed or self._on_error
                tell = lambda: handler(ours)  # noqa: E731
            self._dispatcher.post(lambda: finish(tell))

        # A timer or a signal may still come while the window is being taken apart.
        if not self._closed:
            self._pool.submit(work)
        return job

    @property
    def busy(self) -> bool:
        """Whether any operation is under way."""
        return bool(self._jobs)

    def close(self) -> None:
        """Ask everything to stop and wait until it has; a run of fine-tuning can be gone on with later."""
        self._closed = True
        for job in self._jobs:
            job.pause()
        self._pool.shutdown(wait=True, cancel_futures=True)
