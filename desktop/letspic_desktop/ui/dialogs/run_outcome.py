"""What a run changed: its figures, and the searches that changed most, before and after side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QScrollArea, QWidget

from letspic_desktop.operations.head_history import RunOutcome, ShownExample, ShownPhoto
from letspic_desktop.ui.dialogs.base import fill, make_dialog
from letspic_desktop.ui.finetune.run_words import basis_text, method_name
from letspic_desktop.ui.look.widgets import button, card, column, label, pill, row
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, duration, percent, points, tr

_SIDE: Final = 62
_RADIUS: Final = 7.0


def show_outcome(parent: QWidget, services: Services, outcome: RunOutcome, on_discard: Callable[[], None]) -> QDialog:
    """Open it; ``on_discard`` takes the head back."""
    story, theme = outcome.story, services.theme
    dialog = make_dialog(parent, tr("What head {n} changed", n=story.version))
    discard = button(theme, _discard_words(story.previous))
    keep = button(theme, tr("Keep it"), role="primary", on_click=dialog.close)
    keep.setDefault(True)
    discard.setVisible(story.active)

    def take_back() -> None:
        on_discard()
        dialog.close()

    discard.clicked.connect(lambda: take_back())
    content = QWidget()
    content.setLayout(column(*[_example(services, one) for one in outcome.examples], None, spacing=10))
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    area.setMinimumWidth(2 * 5 * (_SIDE + 6) + _SIDE + 150)
    area.setMinimumHeight(min(500, 124 * len(outcome.examples)))
    area.setVisible(bool(outcome.examples))
    about = label(_about(outcome), "small", wrap=True)
    hint = label(
        tr(
            "Searches that changed most, among photos that the head which ranks them never learned from. “2 of 5 found”"
            " counts those of the same album among the first ones; only photos held out in the same fold can be found."
        ),
        "small",
        wrap=True,
    )
    hint.setVisible(bool(outcome.examples))
    buttons = row(None, discard, keep)
    fill(
        dialog,
        column(label(dialog.windowTitle(), "h1"), about, 4, _figures(outcome), 6, hint, area, 6, buttons, spacing=8),
    )
    dialog.show()
    return dialog


def _discard_words(previous: int) -> str:
    if previous:
        return tr("Discard, go back to head {n}", n=previous)
    return tr("Discard, go back to before fine-tuning")


def _about(outcome: RunOutcome) -> str:
    story = outcome.story
    parts = [outcome.group.name]
    if story.method:
        parts.append(method_name(story.method))
    if story.photos:
        parts.append(counted(story.photos, "{n} labelled photo", "{n} labelled photos"))
    if story.devices:
        parts.append(", ".join(story.devices))
    if story.seconds:
        parts.append(duration(story.seconds))
    return " · ".join(parts)


def _figures(outcome: RunOutcome) -> QFrame:
    story = outcome.story
    basis = label(basis_text(story), "small", wrap=True)
    if story.map_before is None or story.map_after is None:
        return card(column(basis, margins=(14, 10, 14, 10)), "inset")
    numbers = row(
        label(percent(story.map_before), "big"),
        label("→", "muted"),
        label(percent(story.map_after), "big"),
        pill(points(story.map_before, story.map_after), "good" if story.map_after > story.map_before else "plain"),
        None,
        spacing=10,
    )
    ten = label("", "small")
    if story.p10_before is not None and story.p10_after is not None:
        before, after = percent(story.p10_before), percent(story.p10_after)
        ten.setText(tr("right among the first ten: {before} → {after}", before=before, after=after))
    title = label(tr("Retrieval accuracy, before and after"), "small")
    return card(column(title, numbers, ten, basis, spacing=2, margins=(14, 10, 14, 10)), "inset")


def _example(services: Services, example: ShownExample) -> QFrame:
    grid = QGridLayout()
    grid.setContentsMargins(12, 10, 12, 10)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    grid.addWidget(label(example.album or tr("Query"), "strong"), 0, 0)
    sides = ((tr("Before"), "plain", example.before), (tr("After"), "accent", example.after))
    for place, (word, tone, found) in enumerate(sides, start=1):
        right, most = sum(photo.right for photo in found), min(len(found), example.findable)
        text = tr("{n} of {all} found", n=right, all=most)
        grid.addLayout(row(pill(word, tone), label(text, "small"), None), 0, place)
        grid.addLayout(_strip(services, found), 1, place)
    grid.addWidget(Thumbnail(services, example.query, tr("Searched with {name}", name=example.query.name)), 1, 0)
    grid.setColumnStretch(3, 1)
    return card(grid)


def _strip(services: Services, photos: Sequence[ShownPhoto]) -> QGridLayout:
    strip = QGridLayout()
    strip.setContentsMargins(0, 0, 0, 0)
    strip.setHorizontalSpacing(5)
    for place, photo in enumerate(photos):
        if photo.right:
            said = tr("{n}: {name}, of the same album", n=place + 1, name=photo.name)
        else:
            said = tr("{n}: {name}, of another album", n=place + 1, name=photo.name)
        strip.addWidget(Thumbnail(services, photo, said, mark=True), 0, place)
    return strip


class Thumbnail(QWidget):
    """A small square picture; a mark says whether it is of the query's album, in colour and in shape."""

    def __init__(self, services: Services, photo: ShownPhoto, said: str, *, mark: bool = False) -> None:
        super().__init__()
        self._theme, self._loader = services.theme, services.thumbnails
        self._photo, self._mark = photo, mark
        self.setFixedSize(_SIDE, _SIDE)
        self.setAccessibleName(said)
        self.setToolTip(said)
        self._loader.arrived.connect(self.update)
        services.theme.follow(self, self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint it."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        pixmap = self._loader.pixmap(self._photo.photo)
        if pixmap is not None:
            painter.setOpacity(1.0 if self._photo.right else 0.45)
            painter.drawPixmap(area, pixmap, QRectF(pixmap.rect()))
            painter.setOpacity(1.0)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("track"))
            painter.drawRoundedRect(area, _RADIUS, _RADIUS)
        if self._mark and self._photo.right:
            painter.setPen(QPen(self._theme.color("good"), 2.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, _RADIUS, _RADIUS)
            self._draw_tick(painter, area)
        painter.end()

    def _draw_tick(self, painter: QPainter, area: QRectF) -> None:
        dot = QRectF(area.right() - 16, area.bottom() - 16, 13, 13)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("good"))
        painter.drawEllipse(dot)
        painter.setPen(QPen(self._theme.color("surface"), 1.6))
        middle = dot.center()
        painter.drawPolyline(
            [
                QPointF(middle.x() - 3, middle.y()),
                QPointF(middle.x() - 0.8, middle.y() + 2.4),
                QPointF(middle.x() + 3.2, middle.y() - 2.4),
            ]
        )
