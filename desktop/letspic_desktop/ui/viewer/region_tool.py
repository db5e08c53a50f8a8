"""The rubber band on the photo: choosing a part of it with the mouse or with the keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen

from letspic_desktop.ui.viewer.region import HANDLES, STEP, Handle, Region, between

if TYPE_CHECKING:
    from letspic_desktop.ui.viewer.canvas import Canvas

_SHADE: Final = QColor(8, 9, 13, 150)
_EDGE: Final = QColor(255, 255, 255)
_HANDLE: Final = 5.0
_REACH: Final = 12.0
_WAYS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_CURSORS: Final = {
    (-1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (-1, 1): Qt.CursorShape.SizeBDiagCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (-1, 0): Qt.CursorShape.SizeHorCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
}


class RegionTool(QObject):
    """Holds the part that is chosen on a canvas.

    Signals
    -------
    changed
        It begins, ends, or is another part.
    taken
        The person wants to search with it.
    """

    changed = Signal()
    taken = Signal()

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._region: Region | None = None
        self._handle: Handle | None = None
        self._start: tuple[float, float] | None = None
        self._last: tuple[float, float] | None = None

    @property
    def region(self) -> Region | None:
        """The part; None while none is chosen."""
        return self._region

    def begin(self) -> None:
        """Offer the middle of the photo."""
        self._set(Region())

    def end(self) -> None:
        """Choose no longer."""
        if self._region is not None:
            self.release()
            self._set(None)

    def key(self, event: QKeyEvent) -> bool:
        """Move (arrows), resize (Shift), take (Enter) or give up (Escape); return whether the key was for it."""
        region, key = self._region, event.key()
        if region is None or not self.takes(event):
            return False
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.taken.emit()
        elif key == Qt.Key.Key_Escape:
            self.end()
        else:
            across, down = (way * STEP for way in _WAYS[Qt.Key(key)])
            larger = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._set(region.grown(across, down) if larger else region.moved(across, down))
        return True

    def takes(self, event: QKeyEvent) -> bool:
        """Whether a key is for it."""
        ours = event.key() in _WAYS or event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        return self._region is not None and ours

    def press(self, point: QPointF) -> bool:
        """Take hold of a handle or of the part, or begin another one; return whether the mouse is for it."""
        region = self._region
        if region is None:
            return False
        self._last = self._at(point)
        self._handle = region.handle_at(*self._last, self._reach())
        if self._handle is None and not region.holds(*self._last):
            self._start = self._last
        return True

    def move(self, point: QPointF, *, held: bool) -> bool:
        """Follow the mouse; return whether it is for the part."""
        region = self._region
        if region is None:
            return False
        at = self._at(point)
        if not held or self._last is None:
            self._show_cursor(region, at)
            return True
        across, down = at[0] - self._last[0], at[1] - self._last[1]
        if self._start is not None:
            self._set(between(self._start, at))
        elif self._handle is not None:
            self._set(region.dragged(self._handle, across, down))
        else:
            self._set(region.moved(across, down))
        self._last = at
        return True

    def release(self) -> None:
        """Let go."""
        self._handle = self._start = self._last = None

    def paint(self, painter: QPainter) -> None:
        """Paint everything else darker, the edge, and the handles."""
        if self._region is None:
            return
        photo, part = self._canvas.photo_area(), self.area()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        around = QPainterPath()
        around.addRect(photo)
        around.addRect(part)
        painter.fillPath(around, _SHADE)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_EDGE, 1.5))
        painter.drawRect(part)
        painter.setPen(QPen(QColor(10, 12, 18, 160), 1))
        painter.setBrush(_EDGE)
        for handle in HANDLES:
            across, down = self._region.place(handle)
            middle = QPointF(photo.left() + across * photo.width(), photo.top() + down * photo.height())
            painter.drawEllipse(middle, _HANDLE, _HANDLE)

    def area(self) -> QRectF:
        """Return where the part is on the canvas."""
        photo, region = self._canvas.photo_area(), self._region or Region()
        return QRectF(
            photo.left() + region.left * photo.width(),
            photo.top() + region.top * photo.height(),
            region.width * photo.width(),
            region.height * photo.height(),
        )

    def _set(self, region: Region | None) -> None:
        self._region = region
        self._canvas.update()
        self.changed.emit()

    def _at(self, point: QPointF) -> tuple[float, float]:
        return self._canvas.view.at((point.x(), point.y()))

    def _reach(self) -> tuple[float, float]:
        photo = self._canvas.photo_area()
        return _REACH / photo.width(), _REACH / photo.height()

    def _show_cursor(self, region: Region, at: tuple[float, float]) -> None:
        handle = region.handle_at(*at, self._reach())
        inside = Qt.CursorShape.SizeAllCursor if region.holds(*at) else Qt.CursorShape.CrossCursor
        self._canvas.setCursor(_CURSORS[handle] if handle is not None else inside)
