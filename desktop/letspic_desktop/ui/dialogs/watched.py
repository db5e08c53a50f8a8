"""Watched folders, and folders whose files are missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from letspic_desktop.operations.watch import FoldersState, WatchedState
from letspic_desktop.ui.dialogs.base import fill, prepare
from letspic_desktop.ui.look.message_bar import ProgressStrip
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, explain, label, line, plain_tip, row
from letspic_desktop.ui.texts import counted, number, tr

_PATH = Qt.ItemDataRole.UserRole


class WatchedDialog(QDialog):
    """Two lists with what can be done about them.

    Signals
    -------
    add_asked, look_asked, check_asked
        Watch another folder; look through all of them; look for every file.
    stop_asked
        A folder is to be watched no longer.
    relink_asked
        A folder whose photos are elsewhere now.
    """

    add_asked = Signal()
    look_asked = Signal()
    check_asked = Signal()
    stop_asked = Signal(Path)
    relink_asked = Signal(Path)

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        prepare(self, tr("Watched folders and missing files"))
        self.watched = _table(tr("Watched folders"), [tr("Folder"), tr("Photos"), tr("State"), tr("Last look")])
        self.watched.setMinimumHeight(130)
        self.missing = _table(tr("Folders with missing files"), [tr("Folder"), tr("Missing"), tr("First file")])
        self.missing.setMinimumHeight(110)
        self.by_folder = QCheckBox(tr("Sub-folders of a new one become albums"))
        self.add_button = button(theme, tr("Watch a folder …"), icon="plus", on_click=self.add_asked.emit)
        self.look_button = button(theme, tr("Look now"), on_click=self.look_asked.emit)
        self.stop_button = button(theme, tr("Stop watching"), on_click=self._stop)
        self.find_button = button(theme, tr("Find it again …"), on_click=lambda: self._relink(self.watched))
        self.check_button = button(theme, tr("Check all files"), on_click=self.check_asked.emit)
        self.find_missing = button(theme, tr("Find them again …"), on_click=lambda: self._relink(self.missing))
        self.message = label("", wrap=True)
        self.message.hide()
        self.progress = ProgressStrip(theme)
        self.missing_title = label(tr("Missing files"), "h2")
        about = tr("New photos in these folders come into the library by themselves.")
        gone = tr("Files that were moved are known again by their content, whatever they are called now.")
        close = button(theme, tr("Close"), on_click=self.close)
        fill(
            self,
            column(
                label(tr("Watched folders"), "h2"),
                label(about, "muted", wrap=True),
                self.watched,
                row(self.add_button, self.look_button, self.find_button, self.stop_button, None),
                self.by_folder,
                6,
                line(),
                6,
                self.missing_title,
                label(gone, "muted", wrap=True),
                self.missing,
                row(self.check_button, self.find_missing, None),
                self.progress,
                row(self.message, None, close),
                spacing=8,
            ),
        )
        self.setMinimumWidth(760)
        self._busy = False
        for table in (self.watched, self.missing):
            table.currentItemChanged.connect(lambda *_: self._arrange())
        self._arrange()

    def show_state(self, state: FoldersState) -> None:
        """List what there is; what was chosen stays so."""
        chosen = self._chosen(self.watched), self._chosen(self.missing)
        self.watched.clear()
        for one in state.watched:
            item = _item(one.folder, [str(one.folder), number(one.photos), _state(one), _when(one)])
            self.watched.addTopLevelItem(item)
        self.missing.clear()
        for folder, files in state.missing.items():
            self.missing.addTopLevelItem(_item(folder, [str(folder), number(len(files)), files[0].path.name]))
        total = sum(len(files) for files in state.missing.values())
        self.missing_title.setText(
            counted(total, "{n} file is missing", "{n} files are missing") if total else tr("No file is missing")
        )
        for table, path in zip((self.watched, self.missing), chosen, strict=True):
            self._choose(table, path)
        self._arrange()

    def say(self, text: str) -> None:
        """Say what came of it."""
        self.message.setText(text)
        self.message.setAccessibleName(text)
        self.message.show()

    def begin(self, title: str, cancel: Callable[[], None]) -> None:
        """Show work that has just begun."""
        self._busy = True
        self.message.hide()
        if title:
            self.progress.begin(title, cancel)
        self._arrange()

    def end(self) -> None:
        """The work is over."""
        self._busy = False
        self.progress.hide()
        self._arrange()

    def _arrange(self) -> None:
        """Only what makes sense just now can be pressed."""
        chosen, gone = self._chosen(self.watched), self._chosen(self.missing)
        choose = tr("Choose a folder of the list first")
        for widget, usable, why in (
            (self.add_button, True, ""),
            (self.check_button, True, ""),
            (self.look_button, bool(self.watched.topLevelItemCount()), tr("No folder is watched yet")),
            (self.stop_button, chosen is not None, choose),
            (self.find_button, chosen is not None, choose),
            (self.find_missing, gone is not None, choose),
        ):
            widget.setEnabled(usable and not self._busy)
            explain(widget, "" if usable else why)

    def _stop(self) -> None:
        folder = self._chosen(self.watched)
        if folder is not None:
            self.stop_asked.emit(folder)

    def _relink(self, table: QTreeWidget) -> None:
        folder = self._chosen(table)
        if folder is not None:
            self.relink_asked.emit(folder)

    def _chosen(self, table: QTreeWidget) -> Path | None:
        item = table.currentItem()
        found = item.data(0, _PATH) if item is not None else None
        return found if isinstance(found, Path) else None

    def _choose(self, table: QTreeWidget, path: Path | None) -> None:
        for place in range(table.topLevelItemCount()):
            item = table.topLevelItem(place)
            if item is not None and (item.data(0, _PATH) == path or path is None):
                table.setCurrentItem(item)
                return


def _table(name: str, heads: list[str]) -> QTreeWidget:
    table = QTreeWidget()
    table.setProperty("role", "boxed")
    table.setAccessibleName(name)
    table.setHeaderLabels(heads)
    table.setRootIsDecorated(False)
    table.setUniformRowHeights(True)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    header = table.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table


def _item(folder: Path, texts: list[str]) -> QTreeWidgetItem:
    item = QTreeWidgetItem(texts)
    item.setData(0, _PATH, folder)
    for part, text in enumerate(texts):
        item.setToolTip(part, plain_tip(text))
    return item


def _state(one: WatchedState) -> str:
    if not one.there:
        return tr("not there: is its drive plugged in?")
    if one.missing:
        return counted(one.missing, "{n} file missing", "{n} files missing")
    return tr("watched, with albums") if one.albums_from_folders else tr("watched")


def _when(one: WatchedState) -> str:
    if one.looked_at is None:
        return tr("not yet")
    at = QDateTime.fromSecsSinceEpoch(round(one.looked_at.timestamp()))
    return QLocale().toString(at, QLocale.FormatType.ShortFormat)
