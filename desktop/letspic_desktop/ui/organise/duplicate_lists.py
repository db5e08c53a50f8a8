"""The lists of the page of duplicates: groups, the photos of one group, and photos that several files hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from letspic_desktop.library.lookalikes import Lookalikes
from letspic_desktop.ui.grid.photo_model import Index
from letspic_desktop.ui.grid.thumbnails import ThumbnailLoader
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import plain_tip
from letspic_desktop.ui.organise.duplicate_facts import Candidate
from letspic_desktop.ui.texts import counted, percent, tr

_ROOT = QModelIndex()
ITEM: Final = Qt.ItemDataRole.UserRole + 1
SIDE: Final = 216
ICON: Final = QSize(52, 52)
_LINE: Final = 18
_LINES: Final = 6
_PAD: Final = 10


class GroupsModel(QAbstractListModel):
    """Groups of photos that look alike; each is one row, however many there are."""

    def __init__(self, thumbnails: ThumbnailLoader) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self.groups: Sequence[Lookalikes] = ()

    def show(self, groups: Sequence[Lookalikes]) -> None:
        """Show other groups."""
        self.beginResetModel()
        self.groups = list(groups)
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
        """Return the number of groups."""
        return 0 if parent.isValid() else len(self.groups)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a view asks for."""
        if not index.isValid() or index.row() >= len(self.groups):
            return None
        group = self.groups[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            photos = counted(len(group.photos), "{n} photo", "{n} photos")
            return tr("{photos}\n{share} alike", photos=photos, share=percent(group.likeness))
        if role == Qt.ItemDataRole.DecorationRole:
            return _icon(self._thumbnails, group.photos[0])
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(0, ICON.height() + 16)
        return None


class CopiesModel(QAbstractListModel):
    """Photos that several files hold, with these files."""

    def __init__(self, thumbnails: ThumbnailLoader) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._copies: list[tuple[str, list[Path]]] = []

    def show(self, copies: Mapping[str, list[Path]]) -> None:
        """Show other photos."""
        self.beginResetModel()
        self._copies = list(copies.items())
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
        """Return the number of photos."""
        return 0 if parent.isValid() else len(self._copies)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a view asks for."""
        if not index.isValid() or index.row() >= len(self._copies):
            return None
        photo, paths = self._copies[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return "\n".join(map(str, paths))
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip("\n".join(map(str, paths)))
        if role == Qt.ItemDataRole.DecorationRole:
            return _icon(self._thumbnails, photo)
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(0, max(ICON.height(), _LINE * len(paths)) + 16)
        return None


class CandidatesModel(QAbstractListModel):
    """The photos of one group."""

    def __init__(self) -> None:
        super().__init__()
        self.candidates: Sequence[Candidate] = ()

    def show(self, candidates: Sequence[Candidate]) -> None:
        """Show other photos."""
        self.beginResetModel()
        self.candidates = list(candidates)
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
        """Return the number of photos."""
        return 0 if parent.isValid() else len(self.candidates)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a view asks for."""
        if not index.isValid() or index.row() >= len(self.candidates):
            return None
        candidate = self.candidates[index.row()]
        if role == ITEM:
            return candidate
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return candidate.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip("\n".join([candidate.name, *candidate.lines]))
        return None


class CandidateDelegate(QStyledItemDelegate):
    """Paints a photo with its facts below."""

    def __init__(self, view: QListView, theme: Theme, thumbnails: ThumbnailLoader) -> None:
        super().__init__(view)
        self._theme = theme
        self._thumbnails = thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        """All have the same size."""
        del option, index
        return QSize(SIDE + 2 * _PAD + 8, self.height())

    @staticmethod
    def height() -> int:
        """Return how high each is."""
        return SIDE + 3 * _PAD + (_LINES + 1) * _LINE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one."""
        candidate = index.data(ITEM)
        if not isinstance(candidate, Candidate):
            return
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(option.rect).adjusted(1.5, 1.5, -8, -1.5)
        area.setHeight(min(area.height(), self.height() - 3))
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(QPen(self._theme.color("accent" if chosen else "border"), 2 if chosen else 1))
        painter.setBrush(self._theme.color("surface"))
        painter.drawRoundedRect(area, 12, 12)
        picture = QRectF(area.left() + _PAD, area.top() + _PAD, SIDE, SIDE)
        pixmap = self._thumbnails.pixmap(candidate.photo.sha256, candidate.photo.edit_revision)
        if pixmap is not None:
            painter.drawPixmap(picture, pixmap, QRectF(pixmap.rect()))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("track"))
            painter.drawRoundedRect(picture, 9, 9)
        if candidate.best:
            self._pill(painter, picture, tr("Largest"))
        self._words(painter, QRectF(picture.left(), picture.bottom() + 8, SIDE, _LINE), candidate)
        painter.restore()

    def _words(self, painter: QPainter, line: QRectF, candidate: Candidate) -> None:
        font = QFont(painter.font())
        font.setPixelSize(self._theme.pixels(13))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setPen(self._theme.color("text"))
        for words in (candidate.name, *candidate.lines[:_LINES]):
            painter.setFont(font)
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, int(line.width()))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
            line.translate(0, _LINE)
            font.setPixelSize(self._theme.pixels(12))
            font.setWeight(QFont.Weight.Normal)
            painter.setPen(self._theme.color("muted"))

    def _pill(self, painter: QPainter, picture: QRectF, text: str) -> None:
        font = QFont(painter.font())
        font.setPixelSize(self._theme.pixels(11))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(text) + 18
        place = QRectF(picture.left() + 8, picture.top() + 8, width, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("good_soft"))
        painter.drawRoundedRect(place, 11, 11)
        painter.setPen(self._theme.color("good"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


def _icon(thumbnails: ThumbnailLoader, photo: str) -> QIcon:
    """Return a photo in the size that a list has for its icons; an empty place until it is there."""
    pixmap = thumbnails.pixmap(photo)
    if pixmap is None:
        pixmap = QPixmap(1, 1)
        pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)
