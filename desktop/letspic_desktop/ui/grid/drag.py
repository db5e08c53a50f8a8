"""Photos that are dragged out of the grid, or to another place within an album."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMimeData, QPoint, QRectF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QDrag,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QPainter,
    QPixmap,
)

from letspic_desktop.ui.grid.photo_drag import drag_data, photos_of
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.grid.thumbnails import ThumbnailLoader
from letspic_desktop.ui.texts import number

if TYPE_CHECKING:
    from letspic_desktop.ui.grid.photo_grid import PhotoGrid

_PICTURE: Final = 84
# Other programs take copies of files; a list of all of a large library would only keep them waiting.
_MOST_FILES: Final = 2000


class GridDrag:
    """Begins drags of the selected photos, and takes drops where the photos have an order of a person.

    Attributes
    ----------
    gap
        Before which photo a drop would put them, None while nothing is dragged over the grid.
    """

    def __init__(self, grid: PhotoGrid, thumbnails: ThumbnailLoader) -> None:
        self._grid = grid
        self._thumbnails = thumbnails
        self._move: Callable[[tuple[str, ...], str | None], None] | None = None
        self.gap: int | None = None

    def let_move(self, move: Callable[[tuple[str, ...], str | None], None] | None) -> None:
        """Call ``move`` with photos and the one before which they were dropped; None takes no drops."""
        self._move = move
        self._grid.setAcceptDrops(move is not None)
        self._grid.viewport().setAcceptDrops(move is not None)

    def data(self) -> QMimeData | None:
        """Return what a drag of the selected photos carries: they themselves, and files for other programs."""
        rows = self._rows()
        if not rows:
            return None
        mime = drag_data(str(row.key) for row in rows)
        files = [row.file for row in rows if row.file and not row.missing][:_MOST_FILES]
        if files:
            mime.setUrls([QUrl.fromLocalFile(file) for file in files])
        return mime

    def start(self) -> None:
        """Drag the selected photos of the library."""
        rows, mime = self._rows(), self.data()
        if mime is None:
            return
        drag = QDrag(self._grid)
        drag.setMimeData(mime)
        drag.setPixmap(self._picture(self._thumbnails.pixmap(rows[0].key, rows[0].revision), len(rows)))
        drag.setHotSpot(QPoint(_PICTURE // 2, _PICTURE // 2))
        drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction, Qt.DropAction.CopyAction)

    def enter(self, event: QDragEnterEvent) -> None:
        """Accept photos of this album."""
        if self._takes(event):
            event.acceptProposedAction()
        else:
            event.ignore()

    def move(self, event: QDragMoveEvent) -> None:
        """Show where they would be put; near an edge, scroll."""
        if not self._takes(event):
            event.ignore()
            return
        at, bar = event.position().toPoint(), self._grid.verticalScrollBar()
        edge, height = 36, self._grid.viewport().height()
        if at.y() < edge or at.y() > height - edge:
            bar.setValue(bar.value() + (-edge if at.y() < edge else edge))
        self.gap = self._grid.gap_at(at)
        self._grid.viewport().update()
        event.acceptProposedAction()

    def leave(self) -> None:
        """They went elsewhere."""
        self.gap = None
        self._grid.viewport().update()

    def drop(self, event: QDropEvent) -> None:
        """Put them before the photo at the gap."""
        photos, keys = photos_of(event.mimeData()), self._grid.photos.rows
        gap = self._grid.gap_at(event.position().toPoint())
        self.leave()
        if self._move is None or not photos:
            event.ignore()
            return
        moved = set(photos)
        behind = (str(keys[number].key) for number in range(gap, len(keys)))
        self._move(photos, next((key for key in behind if key not in moved), None))
        event.acceptProposedAction()

    def _rows(self) -> list[PhotoRow]:
        return [row for row in self._grid.chosen_rows if isinstance(row.key, str) and not row.where]

    def _takes(self, event: QDropEvent) -> bool:
        return self._move is not None and event.source() is self._grid and bool(photos_of(event.mimeData()))

    def _picture(self, photo: QPixmap | None, count: int) -> QPixmap:
        """Return what hangs at the mouse: the first photo, and how many they are."""
        ratio = self._grid.devicePixelRatioF()
        picture = QPixmap(round(_PICTURE * ratio), round(_PICTURE * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(4, 4, _PICTURE - 8, _PICTURE - 8)
        if photo is not None:
            painter.drawPixmap(area, photo, QRectF(photo.rect()))
        if count > 1:
            font = QFont(self._grid.font())
            font.setPixelSize(12)
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            width = max(22, painter.fontMetrics().horizontalAdvance(number(count)) + 12)
            pill = QRectF(_PICTURE - width, _PICTURE - 22, width, 22)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(79, 82, 217))
            painter.drawRoundedRect(pill, 11, 11)
            painter.setPen(QColor("white"))
            painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, number(count))
        painter.end()
        return picture
