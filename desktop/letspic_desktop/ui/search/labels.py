"""From marks to labels: the results that were marked good go into an album, in one change that can be undone."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QDialog

from letspic_desktop.application import Application
from letspic_desktop.library.albums import Album
from letspic_desktop.operations.marks import UseMarksAsLabels, query_album
from letspic_desktop.operations.search import Search
from letspic_desktop.progress import Progress
from letspic_desktop.ui.dialogs.base import ask_name
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, tr


@dataclass(frozen=True, kw_only=True)
class _ReadAlbum:
    """Look which album the photo that was searched with is in."""

    query: str

    def run(self, app: Application, progress: Progress) -> Album | None:
        """Look."""
        progress.check()
        return query_album(app, self.query)


class LabelMarked:
    """Adds marked results to the query's album, or to one whose name it asks for."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.dialog: QDialog | None = None

    def ask(self, search: Search) -> None:
        """Add the good results of a search to an album."""

        def found(album: Album | None) -> None:
            if album is not None:
                self._label(search, album.name)
                return
            title = tr("Name of the album for the photos marked good")
            self.dialog = ask_name(
                self._shell.widget,
                self._shell.services.theme,
                title,
                tr("Add"),
                lambda name: self._label(search, name),
            )
            self.dialog.destroyed.connect(self._closed)

        self._shell.services.runner.start(_ReadAlbum(query=search.photo), done=found)

    def _closed(self) -> None:
        self.dialog = None

    def _label(self, search: Search, name: str) -> None:
        good = tuple(photo for photo, mark in search.marks.items() if mark)
        group = search.group

        def done(result: tuple[Album, bool]) -> None:
            album, learns = result
            photos = counted(len(good), "{n} photo", "{n} photos")
            text = tr("Now in {album}: {photos} marked good.", photos=photos, album=album.name)
            if learns and group is not None:
                text += " " + tr("The next fine-tuning of {group} learns from them.", group=group.name)
            else:
                text += " " + tr("Share the album with a group as a category, and fine-tuning learns from them.")
            self._shell.messages.say(text, "good")

        operation = UseMarksAsLabels(
            album=name, photos=good, query=search.photo, group=group.id if group is not None else None
        )
        self._shell.services.changes.make(operation, done)
