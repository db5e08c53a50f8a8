"""Long chains of changes, undone and made again: every state comes back exactly as it was."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from letspic_desktop.application import Application
from letspic_desktop.library.history import LibraryChange
from letspic_desktop.operations.duplicates import KeepBoth, KeepOne
from letspic_desktop.operations.edits import RotatePhotos, ShiftDate
from letspic_desktop.operations.organise import (
    AddToAlbum,
    CreateAlbum,
    DeleteAlbum,
    MergeAlbums,
    MoveInAlbum,
    RatePhotos,
    RedoChange,
    RemoveFromAlbum,
    RenameAlbum,
    SetAlbumCover,
    SetFavourite,
    SortAlbum,
    UndoChange,
)
from letspic_desktop.operations.tags import CreateTag, DeleteTag, RenameTag, TagPhotos, UntagPhotos
from letspic_desktop.operations.trash import RestorePhotos, TrashPhotos
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

STEPS = 30
TABLES = ("photos", "albums", "album_photos", "tags", "photo_tags", "group_albums", "duplicate_decisions")
NAMES = ("Sea", "sea side", "산", "\u05d9\u05dd", "Tom & Ann", "<b>B</b>", "\U0001f468\u200d\U0001f469\u200d\U0001f467")

AnyChange = LibraryChange[object]


def dump(app: Application) -> list[list[tuple[object, ...]]]:
    return app.catalog.database.call(
        lambda c: [sorted((tuple(row) for row in c.execute(f"SELECT * FROM {one}")), key=repr) for one in TABLES]
    )


def some_change(app: Application, dice: random.Random, photos: Sequence[str]) -> Callable[[], AnyChange]:
    """Return any change that a person could make now."""
    some = tuple(dice.sample(photos, dice.randint(1, len(photos))))
    albums, tags = [one.id for one in app.catalog.albums.all()], [one.name for one in app.catalog.tags.all()]
    name = dice.choice(NAMES)
    path = name if dice.random() < 0.5 else f"{dice.choice(NAMES)}/{name}"
    wanted: list[object] = [
        RatePhotos(photos=some, rating=dice.randint(0, 5)),
        SetFavourite(photos=some, favourite=dice.random() < 0.5),
        RotatePhotos(photos=some, quarter_turns=dice.choice((-1, 1, 2))),
        ShiftDate(photos=some, by=timedelta(hours=dice.randint(-30, 30))),
        TrashPhotos(photos=some[:2]),
        RestorePhotos(photos=None),
        CreateAlbum(name=name, photos=some),
        CreateTag(tag=path),
        TagPhotos(tag=path, photos=some),
        KeepBoth(photos=some) if len(some) > 1 else RatePhotos(photos=some, rating=1),
        KeepOne(kept=some[0], others=some[1:]) if len(some) > 1 else RatePhotos(photos=some, rating=2),
    ]
    if albums:
        album, other = dice.choice(albums), dice.choice(albums)
        wanted += [
            RenameAlbum(album=album, name=name),
            MergeAlbums(source=album, target=other),
            DeleteAlbum(album=album),
            AddToAlbum(album=album, photos=some),
            RemoveFromAlbum(album=album, photos=some),
            MoveInAlbum(album=album, photos=some[:2], before=dice.choice([*photos, None])),
            SortAlbum(album=album, oldest_first=dice.random() < 0.5),
            SetAlbumCover(album=album, photo=dice.choice([*photos, None])),
        ]
    if tags:
        tag = dice.choice(tags)
        wanted += [RenameTag(tag=tag, name=path), DeleteTag(tag=tag), UntagPhotos(tag=tag, photos=some)]
    operation = dice.choice(wanted)
    return lambda: operation.run(app, Progress())  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", range(12))
def test_chains_of_changes_come_back_exactly(
    app: Application, folder: Path, photos: tuple[str, ...], seed: int
) -> None:
    dice = random.Random(seed)
    files = {one: one.read_bytes() for one in folder.rglob("*.png")}
    states: list[object] = [dump(app)]
    made: list[AnyChange] = []
    while len(made) < STEPS:
        try:
            change = some_change(app, dice, photos)()
        except KnownError:
            # Refused, such as a name that is taken: nothing has changed.
            assert dump(app) == states[-1]
            continue
        if not change.changed:
            assert dump(app) == states[-1]
            continue
        made.append(change)
        states.append(dump(app))
    place = len(made)
    for _ in range(4 * STEPS):
        # Now and then the whole way, as somebody who holds the keys down does.
        back = place > 0 and (place == len(made) or dice.random() < 0.5)
        for _ in range(dice.choice((1, 1, 2, STEPS))):
            if back and place > 0:
                place -= 1
                UndoChange(change=made[place]).run(app, Progress())
            elif not back and place < len(made):
                RedoChange(change=made[place]).run(app, Progress())
                place += 1
            assert dump(app) == states[place], made[min(place, len(made) - 1)].text
    assert {one: one.read_bytes() for one in folder.rglob("*.png")} == files
