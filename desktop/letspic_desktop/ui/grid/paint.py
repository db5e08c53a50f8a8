"""How a photo of the grid and the heading of a section look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QListView

from letspic_desktop.ui.grid.device_thumbnails import DeviceThumbnails
from letspic_desktop.ui.grid.layout import Area, GridLayout, GridSection
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.grid.thumbnails import ThumbnailLoader
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.texts import counted

GAP: Final = 5
STARS: Final = 5
_RADIUS: Final = 9.0
_DARK: Final = QColor(10, 12, 18, 190)
_GOOD: Final = QColor(22, 101, 52, 230)
_LIT: Final = QColor(255, 255, 255, 28)
_SIGN: Final = 15
_PILL: Final = 21


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What a grid shows just now, in pixels of the whole grid.

    Attributes
    ----------
    across, down
        How far it is scrolled.
    mouse
        Where the mouse is.
    band
        The rectangle that selects.
    gap
        Before which photo dragged ones would be put.
    """

    rows: Sequence[PhotoRow]
    layout: GridLayout
    sections: Sequence[GridSection]
    across: int
    down: int
    mouse: QPoint | None
    band: QRect | None
    gap: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """How a photo is just now."""

    selected: bool = False
    focused: bool = False
    hovered: bool = False


def picture_area(cell: QRect) -> QRectF:
    """Return where the picture is in a cell."""
    side = min(cell.width(), cell.height()) - 2 * GAP
    return QRectF(cell.left() + GAP, cell.top() + GAP, side, side)


def signs_area(area: QRectF) -> QRectF:
    """Return where the heart and the stars of a picture are."""
    return QRectF(area.left() + 6, area.bottom() - _PILL - 6, (STARS + 1) * _SIGN + 10, _PILL)


def sign_at(area: QRectF, at: QPointF) -> int | None:
    """Return which sign of a picture is at a point: 0 is the heart, 1 to 5 are the stars, None is nothing."""
    signs = signs_area(area)
    if not signs.contains(at):
        return None
    return max(0, min(STARS, int((at.x() - signs.left() - 5) / _SIGN)))


class PhotoPainter:
    """Paints photos: picture, selection, signs, badge, and where they live.

    Parameters
    ----------
    view
        On which it paints.
    away
        Where the pictures of photos on devices come from; none of them is shown where None.
    """

    def __init__(
        self, view: QListView, theme: Theme, thumbnails: ThumbnailLoader, away: DeviceThumbnails | None = None
    ) -> None:
        self._view = view
        self._away = away
        self._theme = theme
        self._thumbnails = thumbnails
        self._pills: dict[tuple[object, ...], QPixmap] = {}

    def forget(self) -> None:
        """Draw again what depends on the look."""
        self._pills.clear()

    def paint_scene(self, scene: Scene) -> None:
        """Paint everything that is on the screen."""
        viewport, layout = self._view.viewport(), scene.layout
        painter = QPainter(viewport)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(self._view.font())
        screen = Area(scene.across, scene.down, viewport.width(), viewport.height())
        hovered = None if scene.mouse is None else layout.at(scene.mouse.x(), scene.mouse.y(), margin=GAP)
        painter.translate(-scene.across, -scene.down)
        self._photos(painter, scene, screen, hovered)
        self._headings(painter, scene, screen)
        if scene.gap is not None and layout.count:
            self._gap(painter, layout, scene.gap)
        if scene.band is not None:
            self._band(painter, scene.band)
        painter.end()

    def paint(self, painter: QPainter, cell: QRect, row: PhotoRow, look: Look) -> None:
        """Paint a photo, or its place while it is on its way."""
        area = picture_area(cell)
        if look.selected or look.focused:
            painter.setPen(QPen(self._theme.color("accent" if look.selected else "strong"), 3 if look.selected else 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(-2.5, -2.5, 2.5, 2.5), _RADIUS + 2, _RADIUS + 2)
        self._picture(painter, area, row)
        if look.hovered:
            painter.fillPath(_rounded(area), _LIT)
        if row.badge:
            self._badge(painter, area, row)
        elif row.signs and (look.hovered or row.rating or row.favourite):
            self._signs(painter, area, row, whole=look.hovered)
        corner = QPointF(area.right() - 16, area.top() + 16)
        for icon in _marks(row):
            self._mark(painter, corner, icon, _DARK, "#ffffff")
            corner -= QPointF(24, 0)
        if look.selected:
            self._mark(
                painter,
                area.topLeft() + QPointF(17, 17),
                "check",
                self._theme.color("accent"),
                self._theme.tokens["on_accent"],
            )

    def heading(self, painter: QPainter, area: QRect, title: str, about: str, floating: bool) -> None:
        """Paint the heading of a section; a floating one stays at the top while its photos go by."""
        if floating:
            ground = self._theme.color("bg")
            ground.setAlpha(238)
            painter.fillRect(area, ground)
        font = QFont(self._view.font())
        font.setPixelSize(self._theme.pixels(14))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(self._theme.color("text"))
        left = area.adjusted(GAP, 2, -GAP, 0)
        words = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, left.width() - 90)
        painter.drawText(left, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        width = painter.fontMetrics().horizontalAdvance(words)
        font.setPixelSize(self._theme.pixels(12))
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(self._theme.color("muted"))
        beside = left.adjusted(width + 10, 1, 0, 0)
        painter.drawText(beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, about)

    def _photos(self, painter: QPainter, scene: Scene, screen: Area, hovered: int | None) -> None:
        model, selection, layout = self._view.model(), self._view.selectionModel(), scene.layout
        current = self._view.currentIndex().row() if self._view.hasFocus() else -1
        anything = selection.hasSelection()
        for line in layout.lines_in(screen):
            for number in line:
                area = layout.cell(number)
                selected = anything and selection.isSelected(model.index(number, 0))
                look = Look(selected, number == current, number == hovered)
                cell = QRect(area.left, area.top, area.width, area.height)
                self.paint(painter, cell, scene.rows[number], look)

    def _headings(self, painter: QPainter, scene: Scene, screen: Area) -> None:
        layout = scene.layout
        if not layout.headings:
            return
        for number in range(layout.section_at(screen.top), layout.sections):
            area, section = layout.heading(number), scene.sections[number]
            top = area.top
            if top >= screen.bottom:
                return
            floats = top < screen.top
            if floats:
                # Pushed out by the next section.
                top = min(screen.top, layout.bottom_of(number) - area.height)
            place = QRect(area.left, top, screen.width, area.height)
            self.heading(painter, place, section.title, counted(section.count, "{n} photo", "{n} photos"), floats)

    def _gap(self, painter: QPainter, layout: GridLayout, gap: int) -> None:
        """Paint a line where dragged photos would be put."""
        behind = gap == layout.count
        cell = layout.cell(gap - 1 if behind else gap)
        x = cell.left + (cell.width if behind else 0)
        painter.fillRect(QRect(max(0, x - 1), cell.top + GAP, 3, cell.height - 2 * GAP), self._theme.color("accent"))

    def _band(self, painter: QPainter, band: QRect) -> None:
        inside = self._theme.color("accent")
        inside.setAlpha(40)
        painter.setPen(QPen(self._theme.color("accent"), 1))
        painter.setBrush(inside)
        painter.drawRect(band)

    def _picture(self, painter: QPainter, area: QRectF, row: PhotoRow) -> None:
        pixmap, failed = self._found(row) if row.known else (None, False)
        if pixmap is not None:
            painter.drawPixmap(area, pixmap, QRectF(pixmap.rect()))
            return
        painter.fillPath(_rounded(area), self._theme.color("track"))
        if failed:
            icon = self._theme.pixmap("device" if row.where else "missing", "faint", 28)
            painter.drawPixmap(area.center() - QPointF(14, 14), icon)
            painter.setPen(self._theme.color("muted"))
            painter.setFont(self._view.font())
            words = painter.fontMetrics().elidedText(
                row.where or row.name, Qt.TextElideMode.ElideMiddle, int(area.width()) - 16
            )
            below = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            painter.drawText(area.adjusted(8, area.height() / 2 + 20, -8, 0), below, words)

    def _found(self, row: PhotoRow) -> tuple[QPixmap | None, bool]:
        """Return the picture of a photo, and whether there is none to be had."""
        if row.device and self._away is not None and isinstance(row.key, str):
            return self._away.pixmap(row.device, row.key), bool(self._away.why(row.device, row.key))
        return self._thumbnails.pixmap(row.key, row.revision), self._thumbnails.failed(row.key, row.revision)

    def _badge(self, painter: QPainter, area: QRectF, row: PhotoRow) -> None:
        font = QFont(painter.font())
        font.setPixelSize(self._theme.pixels(11))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(row.badge) + 16
        place = QRectF(area.right() - width - 6, area.bottom() - 27, width, 21)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_GOOD if row.good else _DARK)
        painter.drawRoundedRect(place, 10.5, 10.5)
        painter.setPen(QColor("white"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, row.badge)

    def _signs(self, painter: QPainter, area: QRectF, row: PhotoRow, *, whole: bool) -> None:
        """Paint the heart and the stars: all of them under the mouse, where a click sets them, else those set."""
        ratio = self._view.devicePixelRatioF()
        key = (row.rating, row.favourite, whole, ratio)
        if key not in self._pills:
            self._pills[key] = self._pill(row.rating, row.favourite, whole=whole, ratio=ratio)
        painter.drawPixmap(signs_area(area).topLeft(), self._pills[key])

    def _pill(self, rating: int, favourite: bool, *, whole: bool, ratio: float) -> QPixmap:
        signs = [("heart-full" if favourite else "heart", "#ff6b81" if favourite else "#ffffff")]
        signs += [("star-full", "#ffd166") if star < rating else ("star", "#ffffff") for star in range(STARS)]
        if not whole:
            signs = [sign for sign in signs if sign[0].endswith("-full")]
        width = len(signs) * _SIGN + 10
        pixmap = QPixmap(round(width * ratio), round(_PILL * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_DARK)
        painter.drawRoundedRect(QRectF(0, 0, width, _PILL), _PILL / 2, _PILL / 2)
        for number, (icon, color) in enumerate(signs):
            painter.drawPixmap(QPointF(5 + number * _SIGN + 1, 4), self._theme.glyph(icon, color, 13))
        painter.end()
        return pixmap

    def _mark(self, painter: QPainter, centre: QPointF, icon: str, ground: QColor, color: str) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawEllipse(centre, 10, 10)
        painter.drawPixmap(centre - QPointF(7, 7), self._theme.glyph(icon, color, 14))


def _marks(row: PhotoRow) -> list[str]:
    """Return the icons that say what is special about a photo."""
    marks = [("device", row.where), ("missing", row.missing), ("warning", row.needs), ("rotate", row.revision)]
    return [icon for icon, wanted in marks if wanted]


def _rounded(area: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(area, _RADIUS, _RADIUS)
    return path
