"""What the window reads from the catalog; it runs beside the window like any operation, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from letspic_desktop.application import Application
from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.fleet.fleet import Fleet
from letspic_desktop.library.albums import Album
from letspic_desktop.library.devices import Device
from letspic_desktop.library.groups import Group, GroupClass
from letspic_desktop.library.heads import HeadEntry
from letspic_desktop.library.importer import ImportFailure, import_failures
from letspic_desktop.library.runs import Run
from letspic_desktop.library.tags import Tag
from letspic_desktop.operations.finetune_needs import Need, needs_of
from letspic_desktop.operations.head_history import HeadStory, head_stories
from letspic_desktop.operations.paused_runs import PausedRun, paused_run
from letspic_desktop.progress import Progress
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.texts import tr
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything that the sidebar lists.

    Attributes
    ----------
    unreadable
        How many files could not be imported.
    copies
        How many photos several files hold, byte for byte.
    classes
        What each group (its id) shares, learned as a category or not.
    """

    photos: int
    favourites: int
    albums: Sequence[Album]
    groups: Sequence[Group]
    devices: Sequence[Device]
    unreadable: int
    recent: int = 0
    trashed: int = 0
    copies: int = 0
    tags: Sequence[Tag] = ()
    classes: Mapping[str, Sequence[GroupClass]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ReadOverview:
    """Read what the sidebar lists."""

    def run(self, app: Application, progress: Progress) -> Overview:
        """Read it."""
        progress.check()
        catalog = app.catalog
        groups, counts = catalog.groups.all(), catalog.counts()
        return Overview(
            photos=counts.photos,
            favourites=counts.favourites,
            albums=catalog.albums.all(),
            groups=groups,
            devices=sorted(catalog.devices.all(), key=lambda device: device.name.casefold()),
            unreadable=counts.unreadable,
            recent=counts.recent,
            trashed=counts.trashed,
            copies=counts.copies,
            tags=catalog.tags.all(),
            classes={
                group.id: [one for one in catalog.groups.classes(group.id, with_all=True) if one.shared]
                for group in groups
            },
        )


@dataclass(frozen=True, kw_only=True)
class GroupStatus:
    """What the fine-tuning panel says about a group while nothing runs."""

    group: Group
    classes: Sequence[GroupClass]
    devices: Sequence[Device]
    missing: Sequence[KnownError]
    heads: Sequence[HeadEntry]
    last_run: Run | None
    needs: Sequence[Need] = ()
    paused: PausedRun | None = None
    stories: Sequence[HeadStory] = ()

    @property
    def story(self) -> HeadStory | None:
        """What is known of the head in use."""
        return next((story for story in self.stories if story.active), None)

    @property
    def active(self) -> HeadEntry | None:
        """The head in use."""
        return next((head for head in self.heads if head.active), None)


@dataclass(frozen=True, kw_only=True)
class ReadGroup:
    """Read what the fine-tuning panel says about a group; None where it is gone."""

    group_id: str

    def run(self, app: Application, progress: Progress) -> GroupStatus | None:
        """Read it."""
        progress.check()
        group = app.catalog.groups.get(self.group_id)
        if group is None or group.left_at is not None:
            return None
        needs = needs_of(app, group)
        return GroupStatus(
            group=group,
            classes=app.catalog.groups.classes(group.id),
            devices=app.catalog.devices.all(group.id),
            missing=[need.error for need in needs],
            heads=app.catalog.heads.history(group.id),
            last_run=next((run for run in app.catalog.runs.results(group.id) if run.result is not None), None),
            needs=needs,
            paused=paused_run(app, group),
            stories=head_stories(app, group),
        )


@dataclass(frozen=True, kw_only=True)
class ReadFailures:
    """Read which files could not be imported."""

    def run(self, app: Application, progress: Progress) -> list[ImportFailure]:
        """Read them."""
        progress.check()
        return import_failures(app.catalog)


@dataclass(frozen=True, kw_only=True)
class ConnectFleet:
    """Begin to connect to the paired devices, and return how they are now."""

    def run(self, app: Application, progress: Progress) -> list[DeviceView]:
        """Connect."""
        progress.check()
        if not app.catalog.devices.all():
            return []
        return app.loop.call(_views(app.fleet))


async def _views(fleet: Fleet) -> list[DeviceView]:
    return fleet.views()


@dataclass(frozen=True, kw_only=True)
class Welcome:
    """What a window that opens on a finished run shows first: a group, and a photo to search with."""

    group_id: str
    query: PhotoRow


@dataclass(frozen=True, kw_only=True)
class ReadWelcome:
    """Look for a group with a head, and for a photo that its run did not learn from; None where there is none.

    Attributes
    ----------
    example
        File of the photo to show instead, where somebody chose one.
    """

    example: Path | None = None

    def run(self, app: Application, progress: Progress) -> Welcome | None:
        """Look."""
        progress.check()
        group = next((one for one in app.catalog.groups.all() if app.catalog.heads.active(one.id)), None)
        if group is None:
            return None
        if self.example is not None:
            return Welcome(group_id=group.id, query=PhotoRow(key=self.example, name=self.example.name))
        learned = app.catalog.groups.labels(group.id)
        photos = app.catalog.photos.all()
        fresh = [photo for photo in photos if photo not in learned] or photos
        if not fresh:
            return None
        query = fresh[len(fresh) // 2]
        path = app.catalog.photos.paths([query]).get(query)
        name = path.name if path is not None else tr("Photo {id}", id=query[:8])
        return Welcome(group_id=group.id, query=PhotoRow(key=query, name=name))
