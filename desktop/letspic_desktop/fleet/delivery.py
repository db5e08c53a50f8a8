"""What the desktop hands out: the backbone, and photos."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from letspic_desktop.fleet.link import Answer, Link, Request
from letspic_shared import messages
from letspic_shared.errors import KnownError, PhotoError, ProtocolError

PIECE_BYTES = 512 << 10
BATCH_BYTES = 2 << 20
ANSWER_SECONDS = 120.0

Sent = Callable[[str, int], None]


async def send_backbone(link: Link, path: Path, digest: str) -> None:
    """Make sure that a device has the backbone; only what is missing is sent.

    Raises
    ------
    KnownError
        The device has no room, or the bytes do not arrive whole.
    """
    try:
        size = path.stat().st_size
        header: dict[str, object] = {"sha256": digest, "size": size}
        answer = await link.request(Request.of(messages.BACKBONE, header), ANSWER_SECONDS)
        have = _number(answer, "have", size)
        data = await asyncio.to_thread(path.read_bytes) if have < size else b""
    except OSError as error:
        raise KnownError(f"{path} cannot be read ({error.strerror})", "Build the backbone again") from error
    while have < len(data):
        piece = data[have : have + PIECE_BYTES]
        request = Request.of(messages.BACKBONE, {**header, "offset": have}, payload=piece)
        answer = await link.request(request, ANSWER_SECONDS)
        now = _number(answer, "have", size)
        if now <= have:
            raise KnownError("The device does not take the backbone", "Restart the device and try again")
        have = now


async def place_photos(
    link: Link, digests: Iterable[str], jpeg_of: Callable[[str], bytes], sent: Sent
) -> dict[str, str]:
    """Place photos on a device in batches; return the reasons of those that could not be prepared.

    Parameters
    ----------
    jpeg_of
        Gives the JPEG to place for a SHA-256 (oriented, small, without metadata); called in worker threads.
    sent
        Called with (device id, number of photos) after each batch that the device has stored.
    """
    failed: dict[str, str] = {}
    names: list[list[object]] = []
    pieces: list[bytes] = []
    size = 0
    for digest in digests:
        try:
            jpeg = await asyncio.to_thread(jpeg_of, digest)
        except PhotoError as error:
            failed[digest] = error.reason
            continue
        names.append([digest, len(jpeg)])
        pieces.append(jpeg)
        size += len(jpeg)
        if size >= BATCH_BYTES:
            await _send_batch(link, names, pieces, sent)
            names, pieces, size = [], [], 0
    if names:
        await _send_batch(link, names, pieces, sent)
    return failed


async def _send_batch(link: Link, names: list[list[object]], pieces: list[bytes], sent: Sent) -> None:
    request = Request.of(messages.PLACE, {"photos": names}, payload=b"".join(pieces))
    await link.request(request, ANSWER_SECONDS)
    sent(link.device_id, len(names))


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What a device holds.

    Attributes
    ----------
    own
        SHA-256 of its own photos -> proposed label.
    placed
        SHA-256 of the photos that were placed on it.
    placed_bytes, features
        Size of the placed photos, and how many of all photos have a feature of the backbone that was asked for; None
        where the device does not tell.
    """

    own: dict[str, str]
    placed: set[str]
    placed_bytes: int | None = None
    features: int | None = None


async def inventory(link: Link) -> tuple[dict[str, str], set[str]]:
    """Return a device's own photos (SHA-256 -> proposed label) and the SHA-256 of those placed on it.

    Raises
    ------
    ProtocolError
        The device answers with something else.
    """
    stock = await take_stock(link)
    return stock.own, stock.placed


async def take_stock(link: Link, backbone: str | None = None) -> Stock:
    """Return what a device holds, and how many features of a backbone it has ready.

    Raises
    ------
    ProtocolError
        The device answers with something else.
    """
    own: dict[str, str] = {}
    placed: set[str] = set()
    figures: dict[str, object] = {}
    offset = 0
    asked: dict[str, object] = {} if backbone is None else {"backbone": backbone}
    while True:
        answer = await link.request(Request.of(messages.INVENTORY, {**asked, "offset": offset}), ANSWER_SECONDS)
        figures = figures or dict(answer.header)
        page = answer.header.get("own", [])
        if not isinstance(page, list) or not all(isinstance(item, list) and len(item) == 2 for item in page):
            raise ProtocolError("The device lists its photos wrongly", "Update the device")
        try:
            own |= {messages.sha256(digest): str(label)[:200] for digest, label in page}
            placed |= {messages.sha256(digest) for digest in messages.texts(answer.header, "placed", 64)}
        except messages.BadField as error:
            raise ProtocolError(f"The device lists its photos wrongly: {error}", "Update the device") from error
        following = _number(answer, "next", 1 << 31)
        if following <= offset:
            break
        offset = following
    return Stock(
        own=own, placed=placed, placed_bytes=_told(figures, "placed_bytes"), features=_told(figures, "features")
    )


async def format_device(link: Link) -> int:
    """Delete what the desktop placed on a device, never its own photos; return how many photos that were."""
    answer = await link.request(Request.of(messages.FORMAT, {}), ANSWER_SECONDS)
    return _number(answer, "removed", 1 << 31)


def _told(header: Mapping[str, object], name: str) -> int | None:
    """Return a count that an older device does not tell."""
    value = header.get(name)
    return value if type(value) is int and 0 <= value < 1 << 60 else None


def _number(answer: Answer, name: str, high: int) -> int:
    try:
        return messages.number(answer.header, name, 0, high)
    except messages.BadField as error:
        raise ProtocolError(f"The device answered something else than was asked: {error}") from error


def deal(photos: Sequence[str], devices: Sequence[str], replicas: int) -> dict[str, list[str]]:
    """Deal photos to devices in turn, each to ``replicas`` different ones; the first holder trains on it."""
    if not devices:
        raise KnownError("No device is there to hold photos", "Add a device, or wait until one is online")
    copies = min(max(replicas, 1), len(devices))
    dealt: dict[str, list[str]] = {device: [] for device in devices}
    for index, photo in enumerate(photos):
        for copy in range(copies):
            dealt[devices[(index + copy) % len(devices)]].append(photo)
    return dealt


def training_shares(
    classes: Mapping[str, int],
    holders: Mapping[str, Sequence[str]],
    own: Mapping[str, Container[str]] = MappingProxyType({}),
) -> dict[str, dict[str, int]]:
    """Decide at which device each labelled photo trains: at one only, however many hold it.

    Parameters
    ----------
    classes
        SHA-256 -> class id of the labelled photos.
    holders
        Device id -> SHA-256 of the photos it holds.
    own
        Device id -> those of them that are its owner's own, and not placed there.

    Returns
    -------
    dict
        Device id -> SHA-256 -> class id. A device may keep its own photos back, so one with a placed copy trains before
        it; among several like that the one with the fewest photos so far.
    """
    shares: dict[str, dict[str, int]] = {device: {} for device in holders}
    where: dict[str, list[str]] = {}
    for device in sorted(holders):
        for photo in holders[device]:
            where.setdefault(photo, []).append(device)
    for photo in sorted(classes):
        candidates = where.get(photo, [])
        if candidates:
            chosen = min(candidates, key=lambda device: (photo in own.get(device, ()), len(shares[device]), device))
            shares[chosen][photo] = classes[photo]
    return shares
