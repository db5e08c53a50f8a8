"""Paints the photo of the viewer, and takes what hands do on it: wheel, drag, pinch, double click."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from letspic_desktop.ui.viewer.pictures import Picture
from letspic_desktop.ui.viewer.region import Region
from letspic_desktop.ui.viewer.region_tool import RegionTool
from letspic_desktop.ui.viewer.view import STEP, Point, View

GROUND: Final = QColor(13, 14, 18)
_WORDS: Final = QColor(236, 238, 243)
_NOTE_GROUND: Final = QColor(10, 12, 18, 210)
_WHEEL_STEP: Final = 120
# Qt paints pictures wider or higher than this wrongly: of those, the part that is seen is copied first.
_WIDEST: Final = 16_000
# From this zoom on, each pixel is shown as a square.
_SQUARES_FROM: Final = 4.0
_KEY_WAY: Final = 0.15


class Canvas(QWidget):
    """Shows one picture.

    Signals
    -------
    view_changed
        It was zoomed or moved.
    woke
        There are hands on it.
    resized
        It has another size.
    """

    view_changed = Signal()
    resized = Signal()
    woke = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.view = View()
        self.picture: Picture | None = None
        self._stand_in: QPixmap | None = None
        self._note = ""
        self._grip: QPointF | None = None
        self.region_tool = RegionTool(self)

    @property
    def note(self) -> str:
        """The sentence on the picture."""
        return self._note

    def show_picture(self, picture: Picture, *, same: bool) -> None:
        """Show a picture; ``same`` keeps zoom and place, for it is a better one of the same photo."""
        size = float(picture.width), float(picture.height)
        self.picture, self._stand_in = picture, None
        if not same:
            self.region_tool.end()
            self._set(View(picture=size, room=self._room(), ratio=self.devicePixelRatioF()))
        elif size != self.view.picture:
            kept = self.view
            self._set(View(picture=size, room=kept.room, ratio=kept.ratio))
        else:
            self.update()
            self.view_changed.emit()

    def show_nothing(self, note: str, stand_in: QPixmap | None = None) -> None:
        """Say why there is no photo; ``stand_in`` is a small picture of it."""
        self.picture, self._stand_in = None, stand_in
        self.region_tool.end()
        self._set(View(room=self._room(), ratio=self.devicePixelRatioF()))
        self.say(note)

    def say(self, note: str) -> None:
        """Show a sentence on the picture; none where it is empty."""
        self._note = note
        self.update()

    def choose_region(self) -> None:
        """Let the person choose a part of the photo."""
        if self.picture is not None:
            self.region_tool.begin()
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def region(self) -> Region | None:
        """The part that is being chosen."""
        return self.region_tool.region

    def zoom_by(self, factor: float, point: Point | None = None) -> None:
        """Zoom in or out, about a point where one is given."""
        if self.picture is not None:
            self._set(self.view.zoomed_to(self.view.zoomed * factor, point))

    def zoom_to(self, zoom: float | None, point: Point | None = None) -> None:
        """Show each pixel of the photo as so many of the screen; None shows the whole photo."""
        if self.picture is not None:
            self._set(self.view.fitted() if zoom is None else self.view.zoomed_to(zoom, point))

    def move_by(self, right: float, down: float) -> None:
        """Move the picture, by shares of the room."""
        self._set(self.view.moved(right * self.width() * _KEY_WAY, down * self.height() * _KEY_WAY))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """While a part is chosen, the keys move it."""
        self.woke.emit()
        if not self.region_tool.key(event):
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom where the cursor is; a touchpad's sideways way goes to the neighbours by a click only."""
        self.woke.emit()
        steps = event.angleDelta().y() / _WHEEL_STEP
        if steps:
            self.zoom_by(STEP**steps, (event.position().x(), event.position().y()))
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Two fingers on a touchpad zoom; a screen of another resolution shows other pixels."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_by(1 + event.value(), (event.position().x(), event.position().y()))
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # While a part is chosen, its keys are not those of the viewer.
            if self.region_tool.takes(event):
                event.accept()
                return True
        elif event.type() == QEvent.Type.DevicePixelRatioChange:
            self._set(self._in_room())
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold of the picture."""
        self.woke.emit()
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
        elif not self.region_tool.press(event.position()) and self.view.movable:
            self._grip = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Drag the picture."""
        self.woke.emit()
        if self.region_tool.move(event.position(), held=bool(event.buttons() & Qt.MouseButton.LeftButton)):
            return
        if self._grip is not None:
            way = event.position() - self._grip
            self._grip = event.position()
            self._set(self.view.moved(way.x(), way.y()))
        else:
            self._show_cursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = None
            self.region_tool.release()
            self._show_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """From the whole photo to its pixels, and back."""
        if event.button() == Qt.MouseButton.LeftButton and self.region is None:
            at = event.position()
            self.zoom_to(1.0 if self.view.zoom is None else None, (at.x(), at.y()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fit into the new room."""
        super().resizeEvent(event)
        self._set(self._in_room())
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint what is seen of the photo."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), GROUND)
        if self.picture is not None:
            self._paint_picture(painter, self.picture)
            self.region_tool.paint(painter)
        elif self._stand_in is not None:
            self._paint_stand_in(painter, self._stand_in)
        if self._note:
            self._paint_note(painter, self._note)
        painter.end()

    def photo_area(self) -> QRectF:
        """Return where the whole photo is."""
        return QRectF(*self.view.area())

    def _paint_picture(self, painter: QPainter, picture: Picture) -> None:
        area = self.photo_area()
        seen = area.intersected(QRectF(self.rect()))
        if seen.isEmpty():
            return
        level = picture.level(self.view.zoomed)
        across, down = area.width() / level.width(), area.height() / level.height()
        # Whole pixels of the picture, some of them partly out of sight, so that nothing is painted shifted.
        source = QRectF(
            (seen.left() - area.left()) / across,
            (seen.top() - area.top()) / down,
            seen.width() / across,
            seen.height() / down,
        ).toAlignedRect()
        source = source.adjusted(-1, -1, 1, 1).intersected(level.rect())
        target = QRectF(
            area.left() + source.left() * across,
            area.top() + source.top() * down,
            source.width() * across,
            source.height() * down,
        )
        smooth = self.view.zoomed < _SQUARES_FROM or not picture.sharp
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        if max(level.width(), level.height()) > _WIDEST:
            level, source = level.copy(source), level.rect().intersected(source.translated(-source.topLeft()))
        painter.drawImage(target, level, QRectF(source))

    def _paint_stand_in(self, painter: QPainter, pixmap: QPixmap) -> None:
        size = pixmap.deviceIndependentSize()
        corner = QPointF(self.width() / 2 - size.width() / 2, self.height() / 2 - size.height() / 2 - 30)
        painter.drawPixmap(QRectF(corner, size), pixmap, QRectF(pixmap.rect()))

    def _paint_note(self, painter: QPainter, note: str) -> None:
        room = self.rect().adjusted(40, 40, -40, -40)
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        needed = painter.boundingRect(room, flags, note)
        empty = self.picture is None and self._stand_in is None
        top = room.center().y() - needed.height() // 2 if empty else self.height() - needed.height() - 96
        needed.moveTop(max(10, top))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_NOTE_GROUND)
        painter.drawRoundedRect(needed.adjusted(-16, -10, 16, 10), 10, 10)
        painter.setPen(_WORDS)
        painter.drawText(needed, flags, note)

    def _set(self, view: View) -> None:
        self.view = view
        self.update()
        self.view_changed.emit()

    def _in_room(self) -> View:
        old = self.view
        return View(
            picture=old.picture,
            room=self._room(),
            ratio=self.devicePixelRatioF(),
            zoom=old.zoom,
            centre=old.centre,
        )

    def _room(self) -> tuple[float, float]:
        return float(max(1, self.width())), float(max(1, self.height()))

    def _show_cursor(self) -> None:
        self.setCursor(Qt.CursorShape.OpenHandCursor if self.view.movable else Qt.CursorShape.ArrowCursor)
