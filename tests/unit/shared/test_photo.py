from __future__ import annotations

import csv
import io
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from letspic_shared import photo
from letspic_shared.errors import PhotoError
from letspic_shared.photo_file import MAX_FILE_BYTES
from letspic_shared.photo_metadata import read_camera, read_position, read_taken

READERS = {
    "verify": photo.verify,
    "load_oriented": photo.load_oriented,
    "load_small": lambda source: photo.load_oriented(source, max_side=64),
    "model_input": lambda source: photo.model_input(source, 224),
    "to_placed_jpeg": photo.to_placed_jpeg,
    "thumbnail_jpeg": lambda source: photo.thumbnail_jpeg(source, edge=128),
}
ORIENTATION, GPS_BLOCK, COMMENT = 0x0112, 0x8825, b"a person's comment"


def _encoded(image: Image.Image, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def _quarters() -> Image.Image:
    """Red, green / blue, white: every orientation of it is different."""
    image = Image.new("RGB", (64, 32))
    for box, colour in (((0, 0), "red"), ((32, 0), "lime"), ((0, 16), "blue"), ((32, 16), "white")):
        image.paste(colour, (*box, box[0] + 32, box[1] + 16))
    return image


def _expected(photo_data: Path) -> list[dict[str, str]]:
    with (photo_data / "robustness" / "expected.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _refusal(reader: Callable[[Path], object], path: Path) -> str | None:
    try:
        reader(path)
    except PhotoError as error:
        return error.reason
    return None


def _heif_is_installed() -> bool:
    return "HEIF" in photo.supported_formats()


@pytest.mark.parametrize("reader", READERS)
def test_exactly_the_expected_files_open_and_the_others_give_one_reason(photo_data: Path, reader: str) -> None:
    for row in _expected(photo_data):
        path = photo_data / "robustness" / row["path"]
        usable = row["opens"] == row["loads"] == row["to_rgb"] == "1"
        if path.suffix in (".heif", ".heic") and not _heif_is_installed():
            usable = False
        reason = _refusal(READERS[reader], path)
        assert (reason is None) == usable, f"{path}: {reason}"
        assert reason is None or (reason and "\n" not in reason and not reason.endswith("."))


def test_a_heif_file_without_the_extra_names_the_extra(photo_data: Path) -> None:
    if _heif_is_installed():
        pytest.skip("the heif extra is installed")
    with pytest.raises(PhotoError, match="heif"):
        photo.verify(photo_data / "robustness" / "formats" / "RGB_8__128x128.heif")


def test_the_whole_robustness_folder_opens_in_bounded_memory_and_silence(photo_data: Path) -> None:
    program = """
import resource, sys
from pathlib import Path
from letspic_shared import photo
from letspic_shared.errors import PhotoError
photo.load_oriented(Path(sys.argv[1]) / "formats" / "hopper.jpg")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sorted(Path(sys.argv[1]).rglob("*")):
    if path.is_file():
        for reader in (photo.verify, photo.to_placed_jpeg, lambda path: photo.model_input(path, 224)):
            try:
                reader(path)
            except PhotoError:
                pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    command = [sys.executable, "-c", program, str(photo_data / "robustness")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    # The largest picture that opens has 108 million pixels of one byte.
    assert int(ran.stdout) < 250, f"{ran.stdout.strip()} MB"
    assert ran.stderr == ""


def test_sizes_and_orientations_agree_with_the_table(photo_data: Path) -> None:
    checked = 0
    for row in _expected(photo_data):
        if row["orientation"] not in set("12345678") or row["to_rgb"] != "1" or row["format"] == "HEIF":
            continue
        path = photo_data / "robustness" / row["path"]
        info, size = photo.verify(path), (int(row["width"]), int(row["height"]))
        assert (info.width, info.height) == (size[::-1] if row["orientation"] in "5678" else size)
        assert info.orientation == int(row["orientation"])
        assert info.format == row["format"]
        assert photo.load_oriented(path).size == (info.width, info.height)
        assert photo.probe(path) == info
        checked += 1
    assert checked > 50


def test_the_eight_orientations_of_one_landscape_look_the_same(photo_data: Path) -> None:
    folder = photo_data / "robustness" / "orientation"
    inputs = [photo.model_input(folder / f"landscape_{n}.jpg", 64).ravel() for n in range(1, 9)]
    # The files differ a little in brightness; a wrongly turned one correlates by less than 0.6.
    assert np.corrcoef(inputs).min() > 0.95


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_undone_in_every_format(format: str, orientation: int) -> None:
    stored = _quarters()
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options = {"quality": 95, "subsampling": 0} if format == "JPEG" else {"lossless": True} if format == "WEBP" else {}
    data = _encoded(stored, format, exif=exif, **options)
    tagged = stored.copy()
    tagged.getexif()[ORIENTATION] = orientation
    wanted = np.asarray(ImageOps.exif_transpose(tagged)).astype(int)
    seen = np.asarray(photo.load_oriented(data)).astype(int)
    assert seen.shape == wanted.shape
    assert np.abs(seen - wanted).mean() < 4
    info = photo.verify(data)
    assert (info.height, info.width) == wanted.shape[:2]
    assert info == photo.probe(data)


def test_small_photos_give_exactly_the_input_of_the_reference_recipe(photo_data: Path) -> None:
    for path in sorted((photo_data / "food101" / "sushi").glob("*.jpg"))[:5]:
        with Image.open(path) as stored:
            picture = ImageOps.exif_transpose(stored).convert("RGB")
        reference = np.asarray(picture.resize((224, 224), Image.Resampling.BILINEAR))
        given = photo.model_input(path, 224)
        assert given.dtype == np.uint8
        assert given.shape == (224, 224, 3)
        np.testing.assert_array_equal(given, reference)


def test_reduced_decoding_of_a_large_photo_stays_close_to_the_full_one(photo_data: Path) -> None:
    path = photo_data / "robustness" / "full_size" / "Kodak_PIXPRO_FZ201.jpg"
    with Image.open(path) as stored:
        picture = ImageOps.exif_transpose(stored).convert("RGB")
    reference = np.asarray(picture.resize((224, 224), Image.Resampling.BILINEAR)).astype(float)
    difference = np.abs(photo.model_input(path, 224).astype(float) - reference)
    assert difference.mean() < 1.0
    assert np.percentile(difference, 99) < 6


def test_large_pictures_of_formats_without_reduced_decoding_stay_close_too() -> None:
    generator = np.random.default_rng(0)
    coarse = Image.fromarray(generator.integers(0, 256, (30, 40, 3), dtype=np.uint8))
    data = _encoded(coarse.resize((2000, 1500), Image.Resampling.BICUBIC), "PNG", compress_level=1)
    reference = np.asarray(Image.open(io.BytesIO(data)).resize((224, 224), Image.Resampling.BILINEAR)).astype(float)
    assert np.abs(photo.model_input(data, 224).astype(float) - reference).mean() < 1.0


def test_placed_photos_carry_no_metadata_and_are_upright(photo_data: Path) -> None:
    image = Image.new("RGB", (800, 600), "red")
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "Maker"
    exif.get_ifd(GPS_BLOCK)[1] = "N"
    data = _encoded(image, "JPEG", exif=exif, comment=COMMENT, icc_profile=b"\0" * 200, dpi=(300, 300))
    assert COMMENT in data
    placed = photo.to_placed_jpeg(data)
    opened = Image.open(io.BytesIO(placed))
    assert opened.size == (256, 341)
    assert not dict(opened.getexif())
    assert not {"exif", "comment", "icc_profile", "xmp", "dpi"} & set(opened.info)
    assert COMMENT not in placed
    assert b"Exif" not in placed
    with_gps = photo_data / "robustness" / "exif_edge" / "45-gps_ifd.jpg"
    assert b"Exif" in with_gps.read_bytes()
    assert b"Exif" not in photo.to_placed_jpeg(with_gps)


@pytest.mark.parametrize(
    ("size", "placed"), [((100, 80), (100, 80)), ((256, 300), (256, 300)), ((512, 1024), (256, 512))]
)
def test_placed_photos_have_the_asked_short_side_and_are_never_enlarged(
    size: tuple[int, int], placed: tuple[int, int]
) -> None:
    data = _encoded(Image.new("RGB", size), "PNG")
    assert Image.open(io.BytesIO(photo.to_placed_jpeg(data))).size == placed


def test_a_picture_too_long_for_jpeg_is_still_placed() -> None:
    data = _encoded(Image.new("L", (70_000, 2)), "PNG")
    assert Image.open(io.BytesIO(photo.to_placed_jpeg(data))).size == (4096, 1)
    assert Image.open(io.BytesIO(photo.thumbnail_jpeg(data, edge=128))).size == (128, 1)


def test_thumbnails_fit_their_square() -> None:
    data = _encoded(Image.new("RGB", (640, 480)), "JPEG")
    assert Image.open(io.BytesIO(photo.thumbnail_jpeg(data, edge=160))).size == (160, 120)
    assert photo.load_oriented(data, max_side=1000).size == (640, 480)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "L", "1"])
def test_transparent_pixels_are_white(mode: str) -> None:
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    if mode in ("RGBA", "LA"):
        data = _encoded(image.convert(mode), "PNG")
    elif mode == "P":
        data = _encoded(Image.new("P", (8, 8), 0), "PNG", transparency=0)
    else:
        data = _encoded(Image.new(mode, (8, 8), 0), "PNG", transparency=(0, 0, 0) if mode == "RGB" else 0)
    assert (np.asarray(photo.load_oriented(data)) == 255).all()
    assert photo.load_oriented(data).mode == "RGB"


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_clipped(format: str) -> None:
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    seen = np.asarray(photo.load_oriented(_encoded(Image.fromarray(ramp), format)))
    np.testing.assert_allclose(seen[..., 0].astype(float), ramp / 257, atol=1)
    assert (seen[..., 0] == seen[..., 2]).all()


def test_float_pictures_with_holes_are_scaled() -> None:
    values = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
    values[0, 1] = np.nan
    seen = np.asarray(photo.load_oriented(_encoded(Image.fromarray(values), "TIFF")))
    assert seen.max() == 255
    assert seen[0, 1, 0] == 0


def test_cmyk_has_natural_colours(photo_data: Path) -> None:
    picture = photo.load_oriented(_encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95))
    red, green, blue = np.asarray(picture).reshape(-1, 3).mean(0)
    assert red > 200
    assert green < 60
    assert blue < 60


def test_the_first_picture_of_an_animation_is_taken() -> None:
    pictures = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = _encoded(pictures[0], "GIF", save_all=True, append_images=pictures[1:])
    assert np.asarray(photo.load_oriented(data))[0, 0].tolist() == [255, 0, 0]


def test_more_pixels_than_allowed_are_refused_before_they_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    for pixels in (photo.MAX_PIXELS + 5000, 3 * photo.MAX_PIXELS):
        header = _encoded(Image.new("1", (1, 1)), "PNG")
        width = (pixels // 1000).to_bytes(4, "big") + (1000).to_bytes(4, "big")
        chunk = b"IHDR" + width + header[24:29]
        data = header[:12] + chunk + zlib.crc32(chunk).to_bytes(4, "big") + header[33:]
        with pytest.raises(PhotoError, match="million pixels"):
            photo.probe(data)


def test_plain_reasons_for_what_is_no_photo(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("no picture at all, but long enough to look at")
    reasons = {}
    for name in ("empty.jpg", "text.jpg", "absent.jpg", "."):
        with pytest.raises(PhotoError) as caught:
            photo.verify(tmp_path / name)
        reasons[name] = caught.value.reason
    assert reasons == {
        "empty.jpg": "The file is empty",
        "text.jpg": "It is not a picture in a format that LetsPic reads",
        "absent.jpg": "There is no such file",
        ".": "It is not a file",
    }


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(PhotoError, match="larger than 256 MB"):
        photo.verify(path)


def test_formats_that_run_other_programs_are_never_tried() -> None:
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    with pytest.raises(PhotoError, match="not a picture"):
        photo.probe(postscript)
    assert not {"EPS", "PSD", "WMF", "FITS", "HDF5"} & set(photo.supported_formats())


def test_cheap_verification_finds_every_truncation() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 96, 3), dtype=np.uint8))
    for format in ("JPEG", "PNG", "GIF", "BMP", "WEBP"):
        data = _encoded(noise, format)
        photo.verify(data)
        for share in (0.3, 0.6, 0.9):
            with pytest.raises(PhotoError):
                photo.verify(data[: int(len(data) * share)])


def test_threads_decode_side_by_side_without_leaking_warnings(photo_data: Path) -> None:
    folder = photo_data / "robustness" / "exif_edge"
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for path in sorted(folder.iterdir()):
                photo.verify(path)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_dates_places_and_cameras_are_read(photo_data: Path) -> None:
    folder = photo_data / "robustness" / "exif_edge"
    canon = photo.probe(folder / "Canon_40D.jpg")
    assert canon.camera == "Canon EOS 40D"
    assert canon.taken_local is not None
    assert canon.taken_local.isoformat() == "2008-05-30T15:56:01"
    assert canon.taken_source == "exif"
    assert canon.taken_utc is None
    placed = photo.probe(folder / "immich_datetimeoriginal-gps.jpg")
    assert placed.latitude is not None
    assert placed.longitude is not None


def test_a_time_zone_makes_the_time_absolute() -> None:
    taken = read_taken({}, {0x9003: "2024:07:01 12:00:00", 0x9011: "+02:00"}, {})
    assert taken.utc is not None
    assert taken.utc.isoformat() == "2024-07-01T10:00:00+00:00"
    by_satellite = read_taken({}, {0x9003: "2024:07:01 12:00:00"}, {29: "2024:07:01", 7: (10, 0, 5)})
    assert by_satellite.utc is not None
    assert by_satellite.utc.isoformat() == "2024-07-01T10:00:05+00:00"


@pytest.mark.parametrize(
    "value", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2024:13:40 99:99:99", b"\xff\xfe", 7, None]
)
def test_no_date_is_better_than_a_wrong_one(value: object) -> None:
    assert read_taken({}, {0x9003: value}, {}).local is None


def test_positions_on_all_four_sides() -> None:
    north, east = (46, 30, 0), (8, 15, 0)
    assert read_position({1: "N", 2: north, 3: "E", 4: east}) == (46.5, 8.25)
    assert read_position({1: "S", 2: north, 3: "W", 4: east}) == (-46.5, -8.25)
    assert read_position({1: "N", 2: (0, 0, 0), 3: "E", 4: (0, 0, 0)}) is None
    assert read_position({1: "N", 2: (91, 0, 0), 3: "E", 4: east}) is None
    assert read_position({1: "N", 2: (float("nan"), 0, 0), 3: "E", 4: east}) is None


_values = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=30) | st.binary(max_size=30) | st.fractions(),
    lambda inner: st.tuples(inner, inner, inner) | st.lists(inner, max_size=3),
    max_leaves=6,
)
_tags = st.dictionaries(
    st.sampled_from([1, 2, 3, 4, 7, 29, 0x10F, 0x110, 0x132, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012]), _values
)


@settings(max_examples=100, deadline=None)
@given(main=_tags, exif=_tags, gps=_tags)
def test_hostile_tags_never_raise(main: dict[int, object], exif: dict[int, object], gps: dict[int, object]) -> None:
    read_taken(main, exif, gps)
    position = read_position(gps)
    assert position is None or (abs(position[0]) <= 90 and abs(position[1]) <= 180)
    camera = read_camera(main)
    assert camera is None or (camera.isprintable() and camera.strip() == camera)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_bytes_give_a_picture_or_one_reason(data: st.DataObject) -> None:
    format = data.draw(st.sampled_from(["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"]))
    damaged = bytearray(_encoded(_quarters(), format))
    for position, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(damaged) - 1), st.integers(0, 255)), min_size=1, max_size=8)
    ):
        damaged[position] = value
    try:
        pixels = photo.model_input(bytes(damaged), 32)
    except PhotoError:
        return
    assert pixels.shape == (32, 32, 3)
