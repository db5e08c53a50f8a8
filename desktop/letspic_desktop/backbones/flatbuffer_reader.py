"""Read a flatbuffer that nobody vouches for: every offset is checked before it is followed."""

from __future__ import annotations

import struct
from typing import Final

_OFFSET: Final = 4
_FORMATS: Final = {"b": 1, "B": 1, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8}


class DamagedFlatbuffer(ValueError):  # noqa: N818 - it names what the file is
    """An offset or a length leads out of the file."""


class Table:
    """One table: its fields are found by slot number, as the schema gives them.

    Parameters
    ----------
    data
        The whole file.
    position
        Where the table begins.
    """

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position
        self._vtable = position - _number(data, "i", position)
        self._vtable_size = _number(data, "H", self._vtable)
        _span(data, self._vtable, self._vtable_size)
        _span(data, position, _number(data, "H", self._vtable + 2))

    @classmethod
    def root(cls, data: bytes) -> Table:
        """Return the table that the file begins with."""
        return cls(data, _number(data, "I", 0))

    def number(self, slot: int, kind: str, default: int = 0) -> int:
        """Return a number of ``struct`` format ``kind``."""
        place = self._place(slot)
        return default if place is None else _number(self._data, kind, place)

    def table(self, slot: int) -> Table | None:
        """Return the table that a field points to, or None where it is absent."""
        place = self._place(slot)
        return None if place is None else Table(self._data, self._target(place))

    def tables(self, slot: int) -> list[Table]:
        """Return a list of tables, empty where the field is absent."""
        start, count = self.vector(slot, _OFFSET)
        return [Table(self._data, self._target(start + number * _OFFSET)) for number in range(count)]

    def numbers(self, slot: int, kind: str) -> tuple[int, ...]:
        """Return a list of numbers, empty where the field is absent."""
        start, count = self.vector(slot, _FORMATS[kind])
        return struct.unpack_from(f"<{count}{kind}", self._data, start)

    def text(self, slot: int) -> str:
        """Return a text, empty where the field is absent."""
        start, count = self.vector(slot, 1)
        return self._data[start : start + count].decode("utf-8", "replace")

    def vector(self, slot: int, item_bytes: int) -> tuple[int, int]:
        """Return where the items of a list begin and how many there are; all of them lie in the file."""
        place = self._place(slot)
        if place is None:
            return 0, 0
        start = self._target(place)
        count = _number(self._data, "I", start)
        _span(self._data, start + _OFFSET, count * item_bytes)
        return start + _OFFSET, count

    def _place(self, slot: int) -> int | None:
        entry = 4 + 2 * slot
        if entry + 2 > self._vtable_size:
            return None
        offset = _number(self._data, "H", self._vtable + entry)
        return self._position + offset if offset else None

    def _target(self, place: int) -> int:
        return place + _number(self._data, "I", place)


def _number(data: bytes, kind: str, position: int) -> int:
    _span(data, position, _FORMATS[kind])
    value: int = struct.unpack_from(f"<{kind}", data, position)[0]
    return value


def _span(data: bytes, start: int, length: int) -> None:
    if start < 0 or length < 0 or start + length > len(data):
        raise DamagedFlatbuffer("it is cut short or damaged")
