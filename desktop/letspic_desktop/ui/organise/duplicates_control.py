"""Looks for duplicates, keeps what was found until it is decided, and carries decisions out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject

from letspic_desktop.application import Application
from letspic_desktop.library.lookalikes import Lookalikes
from letspic_desktop.operations.duplicates import FindCopies, FindLookalikes, KeepBoth, KeepOne, OpenLookalikes
from letspic_desktop.progress import Progress
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.organise.duplicate_facts import Candidate, ReadCandidates
from letspic_desktop.ui.organise.duplicates_page import DuplicatesPage, said_of
from letspic_desktop.ui.organise.undo_notice import change_and_tell
from letspic_desktop.ui.places import DUPLICATES
from letspic_desktop.ui.queries import Overview
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, tr


@dataclass(frozen=True, kw_only=True)
class ReadOpen:
    """Read which of the groups found before are open, and which photos several files hold."""

    groups: tuple[Lookalikes, ...]

    def run(self, app: Application, progress: Progress) -> tuple[list[Lookalikes], dict[str, list[Path]]]:
        """Read both."""
        return OpenLookalikes(groups=self.groups).run(app, progress), FindCopies().run(app, progress)


class DuplicatesControl(QObject):
    """The page of duplicates.

    Parameters
    ----------
    count_known
        Told how many groups wait for a decision.
    """

    def __init__(self, shell: Shell, count_known: Callable[[int], None]) -> None:
        super().__init__(shell.widget)
        self._shell = shell
        self._count_known = count_known
        self._found: tuple[Lookalikes, ...] = ()
        self._photos = self._photos_then = 0
        self._looking = False
        self.page = DuplicatesPage(shell.services)
        self.page.look_asked.connect(self.look)
        self.page.group_shown.connect(self._read_group)
        self.page.keep_one_asked.connect(self._keep_one)
        self.page.keep_all_asked.connect(self._keep_all)
        self.page.opened.connect(self._open)
        book = shell.actions_book
        book.add("library", tr("Find duplicates"), self.go_and_look)
        keep, both = tr("Duplicates: keep the marked one"), tr("Duplicates: keep all")
        book.add("photos", keep, self.page.keep_one, "K", in_menu=False, scope=self.page)
        book.add("photos", both, self.page.keep_all, "B", in_menu=False, scope=self.page)

    def go_and_look(self) -> None:
        """Go to the page and look for duplicates."""
        self._shell.go(DUPLICATES)
        self.look()

    def look(self) -> None:
        """Look for photos that look alike, beside the window."""
        if self._looking:
            return
        self._looking = True
        self.page.busy(True)
        job = self._shell.services.runner.start(
            FindLookalikes(),
            done=self._take,
            failed=self._shell.messages.complain,
            step=self.page.progress.step,
            ended=self._ended,
        )
        self.page.progress.begin(tr("Comparing photos"), job.cancel)

    def refresh(self, overview: Overview) -> None:
        """Look which groups are still open: something in the library may have changed."""
        self._photos = overview.photos + overview.trashed
        if self._found or overview.copies or self.page.copies.rowCount():
            self._read()

    def _read(self) -> None:
        self._shell.services.runner.start(ReadOpen(groups=self._found), done=self._show)

    def _take(self, found: Sequence[Lookalikes]) -> None:
        self._found = tuple(found)
        self._photos_then = self._photos
        self.page.looked = True
        self._read()

    def _ended(self) -> None:
        self._looking = False
        self.page.progress.hide()
        self.page.busy(False)

    def _show(self, read: tuple[Sequence[Lookalikes], Mapping[str, list[Path]]]) -> None:
        groups, copies = read
        said = said_of(groups)
        fresh = self._photos - self._photos_then
        if self.page.looked and fresh > 0:
            new = counted(fresh, "{n} photo is new since: look again.", "{n} photos are new since: look again.")
            said = f"{said}  ·  {new}" if said else new
        self.page.show_found(groups, copies, said)
        if self.page.looked:
            self._count_known(len(groups))

    def _read_group(self, group: Lookalikes) -> None:
        def show(candidates: list[Candidate]) -> None:
            if self.page.group == group:
                self.page.show_candidates(candidates)

        self._shell.services.runner.start(ReadCandidates(photos=group.photos), done=show)

    def _keep_one(self, kept: str, group: Lookalikes) -> None:
        others = tuple(photo for photo in group.photos if photo != kept)
        text = counted(
            len(others),
            "Kept one; the other is in the trash, its albums and tags came along.",
            "Kept one; the {n} others are in the trash, their albums and tags came along.",
        )
        change_and_tell(self._shell, KeepOne(kept=kept, others=others), text)

    def _keep_all(self, group: Lookalikes) -> None:
        text = tr("All of them stay. They are not asked about again.")
        change_and_tell(self._shell, KeepBoth(photos=group.photos), text)

    def _open(self, candidates: Sequence[Candidate], number: int) -> None:
        rows = [PhotoRow(key=one.photo.sha256, name=one.name, revision=one.photo.edit_revision) for one in candidates]
        self._shell.open_photos(rows, number)
