"""Pictures from devices: judged before they are shown, bounded, in memory alone, and forgotten when asked to."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from letspic_desktop.fleet.device_pictures import DevicePictures, checked_picture, fetch_picture
from letspic_desktop.fleet.link import Answer, Request
from letspic_shared.errors import ProtocolError

PHOTO = "ab" * 32


class Answers:
    """A link whose device answers whatever it was told to."""

    device_id = "d"
    alive = True

    def __init__(self, sha256: object, payload: bytes) -> None:
        self._answer = Answer(header={"sha256": sha256}, payload=payload, framed_bytes=len(payload))

    async def request(self, request: Request, timeout: float) -> Answer:
        del request, timeout
        return self._answer

    async def close(self) -> None:
        return


def jpeg(side: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), (9, 99, 199)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_a_picture_is_taken_and_made_anew() -> None:
    received = asyncio.run(fetch_picture(Answers(PHOTO, jpeg(900)), PHOTO))
    assert Image.open(io.BytesIO(checked_picture(received))).size == (256, 256)


@pytest.mark.parametrize(
    ("sha256", "payload"), [("cd" * 32, jpeg(9)), (None, jpeg(9)), (PHOTO, b"\xff\xd8" + bytes(33_000))]
)
def test_another_photo_or_too_many_bytes_are_refused(sha256: object, payload: bytes) -> None:
    with pytest.raises(ProtocolError, match="something else than a small picture"):
        asyncio.run(fetch_picture(Answers(sha256, payload), PHOTO))


@pytest.mark.parametrize("payload", [b"", b"\xff\xd8\xff\xe0garbage", b"<svg/>"])
def test_what_is_no_picture_is_refused(payload: bytes) -> None:
    with pytest.raises(ProtocolError, match="something else than a small picture"):
        checked_picture(payload)


def test_least_recently_used_pictures_go_first() -> None:
    kept = DevicePictures(max_bytes=30)
    for name in "abc":
        kept.put("d", name, bytes(10), 0)
    assert kept.get("d", "a") is not None
    kept.put("d", "e", bytes(10), 0)
    assert kept.get("d", "b") is None
    assert kept.get("d", "a") is not None
    assert kept.kept_bytes == 30
    kept.put("d", "a", bytes(4), 0)
    assert kept.kept_bytes == 24


def test_a_device_that_is_let_go_leaves_nothing() -> None:
    kept = DevicePictures()
    kept.put("gone", "a", bytes(10), kept.generation)
    kept.put("stays", "a", bytes(10), kept.generation)
    asked_before = kept.generation
    kept.forget({"gone"})
    assert kept.get("gone", "a") is None
    assert kept.get("stays", "a") is not None
    assert kept.kept_bytes == 10
    # One that was on its way then is not kept either.
    kept.put("gone", "b", bytes(10), asked_before)
    assert kept.get("gone", "b") is None
