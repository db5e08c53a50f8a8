"""Which device gets which photo, and where each photo trains."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letspic_desktop.fleet.delivery import deal, training_shares
from letspic_desktop.operations.devices import _plan
from letspic_shared.errors import KnownError

PHOTOS = [f"photo-{number:02d}" for number in range(10)]
DEVICES = ["a", "b", "c"]

held_photos = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d"]), st.lists(st.sampled_from(PHOTOS), unique=True), min_size=1
)


def test_photos_are_dealt_in_turn() -> None:
    assert deal(PHOTOS[:5], DEVICES, 1) == {
        "a": ["photo-00", "photo-03"],
        "b": ["photo-01", "photo-04"],
        "c": ["photo-02"],
    }


@pytest.mark.parametrize("replicas", [1, 2, 3, 7])
def test_each_photo_has_its_number_of_holders_or_every_device(replicas: int) -> None:
    dealt = deal(PHOTOS, DEVICES, replicas)
    copies = Counter(photo for photos in dealt.values() for photo in photos)
    assert copies == dict.fromkeys(PHOTOS, min(replicas, 3))
    assert all(len(photos) == len(set(photos)) for photos in dealt.values())


def test_without_a_device_nothing_is_dealt() -> None:
    with pytest.raises(KnownError, match="No device"):
        deal(PHOTOS, [], 1)


def test_a_photo_trains_at_one_holder() -> None:
    assert training_shares({"x": 0, "y": 1}, {"a": ["x", "y"], "b": ["x", "z"]}) == {"a": {"x": 0, "y": 1}, "b": {}}


def test_the_holder_with_the_fewest_photos_trains() -> None:
    shares = training_shares(dict.fromkeys(PHOTOS, 0), {"a": PHOTOS, "b": PHOTOS})
    assert [len(shares["a"]), len(shares["b"])] == [5, 5]


def test_a_placed_copy_trains_before_an_own_photo() -> None:
    """A device may keep its own photos back; a photo of the library must not be lost to that."""
    holders = {"a": ["x", "y"], "b": ["x", "z"], "c": ["y"]}
    shares = training_shares(dict.fromkeys("xyz", 0), holders, {"b": {"x", "z"}})
    assert shares == {"a": {"x": 0}, "b": {"z": 0}, "c": {"y": 0}}


def test_an_own_photo_is_no_copy() -> None:
    assert _plan(["x"], ["a", "b"], {"a": ["x"], "b": []}, 1, {"a": {"x"}}) == {"a": [], "b": ["x"]}
    # The device that has it gets none, also where it is the only one.
    assert _plan(["x"], ["a"], {"a": ["x"]}, 1, {"a": {"x"}}) == {"a": []}


@given(classes=st.dictionaries(st.sampled_from(PHOTOS), st.integers(0, 3)), holders=held_photos)
def test_every_labelled_photo_that_somebody_holds_trains_once(
    classes: dict[str, int], holders: dict[str, list[str]]
) -> None:
    shares = training_shares(classes, holders)
    assert shares.keys() == holders.keys()
    trained = [(photo, label) for share in shares.values() for photo, label in share.items()]
    held = {photo for photos in holders.values() for photo in photos}
    assert sorted(trained) == sorted((photo, label) for photo, label in classes.items() if photo in held)
    assert all(photo in holders[device] for device, share in shares.items() for photo in share)


@given(holders=held_photos, replicas=st.integers(1, 5))
def test_a_plan_completes_the_copies_and_sends_nothing_twice(holders: dict[str, list[str]], replicas: int) -> None:
    devices = sorted(holders)
    before = Counter(photo for photos in holders.values() for photo in photos)
    missing = [photo for photo in PHOTOS if before[photo] < replicas]
    plan = _plan(missing, devices, holders, replicas)
    after = before + Counter(photo for photos in plan.values() for photo in photos)
    assert all(after[photo] == max(before[photo], min(replicas, len(devices))) for photo in PHOTOS)
    assert not any(set(plan[device]) & set(holders[device]) for device in devices)


def test_further_copies_go_where_there_is_least() -> None:
    plan = _plan(["x", "y"], DEVICES, {"a": ["x", "y"], "b": [], "c": []}, 2)
    assert [len(plan[device]) for device in DEVICES] == [0, 1, 1]
