"""Paints a result: a photo with thumbs up and down, how many are nearly the same, and pictures from devices."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QListView

from letspic_desktop.ui.grid.device_thumbnails import DeviceThumbnails
from letspic_desktop.ui.grid.paint import Look, PhotoPainter, picture_area
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.services import Services

Spot = Literal["good", "bad", "alike"]

_RADIUS: Final = 9.0
_THUMB: Final = 11.0
_DARK: Final = QColor(10, 12, 18, 190)
_GOOD: Final = QColor(22, 101, 52, 235)
_BAD: Final = QColor(176, 32, 32, 235)
_SMALL: Final = 130


class ResultPainter(PhotoPainter):
    """A photo of the library is painted as everywhere; what a result has beside that comes on top.

    Parameters
    ----------
    devices
        Where the pictures of photos on devices come from.
    """

    def __init__(self, view: QListView, services: Services, devices: DeviceThumbnails) -> None:
        super().__init__(view, services.theme, services.thumbnails)
        self._list = view
        self._look = services.theme
        self._devices = devices

    def paint(self, painter: QPainter, cell: QRect, row: PhotoRow, look: Look) -> None:
        """Paint a result, or its place while its picture is on its way."""
        area = picture_area(cell)
        if row.where:
            self._elsewhere(painter, area, row, look)
        else:
            super().paint(painter, cell, row, look)
            for spot, icon, mark, ground in (("good", "thumb_up", True, _GOOD), ("bad", "thumb_down", False, _BAD)):
                if look.hovered or row.mark is mark:
                    self._round(painter, _spot(area, spot).center(), icon, ground if row.mark is mark else _DARK)
        if row.alike:
            self._word(painter, _spot(area, "alike"), f"+{row.alike}")

    def _elsewhere(self, painter: QPainter, area: QRectF, row: PhotoRow, look: Look) -> None:
        """Paint a photo that lives on a device: its small picture where its owner shares it, else where it is."""
        if look.selected or look.focused:
            painter.setPen(QPen(self._look.color("accent" if look.selected else "strong"), 3 if look.selected else 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(-2.5, -2.5, 2.5, 2.5), _RADIUS + 2, _RADIUS + 2)
        photo = row.key if isinstance(row.key, str) else ""
        pixmap = self._devices.pixmap(row.device, photo) if row.device else None
        if pixmap is not None:
            painter.drawPixmap(area, pixmap, QRectF(pixmap.rect()))
            self._round(painter, QPointF(area.right() - 17, area.top() + 17), "device", _DARK)
        else:
            self._words(painter, area, self._devices.why(row.device, photo) or row.where)
        if row.badge:
            width = self._width(painter, row.badge)
            self._word(painter, QRectF(area.right() - width - 6, area.bottom() - 27, width, 21), row.badge)

    def _words(self, painter: QPainter, area: QRectF, words: str) -> None:
        painter.fillPath(_rounded(area), self._look.color("track"))
        small = area.height() < _SMALL
        icon = 14 if small else 24
        top = area.top() + (0.05 if small else 0.1) * area.height()
        painter.drawPixmap(QPointF(area.center().x() - icon / 2, top), self._look.pixmap("device", "faint", icon))
        font = QFont(self._list.font())
        font.setPixelSize(self._look.pixels(10 if small else 11))
        painter.setFont(font)
        painter.setPen(self._look.color("muted"))
        place = QRectF(area.left() + 4, top + icon + 3, area.width() - 8, area.bottom() - top - icon - 31)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(place, int(flags), words)

    def _word(self, painter: QPainter, place: QRectF, text: str) -> None:
        place = QRectF(place.left(), place.top(), max(self._width(painter, text), place.width()), place.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_DARK)
        painter.drawRoundedRect(place, 10.5, 10.5)
        painter.setPen(QColor("white"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _width(self, painter: QPainter, text: str) -> float:
        font = QFont(self._list.font())
        font.setPixelSize(self._look.pixels(11))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        return painter.fontMetrics().horizontalAdvance(text) + 16.0

    def _round(self, painter: QPainter, centre: QPointF, icon: str, ground: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawEllipse(centre, _THUMB, _THUMB)
        painter.drawPixmap(centre - QPointF(7, 7), self._look.glyph(icon, "#ffffff", 14))


def spot_at(point: QPointF, cell: QRect, row: PhotoRow) -> Spot | None:
    """Return the spot of a result that a point of its list is on."""
    spots: list[Spot] = [] if row.where else ["good", "bad"]
    if row.alike:
        spots.append("alike")
    return next((spot for spot in spots if _spot(picture_area(cell), spot).contains(point)), None)


def _spot(area: QRectF, spot: str) -> QRectF:
    if spot == "alike":
        return QRectF(area.left() + 6, area.bottom() - 27, 34, 21)
    centre = QPointF(area.right() - (43 if spot == "good" else 17), area.top() + 17)
    return QRectF(centre.x() - 13, centre.y() - 13, 26, 26)


def _rounded(area: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(area, _RADIUS, _RADIUS)
    return path
