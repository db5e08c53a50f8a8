"""Search by example from the window: with a photo of the library, a file, or a pasted picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from letspic_desktop.application import Application
from letspic_desktop.operations.search import SearchPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.photo_model import PhotoRow
from letspic_desktop.ui.queries import SearchToShow, ShownSearch
from letspic_desktop.ui.runner import Job
from letspic_desktop.ui.search_strip import SearchStrip
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import tr
from letspic_shared.errors import KnownError

PAGE: Final = 24


@dataclass(frozen=True, kw_only=True)
class KeepPicture:
    """Write a pasted picture to a file of our own, so that it can be searched with."""

    picture: QImage

    def run(self, app: Application, progress: Progress) -> Path:
        """Write it and return where."""
        progress.check()
        path = app.home.root / "pasted.png"
        if not self.picture.save(str(path)):
            raise KnownError(tr("The pasted picture could not be kept"), tr("Save it to a file and drop that"))
        return path


class SearchControl(QObject):
    """The newest search; answers to older ones are passed over.

    Parameters
    ----------
    group_name
        Returns the name of the group to search in, None for the library alone.
    complain
        Told what went wrong.
    """

    def __init__(
        self,
        services: Services,
        strip: SearchStrip,
        group_name: Callable[[], str | None],
        complain: Callable[[KnownError], None],
    ) -> None:
        super().__init__(strip)
        self._services = services
        self._strip = strip
        self._group_name = group_name
        self._complain = complain
        self._query: PhotoRow | None = None
        self._shown = 0
        self._job: Job | None = None
        self._picture: QImage | None = None
        strip.more_asked.connect(self.more)
        strip.closed.connect(self._forget)

    @property
    def busy(self) -> bool:
        """Whether results are awaited."""
        return self._job is not None

    def search(self, row: PhotoRow) -> None:
        """Search with a photo."""
        self._cancel()
        self._picture = None
        self._query, self._shown = row, 0
        self._strip.wait(row)
        self._ask(lambda found: self._show(row, found))

    def search_file(self, path: Path) -> None:
        """Search with any photo file."""
        self.search(PhotoRow(key=path, name=path.name))

    def search_picture(self, picture: QImage, name: str = "") -> None:
        """Search with a picture that has no file; ``name`` is what the results call it."""

        self._picture = picture

        def kept(path: Path) -> None:
            if self._picture is not picture:
                return
            self._services.thumbnails.forget(path)
            self.search(PhotoRow(key=path, name=name or tr("the pasted picture")))

        self._services.runner.start(KeepPicture(picture=picture), done=kept)

    def again(self) -> None:
        """Repeat the search: there is another head now."""
        if self._query is not None and not self._strip.isHidden():
            self.search(self._query)

    def more(self) -> None:
        """Get the next page."""
        if self._query is not None and self._job is None:
            self._ask(self._append)

    def _ask(self, take: Callable[[ShownSearch], None]) -> None:
        if self._query is None:
            return
        operation = SearchToShow(
            search=SearchPhotos(query=self._query.key, group=self._group_name(), top=PAGE, offset=self._shown)
        )

        def done(found: ShownSearch) -> None:
            if self._job is job:
                self._job = None
                take(found)

        def failed(error: KnownError) -> None:
            if self._job is job:
                self._job = None
                self._strip.hide()
                self._complain(error)

        job = self._services.runner.start(operation, done=done, failed=failed)
        self._job = job

    def _show(self, row: PhotoRow, found: ShownSearch) -> None:
        self._shown = PAGE
        self._strip.show_results(row, found)

    def _append(self, found: ShownSearch) -> None:
        self._shown += PAGE
        self._strip.add_results(found, PAGE)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _forget(self) -> None:
        self._cancel()
        self._query = None
