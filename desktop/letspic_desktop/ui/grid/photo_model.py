"""The photos that a list shows: a thin adapter between rows of our own and Qt's views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, overload

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from letspic_desktop.ui.grid.thumbnails import Key
from letspic_desktop.ui.look.widgets import plain_tip
from letspic_desktop.ui.texts import counted, tr

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
# About 10 MB; far more than a person looks at in one go.
_MOST_KNOWN: Final = 20_000


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
    file
        The file of a library photo; empty where none was there when it was last looked for.
    missing
        Whether its file is not where it was.
    needs
        What has to be installed before its picture can be shown, such as ``HEIC``.
    known
        Whether the row was read yet; long lists read what is looked at.
    tip
        What more is to be said about it, such as what its badge means.
    mark
        Whether a person called this result good or bad.
    alike
        How many results that are nearly the same photo are behind it.
    device
        Id of the device that it lives on; empty for a photo of this library.
    """

    key: Key
    name: str
    badge: str = ""
    good: bool = False
    where: str = ""
    rating: int = 0
    favourite: bool = False
    revision: int = 0
    file: str = ""
    missing: bool = False
    needs: str = ""
    known: bool = True
    tip: str = ""
    mark: bool | None = None
    alike: int = 0
    device: str = ""

    @property
    def signs(self) -> bool:
        """Whether it can be rated: a photo of this library that is shown without a badge."""
        return self.known and not self.badge and not self.where and isinstance(self.key, str)


class LazyRows(Sequence[PhotoRow]):
    """Rows of a long list of library photos; only those that were looked at are known in full.

    Parameters
    ----------
    keys
        The photos in the order shown; a photo may be in it more than once.
    known
        The rows that were read already.
    elsewhere, where, device
        Photos that are not of this library, where they live in words, and the device whose owner shares small
        pictures of them; empty where none does.
    """

    def __init__(
        self,
        keys: Sequence[str],
        known: Mapping[str, PhotoRow],
        *,
        elsewhere: frozenset[str] = frozenset(),
        where: str = "",
        device: str = "",
    ) -> None:
        self.keys = keys
        self.elsewhere = elsewhere
        self.where = where
        self.device = device
        # Own photos of the device whose page this is that the library has too.
        self.both: frozenset[str] = frozenset()
        self._known = dict(known)

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, number: int) -> PhotoRow: ...
    @overload
    def __getitem__(self, number: slice) -> list[PhotoRow]: ...

    def __getitem__(self, number: int | slice) -> PhotoRow | list[PhotoRow]:
        if isinstance(number, slice):
            return [self._row(key) for key in self.keys[number]]
        return self._row(self.keys[number])

    def unknown(self, numbers: Iterable[int]) -> list[str]:
        """Return those of some photos whose rows have not been read yet."""
        keys = (self.keys[number] for number in numbers)
        return list(dict.fromkeys(key for key in keys if key not in self._known))

    def learn(self, known: Mapping[str, PhotoRow]) -> None:
        """Take rows that were read; of very many, those that were read first are forgotten."""
        self._known.update(known)
        for key in list(self._known)[: max(0, len(self._known) - _MOST_KNOWN)]:
            del self._known[key]

    def _row(self, key: str) -> PhotoRow:
        row = self._known.get(key)
        if row is not None:
            return row
        return PhotoRow(key=key, name="", where=self.where if key in self.elsewhere else "", known=False)


class PhotoModel(QAbstractListModel):
    """Rows of photos."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[PhotoRow] = []
        self.section_of: Callable[[int], str] = lambda _: ""

    @property
    def rows(self) -> Sequence[PhotoRow]:
        """The rows, in the order shown."""
        return self._rows

    def show(self, rows: Sequence[PhotoRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = rows if isinstance(rows, LazyRows) else list(rows)
        self.endResetModel()

    def refresh(self, rows: LazyRows) -> bool:
        """Show the same photos as they are now; return False where they are not the same, and do nothing."""
        present = self._rows
        if not isinstance(present, LazyRows) or present.keys != rows.keys:
            return False
        # One list of names in memory, not two.
        rows.keys = present.keys
        self._rows = rows
        self._changed()
        return True

    def learn(self, known: Mapping[str, PhotoRow]) -> None:
        """Take rows that were read."""
        if isinstance(self._rows, LazyRows):
            self._rows.learn(known)
            self._changed()

    def append(self, rows: Sequence[PhotoRow]) -> None:
        """Show more rows behind the present ones."""
        if rows:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(rows) - 1)
            self._rows = [*self._rows, *rows]
            self.endInsertRows()

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
        """Return the number of photos."""
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Photos can be selected and dragged."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsDragEnabled

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a view asks for."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return " · ".join(part for part in (row.name or tr("Photo"), row.badge, row.where) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip("\n".join(part for part in (row.name, *described(row)) if part))
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return ", ".join(part for part in (self.section_of(index.row()), *described(row)) if part)
        return None

    def _changed(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))


def described(row: PhotoRow) -> list[str]:
    """Return in words what the signs on a photo's picture say."""
    parts = [row.where]
    if row.favourite:
        parts.append(tr("Favourite"))
    if row.rating:
        parts.append(counted(row.rating, "{n} star", "{n} stars"))
    if row.revision:
        parts.append(tr("Rotated"))
    if row.tip:
        parts.append(row.tip)
    if row.mark is not None:
        parts.append(tr("Marked good") if row.mark else tr("Marked bad"))
    if row.alike:
        parts.append(counted(row.alike, "{n} more that is nearly the same", "{n} more that are nearly the same"))
    if row.missing:
        parts.append(tr("Its file is not where it was"))
    if row.needs:
        parts.append(tr("{format} pictures need something that is not installed", format=row.needs))
    return [part for part in parts if part]
