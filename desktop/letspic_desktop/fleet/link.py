"""The link to a device, as the rest of the fleet sees it: requests go in, answers come out.

TLS and in-process links implement it (serial and MQTT are to follow) and pass one suite of tests. Deadlines, quorum,
judgement and de-duplication live above the link.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from letspic_shared import messages
from letspic_shared.errors import KnownError
from letspic_shared.frames import PREFIX_BYTES, encode
from letspic_shared.tensors import Array, pack, unpack

Header = dict[str, object]

_identifiers = itertools.count(1)


class LinkLostError(KnownError):
    """The device went away before it answered."""


class RefusedError(KnownError):
    """The device answered that it cannot do what was asked."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One encoded request; the same bytes may go to many devices.

    Attributes
    ----------
    identifier
        Pairs the answer with it; unique in this process.
    kind
        Of `letspic_shared.messages`.
    frame
        Its bytes on the wire.
    """

    identifier: int
    kind: int
    frame: bytes

    @staticmethod
    def of(kind: int, header: Header, tensors: Mapping[str, Array] | None = None, payload: bytes = b"") -> Request:
        """Encode a message with tensors, or with a payload of its own.

        Raises
        ------
        KnownError
            It is larger than any device takes.
        """
        identifier = next(_identifiers)
        described, packed = pack(tensors or {})
        try:
            frame = encode(kind, {**header, "id": identifier, "tensors": described}, packed or payload)
        except ValueError as error:
            raise KnownError(
                "A device would be sent more than one message can carry", "Share fewer albums, or use more devices"
            ) from error
        return Request(identifier=identifier, kind=kind, frame=frame)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A device's answer, decoded but not judged.

    Attributes
    ----------
    framed_bytes
        Its size on the wire.
    """

    header: Header
    payload: bytes
    framed_bytes: int

    def tensors(self) -> dict[str, Array]:
        """Return the arrays that it carries; ProtocolError where they are not sound."""
        return unpack(self.header.get("tensors", []), self.payload)


class Link(Protocol):
    """An authenticated channel to one device."""

    @property
    def device_id(self) -> str:
        """The fingerprint of the device's certificate."""
        ...

    @property
    def alive(self) -> bool:
        """Whether requests can still be answered."""
        ...

    async def request(self, request: Request, timeout: float) -> Answer:
        """Send a request and return its answer.

        Raises
        ------
        RefusedError
            The device says that it cannot.
        LinkLostError
            The link went down first.
        TimeoutError
            Nothing came in ``timeout`` seconds; a late answer is dropped.
        """
        ...

    async def close(self) -> None:
        """Give the link up; requests that wait end with LinkLostError."""
        ...


def answer_of(kind: int, header: Header, payload: bytes) -> Answer:
    """Return a received frame as an answer, or raise what the device said in an ERROR frame."""
    if kind == messages.ERROR:
        reason, action = header.get("reason"), header.get("action")
        raise RefusedError(
            reason[: messages.MAX_TEXT] if isinstance(reason, str) and reason else "The device refused",
            action[: messages.MAX_TEXT] if isinstance(action, str) else "",
        )
    size = PREFIX_BYTES + len(json.dumps(header, separators=(",", ":"))) + len(payload)
    return Answer(header=header, payload=payload, framed_bytes=size)
