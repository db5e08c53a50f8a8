"""One photo in full, with its neighbours under the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QCloseEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from letspic_desktop.application import Application
from letspic_desktop.progress import Progress
from letspic_desktop.ui.photo_model import PhotoRow
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import sentence, tr
from letspic_desktop.ui.thumbnails import Key
from letspic_shared.errors import KnownError
from letspic_shared.photo import load_oriented

_LONGEST: Final = 2560
_BYTES_A_PIXEL: Final = 3


@dataclass(frozen=True, kw_only=True)
class LoadPicture:
    """Decode a photo as large as a screen can show it."""

    key: Key

    def run(self, app: Application, progress: Progress) -> QImage:
        """Decode it; a QImage may be made in any thread."""
        progress.check()
        source = self.key if isinstance(self.key, Path) else app.catalog.photos.source(self.key)
        picture = load_oriented(source, max_side=_LONGEST)
        width, height = picture.size
        data = picture.tobytes()
        return QImage(data, width, height, _BYTES_A_PIXEL * width, QImage.Format.Format_RGB888).copy()


class Viewer(QWidget):
    """A window of its own: arrows go on, Escape closes it."""

    def __init__(self, parent: QWidget, services: Services, rows: Sequence[PhotoRow], number: int) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._services = services
        self._rows = rows
        self._number = number
        self._pixmap: QPixmap | None = None
        self._message = ""
        self._open = True
        self.resize(1000, 720)
        self._load()

    @property
    def shows_picture(self) -> bool:
        """Whether the photo is there."""
        return self._pixmap is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Go on, go back, close."""
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Space: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Backspace: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in steps:
            self._go(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The left third goes back, the right third goes on."""
        share = event.position().x() / max(1, self.width())
        if share < 1 / 3:
            self._go(-1)
        elif share > 2 / 3:
            self._go(1)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the photo as large as it fits."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._pixmap is not None:
            ratio = self.devicePixelRatioF()
            size = self._pixmap.size().toSizeF() / ratio
            room = self.size().toSizeF()
            if size.width() > room.width() or size.height() > room.height():
                size = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
            corner = self.rect().toRectF().center()
            area = QRectF(corner.x() - size.width() / 2, corner.y() - size.height() / 2, size.width(), size.height())
            painter.drawPixmap(area, self._pixmap, QRectF(self._pixmap.rect()))
        elif self._message:
            painter.setPen(Qt.GlobalColor.white)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._message)
        painter.end()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Late pictures are for nobody."""
        del event
        self._open = False

    def _go(self, step: int) -> None:
        wanted = self._number + step
        if 0 <= wanted < len(self._rows):
            self._number = wanted
            self._load()

    def _load(self) -> None:
        row = self._rows[self._number]
        place = tr("{n} of {all}", n=self._number + 1, all=len(self._rows))
        self.setWindowTitle(f"{row.name} · {place}")
        self.setAccessibleName(row.name)

        def show(image: QImage) -> None:
            if self._open and self._rows[self._number] is row:
                self._pixmap, self._message = QPixmap.fromImage(image), ""
                self.update()

        def fail(error: KnownError) -> None:
            if self._open and self._rows[self._number] is row:
                self._pixmap, self._message = None, row.where or sentence(error)
                self.update()

        self._services.runner.start(LoadPicture(key=row.key), done=show, failed=fail)
