"""The one asyncio thread of the fleet, so that neither the window nor a command ever waits inside it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

_CANCEL_SECONDS = 3.0
_CLOSE_SECONDS = 5.0


class FleetLoop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="fleet", daemon=True)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Start a coroutine in the loop's thread; any thread may call this.

        Raises
        ------
        RuntimeError
            The loop is closed.
        """
        with self._lock:
            if self._closing:
                work.close()
                raise RuntimeError("the fleet's loop is closed")
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop's thread and wait for its result; cancelled where the wait is interrupted."""
        future = self.submit(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel what still runs and end the thread; who waits for it gets CancelledError."""
        with self._lock:
            if not self._closing:
                self._closing = True
                # Behind everything that was submitted, so that nothing of it is left waiting for ever.
                self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        if pending:
            _, stuck = self._loop.run_until_complete(asyncio.wait(pending, timeout=_CANCEL_SECONDS))
            for task in stuck:
                log.error("work did not end when it was cancelled: %s", task)
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
