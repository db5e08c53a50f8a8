"""Where the photos of a group are, and what is said before it is left."""

from collections.abc import Callable

import pytest

from letspic_desktop.application import Application
from letspic_desktop.library.placements import HeldPhoto
from letspic_desktop.operations.devices import RenameDevice
from letspic_desktop.operations.distributed import ReadSpread, Spread
from letspic_desktop.operations.groups import ReadLeaving, RenameGroup
from letspic_desktop.operations.speed import speed_of
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

OTHER = "f" * 64


@pytest.fixture
def photos(app: Application, make_album: Callable[[str, int], list[str]]) -> list[str]:
    """Three photos in two shared albums; two devices, the second with a photo of its own."""
    found = [*make_album("Hill", 2), *make_album("Lake", 1)]
    backbone = "b" * 64
    group = app.catalog.groups.create("Club", backbone=backbone)
    for name in ("Hill", "Lake"):
        app.catalog.groups.add_album(group.id, app.catalog.albums.by_name(name).id)
    for name in ("one", "two"):
        app.catalog.devices.add(device_id=name, name=name, group_id=group.id)
    app.catalog.placements.set_held("one", [HeldPhoto(sha256=photo, kind="placed") for photo in found[:2]])
    app.catalog.placements.place("one", found[:2])
    app.catalog.placements.set_held(
        "two", [HeldPhoto(sha256=found[0], kind="placed"), HeldPhoto(sha256=OTHER, kind="own")]
    )
    app.catalog.placements.place("two", found[:1])
    return found


def spread(app: Application) -> Spread:
    return ReadSpread(group="Club").run(app, Progress())


def test_every_copy_is_listed_once(app: Application, photos: list[str]) -> None:
    app.catalog.devices.note("one", {"placed_bytes": 4711})
    found = spread(app)
    assert [(one.name, one.own, one.placed, one.placed_bytes) for one in found.holders] == [
        ("one", 0, 2, 4711),
        ("two", 1, 1, None),
    ]
    on = {photo.sha256: photo.on for photo in found.photos}
    assert on == {
        photos[0]: ("placed", "placed"),
        photos[1]: ("placed", ""),
        photos[2]: ("", ""),
        OTHER: ("", "own"),
    }
    albums = {photo.sha256: photo.album for photo in found.photos}
    assert albums == {photos[0]: "Hill", photos[1]: "Hill", photos[2]: "Lake", OTHER: ""}


def test_photos_with_too_few_copies(app: Application, photos: list[str]) -> None:
    found = spread(app)
    assert [photo.sha256 for photo in found.too_few(1)] == [photos[2]]
    assert {photo.sha256 for photo in found.too_few(2)} == {photos[1], photos[2]}
    # More copies than devices cannot be had; a device's own photo is nobody's to hand out.
    assert {photo.sha256 for photo in found.too_few(9)} == {photos[1], photos[2]}


def test_a_label_of_an_own_photo_is_its_album(app: Application, photos: list[str]) -> None:
    app.catalog.placements.confirm_labels("two", [(OTHER, 1)])
    (own,) = [photo for photo in spread(app).photos if photo.sha256 == OTHER]
    assert (own.album, own.shared, own.name) == ("Lake", False, "")


def test_leaving_says_what_is_deleted_where(app: Application, photos: list[str]) -> None:
    group = app.catalog.groups.by_name("Club")
    app.catalog.heads.add(group.id, b"head", backbone="b" * 64)
    leaving = ReadLeaving(group="Club").run(app, Progress())
    assert leaving.placed == {"one": 2, "two": 1}
    assert leaving.heads == 1


def test_a_group_can_be_renamed_but_not_anothers(app: Application, photos: list[str]) -> None:
    RenameGroup(group="Club", name="  Hiking   club ").run(app, Progress())
    assert [group.name for group in app.catalog.groups.all()] == ["Hiking club"]
    app.catalog.groups.create("Theirs", role="member", group_id="g")
    with pytest.raises(KnownError, match="belongs to another desktop"):
        RenameGroup(group="Theirs", name="Ours").run(app, Progress())
    with pytest.raises(KnownError, match="exists already"):
        RenameGroup(group="Hiking club", name="theirs").run(app, Progress())


def test_a_device_can_be_renamed(app: Application, photos: list[str]) -> None:
    RenameDevice(device="one", name="Kitchen").run(app, Progress())
    assert sorted(device.name for device in app.catalog.devices.all()) == ["Kitchen", "two"]
    with pytest.raises(KnownError, match="exists already"):
        RenameDevice(device="two", name="kitchen").run(app, Progress())
    with pytest.raises(KnownError):
        RenameDevice(device="two", name="  ").run(app, Progress())


@pytest.mark.parametrize("stored", [None, 3, {}, {"photo_ms": 1}, {"measured_at": 5}, {"measured_at": "yesterday"}])
def test_a_speed_that_cannot_be_read_is_none(app: Application, photos: list[str], stored: object) -> None:
    app.catalog.devices.note("one", {"speed": stored})
    device = app.catalog.devices.get("one")
    assert device is not None
    assert speed_of(device) is None


def test_a_group_without_devices_has_nothing_anywhere(
    app: Application, make_album: Callable[[str, int], list[str]]
) -> None:
    make_album("Hill", 2)
    app.catalog.groups.create("Club")
    app.catalog.groups.add_album(app.catalog.groups.by_name("Club").id, app.catalog.albums.by_name("Hill").id)
    found = spread(app)
    assert not found.holders
    assert len(found.too_few(1)) == len(found.photos) == 2
