"""The journal of a run: the sum of every finished round, on disk before the next round counts.

A method of fine-tuning is a deterministic function of these sums. Starting it again over the same journal replays
the finished rounds without asking any device, and goes on where the desktop stopped.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

from letspic_shared import messages
from letspic_shared.errors import ProtocolError
from letspic_shared.files import make_private_folder, write_atomic
from letspic_shared.frames import MAX_PAYLOAD_BYTES, FrameDecoder, encode
from letspic_shared.tensors import Array, pack, unpack

Header = dict[str, object]
C = TypeVar("C")
_PART = MAX_PAYLOAD_BYTES


class Journal:
    """The rounds of one run in a folder, one file each, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = make_private_folder(folder)

    def write(self, number: int, report: Header, total: object) -> None:
        """Keep the sum of a round with its report (task, participants, seconds, ...).

        Raises
        ------
        KnownError
            The disk is full.
        """
        described, payload = pack(state_of(total))
        # A sum over all devices may be larger than any frame: it goes on in frames of its own.
        first, *others = [payload[start : start + _PART] for start in range(0, max(len(payload), 1), _PART)]
        header = {**report, "round": number, "tensors": described}
        frames = [encode(messages.ROUND, header, first), *(encode(messages.ROUND, {}, other) for other in others)]
        # Not waiting for the disk: a cut of power may cost the last rounds, which are then done again.
        write_atomic(self._path(number), b"".join(frames), durable=False)

    def read(self, number: int, task: str, kind: type[C]) -> tuple[Header, C] | None:
        """Return report and sum of a finished round, or None where it has to be done (again)."""
        try:
            frames = FrameDecoder().feed(self._path(number).read_bytes())
        except OSError:
            return None
        header = frames[0][1] if frames else {}
        if header.get("task") != task or header.get("round") != number:
            return None
        payload = b"".join(part for _, _, part in frames)
        try:
            return header, from_state(kind, unpack(header.get("tensors", []), payload))
        except (ProtocolError, LookupError, TypeError):
            return None

    @staticmethod
    def finished(folder: Path) -> int:
        """Return how many rounds a folder holds; 0 where it is not there."""
        return len(list(folder.glob("round-*.frame")))

    def _path(self, number: int) -> Path:
        return self._folder / f"round-{number:05d}.frame"


def state_of(total: object) -> dict[str, Array]:
    """Return the fields of a contribution as arrays, bit for bit."""
    if not dataclasses.is_dataclass(total):
        raise TypeError(f"{type(total).__name__} is no contribution")
    arrays: dict[str, Array] = {}
    for field in dataclasses.fields(total):
        value = getattr(total, field.name)
        if isinstance(value, tuple):
            arrays |= {f"{field.name}.{index}": item for index, item in enumerate(value)}
        elif isinstance(value, int):
            arrays[field.name] = np.array([value], np.int64)
        elif isinstance(value, float):
            arrays[field.name] = np.array([value], np.float64)
        else:
            arrays[field.name] = value
    return arrays


def from_state(kind: type[C], arrays: dict[str, Array]) -> C:
    """Return the contribution that `state_of` took apart."""
    values: dict[str, Any] = {}
    for name, hint in get_type_hints(kind).items():
        if get_origin(hint) is tuple and get_args(hint)[1:] == (Ellipsis,):
            count = sum(key.startswith(f"{name}.") for key in arrays)
            values[name] = tuple(arrays[f"{name}.{index}"] for index in range(count))
        elif hint in (int, float):
            values[name] = hint(arrays[name][0])
        else:
            values[name] = arrays[name]
    return kind(**values)
