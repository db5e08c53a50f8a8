"""The questions before the rounds of a run are given up."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QWidget

from letspic_desktop.ui.dialogs.base import confirm, fill, make_dialog
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, row
from letspic_desktop.ui.texts import counted, tr

_WIDTH = 400


class RunQuestion:
    """The one question that is open."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        self._parent = parent
        self._theme = theme
        self._open: QDialog | None = None

    def stop(self, rounds: int, on_stop: Callable[[], object], on_pause: Callable[[], object]) -> None:
        """Stop a run at once where it has finished no round, else once the person agrees."""
        if not rounds:
            on_stop()
        elif self._open is None:
            self._keep(ask_to_stop(self._parent.window(), self._theme, rounds, on_stop, on_pause))

    def discard(self, rounds: int, on_discard: Callable[[], object]) -> None:
        """Give up a paused run once the person agrees."""
        if self._open is None:
            self._keep(ask_to_discard(self._parent.window(), self._theme, rounds, on_discard))

    def close(self) -> None:
        """Ask no more: there is nothing left to stop."""
        if self._open is not None:
            self._open.close()

    def _keep(self, dialog: QDialog) -> None:
        self._open = dialog
        dialog.finished.connect(self._forget)

    def _forget(self) -> None:
        self._open = None


def ask_to_stop(
    parent: QWidget, theme: Theme, rounds: int, on_stop: Callable[[], object], on_pause: Callable[[], object]
) -> QDialog:
    """Ask before a run that goes on is stopped; pausing keeps what it has."""
    title = tr("Stop and give up the finished rounds?")
    dialog = make_dialog(parent, title)

    def closing(call: Callable[[], object]) -> Callable[[], None]:
        def close() -> None:
            dialog.close()
            call()

        return close

    text = counted(
        rounds,
        "{n} round is finished. A paused run can go on later; one that is stopped cannot.",
        "{n} rounds are finished. A paused run can go on later; one that is stopped cannot.",
    )
    words = label(text, "muted", wrap=True)
    words.setMinimumWidth(_WIDTH)
    keep = button(theme, tr("Cancel"), on_click=dialog.close)
    stop = button(theme, tr("Stop and give up"), on_click=closing(on_stop))
    pause = button(theme, tr("Pause instead"), role="primary", on_click=closing(on_pause))
    pause.setDefault(True)
    fill(dialog, column(label(title, "h2"), words, 10, row(None, keep, stop, pause), spacing=8))
    dialog.show()
    return dialog


def ask_to_discard(parent: QWidget, theme: Theme, rounds: int, on_discard: Callable[[], object]) -> QDialog:
    """Ask before a paused run is given up."""
    text = counted(
        rounds,
        "{n} finished round is given up, and it cannot be taken back. The head in use stays as it is.",
        "{n} finished rounds are given up, and it cannot be taken back. The head in use stays as it is.",
    )
    return confirm(parent, theme, tr("Discard the paused run?"), text, tr("Discard"), on_discard)
