"""Which files could not be imported, and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from letspic_desktop.library.importer import ImportFailure
from letspic_desktop.ui.dialogs.base import fill, make_dialog
from letspic_desktop.ui.texts import counted, tr
from letspic_desktop.ui.theme import Theme
from letspic_desktop.ui.widgets import button, column, label, row


def show_failures(parent: QWidget, theme: Theme, failures: Sequence[ImportFailure]) -> QDialog:
    """Open the list of files that could not be imported."""
    dialog = make_dialog(parent, tr("Files that could not be read"))
    table = QTreeWidget()
    table.setObjectName("failures")
    table.setProperty("role", "boxed")
    table.setAccessibleName(tr("Files that could not be read"))
    table.setHeaderLabels([tr("File"), tr("Why"), tr("Folder")])
    table.setRootIsDecorated(False)
    table.setUniformRowHeights(True)
    for failure in failures:
        item = QTreeWidgetItem([failure.path.name, failure.reason, str(failure.path.parent)])
        for part, whole in enumerate((str(failure.path), failure.reason, str(failure.path))):
            item.setToolTip(part, whole)
        table.addTopLevelItem(item)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.header().setStretchLastSection(False)
    table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    table.setColumnWidth(0, 200)
    table.setColumnWidth(2, 180)
    table.setMinimumSize(820, 320)
    title = counted(len(failures), "{n} file could not be read", "{n} files could not be read")
    text = label(tr("All other photos are in the library. Nothing was changed in these files."), "muted", wrap=True)
    close = button(theme, tr("Close"), on_click=dialog.close)
    close.setDefault(True)
    fill(dialog, column(label(title, "h2"), text, 4, table, 6, row(None, close), spacing=6))
    dialog.show()
    return dialog
