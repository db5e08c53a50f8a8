from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.importer import import_photos
from letspic_shared.errors import KnownError

Store = Callable[[int], list[str]]
BACKBONE, OTHER = "a" * 64, "b" * 64


def test_photos_come_in_the_order_asked_for(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(1200)
    wanted = [photos[1100], "f" * 64, photos[3], photos[700]]
    assert [photo.sha256 for photo in catalog.photos.many(wanted)] == [photos[1100], photos[3], photos[700]]
    assert catalog.photos.get("f" * 64) is None
    assert catalog.photos.count() == len(catalog.photos.all()) == 1200
    assert len(catalog.photos.paths(photos)) == 1200


def test_ratings_favourites_and_trash(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(4)
    catalog.photos.rate(photos[:2], 4)
    catalog.photos.set_favourite(photos[1:3], True)
    catalog.photos.trash(photos[3:])
    assert set(catalog.photos.all()) == set(photos[:3])
    assert catalog.photos.all(trashed=True) == photos[3:]
    assert set(catalog.photos.all(minimum_rating=4)) == set(photos[:2])
    assert catalog.photos.all(minimum_rating=4, favourites_only=True) == [photos[1]]
    with pytest.raises(KnownError, match="rating of 6"):
        catalog.photos.rate(photos, 6)


def test_the_trash_is_emptied_only_of_what_was_in_it_long_enough(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(2)
    catalog.photos.trash(photos[:1])
    assert catalog.photos.empty_trash() == 0
    assert catalog.photos.empty_trash(older_than=timedelta(seconds=-1)) == 1
    assert catalog.photos.get(photos[0]) is None


def test_missing_files_are_told_and_found_again(
    catalog: Catalog, tmp_path: Path, make_photo: Callable[..., Path]
) -> None:
    path = make_photo(tmp_path / "in" / "a.jpg")
    sha256 = import_photos(catalog, [path]).added[0]
    assert catalog.photos.source(sha256) == path
    away = path.rename(tmp_path / "away.jpg")
    assert catalog.photos.check_files() == 1
    with pytest.raises(KnownError, match="is gone") as caught:
        catalog.photos.source(sha256)
    assert str(path) in caught.value.action
    away.rename(path)
    assert catalog.photos.check_files() == 0
    assert catalog.photos.source(sha256) == path


def test_features_are_kept_per_backbone_in_the_order_asked_for(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(700)
    vectors = np.random.default_rng(0).normal(size=(700, 12)).astype(np.float32)
    catalog.features.put_many(BACKBONE, zip(photos[:690], vectors[:690], strict=True))
    catalog.features.put_many(OTHER, [(photos[0], np.ones(3, dtype=np.float32))])
    asked = [photos[5], "f" * 64, *reversed(photos)]
    matrix, present = catalog.features.matrix(BACKBONE, asked)
    assert matrix.dtype == np.float32
    assert present == [photos[5], *[photo for photo in reversed(photos[:690]) if photo != photos[5]]]
    np.testing.assert_array_equal(matrix, vectors[[photos.index(photo) for photo in present]])
    assert catalog.features.missing(BACKBONE, photos) == photos[690:]
    assert catalog.features.missing(OTHER, photos) == photos[1:]
    assert catalog.features.count(BACKBONE) == 690
    catalog.features.forget(BACKBONE)
    empty, none = catalog.features.matrix(BACKBONE, photos)
    assert empty.shape == (0, 0)
    assert none == []


@pytest.mark.parametrize("bad", [[1.0, np.nan], [[1.0, 2.0]], [], [1.0, 2.0, 3.0]])
def test_features_that_cannot_be_right_are_refused(catalog: Catalog, stored_photos: Store, bad: list[float]) -> None:
    photos = stored_photos(2)
    catalog.features.put_many(BACKBONE, [(photos[0], np.array([1, 2], dtype=np.float32))])
    with pytest.raises(ValueError, match="feature"):
        catalog.features.put_many(BACKBONE, [(photos[1], np.array(bad, dtype=np.float32))])
    assert catalog.features.count(BACKBONE) == 1


def test_features_of_photos_that_are_gone_are_left_out(catalog: Catalog) -> None:
    catalog.features.put_many(BACKBONE, [("f" * 64, np.ones(2, dtype=np.float32))])
    assert catalog.features.count(BACKBONE) == 0
