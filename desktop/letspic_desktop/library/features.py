"""Features of photos, keyed by (photo, backbone); those of two backbones are never mixed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.library.database import Database
from letspic_desktop.library.rows import chunks, marks

_STORED = np.dtype("<f4")


class Features:
    """One float32 vector [d] per photo and backbone; d is the backbone's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_many(self, backbone: str, features: Iterable[tuple[str, NDArray[np.float32]]]) -> None:
        """Store (sha256, vector [d]) pairs, replacing older ones. Photos that are gone are left out.

        Raises
        ------
        ValueError
            A vector is not one-dimensional, not finite, or of another length than the backbone's others.
        """
        rows = [(sha256, backbone, _packed(vector)) for sha256, vector in features]
        if not rows:
            return

        def write(connection: sqlite3.Connection) -> None:
            lengths = {len(blob) for _, _, blob in rows}
            query = "SELECT length(vector) FROM features WHERE backbone = ? LIMIT 1"
            lengths |= {row[0] for row in connection.execute(query, (backbone,))}
            if len(lengths) != 1:
                raise ValueError(f"features of one backbone with {sorted(n // 4 for n in lengths)} dimensions")
            connection.executemany(
                "INSERT OR REPLACE INTO features (sha256, backbone, vector)"
                " SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM photos WHERE sha256 = ?1)",
                rows,
            )

        self._database.call(write)

    def matrix(self, backbone: str, sha256s: Sequence[str]) -> tuple[NDArray[np.float32], list[str]]:
        """Return float32 [n, d] and the photos of its rows: those asked for that have a feature, in that order.

        Without any the matrix is [0, 0].
        """

        def read(connection: sqlite3.Connection) -> tuple[NDArray[np.float32], list[str]]:
            present = _present(connection, backbone, sha256s)
            order = [sha256 for sha256 in dict.fromkeys(sha256s) if sha256 in present]
            row_of = {sha256: row for row, sha256 in enumerate(order)}
            matrix = np.empty((0, 0), dtype=np.float32)
            for chunk in chunks(order):
                query = f"SELECT sha256, vector FROM features WHERE backbone = ? AND sha256 IN ({marks(len(chunk))})"  # noqa: S608
                for sha256, blob in connection.execute(query, (backbone, *chunk)):
                    if not matrix.size:
                        matrix = np.empty((len(order), len(blob) // _STORED.itemsize), dtype=np.float32)
                    matrix[row_of[sha256]] = np.frombuffer(blob, dtype=_STORED)
            return matrix, order

        return self._database.call(read)

    def blocks(self, backbone: str, size: int) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        """Yield all photos with their features, float32 [at most size, d], in the order in which they are stored.

        Ten times as quick as asking for the same photos by name; features that are stored meanwhile may be missed.
        """

        def read(after: int) -> Callable[[sqlite3.Connection], list[tuple[int, str, bytes]]]:
            def work(connection: sqlite3.Connection) -> list[tuple[int, str, bytes]]:
                cursor = connection.cursor()
                cursor.row_factory = None
                return cursor.execute(_IN_ORDER, (backbone, after, size)).fetchall()

            return work

        following = self._database.submit(read(-1))
        while rows := following.result():
            # The next block is read while the caller works on this one.
            following = self._database.submit(read(rows[-1][0]))
            packed = b"".join([row[2] for row in rows])
            yield [row[1] for row in rows], np.frombuffer(packed, dtype=_STORED).reshape(len(rows), -1)

    def missing(self, backbone: str, sha256s: Sequence[str]) -> list[str]:
        """Return those of the photos, in that order, that have no feature of this backbone."""
        present = self._database.call(lambda c: _present(c, backbone, sha256s))
        return [sha256 for sha256 in dict.fromkeys(sha256s) if sha256 not in present]

    def count(self, backbone: str) -> int:
        """Return how many photos have a feature of this backbone."""
        query = "SELECT count(*) FROM features WHERE backbone = ?"
        return self._database.call(lambda c: int(c.execute(query, (backbone,)).fetchone()[0]))

    def forget(self, backbone: str) -> None:
        """Delete all features of a backbone that is no longer used."""
        self._database.call(lambda c: c.execute("DELETE FROM features WHERE backbone = ?", (backbone,)))


# The plus keeps SQLite from looking in the index, whose order is that of the hashes.
_IN_ORDER: Final = "SELECT rowid, sha256, vector FROM features WHERE +backbone = ? AND rowid > ? ORDER BY rowid LIMIT ?"


def _present(connection: sqlite3.Connection, backbone: str, sha256s: Iterable[str]) -> set[str]:
    return {
        row[0]
        for chunk in chunks(sha256s)
        for row in connection.execute(
            f"SELECT sha256 FROM features WHERE backbone = ? AND sha256 IN ({marks(len(chunk))})",  # noqa: S608
            (backbone, *chunk),
        )
    }


def _packed(vector: NDArray[np.float32]) -> bytes:
    packed = np.ascontiguousarray(vector, dtype=_STORED)
    if packed.ndim != 1 or not packed.size or not np.isfinite(packed).all():
        raise ValueError(f"a feature is a finite vector, not {packed.shape}")
    return packed.tobytes()
