"""The words in the search field: looked for beside the window, shortly after the last key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

from letspic_desktop.ui.places import Place
from letspic_desktop.ui.queries import FindByWords, WordsFound
from letspic_desktop.ui.runner import Job
from letspic_desktop.ui.services import Services

_PAUSE_MS: Final = 120


class WordSearch(QObject):
    """The newest search for words; answers to older ones are passed over.

    Parameters
    ----------
    on_found
        Told what the newest search found.
    """

    def __init__(self, parent: QObject, services: Services, on_found: Callable[[WordsFound], None]) -> None:
        super().__init__(parent)
        self._services = services
        self._on_found = on_found
        self._wanted: FindByWords | None = None
        self._job: Job | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask)

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._wanted is not None

    def look_for(self, text: str, place: Place) -> None:
        """Look for words in a place, soon."""
        self.forget()
        self._wanted = FindByWords(place=place, text=text)
        self._pause.start()

    def forget(self) -> None:
        """Want no answer any more."""
        self._pause.stop()
        self._wanted = None
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _ask(self) -> None:
        if self._wanted is None:
            return

        def done(found: WordsFound) -> None:
            if self._job is job:
                self._on_found(found)

        def ended() -> None:
            if self._job is job:
                self._job = self._wanted = None

        job = self._services.runner.start(self._wanted, done=done, ended=ended)
        self._job = job
