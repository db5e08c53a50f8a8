"""Changes of the library from the window, on one stack: each can be undone and made again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand, QUndoStack

from letspic_desktop.library.history import LONGEST_HISTORY, Change, LibraryChange
from letspic_desktop.operations.organise import RedoChange, UndoChange
from letspic_desktop.ui.runner import Operation, Runner
from letspic_desktop.ui.texts import tr
from letspic_shared.errors import KnownError

Result = TypeVar("Result")


class ChangeStack(QObject):
    """A QUndoStack whose commands run beside the window.

    A change that cannot be undone or made again any more is said so and leaves the stack, with those that build on it.
    One thing is done after the other, in the order in which the person asked: what is undone is what they did last,
    also where that is still being made.

    Parameters
    ----------
    complain
        Told in the window's thread what went wrong.
    """

    def __init__(self, runner: Runner, complain: Callable[[KnownError], None]) -> None:
        super().__init__()
        self._runner = runner
        self._complain = complain
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(LONGEST_HISTORY)
        self._busy = False
        # What was asked for while something else was under way.
        self._waiting: deque[Callable[[], None]] = deque()

    def make(
        self,
        operation: Operation[LibraryChange[Result]],
        done: Callable[[Result], None] | None = None,
        failed: Callable[[KnownError], None] | None = None,
        made_any: Callable[[bool], None] | None = None,
    ) -> None:
        """Run an operation that changes the library.

        Parameters
        ----------
        done
            Gets its result in the window's thread.
        made_any
            Told before that whether anything is not what it was.
        """

        def made(change: LibraryChange[Result]) -> None:
            if change.changed:
                self.stack.push(_Command(self, change))
            if made_any is not None:
                made_any(change.changed)
            if done is not None:
                done(change.result)

        def start() -> None:
            self._busy = True
            self._runner.start(operation, done=made, failed=failed or self._complain, ended=self._ended)

        self._ask(start)

    def undo(self, told: Callable[[str], None] | None = None) -> None:
        """Take the newest change back, after what is under way; ``told`` gets its words."""

        def start() -> None:
            if told is not None and self.undo_text:
                told(self.undo_text)
            self.stack.undo()

        self._ask(start)

    def redo(self, told: Callable[[str], None] | None = None) -> None:
        """Make the change again that was taken back last, after what is under way; ``told`` gets its words."""

        def start() -> None:
            if told is not None and self.redo_text:
                told(self.redo_text)
            self.stack.redo()

        self._ask(start)

    @property
    def busy(self) -> bool:
        """Whether anything is being made, taken back or made again just now."""
        return self._busy or bool(self._waiting)

    @property
    def undo_text(self) -> str:
        """What ``undo`` would take back, in words; empty where there is nothing."""
        return self.stack.undoText()

    @property
    def redo_text(self) -> str:
        """What ``redo`` would make again, in words; empty where there is nothing."""
        return self.stack.redoText()

    def step(self, operation: Operation[None]) -> None:
        """Run one step of the stack; used by its commands."""
        self._busy = True

        def failed(error: KnownError) -> None:
            self.stack.clear()
            self._complain(error)

        self._runner.start(operation, failed=failed, ended=self._ended)

    def _ask(self, start: Callable[[], None]) -> None:
        self._waiting.append(start)
        self._go_on()

    def _ended(self) -> None:
        self._busy = False
        self._go_on()

    def _go_on(self) -> None:
        """Do what was asked for, one after the other."""
        while self._waiting and not self._busy:
            self._waiting.popleft()()


class _Command(QUndoCommand):
    """One change on the stack."""

    def __init__(self, stack: ChangeStack, change: Change) -> None:
        super().__init__(tr(change.template).format(**change.values))
        self._stack = stack
        self._change = change
        self._pushed = False

    def undo(self) -> None:
        """Take it back."""
        self._stack.step(UndoChange(change=self._change))

    def redo(self) -> None:
        """Make it again; Qt also asks for this when the command is pushed, and then the change is made already."""
        if self._pushed:
            self._stack.step(RedoChange(change=self._change))
        self._pushed = True
