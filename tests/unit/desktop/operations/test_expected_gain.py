"""What a run would bring, from the features of labelled photos: nothing is said where it cannot be known."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from letspic_desktop.application import Application
from letspic_desktop.fleet.plan import Tally
from letspic_desktop.fleet.run import Job, RunResult
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.library.groups import Group
from letspic_desktop.library.placements import HeldPhoto
from letspic_desktop.operations import expected_gain
from letspic_desktop.operations.expected_gain import Expectation, ExpectedGain
from letspic_desktop.operations.run_figures import judging_blocks, judging_photos
from letspic_desktop.operations.run_plan import PlannedRun
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.embedder import HeadEmbedder
from letspic_shared.closed_form import fit_stack
from letspic_shared.features import condition, fold_of
from letspic_shared.head import Head
from letspic_shared.statistics import class_statistics

if TYPE_CHECKING:
    from letspic_desktop.backbones.store import Backbone

ALBUMS = ("Dogs", "Cats", "Boats")
BOARD = "b" * 64
MakeAlbum = Callable[[str, int], list[str]]


@pytest.fixture
def group(app: Application, backbone: Backbone, make_album: MakeAlbum) -> Group:
    """A group of three albums whose photos have features: somewhat alike within an album."""
    shutil.copytree(backbone.path.parent, app.home.backbones, dirs_exist_ok=True)
    group = app.catalog.groups.create("Family", backbone=backbone.sha256)
    for number, name in enumerate(ALBUMS):
        add_features(app, backbone, make_album(name, 20), number)
        app.catalog.groups.add_album(group.id, app.catalog.albums.by_name(name).id)
    return group


def add_features(app: Application, backbone: Backbone, photos: list[str], label: int) -> None:
    centre = np.random.default_rng(label).standard_normal(backbone.dim)
    noise = np.random.default_rng(int(photos[0][:8], 16)).standard_normal((len(photos), backbone.dim))
    rows = np.maximum(centre + 8.0 * noise, 0).astype(np.float32)
    app.catalog.features.put_many(backbone.sha256, zip(photos, rows, strict=True))


def estimate(app: Application, group: Group, known: Expectation | None = None) -> Expectation:
    found = ExpectedGain(group_id=group.id, known=known).run(app, Progress())
    assert found is not None
    return found


def test_labelled_photos_tell_what_to_expect(app: Application, group: Group) -> None:
    found = estimate(app, group)
    assert (found.photos, found.labelled, found.own) == (60, 60, 0)
    assert found.figures is not None
    assert found.figures.basis == "5-fold"
    assert 0.3 < found.figures.map_before < found.figures.map_after <= 1


def test_labels_that_mean_nothing_promise_nothing(
    app: Application, group: Group, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same photos, dealt to albums at random: a figure on photos that trained would still be near 100 %.
    labels = expected_gain.judging_photos(app, group)
    mixed = dict(zip(labels, np.random.default_rng(4).permutation(list(labels.values())).tolist(), strict=True))
    monkeypatch.setattr(expected_gain, "judging_photos", lambda *_: mixed)
    figures = estimate(app, group).figures
    assert figures is not None
    assert figures.map_after < figures.map_before + 0.1


def test_what_trained_as_a_devices_own_judges_no_head_even_when_the_device_is_gone(
    app: Application, group: Group, backbone: Backbone, tmp_path: Path
) -> None:
    labels = judging_photos(app, group)
    features, photos = app.index.features(backbone, sorted(labels), Progress())
    numbers, folds = np.array([labels[photo] for photo in photos]), np.array([fold_of(photo) for photo in photos])
    stack = fit_stack(class_statistics(condition(features), numbers, folds, len(ALBUMS)))
    head = Head(
        weights=stack.weights[0], bias=stack.bias[0], mean=stack.means[0], classes=ALBUMS, backbone=backbone.sha256
    )
    # The device said so while it trained; no placement says so any more.
    own = dict.fromkeys(photos[::4], 0)
    result = RunResult(
        trained=HeadEmbedder(head=head), stack=stack, chosen="closed-form", tally=Tally(), withheld=0, failed={},
        own_folds=own,
    )  # fmt: skip
    job = Job(run="r", backbone=backbone, classes=ALBUMS, config=RunConfig(), folder=tmp_path)
    blocks, _ = judging_blocks(app, group, PlannedRun(job=job, members=[], manifest={}), result)
    judged = {photo for block in blocks for photo in block.photos}
    assert len(judged) > 30
    assert judged.isdisjoint(own)


def test_it_is_known_until_the_labels_change(app: Application, group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    first = estimate(app, group)
    measured: list[int] = []
    real = expected_gain.held_out_quality
    monkeypatch.setattr(expected_gain, "held_out_quality", lambda *all_: measured.append(1) or real(*all_))
    assert estimate(app, group, first) is first
    assert measured == []
    dogs = app.catalog.albums.by_name("Dogs")
    app.catalog.albums.remove(dogs.id, [app.catalog.albums.photos(dogs.id)[0]])
    second = estimate(app, group, first)
    assert (second.labelled, measured) == (59, [1])


def test_too_few_photos_tell_nothing(app: Application, group: Group) -> None:
    for name in ALBUMS:
        album = app.catalog.albums.by_name(name)
        app.catalog.albums.remove(album.id, app.catalog.albums.photos(album.id)[3:])
    assert estimate(app, group).figures is None


def test_photos_on_devices_alone_are_named_and_not_counted(app: Application, group: Group) -> None:
    (dogs, *_) = app.catalog.groups.classes(group.id)
    app.catalog.devices.add(device_id=BOARD, name="Board", group_id=group.id)
    held = [HeldPhoto(sha256=f"{number:064d}", kind="own", proposed_label="hunde") for number in range(5)]
    app.catalog.placements.set_held(BOARD, held)
    app.catalog.placements.confirm_labels(BOARD, [(photo.sha256, dogs.class_id) for photo in held])
    found = estimate(app, group)
    assert (found.photos, found.own) == (60, 5)


def test_many_photos_without_a_feature_are_left_to_the_run(
    app: Application, group: Group, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expected_gain, "_MOST_MISSING", 10)
    app.catalog.features.forget(backbone.sha256)
    found = estimate(app, group)
    assert (found.figures, found.photos) == (None, 0)
    assert app.catalog.features.count(backbone.sha256) == 0


def test_nothing_is_said_of_a_group_that_is_not_ours_or_has_no_backbone(app: Application, group: Group) -> None:
    theirs = app.catalog.groups.create("Theirs", role="member", group_id="theirs")
    bare = app.catalog.groups.create("Bare", backbone="0" * 64)
    for one in (theirs.id, bare.id, "nobody"):
        assert ExpectedGain(group_id=one).run(app, Progress()) is None
