"""Small pictures of own photos: few pixels, few bytes, nothing but pixels, and only with consent."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from letspic_device.small_pictures import EDGE, MAX_BYTES, small_picture
from letspic_shared.errors import KnownError


def noise(path: Path, side: int) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, quality=100)
    return path


def test_small_in_pixels_and_bytes(tmp_path: Path) -> None:
    wide = tmp_path / "wide.jpg"
    Image.new("RGB", (3000, 600), (200, 30, 40)).save(wide)
    assert Image.open(io.BytesIO(small_picture(wide))).size == (EDGE, 51)
    worst = small_picture(noise(tmp_path / "noise.png", EDGE))
    assert len(worst) <= MAX_BYTES
    assert Image.open(io.BytesIO(worst)).size == (EDGE, EDGE)


def test_nothing_but_pixels_leaves(tmp_path: Path) -> None:
    photo = tmp_path / "secret.jpg"
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    exif[0x0110] = "a secret camera"
    Image.new("RGB", (400, 300), (10, 90, 40)).save(photo, exif=exif, comment=b"a secret comment")
    picture = small_picture(photo)
    assert b"secret" not in picture
    assert not Image.open(io.BytesIO(picture)).getexif()


def test_what_is_no_photo_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "none.jpg").write_bytes(b"no photo")
    with pytest.raises(KnownError):
        small_picture(tmp_path / "none.jpg")
