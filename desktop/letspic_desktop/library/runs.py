"""Runs of fine-tuning and their rounds, so that a run survives a restart of the app."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import moment, now


@dataclass(frozen=True, kw_only=True)
class Run:
    """One press of Start Finetuning.

    Parameters
    ----------
    config
        The options it was started with.
    manifest
        Device -> SHA-256 -> class id: which photos train where.
    state
        ``running`` or ``paused``, then ``done``, ``failed`` or ``cancelled``.
    reason
        Why it failed, in one sentence.
    result
        Its figures.
    """

    id: str
    group_id: str
    method: str
    config: Mapping[str, Any]
    manifest: Mapping[str, Any]
    state: str
    reason: str | None
    result: Mapping[str, Any] | None
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RunRound:
    """A finished round: ``report`` is its figures and participants, ``state`` what the next one starts from.

    Only the last round of a run keeps its state.
    """

    round: int
    report: Mapping[str, Any]
    state: bytes | None


class Runs:
    """Runs by id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(
        self,
        group_id: str,
        *,
        method: str,
        config: Mapping[str, Any],
        manifest: Mapping[str, Any] | None = None,
        run_id: str | None = None,
    ) -> Run:
        """Remember that a run starts now."""
        identity = run_id or str(uuid.uuid4())
        values = (identity, group_id, method, _json(config), _json(manifest or {}), now())
        query = (
            "INSERT INTO runs (id, group_id, method, config, manifest, state, started_at)"
            " VALUES (?, ?, ?, ?, ?, 'running', ?)"
        )
        self._database.call(lambda c: c.execute(query, values))
        found = self.get(identity)
        if found is None:
            raise LookupError(f"run {identity}")
        return found

    def get(self, run_id: str) -> Run | None:
        """Return one run, or None."""
        row = self._database.call(lambda c: c.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone())
        return None if row is None else _run(row)

    def all(self, group_id: str | None = None) -> list[Run]:
        """Return all runs, or those of one group, newest first."""
        query = "SELECT * FROM runs WHERE ?1 IS NULL OR group_id = ?1 ORDER BY started_at DESC, id"
        return [_run(row) for row in self._database.call(lambda c: c.execute(query, (group_id,)).fetchall())]

    def unfinished(self) -> list[Run]:
        """Return the runs that neither ended nor were given up, newest first."""
        return [run for run in self.all() if run.finished_at is None]

    def set_state(self, run_id: str, state: str) -> None:
        """Store ``running`` or ``paused``."""
        query = "UPDATE runs SET state = ? WHERE id = ? AND finished_at IS NULL"
        self._database.call(lambda c: c.execute(query, (state, run_id)))

    def finish(
        self, run_id: str, *, state: str = "done", reason: str | None = None, result: Mapping[str, Any] | None = None
    ) -> None:
        """Remember how a run ended; what the next round would have started from is dropped."""
        values = (state, reason, None if result is None else _json(result), now(), run_id)

        def write(connection: sqlite3.Connection) -> None:
            query = "UPDATE runs SET state = ?, reason = ?, result = ?, finished_at = ? WHERE id = ?"
            connection.execute(query, values)
            connection.execute("UPDATE run_rounds SET state = NULL WHERE run_id = ?", (run_id,))

        self._database.call(write)

    def save_round(self, run_id: str, number: int, report: Mapping[str, Any], state: bytes | None = None) -> None:
        """Store a finished round; storing it again replaces it."""
        values = (run_id, number, _json(report), state, now())

        def write(connection: sqlite3.Connection) -> None:
            query = (
                "INSERT OR REPLACE INTO run_rounds (run_id, round, report, state, finished_at) VALUES (?, ?, ?, ?, ?)"
            )
            connection.execute(query, values)
            connection.execute("UPDATE run_rounds SET state = NULL WHERE run_id = ? AND round < ?", (run_id, number))

        self._database.call(write)

    def rounds(self, run_id: str) -> list[RunRound]:
        """Return the finished rounds of a run in order."""
        query = "SELECT round, report, state FROM run_rounds WHERE run_id = ? ORDER BY round"
        rows = self._database.call(lambda c: c.execute(query, (run_id,)).fetchall())
        return [RunRound(round=row["round"], report=json.loads(row["report"]), state=row["state"]) for row in rows]


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False)


def _run(row: sqlite3.Row) -> Run:
    return Run(
        id=row["id"],
        group_id=row["group_id"],
        method=row["method"],
        config=json.loads(row["config"]),
        manifest=json.loads(row["manifest"]),
        state=row["state"],
        reason=row["reason"],
        result=None if row["result"] is None else json.loads(row["result"]),
        started_at=moment(row["started_at"]),
        finished_at=moment(row["finished_at"]),
    )
