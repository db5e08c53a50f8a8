"""A library of 100,000 photos made in seconds: real rows of every table, a few pictures that many photos share."""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from letspic_desktop.backbones.store import Backbone
from letspic_desktop.batch import ProcessEngine
from letspic_desktop.home import Home
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.rows import path_bytes
from letspic_desktop.library.thumbnails import Thumbnails
from letspic_desktop.library.words import sorting_key
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.embedder import HeadEmbedder, to_bytes
from letspic_desktop.retrieval.extraction import extract
from letspic_desktop.retrieval.samples import ALBUMS as SAMPLE_ALBUMS
from letspic_desktop.retrieval.samples import render_samples
from letspic_shared.closed_form import TEMPERATURE, fit
from letspic_shared.features import FOLDS, condition
from letspic_shared.head import Head
from letspic_shared.statistics import class_statistics

PHOTOS = 100_000
ALBUMS = 60
TAGS = 40
EDGE = 320
_FEATURE_ROWS = 5_000
_CAMERAS = ("Canon EOS 40D", "Nikon Z 6", "Google Pixel 8", "Apple iPhone 13", None)


def make_big_library(folder: Path, backbone: Backbone, count: int = PHOTOS) -> Path:
    """Make the home of a library of ``count`` photos, with features of a backbone, and return it.

    Every photo has a file (a hard link to one of 200), a thumbnail (likewise), a date, and a feature: a mixture of
    those of real pictures, so that they lie as those of real pictures do. Some have a place, a rating, albums, tags.
    """
    render_samples(folder / "samples", per_album=20, seed=0)
    pictures = sorted((folder / "samples").rglob("*.jpg"))
    home = Home.open(folder / "home")
    photos = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(count)]
    paths = _link_files(folder / "photos", pictures, count)
    _link_thumbnails(home.thumbnails, pictures, photos)
    with Catalog.open(home) as catalog:
        catalog.database.call(lambda c: _fill(c, photos, paths))
        group = catalog.groups.create("Hiking club", backbone=backbone.sha256)
        for album in catalog.albums.all()[: len(SAMPLE_ALBUMS)]:
            catalog.groups.add_album(group.id, album.id)
        features = _features(backbone, pictures)
        catalog.heads.add(group.id, to_bytes(_head(features, backbone)), backbone=backbone.sha256)
        rng = np.random.default_rng(0)
        for start in range(0, count, _FEATURE_ROWS):
            some = photos[start : start + _FEATURE_ROWS]
            rows = _mixed(features, len(some), rng)
            catalog.features.put_many(backbone.sha256, zip(some, rows, strict=True))
    return home.root


def _link_files(folder: Path, pictures: list[Path], count: int) -> list[Path]:
    paths = []
    for number in range(count):
        if number % 1000 == 0:
            current = folder / f"Trip {number // 1000:03}"
            current.mkdir(parents=True)
        path = current / f"IMG_{number:06}.jpg"
        os.link(pictures[number % len(pictures)], path)
        paths.append(path)
    return paths


def _link_thumbnails(folder: Path, pictures: list[Path], photos: list[str]) -> None:
    cache = Thumbnails(folder)
    for number, sha256 in enumerate(photos):
        path = cache.path(sha256, EDGE)
        if number < len(pictures):
            cache.get(sha256, pictures[number], EDGE)
        else:
            path.parent.mkdir(exist_ok=True)
            os.link(cache.path(photos[number % len(pictures)], EDGE), path)


def _fill(connection: sqlite3.Connection, photos: list[str], paths: list[Path]) -> None:
    rng = random.Random(0)
    first = datetime(2008, 1, 1, tzinfo=UTC)
    rows, files = [], []
    for sha256, path in zip(photos, paths, strict=True):
        taken = first + timedelta(seconds=rng.randrange(17 * 365 * 86400))
        local = (taken + timedelta(hours=1)).replace(tzinfo=None)
        near = rng.random() < 0.5
        rows.append(
            (
                *(sha256, rng.randrange(1 << 20, 6 << 20), "JPEG", 4000, 3000, 1),
                *(taken.isoformat().replace("+00:00", "Z"), local.isoformat(), "exif"),
                *((47 + rng.random(), 8 + rng.random()) if near else (None, None)),
                *(rng.choice(_CAMERAS), "2025-01-01T00:00:00Z", rng.choice((0, 0, 0, 3, 5)), int(rng.random() < 0.02)),
            )
        )
        files.append((path_bytes(path), sha256, 1, 1 << 20, sorting_key(path_bytes(path))))
    connection.executemany(
        "INSERT INTO photos (sha256, bytes, format, width, height, orientation, taken_utc, taken_local, taken_source,"
        " latitude, longitude, camera, imported_at, rating, favourite) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        rows,
    )
    connection.executemany("INSERT INTO files (path, sha256, mtime_ns, bytes, name_key) VALUES (?,?,?,?,?)", files)
    names = [(f"Album {number:02}", f"album {number:02}", "2025-01-01T00:00:00Z") for number in range(ALBUMS)]
    connection.executemany("INSERT INTO albums (name, name_key, created_at) VALUES (?,?,?)", names)
    tags = [(f"tag {number}", f"tag {number}") for number in range(TAGS)]
    connection.executemany("INSERT INTO tags (name, name_key) VALUES (?,?)", tags)
    albums = [row[0] for row in connection.execute("SELECT id FROM albums ORDER BY id")]
    numbers = [row[0] for row in connection.execute("SELECT id FROM tags ORDER BY id")]
    members = [(albums[place * ALBUMS // len(photos)], photo, place) for place, photo in enumerate(photos)]
    connection.executemany("INSERT INTO album_photos (album_id, sha256, position) VALUES (?,?,?)", members)
    tagged = [(rng.choice(numbers), photo) for photo in photos if rng.random() < 0.3]
    connection.executemany("INSERT INTO photo_tags (tag_id, sha256) VALUES (?,?)", tagged)


def _features(backbone: Backbone, pictures: list[Path]) -> np.ndarray:
    engine = ProcessEngine()
    try:
        return extract(backbone, pictures, engine, Progress()).features
    finally:
        engine.close()


def _head(features: np.ndarray, backbone: Backbone) -> HeadEmbedder:
    """Return the closed-form head of the rendered albums, as Start Finetuning would make it."""
    labels = np.repeat(np.arange(len(SAMPLE_ALBUMS)), len(features) // len(SAMPLE_ALBUMS))
    folds = np.arange(len(features)) % FOLDS
    found = fit(class_statistics(condition(features), labels, folds, len(SAMPLE_ALBUMS)))
    weights, bias = found.at_temperature(TEMPERATURE)
    return HeadEmbedder(
        head=Head(weights=weights, bias=bias, mean=found.mean, classes=SAMPLE_ALBUMS, backbone=backbone.sha256)
    )


def _mixed(features: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    first, second, third, fourth = (features[rng.integers(0, len(features), count)] for _ in range(4))
    share = rng.uniform(0.5, 0.9, (count, 1)).astype(np.float32)
    mixed: np.ndarray = np.maximum(share * first + (1 - share) * second + 0.25 * (third - fourth), 0)
    return mixed.astype(np.float32)
