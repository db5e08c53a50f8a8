"""The split behind every figure: reproducible, disjoint, and the same for any number of devices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from letspic_desktop.retrieval.splits import deal_to_devices, find_classes, photos_below, split_by_seed
from letspic_shared.errors import KnownError


def make_albums(folder, sizes):
    for name, size in sizes.items():
        (folder / name).mkdir(parents=True)
        for number in range(size):
            (folder / name / f"p{number:03d}.jpg").touch()
    return folder


@pytest.fixture
def albums(tmp_path):
    return make_albums(tmp_path / "photos", {"alps": 12, "beach": 9, "cats": 30, "dogs": 8, "unlabelled": 50, "few": 7})


def test_small_and_unlabelled_folders_are_left_out_and_named(albums):
    found = find_classes(albums, labelled_per_album=4)
    assert [(one.name, len(one.photos)) for one in found.classes] == [
        ("alps", 12),
        ("beach", 9),
        ("cats", 30),
        ("dogs", 8),
    ]
    assert {one.name: one.reason for one in found.left_out} == {
        "few": "has 7 photos, needs 8",
        "unlabelled": "holds photos without a label",
    }


def test_only_photos_count(tmp_path):
    folder = make_albums(tmp_path, {"a": 4})
    for name in ("LICENSE-NOTE.txt", ".hidden.jpg", "manifest.csv", "video.mp4"):
        (folder / "a" / name).touch()
    (folder / "a" / "deeper").mkdir()
    for name in ("x.PNG", "y.tiff", "z.webp"):
        (folder / "a" / "deeper" / name).touch()
    (folder / "a" / "no_extension").write_bytes(b"\x89PNG\r\n\x1a\n and more")
    (folder / "a" / ".cache").mkdir()
    (folder / "a" / ".cache" / "thumb.jpg").touch()
    assert [path.name for path in photos_below(folder / "a")] == [
        "x.PNG",
        "y.tiff",
        "z.webp",
        "no_extension",
        *(f"p{number:03d}.jpg" for number in range(4)),
    ]


def test_photos_that_cannot_be_read_do_not_count(albums):
    broken = set(photos_below(albums / "dogs")[:1])
    found = find_classes(albums, labelled_per_album=4, without=broken)
    assert "dogs" not in [one.name for one in found.classes]


def test_split_is_disjoint_complete_and_of_the_right_size(albums):
    classes = find_classes(albums, labelled_per_album=4).classes
    split = split_by_seed(classes, labelled_per_album=4, seed=1)
    assert split.albums == ("alps", "beach", "cats", "dogs")
    assert np.bincount(split.labelled_labels).tolist() == [4, 4, 4, 4]
    assert np.bincount(split.rest_labels).tolist() == [8, 5, 26, 4]
    assert not set(split.labelled) & set(split.rest)
    assert {*split.labelled, *split.rest} == {photo for one in classes for photo in one.photos}
    for paths, labels in ((split.labelled, split.labelled_labels), (split.rest, split.rest_labels)):
        assert [path.parent.name for path in paths] == [split.albums[label] for label in labels]


def test_same_seed_same_split_other_seed_other_split(albums):
    classes = find_classes(albums, labelled_per_album=4).classes
    splits = [split_by_seed(classes, labelled_per_album=4, seed=seed, albums=3) for seed in (0, 0, 1, 2, 3)]
    assert splits[0].labelled == splits[1].labelled
    assert splits[0].rest == splits[1].rest
    assert len({split.labelled for split in splits}) > 2
    assert len({split.albums for split in splits}) > 1


def test_an_albums_labelled_photos_do_not_depend_on_other_albums(albums):
    classes = find_classes(albums, labelled_per_album=4).classes
    whole = split_by_seed(classes, labelled_per_album=4, seed=5)
    drawn = split_by_seed(classes, labelled_per_album=4, seed=5, albums=2)
    assert set(drawn.labelled) < set(whole.labelled)


def test_unseen_albums_have_no_labelled_photo_and_all_theirs_are_asked_for(albums):
    classes = find_classes(albums, labelled_per_album=4).classes
    split = split_by_seed(classes, labelled_per_album=4, seed=0, unseen_albums=2)
    assert len(split.unseen) == 2
    assert not split.unseen & set(split.labelled_labels.tolist())
    for label in split.unseen:
        assert np.sum(split.rest_labels == label) == len(classes[label].photos)
    assert set(split.rest_labels[split.rest_unseen].tolist()) == split.unseen
    seen = split_by_seed(classes, labelled_per_album=4, seed=0)
    assert set(split.labelled) < set(seen.labelled)
    assert not seen.rest_unseen.any()


LABELS = hnp.arrays(np.int64, st.integers(0, 60), elements=st.integers(0, 5))


@given(LABELS, st.integers(1, 9), st.sampled_from(["even", "by-album"]), st.integers(0, 5))
def test_every_photo_is_dealt_once_and_evenly(labels, devices, deal, seed):
    dealt = deal_to_devices(labels, devices, deal, seed)
    assert len(dealt) == devices
    assert sorted(np.concatenate(dealt).tolist()) == list(range(len(labels)))
    sizes = [len(rows) for rows in dealt]
    assert max(sizes) - min(sizes) <= 1
    assert all(np.array_equal(rows, np.sort(rows)) for rows in dealt)
    again = deal_to_devices(labels, devices, deal, seed)
    assert all(np.array_equal(one, other) for one, other in zip(dealt, again, strict=True))


def test_by_album_gives_whole_albums_and_even_mixes_them():
    labels = np.repeat(np.arange(10), 10)
    whole = deal_to_devices(labels, 5, "by-album", 0)
    assert [sorted(set(labels[rows].tolist())) for rows in whole] == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    mixed = deal_to_devices(labels, 5, "even", 0)
    assert all(len(set(labels[rows].tolist())) > 4 for rows in mixed)
    other = deal_to_devices(labels, 5, "even", 1)
    assert not np.array_equal(mixed[0], other[0])


@pytest.mark.parametrize(
    ("sizes", "labelled", "said"),
    [
        (None, 10, "There is no folder .*sub-folder per album"),
        ({}, 10, "has no sub-folder"),
        ({"a": 3, "b": 19}, 10, r"has the 20 photos.*a has 3 photos, needs 20; b has 19 photos.*--labelled-per-album"),
        ({"a": 1}, 10, "a has 1 photo, needs 20"),
        ({"unlabelled": 30}, 10, "unlabelled holds photos without a label"),
        ({"a": 5}, 0, "at least one labelled photo"),
        ({f"n{number}": 1 for number in range(9)}, 10, "and 4 more"),
    ],
)
def test_folders_without_enough_photos_are_explained(tmp_path, sizes, labelled, said):
    folder = tmp_path / "photos"
    if sizes is not None:
        folder.mkdir()
        make_albums(folder, sizes)
    with pytest.raises(KnownError, match=said):
        find_classes(folder, labelled_per_album=labelled)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"albums": 5}, "5 albums were asked for, but only 4 have enough photos.*--albums 4"),
        ({"albums": 0}, "--albums 1"),
        ({"albums": 1}, "Only one album"),
        ({"unseen_albums": 3}, "3 of 4 albums.*--unseen-albums 2"),
        ({"unseen_albums": -1}, "cannot be negative"),
    ],
)
def test_impossible_draws_are_explained(albums, asked, said):
    classes = find_classes(albums, labelled_per_album=4).classes
    with pytest.raises(KnownError, match=said):
        split_by_seed(classes, labelled_per_album=4, seed=0, **asked)


def test_no_device_is_explained():
    with pytest.raises(KnownError, match="at least one device"):
        deal_to_devices(np.zeros(3, np.int64), 0, "even", 0)


def test_real_food_photos(photo_data):
    found = find_classes(photo_data / "food101", labelled_per_album=10)
    assert len(found.classes) == 10
    faces = find_classes(photo_data / "caltech_faces", labelled_per_album=5)
    assert "unlabelled" in [one.name for one in faces.left_out]
