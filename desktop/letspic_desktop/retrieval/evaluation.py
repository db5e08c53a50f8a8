"""`letspic evaluate`: how much better retrieval gets, measured so that an outsider can repeat it.

Labelled photos go to devices (inside this process, or real processes), a run trains a head over real frames, and the
photos that trained nothing are queries and gallery, leave-one-out, before and after.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.backbones.store import Backbone
from letspic_desktop.batch import BatchEngine
from letspic_desktop.fleet.bench_devices import BenchDevices
from letspic_desktop.fleet.delivery import place_photos
from letspic_desktop.fleet.events import Listener
from letspic_desktop.fleet.member import Member, Share
from letspic_desktop.fleet.run import Job, RunResult, execute
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.embedder import BareEmbedder, Embedder
from letspic_desktop.retrieval.extraction import extract
from letspic_desktop.retrieval.metrics import Quality, retrieval_quality
from letspic_desktop.retrieval.splits import Deal, Split, deal_to_devices
from letspic_shared.errors import KnownError
from letspic_shared.features import Float32
from letspic_shared.files import sha256_of_file
from letspic_shared.photo import to_placed_jpeg


@dataclass(kw_only=True)
class SeenPhotos:
    """What is known of photos already: most of them come again with the next seed.

    Attributes
    ----------
    digests, features, failed
        SHA-256, backbone feature (d), and why there is none, by path.
    """

    digests: dict[Path, str] = field(default_factory=dict)
    features: dict[Path, Float32] = field(default_factory=dict)
    failed: dict[Path, str] = field(default_factory=dict)

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a photo file."""
        if path not in self.digests:
            try:
                self.digests[path] = sha256_of_file(path)
            except OSError as error:
                raise KnownError(f"{path} cannot be read ({error.strerror})", "Check the folder") from error
        return self.digests[path]

    def extract(self, backbone: Backbone, photos: Sequence[Path], engine: BatchEngine, progress: Progress) -> None:
        """Get the features of photos that were not seen yet."""
        new = [path for path in photos if path not in self.features and path not in self.failed]
        found = extract(backbone, new, engine, progress, "extract features")
        self.features |= {new[index]: row for index, row in zip(found.indices, found.features, strict=True)}
        self.failed |= {new[index]: reason for index, reason in found.failed.items()}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What all seeds of an evaluation share."""

    backbone: Backbone
    config: RunConfig
    deal: Deal
    folder: Path
    classifier: tuple[Float32, Float32] | None = None
    seen: SeenPhotos = field(default_factory=SeenPhotos)


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Queries and gallery of a split: features, labels (of the split) and paths, row by row."""

    features: Float32
    labels: NDArray[np.int64]
    paths: tuple[Path, ...]
    unseen: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class SeedResult:
    """What one seed gave.

    Attributes
    ----------
    seen_unseen
        (before, after) over queries of labelled albums, and of albums that never were; None without such albums.
    seconds
        extract, train and index.
    dropped
        Photos that took no part, with the reason: they could not be read, or are copies.
    """

    seed: int
    before: Quality
    after: Quality
    seen_unseen: tuple[Quality, Quality, Quality, Quality] | None
    seconds: dict[str, float]
    run: RunResult
    gallery: Gallery
    vectors: tuple[Float32, Float32]
    dropped: tuple[str, ...] = field(default_factory=tuple)

    def figures(self) -> dict[str, object]:
        """Return the figures as the command line's JSON has them."""
        tally = self.run.tally
        found: dict[str, object] = {
            "seed": self.seed,
            "p10_before": self.before.p10,
            "p10_after": self.after.p10,
            "map_before": self.before.map,
            "map_after": self.after.map,
            "seconds": self.seconds,
            "round_ms_median": tally.median_ms,
            "bytes_up": tally.bytes_up,
            "bytes_down": tally.bytes_down,
            "rounds": len(tally.seconds),
        }
        if self.seen_unseen is not None:
            names = ("map_before_seen", "map_after_seen", "map_before_unseen", "map_after_unseen")
            found |= {name: quality.map for name, quality in zip(names, self.seen_unseen, strict=True)}
        return found


def evaluate_seed(
    split: Split,
    seed: int,
    setting: Setting,
    devices: BenchDevices,
    engine: BatchEngine,
    *,
    progress: Progress,
    listener: Listener,
) -> SeedResult:
    """Place the labelled photos on the devices, run, and measure retrieval among the others.

    Raises
    ------
    KnownError
        Photos or devices do not suffice; see `execute`.
    """
    started = time.perf_counter()
    gallery, dropped = _gallery(split, setting, engine, progress)
    members, not_placed = _placed_members(split, gallery, seed, setting, devices)
    extracted = time.perf_counter()
    seen = [label for label in range(len(split.albums)) if label not in split.unseen]
    job = Job(
        run=f"seed-{seed}",
        backbone=setting.backbone,
        classes=tuple(split.albums[label] for label in seen),
        config=setting.config,
        folder=setting.folder / f"seed-{seed}",
        classifier=setting.classifier,
    )
    result = devices.loop.call(execute(job, members, listener))
    trained = time.perf_counter()
    before, after = (vectors_of(embedder, gallery.features) for embedder in (BareEmbedder(), result.trained))
    indexed = time.perf_counter()
    return SeedResult(
        seed=seed,
        before=retrieval_quality(before, gallery.labels),
        after=retrieval_quality(after, gallery.labels),
        seen_unseen=_seen_unseen(before, after, gallery) if split.unseen else None,
        seconds={"extract": extracted - started, "train": trained - extracted, "index": indexed - trained},
        run=result,
        gallery=gallery,
        vectors=(before, after),
        dropped=(*not_placed, *dropped),
    )


def vectors_of(embedder: Embedder, features: Float32) -> Float32:
    """Return the vectors that retrieval compares."""
    return embedder.embed(features)


def _gallery(
    split: Split, setting: Setting, engine: BatchEngine, progress: Progress
) -> tuple[Gallery, tuple[str, ...]]:
    """Return queries and gallery, and which photos are left out of them, with the reason.

    A copy of a labelled photo would be scored by a head that it trained; copies of queries would find each other.
    """
    seen = setting.seen
    seen.extract(setting.backbone, split.rest, engine, progress)
    trained = {seen.digest(path) for path in split.labelled}
    taken: set[str] = set()
    kept: list[int] = []
    dropped: list[str] = []
    for index, path in enumerate(split.rest):
        reason = seen.failed.get(path) or _copy_of(seen.digest(path), trained, taken)
        if reason:
            dropped.append(f"{path}: {reason}")
        else:
            kept.append(index)
    if not kept:
        raise KnownError("No photo is left to search with", f"The first one is left out: {dropped[0]}")
    gallery = Gallery(
        features=np.stack([seen.features[split.rest[index]] for index in kept]),
        labels=split.rest_labels[kept],
        paths=tuple(split.rest[index] for index in kept),
        unseen=split.rest_unseen[kept],
    )
    return gallery, tuple(dropped)


def _copy_of(digest: str, trained: set[str], taken: set[str]) -> str:
    """Say why a photo is no query (empty where it is one), and remember it."""
    if digest in trained:
        return "A copy of a labelled photo"
    if digest in taken:
        return "A copy of another photo"
    taken.add(digest)
    return ""


def _placed_members(
    split: Split, gallery: Gallery, seed: int, setting: Setting, devices: BenchDevices
) -> tuple[list[Member], tuple[str, ...]]:
    """Place each device's photos on it; return what each shall train on, and which photos could not be placed."""
    seen = [label for label in range(len(split.albums)) if label not in split.unseen]
    class_of = {label: index for index, label in enumerate(seen)}
    digests = [setting.seen.digest(path) for path in split.labelled]
    paths = dict(zip(digests, split.labelled, strict=True))
    others: dict[str, Path] = {}
    if setting.config.expectation_rounds:
        others = {setting.seen.digest(path): path for path in gallery.paths}
    unlabelled_parts = deal_to_devices(np.zeros(len(others), np.int64), len(devices.ids), "even", seed)
    labelled_parts = deal_to_devices(split.labelled_labels, len(devices.ids), setting.deal, seed)
    other_list = sorted(others)
    members = []
    taken: set[str] = set()
    for device, name, labelled, unlabelled in zip(
        devices.ids, devices.names, labelled_parts, unlabelled_parts, strict=True
    ):
        share: dict[str, int] = {}
        for index in labelled.tolist():
            # The same bytes under two names train once.
            if digests[index] not in taken:
                taken.add(digests[index])
                share[digests[index]] = class_of[int(split.labelled_labels[index])]
        others_here = tuple(other_list[index] for index in unlabelled.tolist())
        members.append(
            Member(
                device_id=device,
                name=name,
                link=lambda device=device: devices.link(device),  # type: ignore[misc]
                share=Share(labelled=share, unlabelled=others_here),
            )
        )
    all_paths = {**others, **paths}
    failed = devices.loop.call(_place_all(members, all_paths))
    return members, tuple(f"{all_paths[digest]}: {reason}" for digest, reason in failed.items())


async def _place_all(members: Sequence[Member], paths: Mapping[str, Path]) -> dict[str, str]:
    async def place(member: Member) -> dict[str, str]:
        link = member.link()
        if link is None:
            raise KnownError(f"{member.name} is away", "Start again")
        wanted = sorted(member.share.labelled) + sorted(member.share.unlabelled)
        jpeg_of = _placed_jpeg(paths)
        return await place_photos(link, wanted, jpeg_of, lambda _device, _count: None)

    results = await asyncio.gather(*(place(member) for member in members))
    return {digest: reason for failed in results for digest, reason in failed.items()}


def _placed_jpeg(paths: Mapping[str, Path]) -> Callable[[str], bytes]:
    return lambda digest: to_placed_jpeg(paths[digest])


def _seen_unseen(before: Float32, after: Float32, gallery: Gallery) -> tuple[Quality, Quality, Quality, Quality]:
    seen, unseen = ~gallery.unseen, gallery.unseen
    return (
        retrieval_quality(before, gallery.labels, queries=seen),
        retrieval_quality(after, gallery.labels, queries=seen),
        retrieval_quality(before, gallery.labels, queries=unseen),
        retrieval_quality(after, gallery.labels, queries=unseen),
    )
