"""The one frame format of every link: TLS over TCP, serial cable, in-process tests.

Layout, little-endian, 20 bytes before the header::

    magic "LPIC" | version u8 | kind u8 | check u16 | header length u32 | payload length u32 | crc u32

``check`` are the low 16 bits of the CRC-32 of the prefix with ``check`` and ``crc`` left out: a damaged length is
noticed before anything waits for that many bytes. ``crc`` is the CRC-32 of header and payload. The header is a small
JSON object, the payload raw bytes (tensors that the header describes). CRC finds accidents, not attackers: links
that are not TLS authenticate their frames themselves.

This module also runs on MicroPython: it keeps to that subset (no dataclasses, typing, enum or pathlib).
"""

import binascii
import json
import struct

MAGIC = b"LPIC"
VERSION = 1
PREFIX_BYTES = 20
MAX_HEADER_BYTES = 4 << 20
MAX_PAYLOAD_BYTES = 64 << 20

_CHECKED = "<4sBBII"
_PREFIX = "<4sBBHIII"


def encode(kind: int, header: dict[str, object], payload: bytes = b"") -> bytes:
    """Return the bytes of one frame.

    Raises
    ------
    ValueError
        The header or the payload is larger than any decoder would take.
    """
    text = json.dumps(header, separators=(",", ":")).encode()
    if len(text) > MAX_HEADER_BYTES or len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError("frame of %d + %d bytes is over the limit" % (len(text), len(payload)))  # noqa: UP031
    check = binascii.crc32(struct.pack(_CHECKED, MAGIC, VERSION, kind, len(text), len(payload))) & 0xFFFF
    crc = binascii.crc32(payload, binascii.crc32(text)) & 0xFFFFFFFF
    prefix = struct.pack(_PREFIX, MAGIC, VERSION, kind, check, len(text), len(payload), crc)
    return b"".join((prefix, text, payload))


class FrameDecoder:
    """Turns a stream of bytes into frames, whatever the pieces it arrives in.

    Garbage, damaged and cut frames are skipped up to the next sound one; ``skipped`` counts their bytes. Sizes are
    checked before a frame is waited for, so no more than one frame of the allowed size is ever held.

    Parameters
    ----------
    max_header, max_payload
        Sizes in bytes over which a frame is treated as garbage; a small board sets them small.
    """

    def __init__(self, max_header: int = MAX_HEADER_BYTES, max_payload: int = MAX_PAYLOAD_BYTES) -> None:
        self.skipped = 0
        self.foreign_version = 0
        self._max_header = max_header
        self._max_payload = max_payload
        self._buffer = bytearray()
        self._start = 0
        self._wanted = PREFIX_BYTES

    def feed(self, data: bytes) -> list[tuple[int, dict[str, object], bytes]]:
        """Take the next bytes of the stream and return the frames that are now whole, as (kind, header, payload)."""
        self._buffer.extend(data)
        frames: list[tuple[int, dict[str, object], bytes]] = []
        # While a long frame is incomplete nothing is parsed again: _wanted says when looking is worth it.
        while len(self._buffer) - self._start >= self._wanted:
            frame = self._next()
            if frame is not None:
                frames.append(frame)
        if self._start:
            # Once a call, not once a frame: garbage full of beginnings would cost the square of its length. A new
            # bytearray, not del: MicroPython's has no deletion.
            self._buffer = self._buffer[self._start :]
            self._start = 0
        return frames

    def _next(self) -> "tuple[int, dict[str, object], bytes] | None":
        buffer = self._buffer
        start = self._start
        self._wanted = PREFIX_BYTES
        if buffer[start : start + 4] != MAGIC:
            self._resync(start)
            return None
        _, version, kind, check, header_bytes, payload_bytes, crc = struct.unpack_from(_PREFIX, buffer, start)
        expected = binascii.crc32(struct.pack(_CHECKED, MAGIC, version, kind, header_bytes, payload_bytes)) & 0xFFFF
        if version != VERSION and check == expected:
            self.foreign_version = version
        if (
            version != VERSION
            or check != expected
            or header_bytes > self._max_header
            or payload_bytes > self._max_payload
        ):
            self._resync(start + 1)
            return None
        middle = start + PREFIX_BYTES + header_bytes
        end = middle + payload_bytes
        if len(buffer) < end:
            self._wanted = end - start
            return None
        # Through views that live no longer than the expression: a slice of the buffer would be a second copy.
        text = bytes(memoryview(buffer)[start + PREFIX_BYTES : middle])
        payload = bytes(memoryview(buffer)[middle:end])
        header = None
        if binascii.crc32(payload, binascii.crc32(text)) & 0xFFFFFFFF == crc:
            header = _parse(text)
        if header is None:
            self._resync(start + 1)
            return None
        self._start = end
        return kind, header, payload

    def _resync(self, at: int) -> None:
        """Skip everything before the next possible beginning of a frame at or after ``at``."""
        found = self._buffer.find(MAGIC, at)
        if found < 0:
            # The last three bytes may be the first of a magic that is still arriving.
            found = max(at, len(self._buffer) - 3)
        self.skipped += found - self._start
        self._start = found


def _parse(text: bytes) -> "dict[str, object] | None":
    try:
        # Decoded first: CPython would also take UTF-16 and UTF-32, MicroPython does not.
        header = json.loads(text.decode())
    except (ValueError, RuntimeError, MemoryError):
        # RuntimeError: nesting deeper than the interpreter allows (RecursionError is a subclass of it).
        return None
    return header if isinstance(header, dict) else None
