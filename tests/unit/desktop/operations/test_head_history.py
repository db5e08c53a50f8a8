"""Heads with the stories of their runs, and taking the newest one back."""

from __future__ import annotations

from typing import Any

import pytest

from letspic_desktop.application import Application
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.groups import GoBack
from letspic_desktop.operations.head_history import DiscardHead, ReadRunOutcome, head_stories
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

BACKBONE = "c" * 64


@pytest.fixture
def group(app: Application) -> Group:
    return app.catalog.groups.create("Family", backbone=BACKBONE)


def trained(app: Application, group: Group, *, previous: int, backbone: str = BACKBONE, **result: Any) -> int:
    run = app.catalog.runs.start(group.id, method="standard", config={})
    figures = {"devices": ["Attic"], "photos": 40, "seconds": {"train": 1.5}, "previous": previous, **result}
    app.catalog.runs.finish(run.id, result=figures)
    head = app.catalog.heads.add(group.id, b"head", backbone=backbone, run_id=run.id, map_before=0.4, map_after=0.6)
    return head.version


def active(app: Application, group: Group) -> int:
    head = app.catalog.heads.active(group.id)
    return head.version if head is not None else 0


def test_every_head_has_the_story_of_its_run(app: Application, group: Group) -> None:
    trained(app, group, previous=0, held_out={"queries": 38, "basis": "5-fold"})
    app.catalog.heads.add(group.id, b"foreign", backbone=BACKBONE)
    newest, first = head_stories(app, group)
    assert (first.version, first.method, first.devices, first.photos, first.seconds) == (
        1, "standard", ("Attic",), 40, 1.5,
    )  # fmt: skip
    assert (first.queries, first.basis, first.active) == (38, "5-fold", False)
    assert (newest.version, newest.method, newest.devices, newest.active) == (2, "", (), True)


def test_discarding_goes_back_to_the_head_that_was_in_use_before(app: Application, group: Group) -> None:
    trained(app, group, previous=0)
    trained(app, group, previous=1)
    # A person had gone back to the first one before this run.
    trained(app, group, previous=1)
    assert DiscardHead(group="Family", version=3).run(app, Progress()) == 1
    assert active(app, group) == 1
    assert [(story.version, story.discarded) for story in head_stories(app, group)] == [
        (3, True),
        (2, False),
        (1, False),
    ]
    # It stays in the history, and can be used again.
    GoBack(group="Family", version=3).run(app, Progress())
    assert active(app, group) == 3


def test_discarding_the_first_head_goes_back_to_before_fine_tuning(app: Application, group: Group) -> None:
    trained(app, group, previous=0)
    assert DiscardHead(group="Family", version=1).run(app, Progress()) == 0
    assert active(app, group) == 0


def test_discarding_one_that_is_not_in_use_changes_no_search(app: Application, group: Group) -> None:
    trained(app, group, previous=0)
    trained(app, group, previous=1)
    assert DiscardHead(group="Family", version=1).run(app, Progress()) == 2
    assert active(app, group) == 2


def test_a_head_of_another_backbone_is_not_gone_back_to(app: Application, group: Group) -> None:
    trained(app, group, previous=0, backbone="d" * 64)
    trained(app, group, previous=1)
    assert DiscardHead(group="Family", version=2).run(app, Progress()) == 0


def test_a_head_that_is_not_there(app: Application, group: Group) -> None:
    with pytest.raises(KnownError, match="no head 7"):
        DiscardHead(group="Family", version=7).run(app, Progress())
    assert ReadRunOutcome(group_id=group.id, version=7).run(app, Progress()) is None
    assert ReadRunOutcome(group_id="nobody", version=1).run(app, Progress()) is None
