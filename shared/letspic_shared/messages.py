"""Kinds of messages between a desktop and its devices, and how their header fields are read.

A desktop sends requests; a device answers each with a frame of the same kind, or with ``ERROR``. Header field ``id``
pairs an answer with its request. Every message that changes state may be sent twice without harm: rounds are keyed
by (run, round), photos by their SHA-256.

This module also runs on MicroPython: it keeps to that subset (no dataclasses, typing, enum or pathlib).
"""

PROTOCOL = 1

ERROR = 0
HELLO = 1
PING = 2
STATUS = 3
BACKBONE = 4
PLACE = 5
FORMAT = 6
INVENTORY = 7
LABELS = 8
PREPARE = 9
ROUND = 10
FINISH = 11
SEARCH = 12
THUMBNAIL = 13
UNPAIR = 14
PAIR = 15
BENCH = 16

NAMES = {
    ERROR: "error",
    HELLO: "hello",
    PING: "ping",
    STATUS: "status",
    BACKBONE: "backbone",
    PLACE: "place",
    FORMAT: "format",
    INVENTORY: "inventory",
    LABELS: "labels",
    PREPARE: "prepare",
    ROUND: "round",
    FINISH: "finish",
    SEARCH: "search",
    THUMBNAIL: "thumbnail",
    UNPAIR: "unpair",
    PAIR: "pair",
    BENCH: "bench",
}

MAX_TEXT = 4096


class BadField(ValueError):  # noqa: N818 - reads as what it is: a field that is bad
    """A header lacks a field or carries one of the wrong type; the text names it."""


def text(header: dict[str, object], name: str, limit: int = MAX_TEXT) -> str:
    """Return a string field of at most ``limit`` characters."""
    value = header.get(name)
    if not isinstance(value, str) or len(value) > limit:
        raise BadField("field '" + name + "' is not a text")
    return value


def number(header: dict[str, object], name: str, low: int, high: int) -> int:
    """Return an integer field between ``low`` and ``high``, both included."""
    value = header.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < low or value > high:
        raise BadField("field '" + name + "' is not a whole number from " + str(low) + " to " + str(high))
    return value


def real(header: dict[str, object], name: str, low: float, high: float) -> float:
    """Return a number field between ``low`` and ``high``, both included (never NaN)."""
    value = header.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
        raise BadField("field '" + name + "' is not a number from " + str(low) + " to " + str(high))
    return float(value)


def flag(header: dict[str, object], name: str) -> bool:
    """Return a true/false field; absent means false."""
    value = header.get(name, False)
    if not isinstance(value, bool):
        raise BadField("field '" + name + "' is not true or false")
    return value


def texts(header: dict[str, object], name: str, limit: int = MAX_TEXT) -> list[str]:
    """Return a field that is a list of strings."""
    value = header.get(name, [])
    if not isinstance(value, list):
        raise BadField("field '" + name + "' is not a list")
    for item in value:
        if not isinstance(item, str) or len(item) > limit:
            raise BadField("field '" + name + "' holds something that is not a text")
    return value


def sha256(value: object) -> str:
    """Return ``value`` where it is 64 lower-case hexadecimal digits; photos and backbones are named so."""
    if not isinstance(value, str) or len(value) != 64:
        raise BadField("a SHA-256 is 64 hexadecimal digits")
    for digit in value:
        if digit not in "0123456789abcdef":
            raise BadField("a SHA-256 is 64 hexadecimal digits")
    return value


def classes(header: dict[str, object], name: str, class_count: int) -> dict[str, int]:
    """Return a field that maps SHA-256 to class id (0 <= id < ``class_count``)."""
    value = header.get(name, {})
    if not isinstance(value, dict):
        raise BadField("field '" + name + "' is not an object")
    for key, item in value.items():
        sha256(key)
        if not isinstance(item, int) or isinstance(item, bool) or item < 0 or item >= class_count:
            raise BadField("field '" + name + "' holds a class id that is out of range")
    return value
