"""The page that shows a report about a mistake, and what can be done with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QWidget

from letspic_desktop.ui.dialogs.base import fill, make_dialog
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, row
from letspic_desktop.ui.texts import tr


def show_report(parent: QWidget, theme: Theme, *, headline: str, file: Path, text: str) -> QDialog:
    """Open the page about one report file."""
    dialog = make_dialog(parent, headline)
    shown = QPlainTextEdit(text)
    shown.setReadOnly(True)
    shown.setTabChangesFocus(True)
    shown.setAccessibleName(tr("Report"))
    shown.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    shown.setMinimumSize(620, 260)
    shown.hide()
    show = button(theme, tr("Show report"))
    copied = label("", "small")

    def toggle() -> None:
        shown.setVisible(shown.isHidden())
        show.setText(tr("Show report") if shown.isHidden() else tr("Hide report"))
        dialog.adjustSize()

    def copy() -> None:
        QGuiApplication.clipboard().setText(text)
        copied.setText(tr("The report is in the clipboard."))

    show.clicked.connect(toggle)
    words = label(
        tr(
            "A report about it is in the file {file}. It says which version this is, where the program was, and the "
            "last lines of its log. It holds no photo, and no name or folder of one. Nothing is sent anywhere; "
            "give it to whoever looks after LetsPic.",
            file=file.name,
        ),
        "muted",
        wrap=True,
    )
    words.setMinimumWidth(560)
    folder = button(
        theme,
        tr("Open folder"),
        on_click=lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent))),
    )
    go_on = button(theme, tr("Go on"), role="primary", on_click=dialog.close)
    go_on.setDefault(True)
    buttons = row(show, button(theme, tr("Copy"), on_click=copy), folder, None, go_on)
    fill(dialog, column(label(headline, "h2"), words, shown, copied, 6, buttons, spacing=8))
    dialog.show()
    go_on.setFocus()
    return dialog
