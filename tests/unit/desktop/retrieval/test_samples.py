"""The rendered sample photos: reproducible, varied, quick, and neither trivial nor hopeless to tell apart."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from PIL import Image

from letspic_desktop.retrieval.metrics import retrieval_quality
from letspic_desktop.retrieval.sample_scenes import SCENES
from letspic_desktop.retrieval.samples import ALBUMS, HEIGHT, WIDTH, _framed, render_photo, render_samples
from letspic_desktop.retrieval.splits import find_classes
from letspic_shared.errors import KnownError


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.jpg")}


def test_ten_albums_of_jpegs_of_the_size_promised(tmp_path):
    render_samples(tmp_path, per_album=2, seed=0)
    assert len(ALBUMS) == 10
    found = find_classes(tmp_path, labelled_per_album=1)
    assert {one.name: len(one.photos) for one in found.classes} == dict.fromkeys(ALBUMS, 2)
    for path in tmp_path.rglob("*.jpg"):
        with Image.open(path) as photo:
            photo.load()
            assert (photo.format, photo.mode, photo.size) == ("JPEG", "RGB", (WIDTH, HEIGHT))


def test_same_seed_same_photos_and_more_photos_only_add(tmp_path):
    for name, per_album, seed in (("a", 2, 7), ("b", 3, 7), ("c", 2, 8)):
        render_samples(tmp_path / name, per_album=per_album, seed=seed)
    first, more, other = (contents(tmp_path / name) for name in "abc")
    assert first.items() < more.items()
    assert len(more) == 30
    assert first.keys() == other.keys()
    assert not set(first.values()) & set(other.values())
    assert len(set(more.values())) == 30


def test_the_camera_never_shows_what_lies_beyond_the_painting():
    """A plain painting stays plain: a turned frame must not bring black corners in."""
    painting = Image.new("RGB", (400, 300), (200, 200, 200))
    for seed in range(300):
        frame = np.asarray(_framed(painting, np.random.default_rng(seed)))
        assert frame.min() >= 199, seed


def test_light_and_crop_vary_strongly_within_an_album():
    for scene in SCENES:
        photos = [render_photo(scene, np.random.default_rng((1, number))) for number in range(12)]
        pixels = np.stack([_small(photo) for photo in photos])
        assert pixels.mean(axis=(1, 2, 3)).std() > 15, scene.name
        assert pixels.std(axis=0).mean() > 25, scene.name


def test_colours_alone_do_not_tell_the_albums_apart():
    """The mean colours of a coarse grid rank photos far from perfectly, though better than chance."""
    rows, labels = [], []
    for album, scene in enumerate(SCENES):
        for number in range(20):
            photo = _small(render_photo(scene, np.random.default_rng((2, album, number))))
            rows.append(photo.reshape(8, 30, 8, 40, 3).mean(axis=(1, 3)).ravel())
            labels.append(album)
    grid = np.array(rows)
    grid -= grid.mean(axis=0)
    grid /= np.linalg.norm(grid, axis=1, keepdims=True)
    assert 0.12 < retrieval_quality(grid.astype(np.float32), np.array(labels)).map < 0.4


def _small(jpeg):
    with Image.open(io.BytesIO(jpeg)) as photo:
        return np.asarray(photo, dtype=np.float64)


def test_is_quick_enough(tmp_path):
    # 600 photos take 2.4 s of one core here, below 4 is promised; three times that keeps busy machines from failing.
    begin = time.process_time()
    render_samples(tmp_path, per_album=6, seed=0)
    assert (time.process_time() - begin) * 10 < 12


def test_bad_requests_are_explained(tmp_path):
    with pytest.raises(KnownError, match="at least one photo"):
        render_samples(tmp_path, per_album=0, seed=0)
    (tmp_path / "file").touch()
    with pytest.raises(KnownError, match="cannot be written"):
        render_samples(tmp_path / "file", per_album=1, seed=0)
