"""What the window does by itself: it forgets old trash, brings in what is new in watched folders, and misses files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer

from letspic_desktop.library.scan import ScanReport
from letspic_desktop.operations.trash import PurgeTrash
from letspic_desktop.operations.warm import WarmSearch
from letspic_desktop.operations.watch import FindVanished, VanishedFolder, WatchFolders
from letspic_desktop.preferences import Preferences
from letspic_desktop.ui.runner import Job
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, tr

# The window is painted and at rest by then.
AFTER_START_MS: Final = 2500
_MINUTE_MS: Final = 60_000


class Upkeep(QObject):
    """Small work beside the window: once some seconds after the start, and the folders again every some minutes.

    Parameters
    ----------
    importing
        Whether an import is under way: two at once would read the same files twice.
    find_again
        Lets the person choose where a folder is now that is not where it was.
    """

    def __init__(self, shell: Shell, importing: Callable[[], bool], find_again: Callable[[Path], None]) -> None:
        super().__init__(shell.widget)
        self._shell = shell
        self._importing = importing
        self._find_again = find_again
        self._started = datetime.now(UTC)
        self._looking: Job | None = None
        self._first = QTimer(self)
        self._first.setSingleShot(True)
        self._first.setInterval(AFTER_START_MS)
        self._first.timeout.connect(self._purge)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        preferences = shell.services.app.preferences
        self._set_interval(preferences.now)
        dispatcher = shell.services.dispatcher
        self._unsubscribe = preferences.subscribe(lambda now: dispatcher.post(lambda: self._set_interval(now)))

    def start(self) -> None:
        """Begin, some seconds from now."""
        self._first.start()

    def close(self) -> None:
        """Begin nothing any more."""
        self._unsubscribe()
        self._first.stop()
        self._timer.stop()

    def look(self, then: Callable[[], None] | None = None) -> None:
        """Look through the watched folders now, unless that or an import is under way."""
        if self._looking is not None or self._importing():
            return

        def ended() -> None:
            self._looking = None
            if then is not None:
                then()

        runner = self._shell.services.runner
        self._looking = runner.start(WatchFolders(), done=self._tell, failed=self._shell.messages.complain, ended=ended)

    def _set_interval(self, now: Preferences) -> None:
        self._timer.stop()
        if now.watch_minutes:
            self._timer.start(now.watch_minutes * _MINUTE_MS)

    def _purge(self) -> None:
        # One after the other: the disk, and whoever waits for the library meanwhile, has to do with one of them.
        self._shell.services.runner.start(PurgeTrash(), ended=lambda: self.look(self._miss))

    def _miss(self) -> None:
        runner = self._shell.services.runner
        runner.start(FindVanished(since=self._started), done=self._offer, ended=self._warm)

    def _warm(self) -> None:
        self._shell.services.runner.start(WarmSearch())

    def _offer(self, vanished: Sequence[VanishedFolder]) -> None:
        """Say which folder is gone since the last time, with what can be done about it."""
        if not vanished:
            return
        first = vanished[0]
        count = counted(first.photos, "{n} photo is not where it was", "{n} photos are not where they were")
        text = tr(
            "{count}: {folder}. Connect its drive, or find the folder again.", count=count, folder=str(first.folder)
        )
        self._shell.messages.say(
            text, "warn", action=tr("Find the folder again …"), act=lambda: self._find_again(first.folder)
        )

    def _tell(self, report: ScanReport) -> None:
        """Say in one line what came in; what is gone is said by the search for missing files."""
        added, returned = len(report.imported.added), len(report.returned)
        words = []
        if added:
            words.append(
                counted(added, "{n} new photo from the watched folders", "{n} new photos from the watched folders")
            )
        if returned:
            words.append(counted(returned, "{n} photo is there again", "{n} photos are there again"))
        if words:
            self._shell.messages.say(", ".join(words) + ".", brief=True)
