"""Search by example: the photos most like one photo, before and after fine-tuning, wherever they live."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from letspic_desktop.application import Application
from letspic_desktop.backbones.store import Backbone
from letspic_desktop.fleet.link import Link, Request
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.reaching import contacted
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.embedder import BareEmbedder, Embedder, HeadEmbedder, PaperEmbedder, Trained, from_bytes
from letspic_desktop.retrieval.search import DeviceHit, Found, merge
from letspic_shared import messages, paper_head
from letspic_shared.errors import KnownError
from letspic_shared.features import Float32
from letspic_shared.files import sha256_of_file
from letspic_shared.tensors import Array

ASK_SECONDS = 20.0
MAX_FROM_DEVICE = 10_000


@dataclass(frozen=True, kw_only=True)
class SearchReport:
    """One page of results.

    Attributes
    ----------
    before, after
        By the bare feature, and through the group's head (empty where it has none).
    head_version
        Of the head that ``after`` is from; None where the group has none.
    devices_asked, devices_silent
        Devices whose own photos were searched, and those that did not answer or are offline.
    """

    query: str
    before: list[Found]
    after: list[Found]
    head_version: int | None
    seconds: float
    devices_asked: tuple[str, ...] = ()
    devices_silent: tuple[str, ...] = ()

    @property
    def best(self) -> list[Found]:
        """The results to show first."""
        return self.after if self.head_version is not None else self.before


@dataclass(frozen=True, kw_only=True)
class SearchPhotos:
    """Find photos like ``query``: the SHA-256 of a library photo, or any photo file."""

    query: str | Path
    group: str | None = None
    top: int = 20
    offset: int = 0

    def run(self, app: Application, progress: Progress) -> SearchReport:
        """Search the library and the own photos of the group's devices."""
        group = app.catalog.groups.by_name(self.group) if self.group is not None else _only_group(app)
        backbone = app.backbone_of(group)
        photo, feature = self._feature(app, backbone, progress)
        started = time.perf_counter()
        trained, version = active_head(app, group, backbone)
        asked: set[str] = set()
        silent: set[str] = set()
        pages: list[list[Found]] = []
        for embedder in (BareEmbedder(), trained):
            if embedder is None:
                pages.append([])
                continue
            head = "" if isinstance(embedder, BareEmbedder) or group is None else f"{group.id}:{version}"
            store = app.index.store(backbone, head, embedder, progress)
            vector = embedder.embed(feature[None])[0]
            count = self.top + self.offset
            space = store.space
            hits = store.search(space, vector, count, exclude={photo}) if space is not None and len(store) else []
            device_hits, answered, missed = _ask_devices(app, group, backbone, embedder, vector, count)
            asked |= answered
            silent |= missed
            found = merge(hits, [hit for hit in device_hits if hit.photo != photo], top=self.top, offset=self.offset)
            pages.append(found)
        return SearchReport(
            query=photo,
            before=pages[0],
            after=pages[1],
            head_version=version,
            seconds=time.perf_counter() - started,
            devices_asked=tuple(sorted(asked)),
            devices_silent=tuple(sorted(silent)),
        )

    def _feature(self, app: Application, backbone: Backbone, progress: Progress) -> tuple[str, Float32]:
        if isinstance(self.query, Path):
            if not self.query.is_file():
                raise KnownError(f"There is no file {self.query}", "Name a photo file, or its SHA-256 in the library")
            photo = photo_digest(self.query)
            if app.catalog.photos.get(photo) is None:
                return photo, app.index.feature_of_file(backbone, self.query)
        else:
            photo = self.query
        features, present = app.index.features(backbone, [photo], progress)
        if not present:
            if app.catalog.photos.get(photo) is None:
                raise KnownError("The library does not hold this photo", "Name a photo file instead")
            raise KnownError("The file of this photo is not where it was", "Import it again from its new place")
        row: Float32 = features[0]
        return photo, row


def photo_digest(path: Path) -> str:
    """Return the SHA-256 of a photo file.

    Raises
    ------
    KnownError
        It cannot be read.
    """
    try:
        return sha256_of_file(path)
    except OSError as error:
        raise KnownError(f"{path} cannot be read ({error.strerror or error})", "Choose another file") from error


def active_head(app: Application, group: Group | None, backbone: Backbone) -> tuple[Trained | None, int | None]:
    """Return the head that a group searches with and its version; None where it has none for this backbone."""
    entry = app.catalog.heads.active(group.id) if group is not None else None
    if entry is None or group is None or entry.backbone != backbone.sha256:
        return None, None
    return from_bytes(app.catalog.heads.blob(group.id, entry.version)), entry.version


def _only_group(app: Application) -> Group | None:
    groups = app.catalog.groups.all()
    return groups[0] if len(groups) == 1 else None


def _ask_devices(
    app: Application, group: Group | None, backbone: Backbone, embedder: Embedder, vector: Float32, count: int
) -> tuple[list[DeviceHit], set[str], set[str]]:
    """Search the own photos of the group's devices: the query and the head go down, ids and scores come up."""
    if group is None:
        return [], set(), set()
    names = {
        device.id: device.name
        for device in app.catalog.devices.all(group.id)
        if any(photo.kind == "own" for photo in app.catalog.placements.held(device.id))
    }
    tensors: dict[str, Array] = {"query": np.asarray(vector, np.float32)}
    if isinstance(embedder, HeadEmbedder):
        head = embedder.head
        tensors |= {
            "weights": head.weights.astype(np.float32),
            "bias": head.bias.astype(np.float32),
            "mean": head.mean.astype(np.float32),
        }
    elif isinstance(embedder, PaperEmbedder):
        weights, offset = paper_head.projection(embedder.parameters)
        tensors |= {"projection": weights.astype(np.float32), "offset": offset.astype(np.float32)}
    if not names:
        return [], set(), set()
    header: dict[str, object] = {"backbone": backbone.sha256, "top": max(1, min(count, MAX_FROM_DEVICE))}
    request = Request.of(messages.SEARCH, header, tensors)
    app.loop.call(contacted(app, set(names)))
    answers = app.loop.call(_gather(app, list(names), request))
    hits = [
        DeviceHit(device=names[device], photo=photo, score=score)
        for device, found in answers.items()
        for photo, score in found
    ]
    answered = {names[device] for device in answers}
    return hits, answered, set(names.values()) - answered


async def _gather(app: Application, devices: list[str], request: Request) -> dict[str, list[tuple[str, float]]]:
    async def one(device: str) -> tuple[str, list[tuple[str, float]]] | None:
        link: Link | None = app.fleet.link(device)
        if link is None:
            return None
        try:
            answer = await link.request(request, ASK_SECONDS)
            hits = answer.header.get("hits", [])
            if not isinstance(hits, list):
                return None
            return device, [(messages.sha256(photo), float(score)) for photo, score in hits]
        except (KnownError, TimeoutError, ValueError, TypeError):
            # A device that cannot answer must not spoil the others' results; it is listed as silent.
            return None

    found = await asyncio.gather(*(one(device) for device in devices))
    return dict(item for item in found if item is not None)
