"""The messages of pairing and the proofs in them, for both ends; no input or output happens here.

Inside a TLS 1.3 connection to the pairing port, each step one frame of kind ``PAIR``::

    desktop -> hello    protocol, certificate, SPAKE2 message
    device  -> spake    SPAKE2 message
    desktop -> confirm  HMAC(key, "desktop", sha256(desktop certificate), sha256(device certificate))
    device  -> confirm  HMAC(key, "device", the same two)             or: refused, tries_left
    desktop -> owner    desktop_name, group_id, group_name
    device  -> paired   name, link_host, link_port, platform, version, role

SPAKE2 gives both ends the same key only where both used the same code, and gives no offline guess to anybody who
listens or takes part. It never says that the codes differ: the confirmations do. They cover the certificate that
this TLS connection really used, so somebody who ends TLS on both sides and passes the frames on fails both checks
even with the right code.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re

from letspic_device import aside
from letspic_device.identity import der_of
from letspic_shared import frames, messages
from letspic_shared.errors import ProtocolError
from letspic_shared.messages import PAIR, BadField

Header = dict[str, object]

CODE_DIGITS = 8
MAX_NAME = 100
_MAX_FRAME = 16 << 10
_SPAKE_BYTES = 33
_DESKTOP = b"letspic desktop 1"
_DEVICE = b"letspic device 1"


def encode(header: Header) -> bytes:
    """Return one step as the bytes of a frame."""
    return frames.encode(PAIR, header)


class Inbox:
    """Takes the bytes of a connection and gives its steps one by one; anything that is not a step is refused."""

    def __init__(self) -> None:
        self._decoder = frames.FrameDecoder(max_header=_MAX_FRAME, max_payload=0)
        self._steps: list[Header] = []

    def feed(self, data: bytes) -> None:
        """Take the next bytes.

        Raises
        ------
        ProtocolError
            They are no frames, or frames of another kind. TLS does not damage bytes, so there is nothing to skip.
        """
        for kind, header, _ in self._decoder.feed(data):
            if kind != PAIR:
                raise ProtocolError("The other end sent something else than pairing")
            self._steps.append(header)
        if self._decoder.skipped or self._decoder.foreign_version or len(self._steps) > 1:
            raise ProtocolError("The other end does not speak LetsPic's pairing")

    def take(self) -> Header | None:
        """Return the next whole step, or None where more bytes are needed."""
        return self._steps.pop(0) if self._steps else None


class DesktopHandshake:
    """The desktop's side of one attempt.

    Parameters
    ----------
    code
        Eight digits as typed, without spaces.
    own_pem
        The desktop's certificate.
    device_der
        The certificate that the device used in this TLS connection.
    """

    def __init__(self, code: str, own_pem: str, device_der: bytes) -> None:
        from spake2 import SPAKE2_A

        self._spake = SPAKE2_A(code.encode(), idA=_DESKTOP, idB=_DEVICE)
        self._pem = own_pem
        self._certificates = _hashes(der_of(own_pem), device_der)
        self._key = b""

    def hello(self) -> Header:
        """Return the first step."""
        return {
            "step": "hello",
            "protocol": messages.PROTOCOL,
            "certificate": self._pem,
            "spake": self._spake.start().hex(),
        }

    def confirm(self, spake: Header) -> Header:
        """Take the device's SPAKE2 message and return the desktop's proof."""
        require_step(spake, "spake")
        self._key = _finish(self._spake, _bytes(spake, "spake", _SPAKE_BYTES))
        return {"step": "confirm", "mac": _mac(self._key, b"desktop", self._certificates).hex()}

    def device_knows_the_code(self, confirm: Header) -> bool:
        """Say whether the device proved the same code and the same two certificates."""
        require_step(confirm, "confirm")
        return hmac.compare_digest(_bytes(confirm, "mac", 32), _mac(self._key, b"device", self._certificates))


class DeviceHandshake:
    """The device's side of one attempt; `owner_pem` is not to be trusted before `desktop_knows_the_code`."""

    def __init__(self, code: str, own_pem: str) -> None:
        self._code = code
        self._own_der = der_of(own_pem)
        self._certificates = b""
        self._key = b""
        self.owner_pem = ""

    def answer(self, hello: Header) -> Header:
        """Take the desktop's first step and return the device's SPAKE2 message."""
        require_step(hello, "hello")
        messages.number(hello, "protocol", messages.PROTOCOL, messages.PROTOCOL)
        self.owner_pem = messages.text(hello, "certificate")
        try:
            owner_der = der_of(self.owner_pem)
        except ValueError as error:
            raise BadField("field 'certificate' is not a certificate") from error
        self._certificates = _hashes(owner_der, self._own_der)
        theirs = _bytes(hello, "spake", _SPAKE_BYTES)
        found = aside.call("spake", {"code": self._code, "theirs": theirs.hex()})
        self._key = bytes.fromhex(found["key"])
        return {"step": "spake", "spake": found["own"]}

    def desktop_knows_the_code(self, confirm: Header) -> bool:
        """Say whether the desktop proved the same code and the same two certificates."""
        require_step(confirm, "confirm")
        return hmac.compare_digest(_bytes(confirm, "mac", 32), _mac(self._key, b"desktop", self._certificates))

    def confirm(self) -> Header:
        """Return the device's proof; only for a desktop that has proved itself, else it would be a free guess."""
        return {"step": "confirm", "mac": _mac(self._key, b"device", self._certificates).hex()}


def require_step(header: Header, step: str) -> None:
    """Raise ProtocolError where a message is not the step that is due."""
    if header.get("step") != step:
        raise ProtocolError("The other end left out a step of pairing")


def clean_code(typed: str) -> str | None:
    """Return the eight digits of a code typed with or without spaces and dashes, else None."""
    code = re.sub(r"[\s\-–—]", "", typed)
    return code if re.fullmatch(rf"[0-9]{{{CODE_DIGITS}}}", code) else None


def clean_name(header: Header, field: str) -> str:
    """Return a name field as one printable line of at most 100 characters; the other end chose it freely."""
    name = messages.text(header, field)
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:MAX_NAME]


def _hashes(desktop_der: bytes, device_der: bytes) -> bytes:
    return hashlib.sha256(desktop_der).digest() + hashlib.sha256(device_der).digest()


def _mac(key: bytes, label: bytes, certificates: bytes) -> bytes:
    return hmac.new(key, b"letspic pairing 1 " + label + b"\0" + certificates, "sha256").digest()


def _bytes(header: Header, field: str, count: int) -> bytes:
    try:
        value = binascii.unhexlify(messages.text(header, field))
    except ValueError as error:
        raise BadField(f"field '{field}' is not hexadecimal") from error
    if len(value) != count:
        raise BadField(f"field '{field}' is not {count} bytes long")
    return value


def device_exchange(code: str, theirs: bytes) -> tuple[bytes, bytes]:
    """Return the device's SPAKE2 message and the key, given the code and the desktop's message (33 bytes each).

    Raises
    ------
    ProtocolError
        The desktop's message is no key.
    """
    from spake2 import SPAKE2_B

    spake = SPAKE2_B(code.encode(), idA=_DESKTOP, idB=_DEVICE)
    own: bytes = spake.start()
    return own, _finish(spake, theirs)


def _finish(spake: object, theirs: bytes) -> bytes:
    from spake2 import SPAKEError
    from spake2.ed25519_basic import NotOnCurve

    try:
        key: bytes = spake.finish(theirs)  # type: ignore[attr-defined]
    except (SPAKEError, NotOnCurve, ValueError, AssertionError) as error:
        # The library tells a point that is off the curve, of a small group or our own one in these four ways.
        raise ProtocolError("The other end sent a bad key of pairing") from error
    return key
