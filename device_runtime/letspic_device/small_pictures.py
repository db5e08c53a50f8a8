"""The small picture of a photo that a search may show at the desktop: few pixels, few bytes, and nothing but pixels."""

from __future__ import annotations

from letspic_device.photos import PhotoShelf
from letspic_shared.errors import KnownError
from letspic_shared.photo import Source, thumbnail_jpeg

EDGE = 256
MAX_BYTES = 32 << 10
# The first is what photos usually get; noise needs the others.
_QUALITIES = (85, 60, 30, 10)


def picture_of(shelf: PhotoShelf, digest: str, *, own_allowed: bool) -> bytes:
    """Return the small picture of a photo that the device holds; of its own ones only where its owner allows that.

    Raises
    ------
    PhotoError
        The photo cannot be read.
    KnownError
        It is not here any more, or is the device's own and its owner did not allow it.
    """
    source = shelf.source(digest)
    if source is None:
        raise KnownError("The device no longer holds this photo")
    if digest in shelf.own and not own_allowed:
        raise KnownError(
            "The owner of this device does not share small pictures", "Start it with --allow-thumbnails to allow it"
        )
    return small_picture(source)


def small_picture(source: Source) -> bytes:
    """Return a JPEG that fits into a square of 256 pixels and into 32 KiB, without place, date, camera or comments.

    Raises
    ------
    PhotoError
        The photo cannot be read.
    KnownError
        No picture of it is small enough.
    """
    for quality in _QUALITIES:
        picture = thumbnail_jpeg(source, edge=EDGE, quality=quality)
        if len(picture) <= MAX_BYTES:
            return picture
    raise KnownError("No small picture of this photo can be made")
