"""What all dialogs share: they stay open beside the main window and delete themselves when they are closed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLayout, QLineEdit, QWidget

from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, row
from letspic_desktop.ui.texts import tr


def make_dialog(parent: QWidget, title: str) -> QDialog:
    """Return an empty dialog that does not block the window."""
    dialog = QDialog(parent)
    prepare(dialog, title)
    return dialog


def prepare(dialog: QDialog, title: str) -> None:
    """Make a dialog one that does not block the window, and frees itself."""
    dialog.setWindowTitle(title)
    dialog.setModal(False)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


def fill(dialog: QDialog, layout: QLayout) -> None:
    """Give a dialog its content with the usual margins."""
    layout.setContentsMargins(22, 20, 22, 18)
    dialog.setLayout(layout)


def confirm(parent: QWidget, theme: Theme, title: str, text: str, action: str, on_yes: Callable[[], object]) -> QDialog:
    """Ask before something is deleted; ``on_yes`` runs when the person agrees."""
    dialog = make_dialog(parent, title)
    yes = button(theme, action, role="primary", on_click=dialog.accept)
    no = button(theme, tr("Cancel"), on_click=dialog.reject)
    no.setDefault(True)
    words = label(text, "muted", wrap=True)
    words.setMinimumWidth(360)
    fill(dialog, column(label(title, "h2"), words, 10, row(None, no, yes), spacing=8))
    dialog.accepted.connect(lambda: on_yes())
    dialog.show()
    return dialog


def ask_name(
    parent: QWidget, theme: Theme, title: str, action: str, on_name: Callable[[str], None], *, present: str = ""
) -> QDialog:
    """Ask for a name; ``on_name`` gets it. The ``present`` one is there to be changed or typed over."""
    dialog = make_dialog(parent, title)
    name = QLineEdit()
    name.setAccessibleName(title)
    name.setMinimumWidth(300)
    go = button(theme, action, role="primary", on_click=dialog.accept)
    go.setDefault(True)
    go.setEnabled(False)
    name.textChanged.connect(lambda text: go.setEnabled(bool(text.strip()) and text.strip() != present))
    name.setText(present)
    name.selectAll()
    cancel = button(theme, tr("Cancel"), on_click=dialog.reject)
    fill(dialog, column(label(title, "h2"), name, 8, row(None, cancel, go), spacing=8))
    dialog.accepted.connect(lambda: on_name(name.text()))
    dialog.show()
    return dialog
