"""What keeps a group from being fine-tuned, told most basic thing first."""

from collections.abc import Callable

import pytest

from letspic_desktop.application import Application
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.library.groups import Group
from letspic_desktop.library.placements import HeldPhoto
from letspic_desktop.operations.finetune import StartFinetuning, missing_for_finetuning
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

BOARD = "b" * 64


@pytest.fixture
def group(app: Application) -> Group:
    return app.catalog.groups.create("Family")


def share(app: Application, group: Group, *albums: str) -> None:
    for album in albums:
        app.catalog.groups.add_album(group.id, app.catalog.albums.by_name(album).id)


def told(app: Application, group: Group) -> list[str]:
    return [str(problem) for problem in missing_for_finetuning(app, group)]


def test_a_new_group_needs_albums_and_a_device(app: Application, group: Group) -> None:
    albums, device = told(app, group)
    assert albums.startswith("Family has 0 albums to learn, and needs at least 2. Share albums with it")
    assert device.startswith("Family has no device. Add one")


def test_one_album_is_too_few(app: Application, group: Group, make_album: Callable[[str, int], list[str]]) -> None:
    make_album("Dogs", 5)
    share(app, group, "Dogs")
    assert told(app, group)[0].startswith("Family has 1 album to learn")


def test_an_album_needs_two_photos(app: Application, group: Group, make_album: Callable[[str, int], list[str]]) -> None:
    make_album("Dogs", 5)
    make_album("Cats", 1)
    share(app, group, "Dogs", "Cats")
    assert told(app, group)[0].startswith("The album “Cats” has fewer than 2 labelled photos. Put more")


def test_own_photos_of_devices_count(
    app: Application, group: Group, make_album: Callable[[str, int], list[str]]
) -> None:
    make_album("Dogs", 5)
    make_album("Cats", 0)
    share(app, group, "Dogs", "Cats")
    cats = next(one.class_id for one in app.catalog.groups.classes(group.id) if one.name == "Cats")
    app.catalog.devices.add(device_id=BOARD, name="Board", group_id=group.id)
    own = [HeldPhoto(sha256=f"{number:064d}", kind="own", proposed_label="katze") for number in range(2)]
    app.catalog.placements.set_held(BOARD, own)
    assert len(told(app, group)) == 1
    app.catalog.placements.confirm_labels(BOARD, [(photo.sha256, cats) for photo in own])
    assert told(app, group) == []


def test_an_album_that_is_only_searched_needs_nothing(
    app: Application, group: Group, make_album: Callable[[str, int], list[str]]
) -> None:
    for name, count in (("Dogs", 2), ("Cats", 2), ("Other", 1)):
        make_album(name, count)
    share(app, group, "Dogs", "Cats")
    app.catalog.groups.add_album(group.id, app.catalog.albums.by_name("Other").id, use_as_category=False)
    app.catalog.devices.add(device_id=BOARD, name="Board", group_id=group.id)
    assert told(app, group) == []


def test_a_joined_group_is_fine_tuned_by_its_owner(app: Application) -> None:
    group = app.catalog.groups.create("Theirs", role="member", group_id="theirs")
    assert told(app, group)[0] == "Theirs belongs to another desktop. Start fine-tuning there"


def test_starting_all_the_same_is_refused_and_leaves_no_run(app: Application, group: Group) -> None:
    with pytest.raises(KnownError, match="has 0 albums"):
        StartFinetuning(group="Family", config=RunConfig()).run(app, Progress())
    assert app.catalog.runs.all() == []
