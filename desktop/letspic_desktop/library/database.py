"""One SQLite file, one thread that touches it, one transaction per call."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from letspic_desktop.library.migrations import migrate
from letspic_desktop.library.words import register
from letspic_shared.errors import KnownError

Result = TypeVar("Result")

LOCK_SECONDS: Final = 5.0
# The indexes that lists of 100,000 photos are read from.
_CACHE_KILOBYTES: Final = 32 << 10
_PRIVATE_FILE: Final = 0o600
_CHOOSE_OTHER: Final = "Choose another folder with --home, or change its permissions"


class Database:
    """The catalog file. Any thread may call it; all work runs in its one thread, in order.

    Parameters
    ----------
    path
        The SQLite file; made, with its tables, where absent.
    lock_seconds
        How long to wait for another program that writes to the same file.

    Raises
    ------
    KnownError
        The file is damaged, of a newer LetsPic, locked, or cannot be written.
    """

    def __init__(self, path: Path, *, lock_seconds: float = LOCK_SECONDS) -> None:
        self._path = path
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="letspic-database")
        self._thread_id = self._changes_before = 0
        try:
            self._connection = self._worker.submit(self._connect, lock_seconds).result()
        except BaseException:
            self._worker.shutdown()
            raise

    def call(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run ``work(connection)`` in one write transaction and return what it returns.

        What ``work`` raises undoes the transaction and is raised here. A call from inside ``work`` joins its
        transaction.

        Raises
        ------
        KnownError
            The disk is full, the file is locked by another program, read-only or damaged.
        """
        if self._inside:
            return work(self._connection)
        return self.submit(work).result()

    @property
    def unsettled(self) -> bool:
        """Whether the caller is inside of ``work`` that wrote something which is not there for good yet."""
        return self._inside and self._connection.total_changes != self._changes_before

    def submit(self, work: Callable[[sqlite3.Connection], Result]) -> Future[Result]:
        """Like ``call``, without waiting: the future holds the result or the error."""
        return self._worker.submit(self._in_transaction, work)

    def close(self) -> None:
        """Finish what was submitted, then close the file. Closing twice is harmless."""
        try:
            self._worker.submit(self._connection.close).result()
        except RuntimeError:
            return
        self._worker.shutdown()

    def _connect(self, lock_seconds: float) -> sqlite3.Connection:
        self._thread_id = threading.get_ident()
        connection: sqlite3.Connection | None = None
        try:
            # Private from its first byte: SQLite would follow the umask.
            self._path.touch(mode=_PRIVATE_FILE, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=lock_seconds, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KILOBYTES}")
            register(connection)
            migrate(connection, self._path)
        except (sqlite3.DatabaseError, OSError) as error:
            if connection is not None:
                connection.close()
            raise _known(error, self._path) from error
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        return connection

    @property
    def _inside(self) -> bool:
        return threading.get_ident() == self._thread_id

    def _in_transaction(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._changes_before = self._connection.total_changes
            try:
                result = work(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise _known(error, self._path) from error
        return result


def _known(error: sqlite3.DatabaseError | OSError, path: Path) -> Exception:
    """Say what is wrong with the file in one sentence; an error of our own SQL stays as it is."""
    if isinstance(error, OSError):
        return KnownError(f"{path} cannot be opened ({error.strerror or error})", _CHOOSE_OTHER)
    # The low byte is the kind of error, the rest its detail.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return KnownError(f"{path} is in use by another program", "Close the other LetsPic and try again")
    if code == sqlite3.SQLITE_FULL:
        return KnownError(f"The disk that holds {path} is full", "Free some space and try again")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR):
        return KnownError(f"{path} cannot be written to ({error})", _CHOOSE_OTHER)
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return KnownError(f"{path} is damaged or no catalog ({error})", "Move it away or restore a copy of it")
    return error
