"""Read the values out of a pickle without running it: no class is looked up, nothing is called.

``pickletools`` takes the bytes apart into opcodes; the few that a PyTorch state dict consists of are followed here,
and every other one is refused. A call in the pickle becomes a ``Call`` (name and arguments) for the reader to judge.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

_MAX_OPCODES: Final = 200_000


class PickleRefused(ValueError):  # noqa: N818 - it says what happened to the pickle
    """The bytes are no pickle, or one that does more than hold plain values."""


@dataclass(frozen=True)
class Name:
    """A global that the pickle mentions, such as ``torch FloatStorage``; it stays a name."""

    value: str


@dataclass(frozen=True)
class Call:
    """What the pickle would have called, and with what."""

    name: Name
    arguments: tuple[Any, ...]
    items: dict[Any, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Persistent:
    """A reference to something stored outside the pickle."""

    value: Any


class _Mark:
    """Where a run of stack items begins."""


_INTEGERS: Final = {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"}
_TEXTS: Final = {"UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "SHORT_BINSTRING", "BINSTRING"}
_VALUES: Final = frozenset({*_INTEGERS, *_TEXTS, "FLOAT", "BINFLOAT"})
_CONSTANTS: Final = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: Final[dict[str, Callable[[], Any]]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_TUPLES: Final = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_IGNORED: Final = frozenset({"PROTO", "FRAME"})


def read_pickle_values(stream: BytesIO) -> Any:
    """Return the value of the pickle at the stream's position, and leave the stream behind it.

    Raises
    ------
    PickleRefused
        It is cut short, or uses anything beyond plain containers, numbers, texts, names and calls.
    """
    machine = _Machine()
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(stream)):
            if count > _MAX_OPCODES:
                raise PickleRefused("it has too many parts")
            if opcode.name == "STOP":
                return machine.stack.pop()
            machine.step(opcode.name, argument)
    except PickleRefused:
        raise
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, AttributeError) as error:
        raise PickleRefused(f"its parts do not fit together ({error})") from error
    raise PickleRefused("it has no end")


class _Machine:
    """The stack and the memo that the opcodes work on."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Follow one opcode."""
        if name in _VALUES:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            self.stack.append(tuple(self._pop(_TUPLES[name])))
        elif name not in _IGNORED:
            action = _ACTIONS.get(name)
            if action is None:
                raise PickleRefused(f"it uses {name}, which a state dict does not need")
            action(self, argument)

    def _pop(self, count: int) -> list[Any]:
        if count > len(self.stack):
            raise PickleRefused("its parts do not fit together")
        taken = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return taken

    def _pop_to_mark(self) -> list[Any]:
        taken: list[Any] = []
        while not isinstance(item := self.stack.pop(), _Mark):
            taken.append(item)
        return taken[::-1]

    def mark(self, _: Any) -> None:
        self.stack.append(_Mark())

    def put(self, number: Any) -> None:
        self._memo[number] = self.stack[-1]

    def memoize(self, _: Any) -> None:
        self._memo[len(self._memo)] = self.stack[-1]

    def get(self, number: Any) -> None:
        self.stack.append(self._memo[number])

    def tuple_to_mark(self, _: Any) -> None:
        self.stack.append(tuple(self._pop_to_mark()))

    def append(self, _: Any) -> None:
        self._extend(self._pop(1))

    def append_to_mark(self, _: Any) -> None:
        self._extend(self._pop_to_mark())

    def _extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, list):
            raise PickleRefused("it appends to something that is no list")
        target.extend(items)

    def set_item(self, _: Any) -> None:
        self._fill(self._pop(2))

    def set_items(self, _: Any) -> None:
        self._fill(self._pop_to_mark())

    def _fill(self, items: list[Any]) -> None:
        target = self.stack[-1].items if isinstance(self.stack[-1], Call) else self.stack[-1]
        if not isinstance(target, dict):
            raise PickleRefused("it sets an item of something that is no mapping")
        target.update(zip(items[::2], items[1::2], strict=True))

    def name(self, argument: Any) -> None:
        self.stack.append(Name(str(argument)))

    def call(self, _: Any) -> None:
        name, arguments = self._pop(2)
        if not isinstance(name, Name) or not isinstance(arguments, tuple):
            raise PickleRefused("it calls something that has no name")
        self.stack.append(Call(name, arguments))

    def drop_state(self, _: Any) -> None:
        """A state that would be set on the object below it (``_metadata`` of a state dict): nobody needs it."""
        self._pop(1)

    def persistent(self, _: Any) -> None:
        self.stack.append(Persistent(self._pop(1)[0]))


_ACTIONS: Final[dict[str, Callable[[_Machine, Any], None]]] = {
    "MARK": _Machine.mark,
    "PUT": _Machine.put,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.memoize,
    "GET": _Machine.get,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "TUPLE": _Machine.tuple_to_mark,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.append_to_mark,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "GLOBAL": _Machine.name,
    "REDUCE": _Machine.call,
    "BUILD": _Machine.drop_state,
    "BINPERSID": _Machine.persistent,
}
