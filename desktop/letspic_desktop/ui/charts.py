"""The ring and the line chart of the fine-tuning panel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from letspic_desktop.ui.texts import percent, tr
from letspic_desktop.ui.theme import Theme

Points = Sequence[tuple[int, float]]
_LINES: Final = 4
# Losses of a good start are tiny; shown on a scale of their own they would look like noise that matters.
_LEAST_TOP: Final = 0.1
_LEFT_ROOM: Final = 40
_RIGHT_ROOM: Final = 40
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Ring(QWidget):
    """A share as a ring with its per cent inside."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share = 0.0
        self.setFixedSize(76, 76)
        theme.follow(self, self.update)
        self.show_share(0.0)

    def show_share(self, share: float) -> None:
        """Show a share, 0..1."""
        self._share = share
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
            painter.setPen(QPen(self._theme.color("accent"), 7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawArc(area, 90 * 16, round(-360 * 16 * self._share))
        font = QFont(self.font())
        font.setPixelSize(16)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(self._theme.color("text"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, percent(self._share))
        painter.end()


class RunChart(QWidget):
    """Loss (left scale) and accuracy on photos that did not train (right scale, per cent) by round."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._losses: Points = ()
        self._accuracies: Points = ()
        self._rounds = 1
        self.setMinimumHeight(168)
        self.setAccessibleName(tr("Loss and accuracy by round"))
        theme.follow(self, self.update)

    def show_points(self, losses: Points, accuracies: Points, rounds: int) -> None:
        """Show the figures of the rounds so far, out of ``rounds``."""
        self._losses, self._accuracies, self._rounds = losses, accuracies, max(1, rounds)
        if losses:
            text = tr("Loss {loss} in round {n} of {all}", loss=f"{losses[-1][1]:.2f}", n=losses[-1][0], all=rounds)
            self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint it."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        field = QRectF(_LEFT_ROOM, 8, self.width() - _LEFT_ROOM - _RIGHT_ROOM, self.height() - 34)
        top = nice_top(max((max(_LEAST_TOP, loss) for _, loss in self._losses), default=1.0))
        self._scales(painter, field, top)
        self._line(painter, field, [(n, loss / top) for n, loss in self._losses], "accent", filled=True)
        self._line(painter, field, self._accuracies, "second", filled=False)
        painter.end()

    def _scales(self, painter: QPainter, field: QRectF, top: float) -> None:
        digits = max(0, 1 - math.floor(math.log10(top / _LINES)))
        for step in range(_LINES + 1):
            share = 1 - step / _LINES
            y = field.top() + field.height() * step / _LINES
            painter.setPen(QPen(self._theme.color("border"), 1))
            painter.drawLine(QPointF(field.left(), y), QPointF(field.right(), y))
            painter.setPen(self._theme.color("faint"))
            painter.drawText(QRectF(0, y - 8, field.left() - 8, 16), _RIGHT, f"{top * share:.{digits}f}")
            if self._accuracies:
                painter.drawText(QRectF(field.right() + 8, y - 8, 36, 16), _LEFT, percent(share))
        every = max(1, math.ceil(self._rounds / 5))
        for number in range(0, self._rounds + 1, every):
            x = field.left() + field.width() * number / self._rounds
            painter.drawText(QRectF(x - 15, field.bottom() + 5, 30, 16), Qt.AlignmentFlag.AlignCenter, str(number))

    def _line(self, painter: QPainter, field: QRectF, points: Points, token: str, *, filled: bool) -> None:
        if not points:
            return
        color = self._theme.color(token)
        places = [
            QPointF(
                field.left() + field.width() * number / self._rounds,
                field.bottom() - field.height() * min(1.0, max(0.0, share)),
            )
            for number, share in points
        ]
        if filled and len(places) > 1:
            path = QPainterPath(places[0])
            for place in places[1:]:
                path.lineTo(place)
            path.lineTo(places[-1].x(), field.bottom())
            path.lineTo(places[0].x(), field.bottom())
            painter.fillPath(path, _fade(color, field))
        painter.setPen(QPen(color, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(places)
        painter.setPen(QPen(self._theme.color("surface"), 2))
        painter.setBrush(color)
        painter.drawEllipse(places[-1], 4.5, 4.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)


def nice_top(value: float) -> float:
    """Return the top of a scale that holds ``value`` and divides into four readable steps."""
    if not math.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1, 2, 4, 6, 8, 10) if value <= step * power * 1.0001), 10 * power)


def _fade(color: QColor, field: QRectF) -> QLinearGradient:
    gradient = QLinearGradient(field.topLeft(), field.bottomLeft())
    for share, alpha in ((0.0, 70), (1.0, 0)):
        shade = QColor(color)
        shade.setAlpha(alpha)
        gradient.setColorAt(share, shade)
    return gradient
