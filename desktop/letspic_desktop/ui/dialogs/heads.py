"""The head history of a group, and the way back to an earlier one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from letspic_desktop.ui.dialogs.base import fill, make_dialog
from letspic_desktop.ui.queries import GroupStatus
from letspic_desktop.ui.texts import percent, tr
from letspic_desktop.ui.theme import Theme
from letspic_desktop.ui.widgets import button, column, label, row


def show_heads(parent: QWidget, theme: Theme, status: GroupStatus, on_use: Callable[[int], None]) -> QDialog:
    """Open the history; ``on_use`` gets the version to go to, 0 for the time before any fine-tuning."""
    dialog = make_dialog(parent, tr("Heads of {name}", name=status.group.name))
    table = QTreeWidget()
    table.setProperty("role", "boxed")
    table.setAccessibleName(tr("Heads, newest first"))
    table.setHeaderLabels([tr("Head"), tr("Made"), tr("Accuracy"), tr("Before"), ""])
    table.setRootIsDecorated(False)
    for head in status.heads:
        made = head.created_at.astimezone().strftime("%Y-%m-%d %H:%M") if head.created_at else ""
        figures = [percent(one) if one is not None else "–" for one in (head.map_after, head.map_before)]
        item = QTreeWidgetItem([str(head.version), made, *figures, tr("in use") if head.active else ""])
        item.setData(0, Qt.ItemDataRole.UserRole, head.version)
        table.addTopLevelItem(item)
    none = QTreeWidgetItem([tr("none"), tr("before fine-tuning"), "", "", "" if status.active else tr("in use")])
    none.setData(0, Qt.ItemDataRole.UserRole, 0)
    table.addTopLevelItem(none)
    table.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.setMinimumSize(460, 220)
    use = button(theme, tr("Use this one"), role="primary")
    use.setEnabled(False)
    table.itemSelectionChanged.connect(lambda: use.setEnabled(bool(table.selectedItems())))

    def take() -> None:
        for item in table.selectedItems():
            on_use(int(item.data(0, Qt.ItemDataRole.UserRole)))
        dialog.close()

    use.clicked.connect(take)
    close = button(theme, tr("Close"), on_click=dialog.close)
    fill(dialog, column(label(dialog.windowTitle(), "h2"), table, 6, row(None, close, use), spacing=8))
    dialog.show()
    return dialog
