"""The trash: photos go there and come back, and what a person sees when they look into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from PySide6.QtWidgets import QFrame

from letspic_desktop.library.photos import TRASH_DAYS
from letspic_desktop.operations.trash import EmptyTrash, ForgetPhotos, RestorePhotos, TrashPhotos
from letspic_desktop.ui.dialogs.base import confirm
from letspic_desktop.ui.dialogs.trash import before_trash
from letspic_desktop.ui.look.flow_layout import FlowLayout
from letspic_desktop.ui.look.widgets import button, card, column, label
from letspic_desktop.ui.organise.undo_notice import change_and_tell
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, tr


class TrashControl:
    """Used by the sidebar, the menu of photos, and the keys of the grid.

    Attributes
    ----------
    card
        What stands above the photos of the trash.
    """

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.card = self._make_card()

    def put(self, photos: Sequence[str]) -> None:
        """Put photos (SHA-256) into the trash."""
        if not photos:
            return

        def put() -> None:
            count = counted(len(photos), "{n} photo is in the trash now.", "{n} photos are in the trash now.")
            change_and_tell(self._shell, TrashPhotos(photos=tuple(photos)), count)

        before_trash(self._shell.widget, self._shell.services, len(photos), put)

    def restore(self, photos: Sequence[str]) -> None:
        """Take photos (SHA-256) out of the trash."""
        if not photos:
            self._shell.messages.say(tr("Select the photos first that are to come back."), brief=True)
            return
        count = counted(len(photos), "{n} photo is back.", "{n} photos are back.")
        change_and_tell(self._shell, RestorePhotos(photos=tuple(photos)), count)

    def forget(self, photos: Sequence[str]) -> None:
        """Ask, and take photos (SHA-256) of the trash out of the library for good."""
        title = counted(len(photos), "Forget this photo for good?", "Forget these {n} photos for good?")
        operation = ForgetPhotos(photos=tuple(photos))
        self._ask(title, lambda: self._shell.services.runner.start(operation, done=self._forgotten))

    def empty(self) -> None:
        """Ask, and forget everything in the trash."""
        count = self._shell.overview.trashed if self._shell.overview is not None else 0
        if not count:
            self._shell.messages.say(tr("The trash is empty."), brief=True)
            return
        title = counted(count, "Forget the photo in the trash?", "Forget all {n} photos in the trash?")
        operation = EmptyTrash(asked_at=datetime.now(UTC))
        self._ask(title, lambda: self._shell.services.runner.start(operation, done=self._forgotten))

    def _restore_chosen(self) -> None:
        self.restore([row.key for row in self._shell.chosen() if isinstance(row.key, str)])

    def _restore_all(self) -> None:
        change_and_tell(
            self._shell,
            RestorePhotos(photos=None),
            tr("All photos of the trash are back."),
            nothing=tr("The trash is empty."),
        )

    def _forgotten(self, count: int) -> None:
        text = counted(
            count,
            "{n} photo forgotten. Its file is where it was.",
            "{n} photos forgotten. Their files are where they were.",
        )
        # What is gone for good cannot be undone, nor can what was done to it before.
        self._shell.services.changes.stack.clear()
        self._shell.messages.say(text, brief=True)

    def _ask(self, title: str, call: Callable[[], object]) -> None:
        text = tr(
            "LetsPic forgets their ratings, tags and albums, which cannot be undone."
            " The files themselves stay where they are."
        )
        confirm(self._shell.widget, self._shell.services.theme, title, text, tr("Forget for good"), call)

    def _make_card(self) -> QFrame:
        theme = self._shell.services.theme
        days = label(
            tr("Photos stay here for {n} days. Their files are never touched.", n=TRASH_DAYS), "muted", wrap=True
        )
        restore = button(theme, tr("Restore"), icon="undo", on_click=self._restore_chosen)
        restore.setAccessibleDescription(tr("Puts the selected photos back where they were"))
        restore_all = button(theme, tr("Restore all"), on_click=self._restore_all)
        empty = button(theme, tr("Empty trash …"), icon="trash", on_click=self.empty)
        # In lines, for their words are cut where all stand beside each other in a small window.
        return card(
            column(days, FlowLayout(restore, restore_all, empty, spacing=8), spacing=8, margins=(16, 10, 12, 10))
        )
