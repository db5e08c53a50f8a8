"""The photos that a list shows: a thin adapter between rows of our own and Qt's views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from letspic_desktop.ui.thumbnails import Key

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True, kw_only=True, slots=True)
class PhotoRow:
    """One photo in a list.

    Attributes
    ----------
    key
        SHA-256 of a library photo, or the file of another one.
    name
        What people call it: its file's name.
    badge
        Short text on the picture, such as its score.
    good
        Whether the badge is to stand out.
    where
        Where it lives, in words; empty for a photo of this library.
    rating, favourite
        Stars (0 to 5), and whether it is a favourite.
    revision
        Edit revision of a library photo: its picture is another one after a rotation.
    """

    key: Key
    name: str
    badge: str = ""
    good: bool = False
    where: str = ""
    rating: int = 0
    favourite: bool = False
    revision: int = 0


class Role(IntEnum):
    """Roles beside Qt's own."""

    ROW = Qt.ItemDataRole.UserRole + 1


class PhotoModel(QAbstractListModel):
    """Rows of photos."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[PhotoRow] = []

    @property
    def rows(self) -> Sequence[PhotoRow]:
        """The rows, in the order shown."""
        return self._rows

    def show(self, rows: Sequence[PhotoRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def append(self, rows: Sequence[PhotoRow]) -> None:
        """Show more rows behind the present ones."""
        if rows:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(rows) - 1)
            self._rows += rows
            self.endInsertRows()

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
        """Return the number of photos."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a view asks for."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == Role.ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return " · ".join(part for part in (row.name, row.badge, row.where) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(part for part in (row.name, row.where) if part)
        return None
