"""How a photo was exposed, read from honest and from hostile EXIF blocks; and decoding at a fraction of its size."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from letspic_shared.photo import Exposure, load_oriented, load_reduced, probe
from letspic_shared.photo_exposure import read_exposure

TAGS = (0x829A, 0x829D, 0x8827, 0x920A, 0xA405, 0xA434)


def test_all_that_a_camera_says_is_read() -> None:
    exif = {0x829A: 0.004, 0x829D: 2.8, 0x8827: (400, 0), 0x920A: 6.1, 0xA405: 28, 0xA434: "Box 2.8\0"}
    assert read_exposure(exif) == Exposure(
        seconds=0.004, aperture=2.8, sensitivity=400, focal_length=6.1, focal_length_35=28.0, lens="Box 2.8"
    )


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "", (), (None,), 1e30, b"\xff", "fast"])
def test_nonsense_is_left_out(value: Any) -> None:
    assert read_exposure(dict.fromkeys(TAGS[:5], value)) == Exposure()


@given(
    st.dictionaries(
        st.sampled_from(TAGS), st.one_of(st.none(), st.text(), st.binary(), st.floats(), st.lists(st.floats()))
    )
)
def test_hostile_blocks_never_raise(tags: dict[int, Any]) -> None:
    read_exposure(tags)


def jpeg(width: int, height: int, orientation: int = 1) -> bytes:
    image = Image.new("RGB", (width, height), "navy")
    image.paste("orange", (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x8769] = {0x829A: 0.5}
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def test_probe_tells_the_exposure() -> None:
    assert probe(jpeg(30, 20)).exposure == Exposure(seconds=0.5)


@pytest.mark.parametrize(("most", "factor"), [(1 << 30, 1), (400 * 300, 1), (400 * 300 - 1, 2), (200 * 150 - 1, 4)])
@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("turns", [0, 1])
def test_a_photo_is_decoded_at_a_half_or_a_quarter(most: int, factor: int, orientation: int, turns: int) -> None:
    data = jpeg(400, 300, orientation)
    image, found = load_reduced(data, most_pixels=most, quarter_turns=turns)
    whole = load_oriented(data, quarter_turns=turns)
    assert found == factor
    assert image.size == (whole.width // factor, whole.height // factor)
    for across, down in ((0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)):
        one = image.getpixel((int(across * image.width), int(down * image.height)))
        other = whole.getpixel((int(across * whole.width), int(down * whole.height)))
        assert all(abs(first - second) < 12 for first, second in zip(one, other, strict=True))  # type: ignore[arg-type]


def test_a_thin_picture_keeps_a_pixel() -> None:
    buffer = io.BytesIO()
    Image.new("L", (9000, 1), 200).save(buffer, "PNG")
    image, factor = load_reduced(buffer.getvalue(), most_pixels=1000)
    assert factor == 4
    assert image.height == 1
    assert image.getpixel((5, 0)) == (200, 200, 200)
