"""The list inside the sidebar: what mouse, keyboard and drops do to its entries."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView

from letspic_desktop.ui.grid.photo_model import Index
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.sidebar.entries import Entry
from letspic_desktop.ui.sidebar.model import SidebarModel, SidebarRole
from letspic_desktop.ui.sidebar.paint import SidebarDelegate, fold_area, plus_area
from letspic_desktop.ui.texts import tr

_UNFOLD_MS: Final = 700


class SidebarView(QListView):
    """The entries as a tree that is folded by presses, Left and Right.

    Signals
    -------
    chosen
        An entry was pressed, or Return was.
    folded
        An entry is to show or hide what is below it.
    added
        The plus of a heading was pressed.
    menu_asked
        The context menu of an entry, at a point of the screen.
    delete_asked
        The Delete key on an entry.
    """

    chosen = Signal(Entry)
    folded = Signal(Entry)
    added = Signal(Entry)
    menu_asked = Signal(Entry, QPoint)
    delete_asked = Signal(Entry)

    def __init__(self, model: SidebarModel, theme: Theme) -> None:
        super().__init__()
        self._delegate = SidebarDelegate(self, theme)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(tr("Library, albums, tags, groups and devices"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        self.setDragDropOverwriteMode(True)
        self.setDropIndicatorShown(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._unfold = QTimer(self)
        self._unfold.setSingleShot(True)
        self._unfold.setInterval(_UNFOLD_MS)
        self._unfold.timeout.connect(self._unfold_target)
        theme.follow(self, self.viewport().update)

    @property
    def editing(self) -> bool:
        """Whether a person types a new name just now."""
        return self.state() == QAbstractItemView.State.EditingState

    def entry(self, index: QModelIndex) -> Entry | None:
        """Return the entry of an index."""
        found = index.data(SidebarRole.ENTRY) if index.isValid() else None
        return found if isinstance(found, Entry) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Fold and unfold, go, rename, delete; all else moves the focus."""
        index = self.currentIndex()
        entry, key = self.entry(index), event.key()
        if entry is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Left:
            self._fold_or_climb(index, entry)
        elif key == Qt.Key.Key_Right:
            if entry.fold == "closed":
                self.folded.emit(entry)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._use(entry)
        elif key == Qt.Key.Key_F2:
            self.rename(index)
        elif key == Qt.Key.Key_Delete:
            self.delete_asked.emit(entry)
        else:
            super().keyPressEvent(event)
            reached = self.entry(self.currentIndex())
            if reached is not None and reached.place is not None and reached.key != entry.key:
                self.chosen.emit(reached)

    def selectionCommand(  # noqa: N802 - Qt's name
        self, index: Index, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        """What is marked is where the person is, wherever the focus goes."""
        del index, event
        return QItemSelectionModel.SelectionFlag.NoUpdate

    def mark(self, row: int | None) -> None:
        """Mark where the person is; the focus follows unless it is in here."""
        flag = QItemSelectionModel.SelectionFlag
        if row is None:
            self.selectionModel().clearSelection()
            return
        index = self.model().index(row, 0)
        self.selectionModel().select(index, flag.ClearAndSelect)
        elsewhere = not self.hasFocus() and not self.editing
        if elsewhere or not self.currentIndex().isValid():
            self.selectionModel().setCurrentIndex(index, flag.NoUpdate)

    def rename(self, index: QModelIndex) -> None:
        """Let the person type another name where it stands."""
        if index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.setCurrentIndex(index)
            self.edit(index)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A heading's plus and the arrows are pressed; elsewhere the entry is."""
        index = self.indexAt(event.position().toPoint())
        entry = self.entry(index)
        if entry is None or event.button() != Qt.MouseButton.LeftButton:
            # The right button opens a menu: the person stays where they are.
            event.accept()
            return
        area, at = self.visualRect(index), event.position().toPoint()
        if entry.adds and plus_area(area).contains(at):
            self.added.emit(entry)
        elif entry.fold and fold_area(area, entry).contains(at):
            self.folded.emit(entry)
        else:
            super().mousePressEvent(event)
            self._use(entry)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for the menu of the entry under the mouse, or of the one that has the focus."""
        by_keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_keyboard else self.indexAt(event.pos())
        entry = self.entry(index)
        if entry is not None:
            area = self.visualRect(index)
            at = self.viewport().mapToGlobal(area.center()) if by_keyboard else event.globalPos()
            self.menu_asked.emit(entry, at)
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Show what takes it."""
        super().dragEnterEvent(event)
        self._show_target(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802 - Qt's name
        """Show what takes it."""
        super().dragMoveEvent(event)
        self._show_target(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """It goes elsewhere."""
        super().dragLeaveEvent(event)
        self._set_target(None)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Hand it to the model."""
        super().dropEvent(event)
        self._set_target(None)

    def _use(self, entry: Entry) -> None:
        if entry.heading:
            self.folded.emit(entry)
        else:
            self.chosen.emit(entry)

    def _fold_or_climb(self, index: QModelIndex, entry: Entry) -> None:
        """Hide what is below an entry; from inside, go up to what it is below of."""
        if entry.fold == "open":
            self.folded.emit(entry)
            return
        for row in range(index.row() - 1, -1, -1):
            above = self.entry(self.model().index(row, 0))
            if above is not None and (above.heading or above.depth < entry.depth):
                self.setCurrentIndex(self.model().index(row, 0))
                return

    def _show_target(self, event: QDragMoveEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        takes = index.isValid() and self.model().canDropMimeData(event.mimeData(), event.dropAction(), -1, -1, index)
        if takes:
            event.acceptProposedAction()
        else:
            event.ignore()
        self._set_target(index.row() if takes else None)
        entry = self.entry(index)
        if entry is not None and entry.fold == "closed" and not self._unfold.isActive():
            self._unfold.start()

    def _set_target(self, row: int | None) -> None:
        if row != self._delegate.target:
            self._delegate.target = row
            self._unfold.stop()
            self.viewport().update()

    def _unfold_target(self) -> None:
        at = self.viewport().mapFromGlobal(self.cursor().pos())
        entry = self.entry(self.indexAt(at))
        if entry is not None and entry.fold == "closed":
            self.folded.emit(entry)
