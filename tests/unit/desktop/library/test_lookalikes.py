from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from letspic_desktop.library import changes
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.importer import import_photos
from letspic_desktop.library.lookalikes import find_lookalikes
from letspic_desktop.progress import Cancelled, Progress, Step

Store = Callable[[int], list[str]]
BACKBONE = "a" * 64


@pytest.fixture
def alike(catalog: Catalog, stored_photos: Store) -> list[str]:
    """Seven photos: 0 and 1 nearly the same, 2, 3 and 4 a chain, 5 and 6 like nothing."""
    photos = stored_photos(7)
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(7, 64)).astype(np.float32)
    vectors[1] = vectors[0] * 3 + 0.05 * rng.normal(size=64)
    vectors[3] = vectors[2] + 0.3 * rng.normal(size=64)
    vectors[4] = vectors[3] + 0.3 * rng.normal(size=64)
    catalog.features.put_many(BACKBONE, zip(photos, vectors, strict=True))
    return photos


def _found(catalog: Catalog) -> list[set[str]]:
    return [set(one.photos) for one in find_lookalikes(catalog, backbone=BACKBONE, progress=Progress())]


def test_groups_come_most_alike_first(catalog: Catalog, alike: list[str]) -> None:
    found = find_lookalikes(catalog, backbone=BACKBONE, progress=Progress())
    assert [set(one.photos) for one in found] == [set(alike[:2]), set(alike[2:5])]
    assert 1 >= found[0].likeness > found[1].likeness > 0.88
    assert find_lookalikes(catalog, backbone=BACKBONE, threshold=0.9999, progress=Progress()) == []


def test_a_decision_is_never_asked_again_even_for_photos_that_come_back(catalog: Catalog, alike: list[str]) -> None:
    first = changes.keep_both(catalog, alike[:2])
    first.do()
    assert _found(catalog) == [set(alike[2:5])]
    second = changes.keep_one(catalog, alike[3], [alike[2], alike[4]])
    second.do()
    assert _found(catalog) == []
    catalog.photos.restore(alike)
    assert _found(catalog) == []
    second.undo()
    first.undo()
    assert _found(catalog) == [set(alike[:2]), set(alike[2:5])]


def test_a_new_photo_is_asked_about_although_the_others_are_decided(catalog: Catalog, alike: list[str]) -> None:
    changes.keep_both(catalog, [alike[2], alike[3]]).do()
    assert set(alike[2:5]) in _found(catalog)
    changes.keep_both(catalog, alike[2:5]).do()
    assert _found(catalog) == [set(alike[:2])]


def test_the_one_that_is_kept_gets_what_people_entered_for_all(catalog: Catalog, alike: list[str]) -> None:
    kept, other, third = alike[0], alike[1], alike[2]
    beach, dog = catalog.albums.create("Beach"), catalog.albums.create("Dog")
    catalog.albums.add(beach.id, [alike[5], other, alike[6]])
    catalog.albums.set_cover(beach.id, other)
    catalog.albums.add(dog.id, [kept])
    catalog.tags.add("Sea/Far", [other])
    catalog.tags.add("Sea", [third])
    catalog.photos.rate([other], 4)
    catalog.photos.rate([third], 2)
    catalog.photos.set_favourite([third], True)
    changes.keep_one(catalog, kept, [other, third]).do()
    assert catalog.albums.photos(beach.id) == [alike[5], kept, alike[6]]
    assert catalog.albums.by_name("Beach").cover == kept
    assert catalog.albums.photos(dog.id) == [kept]
    assert catalog.tags.of_photo(kept) == ["Sea", "Sea/Far"]
    photo = catalog.photos.get(kept)
    assert photo is not None
    assert (photo.rating, photo.favourite, photo.trashed_at) == (4, True, None)
    assert set(catalog.photos.all(trashed=True)) == {other, third}


def test_the_photo_with_most_pixels_is_proposed(catalog: Catalog, alike: list[str]) -> None:
    catalog.database.call(lambda c: c.execute("UPDATE photos SET width = 4000 WHERE sha256 = ?", (alike[4],)))
    found = find_lookalikes(catalog, backbone=BACKBONE, progress=Progress())
    assert found[1].photos[0] == alike[4]


@pytest.fixture
def pictures(tmp_path: Path, photo_data: Path) -> Path:
    """Eight real photos, a smaller and a heavily compressed copy of one, and two black pictures."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for path in sorted((photo_data / "food101").rglob("*.jpg"))[::75][:8]:
        (folder / path.name).write_bytes(path.read_bytes())
    with Image.open(min(folder.iterdir())) as image:
        image.resize((image.width // 2, image.height // 2)).save(folder / "small.jpg")
        image.save(folder / "poor.jpg", quality=30)
    for size in (20, 30):
        Image.new("RGB", (size, size)).save(folder / f"black{size}.png")
    return folder


def test_photos_without_features_are_compared_by_what_they_look_like(catalog: Catalog, pictures: Path) -> None:
    import_photos(catalog, [pictures])
    (group,) = find_lookalikes(catalog, backbone=BACKBONE, progress=Progress())
    names = {path.name for path in catalog.photos.paths(group.photos).values()}
    assert names == {min(pictures.iterdir()).name, "small.jpg", "poor.jpg"}
    assert catalog.photos.paths(group.photos[:1])[group.photos[0]].name != "small.jpg"
    steps: list[Step] = []
    assert find_lookalikes(catalog, backbone=None, progress=Progress(steps.append)) == [group]
    # The hashes are kept.
    assert not [step for step in steps if step.stage == "look"]


def test_a_search_that_is_cancelled_keeps_its_hashes(catalog: Catalog, pictures: Path) -> None:
    photos = import_photos(catalog, [pictures]).added

    def stop(step: Step) -> None:
        if step.stage == "look" and step.done == 5:
            progress.cancel()

    progress = Progress(stop)
    with pytest.raises(Cancelled):
        find_lookalikes(catalog, backbone=None, progress=progress)
    assert len(catalog.duplicates.hashes(photos)) >= 5


def test_copies_of_a_file_are_one_photo_and_are_listed(catalog: Catalog, pictures: Path) -> None:
    (pictures / "copy.jpg").write_bytes((pictures / "small.jpg").read_bytes())
    import_photos(catalog, [pictures])
    assert list(catalog.photos.copies().values()) == [[pictures / "copy.jpg", pictures / "small.jpg"]]
    (pictures / "copy.jpg").unlink()
    catalog.photos.check_files()
    assert catalog.photos.copies() == {}
