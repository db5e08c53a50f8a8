"""The entries of the sidebar as Qt's views want them, with what may be dropped on which."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, Qt, Signal

from letspic_desktop.ui.grid.photo_drag import PHOTOS_MIME, photos_of
from letspic_desktop.ui.grid.photo_model import Index
from letspic_desktop.ui.look.widgets import plain_tip
from letspic_desktop.ui.search.drops import local_files
from letspic_desktop.ui.sidebar.entries import Dot, Entry, dot_of, entries, full_state, state_text
from letspic_desktop.ui.texts import tr

__all__ = ["Dot", "Entry", "SidebarModel", "SidebarRole", "dot_of", "entries", "full_state", "state_text"]

_ROOT = QModelIndex()
_TAKE_PHOTOS: Final = frozenset(("album", "tag", "favourites", "trash"))
_TAKE_FILES: Final = frozenset(("album", "all"))
_NAMED: Final = frozenset(("album", "tag", "group", "device"))


class SidebarRole(IntEnum):
    """Roles beside Qt's own."""

    ENTRY = Qt.ItemDataRole.UserRole + 1


class SidebarModel(QAbstractListModel):
    """The entries.

    Signals
    -------
    photos_dropped
        An entry, and the photos (SHA-256) that were dropped on it.
    files_dropped
        An entry, and the paths that were dropped on it.
    renamed
        An entry, and the name that a person typed for it.
    """

    photos_dropped = Signal(Entry, tuple)
    files_dropped = Signal(Entry, list)
    renamed = Signal(Entry, str)

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []

    @property
    def entries(self) -> Sequence[Entry]:
        """The entries, in the order shown."""
        return self._entries

    def show(self, found: Sequence[Entry]) -> None:
        """Show other entries."""
        if [_identity(one) for one in found] == [_identity(one) for one in self._entries]:
            self._entries = list(found)
            if found:
                self.dataChanged.emit(self.index(0), self.index(len(found) - 1))
            return
        self.beginResetModel()
        self._entries = list(found)
        self.endResetModel()

    def row_of(self, place: object) -> int | None:
        """Return the row of a place, None where it is not listed."""
        return next((row for row, entry in enumerate(self._entries) if entry.place == place), None)

    def row_of_key(self, key: str) -> int | None:
        """Return the row of the entry of a key, None where it is not listed."""
        return next((row for row, entry in enumerate(self._entries) if entry.key == key), None)

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
        """Return the number of entries."""
        return 0 if parent.isValid() else len(self._entries)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings can have the focus, but are not places; what has a name can be renamed where it stands."""
        if not index.isValid() or index.row() >= len(self._entries):
            return Qt.ItemFlag.NoItemFlags
        entry = self._entries[index.row()]
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsDropEnabled
        if not entry.heading:
            flags |= Qt.ItemFlag.ItemIsSelectable
        if entry.place is not None and entry.place.kind in _NAMED:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a view asks for."""
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == SidebarRole.ENTRY:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return entry.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return entry.spoken or entry.text
        if role == Qt.ItemDataRole.AccessibleDescriptionRole and entry.fold:
            return tr("Right shows what is below it.") if entry.fold == "closed" else tr("Left hides what is below it.")
        if role == Qt.ItemDataRole.ToolTipRole:
            return None if entry.heading or not entry.spoken else plain_tip(entry.spoken)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        """Tell the name that was typed; it is shown when the library has it."""
        name = str(value).strip()
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        entry = self._entries[index.row()]
        if not name or name == entry.text:
            return False
        self.renamed.emit(entry, name)
        return True

    def mimeTypes(self) -> list[str]:  # noqa: N802 - Qt's name
        """Photos of the grid, and files of other programs."""
        return [PHOTOS_MIME, "text/uri-list"]

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        """Whatever is dropped stays where it was, too."""
        return Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def canDropMimeData(  # noqa: N802 - Qt's name
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Whether the entry takes this."""
        del action, row, column
        if not parent.isValid() or parent.row() >= len(self._entries):
            return False
        entry = self._entries[parent.row()]
        kind = entry.place.kind if entry.place is not None else ""
        if data.hasFormat(PHOTOS_MIME):
            return kind in _TAKE_PHOTOS or "new-album" in (entry.action, entry.adds) or entry.adds == "new-tag"
        return data.hasUrls() and (kind in _TAKE_FILES or "new-album" in (entry.action, entry.adds))

    def dropMimeData(  # noqa: N802 - Qt's name
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Tell what was dropped where. The answer is no: Qt would remove from the grid what was moved."""
        if self.canDropMimeData(data, action, row, column, parent):
            entry = self._entries[parent.row()]
            photos, files = photos_of(data), local_files(data)
            if photos:
                self.photos_dropped.emit(entry, photos)
            elif files:
                self.files_dropped.emit(entry, files)
        return False


def _identity(entry: Entry) -> tuple[object, ...]:
    return entry.text, entry.key, entry.fold, entry.depth
