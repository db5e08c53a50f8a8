"""Sample photos that the project renders itself, for a demo without any photos at hand.

Ten albums of painted scenes, each photo taken by another "camera": turned, cropped, mirrored, with its own
white balance, exposure, blur and grain. They are no photographs and are not meant to pass for ones: they show
the whole way from import to better retrieval, and figures on them say nothing about real photos.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

from letspic_desktop.retrieval.sample_brush import Brush
from letspic_desktop.retrieval.sample_scenes import SCENES, Scene, stranger
from letspic_shared.errors import KnownError
from letspic_shared.files import storage_error, write_atomic

WIDTH: Final = 320
HEIGHT: Final = 240
ALBUMS: Final = tuple(scene.name for scene in SCENES)
_WITH_STRANGER: Final = 0.6
_PAINTED: Final = (400, 300)
_GRAIN_SIDE: Final = 512
_GRAIN_MIDDLE: Final = 128
_GRAINS: Final = (4, 9, 15, 22)
_READABLE_BY_OTHERS: Final = 0o644


def render_samples(folder: Path, *, per_album: int, seed: int) -> None:
    """Write ``per_album`` JPEG photos of 320 x 240 pixels for each album into a sub-folder of its name.

    The same seed gives the same photos, and a larger ``per_album`` only adds some.

    Raises
    ------
    KnownError
        ``per_album`` is less than one, or the folder cannot be written to.
    """
    if per_album < 1:
        raise KnownError("An album of samples needs at least one photo", "Ask for one or more")
    for album, scene in enumerate(SCENES):
        place = folder / scene.name
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(error, place) from error
        for number in range(per_album):
            photo = render_photo(scene, np.random.default_rng((seed, album, number)))
            name = f"{scene.name.replace(' ', '_')}_{number:03d}.jpg"
            write_atomic(place / name, photo, mode=_READABLE_BY_OTHERS, durable=False)


def render_photo(scene: Scene, rng: np.random.Generator) -> bytes:
    """Paint one photo of a scene, take it with a random camera, and return its JPEG bytes."""
    light = scene.lights[int(rng.integers(len(scene.lights)))]
    brush = Brush(_PAINTED, light, rng)
    scene.paint(brush)
    if brush.chance(_WITH_STRANGER):
        stranger(brush)
    photo = _develop(_framed(brush.image, rng), rng)
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=int(rng.integers(70, 93)))
    return buffer.getvalue()


def _framed(painting: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Cut a part out of the painting, sometimes mirrored or turned; nothing beyond its edge is shown."""
    size = np.array(painting.size)
    half = size * rng.uniform(0.62, 0.94) / 2
    turn = float(rng.normal(0, 0.07)) if rng.random() < 0.4 else 0.0
    c, s = np.cos(turn), np.sin(turn)
    reach = np.array([[c, abs(s)], [abs(s), c]]) @ half
    half, reach = np.array([half, reach]) * min(1.0, *(size / 2 / reach))
    # Less up and down than to the sides: most subjects stand in the middle.
    x, y = size / 2 + rng.uniform(-1, 1, 2) * np.array([1.0, 0.6]) * (size / 2 - reach)
    if rng.random() < 0.5:
        painting, x = ImageOps.mirror(painting), size[0] - x
    if not turn:
        left, top = (float(side) for side in np.maximum(np.array([x, y]) - half, 0))
        right, bottom = (float(side) for side in np.minimum(np.array([x, y]) + half, size))
        return painting.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, box=(left, top, right, bottom))
    # Pillow's transform asks where each pixel of the result comes from.
    across, down = 2 * half[0] / WIDTH * np.array([c, s]), 2 * half[1] / HEIGHT * np.array([-s, c])
    corner = np.array([x, y]) - across * WIDTH / 2 - down * HEIGHT / 2
    data = [float(value) for value in np.column_stack([across, down, corner]).ravel()]
    return painting.transform((WIDTH, HEIGHT), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)


def _develop(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Blur, expose and grain a photo as cheap cameras do; some come out nearly grey."""
    blur = float(rng.choice([0.0, 0.8, 1.6, 2.4, 3.2]))
    if blur:
        photo = photo.filter(ImageFilter.BoxBlur(blur))
    if rng.random() < 0.3:
        photo = Image.blend(photo.convert("L").convert("RGB"), photo, float(rng.uniform(0, 0.5)))
    gains, lift = rng.uniform(0.55, 1.35) * rng.uniform(0.75, 1.25, 3), rng.uniform(-12, 25)
    tones = np.clip(np.outer(gains, np.arange(256)) + lift, 0, 255).astype(int)
    photo = photo.point(tones.ravel().tolist())
    grain = _grain(int(rng.choice(_GRAINS)))
    left, top = (int(place) for place in rng.integers(0, [_GRAIN_SIDE - WIDTH, _GRAIN_SIDE - HEIGHT]))
    return ImageChops.add(photo, grain.crop((left, top, left + WIDTH, top + HEIGHT)), offset=-_GRAIN_MIDDLE)


@cache
def _grain(strength: int) -> Image.Image:
    """Return a sheet of grain that photos take parts of: drawing it anew for each would take most of the time."""
    noise = np.random.default_rng(strength).normal(_GRAIN_MIDDLE, strength, (_GRAIN_SIDE, _GRAIN_SIDE, 3))
    return Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8))
