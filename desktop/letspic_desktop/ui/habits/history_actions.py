"""Undo and redo in the app menu, which says what each would do just now."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import tr


def add_history_actions(shell: Shell) -> None:
    """Register both; without anything to undo the keys say so."""
    changes, book, keys = shell.services.changes, shell.actions_book, QKeySequence.StandardKey

    def undo() -> None:
        if not changes.undo_text and not changes.busy:
            shell.messages.say(tr("There is nothing to undo."), brief=True)
            return
        changes.undo(lambda change: shell.messages.say(tr("Undone: {change}.", change=change), brief=True))

    def redo() -> None:
        if not changes.redo_text and not changes.busy:
            shell.messages.say(tr("There is nothing to redo."), brief=True)
            return
        changes.redo(lambda change: shell.messages.say(tr("Done again: {change}.", change=change), brief=True))

    def undo_now() -> str:
        return tr("Undo: {change}", change=changes.undo_text) if changes.undo_text else tr("Undo")

    def redo_now() -> str:
        return tr("Redo: {change}", change=changes.redo_text) if changes.redo_text else tr("Redo")

    book.add(
        "library", tr("Undo"), undo, keys.Undo, enabled=lambda: bool(changes.undo_text), text_now=undo_now, order=2
    )
    book.add(
        "library", tr("Redo"), redo, keys.Redo, enabled=lambda: bool(changes.redo_text), text_now=redo_now, order=2
    )
