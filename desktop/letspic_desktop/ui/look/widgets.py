"""Small pieces that every part of the window is made of."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from letspic_desktop.ui.look.theme import Theme

Item = QWidget | QLayout | int | None
Margins = tuple[int, int, int, int]


def row(*items: Item, spacing: int = 8, margins: Margins = (0, 0, 0, 0)) -> QHBoxLayout:
    """Lay things out from left to right; a number is a gap, None takes all the room that is left."""
    layout = QHBoxLayout()
    _fill(layout, items, spacing, margins)
    return layout


def column(*items: Item, spacing: int = 6, margins: Margins = (0, 0, 0, 0)) -> QVBoxLayout:
    """Lay things out from top to bottom; a number is a gap, None takes all the room that is left."""
    layout = QVBoxLayout()
    _fill(layout, items, spacing, margins)
    return layout


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """Return a text; ``role`` is one of the style sheet's."""
    made = QLabel(text)
    # Names come from people: they are never mark-up.
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def pill(text: str = "", tone: str = "plain") -> QLabel:
    """Return a short word on a coloured ground."""
    made = label(text, "pill")
    made.setProperty("tone", tone)
    return made


def set_tone(widget: QWidget, tone: str, name: str = "tone") -> None:
    """Give a widget another tone and have it drawn again."""
    widget.setProperty(name, tone)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def button(
    theme: Theme,
    text: str,
    *,
    role: str = "",
    icon: str = "",
    name: str = "",
    color: str = "text",
    on_click: Callable[[], object] | None = None,
) -> QPushButton:
    """Return a button; ``name`` is what a screen reader says where the text alone would not do."""
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    if name:
        made.setAccessibleName(name)
        made.setToolTip(plain_tip(name))
    if icon:
        set_icon(theme, made, icon, color)
    if on_click is not None:
        made.clicked.connect(lambda: on_click())
    return made


def beside(text: str, field: QWidget, role: str = "muted") -> QLabel:
    """Return the label of a field of a form, in the middle of the field's height: a form aligns it to the top."""
    made = label(text, role)
    made.setMinimumHeight(field.sizeHint().height())
    made.setBuddy(field)
    return made


def inset(field: QAbstractSpinBox) -> None:
    """Keep the text of a field without buttons off its edge: the padding of the style sheet does not reach it."""
    field.lineEdit().setTextMargins(6, 0, 4, 0)


def plain_tip(text: str) -> str:
    """Return a text as a tool tip shows it word for word: names come from people, and are never mark-up."""
    if "<" not in text and "&" not in text:
        return text
    return f"<span>{escape(text)}</span>".replace("\n", "<br>")


def explain(widget: QWidget, why: str) -> None:
    """Say to everybody, also to screen readers, why a control cannot be used now; nothing where it can be."""
    widget.setToolTip(plain_tip(why))
    widget.setAccessibleDescription(why)


def set_icon(theme: Theme, target: QPushButton, icon: str, color: str = "text") -> None:
    """Give a button an icon that follows the look."""
    theme.follow(target, lambda: target.setIcon(theme.icon(icon, color, 16)))


def card(layout: QLayout, role: str = "card") -> QFrame:
    """Return a framed area."""
    made = QFrame()
    made.setProperty("role", role)
    made.setLayout(layout)
    return made


def line() -> QFrame:
    """Return a thin line across."""
    made = QFrame()
    made.setProperty("role", "line")
    made.setFixedHeight(1)
    return made


def upright() -> QFrame:
    """Return a thin line down."""
    made = QFrame()
    made.setProperty("role", "vline")
    made.setFixedWidth(1)
    return made


def clear(layout: QLayout) -> None:
    """Remove everything from a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def _fill(layout: QHBoxLayout | QVBoxLayout, items: tuple[Item, ...], spacing: int, margins: Margins) -> None:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*margins)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QLayout):
            layout.addLayout(item)
        else:
            layout.addWidget(item)
