from __future__ import annotations

import inspect
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letspic_desktop.library import changes
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.history import LibraryChange
from letspic_shared.errors import KnownError

Store = Callable[[int], list[str]]
TABLES = ("photos", "albums", "album_photos", "tags", "photo_tags", "group_albums", "duplicate_decisions")


def state(catalog: Catalog) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that people can change, whole."""

    def read(connection: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
        return {table: sorted(map(tuple, connection.execute(f"SELECT * FROM {table}")), key=repr) for table in TABLES}

    return catalog.database.call(read)


@pytest.fixture
def photos(catalog: Catalog, stored_photos: Store) -> list[str]:
    """Six photos; two albums that share one, with an order, a cover and a group that learns both; nested tags."""
    photos = stored_photos(6)
    beach, dog = catalog.albums.create("Beach"), catalog.albums.create("Dog")
    catalog.albums.add(beach.id, photos[:4])
    catalog.albums.reorder(beach.id, [photos[2], photos[0]])
    catalog.albums.set_cover(beach.id, photos[3])
    catalog.albums.add(dog.id, photos[3:])
    group = catalog.groups.create("Family")
    catalog.groups.add_album(group.id, dog.id)
    catalog.groups.add_album(group.id, beach.id, use_as_category=False)
    catalog.tags.add("Travel/Jeju", photos[:2])
    catalog.tags.add("Travel/Busan/Port", photos[1:3])
    catalog.tags.add("Trip/Jeju", photos[4:])
    catalog.photos.rate(photos[:2], 2)
    return photos


def _all(catalog: Catalog, photos: list[str]) -> dict[str, LibraryChange[Any]]:
    beach, dog = catalog.albums.by_name("Beach"), catalog.albums.by_name("Dog")
    return {
        "rate": changes.rate(catalog, photos, 5),
        "favourite": changes.set_favourite(catalog, photos[:3], True),
        "trash": changes.trash(catalog, photos[2:4]),
        "restore": changes.restore(catalog, photos[2:4]),
        "rotate": changes.rotate(catalog, photos[:2], -1),
        "date": changes.set_taken(catalog, photos[:2], datetime(2020, 2, 29, 12)),
        "shift": changes.shift_taken(catalog, photos[:2], timedelta(hours=-7)),
        "tag": changes.tag(catalog, "New/Word", photos),
        "tag again": changes.tag(catalog, "travel/jeju", photos[1:4]),
        "untag the last": changes.untag(catalog, "Travel/Jeju", photos[:2]),
        "create a tag": changes.create_tag(catalog, "Empty"),
        "rename a branch": changes.rename_tag(catalog, "Travel", "Journeys"),
        "merge branches": changes.rename_tag(catalog, "Travel", "Trip"),
        "raise a branch": changes.rename_tag(catalog, "Travel/Busan", "Travel"),
        "delete a branch": changes.delete_tag(catalog, "Travel"),
        "create an album": changes.create_album(catalog, "New", photos[:2]),
        "rename an album": changes.rename_album(catalog, beach, "Sea"),
        "merge albums": changes.merge_albums(catalog, beach, dog),
        "merge albums the other way": changes.merge_albums(catalog, dog, beach),
        "delete an album": changes.delete_album(catalog, beach),
        "add": changes.add_to_album(catalog, beach, photos),
        "label": changes.label_photos(catalog, "beach", photos),
        "label in a new album": changes.label_photos(catalog, "Marked", photos[:2], group=catalog.groups.all()[0].id),
        "remove the cover": changes.remove_from_album(catalog, beach, photos[2:4]),
        "move": changes.move_in_album(catalog, beach, photos[:1], before=None),
        "cover": changes.set_cover(catalog, beach, photos[0]),
        "keep both": changes.keep_both(catalog, photos[:3]),
        "keep one": changes.keep_one(catalog, photos[5], [photos[0], photos[3]]),
    }


NAMES = (
    *("rate", "favourite", "trash", "rotate", "date", "shift", "tag", "tag again", "untag the last", "create a tag"),
    *("rename a branch", "merge branches", "raise a branch", "delete a branch", "create an album", "rename an album"),
    *(
        "merge albums",
        "merge albums the other way",
        "delete an album",
        "add",
        "remove the cover",
        "move",
    ),
    *("label", "label in a new album"),
    *("cover", "keep both", "keep one"),
)


@pytest.mark.parametrize("name", NAMES)
def test_undo_and_redo_restore_every_row_exactly(catalog: Catalog, photos: list[str], name: str) -> None:
    change = _all(catalog, photos)[name]
    before = state(catalog)
    change.undo()
    assert state(catalog) == before
    change.do()
    after = state(catalog)
    assert change.changed
    assert after != before
    for _ in range(2):
        change.undo()
        assert state(catalog) == before
        change.do()
        assert state(catalog) == after
    assert "{" not in change.text


def test_every_change_is_tested(catalog: Catalog, photos: list[str]) -> None:
    assert set(NAMES) == set(_all(catalog, photos)) - {"restore"}
    made = [one for _, one in inspect.getmembers(changes, inspect.isfunction) if one.__module__ == changes.__name__]
    assert len([one for one in made if not one.__name__.startswith("_")]) == 24


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.sampled_from(NAMES), min_size=1, max_size=6))
def test_any_row_of_changes_is_undone_and_redone(catalog: Catalog, photos: list[str], order: list[str]) -> None:
    made: list[LibraryChange[Any]] = []
    start = state(catalog)
    states = []
    for name in order:
        try:
            change = _all(catalog, photos)[name]
            change.do()
        except KnownError:
            # An album of an earlier change is gone, or its name is taken.
            continue
        made.append(change)
        states.append(state(catalog))
    for change, expected in zip(reversed(made), [*states[-2::-1], start], strict=False):
        change.undo()
        assert state(catalog) == expected
    for change, expected in zip(made, states, strict=True):
        change.do()
        assert state(catalog) == expected
    for change in reversed(made):
        change.undo()
    assert state(catalog) == start


def test_undo_of_a_merge_gives_back_name_order_cover_and_class(catalog: Catalog, photos: list[str]) -> None:
    beach, dog = catalog.albums.by_name("Beach"), catalog.albums.by_name("Dog")
    order = catalog.albums.photos(beach.id)
    group = catalog.groups.by_name("Family")
    classes = catalog.groups.classes(group.id, with_all=True)
    change = changes.merge_albums(catalog, beach, dog)
    change.do()
    assert [album.name for album in catalog.albums.all()] == ["Dog"]
    change.undo()
    assert catalog.albums.by_name("Beach") == beach
    assert catalog.albums.photos(beach.id) == order
    assert catalog.albums.by_name("Beach").cover == photos[3]
    assert catalog.groups.classes(group.id, with_all=True) == classes


def test_undo_leaves_alone_what_came_since(catalog: Catalog, photos: list[str]) -> None:
    dog = catalog.albums.by_name("Dog")
    change = changes.add_to_album(catalog, dog, photos[:2])
    change.do()
    assert change.result == 2
    catalog.albums.add(dog.id, [photos[2]])
    catalog.photos.rate(photos, 4)
    change.undo()
    assert catalog.albums.photos(dog.id) == [*photos[3:], photos[2]]
    assert all(photo.rating == 4 for photo in catalog.photos.many(photos))


def test_undo_skips_photos_that_are_gone(catalog: Catalog, photos: list[str]) -> None:
    change = changes.delete_album(catalog, catalog.albums.by_name("Beach"))
    change.do()
    catalog.photos.trash([photos[0]])
    catalog.photos.empty_trash(older_than=timedelta(seconds=-1))
    change.undo()
    assert catalog.albums.photos(catalog.albums.by_name("Beach").id) == [photos[2], photos[1], photos[3]]


def test_a_name_that_is_taken_by_now_is_told_and_the_change_can_be_tried_again(
    catalog: Catalog, photos: list[str]
) -> None:
    change = changes.delete_album(catalog, catalog.albums.by_name("Beach"))
    change.do()
    other = catalog.albums.create("beach")
    before = state(catalog)
    with pytest.raises(KnownError, match="“Delete the album “Beach”” cannot be taken back: its name is taken"):
        change.undo()
    assert state(catalog) == before
    catalog.albums.rename(other.id, "Other")
    change.undo()
    assert {album.name for album in catalog.albums.all()} == {"Beach", "Dog", "Other"}


def test_a_change_says_what_it_does(catalog: Catalog, photos: list[str]) -> None:
    assert changes.rate(catalog, photos, 3).text == "Rate 6 photos with 3 stars"
    assert changes.rate(catalog, photos[:1], 4).text == "Rate a photo with 4 stars"


def test_a_change_that_changes_nothing_says_so(catalog: Catalog, photos: list[str]) -> None:
    change = changes.rate(catalog, photos[:2], 2)
    with pytest.raises(LookupError):
        _ = change.result
    change.do()
    assert not change.changed


def test_a_change_that_fails_leaves_everything(catalog: Catalog, photos: list[str]) -> None:
    before = state(catalog)
    beach = catalog.albums.by_name("Beach")
    for change in (
        changes.create_album(catalog, "dog", photos),
        changes.rename_album(catalog, beach, "DOG"),
        changes.set_cover(catalog, beach, photos[5]),
        changes.rename_tag(catalog, "Travel", "Travel/Far"),
        changes.rename_tag(catalog, "Nowhere", "Here"),
        changes.rate(catalog, photos, 6),
        changes.set_taken(catalog, photos, datetime(1700, 1, 1)),
        changes.shift_taken(catalog, photos, timedelta(days=3_000_000)),
    ):
        with pytest.raises(KnownError):
            change.do()
        assert state(catalog) == before
    with pytest.raises(KnownError):
        changes.keep_one(catalog, photos[0], photos[:2])
