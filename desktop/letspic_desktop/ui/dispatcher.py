"""The one way from other threads into the window's thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot


class Dispatcher(QObject):
    """Runs calls of any thread in the thread that made this object, in the order they came.

    It must outlive the threads that post to it; after ``close`` nothing that is still queued is run.
    """

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._open = True
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Callable[[], None]) -> None:
        """Have ``call`` run in the window's thread soon; any thread may ask for it."""
        if self._open:
            self._posted.emit(call)

    def close(self) -> None:
        """Deliver nothing any more."""
        self._open = False

    @Slot(object)
    def _run(self, call: Callable[[], None]) -> None:
        if self._open:
            call()
