from __future__ import annotations

from collections.abc import Callable

import pytest

from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.placements import HeldPhoto
from letspic_shared.errors import KnownError

Store = Callable[[int], list[str]]
BACKBONE = "a" * 64


def test_names_are_unique_among_groups_that_were_not_left(catalog: Catalog) -> None:
    family = catalog.groups.create("Family")
    with pytest.raises(KnownError, match="exists already"):
        catalog.groups.create("FAMILY")
    catalog.groups.leave(family.id)
    with pytest.raises(KnownError, match="no group named"):
        catalog.groups.by_name("Family")
    other = catalog.groups.create("family", role="member", group_id="from elsewhere")
    assert catalog.groups.by_name("Family").id == other.id == "from elsewhere"
    assert [group.id for group in catalog.groups.all()] == [other.id]
    assert len(catalog.groups.all(with_left=True)) == 2
    with pytest.raises(KnownError):
        catalog.groups.create("Family", group_id=family.id)


def test_a_group_that_was_left_can_be_entered_again(catalog: Catalog) -> None:
    group = catalog.groups.create("Club", role="member", group_id="id", backbone=BACKBONE)
    catalog.groups.leave(group.id)
    again = catalog.groups.create("Club", role="member", group_id="id")
    assert again.left_at is None
    assert again.backbone == BACKBONE


def test_a_class_number_is_stable_and_never_given_to_another_album(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(6)
    group = catalog.groups.create("Family")
    albums = [catalog.albums.create(name) for name in ("Beach", "Dog", "Cake")]
    for number, album in enumerate(albums):
        catalog.albums.add(album.id, photos[2 * number : 2 * number + 2])
        assert catalog.groups.add_album(group.id, album.id) == number
    catalog.albums.delete(albums[2].id)
    catalog.groups.remove_album(group.id, albums[0].id)
    fresh = catalog.albums.create("Car")
    assert catalog.groups.add_album(group.id, fresh.id) == 3
    assert [one.class_id for one in catalog.groups.classes(group.id)] == [1, 3]
    assert catalog.groups.add_album(group.id, albums[0].id) == 0
    assert [one.name for one in catalog.groups.classes(group.id, with_all=True)] == ["Beach", "Dog", "Cake", "Car"]
    assert catalog.groups.labels(group.id) == {**dict.fromkeys(photos[:2], 0), **dict.fromkeys(photos[2:4], 1)}


def test_renaming_and_merging_albums_keeps_the_class(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(4)
    group = catalog.groups.create("Family")
    hound, dog = catalog.albums.create("Hound"), catalog.albums.create("Dog")
    catalog.albums.add(hound.id, photos[:2])
    catalog.albums.add(dog.id, photos[2:])
    assert catalog.groups.add_album(group.id, hound.id) == 0
    catalog.albums.rename(hound.id, "Greyhound")
    assert [one.name for one in catalog.groups.classes(group.id)] == ["Greyhound"]
    catalog.albums.merge(hound.id, dog.id)
    assert [(one.class_id, one.name, one.photos) for one in catalog.groups.classes(group.id)] == [(0, "Dog", 4)]


def test_only_categories_and_photos_outside_the_trash_are_learnt(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(4)
    group = catalog.groups.create("Family")
    one, two = catalog.albums.create("One"), catalog.albums.create("Two")
    catalog.albums.add(one.id, photos[:3])
    catalog.albums.add(two.id, photos[2:])
    catalog.groups.add_album(group.id, one.id)
    catalog.groups.add_album(group.id, two.id, use_as_category=False)
    catalog.photos.trash(photos[:1])
    assert catalog.groups.labels(group.id) == dict.fromkeys(photos[1:3], 0)
    assert catalog.groups.photos(group.id) == sorted(photos[1:])
    catalog.groups.add_album(group.id, two.id)
    assert catalog.groups.labels(group.id) == {photos[1]: 0, photos[2]: 0, photos[3]: 1}


def test_devices_are_remembered_by_id_and_recognised_by_certificate(catalog: Catalog) -> None:
    group = catalog.groups.create("Family")
    pi = catalog.devices.add(device_id="1", name="Pi", group_id=group.id, fingerprint="f1", facts={"cpu": "A72"})
    second = catalog.devices.add(device_id="2", name="pi", fingerprint="f2")
    assert (pi.name, second.name) == ("Pi", "pi 2")
    assert catalog.devices.get("1") == pi
    assert catalog.devices.get("3") is None
    assert catalog.devices.by_name("PI 2").id == "2"
    assert [device.id for device in catalog.devices.all(group.id)] == ["1"]
    catalog.devices.rename("1", "Kitchen")
    with pytest.raises(KnownError, match="exists already"):
        catalog.devices.rename("2", "kitchen")
    catalog.devices.saw("1", state="training", address="10.0.0.2:4000", facts={"cpu": "A76"})
    catalog.devices.saw("1", state="idle")
    seen = catalog.devices.get("1")
    assert seen is not None
    assert (seen.state, seen.address, dict(seen.facts)) == ("idle", "10.0.0.2:4000", {"cpu": "A76"})
    again = catalog.devices.add(device_id="1", name="Pi", fingerprint="new")
    assert (again.name, again.fingerprint, again.group_id) == ("Kitchen", "new", None)


def test_leaving_a_group_frees_its_devices(catalog: Catalog) -> None:
    group = catalog.groups.create("Family")
    catalog.devices.add(device_id="1", name="Pi", group_id=group.id)
    catalog.groups.leave(group.id)
    device = catalog.devices.get("1")
    assert device is not None
    assert device.group_id is None


def test_placements_are_idempotent_and_go_with_the_device(catalog: Catalog, stored_photos: Store) -> None:
    photos = sorted(stored_photos(3))
    group = catalog.groups.create("Family")
    for number in ("1", "2"):
        catalog.devices.add(device_id=number, name="Pi", group_id=group.id)
    catalog.placements.place("1", photos)
    catalog.placements.place("1", photos[:1])
    catalog.placements.place("2", photos[:1], replica=1)
    placed = [
        (one.device_id, one.sha256, one.replica) for device in "12" for one in catalog.placements.of_device(device)
    ]
    assert placed == [*(("1", photo, 0) for photo in photos), ("2", photos[0], 1)]
    catalog.placements.remove("1", photos[1:2])
    assert [one.sha256 for one in catalog.placements.of_device("1")] == [photos[0], photos[2]]
    catalog.placements.remove("1")
    assert catalog.placements.of_device("1") == []
    catalog.devices.unpair("2")
    assert catalog.placements.of_device("2") == []
    assert catalog.photos.count() == 3


def test_labels_that_an_owner_confirmed_survive_the_next_report(catalog: Catalog) -> None:
    catalog.devices.add(device_id="1", name="Pi")
    held = [HeldPhoto(sha256="a", kind="own", proposed_label="dog"), HeldPhoto(sha256="b", kind="placed")]
    catalog.placements.set_held("1", held)
    catalog.placements.confirm_labels("1", [("a", 4)])
    # The disk with the photos was not there for a while.
    catalog.placements.set_held("1", [])
    catalog.placements.set_held("1", held[:1])
    assert catalog.placements.held("1") == [HeldPhoto(sha256="a", kind="own", proposed_label="dog", class_id=4)]
    catalog.placements.confirm_labels("1", [("a", None)])
    assert catalog.placements.held("1") == held[:1]


def test_the_head_history_grows_and_goes_back(catalog: Catalog) -> None:
    group = catalog.groups.create("Family")
    assert catalog.heads.active(group.id) is None
    first = catalog.heads.add(group.id, b"one", backbone=BACKBONE, map_before=0.4, map_after=0.6)
    second = catalog.heads.add(group.id, b"two", backbone=BACKBONE)
    third = catalog.heads.add(group.id, b"three", backbone=BACKBONE, activate=False)
    assert [first.version, second.version, third.version] == [1, 2, 3]
    assert catalog.heads.active(group.id) == second
    catalog.heads.activate(group.id, 1)
    assert [(head.version, head.active) for head in catalog.heads.history(group.id)] == [
        (3, False),
        (2, False),
        (1, True),
    ]
    assert catalog.heads.blob(group.id, 1) == b"one"
    with pytest.raises(KnownError, match="version 9"):
        catalog.heads.activate(group.id, 9)
    assert catalog.heads.active(group.id) is not None
    catalog.heads.activate(group.id, None)
    assert catalog.heads.active(group.id) is None
    with pytest.raises(KnownError):
        catalog.heads.blob(group.id, 9)


def test_a_run_is_unfinished_until_it_ends(catalog: Catalog) -> None:
    group = catalog.groups.create("Family")
    run = catalog.runs.start(group.id, method="gradient", config={"rounds": 3}, manifest={"1": {"a": 0}})
    assert [one.id for one in catalog.runs.unfinished()] == [run.id]
    catalog.runs.set_state(run.id, "paused", "by a person")
    (paused,) = catalog.runs.unfinished()
    assert (paused.state, paused.reason) == ("paused", "by a person")
    catalog.runs.finish(run.id, result={"map_after": 0.7})
    catalog.runs.set_state(run.id, "running")
    done = catalog.runs.get(run.id)
    assert done is not None
    assert (done.state, dict(done.result or {}), dict(done.manifest)) == ("done", {"map_after": 0.7}, {"1": {"a": 0}})
    assert catalog.runs.unfinished() == []


def test_marks_can_be_changed_and_taken_away(catalog: Catalog) -> None:
    group = catalog.groups.create("Family")
    catalog.marks.set(group.id, "query", "a", True)
    catalog.marks.set(group.id, "query", "a", False)
    catalog.marks.set(group.id, "query", "b", True)
    catalog.marks.set(group.id, "query", "b", None)
    assert catalog.marks.of_query(group.id, "query") == {"a": False}
    assert catalog.marks.all(group.id) == [("query", "a", False)]
