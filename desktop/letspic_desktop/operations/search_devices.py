"""Search the own photos of a group's devices: the query and the head go down, ids and scores come up."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np

from letspic_desktop.application import Application
from letspic_desktop.backbones.store import Backbone
from letspic_desktop.fleet.delivery import send_backbone
from letspic_desktop.fleet.link import Answer, Link, RefusedError, Request
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.reaching import contacted
from letspic_desktop.retrieval.embedder import Embedder, HeadEmbedder, PaperEmbedder
from letspic_desktop.retrieval.search import DeviceHit
from letspic_shared import messages, paper_head
from letspic_shared.errors import KnownError
from letspic_shared.features import Float32
from letspic_shared.tensors import Array

ASK_SECONDS: Final = 20.0
# What the protocol allows in one answer.
MAX_FROM_DEVICE: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class DeviceAnswers:
    """What devices found among their own photos.

    Attributes
    ----------
    asked, silent
        Names of the devices that answered, and of those that did not.
    cut
        Names of those that may hold more than they were asked for.
    behind
        Names of those that have not looked at all of their photos yet.
    """

    hits: tuple[DeviceHit, ...] = ()
    asked: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    cut: frozenset[str] = frozenset()
    behind: frozenset[str] = frozenset()


def ask_devices(
    app: Application, group: Group | None, backbone: Backbone, embedder: Embedder, vector: Float32, count: int
) -> DeviceAnswers:
    """Ask every device of a group that has own photos for its ``count`` best ones."""
    names = searched_devices(app, group)
    if not names:
        return DeviceAnswers()
    wanted = max(1, min(count, MAX_FROM_DEVICE))
    header: dict[str, object] = {"backbone": backbone.sha256, "top": wanted}
    request = Request.of(messages.SEARCH, header, _tensors(embedder, vector))
    app.loop.call(contacted(app, set(names)))
    answers = app.loop.call(_gather(app, list(names), request, backbone))
    return DeviceAnswers(
        hits=tuple(
            DeviceHit(device=names[device], photo=photo, score=score)
            for device, answer in answers.items()
            for photo, score in answer.hits
        ),
        asked=frozenset(names[device] for device in answers),
        silent=frozenset(names[device] for device in names.keys() - answers.keys()),
        cut=frozenset(names[device] for device, answer in answers.items() if len(answer.hits) >= wanted),
        behind=frozenset(names[device] for device, answer in answers.items() if answer.missing),
    )


def searched_devices(app: Application, group: Group | None) -> dict[str, str]:
    """Return the devices (id -> name) that a search in a group asks, online or not: those that have own photos."""
    if group is None:
        return {}
    # As it said when its photos were listed, or in its newest status.
    owners = app.catalog.placements.owners()
    return {
        device.id: device.name
        for device in app.catalog.devices.all(group.id)
        if device.id in owners or device.facts.get("own")
    }


def _tensors(embedder: Embedder, vector: Float32) -> dict[str, Array]:
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
    return tensors


@dataclass(frozen=True, kw_only=True)
class _Answer:
    hits: list[tuple[str, float]]
    missing: bool


async def _gather(
    app: Application, devices: Collection[str], request: Request, backbone: Backbone
) -> dict[str, _Answer]:
    async def one(device: str) -> tuple[str, _Answer] | None:
        link = app.fleet.link(device)
        if link is None:
            return None
        try:
            answer = await _answer(link, request, backbone)
            hits = answer.header.get("hits", [])
            if not isinstance(hits, list):
                return None
            found = [(messages.sha256(photo), float(score)) for photo, score in hits]
            return device, _Answer(hits=found, missing=bool(answer.header.get("missing")))
        except (KnownError, TimeoutError, ValueError, TypeError):
            # A device that cannot answer must not spoil the others' results; it is listed as silent.
            return None

    found = await asyncio.gather(*(one(device) for device in devices))
    return dict(item for item in found if item is not None)


async def _answer(link: Link, request: Request, backbone: Backbone) -> Answer:
    try:
        return await link.request(request, ASK_SECONDS)
    except RefusedError:
        # One that never took part in a run may not have the backbone yet.
        await send_backbone(link, backbone.path, backbone.sha256)
        return await link.request(request, ASK_SECONDS)
