"""Import from the window: choosing, dropping, progress, and the list of what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QElapsedTimer, QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from letspic_desktop.library.importer import ImportFailure, ImportReport, NoPhotoError
from letspic_desktop.operations.chosen import AddSamples, ImportChosen
from letspic_desktop.progress import Step
from letspic_desktop.ui.dialogs.import_report import show_failures
from letspic_desktop.ui.look.message_bar import MessageBar, ProgressStrip
from letspic_desktop.ui.queries import ReadFailures
from letspic_desktop.ui.runner import Operation
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, sentence, tr
from letspic_shared.errors import KnownError
from letspic_shared.photo import IMAGE_SUFFIXES

# Photos that arrive are shown soon at first, and then less and less often: reading a large library takes a while.
_LOOK_AGAIN_MS: Final = 1500
_LOOK_AT_LAST_MS: Final = 15_000
_LESS_OFTEN: Final = 1.3


class ImportControl(QObject):
    """One import at a time; the window stays usable.

    Parameters
    ----------
    look_again
        Called while photos arrive, so that the grid fills as it goes.
    """

    def __init__(
        self,
        window: QWidget,
        services: Services,
        strip: ProgressStrip,
        messages: MessageBar,
        look_again: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._services = services
        self._strip = strip
        self._messages = messages
        self._look_again = look_again
        self._clock = QElapsedTimer()
        self._pause_ms = float(_LOOK_AGAIN_MS)
        self._busy = False

    @property
    def busy(self) -> bool:
        """Whether an import is under way."""
        return self._busy

    def import_paths(self, paths: Sequence[Path], album: str | None = None, *, all_into_album: bool = False) -> None:
        """Import files and folders; the files go into an album where one is given, folders make their own or join."""
        if paths:
            operation = ImportChosen(paths=tuple(paths), album=album, all_into_album=all_into_album)
            self._start(operation, tr("Importing photos"))

    def add_samples(self) -> None:
        """Import the sample."""
        self._start(AddSamples(), tr("Drawing the sample"))

    def choose_folder(self) -> None:
        """Let the person choose a folder."""
        dialog = QFileDialog(self._window, tr("Add a folder of photos"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._show(dialog, None)

    def choose_files(self, album: str | None) -> None:
        """Let the person choose photos."""
        dialog = QFileDialog(self._window, tr("Add photos"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([tr("Photos ({patterns})", patterns=_patterns()), tr("All files (*)")])
        self._show(dialog, album)

    def show_all_failures(self) -> None:
        """Open the list of all files that could not be read so far."""
        self._services.runner.start(ReadFailures(), done=self._open_failures)

    def _show(self, dialog: QFileDialog, album: str | None) -> None:
        dialog.filesSelected.connect(lambda names: self.import_paths([Path(name) for name in names], album))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()

    def _start(self, operation: Operation[ImportReport], title: str) -> None:
        if self._busy:
            self._messages.say(tr("An import is under way. Wait until it is done, or cancel it."), "warn")
            return
        self._busy = True
        self._pause_ms = float(_LOOK_AGAIN_MS)
        self._clock.start()
        job = self._services.runner.start(
            operation, done=self._done, failed=self._failed, step=self._step, ended=self._ended
        )
        self._strip.begin(title, job.cancel)

    def _step(self, step: Step) -> None:
        self._strip.step(step)
        if self._clock.elapsed() > self._pause_ms:
            self._clock.restart()
            self._pause_ms = min(self._pause_ms * _LESS_OFTEN, _LOOK_AT_LAST_MS)
            self._look_again()

    def _ended(self) -> None:
        self._busy = False
        self._strip.hide()
        self._services.thumbnails.try_again()
        self._look_again()

    def _done(self, report: ImportReport) -> None:
        words = [counted(len(report.added), "{n} photo added", "{n} photos added")]
        known = len(set(report.known))
        if known:
            words.append(counted(known, "{n} was here already", "{n} were here already"))
        if report.failed:
            words.append(counted(len(report.failed), "{n} file could not be read", "{n} files could not be read"))
        text, failed = ", ".join(words) + ".", list(report.failed)
        if failed:
            self._messages.say(text, "warn", action=tr("Show files"), act=lambda: self._open_failures(failed))
        else:
            self._messages.say(text, "good")

    def _failed(self, error: KnownError) -> None:
        if isinstance(error, NoPhotoError) and error.report.failed:
            failed = list(error.report.failed)
            self._messages.say(sentence(error), "bad", action=tr("Show files"), act=lambda: self._open_failures(failed))
        else:
            self._messages.complain(error)

    def _open_failures(self, failed: Sequence[ImportFailure]) -> None:
        show_failures(self._window, self._services.theme, failed, self.import_paths)


def _patterns() -> str:
    return " ".join(sorted(f"*{suffix}" for suffix in IMAGE_SUFFIXES))
