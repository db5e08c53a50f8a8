"""Only what changes which photos there are makes the search look for new ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from letspic_desktop.application import Application
from letspic_desktop.operations.groups import ShareAlbum
from letspic_desktop.operations.organise import CreateAlbum, RatePhotos, SetFavourite
from letspic_desktop.operations.trash import EmptyTrash, RestorePhotos, TrashPhotos
from letspic_desktop.operations.watch import CheckFiles, FindVanished
from letspic_desktop.progress import Progress

MakeAlbum = Callable[[str, int], list[str]]


@pytest.fixture
def looks(app: Application, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows whenever the index is told to look for other photos."""
    told: list[int] = []
    forget = app.index.forget

    def counting() -> None:
        told.append(1)
        forget()

    monkeypatch.setattr(app.index, "forget", counting)
    return told


def test_what_people_say_of_photos_leaves_the_index_alone(
    app: Application, make_album: MakeAlbum, looks: list[int]
) -> None:
    photos = tuple(make_album("Beach", 3))
    app.catalog.groups.create("Club")
    looks.clear()
    for operation in (
        RatePhotos(photos=photos, rating=4),
        SetFavourite(photos=photos, favourite=True),
        CreateAlbum(name="Other"),
        ShareAlbum(group="Club", album="Beach"),
        CheckFiles(),
    ):
        operation.run(app, Progress())  # type: ignore[attr-defined]
    assert looks == []


def test_photos_that_come_or_go_are_looked_for(app: Application, make_album: MakeAlbum, looks: list[int]) -> None:
    photos = tuple(make_album("Beach", 3))
    assert len(looks) == 1
    for count, operation in enumerate(
        (TrashPhotos(photos=photos[:2]), RestorePhotos(photos=photos[:1]), EmptyTrash()), start=2
    ):
        operation.run(app, Progress())  # type: ignore[attr-defined]
        assert len(looks) == count


def test_only_news_of_files_are_told(app: Application, make_album: MakeAlbum, looks: list[int]) -> None:
    photos = make_album("Beach", 3)
    looks.clear()
    path = app.catalog.photos.source(photos[0])
    away = path.rename(path.with_suffix(".away"))
    assert [one.photos for one in FindVanished().run(app, Progress())] == [1]
    assert FindVanished().run(app, Progress())[0].folder == path.parent
    assert len(looks) == 1
    away.rename(path)
    assert FindVanished().run(app, Progress()) == []
    assert len(looks) == 2
