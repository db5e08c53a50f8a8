"""Which photo is on which device: what the desktop placed there, and what the devices say they hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import now

Kind = Literal["own", "placed"]


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A copy that the desktop placed on a device; ``replica`` 0 is the one that trains by default."""

    device_id: str
    sha256: str
    replica: int


@dataclass(frozen=True, kw_only=True)
class HeldPhoto:
    """A photo that a device says it holds.

    Parameters
    ----------
    kind
        ``own``: the owner put it there, it never leaves; ``placed``: it is from a desktop.
    proposed_label
        Name of the folder it is in on the device.
    class_id
        Class of the group that its owner confirmed for it.
    """

    sha256: str
    kind: Kind
    proposed_label: str | None = None
    class_id: int | None = None


class Placements:
    """What is where. Placing twice is harmless."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def place(self, device_id: str, sha256s: Iterable[str], *, replica: int = 0) -> None:
        """Remember that photos were placed on a device."""
        at = now()
        values = [(device_id, sha256, replica, at) for sha256 in sha256s]
        query = "INSERT OR IGNORE INTO placements (device_id, sha256, replica, placed_at) VALUES (?, ?, ?, ?)"
        self._database.call(lambda c: c.executemany(query, values))

    def remove(self, device_id: str, sha256s: Iterable[str] | None = None) -> None:
        """Remember that placed photos were removed from a device; all of them where none are named (format)."""
        if sha256s is None:
            self._database.call(lambda c: c.execute("DELETE FROM placements WHERE device_id = ?", (device_id,)))
            return
        values = [(device_id, sha256) for sha256 in sha256s]
        query = "DELETE FROM placements WHERE device_id = ? AND sha256 = ?"
        self._database.call(lambda c: c.executemany(query, values))

    def of_device(self, device_id: str) -> list[Placement]:
        """Return what was placed on a device, by SHA-256."""
        return self._placements("device_id = ?", device_id)

    def set_held(self, device_id: str, held: Sequence[HeldPhoto]) -> None:
        """Replace what a device said to hold; labels that its owner confirmed come back with their photos."""

        def write(connection: sqlite3.Connection) -> None:
            query = "SELECT sha256, class_id FROM own_labels WHERE device_id = ?"
            confirmed = {(row[0], "own"): row[1] for row in connection.execute(query, (device_id,))}
            connection.execute("DELETE FROM device_photos WHERE device_id = ?", (device_id,))
            connection.executemany(
                "INSERT OR REPLACE INTO device_photos (device_id, sha256, kind, proposed_label, class_id)"
                " VALUES (?, ?, ?, ?, ?)",
                [(device_id, one.sha256, one.kind, one.proposed_label, _class_of(one, confirmed)) for one in held],
            )

        self._database.call(write)

    def held(self, device_id: str) -> list[HeldPhoto]:
        """Return what a device said to hold, by SHA-256."""
        query = "SELECT * FROM device_photos WHERE device_id = ? ORDER BY sha256, kind"
        return [
            HeldPhoto(
                sha256=row["sha256"],
                kind=row["kind"],
                proposed_label=row["proposed_label"],
                class_id=row["class_id"],
            )
            for row in self._database.call(lambda c: c.execute(query, (device_id,)).fetchall())
        ]

    def owners(self) -> set[str]:
        """Return the ids of the devices that said to hold photos of their own."""
        query = "SELECT DISTINCT device_id FROM device_photos WHERE kind = 'own'"
        return {row["device_id"] for row in self._database.call(lambda c: c.execute(query).fetchall())}

    def holders(self, sha256: str) -> list[str]:
        """Return the ids of the devices that hold a photo: placed by this desktop, or by what they say."""
        return [row["id"] for row in self._database.call(lambda c: c.execute(_HOLDERS, (sha256,)).fetchall())]

    def confirm_labels(self, device_id: str, labels: Iterable[tuple[str, int | None]]) -> None:
        """Store (sha256, class id) pairs that a device's owner confirmed; None takes a label away."""
        pairs = list(labels)

        def write(connection: sqlite3.Connection) -> None:
            query = "UPDATE device_photos SET class_id = ? WHERE device_id = ? AND sha256 = ?"
            connection.executemany(query, [(class_id, device_id, sha256) for sha256, class_id in pairs])
            connection.executemany(
                "DELETE FROM own_labels WHERE device_id = ? AND sha256 = ?", [(device_id, one) for one, _ in pairs]
            )
            connection.executemany(
                "INSERT INTO own_labels (device_id, sha256, class_id) VALUES (?, ?, ?)",
                [(device_id, sha256, class_id) for sha256, class_id in pairs if class_id is not None],
            )

        self._database.call(write)

    def _placements(self, where: str, value: str) -> list[Placement]:
        query = f"SELECT * FROM placements WHERE {where} ORDER BY device_id, sha256"  # noqa: S608 - constants
        return [
            Placement(device_id=row["device_id"], sha256=row["sha256"], replica=row["replica"])
            for row in self._database.call(lambda c: c.execute(query, (value,)).fetchall())
        ]


_HOLDERS: Final = (
    "SELECT id FROM devices WHERE EXISTS (SELECT 1 FROM placements WHERE device_id = id AND sha256 = ?1)"
    " OR EXISTS (SELECT 1 FROM device_photos WHERE device_id = id AND sha256 = ?1) ORDER BY id"
)


def _class_of(held: HeldPhoto, confirmed: dict[tuple[str, str], int]) -> int | None:
    return held.class_id if held.class_id is not None else confirmed.get((held.sha256, held.kind))
