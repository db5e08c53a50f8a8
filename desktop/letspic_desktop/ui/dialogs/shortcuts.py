"""The sheet of keyboard shortcuts: everything in the book of actions that has a key."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFormLayout, QScrollArea, QWidget

from letspic_desktop.ui.action_book import ActionBook
from letspic_desktop.ui.look.widgets import column, label, pill, row
from letspic_desktop.ui.texts import tr

Row = tuple[str, str]


def shortcut_sheet(book: ActionBook) -> QScrollArea:
    """Return the sheet: the sections of the book in two columns, and what the mouse and the photos know besides."""
    sections: list[tuple[str, list[Row]]] = []
    for title, actions in book.sections().items():
        keyed = [(_keys(action.shortcut()), action.text()) for action in actions if not action.shortcut().isEmpty()]
        if keyed:
            sections.append((title, keyed))
    photos = [
        (tr("Arrows"), tr("Go from photo to photo")),
        (tr("Shift+arrows"), tr("Select photos")),
        (_keys(QKeySequence(QKeySequence.StandardKey.SelectAll)), tr("Select all photos")),
        (tr("Return"), tr("Open the photo")),
        (tr("Menu key"), tr("What can be done with the photos")),
        (tr("Ctrl+wheel"), tr("Larger or smaller photos")),
        (tr("Tab"), tr("Go to the next part of the window")),
    ]
    sections.append((tr("In a list of photos"), photos))
    left: list[tuple[str, list[Row]]] = []
    right: list[tuple[str, list[Row]]] = []
    for section in sections:
        shorter = min(left, right, key=lambda side: sum(len(rows) + 2 for _, rows in side))
        shorter.append(section)
    body = QWidget()
    halves = row(_column(left), _column(right), spacing=28, margins=(12, 4, 12, 12))
    halves.setStretch(0, 1)
    halves.setStretch(1, 1)
    body.setLayout(halves)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(body)
    area.setAccessibleName(tr("Keyboard shortcuts"))
    return area


def _column(sections: Sequence[tuple[str, Sequence[Row]]]) -> QWidget:
    made = QWidget()
    layout = column(spacing=6)
    for title, rows in sections:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(7)
        for keys, text in rows:
            form.addRow(pill(keys), label(text, wrap=True))
        layout.addWidget(label(title, "h2"))
        layout.addLayout(form)
        layout.addSpacing(10)
    layout.addStretch(1)
    made.setLayout(layout)
    return made


def _keys(sequence: QKeySequence) -> str:
    return sequence.toString(QKeySequence.SequenceFormat.NativeText)
