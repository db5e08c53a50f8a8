"""Small pictures of photos that live on devices: asked for one by one, in memory alone, and forgotten with them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from typing import Final

from letspic_desktop.fleet.link import Link, Request
from letspic_shared import messages
from letspic_shared.errors import PhotoError, ProtocolError
from letspic_shared.photo import thumbnail_jpeg

ASK_SECONDS: Final = 20.0
MAX_BYTES: Final = 8 << 20
EDGE: Final = 256
# Nothing larger is taken from a device: see PROTOCOL.md.
_MAX_ANSWER: Final = 32 << 10

Key = tuple[str, str]


class DevicePictures:
    """JPEGs by (device id, SHA-256); the least recently used go when there are too many bytes. Any thread may use it.

    They are the owner's, shown with consent: nothing of them is ever written to a disk.
    """

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._generation = 0

    @property
    def generation(self) -> int:
        """Counts up when pictures are forgotten: whoever shows some drops theirs then."""
        return self._generation

    @property
    def kept_bytes(self) -> int:
        """What the pictures take in memory."""
        return self._bytes

    def get(self, device: str, photo: str) -> bytes | None:
        """Return a picture that was fetched before, or None."""
        with self._lock:
            found = self._kept.get((device, photo))
            if found is not None:
                self._kept.move_to_end((device, photo))
            return found

    def put(self, device: str, photo: str, picture: bytes, generation: int) -> None:
        """Keep a picture that was asked for in that generation; one that was forgotten meanwhile is not kept."""
        with self._lock:
            if generation != self._generation:
                return
            self._bytes += len(picture) - len(self._kept.pop((device, photo), b""))
            self._kept[device, photo] = picture
            while self._bytes > self._max_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest)

    def forget(self, devices: Collection[str]) -> None:
        """Forget all pictures of some devices."""
        with self._lock:
            gone = [key for key in self._kept if key[0] in devices]
            for key in gone:
                self._bytes -= len(self._kept.pop(key))
            # Also where nothing is kept yet: a picture may be on its way.
            self._generation += 1


async def fetch_picture(link: Link, photo: str) -> bytes:
    """Ask a device for the small picture of a photo.

    Raises
    ------
    RefusedError
        Its owner does not share pictures, or it does not hold the photo any more.
    LinkLostError, TimeoutError
        It went away, or does not answer.
    ProtocolError
        What it answered is no small picture.
    """
    answer = await link.request(Request.of(messages.THUMBNAIL, {"sha256": photo}), ASK_SECONDS)
    if answer.header.get("sha256") != photo or len(answer.payload) > _MAX_ANSWER:
        raise ProtocolError("The device sent something else than a small picture", "Update the device")
    return answer.payload


def checked_picture(received: bytes) -> bytes:
    """Return a picture of our own making from what a device sent: it is decoded in bounds, and loses all but pixels.

    Raises
    ------
    ProtocolError
        It is no picture.
    """
    try:
        return thumbnail_jpeg(received, edge=EDGE)
    except PhotoError as error:
        raise ProtocolError("The device sent something else than a small picture", "Update the device") from error
