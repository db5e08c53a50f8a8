"""Watched folders and missing files: what is done with them, beside the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog

from letspic_desktop.library.files import MissingFile
from letspic_desktop.library.relink import RelinkReport
from letspic_desktop.library.scan import ScanReport
from letspic_desktop.operations.watch import (
    CheckFiles,
    FoldersState,
    ReadFolders,
    RelinkFolder,
    UnwatchFolder,
    WatchFolder,
    WatchFolders,
)
from letspic_desktop.progress import Step
from letspic_desktop.ui.dialogs.watched import WatchedDialog
from letspic_desktop.ui.runner import Operation
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, sentence, tr

Result = TypeVar("Result")


class WatchedFolders(QObject):
    """Opens the dialog, one at a time, and does what its buttons ask for."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.widget)
        self._shell = shell
        self._dialog: WatchedDialog | None = None
        self._busy = False
        shell.actions_book.add("library", tr("Watched folders and missing files"), self.open, "Ctrl+Shift+O")

    @property
    def dialog(self) -> WatchedDialog | None:
        """The dialog, where it is open."""
        return self._dialog

    def open(self) -> None:
        """Show the dialog."""
        if self._dialog is not None:
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        dialog = WatchedDialog(self._shell.widget, self._shell.services.theme)
        dialog.add_asked.connect(self._choose_new)
        dialog.look_asked.connect(self.look_now)
        dialog.stop_asked.connect(self._stop_watching)
        dialog.check_asked.connect(self._check)
        dialog.relink_asked.connect(self._choose_place)
        dialog.finished.connect(self._closed)
        self._dialog = dialog
        dialog.show()
        self.refresh()

    def refresh(self) -> None:
        """Read again what the dialog shows, where it is open."""
        dialog = self._dialog
        if dialog is not None:
            self._shell.services.runner.start(ReadFolders(), done=self._show)

    def watch(self, folder: Path, *, albums_from_folders: bool = False) -> None:
        """Watch a folder from now on, and look through it at once."""
        operation = WatchFolder(folder=folder, albums_from_folders=albums_from_folders)
        self._start(operation, "", lambda _: self.look_now())

    def look_now(self) -> None:
        """Look through all watched folders."""
        self._start(WatchFolders(), tr("Looking through the watched folders"), self._looked)

    def relink(self, old: Path, new: Path) -> None:
        """Look in a new place for the photos of a folder that was moved."""
        self._start(RelinkFolder(old=old, new=new), tr("Looking for the photos"), self._relinked)

    def find_again(self, old: Path) -> None:
        """Let the person choose where a folder is now that was moved, and look for its photos there."""
        self._choose_place(old)

    def _stop_watching(self, folder: Path) -> None:
        text = tr("{folder} is watched no longer. Its photos stay in the library.", folder=folder)
        self._start(UnwatchFolder(folder=folder), "", lambda _: self._say(text))

    def _check(self) -> None:
        def checked(missing: list[MissingFile]) -> None:
            text = counted(len(missing), "{n} file is missing.", "{n} files are missing.")
            self._say(text if missing else tr("Every file is where it was."))

        self._start(CheckFiles(), tr("Looking for every file"), checked)

    def _choose_new(self) -> None:
        self._choose(tr("Watch a folder"), lambda folder: self.watch(folder, albums_from_folders=self._by_folder()))

    def _choose_place(self, old: Path) -> None:
        title = tr("Where are the photos of {folder} now?", folder=old.name or str(old))
        self._choose(title, lambda new: self.relink(old, new))

    def _choose(self, title: str, take: Callable[[Path], object]) -> None:
        dialog = QFileDialog(self._dialog or self._shell.widget, title)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda folder: take(Path(folder)))
        dialog.open()

    def _by_folder(self) -> bool:
        return self._dialog is not None and self._dialog.by_folder.isChecked()

    def _looked(self, report: ScanReport) -> None:
        added, failed = len(report.imported.added), len(report.imported.failed)
        words = [counted(added, "{n} new photo", "{n} new photos")]
        if report.missing:
            words.append(counted(len(report.missing), "{n} file is missing", "{n} files are missing"))
        if report.returned:
            words.append(counted(len(report.returned), "{n} file is back", "{n} files are back"))
        if failed:
            words.append(counted(failed, "{n} file could not be read", "{n} files could not be read"))
        if report.absent:
            words.append(counted(len(report.absent), "{n} folder is not there", "{n} folders are not there"))
        if report.waiting:
            words.append(tr("some files are still being written and come next time"))
        self._say(", ".join(words) + ".")

    def _relinked(self, report: RelinkReport) -> None:
        self._shell.services.thumbnails.try_again()
        text = counted(len(report.found), "{n} photo found again.", "{n} photos found again.")
        if report.missing:
            rest = counted(len(report.missing), "{n} is still missing.", "{n} are still missing.")
            text = f"{text} {rest}"
        self._say(text)

    def _start(self, operation: Operation[Result], title: str, done: Callable[[Result], object]) -> None:
        if self._busy:
            return
        self._busy = True
        following: list[Callable[[], object]] = []

        def ended() -> None:
            # Only now: what comes next may be work of its own.
            self._busy = False
            if self._dialog is not None:
                self._dialog.end()
            for one in following:
                one()
            self.refresh()

        job = self._shell.services.runner.start(
            operation,
            done=lambda result: following.append(lambda: done(result)),
            failed=lambda error: self._say(sentence(error)),
            step=self._step,
            ended=ended,
        )
        if self._dialog is not None:
            self._dialog.begin(title, job.cancel)

    def _step(self, step: Step) -> None:
        if self._dialog is not None:
            self._dialog.progress.step(step)

    def _say(self, text: str) -> None:
        if self._dialog is not None:
            self._dialog.say(text)
        else:
            self._shell.messages.say(text, brief=True)

    def _show(self, state: FoldersState) -> None:
        if self._dialog is not None:
            self._dialog.show_state(state)

    def _closed(self) -> None:
        self._dialog = None
