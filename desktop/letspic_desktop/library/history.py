"""Undo and redo: every change of the library as an object that can take itself back, and the row of them."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Generic, Protocol, TypeVar

from letspic_desktop.library import row_changes
from letspic_desktop.library.database import Database
from letspic_desktop.library.row_changes import RowChange, Rows
from letspic_shared.errors import KnownError

Result = TypeVar("Result")

LONGEST_HISTORY: Final = 200


class Change(Protocol):
    """A change that was made, or will be. ``text`` says what it does, such as ``Rate 3 photos``.

    ``template`` and ``values`` are the same for people who read another language: ``text`` is the template with
    the values filled in.
    """

    @property
    def template(self) -> str: ...  # noqa: D102 - said above

    @property
    def values(self) -> Mapping[str, object]: ...  # noqa: D102

    @property
    def text(self) -> str: ...  # noqa: D102

    def do(self) -> None:
        """Make the change, for the first time or again."""

    def undo(self) -> None:
        """Take the change back."""


class LibraryChange(Generic[Result]):
    """A change of catalog rows: made once by ``work``, then taken back and made again row by row.

    Parameters
    ----------
    scopes
        Every row that ``work`` may touch.
    work
        Called in one transaction; what it returns is ``result``.
    template, values
        See ``Change``.
    """

    def __init__(
        self,
        database: Database,
        template: str,
        values: Mapping[str, object],
        *,
        scopes: Sequence[Rows],
        work: Callable[[sqlite3.Connection], Result],
    ) -> None:
        self._database = database
        self._scopes = tuple(scopes)
        self._work = work
        self._rows: list[RowChange] | None = None
        self._result: Result | None = None
        self.template: Final = template
        self.values: Final[Mapping[str, object]] = MappingProxyType(dict(values))

    @property
    def text(self) -> str:
        """What it does, in English."""
        return self.template.format(**self.values)

    @property
    def result(self) -> Result:
        """What its work returned.

        Raises
        ------
        LookupError
            It was not made yet.
        """
        if self._rows is None:
            raise LookupError(f"{self.text}: not made yet")
        return self._result  # type: ignore[return-value]

    @property
    def changed(self) -> bool:
        """Whether it made any difference: one that did not has no place in a history."""
        return bool(self._rows)

    @property
    def touched(self) -> frozenset[str]:
        """The tables that it changed, and ``trash`` where photos went into the trash or came out of it."""
        return row_changes.touched(self._rows or ())

    def do(self) -> None:
        """Make the change, for the first time or again.

        Raises
        ------
        KnownError
            What its work raises; or the library is not what it was, so that it cannot be made again.
        """
        if self._rows is None:
            self._rows = self._database.call(self._first)
        else:
            self._replay(self._rows, forward=True)

    def undo(self) -> None:
        """Take the change back; what was not made, or is taken back already, stays as it is.

        Raises
        ------
        KnownError
            A name that it would give back is taken by now.
        """
        if self._rows is not None:
            self._replay(self._rows, forward=False)

    def _first(self, connection: sqlite3.Connection) -> list[RowChange]:
        before = row_changes.snapshot(connection, self._scopes)
        self._result = self._work(connection)
        return row_changes.difference(before, row_changes.snapshot(connection, self._scopes))

    def _replay(self, rows: Sequence[RowChange], *, forward: bool) -> None:
        try:
            self._database.call(lambda c: row_changes.write(c, rows, forward=forward))
        except sqlite3.IntegrityError as error:
            done = "made again" if forward else "taken back"
            if "UNIQUE" in str(error):
                reason = f"“{self.text}” cannot be {done}: its name is taken by now"
                raise KnownError(reason, "Rename what has the name, then try again") from error
            raise KnownError(
                f"“{self.text}” cannot be {done}: what it belongs to is gone", "Make the change by hand"
            ) from error


class History:
    """The changes that were made, newest last, and those taken back. Any thread may use it.

    A change enters it when it has been made. One that fails to be undone or redone stays where it is.

    Parameters
    ----------
    changed
        Called after each step, in the thread that made it.
    """

    def __init__(self, changed: Callable[[], None] | None = None, *, longest: int = LONGEST_HISTORY) -> None:
        self._lock = threading.RLock()
        self._done: list[Change] = []
        self._undone: list[Change] = []
        self._longest = longest
        self._changed = changed

    def push(self, change: Change) -> None:
        """Remember a change that was just made; those taken back before cannot be made again then."""
        with self._lock:
            self._done = [*self._done, change][-self._longest :]
            self._undone.clear()
        self._tell()

    def undo(self) -> Change | None:
        """Take the newest change back and return it; None where there is none."""
        with self._lock:
            if not self._done:
                return None
            change = self._done[-1]
            change.undo()
            self._undone.append(self._done.pop())
        self._tell()
        return change

    def redo(self) -> Change | None:
        """Make the change again that was taken back last and return it; None where there is none."""
        with self._lock:
            if not self._undone:
                return None
            change = self._undone[-1]
            change.do()
            self._done.append(self._undone.pop())
        self._tell()
        return change

    @property
    def next_undo(self) -> Change | None:
        """What ``undo`` would take back."""
        with self._lock:
            return self._done[-1] if self._done else None

    @property
    def next_redo(self) -> Change | None:
        """What ``redo`` would make again."""
        with self._lock:
            return self._undone[-1] if self._undone else None

    def clear(self) -> None:
        """Forget all changes; what they did stays."""
        with self._lock:
            self._done.clear()
            self._undone.clear()
        self._tell()

    def _tell(self) -> None:
        if self._changed is not None:
            self._changed()
