"""Photos side by side: what they look like, and what a person does with the mouse."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView

from letspic_desktop.ui.grid.device_thumbnails import DeviceThumbnails
from letspic_desktop.ui.grid.drag import GridDrag
from letspic_desktop.ui.grid.layout import GridSection
from letspic_desktop.ui.grid.paint import PhotoPainter, Scene, picture_area, sign_at
from letspic_desktop.ui.grid.photo_model import LazyRows, PhotoModel, PhotoRow
from letspic_desktop.ui.grid.scrubber import Scrubber
from letspic_desktop.ui.grid.thumbnails import Key, ThumbnailLoader
from letspic_desktop.ui.grid.view import GridView
from letspic_desktop.ui.look.theme import Theme

_Modifier = Qt.KeyboardModifier


class PhotoGrid(GridView):
    """A wall of photos that scrolls down, or (``one_row``) a strip that scrolls sideways.

    Signals
    -------
    opened
        A photo was activated (double click, Return): its row number.
    chosen_changed
        The selection is another one.
    rows_wanted
        Photos are looked at that were not read yet: ``unknown``.
    sign_clicked
        The heart (0) or a star (1 to 5) on a photo: its row number and the sign.
    """

    opened = Signal(int)
    chosen_changed = Signal()
    rows_wanted = Signal()
    sign_clicked = Signal(int, int)

    def __init__(
        self,
        theme: Theme,
        thumbnails: ThumbnailLoader,
        *,
        name: str,
        one_row: bool = False,
        away: DeviceThumbnails | None = None,
    ) -> None:
        super().__init__(PhotoModel(), one_row=one_row)
        self.setProperty("strip", "true" if one_row else "false")
        self._mouse: QPoint | None = None
        self._band_from = QPoint()
        self.painter = PhotoPainter(self, theme, thumbnails, away)
        self.drag = GridDrag(self, thumbnails)
        self._scrubber = Scrubber(self)
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setDragEnabled(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.activated.connect(lambda index: self.opened.emit(index.row()))
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen_changed.emit())
        thumbnails.arrived.connect(self.viewport().update)
        if away is not None:
            away.arrived.connect(self.viewport().update)
        theme.follow(self, self._restyle)
        self._fit()

    # What is shown

    def show_rows(self, rows: Sequence[PhotoRow], sections: Sequence[GridSection] = (), *, stay: bool = False) -> None:
        """Show photos; ``stay`` keeps the place and the selection as far as the same photos are there."""
        same_sections = list(sections) == list(self._sections)
        if isinstance(rows, LazyRows):
            if stay and same_sections and self.photos.refresh(rows):
                return
        elif list(rows) == self.photos.rows:
            return
        chosen = set(self.chosen) if stay else set()
        current, number = self._current_key() if stay else None, self.currentIndex().row()
        place = self.verticalScrollBar().value() if stay else 0
        self._sections = sections
        self.photos.show(rows)
        self._lay_out()
        if chosen or current is not None:
            self._select(chosen, current, number)
        self.verticalScrollBar().setValue(place)
        self.viewport().update()

    @property
    def chosen(self) -> list[Key]:
        """The selected photos, in the order shown."""
        rows = self.photos.rows
        if isinstance(rows, LazyRows):
            return [rows.keys[number] for number in self.chosen_numbers]
        return [rows[number].key for number in self.chosen_numbers]

    @property
    def chosen_numbers(self) -> list[int]:
        """The places of the selected photos in the list."""
        selection = self.selectionModel().selection()
        parts = [selection.at(number) for number in range(selection.count())]
        ranges = [(part.top(), part.bottom()) for part in parts]
        return [number for top, bottom in sorted(ranges) for number in range(top, bottom + 1)]

    @property
    def chosen_count(self) -> int:
        """How many are selected."""
        selection = self.selectionModel().selection()
        return sum(selection.at(number).height() for number in range(selection.count()))

    @property
    def chosen_rows(self) -> list[PhotoRow]:
        """The rows of the selected photos, in the order shown; a photo that is there twice comes once."""
        rows = self.photos.rows
        found: dict[Key, PhotoRow] = {}
        for number in self.chosen_numbers:
            row = rows[number]
            found.setdefault(row.key, row)
        return list(found.values())

    @property
    def looked_at(self) -> list[str]:
        """The library photos on the screen and a screen around it."""
        rows = self.photos.rows
        return [rows.keys[number] for number in self._near()] if isinstance(rows, LazyRows) else []

    @property
    def unknown(self) -> list[str]:
        """Those of the photos looked at whose rows were not read yet."""
        rows = self.photos.rows
        return rows.unknown(self._near()) if isinstance(rows, LazyRows) else []

    # What a person does

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Ctrl and the wheel change the size; a plain wheel scrolls, a strip sideways."""
        steps = event.angleDelta().y()
        if event.modifiers() & _Modifier.ControlModifier and not self._one_row:
            self.zoom(1 if steps > 0 else -1)
            event.accept()
        elif self._one_row and steps:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - steps)
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Select; a heading selects its photos, and the heart and the stars are set."""
        at = event.position().toPoint()
        self._band_from = self._inside(at)
        if event.button() == Qt.MouseButton.LeftButton:
            section = self._heading_under(at)
            if section is not None:
                self._choose_section(section, event.modifiers())
                return
            index = self.indexAt(at)
            sign = sign_at(picture_area(self.visualRect(index)), event.position()) if index.isValid() else None
            if sign is not None and self.photos.rows[index.row()].signs:
                self.sign_clicked.emit(index.row(), sign)
                return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Light up what is under the mouse, and stretch the rectangle that selects."""
        before, self._mouse = self._hovered, event.position().toPoint()
        super().mouseMoveEvent(event)
        if self.state() == QAbstractItemView.State.DragSelectingState or self._hovered != before:
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The rectangle is done."""
        super().mouseReleaseEvent(event)
        self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Open a photo, but not by two clicks on its stars."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and sign_at(picture_area(self.visualRect(index)), event.position()) is not None:
            self.mousePressEvent(event)
            return
        super().mouseDoubleClickEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Nothing is under a mouse that has left."""
        if event.type() == QEvent.Type.Leave:
            self._mouse = None
            self.viewport().update()
        return super().viewportEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:  # noqa: N802 - Qt's name
        """Take the selected photos elsewhere."""
        del actions
        self.drag.start()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Photos of an album may be moved within it; all else is the page's."""
        self.drag.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802 - Qt's name
        """Show where they would be."""
        self.drag.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """They go elsewhere."""
        self.drag.leave()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Put them there."""
        self.drag.drop(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint what is on the screen, and ask for the rows that are not known yet."""
        del event
        band = None
        if self.state() == QAbstractItemView.State.DragSelectingState and self._mouse is not None:
            band = QRect(self._band_from, self._inside(self._mouse)).normalized()
        self.painter.paint_scene(
            Scene(
                rows=self.photos.rows,
                layout=self._layout,
                sections=self._sections,
                across=self.horizontalOffset(),
                down=self.verticalOffset(),
                mouse=None if self._mouse is None or band is not None else self._inside(self._mouse),
                band=band,
                gap=self.drag.gap,
            )
        )
        if self.unknown:
            self.rows_wanted.emit()

    @property
    def _hovered(self) -> int:
        return -1 if self._mouse is None else self.indexAt(self._mouse).row()

    # The selection

    def select_section(self) -> None:
        """Select all photos under the heading of the current one."""
        number = self.currentIndex().row()
        if number >= 0:
            self._choose_section(self._layout.section_of(number), _Modifier.NoModifier, number)

    def _choose_section(self, section: int, modifiers: _Modifier, current: int | None = None) -> None:
        members = self._layout.members(section)
        selection = QItemSelection(self.photos.index(members.start), self.photos.index(members.stop - 1))
        flags = QItemSelectionModel.SelectionFlag
        add = bool(modifiers & (_Modifier.ControlModifier | _Modifier.ShiftModifier))
        self.selectionModel().select(selection, flags.Toggle if add else flags.ClearAndSelect)
        number = members.start if current is None else current
        self.selectionModel().setCurrentIndex(self.photos.index(number), flags.NoUpdate)

    def _current_key(self) -> Key | None:
        current = self.currentIndex()
        return self.photos.rows[current.row()].key if current.isValid() else None

    def _select(self, keys: set[Key], current: Key | None, number_before: int) -> None:
        """Select photos again; where the current one is gone, the one in its place is the current one."""
        selection, begin, flags = QItemSelection(), None, QItemSelectionModel.SelectionFlag
        rows = self.photos.rows
        every: Sequence[Key] = rows.keys if isinstance(rows, LazyRows) else [row.key for row in rows]
        for number, key in enumerate([*every, ""]):
            if key in keys and number < len(every):
                begin = number if begin is None else begin
            elif begin is not None:
                selection.select(self.photos.index(begin), self.photos.index(number - 1))
                begin = None
        if current is not None and every:
            place = every.index(current) if current in every else min(number_before, len(every) - 1)
            self.selectionModel().setCurrentIndex(self.photos.index(place), flags.NoUpdate)
        self.selectionModel().select(selection, flags.ClearAndSelect)

    def _restyle(self) -> None:
        self.painter.forget()
        self.viewport().update()
