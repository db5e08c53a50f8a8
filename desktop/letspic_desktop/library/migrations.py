"""The tables of the catalog, and how an older file gets them."""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path
from typing import Final

from letspic_shared.errors import KnownError

# One script per version; a script that has been released is never changed, a new one is added.
_SCRIPTS: Final = ("0001_first.sql", "0002_organise.sql", "0003_counts.sql", "0004_no_rounds.sql")
NEWEST: Final = len(_SCRIPTS)


def migrate(connection: sqlite3.Connection, path: Path, *, scripts: tuple[str, ...] = _SCRIPTS) -> None:
    """Bring the file to the newest version, each step whole or not at all.

    Raises
    ------
    KnownError
        The file was made by a newer LetsPic.
    """
    while (version := _version(connection)) != len(scripts):
        if version > len(scripts):
            raise KnownError(
                f"{path} was made by a newer LetsPic (catalog {version}, this one reads up to {len(scripts)})",
                "Update LetsPic, or choose another folder with --home",
            )
        _apply(connection, version, scripts[version])


def _apply(connection: sqlite3.Connection, version: int, script: str) -> None:
    """Run one script, unless another program ran it while this one waited for the lock."""
    text = resources.files(__package__).joinpath(script).read_text(encoding="utf-8")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection) == version:
            for statement in _statements(text):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(text: str) -> list[str]:
    """Split a script, because ``executescript`` would commit before it starts."""
    statements, current = [], ""
    for line in text.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
