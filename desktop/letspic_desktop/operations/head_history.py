"""The story of a group's heads: what each run brought, which queries it changed, and taking one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from letspic_desktop.application import Application, LibraryChanged
from letspic_desktop.library.groups import Group
from letspic_desktop.library.heads import HeadEntry
from letspic_desktop.operations.groups import GoBack
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.held_out import FIVE_FOLD
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class HeadStory:
    """One head of the history with what its run told.

    Attributes
    ----------
    queries, basis
        How many photos its figures are from, and how they were kept apart (see `HeldOut`); 0 where not measured.
    devices, photos, seconds
        Who took part, with how many labelled photos, for how long.
    previous
        The head that was in use before; 0 for none.
    discarded
        Whether a person took it back after the run.
    """

    version: int
    created_at: datetime | None
    active: bool
    method: str
    map_before: float | None
    map_after: float | None
    p10_before: float | None
    p10_after: float | None
    queries: int
    basis: str
    devices: tuple[str, ...]
    photos: int
    seconds: float
    previous: int
    discarded: bool
    examples: int


@dataclass(frozen=True, kw_only=True)
class ShownPhoto:
    """A photo of an example: its SHA-256, its file's name, and whether it is of the query's album."""

    photo: str
    name: str
    right: bool = True


@dataclass(frozen=True, kw_only=True)
class ShownExample:
    """A query whose results changed: its album, what stood first before and after, and how much was to be found."""

    query: ShownPhoto
    album: str
    before: tuple[ShownPhoto, ...]
    after: tuple[ShownPhoto, ...]
    findable: int
    precision_before: float
    precision_after: float


@dataclass(frozen=True, kw_only=True)
class RunOutcome:
    """What a run changed: the head's story and the example queries."""

    group: Group
    story: HeadStory
    examples: tuple[ShownExample, ...]


def head_stories(app: Application, group: Group) -> list[HeadStory]:
    """Return the heads of a group with their runs, newest first."""
    runs = {run.id: run for run in app.catalog.runs.results(group.id)}
    stories = []
    for head in app.catalog.heads.history(group.id):
        run = runs.get(head.run_id or "")
        method = run.method if run is not None else ""
        stories.append(_story(head, method, (run.result or {}) if run is not None else {}))
    return stories


def _story(head: HeadEntry, method: str, result: Mapping[str, Any]) -> HeadStory:
    held_out = result.get("held_out") or {}
    return HeadStory(
        version=head.version,
        created_at=head.created_at,
        active=head.active,
        method=method,
        map_before=head.map_before,
        map_after=head.map_after,
        p10_before=head.p10_before,
        p10_after=head.p10_after,
        queries=int(held_out.get("queries", 0)),
        basis=str(held_out.get("basis", FIVE_FOLD)),
        devices=tuple(map(str, result.get("devices", ()))),
        photos=int(result.get("photos", 0)),
        seconds=float(sum((result.get("seconds") or {}).values())),
        previous=int(result.get("previous", 0)),
        discarded=bool(result.get("discarded", False)),
        examples=len(result.get("examples", ())),
    )


@dataclass(frozen=True, kw_only=True)
class ReadRunOutcome:
    """Read what the run behind a head changed; None where the head is not there any more."""

    group_id: str
    version: int

    def run(self, app: Application, progress: Progress) -> RunOutcome | None:
        """Read it."""
        progress.check()
        group = app.catalog.groups.get(self.group_id)
        if group is None:
            return None
        story = next((one for one in head_stories(app, group) if one.version == self.version), None)
        head = next((one for one in app.catalog.heads.history(group.id) if one.version == self.version), None)
        if story is None or head is None:
            return None
        run = app.catalog.runs.get(head.run_id) if head.run_id else None
        examples = (run.result or {}).get("examples", ()) if run is not None else ()
        return RunOutcome(group=group, story=story, examples=_shown(app, group, examples))


def _shown(app: Application, group: Group, examples: Sequence[Mapping[str, Any]]) -> tuple[ShownExample, ...]:
    photos = [photo for one in examples for photo in (one["query"], *one["before"], *one["after"])]
    names = {photo: path.name for photo, path in app.catalog.photos.paths(photos).items()}
    queries = {str(one["query"]) for one in examples}
    albums = {photo: [album.name for album in app.catalog.albums.of_photo(photo)] for photo in queries}
    shared = {one.name for one in app.catalog.groups.classes(group.id, with_all=True)}

    def listed(keys: Sequence[str], right: Sequence[bool]) -> tuple[ShownPhoto, ...]:
        return tuple(
            ShownPhoto(photo=key, name=names.get(key, key[:8]), right=hit) for key, hit in zip(keys, right, strict=True)
        )

    return tuple(
        ShownExample(
            query=ShownPhoto(photo=one["query"], name=names.get(one["query"], one["query"][:8])),
            album=next((name for name in albums[one["query"]] if name in shared), ""),
            before=listed(one["before"], one["right_before"]),
            after=listed(one["after"], one["right_after"]),
            findable=int(one.get("findable", len(one["after"]))),
            precision_before=float(one["precision_before"]),
            precision_after=float(one["precision_after"]),
        )
        for one in examples
    )


@dataclass(frozen=True, kw_only=True)
class DiscardHead:
    """Take a new head back: the one before it is in use again, and the history says so."""

    group: str
    version: int

    def run(self, app: Application, progress: Progress) -> int:
        """Take it back and return the version that is in use now, 0 for none.

        Raises
        ------
        KnownError
            The group has no such head.
        """
        progress.check()
        group = app.catalog.groups.by_name(self.group)
        history = app.catalog.heads.history(group.id)
        head = next((one for one in history if one.version == self.version), None)
        if head is None:
            raise KnownError(f"The group has no head {self.version}", "See the heads of the group")
        run = app.catalog.runs.get(head.run_id) if head.run_id else None
        result = dict(run.result or {}) if run is not None else {}
        earlier = int(result.get("previous", 0))
        if next((one.backbone for one in history if one.version == earlier), None) != group.backbone:
            # It searched with another backbone: its head is of no use here.
            earlier = 0
        if head.active:
            GoBack(group=group.name, version=earlier).run(app, progress)
        if run is not None:
            app.catalog.runs.set_result(run.id, {**result, "discarded": True})
        app.publish(LibraryChanged.of("groups", "devices"))
        active = app.catalog.heads.active(group.id)
        return active.version if active is not None else 0
