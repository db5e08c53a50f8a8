from __future__ import annotations

import io
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from letspic_shared.errors import PhotoError
from letspic_shared.photo import load_oriented, looks_like_photo, probe, verify
from letspic_shared.photo_look import look_hash
from letspic_shared.photo_raw import is_raw

WIDTH, HEIGHT = 1200, 96


def _has(module: str) -> bool:
    try:
        __import__(module)
    except ImportError:
        return False
    return True


needs_rawpy = pytest.mark.skipif(not _has("rawpy"), reason="the raw extra is not installed")


def dng(*, preview: bytes | None = None, orientation: int = 6) -> bytes:
    """Write the simplest raw picture: DNG 1.4, uncompressed sensor data, and a preview inside it where asked."""
    sensor = (np.add.outer(np.arange(HEIGHT) * 200, np.arange(WIDTH) * 20) % 60000).astype("<u2").tobytes()
    exif = [(0x9003, 2, b"2021:05:06 07:08:09\0"), (0x9011, 2, b"+09:00\0")]
    raw: list[tuple[int, int, Any]] = [
        *((254, 4, 0), (256, 4, WIDTH), (257, 4, HEIGHT), (258, 3, 16), (259, 3, 1), (262, 3, 32803)),
        *((273, 4, sensor), (277, 3, 1), (278, 4, HEIGHT), (279, 4, len(sensor))),
        *((33421, 3, b"\2\0\2\0"), (33422, 1, b"\0\1\1\2")),
    ]
    ones, zeros = struct.pack("<ii", 1, 1), struct.pack("<ii", 0, 1)
    camera: list[tuple[int, int, Any]] = [
        *((271, 2, b"LetsCam\0"), (272, 2, b"LetsCam One\0"), (274, 3, orientation), (34665, 4, exif)),
        *((50706, 1, b"\1\4\0\0"), (50707, 1, b"\1\1\0\0"), (50708, 2, b"LetsCam One\0")),
        *((50721, 10, (ones + zeros * 3) * 2 + ones), (50728, 5, ones * 3), (50778, 3, 21)),
    ]
    if preview is None:
        return _tiff([*raw, *camera])
    with Image.open(io.BytesIO(preview)) as image:
        width, height = image.size
    small: list[tuple[int, int, Any]] = [
        *((254, 4, 1), (256, 4, width), (257, 4, height), (258, 3, b"\x08\0\x08\0\x08\0"), (259, 3, 7), (262, 3, 6)),
        *((273, 4, preview), (277, 3, 3), (278, 4, height), (279, 4, len(preview)), (330, 4, raw)),
    ]
    return _tiff([*small, *camera])


def _tiff(entries: list[tuple[int, int, Any]]) -> bytes:
    data = bytearray(b"II*\0\0\0\0\0")
    struct.pack_into("<I", data, 4, _folder(data, entries))
    return bytes(data)


def _folder(data: bytearray, entries: list[tuple[int, int, Any]]) -> int:
    """Append a folder after all that it refers to; bytes at 273 and lists are stored apart, and pointed at."""
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 10: 8}
    table = b""
    for tag, kind, value in sorted(entries, key=lambda entry: entry[0]):
        if isinstance(value, list):
            value = _folder(data, value)
        elif tag == 273:
            value = _appended(data, value)
        if isinstance(value, int):
            table += struct.pack("<HHI", tag, kind, 1) + value.to_bytes(4, "little")
            continue
        field = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", _appended(data, value))
        table += struct.pack("<HHI", tag, kind, len(value) // sizes[kind]) + field
    return _appended(data, struct.pack("<H", len(entries)) + table + b"\0\0\0\0")


def _appended(data: bytearray, more: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    place = len(data)
    data += more
    return place


def _jpeg(size: tuple[int, int], colour: str) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.new("RGB", size, colour).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize("preview", [None, _jpeg((160, 120), "red")])
def test_a_raw_picture_without_the_extra_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, preview: bytes | None
) -> None:
    monkeypatch.setitem(sys.modules, "rawpy", None)
    (tmp_path / "a.dng").write_bytes(dng(preview=preview))
    assert looks_like_photo(tmp_path / "a.dng")
    for use in (verify, probe, load_oriented, look_hash):
        with pytest.raises(PhotoError, match="'raw' extra") as caught:
            use(tmp_path / "a.dng")
        assert caught.value.action == "Install rawpy"


@pytest.mark.parametrize(
    "head",
    [b"FUJIFILMCCD-RAW 0201", b"IIRO\x08\0\0\0", b"IIU\0\x18\0\0\0", b"\0\0\0\x18ftypcrx ", b"II*\0\x10\0\0\0CR\2\0"],
)
def test_raw_pictures_of_all_makers_are_known_as_such(monkeypatch: pytest.MonkeyPatch, head: bytes) -> None:
    monkeypatch.setitem(sys.modules, "rawpy", None)
    with pytest.raises(PhotoError, match="'raw' extra"):
        verify(head.ljust(400, b"\0"))


def test_a_plain_tiff_is_no_raw_picture(photo_data: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(buffer, "TIFF")
    assert verify(buffer.getvalue()).format == "TIFF"
    paths = sorted((photo_data / "robustness").rglob("*.tif*"))
    assert paths
    for path in paths:
        with path.open("rb") as stream:
            assert not is_raw(stream.read(32), stream), path


@needs_rawpy
def test_a_large_preview_is_the_photo_and_the_file_knows_its_time_and_turn() -> None:
    data = dng(preview=_jpeg((1100, 90), "red"))
    info = verify(data)
    assert (info.format, info.width, info.height, info.orientation) == ("RAW", 90, 1100, 6)
    assert info.taken_local is not None
    assert info.taken_local.isoformat() == "2021-05-06T07:08:09"
    assert info.taken_utc is not None
    assert info.taken_utc.isoformat() == "2021-05-05T22:08:09+00:00"
    assert (info.taken_source, info.camera) == ("exif", "LetsCam One")
    image = load_oriented(data)
    assert image.size == (90, 1100)
    assert image.getpixel((40, 500))[0] > 200


@needs_rawpy
@pytest.mark.parametrize("preview", [None, _jpeg((160, 120), "red")])
def test_without_a_large_preview_the_sensor_is_developed(preview: bytes | None) -> None:
    data = dng(preview=preview)
    info = verify(data)
    assert (info.format, info.width, info.height, info.orientation) == ("RAW", HEIGHT, WIDTH, 1)
    assert info.taken_source == "exif"
    assert load_oriented(data, max_side=300).size == (24, 300)


@needs_rawpy
def test_a_damaged_raw_picture_is_told() -> None:
    whole = dng()
    for end in (200, 1000, len(whole) // 2):
        with pytest.raises(PhotoError):
            load_oriented(whole[-end:] if end == 200 else whole[:end])


@pytest.mark.skipif(not (_has("pi_heif") or _has("pillow_heif")), reason="the heif extra is not installed")
def test_heic_photos_of_phones(photo_data: Path) -> None:
    info = verify(photo_data / "album_photos" / "flower_plant" / "000_IMG_5195.heic")
    assert (info.format, info.camera) == ("HEIF", "Apple iPhone 11 Pro Max")
    assert info.taken_utc is not None


def test_the_look_of_a_picture_survives_what_copies_go_through(photo_data: Path) -> None:
    paths = sorted((photo_data / "food101").rglob("*.jpg"))[::100]
    hashes = [np.unpackbits(np.frombuffer(look_hash(path), np.uint8)) for path in paths]
    for path, own in zip(paths, hashes, strict=True):
        buffer = io.BytesIO()
        image = load_oriented(path)
        image.convert("L").resize((image.width // 2, image.height // 2)).save(buffer, "JPEG", quality=40)
        copy = np.unpackbits(np.frombuffer(look_hash(buffer.getvalue()), np.uint8))
        assert (copy != own).sum() <= 6
    differing = [(one != other).sum() for one in hashes for other in hashes if one is not other]
    assert min(differing) > 6
