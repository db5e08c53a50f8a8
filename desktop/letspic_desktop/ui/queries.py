"""What the window reads from the catalog; it runs beside the window like any operation, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from letspic_desktop.application import Application
from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.fleet.fleet import Fleet
from letspic_desktop.library.albums import Album
from letspic_desktop.library.devices import Device
from letspic_desktop.library.groups import Group, GroupClass
from letspic_desktop.library.heads import HeadEntry
from letspic_desktop.library.importer import ImportFailure, import_failures
from letspic_desktop.library.query import PhotoQuery
from letspic_desktop.library.runs import Run
from letspic_desktop.operations.finetune import missing_for_finetuning
from letspic_desktop.operations.search import SearchPhotos, SearchReport
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.search import Found
from letspic_desktop.ui.own_folders import LabelHint, label_hint
from letspic_desktop.ui.photo_model import PhotoRow
from letspic_desktop.ui.places import ALL_PHOTOS, Place
from letspic_desktop.ui.texts import counted, tr
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything that the sidebar lists."""

    photos: int
    favourites: int
    albums: Sequence[Album]
    groups: Sequence[Group]
    devices: Sequence[Device]
    unreadable: int


@dataclass(frozen=True, kw_only=True)
class ReadOverview:
    """Read what the sidebar lists."""

    def run(self, app: Application, progress: Progress) -> Overview:
        """Read it."""
        progress.check()
        catalog = app.catalog
        return Overview(
            photos=catalog.photos.count(),
            favourites=len(catalog.photos.all(favourites_only=True)),
            albums=catalog.albums.all(),
            groups=catalog.groups.all(),
            devices=sorted(catalog.devices.all(), key=lambda device: device.name.casefold()),
            unreadable=len(import_failures(catalog)),
        )


@dataclass(frozen=True, kw_only=True)
class PlaceContent:
    """The photos of a place, with its title and what is to be said about it."""

    place: Place
    title: str
    about: str
    rows: Sequence[PhotoRow]
    hint: LabelHint | None = None


@dataclass(frozen=True, kw_only=True)
class ReadPlace:
    """Read the photos of a place; of all photos where the place is gone."""

    place: Place

    def run(self, app: Application, progress: Progress) -> PlaceContent:
        """Read it."""
        progress.check()
        title, parts, photos = _described(app, self.place)
        if title is None:
            return ReadPlace(place=ALL_PHOTOS).run(app, progress)
        rows = _rows(app, photos)
        if self.place.kind == "device":
            known = {photo.sha256 for photo in app.catalog.photos.many(photos)}
            rows = [row if row.key in known else replace(row, where=title) for row in rows]
        about = " · ".join([counted(len(rows), "{n} photo", "{n} photos"), *parts])
        return PlaceContent(place=self.place, title=title, about=about, rows=rows, hint=label_hint(app, self.place))


def _described(app: Application, place: Place) -> tuple[str | None, list[str], Sequence[str]]:
    """Return a place's title (None where it is gone), what more is said about it, and its photos."""
    catalog = app.catalog
    if place.kind == "all":
        return tr("All photos"), [], catalog.photos.all()
    if place.kind == "favourites":
        return tr("Favourites"), [], catalog.photos.all(favourites_only=True)
    if place.kind == "album":
        album = catalog.albums.get(int(place.key))
        if album is None:
            return None, [], []
        shared = [group.name for group in catalog.groups.all() if _shares(app, group, album)]
        return (
            album.name,
            [tr("shared with {names}", names=", ".join(shared))] if shared else [],
            catalog.albums.photos(album.id),
        )
    if place.kind == "group":
        group = catalog.groups.get(place.key)
        if group is None or group.left_at is not None:
            return None, [], []
        albums, devices = len(catalog.groups.classes(group.id, with_all=True)), len(catalog.devices.all(group.id))
        parts = [counted(albums, "{n} album", "{n} albums"), counted(devices, "{n} device", "{n} devices")]
        return group.name, parts, catalog.groups.photos(group.id)
    device = catalog.devices.get(place.key)
    if device is None:
        return None, [], []
    held = catalog.placements.held(device.id)
    own = sum(photo.kind == "own" for photo in held)
    parts = [tr("{own} its own, {placed} placed by this desktop", own=own, placed=len(held) - own)] if held else []
    return device.name, parts, [photo.sha256 for photo in held]


def _shares(app: Application, group: Group, album: Album) -> bool:
    return any(one.album_id == album.id and one.shared for one in app.catalog.groups.classes(group.id, with_all=True))


def _rows(app: Application, photos: Sequence[str]) -> list[PhotoRow]:
    names = {sha256: path.name for sha256, path in app.catalog.photos.paths(photos).items()}
    return [PhotoRow(key=photo, name=names.get(photo) or tr("Photo {id}", id=photo[:8])) for photo in photos]


@dataclass(frozen=True, kw_only=True)
class WordsFound:
    """Photos that have some words in the name of a file, a tag or an album.

    Attributes
    ----------
    everywhere
        Whether the whole library was searched because the place had none of them.
    """

    place: Place
    text: str
    rows: Sequence[PhotoRow]
    everywhere: bool = False


@dataclass(frozen=True, kw_only=True)
class FindByWords:
    """Look for words in the names of the files, tags and albums of a place's photos.

    A device or a group that has nothing is no end: there, people look for any photo of theirs.
    """

    place: Place
    text: str

    def run(self, app: Application, progress: Progress) -> WordsFound:
        """Look."""
        progress.check()
        found = app.catalog.find(self._query())
        everywhere = not found and self.place.kind in ("device", "group")
        if everywhere:
            found = app.catalog.find(PhotoQuery(text=self.text))
        return WordsFound(place=self.place, text=self.text, rows=_rows(app, found), everywhere=everywhere)

    def _query(self) -> PhotoQuery:
        kind, key = self.place.kind, self.place.key
        return PhotoQuery(
            text=self.text,
            album=int(key) if kind == "album" else None,
            group=key if kind == "group" else None,
            device=key if kind == "device" else None,
            favourites=kind == "favourites",
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
        return GroupStatus(
            group=group,
            classes=app.catalog.groups.classes(group.id),
            devices=app.catalog.devices.all(group.id),
            missing=missing_for_finetuning(app, group),
            heads=app.catalog.heads.history(group.id),
            last_run=next((run for run in app.catalog.runs.all(group.id) if run.result is not None), None),
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
class ShownSearch:
    """Results of a search with what the window needs to show them."""

    report: SearchReport
    before: Sequence[PhotoRow]
    after: Sequence[PhotoRow]


@dataclass(frozen=True, kw_only=True)
class SearchToShow:
    """Search, and look up the names of what was found and whether it is from the query's own album."""

    search: SearchPhotos

    def run(self, app: Application, progress: Progress) -> ShownSearch:
        """Search."""
        report = self.search.run(app, progress)
        photos = [found.photo for found in (*report.before, *report.after)]
        names = {sha256: path.name for sha256, path in app.catalog.photos.paths(photos).items()}
        kin = {
            photo
            for album in app.catalog.albums.of_photo(report.query)
            for photo in app.catalog.albums.photos(album.id)
        }

        def rows(found_list: Sequence[Found]) -> list[PhotoRow]:
            return [
                PhotoRow(
                    key=found.photo,
                    name=names.get(found.photo) or tr("Photo {id}", id=found.photo[:8]),
                    badge=f"{found.score:.2f}",
                    good=found.photo in kin,
                    where="" if found.on_desktop else tr("on {devices}", devices=", ".join(found.devices)),
                )
                for found in found_list
            ]

        return ShownSearch(report=report, before=rows(report.before), after=rows(report.after))


@dataclass(frozen=True, kw_only=True)
class Welcome:
    """What a window that opens on a finished run shows first: a group, and a photo to search with."""

    group_id: str
    query: PhotoRow


@dataclass(frozen=True, kw_only=True)
class ReadWelcome:
    """Look for a group with a head, and for a photo that its run did not learn from; None where there is none."""

    def run(self, app: Application, progress: Progress) -> Welcome | None:
        """Look."""
        progress.check()
        group = next((one for one in app.catalog.groups.all() if app.catalog.heads.active(one.id)), None)
        if group is None:
            return None
        learned = app.catalog.groups.labels(group.id)
        photos = app.catalog.photos.all()
        fresh = [photo for photo in photos if photo not in learned] or photos
        if not fresh:
            return None
        query = fresh[len(fresh) // 2]
        path = app.catalog.photos.paths([query]).get(query)
        name = path.name if path is not None else tr("Photo {id}", id=query[:8])
        return Welcome(group_id=group.id, query=PhotoRow(key=query, name=name))
