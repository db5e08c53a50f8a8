from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.files import StoredFile, add_file, set_missing
from letspic_desktop.library.photos import Photo, add_photo
from letspic_desktop.library.placements import HeldPhoto
from letspic_desktop.library.places import Box, Circle
from letspic_desktop.library.query import PhotoQuery
from letspic_desktop.library.rows import now, path_bytes
from letspic_shared.errors import KnownError
from letspic_shared.photo import PhotoInfo

Store = Callable[[int], list[str]]
CAMERAS = ("Canon EOS 5D", "Apple iPhone 4", None)


def _store(catalog: Catalog, paths: dict[str, PhotoInfo]) -> list[str]:
    """Put photos into the catalog without decoding anything, and return their SHA-256 in the order of paths."""
    files = [
        StoredFile(
            path=Path(path),
            sha256=hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest(),
            mtime_ns=1,
            bytes=10,
        )
        for path in paths
    ]

    def write(connection: object) -> None:
        for file, info in zip(files, paths.values(), strict=True):
            add_photo(connection, file, info)
            add_file(connection, file)

    catalog.database.call(write)
    return [file.sha256 for file in files]


def _named(catalog: Catalog, *names: str) -> dict[str, str]:
    info = PhotoInfo(format="JPEG", width=8, height=8)
    return dict(zip(names, _store(catalog, {f"/photos/{name}": info for name in names}), strict=True))


@pytest.fixture
def library(catalog: Catalog) -> list[Photo]:
    """Sixty photos with all that a query can ask for."""
    dice = random.Random(3)
    infos = {}
    for number in range(60):
        placed = dice.random() < 0.7
        infos[f"/p/{dice.choice(['IMG', 'DSC'])}_{number}.jpg"] = PhotoInfo(
            format="JPEG",
            width=8,
            height=8,
            taken_local=None if number % 9 == 0 else datetime(2018 + dice.randrange(4), dice.randint(1, 12), 15),
            taken_source="exif",
            camera=dice.choice(CAMERAS),
            latitude=dice.uniform(-80, 80) if placed else None,
            longitude=dice.uniform(-180, 180) if placed else None,
        )
    photos = _store(catalog, infos)
    for name in ("Beach", "Dog"):
        catalog.albums.add(catalog.albums.create(name).id, dice.sample(photos, 20))
    for tag in ("Travel", "Travel/Jeju", "Travellers"):
        catalog.tags.add(tag, dice.sample(photos, 12))
    for stars in range(1, 6):
        catalog.photos.rate(dice.sample(photos, 8), stars)
    catalog.photos.set_favourite(dice.sample(photos, 15), True)
    catalog.photos.trash(dice.sample(photos, 7))
    group = catalog.groups.create("Family", group_id="family")
    catalog.groups.add_album(group.id, catalog.albums.by_name("Dog").id)
    gone = dice.sample(photos, 6)
    catalog.database.call(lambda c: set_missing(c, [path_bytes(catalog.photos.files(p)[0]) for p in gone], [], now()))
    return catalog.photos.many(photos)


def _distance(circle: Circle, photo: Photo) -> float:
    """Kilometres by the spherical law of cosines, another formula than the product's."""
    assert photo.latitude is not None
    assert photo.longitude is not None
    one, other = math.radians(circle.latitude), math.radians(photo.latitude)
    between = math.radians(photo.longitude - circle.longitude)
    cosine = math.sin(one) * math.sin(other) + math.cos(one) * math.cos(other) * math.cos(between)
    return 6371.0088 * math.acos(max(-1.0, min(1.0, cosine)))


def _fits(catalog: Catalog, photo: Photo, query: PhotoQuery) -> bool:
    albums = {album.id for album in catalog.albums.of_photo(photo.sha256)}
    tags = catalog.tags.of_photo(photo.sha256)
    missing = {file.sha256 for file in catalog.photos.missing_files()}
    where = query.place
    return all(
        (
            (photo.trashed_at is not None) == query.trashed,
            query.album is None or query.album in albums,
            query.tag is None or any(tag == query.tag or tag.startswith(f"{query.tag}/") for tag in tags),
            photo.rating >= query.minimum_rating,
            photo.favourite or not query.favourites,
            query.camera is None or photo.camera == query.camera,
            query.taken_from is None or photo.shown_at.date() >= query.taken_from,
            query.taken_to is None or photo.shown_at.date() <= query.taken_to,
            not (query.untagged and tags),
            not (query.unalbumed and albums),
            query.missing is None or (photo.sha256 in missing) == query.missing,
            query.group is None or catalog.albums.by_name("Dog").id in albums,
            not isinstance(where, Circle)
            or (photo.latitude is not None and _distance(where, photo) <= where.kilometres),
            not query.text or query.text.lower()[:3] in catalog.photos.files(photo.sha256)[0].name.lower(),
        )
    )


QUERIES = st.builds(
    PhotoQuery,
    text=st.sampled_from(["", "", "IMG", "ds"]),
    album=st.sampled_from([None, None, 1, 2]),
    tag=st.sampled_from([None, None, "Travel", "Travel/Jeju"]),
    minimum_rating=st.sampled_from([0, 0, 1, 4]),
    favourites=st.sampled_from([False, False, True]),
    camera=st.sampled_from(CAMERAS),
    taken_from=st.sampled_from([None, date(2019, 3, 15), date(2019, 3, 16)]),
    taken_to=st.sampled_from([None, date(2021, 6, 15), date.max]),
    trashed=st.sampled_from([False, False, True]),
    untagged=st.sampled_from([False, False, True]),
    unalbumed=st.sampled_from([False, False, True]),
    missing=st.sampled_from([None, None, True, False]),
    group=st.sampled_from([None, None, "family"]),
    place=st.one_of(
        st.none(),
        st.builds(
            Circle,
            latitude=st.floats(-90, 90),
            longitude=st.floats(-180, 180),
            kilometres=st.sampled_from([900.0, 4000.0, 9000.0]),
        ),
    ),
    order=st.sampled_from(["newest", "oldest", "rating", "name"]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERIES)
def test_a_query_finds_what_each_photo_says_of_itself(
    catalog: Catalog, library: list[Photo], query: PhotoQuery
) -> None:
    found = catalog.find(query)
    assert set(found) == {photo.sha256 for photo in library if _fits(catalog, photo, query)}
    assert len(set(found)) == len(found)
    listed = catalog.photos.many(found)
    if query.order == "rating":
        assert [photo.rating for photo in listed] == sorted((photo.rating for photo in listed), reverse=True)
    elif query.order != "name":
        times = [photo.shown_at for photo in listed]
        assert times == sorted(times, reverse=query.order == "newest")


def test_all_photos_come_as_the_library_lists_them(catalog: Catalog, library: list[Photo]) -> None:
    assert catalog.find(PhotoQuery()) == catalog.photos.all()
    assert catalog.find(PhotoQuery(trashed=True)) == catalog.photos.all(trashed=True)
    assert catalog.find(PhotoQuery(order="oldest")) == catalog.photos.all()[::-1]
    counts = dict(catalog.cameras())
    assert counts["Canon EOS 5D"] == len(catalog.find(PhotoQuery(camera="Canon EOS 5D")))


def test_long_choices_are_found_as_short_ones_are(
    catalog: Catalog, library: list[Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    from letspic_desktop.library import query as module

    asked = [PhotoQuery(album=1), PhotoQuery(tag="Travel", order="name"), PhotoQuery(text="IMG", order="rating")]
    short = [catalog.find(query) for query in asked]
    monkeypatch.setattr(module, "_FEW", 0)
    assert [catalog.find(query) for query in asked] == short


def test_names_sort_as_people_count_and_albums_as_people_put_them(catalog: Catalog) -> None:
    named = _named(catalog, "b2.jpg", "B10.jpg", "a1.jpg", "é.jpg")
    wanted = ["a1.jpg", "b2.jpg", "B10.jpg", "é.jpg"]
    assert catalog.find(PhotoQuery(order="name")) == [named[name] for name in wanted]
    album = catalog.albums.create("Mine")
    catalog.albums.add(album.id, [named["é.jpg"], named["a1.jpg"]])
    assert catalog.find(PhotoQuery(album=album.id, order="album")) == [named["é.jpg"], named["a1.jpg"]]
    catalog.albums.move(album.id, [named["a1.jpg"]], before=named["é.jpg"])
    assert catalog.find(PhotoQuery(album=album.id, order="album")) == [named["a1.jpg"], named["é.jpg"]]
    with pytest.raises(KnownError, match="Only an album"):
        catalog.find(PhotoQuery(order="album"))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("img", {"IMG_5910.JPG"}),
        ("IMG_59", {"IMG_5910.JPG"}),
        ("img5910", {"IMG_5910.JPG"}),
        ("59 img", {"IMG_5910.JPG"}),
        ("910", set()),
        ("ete", {"Été à Nîmes.png"}),
        ("E\u0301TE\u0301 nim", {"Été à Nîmes.png"}),
        ("바다", {"여름바다여행.jpg"}),
        ("바", {"여름바다여행.jpg"}),
        ("다바", set()),
        ("바다 여름", {"여름바다여행.jpg"}),
        ("北京", {"2019北京旅行.jpg"}),
        ("京旅", {"2019北京旅行.jpg"}),
        ("海の", {"夏の海のひと.jpg"}),
        ("ウミ", {"カタカナウミ.jpg"}),
        ("ｳﾐ", {"カタカナウミ.jpg"}),
        ('"', set()),
        ("!!!", set()),
        ('img" OR "', set()),
        ("a AND b", set()),
        ("NEAR(", set()),
        ("col:img", set()),
        ("   ", {"all"}),
    ],
)
def test_words_are_found_however_they_are_written(catalog: Catalog, text: str, names: set[str]) -> None:
    named = _named(
        catalog,
        "IMG_5910.JPG",
        "Été à Nîmes.png",
        "여름바다여행.jpg",
        "2019北京旅行.jpg",
        "夏の海のひと.jpg",
        "カタカナウミ.jpg",
    )
    expected = set(named.values()) if names == {"all"} else {named[name] for name in names}
    assert set(catalog.find(PhotoQuery(text=text))) == expected


def test_a_korean_name_in_single_letters_is_found(catalog: Catalog) -> None:
    import unicodedata

    (photo,) = _named(catalog, unicodedata.normalize("NFD", "제주바다.jpg")).values()
    assert catalog.find(PhotoQuery(text="주바")) == [photo]


def test_a_name_that_is_no_text_does_no_harm(catalog: Catalog) -> None:
    (photo,) = _named(catalog, "caf\udce9 bar.jpg").values()
    assert catalog.find(PhotoQuery(text="bar")) == [photo]
    assert catalog.find(PhotoQuery(order="name")) == [photo]


def test_the_index_follows_tags_albums_and_files(catalog: Catalog, tmp_path: Path) -> None:
    named = _named(catalog, "a.jpg", "b.jpg")
    one, two = named["a.jpg"], named["b.jpg"]
    catalog.tags.add("Travel/제주도", [one])
    album = catalog.albums.create("Summer holiday")
    catalog.albums.add(album.id, [two])
    find = lambda text: catalog.find(PhotoQuery(text=text))  # noqa: E731
    assert find("제주") == find("travel") == find("a trav") == [one]
    assert find("holi") == find("b summ") == [two]
    assert find("a holi") == []
    catalog.tags.rename("Travel", "Journeys")
    catalog.albums.rename(album.id, "Winter")
    assert find("travel") == find("summer") == []
    assert find("journ 제주") == [one]
    assert find("winter") == [two]
    catalog.tags.remove("Journeys/제주도", [one])
    catalog.albums.delete(album.id)
    assert find("제주") == find("winter") == []
    catalog.photos.trash([one])
    catalog.photos.empty_trash(older_than=timedelta(seconds=-1))
    assert find("a") == []
    for index in ("file_words", "tag_words", "album_words"):
        rows = catalog.database.call(lambda c, index=index: c.execute(f"SELECT count(*) FROM {index}").fetchone()[0])
        assert rows == (1 if index == "file_words" else 0)


def test_boxes_may_cross_the_date_line(catalog: Catalog) -> None:
    at = {"/fiji.jpg": (-17.0, 178.0), "/samoa.jpg": (-14.0, -172.0), "/paris.jpg": (48.9, 2.3)}
    photos = _store(
        catalog,
        {path: PhotoInfo(format="JPEG", width=1, height=1, latitude=n, longitude=e) for path, (n, e) in at.items()},
    )
    south_sea = Box(south=-30, north=0, west=170, east=-160)
    assert set(catalog.find(PhotoQuery(place=south_sea))) == set(photos[:2])
    assert catalog.find(PhotoQuery(place=Box(south=40, north=50, west=0, east=10))) == photos[2:]
    assert set(catalog.find(PhotoQuery(place=Circle(latitude=-16, longitude=-179, kilometres=1000)))) == set(photos[:2])
    assert catalog.find(PhotoQuery(place=Circle(latitude=90, longitude=0, kilometres=4600))) == photos[2:]


def test_photos_that_a_device_holds(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(3)
    catalog.database.call(
        lambda c: c.execute("INSERT INTO devices (id, name, state, paired_at) VALUES ('pi', 'Pi', 'idle', '')")
    )
    catalog.placements.place("pi", photos[:1])
    catalog.placements.set_held("pi", [HeldPhoto(sha256=photos[1], kind="own"), HeldPhoto(sha256="f" * 64, kind="own")])
    assert set(catalog.find(PhotoQuery(device="pi"))) == set(photos[:2])
    assert catalog.find(PhotoQuery(device="other")) == []


def test_sections_by_month_album_and_place(catalog: Catalog, library: list[Photo]) -> None:
    photos = catalog.find(PhotoQuery())
    months = catalog.sectioned(photos, "month")
    assert months.photos == photos
    facts = {photo.sha256: photo for photo in library}
    for section in months.sections:
        some = months.photos[section.start : section.start + section.count]
        assert {facts[sha256].shown_at.strftime("%Y-%m") for sha256 in some} == {section.key}
    assert [section.key for section in months.sections] == sorted((s.key for s in months.sections), reverse=True)

    albums = catalog.sectioned(photos, "album")
    assert [section.key for section in albums.sections] == ["Beach", "Dog", ""]
    for section in albums.sections[:2]:
        some = albums.photos[section.start : section.start + section.count]
        wanted = set(catalog.albums.photos(catalog.albums.by_name(section.key).id))
        assert some == [sha256 for sha256 in photos if sha256 in wanted]
    without = catalog.find(PhotoQuery(unalbumed=True))
    assert albums.photos[albums.sections[2].start :] == without

    places = catalog.sectioned(photos, "place")
    assert sorted(places.photos) == sorted(photos)
    for section in places.sections:
        some = places.photos[section.start : section.start + section.count]
        if not section.key:
            assert all(facts[sha256].latitude is None for sha256 in some)
            continue
        north, east = map(float, section.key.split(","))
        assert all(abs(facts[sha256].latitude - north) <= 0.25 for sha256 in some)
        assert all(abs(facts[sha256].longitude - east) <= 0.25 for sha256 in some)
    assert places.sections[-1].key == ""
    assert catalog.sectioned([], "album").sections == []


def test_long_lists_are_cut_as_short_ones_are(
    catalog: Catalog, library: list[Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    from letspic_desktop.library import sections

    photos = [photo.sha256 for photo in library]
    short = [catalog.sectioned(photos, by) for by in ("month", "album", "place")]
    monkeypatch.setattr(sections, "_SHORT", 0)
    assert [catalog.sectioned(photos, by) for by in ("month", "album", "place")] == short


def test_nested_tags_count_their_children_once(catalog: Catalog, stored_photos: Store) -> None:
    photos = stored_photos(5)
    catalog.tags.add("Travel/Jeju", photos[:3])
    catalog.tags.add("Travel/Busan/Port", photos[2:4])
    catalog.tags.add("Travellers", photos[4:])
    catalog.tags.create(" travel / Empty ")
    catalog.photos.trash(photos[:1])
    tags = {tag.name: (tag.photos, tag.total) for tag in catalog.tags.all()}
    assert tags == {
        "Travel": (0, 3),
        "Travel/Busan": (0, 2),
        "Travel/Busan/Port": (2, 2),
        "travel/Empty": (0, 0),
        "Travel/Jeju": (2, 2),
        "Travellers": (1, 1),
    }
    assert set(catalog.tags.photos("travel", with_children=True)) == set(photos[1:4])
    assert catalog.tags.photos("travel") == []
    for bad in ("", "a//b", "/a", "a/", "/".join("abcdefghijklm")):
        with pytest.raises(KnownError):
            catalog.tags.add(bad, photos)
    catalog.tags.rename("travel", "Trips/Far")
    assert "Trips/Far/Busan/Port" in {tag.name for tag in catalog.tags.all()}
    catalog.tags.delete("Trips")
    assert [tag.name for tag in catalog.tags.all()] == ["Travellers"]
