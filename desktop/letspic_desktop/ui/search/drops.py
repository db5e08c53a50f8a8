"""What people drop or paste: files, or a picture without a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QImage, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget

from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import set_tone
from letspic_desktop.ui.texts import tr


def local_files(mime: QMimeData) -> list[Path]:
    """Return the files and folders of this machine that something dropped or pasted names."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def named_file(text: str) -> Path | None:
    """Return the file that a typed path names, None where it is something else; a bare name is a word to look for."""
    words = text.strip().strip("'\"")
    if not any(separator in words for separator in ("/", os.sep)):
        return None
    url = QUrl(words)
    try:
        path = Path(url.toLocalFile()) if url.isLocalFile() else Path(words).expanduser()
        return path if path.is_file() else None
    except (OSError, RuntimeError, ValueError):
        # Too long, with a sign that no path has, or of a person who has no home here.
        return None


class SearchField(QLineEdit):
    """Words are looked for in names; a photo dropped, pasted or named by its path here is searched with.

    Signals
    -------
    photo_given
        A file to search with.
    picture_given
        A picture without a file.
    """

    photo_given = Signal(Path)
    picture_given = Signal(QImage)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setPlaceholderText(tr("Search, or drop a photo"))
        self.setAccessibleName(tr("Search: type a name, or drop or paste a photo"))
        self.setClearButtonEnabled(True)
        self.setAcceptDrops(True)
        self.setMinimumWidth(160)
        self.setMaximumWidth(236)
        self.returnPressed.connect(self._entered)
        self._glass = self.addAction(theme.icon("search", "faint"), QLineEdit.ActionPosition.LeadingPosition)
        theme.follow(self, lambda: self._glass.setIcon(theme.icon("search", "faint")))

    def take(self, mime: QMimeData | None) -> bool:
        """Search with what was dropped or pasted (None: an empty clipboard); return whether it was a photo."""
        if mime is None:
            return False
        files = [path for path in local_files(mime) if path.is_file()]
        if files:
            self.photo_given.emit(files[0])
            return True
        if mime.hasImage():
            picture: Any = mime.imageData()
            if isinstance(picture, QImage) and not picture.isNull():
                self.picture_given.emit(picture)
                return True
        return False

    def _entered(self) -> None:
        path = named_file(self.text())
        if path is not None:
            self.clear()
            self.photo_given.emit(path)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """A photo in the clipboard is searched for, words are pasted."""
        if event.matches(QKeySequence.StandardKey.Paste) and self.take(QGuiApplication.clipboard().mimeData()):
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Accept photos."""
        mime = event.mimeData()
        if mime.hasUrls() or mime.hasImage():
            set_tone(self, "true", "over")
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """It goes elsewhere."""
        set_tone(self, "false", "over")
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Search with it."""
        set_tone(self, "false", "over")
        if self.take(event.mimeData()):
            event.acceptProposedAction()
        else:
            super().dropEvent(event)


class DropArea(QWidget):
    """A part of the window that takes files.

    Signals
    -------
    over
        Whether files are held above it.
    files_dropped
        What was dropped, as a list of paths.
    """

    over = Signal(bool)
    files_dropped = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Accept files."""
        if local_files(event.mimeData()):
            self.over.emit(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """They go elsewhere."""
        self.over.emit(False)
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Hand them on."""
        self.over.emit(False)
        self.files_dropped.emit(local_files(event.mimeData()))
        event.acceptProposedAction()
