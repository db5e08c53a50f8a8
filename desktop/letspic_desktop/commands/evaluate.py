"""``letspic evaluate``."""

from __future__ import annotations

import argparse
import io
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from letspic_desktop.backbones.store import DEFAULT_BACKBONE
from letspic_desktop.batch import BatchEngine, ProcessEngine
from letspic_desktop.commands.common import opened_backbones, run_config
from letspic_desktop.console import complain, megabytes, require_writable, say, table, write_json, write_result
from letspic_desktop.fleet import bench_devices
from letspic_desktop.fleet.events import DeviceDropped, Event, RoundDone
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.evaluation import SeedResult, Setting, evaluate_seed
from letspic_desktop.retrieval.splits import FoundClasses, find_classes, split_by_seed

_NOT_AVERAGED = ("seed", "seconds")


def run(options: argparse.Namespace) -> None:
    """Measure retrieval before and after fine-tuning."""
    classes = find_classes(options.photos, labelled_per_album=options.labelled_per_album)
    for left_out in classes.left_out:
        complain(f"left out: {left_out.name} {left_out.reason}")
    require_writable(options.save_embeddings)
    with opened_backbones(options) as (store, progress):
        backbone = store.get(options.backbone or DEFAULT_BACKBONE)
        classifier = store.classifier(backbone) if options.method == "paper" else None
        engine = ProcessEngine()
        try:
            setting = Setting(
                backbone=backbone,
                config=run_config(options),
                deal=options.split,
                folder=Path("runs"),
                classifier=classifier,
            )
            results = [_one_seed(options, setting, engine, classes, seed, progress) for seed in range(options.seeds)]
        finally:
            engine.close()
    if options.save_embeddings is not None:
        _save(results[0], options.save_embeddings)
    figures = [result.figures() for result in results]
    mean = _mean(figures)
    _tell(figures, mean)
    write_json(options.json, {"config": _config(options), "seeds": figures, "mean": mean})


def _one_seed(
    options: argparse.Namespace,
    common: Setting,
    engine: BatchEngine,
    classes: FoundClasses,
    seed: int,
    progress: Progress,
) -> SeedResult:
    split = split_by_seed(
        classes.classes,
        labelled_per_album=options.labelled_per_album,
        seed=seed,
        albums=options.albums,
        unseen_albums=options.unseen_albums,
    )
    devices_of = bench_devices.processes if options.processes else bench_devices.in_process

    def listen(event: Event) -> None:
        if isinstance(event, DeviceDropped):
            complain(f"{event.device}: {event.reason}")
        elif isinstance(event, RoundDone):
            progress.report(f"seed {seed} rounds", event.number, event.total)

    with tempfile.TemporaryDirectory(prefix="letspic-") as folder, devices_of(Path(folder), options.devices) as devices:
        setting = replace(common, config=replace(common.config, seed=seed), folder=Path(folder) / common.folder)
        result = evaluate_seed(split, seed, setting, devices, engine, progress=progress, listener=listen)
    for line in result.dropped:
        complain(f"not used: {line}")
    return result


def _mean(figures: list[dict[str, Any]]) -> dict[str, Any]:
    names = [name for name in figures[0] if name not in _NOT_AVERAGED]
    mean: dict[str, Any] = {name: fmean(one[name] for one in figures) for name in names}
    phases = figures[0]["seconds"]
    mean["seconds"] = {phase: fmean(one["seconds"][phase] for one in figures) for phase in phases}
    return mean


def _tell(figures: list[dict[str, Any]], mean: dict[str, Any]) -> None:
    rows = [["seed", "P@10 before", "after", "mAP before", "after", "round ms", "up", "down", "extract s", "train s"]]
    for label, one in [*((str(one["seed"]), one) for one in figures), ("mean", mean)]:
        rows.append(
            [
                label,
                *(f"{one[name]:.3f}" for name in ("p10_before", "p10_after", "map_before", "map_after")),
                f"{one['round_ms_median']:.1f}",
                megabytes(int(one["bytes_up"])),
                megabytes(int(one["bytes_down"])),
                f"{one['seconds']['extract']:.1f}",
                f"{one['seconds']['train']:.2f}",
            ]
        )
    say(table(rows, indent=""))
    if "map_after_unseen" in mean:
        for part in ("seen", "unseen"):
            before, after = mean[f"map_before_{part}"], mean[f"map_after_{part}"]
            say(f"mAP of queries of {part} albums: {before:.3f} -> {after:.3f}")


def _config(options: argparse.Namespace) -> dict[str, Any]:
    left_out = ("run", "command", "home", "verbose", "json", "save_embeddings")
    config = {name: value for name, value in vars(options).items() if name not in left_out}
    return {**config, "photos": str(options.photos), "training": asdict(run_config(options))}


def _save(result: SeedResult, file: Path) -> None:
    before, after = result.vectors
    paths = np.array([str(path) for path in result.gallery.paths])
    content = io.BytesIO()
    np.savez(content, before=before, after=after, label=result.gallery.labels, path=paths)
    write_result(file, content.getbuffer())
