"""Which photo is on which device, as a table for Qt's views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt

from letspic_desktop.operations.distributed import Copy, Holder, Spread, SpreadPhoto
from letspic_desktop.ui.grid.photo_model import Index
from letspic_desktop.ui.texts import tr

PHOTO, ALBUM, COPIES = 0, 1, 2
FIRST_DEVICE: Final = 3
COPY_ROLE: Final = Qt.ItemDataRole.UserRole + 1
FEW_ROLE: Final = Qt.ItemDataRole.UserRole + 2
TOO_FEW: Final = "too-few"
_ROOT = QModelIndex()


class SpreadModel(QAbstractTableModel):
    """The photos of a group, one a row, and its devices, one a column after the first three.

    Everything is looked up by row, so its size does not matter to the view.
    """

    def __init__(self) -> None:
        super().__init__()
        self._photos: Sequence[SpreadPhoto] = []
        self._holders: Sequence[Holder] = []
        self._rows: list[SpreadPhoto] = []
        self._replicas = 1
        self._only = ""
        self._order: tuple[int, Qt.SortOrder] = (ALBUM, Qt.SortOrder.AscendingOrder)

    @property
    def rows(self) -> Sequence[SpreadPhoto]:
        """The photos that are listed, in their order."""
        return self._rows

    @property
    def wanted(self) -> int:
        """How many copies a photo needs; never more than there are devices."""
        return min(self._replicas, max(1, len(self._holders)))

    def show(self, spread: Spread) -> None:
        """Show where photos are now."""
        self.beginResetModel()
        self._photos, self._holders = spread.photos, spread.holders
        self._arrange()
        self.endResetModel()

    def want(self, replicas: int) -> None:
        """Take so many copies of a photo for enough."""
        self.beginResetModel()
        self._replicas = replicas
        self._arrange()
        self.endResetModel()

    def only(self, which: str) -> None:
        """List all photos (""), those with too few copies (`TOO_FEW`), or those on a device (its id)."""
        if which == self._only:
            return
        self.beginResetModel()
        self._only = which
        self._arrange()
        self.endResetModel()

    def is_short(self, photo: SpreadPhoto) -> bool:
        """Return whether a photo to hand out is on fewer devices than wanted."""
        return photo.shared and photo.copies < self.wanted

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """List the photos by a column."""
        self.beginResetModel()
        self._order = (column, order)
        self._arrange()
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
        """Return the number of photos."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
        """Return three, and one for each device."""
        return 0 if parent.isValid() else FIRST_DEVICE + len(self._holders)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the name of a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and section >= COPIES:
            return Qt.AlignmentFlag.AlignCenter
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        if section >= FIRST_DEVICE:
            return self._holders[section - FIRST_DEVICE].name
        return (tr("Photo"), tr("Album"), tr("Copies"))[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a view asks for."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        photo, column = self._rows[index.row()], index.column()
        if role == COPY_ROLE:
            return photo.on[column - FIRST_DEVICE] if column >= FIRST_DEVICE else None
        if role == FEW_ROLE:
            return self.is_short(photo)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(photo, column)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self._spoken(photo, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column >= COPIES:
            return Qt.AlignmentFlag.AlignCenter
        return None

    def _text(self, photo: SpreadPhoto, column: int) -> str:
        if column == PHOTO:
            return name_of(photo)
        if column == ALBUM:
            return photo.album or "–"
        if column == COPIES:
            return f"{photo.copies}/{self.wanted}" if photo.shared else str(photo.copies)
        return ""

    def _spoken(self, photo: SpreadPhoto, column: int) -> str:
        if column == COPIES:
            text = tr("{n} of {wanted} copies", n=photo.copies, wanted=self.wanted)
            return tr("{copies}: too few", copies=text) if self.is_short(photo) else text
        if column < FIRST_DEVICE:
            return self._text(photo, column)
        words: dict[Copy, str] = {
            "own": tr("its own photo, which stays there"),
            "placed": tr("placed there by this desktop"),
            "": tr("not there"),
        }
        name = self._holders[column - FIRST_DEVICE].name
        return tr("{device}: {state}", device=name, state=words[photo.on[column - FIRST_DEVICE]])

    def _arrange(self) -> None:
        keep = self._filter()
        column, order = self._order
        self._rows = sorted(
            (photo for photo in self._photos if keep(photo)),
            key=self._key(column),
            reverse=order == Qt.SortOrder.DescendingOrder,
        )

    def _filter(self) -> Callable[[SpreadPhoto], bool]:
        if not self._only:
            return lambda _: True
        if self._only == TOO_FEW:
            return self.is_short
        place = next((n for n, holder in enumerate(self._holders) if holder.device_id == self._only), None)
        if place is None:
            return lambda _: True
        return lambda photo: photo.on[place] != ""

    def _key(self, column: int) -> Callable[[SpreadPhoto], tuple[object, ...]]:
        if column == PHOTO:
            return lambda photo: (name_of(photo).casefold(), photo.sha256)
        if column == ALBUM:
            return lambda photo: (not photo.album, photo.album.casefold(), name_of(photo).casefold(), photo.sha256)
        if column == COPIES:
            return lambda photo: (photo.copies, not photo.shared, name_of(photo).casefold())
        place = column - FIRST_DEVICE
        # A column of a device that has left meanwhile orders nothing.
        return lambda photo: (photo.on[place] if place < len(photo.on) else "", name_of(photo).casefold())


def name_of(photo: SpreadPhoto) -> str:
    """Return what a photo is called in lists."""
    return photo.name or tr("Photo {id}", id=photo.sha256[:8])
