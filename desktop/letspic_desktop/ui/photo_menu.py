"""The context menu of photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from letspic_desktop.library.albums import Album
from letspic_desktop.operations.organise import AddToAlbum, CreateAlbum, RemoveFromAlbum
from letspic_desktop.ui.dialogs.base import ask_name
from letspic_desktop.ui.photo_model import PhotoRow
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, tr


class PhotoMenu:
    """Opens the menu for some photos.

    Parameters
    ----------
    search, open_photo
        Called with the photo to search with, or to show.
    """

    def __init__(
        self,
        window: QWidget,
        services: Services,
        search: Callable[[PhotoRow], None],
        open_photo: Callable[[PhotoRow], None],
    ) -> None:
        self._window = window
        self._services = services
        self._search = search
        self._open_photo = open_photo

    def popup(self, rows: Sequence[PhotoRow], at: QPoint, albums: Sequence[Album], here: Album | None) -> None:
        """Open the menu for ``rows`` at a point of the screen; ``here`` is the album that is shown."""
        if not rows:
            return
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction(tr("Search similar")).triggered.connect(lambda: self._search(rows[0]))
        menu.addAction(tr("Open")).triggered.connect(lambda: self._open_photo(rows[0]))
        photos = tuple(row.key for row in rows if isinstance(row.key, str) and not row.where)
        if photos:
            menu.addSeparator()
            title = counted(len(photos), "Add to album", "Add {n} photos to album")
            self._album_menu(menu.addMenu(title), photos, albums)
            if here is not None:
                name = here.name
                menu.addAction(tr("Remove from {name}", name=name)).triggered.connect(
                    lambda: self._services.runner.start(RemoveFromAlbum(album=name, photos=photos))
                )
        menu.popup(at)

    def _album_menu(self, menu: QMenu, photos: tuple[str, ...], albums: Sequence[Album]) -> None:
        runner, theme = self._services.runner, self._services.theme
        for album in albums:
            menu.addAction(album.name.replace("&", "&&")).triggered.connect(
                lambda _=False, name=album.name: runner.start(AddToAlbum(album=name, photos=photos))
            )
        menu.addSeparator()

        def make(name: str) -> None:
            runner.start(CreateAlbum(name=name, photos=photos))

        menu.addAction(tr("New album …")).triggered.connect(
            lambda: ask_name(self._window, theme, tr("Name of the new album"), tr("Create"), make)
        )
