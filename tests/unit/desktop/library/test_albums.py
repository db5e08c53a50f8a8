from __future__ import annotations

from collections.abc import Callable

import pytest

from letspic_desktop.library.catalog import Catalog
from letspic_shared.errors import KnownError

Store = Callable[[int], list[str]]


def test_names_are_unique_whatever_their_case_and_form(catalog: Catalog) -> None:
    catalog.albums.create("  Été   2024 ")
    for same in ("Été 2024", "éTÉ 2024", "E\u0301te\u0301 2024"):
        with pytest.raises(KnownError, match="exists already"):
            catalog.albums.create(same)
        assert catalog.albums.by_name(same).name == "Été 2024"
        assert catalog.albums.ensure(same).name == "Été 2024"
    assert len(catalog.albums.all()) == 1


@pytest.mark.parametrize("name", ["", "   ", "a\x07b", "x" * 121])
def test_unusable_names_are_refused(catalog: Catalog, name: str) -> None:
    with pytest.raises(KnownError):
        catalog.albums.create(name)
    assert catalog.albums.all() == []


def test_photos_keep_the_order_that_people_give_them(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(5)
    album = catalog.albums.create("Order")
    assert catalog.albums.add(album.id, photos[:3]) == 3
    assert catalog.albums.add(album.id, photos) == 2
    assert catalog.albums.photos(album.id) == photos
    catalog.albums.reorder(album.id, [photos[4], photos[0]])
    assert catalog.albums.photos(album.id) == [photos[4], photos[0], *photos[1:4]]
    catalog.albums.remove(album.id, photos[1:3])
    assert catalog.albums.photos(album.id) == [photos[4], photos[0], photos[3]]


def test_renaming_refuses_a_taken_name_and_may_change_the_case(catalog: Catalog) -> None:
    summer, winter = catalog.albums.create("Summer"), catalog.albums.create("Winter")
    with pytest.raises(KnownError, match="Summer"):
        catalog.albums.rename(winter.id, "SUMMER")
    catalog.albums.rename(summer.id, "SUMMER")
    assert [album.name for album in catalog.albums.all()] == ["SUMMER", "Winter"]


def test_merging_keeps_every_photo_once_and_deletes_the_source(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(4)
    one, two = catalog.albums.create("One"), catalog.albums.create("Two")
    catalog.albums.add(one.id, photos[:3])
    catalog.albums.add(two.id, photos[2:])
    catalog.albums.merge(one.id, two.id)
    assert [album.name for album in catalog.albums.all()] == ["Two"]
    assert catalog.albums.photos(two.id) == [photos[2], photos[3], photos[0], photos[1]]
    catalog.albums.merge(two.id, two.id)
    assert len(catalog.albums.photos(two.id)) == 4


def test_deleting_an_album_deletes_no_photo(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(3)
    album = catalog.albums.create("Gone")
    catalog.albums.add(album.id, photos)
    catalog.albums.delete(album.id)
    assert catalog.photos.count() == 3
    assert catalog.albums.of_photo(photos[0]) == []


def test_the_trash_is_left_out_of_albums_and_counts(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(3)
    album = catalog.albums.create("Trip")
    catalog.albums.add(album.id, photos)
    catalog.photos.trash(photos[:1])
    assert catalog.albums.photos(album.id) == photos[1:]
    assert catalog.albums.by_name("trip").photos == 2
    catalog.photos.restore(photos[:1])
    assert catalog.albums.photos(album.id) == photos


def test_an_unknown_album_is_told_with_what_to_do(catalog: Catalog) -> None:
    with pytest.raises(KnownError, match="no album named “Nowhere”"):
        catalog.albums.by_name("Nowhere")


def test_tags_of_people_and_guesses_of_machines_never_mix(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(3)
    catalog.tags.add("Beach", photos[:2])
    catalog.tags.add("beach", photos[2:])
    catalog.tags.set_guesses("head 1", [(photos[0], "beach", 0.4), (photos[0], "dog", 0.9)])
    assert [(tag.name, tag.photos) for tag in catalog.tags.all()] == [("Beach", 3)]
    assert [guess.name for guess in catalog.tags.guesses(photos[0])] == ["dog", "beach"]
    catalog.tags.set_guesses("head 1", [])
    assert catalog.tags.guesses(photos[0]) == []
    assert catalog.tags.of_photo(photos[0]) == ["Beach"]


def test_renaming_a_tag_to_another_one_joins_them(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(3)
    catalog.tags.add("Hound", photos[:2])
    catalog.tags.add("Dog", photos[1:])
    catalog.tags.rename("hound", "dog")
    assert [(tag.name, tag.photos) for tag in catalog.tags.all()] == [("Dog", 3)]
    catalog.tags.rename("dog", "DOG")
    assert [tag.name for tag in catalog.tags.all()] == ["DOG"]
    catalog.tags.remove("dog", photos)
    assert catalog.tags.all() == []
