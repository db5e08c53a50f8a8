"""Sharing albums with a group: it can be undone, and the number of a class stays its album's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from letspic_desktop.application import Application
from letspic_desktop.operations.groups import ChangeAlbums, ShareAlbum, UnshareAlbum
from letspic_desktop.operations.organise import RedoChange, UndoChange
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

MakeAlbum = Callable[[str, int], list[str]]


def learned(app: Application, group_id: str) -> dict[str, int]:
    return {one.name: one.class_id for one in app.catalog.groups.classes(group_id)}


def shared(app: Application, group_id: str) -> list[str]:
    return [one.name for one in app.catalog.groups.classes(group_id, with_all=True) if one.shared]


def test_a_tick_is_undone_and_done_again(app: Application, make_album: MakeAlbum) -> None:
    group = app.catalog.groups.create("Club")
    for name in ("Beach", "City"):
        make_album(name, 1)
        ShareAlbum(group="Club", album=name).run(app, Progress())
    change = ShareAlbum(group="Club", album="City", as_category=False).run(app, Progress())
    assert change.text == "Share the album “City” with “Club”, to search in"
    assert learned(app, group.id) == {"Beach": 0}
    UndoChange(change=change).run(app, Progress())
    assert learned(app, group.id) == {"Beach": 0, "City": 1}
    RedoChange(change=change).run(app, Progress())
    assert learned(app, group.id) == {"Beach": 0}
    gone = UnshareAlbum(group="Club", album="City").run(app, Progress())
    assert shared(app, group.id) == ["Beach"]
    UndoChange(change=gone).run(app, Progress())
    assert shared(app, group.id) == ["Beach", "City"]
    assert learned(app, group.id) == {"Beach": 0}


def test_a_number_is_never_given_to_another_album(app: Application, make_album: MakeAlbum) -> None:
    group = app.catalog.groups.create("Club")
    for name in ("Beach", "City"):
        make_album(name, 1)
    change = ShareAlbum(group="Club", album="Beach").run(app, Progress())
    UndoChange(change=change).run(app, Progress())
    assert learned(app, group.id) == {}
    assert app.catalog.groups.labels(group.id) == {}
    assert app.catalog.groups.photos(group.id) == []
    # Labels of devices may name number 0 by now: it must not mean another album.
    ShareAlbum(group="Club", album="City").run(app, Progress())
    assert learned(app, group.id) == {"City": 1}


def test_several_are_changed_at_once_or_not_at_all(app: Application, make_album: MakeAlbum) -> None:
    group = app.catalog.groups.create("Club")
    for name in ("Beach", "City", "Forest"):
        make_album(name, 1)
    ShareAlbum(group="Club", album="Beach").run(app, Progress())
    change = ChangeAlbums(group="Club", add=("City", "Forest"), remove=("Beach",)).run(app, Progress())
    assert sorted(learned(app, group.id)) == ["City", "Forest"]
    UndoChange(change=change).run(app, Progress())
    assert shared(app, group.id) == ["Beach"]
    with pytest.raises(KnownError, match="no album named “Nowhere”"):
        ChangeAlbums(group="Club", add=("City", "Nowhere")).run(app, Progress())
    assert shared(app, group.id) == ["Beach"]


def test_the_albums_of_anothers_group_are_its_owners(app: Application, make_album: MakeAlbum) -> None:
    app.catalog.groups.create("Theirs", role="member", group_id="g")
    make_album("Beach", 1)
    with pytest.raises(KnownError, match="belongs to another desktop"):
        ShareAlbum(group="Theirs", album="Beach").run(app, Progress())
