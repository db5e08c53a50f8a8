"""What a person does with selected photos besides sorting them: rate, turn, date, look for and copy their files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from letspic_desktop.library.photos import Photo
from letspic_desktop.operations.copies import CopiesReport, SaveCopies
from letspic_desktop.operations.edits import RotatePhotos
from letspic_desktop.operations.organise import RatePhotos, SetFavourite
from letspic_desktop.ui.organise.chosen_photos import ReadPaths, ReadPicture
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, tr


class PhotoActions:
    """Used by the menu of photos."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def rate(self, photos: Sequence[str], stars: int) -> None:
        """Give photos (SHA-256) 0 to 5 stars."""
        self._shell.services.changes.make(RatePhotos(photos=tuple(photos), rating=stars))

    def set_favourite(self, photos: Sequence[str], favourite: bool) -> None:
        """Make photos (SHA-256) favourites, or no longer."""
        self._shell.services.changes.make(SetFavourite(photos=tuple(photos), favourite=favourite))

    def rotate(self, photos: Sequence[str], quarter_turns: int) -> None:
        """Turn photos (SHA-256) clockwise; their files stay as they are."""
        self._shell.services.changes.make(RotatePhotos(photos=tuple(photos), quarter_turns=quarter_turns))

    def change_date(self, photos: Sequence[Photo]) -> None:
        """Ask when a photo was taken, or by how much the dates of several are wrong."""
        from letspic_desktop.ui.viewer.dates import ask_date, ask_shift

        if len(photos) == 1:
            ask_date(self._shell.widget, self._shell.services, photos[0])
        else:
            ask_shift(self._shell.widget, self._shell.services, [photo.sha256 for photo in photos])

    def show_in_folder(self, file: Path | None) -> None:
        """Open the folder of a file in the system's file manager."""
        if file is None or not QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent))):
            text = tr("No file manager could be opened. The path is in the clipboard.")
            QGuiApplication.clipboard().setText(str(file or ""))
            self._shell.messages.say(text, "warn")

    def copy_picture(self, photo: str) -> None:
        """Put a photo (SHA-256) into the clipboard, as a picture and as a file."""

        def copy(read: tuple[QImage, Path]) -> None:
            picture, file = read
            mime = QMimeData()
            mime.setImageData(picture)
            mime.setUrls([QUrl.fromLocalFile(str(file))])
            QGuiApplication.clipboard().setMimeData(mime)
            self._shell.messages.say(tr("The picture is in the clipboard."), brief=True)

        self._shell.services.runner.start(ReadPicture(photo=photo), done=copy, failed=self._shell.messages.complain)

    def copy_paths(self, photos: Sequence[str]) -> None:
        """Put the paths of photos (SHA-256) into the clipboard, a line for each."""

        def copy(paths: Sequence[Path]) -> None:
            QGuiApplication.clipboard().setText("\n".join(map(str, paths)))
            text = counted(len(paths), "{n} path is in the clipboard.", "{n} paths are in the clipboard.")
            self._shell.messages.say(text, brief=True)

        self._shell.services.runner.start(ReadPaths(photos=tuple(photos)), done=copy)

    def save_copies(self, photos: Sequence[str]) -> None:
        """Ask for a folder, and copy the files of photos (SHA-256) into it."""
        dialog = QFileDialog(self._shell.widget, tr("Where do the copies go?"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda folder: self._copy_to(Path(folder), tuple(photos)))
        dialog.open()

    def _copy_to(self, folder: Path, photos: tuple[str, ...]) -> None:
        def done(report: CopiesReport) -> None:
            text = counted(len(report.made), "{n} copy saved.", "{n} copies saved.")
            if report.missing:
                gone = counted(len(report.missing), "{n} file is gone.", "{n} files are gone.")
                self._shell.messages.say(f"{text} {gone}", "warn")
            else:
                self._shell.messages.say(text, "good")

        operation = SaveCopies(photos=photos, folder=folder)
        self._shell.services.runner.start(operation, done=done, failed=self._shell.messages.complain)
