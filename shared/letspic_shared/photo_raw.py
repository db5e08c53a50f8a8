"""Raw pictures of cameras, through the optional ``raw`` extra (rawpy, which brings LibRaw).

What a camera saw is its own JPEG inside the raw file: that is what people know as the photo, and it decodes fast.
Only where it is too small, the raw pixels themselves are developed.
"""

from __future__ import annotations

import io
import struct
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from letspic_shared.errors import PhotoError

if TYPE_CHECKING:
    from PIL.Image import Exif

FORMAT: Final = "RAW"
SUFFIXES: Final = frozenset(
    {".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".raf", ".orf", ".rw2", ".rwl", ".pef"}
    | {".srw", ".3fr", ".fff", ".iiq", ".x3f", ".mrw", ".erf", ".kdc", ".dcr", ".mos", ".mef"}
)
# Fuji, Olympus (two orders of bytes), Panasonic, Minolta, Sigma.
_MAGIC: Final = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"\0MRM", b"FOVb")
_TIFF: Final = {b"II*\0": "<", b"MM\0*": ">"}
_PHOTOMETRIC: Final = 262
_SUB_FOLDERS: Final = 330
_DNG_VERSION: Final = 50706
_SENSOR: Final = (32803, 34892)
_MOST_ENTRIES: Final = 512
_MOST_FOLDERS: Final = 8
_SMALLEST_PREVIEW: Final = 1024
_EXIF_WITHIN: Final = 64
# Turns that LibRaw tells of, as EXIF orientations.
_FLIPS: Final = {0: 1, 3: 3, 5: 8, 6: 6}
_ORIENTATION: Final = 0x0112
_EXIF_BLOCK: Final = 0x8769
_GPS_BLOCK: Final = 0x8825
_MAIN_TAGS: Final = (0x010F, 0x0110, 0x0132)
_EXIF_TAGS: Final = (0x9003, 0x9004, 0x9010, 0x9011, 0x9012)
_GPS_TAGS: Final = (1, 2, 3, 4, 7, 29)
_APP1: Final = 0xE1


def starts_like_raw(head: bytes) -> bool:
    """Whether a file starts as only raw pictures do; many others start like any TIFF file."""
    return head.startswith(_MAGIC) or head[4:12] == b"ftypcrx " or (head[:4] in _TIFF and head[8:10] == b"CR")


def is_raw(head: bytes, stream: BinaryIO) -> bool:
    """Whether a file is a raw picture. Pillow would open many of them, and show a thumbnail for the photo."""
    if starts_like_raw(head):
        return True
    order = _TIFF.get(head[:4])
    if order is None:
        return False
    try:
        return _has_sensor_data(stream, order)
    except (struct.error, OSError, OverflowError):
        return False


def developed(stream: BinaryIO, *, most_pixels: int) -> bytes:
    """Return the photo of a raw file as a JPEG that carries its orientation, time, place and camera.

    Raises
    ------
    PhotoError
        The extra is not installed, or the file is damaged, of an unknown camera, or too large.
    """
    try:
        rawpy: Any = import_module("rawpy")
    except ImportError as error:
        raise PhotoError("Raw pictures need the 'raw' extra, which is not installed", "Install rawpy") from error
    stream.seek(0)
    facts = _facts(stream)
    stream.seek(0)
    try:
        with rawpy.imread(stream) as raw:
            if raw.sizes.width * raw.sizes.height > most_pixels:
                raise PhotoError(f"The picture has more than {most_pixels // 1_000_000} million pixels")
            preview = _preview(rawpy, raw)
            if preview is not None and not facts and b"Exif\0" in preview[:_EXIF_WITHIN]:
                # Where the raw file has a form of its own, such as Fuji's, the preview knows all.
                return preview
            if preview is not None:
                facts[_ORIENTATION] = _FLIPS.get(raw.sizes.flip, 1)
                return _with_facts(preview, facts)
            pixels = raw.postprocess(use_camera_wb=True)
    except rawpy.LibRawError as error:
        raise PhotoError("The raw picture is damaged, or of a camera that LetsPic does not know") from error
    # Developed pixels are upright.
    facts[_ORIENTATION] = 1
    return _encoded(pixels, facts)


def _has_sensor_data(stream: BinaryIO, order: str) -> bool:
    """Look into the first folder of a TIFF file, and those inside it, for pixels of a sensor."""
    stream.seek(4)
    waiting = list(struct.unpack(f"{order}I", stream.read(4)))
    for _ in range(_MOST_FOLDERS):
        if not waiting:
            return False
        stream.seek(waiting.pop(0))
        (count,) = struct.unpack(f"{order}H", stream.read(2))
        entries = stream.read(12 * min(count, _MOST_ENTRIES))
        for tag, kind, number, value in struct.iter_unpack(f"{order}HHI4s", entries[: len(entries) // 12 * 12]):
            if tag == _DNG_VERSION:
                return True
            if tag == _PHOTOMETRIC and struct.unpack(f"{order}H", value[:2])[0] in _SENSOR:
                return True
            if tag == _SUB_FOLDERS and kind in (4, 13):
                waiting += _offsets(stream, order, number, value)
    return False


def _offsets(stream: BinaryIO, order: str, number: int, value: bytes) -> list[int]:
    (first,) = struct.unpack(f"{order}I", value)
    if number == 1:
        return [first]
    here = stream.tell()
    stream.seek(first)
    some = min(number, _MOST_FOLDERS)
    offsets = list(struct.unpack(f"{order}{some}I", stream.read(4 * some)))
    stream.seek(here)
    return offsets


def _facts(stream: BinaryIO) -> Exif:
    """Return what the raw file says of its time, place and camera; nothing where it says so in its own way."""
    from PIL.Image import Exif

    found, facts = Exif(), Exif()
    try:
        found.load_from_fp(stream)
        for tag in _MAIN_TAGS:
            if tag in found:
                facts[tag] = found[tag]
        for block, tags in ((_EXIF_BLOCK, _EXIF_TAGS), (_GPS_BLOCK, _GPS_TAGS)):
            values = found.get_ifd(block)
            facts[block] = {tag: values[tag] for tag in tags if tag in values}
        facts.tobytes()
    except (SyntaxError, OSError, ValueError, TypeError, KeyError, struct.error, ArithmeticError):
        return Exif()
    return facts


def _preview(rawpy: Any, raw: Any) -> bytes | None:
    """Return the JPEG of the camera, or None where there is none that is large enough to be the photo."""
    from PIL import Image

    try:
        thumbnail = raw.extract_thumb()
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
        return None
    if thumbnail.format != rawpy.ThumbFormat.JPEG:
        return None
    data = bytes(thumbnail.data)
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            large = max(image.size) >= min(_SMALLEST_PREVIEW, max(raw.sizes.width, raw.sizes.height))
    except (OSError, SyntaxError):
        return None
    return data if large else None


def _with_facts(jpeg: bytes, facts: Exif) -> bytes:
    """Return a JPEG with these facts in place of its own."""
    place = 2
    kept = bytearray()
    while jpeg[place : place + 1] == b"\xff" and jpeg[place + 1] != 0xDA and len(jpeg) >= place + 4:
        (length,) = struct.unpack(">H", jpeg[place + 2 : place + 4])
        if jpeg[place + 1] != _APP1:
            kept += jpeg[place : place + 2 + length]
        place += 2 + length
    block = facts.tobytes()
    return b"".join((b"\xff\xd8", struct.pack(">BBH", 0xFF, _APP1, len(block) + 2), block, bytes(kept), jpeg[place:]))


def _encoded(pixels: Any, facts: Exif) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95, exif=facts)
    return buffer.getvalue()
