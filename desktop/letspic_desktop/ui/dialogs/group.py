"""Make a group, or choose which albums it learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QPushButton, QWidget

from letspic_desktop.library.albums import Album
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.groups import ChangeAlbums, CreateGroup
from letspic_desktop.ui.dialogs.base import fill, prepare
from letspic_desktop.ui.groups.group_card import GroupPage
from letspic_desktop.ui.look.widgets import button, column, label, row
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, sentence, tr
from letspic_shared.errors import KnownError


class GroupDialog(QDialog):
    """The name of a group and a tick for each album that it learns.

    Parameters
    ----------
    page
        The group to change, None to make one.
    on_done
        Told the group's id.
    on_join
        Called where the person wants to join another desktop's group instead.
    """

    def __init__(
        self,
        parent: QWidget,
        services: Services,
        albums: Sequence[Album],
        page: GroupPage | None,
        on_done: Callable[[str], None],
        *,
        on_join: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(parent)
        title = tr("New group") if page is None else tr("Albums of {name}", name=page.group.name)
        prepare(self, title)
        self._services, self._page, self._on_done = services, page, on_done
        self._open = True
        self.finished.connect(lambda _: self._closed())
        self.name = QLineEdit(page.group.name if page else "")
        self.name.setPlaceholderText(tr("Hiking club"))
        self.name.setAccessibleName(tr("Name of the group"))
        self.name.setVisible(page is None)
        self.name.textChanged.connect(lambda _: self._check())
        shared: set[int | None] = {album.id for album in albums}
        if page is not None:
            shared = {one.album_id for one in page.albums if one.shared}
        self.albums = self._ticks(albums, shared)
        self.message = label("", "bad", wrap=True)
        self.message.hide()
        self.save_button = button(
            services.theme, tr("Create") if page is None else tr("Save"), role="primary", on_click=self._save
        )
        self.save_button.setDefault(True)
        cancel = button(services.theme, tr("Cancel"), on_click=self.close)
        text = tr("The ticked albums are shared: fine-tuning learns to tell them apart, and devices get their photos.")
        about = label(text, "muted", wrap=True)
        about.setMinimumWidth(380)
        fill(
            self,
            column(
                label(title, "h2"), about, self.name, self.albums, self.message, 6,
                row(self._join_link(on_join), None, cancel, self.save_button), spacing=8,
            ),
        )  # fmt: skip
        self._check()

    def _join_link(self, on_join: Callable[[], None] | None) -> QPushButton:
        def join() -> None:
            self.close()
            if on_join is not None:
                on_join()

        made = button(self._services.theme, tr("Join another desktop's group …"), role="link", on_click=join)
        made.setVisible(on_join is not None)
        return made

    def _ticks(self, albums: Sequence[Album], shared: set[int | None]) -> QListWidget:
        ticks = QListWidget()
        ticks.setProperty("role", "boxed")
        ticks.setAccessibleName(tr("Albums to learn"))
        ticks.setMinimumHeight(220)
        for album in albums:
            item = QListWidgetItem(f"{album.name}   ·   {counted(album.photos, '{n} photo', '{n} photos')}")
            item.setData(Qt.ItemDataRole.UserRole, album.name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked if album.id in shared else Qt.CheckState.Unchecked)
            ticks.addItem(item)
        if not albums:
            ticks.addItem(tr("There is no album yet: import a folder with sub-folders"))
            ticks.setEnabled(False)
        return ticks

    def _check(self) -> None:
        self.save_button.setEnabled(bool(self.name.text().strip()))

    def _chosen(self) -> tuple[list[str], list[str]]:
        ticked: tuple[list[str], list[str]] = ([], [])
        for number in range(self.albums.count()):
            item = self.albums.item(number)
            name = item.data(Qt.ItemDataRole.UserRole)
            if isinstance(name, str):
                ticked[item.checkState() != Qt.CheckState.Checked].append(name)
        return ticked

    def _save(self) -> None:
        self.save_button.setEnabled(False)
        chosen, others = self._chosen()
        if self._page is None:
            self._services.runner.start(
                CreateGroup(name=self.name.text(), albums=tuple(chosen)), done=self._saved, failed=self._failed
            )
        else:
            present = {one.name for one in self._page.albums if one.shared}
            change = ChangeAlbums(
                group=self._page.group.name,
                add=tuple(name for name in chosen if name not in present),
                remove=tuple(name for name in others if name in present),
            )
            group = self._page.group
            self._services.changes.make(change, lambda _: self._saved(group), self._failed)

    def _saved(self, group: Group) -> None:
        self._on_done(group.id)
        if self._open:
            self.close()

    def _failed(self, error: KnownError) -> None:
        if self._open:
            self.message.setText(sentence(error))
            self.message.show()
            self._check()

    def _closed(self) -> None:
        self._open = False
