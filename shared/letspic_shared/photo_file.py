"""Open a picture file safely: known formats only, pixels counted first, every decoder error one ``PhotoError``."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal

from letspic_shared.errors import PhotoError
from letspic_shared.photo_raw import FORMAT as RAW_FORMAT
from letspic_shared.photo_raw import developed, is_raw, starts_like_raw

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

Source = Path | bytes

MAX_PIXELS: Final = 120_000_000
MAX_FILE_BYTES: Final = 256 << 20

_PLUGINS: Final = ("Jpeg", "Png", "WebP", "Gif", "Tiff", "Bmp", "Jpeg2K", "Ppm", "Ico", "Avif")
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "DIB", "JPEG2000", "PPM", "ICO", "AVIF", "HEIF")
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"miaf"})
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_MAGIC: Final = (
    *(b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"BM", b"\0\0\1\0"),
    *(b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51", b"P4\n", b"P5\n", b"P6\n"),
)
_HEAD_BYTES: Final = 32
_STRIP_OFFSETS: Final = 273
_TILE_OFFSETS: Final = 324
# All that Pillow's decoders were seen to raise, or can by their source, on damaged and hostile files.
DECODER_ERRORS: Final = (
    *(OSError, SyntaxError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, AssertionError),
    *(RuntimeError, EOFError, BufferError, MemoryError, Warning, struct.error, zlib.error),
)


@contextmanager
def opened(source: Source) -> Iterator[ImageFile]:
    """Open a photo without decoding it, and turn every decoder's error into one ``PhotoError``."""
    image_module = _pillow()
    with _stream(source) as stream:
        head = stream.read(_HEAD_BYTES)
        if not head:
            raise PhotoError("The file is empty")
        try:
            raw = is_raw(head, stream)
            if raw:
                stream = io.BytesIO(developed(stream, most_pixels=MAX_PIXELS))
            stream.seek(0)
            with image_module.open(stream, formats=supported_formats()) as image:
                check_pixels(image)
                _check_strips(image, stream.seek(0, io.SEEK_END))
                if raw:
                    image.format = RAW_FORMAT
                yield image
        except (image_module.DecompressionBombError, image_module.DecompressionBombWarning) as error:
            raise _too_large() from error
        except image_module.UnidentifiedImageError as error:
            raise _unidentified(head) from error
        except MemoryError as error:
            raise PhotoError("There is not enough memory to open the picture") from error
        except DECODER_ERRORS as error:
            raise _damaged(error) from error


def looks_like_photo(path: Path) -> bool:
    """Whether a file starts like a picture, whatever its name says. Never raises."""
    try:
        with path.open("rb") as stream:
            return _starts_like_photo(stream.read(_HEAD_BYTES))
    except OSError:
        return False


@contextmanager
def _stream(source: Source) -> Iterator[BinaryIO]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    try:
        if not source.is_file():
            raise PhotoError("There is no such file" if not source.exists() else "It is not a file")
        if source.stat().st_size > MAX_FILE_BYTES:
            raise PhotoError(f"The file is larger than {MAX_FILE_BYTES >> 20} MB")
        stream = source.open("rb")
    except OSError as error:
        raise PhotoError(f"The file cannot be read ({error.strerror or error})") from error
    with stream:
        yield stream


def _pillow() -> Any:
    """Return ``PIL.Image`` with its limit set to ours; all process-wide state that we touch is here.

    The limit makes Pillow refuse bombs inside containers too, where their size is known only while decoding.
    Warnings about odd metadata would reach the person's terminal from a decoder thread, so Pillow's are
    muted, except the one about bombs, which must stop the decoder.
    """
    from PIL import Image

    if Image.MAX_IMAGE_PIXELS != MAX_PIXELS:
        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    _filter_warnings("ignore", Warning, re.compile(r"PIL\."))
    _filter_warnings("error", Image.DecompressionBombWarning, None)
    return Image


def _filter_warnings(
    action: Literal["ignore", "error"], category: type[Warning], module: re.Pattern[str] | None
) -> None:
    # Adding it again would take it away for a moment, in which another thread's decoder may warn.
    if (action, None, category, module, 0) not in warnings.filters:
        warnings.filterwarnings(action, category=category, module=module.pattern if module else "")


@cache
def supported_formats() -> tuple[str, ...]:
    """Return Pillow's names of the formats that are tried, those of this Pillow and of the extras installed."""
    from PIL import Image

    for name in _PLUGINS:
        try:
            import_module(f"PIL.{name}ImagePlugin")
        except ImportError:
            continue
    # The first one is the extra; the other one can encode too, for which its wheels carry x265 (GPL).
    try:
        import_module("pi_heif").register_heif_opener()
    except ImportError:
        with suppress(ImportError):
            import_module("pillow_heif").register_heif_opener()
    return tuple(name for name in _FORMATS if name in Image.OPEN)


def check_pixels(image: Image) -> None:
    """Refuse a picture with more than ``MAX_PIXELS``."""
    if image.width * image.height > MAX_PIXELS:
        raise _too_large()


def _starts_like_photo(head: bytes) -> bool:
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    if head[4:8] == b"ftyp":
        return head[8:12] in _HEIF_BRANDS | _AVIF_BRANDS or starts_like_raw(head)
    return head.startswith(_MAGIC) or starts_like_raw(head)


def _unidentified(head: bytes) -> PhotoError:
    formats = supported_formats()
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand in _HEIF_BRANDS and "HEIF" not in formats:
        return PhotoError("HEIC pictures need the 'heif' extra, which is not installed", "Install pi-heif")
    if brand in _AVIF_BRANDS and "AVIF" not in formats:
        return PhotoError("AVIF pictures need a newer Pillow", "Install Pillow 11.3 or later")
    if _starts_like_photo(head):
        return PhotoError("The start of the picture is damaged")
    return PhotoError("It is not a picture in a format that LetsPic reads")


def _check_strips(image: ImageFile, file_bytes: int) -> None:
    """Refuse a TIFF whose pixels are nowhere in it, before libtiff tells standard error about each tag."""
    tags = getattr(image, "tag_v2", None)
    if image.format != "TIFF" or tags is None:
        return
    offsets = tags.get(_STRIP_OFFSETS) or tags.get(_TILE_OFFSETS) or ()
    if not offsets:
        raise PhotoError("The picture data is damaged")
    if any(offset >= file_bytes for offset in offsets):
        raise _cut_short()


def _cut_short() -> PhotoError:
    return PhotoError("The file is cut short; a part of the picture is missing")


def _too_large() -> PhotoError:
    return PhotoError(f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels")


def _damaged(error: BaseException) -> PhotoError:
    said = " ".join(str(error).split()).lower()
    if any(word in said for word in ("truncated", "end of file", "eof", "not enough data", "unexpected end")):
        return _cut_short()
    return PhotoError("The picture data is damaged")
