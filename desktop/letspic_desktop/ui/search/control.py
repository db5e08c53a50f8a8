"""Search by example from the window: with a photo of the library, a file, or a picture that has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject
from PySide6.QtGui import QImage

from letspic_desktop.application import Application
from letspic_desktop.operations.marks import ForgetMarks
from letspic_desktop.operations.search import Search, View
from letspic_desktop.operations.search_history import KeepPicture
from letspic_desktop.progress import Progress
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.page.photo_page import PhotoPage
from letspic_desktop.ui.runner import Job, Operation, Result
from letspic_desktop.ui.search.all_results import AllResults
from letspic_desktop.ui.search.keys import add_result_keys
from letspic_desktop.ui.search.labels import LabelMarked
from letspic_desktop.ui.search.pages import (
    LARGE_PAGE,
    PAGE,
    BeginSearch,
    Followed,
    FollowLibrary,
    MarkAndSearch,
    Pages,
    ReadPages,
    ShownPage,
)
from letspic_desktop.ui.search.strip import SearchStrip
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import tr
from letspic_shared.errors import KnownError

_BOTH: Final[tuple[View, ...]] = ("after", "before")


@dataclass(frozen=True, kw_only=True)
class _KeepImage:
    """Write a picture to a file of our own, so that it can be searched with."""

    picture: QImage

    def run(self, app: Application, progress: Progress) -> Path:
        """Write it and return where."""
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        if not self.picture.save(buffer, "PNG"):  # type: ignore[call-overload]
            raise KnownError(tr("The picture could not be kept"), tr("Save it to a file and drop that"))
        return KeepPicture(data=bytes(data.data())).run(app, progress)


class SearchControl(QObject):
    """The newest search; answers to older ones are passed over.

    Parameters
    ----------
    group_name
        Returns the name of the group to search in, None for the library alone.
    """

    def __init__(self, shell: Shell, page: PhotoPage, group_name: Callable[[], str | None]) -> None:
        super().__init__(page)
        self._shell = shell
        self._services = shell.services
        self._page, self._strip, self._wall = page, page.strip, page.results
        self._group_name = group_name
        self._query: PhotoRow | None = None
        self._search: Search | None = None
        self._pages: dict[View, Pages] = {}
        self._shown: dict[View, ShownPage] = {}
        self._opened: set[str] = set()
        self._tiles = PAGE
        self._all = False
        self._job: Job | None = None
        self._picture: QImage | None = None
        self._marking = False
        self._behind = False
        self._awaiting = False
        self._to_mark: list[tuple[PhotoRow, bool]] = []
        self._strip.collapse.setChecked(self._services.app.preferences.now.collapse_similar)
        parts: tuple[SearchStrip | AllResults, ...] = (self._strip, self._wall)
        for part in parts:
            part.opened.connect(self._open)
            part.more_asked.connect(self.more)
            part.marked.connect(self.mark)
            part.alike_asked.connect(self._open_tile)
        page.place_shown.connect(lambda _: self._refresh())
        page.search_field.textEdited.connect(lambda _: self.show_all(False))
        self._strip.view_chosen.connect(lambda _: self._read())
        self._strip.collapse_chosen.connect(self._collapse)
        self._strip.all_asked.connect(self.show_all)
        self._strip.closed.connect(self._forget)
        self._strip.marks.clear_asked.connect(self._clear_marks)
        book = shell.actions_book
        add_result_keys(book, (self._strip, self._wall), self.mark, self._open_tile)
        text = tr("Show all results, or the photos again")
        book.add("search", text, lambda: self.show_all(not self._all), "Ctrl+Shift+E")
        self._labels = LabelMarked(shell)
        self._strip.marks.label_asked.connect(self._label)

    @property
    def busy(self) -> bool:
        """Whether results are awaited."""
        return self._job is not None

    @property
    def shows_all(self) -> bool:
        """Whether all results are shown in the place of the photos."""
        return self._all

    def search(self, row: PhotoRow, *, remember: bool = True) -> None:
        """Search with a photo; ``remember`` it in the history."""
        if row.where:
            self._page.messages.say(
                tr("This photo stays on its device, so it cannot be searched with. Choose one of your library."),
                "plain",
                brief=True,
            )
            return
        self._picture = None
        self._begin(row, self._group_name(), remember=remember)

    def search_file(self, path: Path) -> None:
        """Search with any photo file."""
        self.search(PhotoRow(key=path, name=path.name))

    def search_again(self, row: PhotoRow, group: str | None) -> None:
        """Search as it was done before, in the group of that time."""
        self._picture = None
        self._begin(row, group)

    def search_picture(self, picture: QImage, name: str = "") -> None:
        """Search with a picture that has no file; ``name`` is what the results call it."""
        self._picture = picture

        def kept(path: Path) -> None:
            if self._picture is picture:
                self.search(PhotoRow(key=path, name=name or tr("the pasted picture")))

        self._services.runner.start(_KeepImage(picture=picture), done=kept)

    def again(self) -> None:
        """Repeat the search: there is another head now."""
        if self._query is not None and not self._strip.isHidden():
            self._begin(self._query, self._group_name(), remember=False)

    def more(self) -> None:
        """Get the next page."""
        free = self._job is None or self._awaiting
        if free and self._search is not None and not all(one.complete for one in self._shown.values()):
            self._tiles += LARGE_PAGE if self._all else PAGE
            self._read()

    def show_all(self, shown: bool) -> None:
        """Show all results in the place of the photos, or no longer."""
        if shown == self._all:
            return
        self._all = shown and self._search is not None
        self._strip.show_all(self._all)
        self._page.show_results(self._all)
        if self._all:
            self._tiles = max(self._tiles, LARGE_PAGE)
            self._show()
            for wall in self._wall.walls[:1]:
                wall.setFocus()
            self._read()
        else:
            self._wall.forget()
            self._show()

    def mark(self, row: PhotoRow, good: bool) -> None:
        """Mark a result as good or bad; the same mark again takes it away. The results follow."""
        if self._search is None or not isinstance(row.key, str):
            return
        if row.where:
            self._page.messages.say(
                tr("This photo stays on its device, so it cannot be marked here. Label it on the device's page."),
                "plain",
                brief=True,
            )
            return
        if self._marking:
            # One after the other: each builds on the marks before it.
            self._to_mark.append((row, good))
            return
        wanted = None if self._search.marks.get(row.key) is good else good
        self._start(MarkAndSearch(search=self._search, photo=row.key, good=wanted), self._marked)
        self._marking = True

    def _marked(self, search: Search) -> None:
        self._marking = False
        self._search = search
        if self._to_mark:
            self.mark(*self._to_mark.pop(0))
        else:
            self._follow(search)

    def _begin(self, row: PhotoRow, group: str | None, *, remember: bool = True) -> None:
        self._cancel()
        self.show_all(False)
        self._search, self._query = None, row
        self._to_mark.clear()
        self._tiles = PAGE
        self._opened.clear()
        self._strip.wait(row)
        self._page.device_thumbnails.try_again()
        self._start(BeginSearch(query=row.key, name=row.name, group=group, remember=remember), self._follow, close=True)

    def _follow(self, search: Search) -> None:
        """Show the results of a search that is new, or has other marks."""
        self._search = search
        self._pages, self._shown = {}, {}
        self._read()

    def _read(self) -> None:
        """Read what the chosen views need, and show it."""
        search = self._search
        if search is None or self._marking:
            # What is being marked brings new results, in the views chosen by then.
            return
        views: dict[str, tuple[View, ...]] = {"after": (search.best,), "before": ("before",), "both": _BOTH}
        collapse = self._strip.collapse.isChecked()
        chosen = views[self._strip.view]
        for view in chosen:
            self._pages.setdefault(view, Pages(search, view, collapse=collapse))
        wanted = {view: self._pages[view] for view in chosen}
        # What the library gives is shown at once; what devices add comes when they have answered.
        read = ReadPages(pages=wanted, tiles=self._tiles, whole=self._all, devices=False)
        self._start(read, self._take, close=not self._shown)

    def _refresh(self) -> None:
        """The library has changed: photos may have other names, be turned, or be gone."""
        if self._job is not None:
            # What is on its way may be from before: it is read again when it is there.
            self._behind = True
        elif self._shown and self._query is not None:
            self._behind = False
            pages = {view: self._pages[view] for view in self._shown}
            self._start(FollowLibrary(query=self._query, pages=pages, whole=self._all), self._follow_library)

    def _follow_library(self, now: Followed) -> None:
        self._query = now.query
        self._take(now.pages)

    def _take(self, read: Mapping[View, ShownPage]) -> None:
        self._shown = {**self._shown, **read}
        self._show()
        awaited = {view: self._pages[view] for view, page in read.items() if page.results.devices_awaited}
        if awaited:
            self._start(ReadPages(pages=awaited, tiles=self._tiles, whole=self._all), self._take)
            self._awaiting = True
        elif self._behind:
            self._refresh()

    def _show(self) -> None:
        search, query = self._search, self._query
        if search is None or query is None:
            return
        self._strip.show_results(query, search.version, self._shown, self._opened)
        marks = list(search.marks.values())
        self._strip.marks.show_marks(marks.count(True), marks.count(False))
        if self._all:
            both = self._strip.view == "both" and search.version is not None
            views = _BOTH if both else (self._strip.first_view,)
            pages = {view: page for view, page in self._shown.items() if view in views}
            self._wall.show_pages(pages, self._opened, side=self._page.grid.side)

    def _open(self, row: PhotoRow) -> None:
        """Show a result in full; those beside it that can be shown here can be reached from there."""
        if row.where and not row.device:
            self._page.messages.say(
                tr("This photo stays on its device; at most a small picture of it is shown here."), "plain", brief=True
            )
            return
        parts = self._wall.walls if self._all else [self._strip.after, self._strip.before]
        for part in parts:
            rows = [one for one in part.photos.rows if not one.where or one.device]
            if row in rows:
                self._shell.open_photos(rows, rows.index(row))
                return

    def _label(self) -> None:
        if self._search is not None:
            self._labels.ask(self._search)

    def _open_tile(self, row: PhotoRow) -> None:
        if row.alike and isinstance(row.key, str):
            self._opened ^= {row.key}
            self._show()

    def _collapse(self, on: bool) -> None:
        try:
            self._services.app.preferences.change(collapse_similar=on)
        except KnownError as error:
            self._page.messages.complain(error)
        self._opened.clear()
        if self._search is not None and not self._marking:
            self._cancel()
            self._follow(self._search)

    def _clear_marks(self) -> None:
        search = self._search
        if search is None:
            return
        group = search.group.id if search.group is not None else None
        self._services.runner.start(ForgetMarks(group=group, query=search.photo))
        self._cancel()
        self._follow(search.with_marks({}))

    def _start(self, operation: Operation[Result], take: Callable[[Result], None], *, close: bool = False) -> None:
        """Run a step of the search; ``close`` the results where it fails, for there is nothing to show."""
        self._cancel()

        def done(result: Result) -> None:
            if self._job is job:
                self._job = None
                take(result)

        def failed(error: KnownError) -> None:
            if self._job is job:
                self._job, self._marking = None, False
                if close:
                    self._strip.close_results()
                self._page.messages.complain(error)

        job = self._services.runner.start(operation, done=done, failed=failed)
        self._job = job

    def _cancel(self) -> None:
        self._marking = self._awaiting = False
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _forget(self) -> None:
        self._cancel()
        self.show_all(False)
        self._search = self._query = None
        self._pages, self._shown = {}, {}
