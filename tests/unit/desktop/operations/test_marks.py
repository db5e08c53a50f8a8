"""Marks on results are kept by query, and become labels in one change that can be undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from letspic_desktop.application import Application
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.operations.marks import ForgetMarks, MarkResult, UseMarksAsLabels, query_album
from letspic_desktop.operations.organise import AddToAlbum
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

OUTSIDE = "0" * 64


def test_marks_are_kept_by_group_and_query(app: Application) -> None:
    group = CreateGroup(name="Family").run(app, Progress())
    for photo, good in (("a" * 64, True), ("b" * 64, False), ("c" * 64, True), ("c" * 64, None)):
        MarkResult(group=group.id, query=OUTSIDE, photo=photo, good=good).run(app, Progress())
    MarkResult(group=group.id, query="1" * 64, photo="d" * 64, good=True).run(app, Progress())
    MarkResult(group=None, query=OUTSIDE, photo="e" * 64, good=True).run(app, Progress())
    assert app.catalog.marks.of_query(group.id, OUTSIDE) == {"a" * 64: True, "b" * 64: False}
    ForgetMarks(group=group.id, query=OUTSIDE).run(app, Progress())
    assert app.catalog.marks.all(group.id) == [("1" * 64, "d" * 64, True)]


def test_good_ones_become_labels_in_one_change(app: Application, make_album: Callable[[str, int], list[str]]) -> None:
    lakes, others = make_album("Lakes", 2), make_album("Others", 3)
    group = CreateGroup(name="Family", albums=("Lakes",)).run(app, Progress())
    album = query_album(app, lakes[0])
    assert album is not None
    change = UseMarksAsLabels(album=album.name, photos=tuple(others[:2]), query=lakes[0], group=group.id).run(
        app, Progress()
    )
    found, learns = change.result
    assert (found.name, found.photos, learns) == ("Lakes", 4, True)
    assert set(others[:2]) <= set(app.catalog.groups.labels(group.id))
    change.undo()
    assert app.catalog.albums.photos(found.id) == lakes
    change.do()
    assert app.catalog.albums.photos(found.id) == [*lakes, *others[:2]]


def test_a_new_album_is_learned_and_takes_the_query_along(
    app: Application, make_album: Callable[[str, int], list[str]]
) -> None:
    photos = make_album("Others", 4)
    group = CreateGroup(name="Family", albums=()).run(app, Progress())
    change = UseMarksAsLabels(album="  Bridges ", photos=tuple(photos[1:3]), query=photos[0], group=group.id).run(
        app, Progress()
    )
    album, learns = change.result
    assert (album.name, learns) == ("Bridges", True)
    assert app.catalog.albums.photos(album.id) == photos[:3]
    change.undo()
    assert [one.name for one in app.catalog.albums.all()] == ["Others"]
    assert all(one.album_id is None or one.name != "Bridges" for one in app.catalog.groups.classes(group.id))
    change.do()
    assert set(app.catalog.groups.labels(group.id)) >= set(photos[:3])


def test_an_album_that_is_not_shared_stays_so(app: Application, make_album: Callable[[str, int], list[str]]) -> None:
    private, others = make_album("Private", 1), make_album("Others", 2)
    group = CreateGroup(name="Family", albums=("Others",)).run(app, Progress())
    change = UseMarksAsLabels(album="private", photos=tuple(others), query=OUTSIDE, group=group.id).run(app, Progress())
    assert change.result[1] is False
    assert app.catalog.albums.photos(change.result[0].id) == [*private, *others]
    assert not set(private) & set(app.catalog.groups.labels(group.id))


def test_without_a_good_mark_there_is_nothing_to_add(app: Application) -> None:
    with pytest.raises(KnownError, match="No result is marked good"):
        UseMarksAsLabels(album="Lakes", photos=(), query=OUTSIDE).run(app, Progress())


def test_the_smallest_album_is_the_querys(app: Application, make_album: Callable[[str, int], list[str]]) -> None:
    large, small = make_album("Large", 5), make_album("Small", 2)
    AddToAlbum(album="Large", photos=tuple(small)).run(app, Progress())
    album = query_album(app, small[0])
    assert album is not None
    assert album.name == "Small"
    assert query_album(app, OUTSIDE) is None
    assert app.catalog.albums.together_with(small[0], [*large, *small, OUTSIDE]) == {*large, *small}
    assert app.catalog.albums.together_with(OUTSIDE, large) == set()
