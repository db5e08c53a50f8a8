"""Devices that were paired with this desktop."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import clean_name, moment, name_key, now
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class Device:
    """A paired device. Its identity is ``fingerprint``, never ``address``.

    Parameters
    ----------
    certificate, fingerprint
        PEM text, and SHA-256 of the DER form; None for a device on a cable.
    address
        Where it was last reached: ``host:port`` or a serial port.
    state
        The last state it was known to be in.
    facts
        What it said about itself (processor, memory, runtime, versions).
    """

    id: str
    name: str
    group_id: str | None
    certificate: str | None
    fingerprint: str | None
    address: str | None
    state: str
    last_seen: datetime | None
    paired_at: datetime | None
    facts: Mapping[str, Any]


class Devices:
    """Paired devices by id; names are unique, whatever their case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, group_id: str | None = None) -> list[Device]:
        """Return all devices, or those of one group, by id."""
        query = "SELECT * FROM devices WHERE ?1 IS NULL OR group_id = ?1 ORDER BY id"
        return [_device(row) for row in self._database.call(lambda c: c.execute(query, (group_id,)).fetchall())]

    def get(self, device_id: str) -> Device | None:
        """Return one device, or None."""
        return self._one("id", device_id)

    def by_name(self, name: str) -> Device:
        """Return the device with that name or id.

        Raises
        ------
        KnownError
            There is none.
        """
        key = name_key(clean_name(name, "device"))
        for device in self.all():
            if device.id == name or name_key(device.name) == key:
                return device
        raise KnownError(f"There is no device named “{name}”", "See the names with: letspic device list")

    def add(
        self,
        *,
        device_id: str,
        name: str,
        group_id: str | None = None,
        certificate: str | None = None,
        fingerprint: str | None = None,
        address: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Device:
        """Remember a device that was just paired; pairing again replaces its certificate and keeps its name.

        A new device whose name is taken gets a number behind it.
        """

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO devices (id, name, group_id, certificate, fingerprint, address, state, last_seen,"
                " paired_at, facts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'idle', ?7, ?7, ?8)"
                " ON CONFLICT (id) DO UPDATE SET group_id = excluded.group_id, certificate = excluded.certificate,"
                " fingerprint = excluded.fingerprint, address = excluded.address, state = excluded.state,"
                " last_seen = excluded.last_seen, paired_at = excluded.paired_at, facts = excluded.facts",
                (
                    device_id,
                    _free_name(connection, clean_name(name, "device"), device_id),
                    group_id,
                    certificate,
                    fingerprint,
                    address,
                    now(),
                    json.dumps(dict(facts or {}), sort_keys=True),
                ),
            )

        self._database.call(write)
        return self._existing(device_id)

    def rename(self, device_id: str, name: str) -> None:
        """Give a device another name.

        Raises
        ------
        KnownError
            The name is not usable, or another device has it.
        """
        tidy = clean_name(name, "device")

        def write(connection: sqlite3.Connection) -> None:
            if _free_name(connection, tidy, device_id) != tidy:
                raise KnownError(f"A device named “{tidy}” exists already", "Choose another name")
            connection.execute("UPDATE devices SET name = ? WHERE id = ?", (tidy, device_id))

        self._database.call(write)

    def saw(
        self, device_id: str, *, state: str, address: str | None = None, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Remember that a device answered now, in which state, and what else it told."""
        told = None if facts is None else json.dumps(dict(facts), sort_keys=True)
        query = (
            "UPDATE devices SET state = ?, last_seen = ?, address = coalesce(?, address), facts = coalesce(?, facts)"
            " WHERE id = ?"
        )
        self._database.call(lambda c: c.execute(query, (state, now(), address, told, device_id)))

    def note(self, device_id: str, facts: Mapping[str, Any]) -> None:
        """Remember more facts about a device beside those that are known."""

        def write(connection: sqlite3.Connection) -> None:
            row = connection.execute("SELECT facts FROM devices WHERE id = ?", (device_id,)).fetchone()
            if row is not None:
                known = json.dumps({**json.loads(row["facts"]), **facts}, sort_keys=True)
                connection.execute("UPDATE devices SET facts = ? WHERE id = ?", (known, device_id))

        self._database.call(write)

    def set_state(self, device_id: str, state: str) -> None:
        """Remember a state that was concluded, not told (``offline``)."""
        query = "UPDATE devices SET state = ? WHERE id = ?"
        self._database.call(lambda c: c.execute(query, (state, device_id)))

    def unpair(self, device_id: str) -> None:
        """Forget a device and what was placed on it."""
        self._database.call(lambda c: c.execute("DELETE FROM devices WHERE id = ?", (device_id,)))

    def _one(self, column: str, value: str) -> Device | None:
        query = f"SELECT * FROM devices WHERE {column} = ?"  # noqa: S608 - our own column names
        row = self._database.call(lambda c: c.execute(query, (value,)).fetchone())
        return None if row is None else _device(row)

    def _existing(self, device_id: str) -> Device:
        found = self.get(device_id)
        if found is None:
            raise LookupError(f"device {device_id}")
        return found


def _free_name(connection: sqlite3.Connection, name: str, device_id: str) -> str:
    rows = connection.execute("SELECT name FROM devices WHERE id != ?", (device_id,))
    taken = {name_key(row["name"]) for row in rows}
    numbered, number = name, 1
    while name_key(numbered) in taken:
        number += 1
        numbered = f"{name} {number}"
    return numbered


def _device(row: sqlite3.Row) -> Device:
    return Device(
        id=row["id"],
        name=row["name"],
        group_id=row["group_id"],
        certificate=row["certificate"],
        fingerprint=row["fingerprint"],
        address=row["address"],
        state=row["state"],
        last_seen=moment(row["last_seen"]),
        paired_at=moment(row["paired_at"]),
        facts=json.loads(row["facts"]),
    )
