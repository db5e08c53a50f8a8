"""Which files could not be imported, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from letspic_desktop.library.importer import ImportFailure
from letspic_desktop.ui.dialogs.base import fill, make_dialog
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, card, column, label, pill, plain_tip, row
from letspic_desktop.ui.organise.missing_extras import install_command, missing_extra, missing_extras
from letspic_desktop.ui.texts import counted, said, tr

_WHY, _PADDING = 1, 16


def show_failures(
    parent: QWidget,
    theme: Theme,
    failures: Sequence[ImportFailure],
    again: Callable[[Sequence[Path]], object] | None = None,
) -> QDialog:
    """Open the list of files that could not be imported.

    Parameters
    ----------
    again
        Imports the files once more.
    """
    dialog = make_dialog(parent, tr("Files that could not be read"))
    table = QTreeWidget()
    table.setObjectName("failures")
    table.setProperty("role", "boxed")
    table.setAccessibleName(tr("Files that could not be read"))
    table.setHeaderLabels([tr("File"), tr("Why"), tr("Folder")])
    table.setRootIsDecorated(False)
    # A long reason is read whole, over several lines.
    table.setWordWrap(True)
    table.setItemDelegate(_Whole(table))
    for failure in failures:
        why = said(failure.reason)
        item = QTreeWidgetItem([failure.path.name, why, str(failure.path.parent)])
        if missing_extra(failure.path):
            item.setIcon(0, theme.icon("warning", "warn", 16))
            item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, tr("needs a package that is not installed"))
        for part, whole in enumerate((str(failure.path), why, str(failure.path))):
            item.setToolTip(part, plain_tip(whole))
        table.addTopLevelItem(item)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.header().setStretchLastSection(False)
    table.header().setSectionResizeMode(_WHY, QHeaderView.ResizeMode.Stretch)
    table.header().sectionResized.connect(lambda part: table.scheduleDelayedItemsLayout() if part == _WHY else None)
    table.setColumnWidth(0, 200)
    table.setColumnWidth(2, 180)
    table.setMinimumSize(820, 320)
    title = counted(len(failures), "{n} file could not be read", "{n} files could not be read")
    text = label(tr("All other photos are in the library. Nothing was changed in these files."), "muted", wrap=True)
    close = button(theme, tr("Close"), on_click=dialog.close)
    close.setDefault(True)
    retry = button(theme, tr("Read them again"), on_click=dialog.accept)
    retry.setVisible(again is not None and bool(failures))
    dialog.accepted.connect(lambda: again([failure.path for failure in failures]) if again is not None else None)
    extras = _extras(theme, failures)
    fill(dialog, column(label(title, "h2"), text, *extras, 4, table, 6, row(None, retry, close), spacing=6))
    dialog.show()
    return dialog


class _Whole(QStyledItemDelegate):
    """Makes rows as high as their reasons are long: a tree asks for no width by itself."""

    def __init__(self, table: QTreeWidget) -> None:
        super().__init__(table)
        self._table = table

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        """Return the room for the whole text of a reason."""
        usual = super().sizeHint(option, index)
        if index.column() != _WHY:
            return usual
        room = QRect(0, 0, max(60, self._table.columnWidth(_WHY) - _PADDING), 10_000)
        text = str(index.data())
        high = option.fontMetrics.boundingRect(room, Qt.TextFlag.TextWordWrap, text).height() + _PADDING // 2
        return QSize(usual.width(), max(usual.height(), high))


def _extras(theme: Theme, failures: Sequence[ImportFailure]) -> list[QFrame]:
    """Return a line for each format that needs a package, with how to get it."""
    found = []
    for kind, files in missing_extras(failure.path for failure in failures).items():
        count = counted(len(files), "{n} file", "{n} files")
        command = install_command(kind)
        words = tr(
            "{count} in the format {format}: install its package with “{command}”, start LetsPic again, and read"
            " them again.",
            count=count,
            format=kind,
            command=command,
        )
        if not command:
            words = tr(
                "{count} in the format {format}: this LetsPic comes without the part that reads it. Install one that"
                " has it, and read them again.",
                count=count,
                format=kind,
            )
        copy = button(theme, tr("Copy the command"), on_click=_copier(command))
        copy.setVisible(bool(command))
        layout = row(pill(kind, "warn"), label(words, wrap=True), copy, margins=(12, 8, 8, 8))
        layout.setStretch(1, 1)
        found.append(card(layout, "inset"))
    return found


def _copier(text: str) -> Callable[[], object]:
    return lambda: QGuiApplication.clipboard().setText(text)
