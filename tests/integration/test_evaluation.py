"""`evaluate` end to end: on sample photos, with every trap that a person's folder holds, and floors on real photos."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from letspic_desktop.batch import ProcessEngine
from letspic_desktop.fleet import bench_devices
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.evaluation import SeedResult, Setting, evaluate_seed
from letspic_desktop.retrieval.samples import render_samples
from letspic_desktop.retrieval.splits import Deal, Split, find_classes, split_by_seed
from letspic_shared.errors import KnownError

if TYPE_CHECKING:
    from letspic_desktop.backbones.store import Backbone

PER_ALBUM = 10
LABELLED = 4
CLOSED_FORM = RunConfig(method="closed-form")


class CountingEngine:
    """Counts the photos that are worked on."""

    def __init__(self) -> None:
        self._engine = ProcessEngine()
        self.worked_on: list[Path] = []

    def map(self, function, items, *, stage, progress):  # type: ignore[no-untyped-def]
        self.worked_on += items
        return self._engine.map(function, items, stage=stage, progress=progress)

    def close(self) -> None:
        self._engine.close()


@pytest.fixture(scope="module")
def engine() -> Iterator[CountingEngine]:
    made = CountingEngine()
    yield made
    made.close()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    render_samples(folder, per_album=PER_ALBUM, seed=0)
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, backbone: Backbone) -> Setting:
    """A setting whose memory of photos all tests share."""
    return Setting(backbone=backbone, config=CLOSED_FORM, deal="even", folder=tmp_path_factory.mktemp("runs"))


Evaluate = Callable[..., SeedResult]


@pytest.fixture
def evaluate(base: Setting, engine: CountingEngine, tmp_path: Path) -> Evaluate:
    runs = iter(range(100))

    def run(
        split: Split,
        *,
        seed: int = 0,
        config: RunConfig = CLOSED_FORM,
        deal: Deal = "even",
        devices: int = 3,
        processes: bool = False,
        setting: Setting | None = None,
    ) -> SeedResult:
        here = tmp_path / str(next(runs))
        chosen = replace(setting or base, config=replace(config, seed=seed), deal=deal, folder=here / "runs")
        with (bench_devices.processes if processes else bench_devices.in_process)(here, devices) as bench:
            return evaluate_seed(split, seed, chosen, bench, engine, progress=Progress(), listener=lambda _: None)

    return run


def split_of(folder: Path, *, labelled: int = LABELLED, seed: int = 0, **options: int) -> Split:
    classes = find_classes(folder, labelled_per_album=labelled).classes
    return split_by_seed(classes, labelled_per_album=labelled, seed=seed, **options)  # type: ignore[arg-type]


def with_rest(split: Split, photos: Sequence[tuple[Path, int]]) -> Split:
    return replace(
        split,
        rest=(*split.rest, *(path for path, _ in photos)),
        rest_labels=np.concatenate([split.rest_labels, np.array([label for _, label in photos], np.int64)]),
    )


def recomputed(vectors: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """P@10 and mAP as anybody would compute them from the saved embeddings."""
    precisions, averages = [], []
    for query in range(len(vectors)):
        scores = vectors @ vectors[query]
        others = [row for row in np.argsort(-scores, kind="stable") if row != query]
        right = np.array([labels[row] == labels[query] for row in others])
        if right.any():
            precisions.append(right[: min(10, right.sum())].mean())
            averages.append(np.mean([right[: at + 1].mean() for at in np.flatnonzero(right)]))
    return float(np.mean(precisions)), float(np.mean(averages))


def test_fine_tuning_makes_retrieval_better_and_anybody_can_recompute_it(samples: Path, evaluate: Evaluate) -> None:
    result = evaluate(split_of(samples))
    assert result.after.map > 1.1 * result.before.map
    assert len(result.gallery.paths) == 10 * (PER_ALBUM - LABELLED)
    assert not result.dropped
    before, after = result.vectors
    assert before.dtype == after.dtype == np.float32
    assert np.linalg.norm(before, axis=1) == pytest.approx(1, abs=1e-5)
    for vectors, quality in ((before, result.before), (after, result.after)):
        assert recomputed(vectors, result.gallery.labels) == pytest.approx((quality.p10, quality.map), abs=1e-9)


def test_figures_are_those_of_the_command_line(samples: Path, evaluate: Evaluate) -> None:
    result = evaluate(split_of(samples), config=RunConfig(method="gradient", rounds=3))
    figures = result.figures()
    assert list(figures) == [
        "seed", "p10_before", "p10_after", "map_before", "map_after", "seconds", "round_ms_median",
        "bytes_up", "bytes_down", "rounds",
    ]  # fmt: skip
    assert figures["rounds"] == 4
    assert set(figures["seconds"]) == {"extract", "train", "index"}  # type: ignore[call-overload]
    assert figures["bytes_up"] > 3 * 3 * 1280 * 10 * 4  # type: ignore[operator]


def test_the_way_of_dealing_changes_no_figure(samples: Path, evaluate: Evaluate) -> None:
    even, by_album = (evaluate(split_of(samples), deal=deal) for deal in ("even", "by-album"))
    assert np.abs(even.vectors[1] - by_album.vectors[1]).max() < 1e-5
    assert even.after.map == pytest.approx(by_album.after.map, abs=1e-5)
    assert even.after.p10 == pytest.approx(by_album.after.p10, abs=1e-5)


@pytest.mark.parametrize(
    "config",
    [RunConfig(method="standard", rounds=2), RunConfig(method="gradient", rounds=3, local_steps=3, learning_rate=1.0)],
    ids=["standard", "local steps"],
)
def test_processes_change_no_bit(samples: Path, evaluate: Evaluate, config: RunConfig) -> None:
    split = split_of(samples, albums=4)
    # Identities of processes are drawn anew each time, so their order is another one nearly always.
    inside, outside = (evaluate(split, config=config, devices=4, processes=processes) for processes in (False, True))
    assert np.array_equal(inside.vectors[1], outside.vectors[1])
    assert inside.run.chosen == outside.run.chosen


def test_more_devices_than_photos(samples: Path, evaluate: Evaluate) -> None:
    split = split_of(samples, labelled=2, albums=2)
    few, many = (evaluate(split, devices=devices) for devices in (1, 6))
    assert np.abs(few.vectors[1] - many.vectors[1]).max() < 1e-5


def test_copies_neither_score_nor_help(samples: Path, evaluate: Evaluate, tmp_path: Path) -> None:
    split = split_of(samples)
    plain = evaluate(split)
    of_labelled = tmp_path / "copy of a labelled photo.jpg"
    of_rest = tmp_path / "copy of another.jpg"
    shutil.copy(split.labelled[0], of_labelled)
    shutil.copy(split.rest[0], of_rest)
    label = int(split.labelled_labels[0])
    copies = with_rest(split, [(of_labelled, label), (of_rest, int(split.rest_labels[0]))])
    result = evaluate(copies)
    assert result.gallery.paths == plain.gallery.paths
    assert result.figures()["map_after"] == plain.figures()["map_after"]
    assert result.dropped == (
        f"{of_labelled}: A copy of a labelled photo",
        f"{of_rest}: A copy of another photo",
    )


def test_a_copy_does_not_train_either(samples: Path, evaluate: Evaluate) -> None:
    split = split_of(samples, albums=3)
    config = replace(CLOSED_FORM, unlabelled=True)
    copies = with_rest(split, [(split.labelled[0], int(split.labelled_labels[0]))])
    one, other = evaluate(split, config=config), evaluate(copies, config=config)
    assert np.array_equal(one.vectors[1], other.vectors[1])


def test_the_same_photo_labelled_twice_trains_once(samples: Path, evaluate: Evaluate, tmp_path: Path) -> None:
    split = split_of(samples)
    copy = tmp_path / "again.jpg"
    shutil.copy(split.labelled[0], copy)
    twice = replace(
        split,
        labelled=(*split.labelled, copy),
        labelled_labels=np.concatenate([split.labelled_labels, split.labelled_labels[:1]]),
    )
    assert np.abs(evaluate(twice).vectors[1] - evaluate(split).vectors[1]).max() < 1e-5


def test_photos_that_cannot_be_read_are_named_and_left_out(samples: Path, evaluate: Evaluate, tmp_path: Path) -> None:
    split = split_of(samples)
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"\xff\xd8\xff\xe0 no photo at all")
    worse = tmp_path / "worse.jpg"
    worse.write_bytes(split.rest[0].read_bytes()[:300])
    marred = with_rest(
        replace(
            split,
            labelled=(*split.labelled, bad),
            labelled_labels=np.concatenate([split.labelled_labels, split.labelled_labels[:1]]),
        ),
        [(worse, 0)],
    )
    result = evaluate(marred)
    assert [line.split(": ")[0] for line in result.dropped] == [str(bad), str(worse)]
    assert len(result.run.failed) == 1
    assert np.abs(result.vectors[1] - evaluate(split).vectors[1]).max() < 1e-5


def test_nothing_left_to_search_with(samples: Path, evaluate: Evaluate) -> None:
    split = split_of(samples)
    with pytest.raises(KnownError, match="No photo is left"):
        evaluate(replace(split, rest=split.labelled[:2], rest_labels=split.labelled_labels[:2]))


def test_albums_without_a_label_are_told_apart(samples: Path, evaluate: Evaluate) -> None:
    result = evaluate(split_of(samples, unseen_albums=3), config=replace(CLOSED_FORM, unlabelled=True))
    figures = result.figures()
    assert result.gallery.unseen.sum() == 3 * PER_ALBUM
    assert result.run.trained.embed(result.gallery.features).shape == (len(result.gallery.paths), 7 + 1280)
    assert figures["map_after_seen"] > figures["map_before_seen"]  # type: ignore[operator]
    weighted = (figures["map_before_seen"], figures["map_before_unseen"])
    assert min(weighted) <= figures["map_before"] <= max(weighted)  # type: ignore[type-var,operator]


def test_a_second_seed_works_on_new_photos_only(
    samples: Path, evaluate: Evaluate, backbone: Backbone, engine: CountingEngine, tmp_path: Path
) -> None:
    setting = Setting(backbone=backbone, config=CLOSED_FORM, deal="even", folder=tmp_path)
    classes = find_classes(samples, labelled_per_album=LABELLED).classes[:3]
    splits = [split_by_seed(classes, labelled_per_album=LABELLED, seed=seed) for seed in range(2)]
    engine.worked_on.clear()
    remembered = [evaluate(split, seed=seed, setting=setting) for seed, split in enumerate(splits)]
    assert len(engine.worked_on) == len(set(engine.worked_on)) == len(set(splits[0].rest) | set(splits[1].rest))
    alone = evaluate(splits[1], seed=1, setting=replace(setting, seen=type(setting.seen)()))
    assert np.array_equal(remembered[1].vectors[1], alone.vectors[1])
    assert np.array_equal(remembered[1].gallery.features, alone.gallery.features)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "labelled", "albums", "floor"),
    [("food101", 10, None, 0.60), ("caltech_faces", 5, None, 0.88), ("cifar100", 10, 10, 0.76)],
)
def test_floors_on_real_photos(
    photo_data: Path, evaluate: Evaluate, folder: str, labelled: int, albums: int | None, floor: float
) -> None:
    split = split_of(photo_data / folder, labelled=labelled, albums=albums)  # type: ignore[arg-type]
    even, by_album = (evaluate(split, deal=deal, devices=5) for deal in ("even", "by-album"))
    assert even.after.map >= floor
    assert even.after.map >= 1.2 * even.before.map
    assert np.abs(even.vectors[1] - by_album.vectors[1]).max() < 1e-5
    assert even.after.map == pytest.approx(by_album.after.map, abs=1e-5)
