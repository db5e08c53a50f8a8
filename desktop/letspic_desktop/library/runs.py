"""Runs of fine-tuning: what was asked for and what came of it. Their rounds are in the journals beside the catalog."""

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
        Which photos train where, and what else a run needs to be gone on with.
    state
        ``running`` or ``paused``, then ``done``, ``failed`` or ``cancelled``.
    reason
        Why it failed, or is paused, in one sentence.
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

    def results(self, group_id: str) -> list[Run]:
        """Return all runs of a group without their manifests, which are long, newest first."""
        query = (
            "SELECT id, group_id, method, config, '{}' AS manifest, state, reason, result, started_at, finished_at"
            " FROM runs WHERE group_id = ? ORDER BY started_at DESC, id"
        )
        return [_run(row) for row in self._database.call(lambda c: c.execute(query, (group_id,)).fetchall())]

    def unfinished(self, group_id: str | None = None) -> list[Run]:
        """Return the runs (of one group, or all) that neither ended nor were given up, newest first."""
        query = (
            "SELECT * FROM runs WHERE (?1 IS NULL OR group_id = ?1) AND finished_at IS NULL"
            " ORDER BY started_at DESC, id"
        )
        return [_run(row) for row in self._database.call(lambda c: c.execute(query, (group_id,)).fetchall())]

    def set_state(self, run_id: str, state: str, reason: str | None = None) -> None:
        """Store ``running``, or ``paused`` and why."""
        query = "UPDATE runs SET state = ?, reason = ? WHERE id = ? AND finished_at IS NULL"
        self._database.call(lambda c: c.execute(query, (state, reason, run_id)))

    def finish(
        self, run_id: str, *, state: str = "done", reason: str | None = None, result: Mapping[str, Any] | None = None
    ) -> None:
        """Remember how a run ended."""
        values = (state, reason, None if result is None else _json(result), now(), run_id)
        query = "UPDATE runs SET state = ?, reason = ?, result = ?, finished_at = ? WHERE id = ?"
        self._database.call(lambda c: c.execute(query, values))

    def set_result(self, run_id: str, result: Mapping[str, Any]) -> None:
        """Replace the figures of a run that has ended."""
        self._database.call(lambda c: c.execute("UPDATE runs SET result = ? WHERE id = ?", (_json(result), run_id)))


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
