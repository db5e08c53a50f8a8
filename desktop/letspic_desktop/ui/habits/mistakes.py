"""Mistakes of the program itself: each gets a report file, the person one sentence, and the window stays open."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final

from letspic_desktop.reports import Reports
from letspic_desktop.ui.texts import tr
from letspic_shared.errors import KnownError

log = logging.getLogger(__name__)

_MOST: Final = 20


class MistakeError(KnownError):
    """What the window says about a mistake of its own; ``report`` is the file about it, where it could be written."""

    def __init__(self, kind: str, report: Path | None) -> None:
        super().__init__(tr("LetsPic made a mistake ({kind})", kind=kind), tr("Try it again"))
        self.report = report


class Mistakes:
    """Writes reports; any thread may note a mistake.

    The same mistake is written once, and no more than a few different ones: one that a repaint makes comes sixty
    times a second.
    """

    def __init__(self, reports: Reports) -> None:
        self.reports = reports
        self._seen: dict[str, Path | None] = {}

    def note(self, error: BaseException) -> MistakeError:
        """Log a mistake, write its report, and return what to say about it."""
        kind = type(error).__name__
        last = traceback.extract_tb(error.__traceback__)[-1:]
        place = f"{kind} {last[0].filename}:{last[0].lineno}" if last else kind
        if place not in self._seen and len(self._seen) < _MOST:
            log.error("a mistake of the program", exc_info=error)
            self._seen[place] = None
            try:
                self._seen[place] = self.reports.write(error)
            except KnownError as problem:
                log.warning("no report: %s", problem)
        return MistakeError(kind, self._seen.get(place))


@contextmanager
def noted(mistakes: Mistakes, complain: Callable[[KnownError], None]) -> Iterator[None]:
    """Note whatever goes wrong outside of operations for a while, say so, and keep the window open.

    Parameters
    ----------
    complain
        Says it; may be called by any thread.
    """
    usual, usual_in_threads = sys.excepthook, threading.excepthook

    def note(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            usual(kind, error, trace)
        else:
            complain(mistakes.note(error))

    def note_in_thread(what: threading.ExceptHookArgs) -> None:
        if what.exc_value is not None and not issubclass(what.exc_type, SystemExit):
            complain(mistakes.note(what.exc_value))

    sys.excepthook, threading.excepthook = note, note_in_thread
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = usual, usual_in_threads
