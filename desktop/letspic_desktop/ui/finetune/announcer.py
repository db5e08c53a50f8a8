"""What the rest of the window shows of a run: the button at the top, why it cannot start, and what it brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.operations.finetune import FinetuneReport
from letspic_desktop.ui.finetune.control import FinetuneControl
from letspic_desktop.ui.finetune.panel import FinetunePanel
from letspic_desktop.ui.page.photo_page import PhotoPage
from letspic_desktop.ui.places import Place
from letspic_desktop.ui.search.control import SearchControl
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import percent, tr
from letspic_shared.errors import KnownError


class RunAnnouncer(QObject):
    """Connects the run in the panel with the page and its search.

    Parameters
    ----------
    views
        Returns how the devices are, by id.
    fix
        Called with what the panel says is missing.
    """

    def __init__(
        self,
        shell: Shell,
        page: PhotoPage,
        panel: FinetunePanel,
        searching: SearchControl,
        views: Callable[[], Mapping[str, DeviceView]],
        fix: Callable[[str], None],
    ) -> None:
        super().__init__(panel)
        self._shell = shell
        self._page = page
        self._panel = panel
        self._searching = searching
        self._views = views
        self._fix = fix
        self._share: float | None = None
        self._head: tuple[str, int] | None = None
        self.finetuning = FinetuneControl(shell.services, panel, self._complain)
        self.finetuning.changed.connect(lambda share: self._show(share))
        self.finetuning.status_shown.connect(lambda: self._show(self._share))
        self.finetuning.status_shown.connect(self._follow_head)
        self.finetuning.finished.connect(self._tell)
        page.start_button.clicked.connect(self.start)
        self._place: Place | None = None
        page.place_shown.connect(self._moved)

    def start(self) -> None:
        """Start, or say what is missing first, with the button that brings it."""
        missing = self._panel.missing
        if self.finetuning.running:
            return
        if missing is None:
            self._panel.start_button.click()
        else:
            text, word, what = missing
            self._shell.messages.say(
                text, "warn", action=word, act=lambda: self._fix(what), holds=lambda: self._panel.missing == missing
            )

    def _show(self, share: float | None) -> None:
        if self._share is None and share is not None:
            # What the run before brought is old news.
            self._shell.messages.turn_over()
        self._share = share
        missing = self._panel.missing
        status = self.finetuning.status
        paused = status is not None and status.paused is not None
        self._page.show_run(share, missing[0] if missing is not None else "", paused=paused)
        self._shell.messages.check()

    def _moved(self, place: Place) -> None:
        """Good news of a run is not for the next place too."""
        if self._place is not None and place != self._place:
            self._shell.messages.turn_over()
        self._place = place

    def _follow_head(self) -> None:
        """Repeat the open search where the group has another head now than when it was last seen."""
        status = self.finetuning.status
        head = (status.group.id, status.active.version if status.active is not None else 0) if status else None
        before, self._head = self._head, head
        if before is not None and head is not None and before[0] == head[0] and before != head:
            self._searching.again()

    def _complain(self, error: KnownError) -> None:
        """Say why a run failed, until the next one starts or, where no device was there, until one is."""
        alone = not self._some_online()
        self._shell.messages.complain(
            error, holds=lambda: not self.finetuning.running and not (alone and self._some_online())
        )

    def _some_online(self) -> bool:
        status = self.finetuning.status
        views = [self._views().get(device.id) for device in status.devices] if status is not None else []
        return any(view is not None and view.online for view in views)

    def _tell(self, report: FinetuneReport) -> None:
        """Say what the run brought, and show it on the search that is open, or offer one."""
        text = tr("Fine-tuning is done.")
        if report.held_out is not None:
            before, after = percent(report.held_out.map_before), percent(report.held_out.map_after)
            text = tr("Fine-tuning is done: retrieval accuracy {before} → {after}.", before=before, after=after)
        # The person may be at another group by the time that the button is pressed.
        group = self.finetuning.group
        self._head = (group.id, report.version) if group is not None else None
        see = lambda: self.finetuning.show_changes_of(group.id if group else "", report.version)  # noqa: E731
        changes = (tr("See what changed"), see) if report.held_out is not None else None
        self._page.strip.choose("both")
        if self._page.strip.isHidden():
            self._shell.messages.say(text, "good", action=tr("Try a search"), act=self.search_some, also=changes)
        else:
            self._shell.messages.say(text, "good", brief=True, also=changes)
            self._searching.again()
        self._shell.refresh()

    def search_some(self) -> None:
        """Search with the selected photo, or with the first one there is."""
        for one in [*self._shell.chosen(), *self._page.grid.photos.rows[:1]][:1]:
            self._shell.search(one)
