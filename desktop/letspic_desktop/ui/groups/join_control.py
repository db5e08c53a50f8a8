"""This desktop in another desktop's group, from the window: join, take part again after a start, leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

from letspic_desktop.library.groups import Group
from letspic_desktop.operations.join import LeaveJoinedGroup
from letspic_desktop.operations.serving import EndJoining, ResumeServing, Serving, serving_now
from letspic_desktop.ui.dialogs.base import confirm
from letspic_desktop.ui.dialogs.join import JoinDialog
from letspic_desktop.ui.groups.joined_card import JoinedCard
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, said, tr
from letspic_shared.errors import KnownError

_LOOK_MS: Final = 500


class JoinControl(QObject):
    """Owns the page of a joined group.

    Parameters
    ----------
    changed
        Called when groups are not what they were.
    """

    def __init__(self, shell: Shell, changed: Callable[[], None]) -> None:
        super().__init__(shell.widget)
        self._shell = shell
        self._changed = changed
        self.card = JoinedCard(shell.services.theme)
        self.card.asked.connect(self._act)
        self._watch = QTimer(self)
        self._watch.setInterval(_LOOK_MS)
        self._watch.timeout.connect(self._look)
        shell.actions_book.add("group", tr("Join a group …"), self.join, "Ctrl+J")

    def resume(self) -> None:
        """Take part again in the group that was joined before, if any."""
        self._shell.services.runner.start(ResumeServing(), done=lambda _: self._look(), failed=self._could_not_resume)

    def join(self) -> None:
        """Open the dialog that shows this desktop's code."""
        JoinDialog(self._shell.widget, self._shell.services, self._present()).show()

    def show_group(self, group: Group, serving: Serving | None) -> None:
        """Show the page of a joined group, live for as long as it is looked at."""
        self.card.show_group(group, serving)
        self._watch.start()

    def groups_changed(self) -> None:
        """End serving where the owner has let this desktop go meanwhile."""
        program = self._shell.services.app.membership.program
        if (
            program is not None
            and program.owner is None
            and (program.window is None or not program.window.seconds_left)
        ):
            self._shell.services.runner.start(EndJoining())

    def leave(self, group: Group) -> None:
        """Ask, and then leave a joined group."""
        serving = serving_now(self._shell.services.app)
        placed = serving.placed if serving is not None else None
        deleted = tr("What its owner has placed here is deleted.")
        if placed == 0:
            deleted = tr("Its owner has placed nothing here.")
        elif placed is not None:
            deleted = counted(
                placed,
                "{n} photo that its owner has placed here is deleted.",
                "{n} photos that its owner has placed here are deleted.",
            )
        stays = tr("Your photos, albums and groups stay. The group keeps the heads that it has learned already.")

        def left(_: None) -> None:
            self._shell.messages.say(tr("This desktop is no longer in {name}.", name=group.name), "good")
            self._changed()

        def leave() -> None:
            self._shell.services.runner.start(LeaveJoinedGroup(group=group.name), done=left)

        title = tr("Leave {name}?", name=group.name)
        text = tr("{deleted} {stays}", deleted=deleted, stays=stays)
        confirm(self._shell.widget, self._shell.services.theme, title, text, tr("Leave group"), leave)

    def _act(self, what: str) -> None:
        group = self.card.group
        if what == "serve":
            self.resume()
        elif group is not None:
            self.leave(group)

    def _look(self) -> None:
        group = self.card.group
        if group is None or not self.card.isVisible():
            self._watch.stop()
            return
        self.card.show_group(group, serving_now(self._shell.services.app))

    def _present(self) -> str:
        overview = self._shell.overview
        groups = overview.groups if overview is not None else ()
        return next((group.name for group in groups if group.role == "member"), "")

    def _could_not_resume(self, error: KnownError) -> None:
        self._shell.messages.say(
            tr("This desktop takes no part in the group that it has joined: {why}.", why=said(error.reason)),
            "warn",
            action=tr("Try again"),
            act=self.resume,
        )
