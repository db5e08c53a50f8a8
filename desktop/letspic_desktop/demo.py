"""The whole job on this machine: import, real device processes paired by code, distribute, fine-tune, search better.

Everything goes through the operations that the window and the other commands use.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from letspic_desktop.application import Application
from letspic_desktop.fleet.bench_devices import device_names
from letspic_desktop.fleet.local_devices import LocalDevices
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.library.importer import ImportReport
from letspic_desktop.operations.devices import Distribute, PairDevice
from letspic_desktop.operations.finetune import FinetuneReport, StartFinetuning
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.organise import CreateAlbum
from letspic_desktop.operations.search import active_head
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.contact_sheet import SheetFigure, SheetRow, contact_sheet
from letspic_desktop.retrieval.embedder import BareEmbedder
from letspic_desktop.retrieval.examples import Choice, Example, example_queries
from letspic_desktop.retrieval.metrics import quality_per_query, ranking
from letspic_desktop.retrieval.splits import FoundClasses, Split, find_classes, split_by_seed
from letspic_shared.errors import KnownError
from letspic_shared.features import Float32
from letspic_shared.files import sha256_of_file

GROUP = "Demo group"
_FEWER = (10, 5, 3, 2)
_SHEET_ROWS = 5
_SHEET_COLUMNS = 6
_SAMPLES_PER_ALBUM = 60
_PAIRED_AT_ONCE = 4


@dataclass(kw_only=True)
class DemoResult:
    """What the demo measured.

    Attributes
    ----------
    seconds
        By phase, in order.
    pids
        Process id of each device.
    typical
        The query that gained as much as most do: half of them gained more, half less.
    """

    albums: int
    labelled: int
    queries: int
    labelled_per_album: int
    imported: ImportReport
    finetuned: FinetuneReport
    p10_before: float
    p10_after: float
    map_before: float
    map_after: float
    seconds: dict[str, float]
    pids: dict[str, int]
    left_out: list[str] = field(default_factory=list)
    sheet: Path | None = None
    typical: Path | None = None


@dataclass(frozen=True, kw_only=True)
class DemoOptions:
    """What the demo is asked to do."""

    photos: Path
    devices: int = 5
    seed: int = 0
    config: RunConfig = field(default_factory=lambda: RunConfig(method="standard"))
    sheet: Path | None = None


@contextmanager
def running_demo(app: Application, options: DemoOptions, progress: Progress) -> Iterator[DemoResult]:
    """Run the job; the device processes live as long as the context, so that a window can go on with them."""
    if options.devices < 1:
        raise KnownError("The demo needs at least one device", "Give --devices 1 or more")
    if app.catalog.groups.all() or app.catalog.albums.all():
        raise KnownError(f"{app.home.root} already holds albums or a demo", "Choose another folder with --home")
    # As the import names the files that it could not read.
    photos = Path(os.path.abspath(options.photos.expanduser()))  # noqa: PTH100
    names = device_names(options.devices)
    clock = _Clock()
    with LocalDevices(app.home.root / "demo-devices", names) as devices:
        # The processes start while the photos are imported, as devices around a house would long be up.
        with clock("import"):
            imported = ImportPhotos(sources=(photos,)).run(app, progress)
        with clock("backbone"):
            backbone = app.backbone_of(None)
        without = frozenset(failure.path for failure in imported.failed)
        classes, labelled_per_album = _usable_classes(photos, without)
        split = split_by_seed(classes.classes, labelled_per_album=labelled_per_album, seed=options.seed)
        with clock("features"):
            gallery = _Gallery.of(app, split, progress)
        with clock("pair"):
            _make_group(app, split, progress)
            _pair_all(app, devices, names, progress)
        with clock("distribute"):
            Distribute(group=GROUP).run(app, progress)
        with clock("fine-tune"):
            finetuned = StartFinetuning(group=GROUP, config=options.config).run(app, progress)
        with clock("search"):
            trained, _ = active_head(app, app.catalog.groups.by_name(GROUP), backbone)
            if trained is None:
                raise KnownError("The fine-tuned head was not stored", "Start again")
            before, after = BareEmbedder().embed(gallery.features), trained.embed(gallery.features)
            scored = [quality_per_query(vectors, gallery.labels) for vectors in (before, after)]
        qualities = [one.quality() for one in scored]
        result = DemoResult(
            albums=len(split.albums),
            labelled=len(split.labelled),
            queries=qualities[0].queries,
            labelled_per_album=labelled_per_album,
            imported=imported,
            finetuned=finetuned,
            p10_before=qualities[0].p10,
            p10_after=qualities[1].p10,
            map_before=qualities[0].map,
            map_after=qualities[1].map,
            seconds=clock.seconds,
            pids=devices.pids,
            left_out=[f"{one.name} ({one.reason})" for one in classes.left_out],
        )
        if options.sheet is not None:
            with clock("contact sheet"):
                precision = (scored[0].average_precision, scored[1].average_precision)
                labels = gallery.labels[scored[0].rows]
                examples = example_queries(*precision, labels, _SHEET_ROWS, options.seed)
                rows = _sheet_rows(gallery, (before, after), scored[0].rows, examples, split)
                _draw_sheet(rows, result, options.sheet)
            result.sheet = options.sheet
            typical = (row for row, one in zip(rows, examples, strict=True) if one.choice is Choice.TYPICAL)
            result.typical = next((row.query_path for row in typical), None)
        yield result


def render_demo_samples(folder: Path, seed: int) -> Path:
    """Draw the project's own sample photos where the person named none."""
    from letspic_desktop.retrieval.samples import render_samples

    target = folder / "samples"
    if not target.exists():
        partial = folder / "samples.partial"
        render_samples(partial, per_album=_SAMPLES_PER_ALBUM, seed=seed)
        partial.rename(target)
    return target


@dataclass(frozen=True, kw_only=True)
class _Gallery:
    features: Float32
    labels: np.ndarray[tuple[int], np.dtype[np.int64]]
    paths: list[Path]

    @staticmethod
    def of(app: Application, split: Split, progress: Progress) -> _Gallery:
        """Features of every library photo are made here, so that fine-tuning only has to embed them."""
        digests = [sha256_of_file(path) for path in split.rest]
        first = {digest: index for index, digest in reversed(list(enumerate(digests)))}
        known = {sha256_of_file(path) for path in split.labelled}
        features, present = app.index.features(app.backbone_of(None), app.catalog.photos.all(), progress)
        row_of = {photo: row for row, photo in enumerate(present)}
        # A copy of a labelled photo would be scored by a head that it trained; copies of queries would find each other.
        kept = [
            index
            for index, digest in enumerate(digests)
            if digest in row_of and digest not in known and first[digest] == index
        ]
        if not kept:
            raise KnownError("All photos of the albums are copies of one another", "Add different photos to the albums")
        return _Gallery(
            features=features[[row_of[digests[index]] for index in kept]],
            labels=split.rest_labels[kept],
            paths=[split.rest[index] for index in kept],
        )


def _usable_classes(folder: Path, without: frozenset[Path]) -> tuple[FoundClasses, int]:
    """Return the class folders with as many labelled photos per album as they allow (10 where they do)."""
    error: KnownError | None = None
    for labelled in _FEWER:
        try:
            found = find_classes(folder, labelled_per_album=labelled, without=without)
        except KnownError as problem:
            error = error or problem
            continue
        if len(found.classes) >= 2:
            return found, labelled
    raise error or KnownError(
        f"{folder} holds fewer than two sub-folders with 4 photos each", "Sort your photos into one sub-folder an album"
    )


def _make_group(app: Application, split: Split, progress: Progress) -> None:
    """Make one album of labelled photos a class, and a group that shares them."""
    albums: dict[str, list[str]] = {name: [] for name in split.albums}
    for path, label in zip(split.labelled, split.labelled_labels.tolist(), strict=True):
        albums[split.albums[label]].append(sha256_of_file(path))
    for name, photos in albums.items():
        CreateAlbum(name=name, photos=tuple(photos)).run(app, progress)
    CreateGroup(name=GROUP, albums=tuple(albums)).run(app, progress)


def _pair_all(app: Application, devices: LocalDevices, names: list[str], progress: Progress) -> None:
    """Pair every device by the code that it shows, some at a time: each waits for its device most of the time."""

    def pair_one(name: str) -> None:
        offer = devices.offer(name)
        PairDevice(group=GROUP, host=offer.host, port=offer.port, code=offer.code, name=name).run(app, progress)

    with ThreadPoolExecutor(_PAIRED_AT_ONCE) as pool:
        list(pool.map(pair_one, names))


def _sheet_rows(
    gallery: _Gallery,
    vectors: tuple[Float32, Float32],
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    examples: Sequence[Example],
    split: Split,
) -> list[SheetRow]:
    def named(row: int) -> tuple[Path, str]:
        return gallery.paths[row], split.albums[int(gallery.labels[row])]

    sheet = []
    for example in examples:
        query = int(rows[example.row])
        before, after = (
            [named(int(hit)) for hit in ranking(each, np.array([query]))[0][:_SHEET_COLUMNS]] for each in vectors
        )
        path, label = named(query)
        sheet.append(SheetRow(query_path=path, query_label=label, before=before, after=after, caption=example.caption))
    return sheet


def _draw_sheet(rows: list[SheetRow], result: DemoResult, out: Path) -> None:
    contact_sheet(
        rows,
        out,
        title="The same photos, before and after fine-tuning",
        subtitle=(
            f"{result.labelled} labelled photos of {result.albums} albums on {len(result.pids)} devices; "
            f"{result.queries} other photos searched"
        ),
        figures=[
            SheetFigure(name="mAP", before=result.map_before, after=result.map_after),
            SheetFigure(name="P@10", before=result.p10_before, after=result.p10_after),
        ],
    )


class _Clock:
    """Seconds by phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] = self.seconds.get(phase, 0.0) + time.perf_counter() - started
