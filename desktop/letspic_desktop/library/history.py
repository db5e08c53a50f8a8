"""Undo and redo: every change of the library as an object that can take itself back."""

from __future__ import annotations

import sqlite3
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
