"""The ring and the line charts of the fine-tuning panel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.texts import percent, tr

Points = Sequence[tuple[int, float]]
# Colours of the devices' lines; more devices than that share one faint colour, or nobody could tell them apart.
DEVICE_TOKENS: Final = ("line1", "line2", "line3", "line4", "line5")
_STEPS: Final = 4
# Losses of a good start are tiny; shown on a scale of their own they would look like noise that matters.
_LEAST_TOP: Final = 0.1
_LEFT_ROOM: Final = 40
_BOTTOM_ROOM: Final = 24
_MOST_DRAWN: Final = 300
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Ring(QWidget):
    """A share as a ring with its per cent inside."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share = 0.0
        self._faint = False
        self.setFixedSize(76, 76)
        theme.follow(self, self.update)
        self.show_share(0.0)

    @property
    def share(self) -> float:
        """What it shows, 0..1."""
        return self._share

    def show_share(self, share: float, *, faint: bool = False) -> None:
        """Show a share, 0..1; ``faint`` where it does not grow now."""
        self._share, self._faint = share, faint
        self.setAccessibleName(tr("{share} done", share=percent(share)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint it."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(5, 5, -5, -5)
        painter.setPen(QPen(self._theme.color("track"), 7))
        painter.drawEllipse(area)
        if self._share > 0:
            color = self._theme.color("faint" if self._faint else "accent")
            painter.setPen(QPen(color, 7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawArc(area, 90 * 16, round(-360 * 16 * self._share))
        font = QFont(self.font())
        font.setPixelSize(16)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(self._theme.color("text"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, percent(self._share))
        painter.end()


class LossChart(QWidget):
    """Mean loss by round: of all photos, and a thin line for each device."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._losses: Points = ()
        self._devices: Mapping[str, Points] = {}
        self._rounds = 1
        self.setMinimumHeight(168)
        self.setAccessibleName(tr("Loss by round"))
        theme.follow(self, self.update)

    def show_points(self, losses: Points, devices: Mapping[str, Points], rounds: int) -> None:
        """Show the figures of the rounds so far, out of ``rounds``."""
        self._losses, self._devices, self._rounds = losses, devices, max(1, rounds)
        if losses:
            text = tr("Loss {loss} in round {n} of {all}", loss=f"{losses[-1][1]:.2f}", n=losses[-1][0], all=rounds)
            self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint it."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        field = QRectF(_LEFT_ROOM, 8, self.width() - _LEFT_ROOM - 12, self.height() - 8 - _BOTTOM_ROOM)
        highest = max((loss for line in (self._losses, *self._devices.values()) for _, loss in line), default=1.0)
        top = nice_top(max(_LEAST_TOP, highest))
        digits = max(0, 1 - math.floor(math.log10(top / _STEPS)))
        steps = [step / _STEPS for step in range(_STEPS + 1)]
        _scale(painter, self, self._theme, field, [(step, f"{top * step:.{digits}f}") for step in steps])
        _rounds(painter, self._theme, field, self._rounds)
        for token, points in zip(device_tokens(len(self._devices)), self._devices.values(), strict=True):
            places = _places([(n, loss / top) for n, loss in thinned(points)], field, self._rounds)
            _line(painter, places, self._theme.color(token), 1.2)
        places = _places([(n, loss / top) for n, loss in thinned(self._losses)], field, self._rounds)
        _shade(painter, places, field, self._theme.color("accent"))
        _line(painter, places, self._theme.color("accent"), 2.2)
        _dot(painter, places, self._theme, "accent")
        painter.end()


class GainChart(QWidget):
    """Retrieval accuracy by round, in little space: on a scale from 0 to 100 per cent, with where it started."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._points: Points = ()
        self._rounds = 1
        self.setFixedHeight(46)
        self.setAccessibleName(tr("Retrieval accuracy by round"))
        theme.follow(self, self.update)

    def show_points(self, points: Points, rounds: int) -> None:
        """Show the accuracies so far, out of ``rounds``; the first one is that before any fine-tuning."""
        self._points, self._rounds = points, max(1, rounds)
        if points:
            text = tr("{share} after round {n} of {all}", share=percent(points[-1][1]), n=points[-1][0], all=rounds)
            self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint it."""
        del event
        if not self._points:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        field = QRectF(3, 5, self.width() - 10, self.height() - 10)
        start = field.bottom() - field.height() * self._points[0][1]
        painter.setPen(QPen(self._theme.color("faint"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(field.left(), start), QPointF(field.right(), start))
        places = _places(thinned(self._points), field, self._rounds)
        _shade(painter, places, field, self._theme.color("good"))
        _line(painter, places, self._theme.color("good"), 2.0)
        _dot(painter, places, self._theme, "good")
        painter.end()


def device_tokens(count: int) -> Sequence[str]:
    """Return the colours of so many devices' lines."""
    return DEVICE_TOKENS[:count] if count <= len(DEVICE_TOKENS) else ["strong"] * count


def thinned(points: Points) -> Points:
    """Return as many of the points as can be told apart; the first and the last are among them."""
    if len(points) <= _MOST_DRAWN:
        return points
    every = math.ceil(len(points) / _MOST_DRAWN)
    return [*points[:-1:every], points[-1]]


def nice_top(value: float) -> float:
    """Return the top of a scale that holds ``value`` and divides into four readable steps."""
    if not math.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1, 2, 4, 6, 8, 10) if value <= step * power * 1.0001), 10 * power)


def nice_step(least: float) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, 50, ... that is not below ``least``."""
    power = int(10 ** max(0, math.floor(math.log10(max(least, 1)))))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least)


def _scale(painter: QPainter, widget: QWidget, theme: Theme, field: QRectF, steps: Sequence[tuple[float, str]]) -> None:
    font = QFont(widget.font())
    font.setPixelSize(11)
    painter.setFont(font)
    for share, text in steps:
        y = field.bottom() - field.height() * share
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawLine(QPointF(field.left(), y), QPointF(field.right(), y))
        painter.setPen(theme.color("faint"))
        painter.drawText(QRectF(0, y - 8, field.left() - 6, 16), _RIGHT, text)


def _rounds(painter: QPainter, theme: Theme, field: QRectF, rounds: int) -> None:
    painter.setPen(theme.color("faint"))
    every = nice_step(rounds / _STEPS)
    for number in range(0, rounds + 1, every):
        x = field.left() + field.width() * number / rounds
        painter.drawText(QRectF(x - 20, field.bottom() + 5, 40, 16), Qt.AlignmentFlag.AlignCenter, str(number))


def _places(points: Points, field: QRectF, rounds: int) -> list[QPointF]:
    return [
        QPointF(
            field.left() + field.width() * number / rounds, field.bottom() - field.height() * min(1.0, max(0.0, share))
        )
        for number, share in points
        if math.isfinite(share)
    ]


def _shade(painter: QPainter, places: Sequence[QPointF], field: QRectF, color: QColor) -> None:
    if len(places) < 2:
        return
    path = QPainterPath(places[0])
    for place in places[1:]:
        path.lineTo(place)
    path.lineTo(places[-1].x(), field.bottom())
    path.lineTo(places[0].x(), field.bottom())
    gradient = QLinearGradient(field.topLeft(), field.bottomLeft())
    for share, alpha in ((0.0, 70), (1.0, 0)):
        shade = QColor(color)
        shade.setAlpha(alpha)
        gradient.setColorAt(share, shade)
    painter.fillPath(path, gradient)


def _line(painter: QPainter, places: Sequence[QPointF], color: QColor, width: float) -> None:
    painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    if places:
        painter.drawPolyline(list(places))


def _dot(painter: QPainter, places: Sequence[QPointF], theme: Theme, token: str) -> None:
    if not places:
        return
    painter.setPen(QPen(theme.color("surface"), 2))
    painter.setBrush(theme.color(token))
    painter.drawEllipse(places[-1], 4.5, 4.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
