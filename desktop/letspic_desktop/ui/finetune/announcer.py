"""What the rest of the window shows of a run: the button at the top, why it cannot start, and what it brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.operations.finetune import FinetuneReport
from letspic_desktop.ui.finetune.control import FinetuneControl
from letspic_desktop.ui.finetune.panel import FinetunePanel
from letspic_desktop.ui.page.photo_page import PhotoPage
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
        self.finetuning = FinetuneControl(shell.services, panel, self._complain)
        self.finetuning.changed.connect(lambda share: self._show(share))
        self.finetuning.status_shown.connect(lambda: self._show(self._share))
        self.finetuning.finished.connect(self._tell)
        page.start_button.clicked.connect(self.start)

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
        self._share = share
        missing = self._panel.missing
        self._page.show_run(share, missing[0] if missing is not None else "")
        self._shell.messages.check()

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
        self._page.strip.choose("both")
        if self._page.strip.isHidden():
            self._shell.messages.say(text, "good", action=tr("Try a search"), act=self.search_some)
        else:
            self._shell.messages.say(text, "good")
            self._searching.again()
        self._shell.refresh()

    def search_some(self) -> None:
        """Search with the selected photo, or with the first one there is."""
        for one in [*self._shell.chosen(), *self._page.grid.photos.rows[:1]][:1]:
            self._shell.search(one)
