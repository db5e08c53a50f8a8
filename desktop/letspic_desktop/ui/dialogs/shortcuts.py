"""The sheet of keyboard shortcuts."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QFormLayout, QWidget

from letspic_desktop.ui.action_book import ActionBook
from letspic_desktop.ui.dialogs.base import fill, make_dialog
from letspic_desktop.ui.texts import tr
from letspic_desktop.ui.theme import Theme
from letspic_desktop.ui.widgets import button, column, label, pill, row


def show_shortcuts(parent: QWidget, theme: Theme, book: ActionBook) -> QDialog:
    """Open the sheet of everything in the book."""
    dialog = make_dialog(parent, tr("Keyboard shortcuts"))
    form = QFormLayout()
    form.setHorizontalSpacing(26)
    form.setVerticalSpacing(9)
    for title, actions in book.sections().items():
        form.addRow(label(title, "h2"))
        for action in actions:
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            if keys:
                form.addRow(pill(keys), label(action.text()))
    form.addRow(pill(tr("Ctrl+wheel")), label(tr("Larger or smaller photos")))
    form.addRow(pill(tr("Return")), label(tr("Open the photo")))
    close = button(theme, tr("Close"), on_click=dialog.close)
    fill(dialog, column(label(tr("Keyboard shortcuts"), "h2"), 6, form, 10, row(None, close), spacing=6))
    dialog.show()
    return dialog
