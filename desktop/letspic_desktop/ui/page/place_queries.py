"""Reads the photos of a place, as a person wants to see them; it runs beside the window and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from letspic_desktop.application import Application
from letspic_desktop.library.albums import Album
from letspic_desktop.library.groups import Group
from letspic_desktop.library.listing import ListedPhoto
from letspic_desktop.library.photos import RECENT_DAYS, TRASH_DAYS
from letspic_desktop.library.query import PhotoQuery
from letspic_desktop.library.rows import name_key
from letspic_desktop.library.sections import SectionBy
from letspic_desktop.operations.device_pictures import shares_pictures
from letspic_desktop.progress import Progress
from letspic_desktop.ui.grid.headings import heading
from letspic_desktop.ui.grid.layout import GridSection
from letspic_desktop.ui.grid.photo_model import LazyRows, PhotoRow
from letspic_desktop.ui.groups.own_folders import label_hint
from letspic_desktop.ui.page.place_content import PlaceContent, PlaceView
from letspic_desktop.ui.places import ALL_PHOTOS, Place
from letspic_desktop.ui.texts import counted, tr

# As many as the largest screen shows of the smallest photos.
_FIRST = 400


@dataclass(frozen=True, kw_only=True)
class ReadPlace:
    """Read the photos of a place; of all photos where the place is gone.

    A device or a group that has none of the words is no end: there, people look for any photo of theirs.

    Attributes
    ----------
    around
        Photos (SHA-256) that are on the screen: their rows are read at once, those of others when they are looked at.
    """

    place: Place
    view: PlaceView = PlaceView()  # noqa: RUF009 - it is frozen
    around: Sequence[str] = ()

    def run(self, app: Application, progress: Progress) -> PlaceContent:
        """Read it."""
        progress.check()
        # In one go: nothing else that the window reads meanwhile comes in between.
        return app.catalog.database.call(lambda _: self._read(app, progress))

    def _read(self, app: Application, progress: Progress) -> PlaceContent:
        place, view = self.place, self.view
        described = _described(app, place)
        if described is None:
            return ReadPlace(place=ALL_PHOTOS).run(app, progress)
        photos, everywhere = _wanted(app, place, view, described.photos), False
        progress.check()
        if not photos and view.text and place.kind in ("device", "group"):
            photos = app.catalog.find(PlaceView(text=view.text).query(ALL_PHOTOS))
            everywhere = bool(photos)
        photos, sections = _cut(app, photos, place, view)
        progress.check()
        rows = LazyRows(photos, {}, elsewhere=described.elsewhere, where=described.title, device=described.device)
        rows.both = described.both
        rows.learn(read_rows(app, {*photos[:_FIRST], *self.around}, rows))
        return PlaceContent(
            place=place,
            view=view,
            title=described.title,
            about=_about(photos, described, view, everywhere=everywhere),
            rows=rows,
            sections=sections,
            total=len(described.photos),
            everywhere=everywhere,
            movable=place.kind == "album" and not view.narrowed and view.order in (None, "album") and not sections,
            hint=label_hint(app, place),
        )


@dataclass(frozen=True, kw_only=True)
class ReadRows:
    """Read the rows of some photos of a list."""

    photos: Sequence[str]
    rows: LazyRows

    def run(self, app: Application, progress: Progress) -> dict[str, PhotoRow]:
        """Read them."""
        progress.check()
        return read_rows(app, self.photos, self.rows)


@dataclass(frozen=True, kw_only=True)
class _Described:
    """A place, with all its photos.

    Attributes
    ----------
    parts
        What is said about it beside its title.
    elsewhere, device
        Those of its photos that are not in this library, and the device that shares small pictures of them.
    both
        A device's own photos that this library has too.
    """

    title: str
    photos: Sequence[str]
    parts: Sequence[str] = ()
    elsewhere: frozenset[str] = frozenset()
    device: str = ""
    both: frozenset[str] = frozenset()


def read_rows(app: Application, photos: Iterable[str], rows: LazyRows) -> dict[str, PhotoRow]:
    """Return what a list shows of some of its photos."""
    wanted = list(photos)
    found = app.catalog.listed(wanted)
    return {sha256: _row(sha256, found.get(sha256), rows) for sha256 in wanted}


def _row(sha256: str, photo: ListedPhoto | None, rows: LazyRows) -> PhotoRow:
    nameless = tr("Photo {id}", id=sha256[:8])
    if photo is None:
        if sha256 not in rows.elsewhere:
            return PhotoRow(key=sha256, name=nameless)
        return PhotoRow(key=sha256, name=nameless, where=rows.where, device=rows.device)
    return PhotoRow(
        key=sha256,
        name=nameless if photo.path is None else photo.path.name,
        rating=photo.rating,
        favourite=photo.favourite,
        revision=photo.revision,
        file="" if photo.path is None else str(photo.path),
        missing=photo.missing,
        needs=_needs(photo.format),
        tip=tr("Also in your library: this picture is from your own file") if sha256 in rows.both else "",
    )


def _needs(kind: str) -> str:
    """Return the format that cannot be shown on this machine; empty where it can."""
    if kind == "HEIF" and not (_installed("pi_heif") or _installed("pillow_heif")):
        return "HEIC"
    return kind if kind == "RAW" and not _installed("rawpy") else ""


@cache
def _installed(package: str) -> bool:
    return find_spec(package) is not None


def _wanted(app: Application, place: Place, view: PlaceView, all_here: Sequence[str]) -> list[str]:
    """Return the photos of a place that a person wants to see, in the order wanted."""
    if not view.narrowed and view.order is None:
        return list(all_here)
    if place.kind == "duplicates":
        return []
    found = app.catalog.find(view.query(ALL_PHOTOS if _is_joined(app, place) else place))
    if place.kind not in ("recent", "device"):
        return found
    if view.order is None:
        wanted = set(found)
        return [sha256 for sha256 in all_here if sha256 in wanted]
    here = set(all_here)
    return [sha256 for sha256 in found if sha256 in here]


def _cut(app: Application, photos: list[str], place: Place, view: PlaceView) -> tuple[list[str], Sequence[GridSection]]:
    by = view.sections(place)
    if by is None or not photos:
        return photos, ()
    if by == "month" and place == ALL_PHOTOS and not view.narrowed:
        months = app.catalog.months()
        # Unless photos came or went between the two.
        if sum(months.values()) == len(photos):
            return photos, _sections(months if view.order != "oldest" else dict(reversed(months.items())), by)
    cut = app.catalog.sectioned(photos, by)
    return cut.photos, _sections({one.key: one.count for one in cut.sections}, by)


def _sections(counts: Mapping[str, int], by: SectionBy) -> list[GridSection]:
    result, start = [], 0
    for key, count in counts.items():
        result.append(GridSection(title=heading(key, by), start=start, count=count))
        start += count
    return result


def _about(photos: Sequence[str], described: _Described, view: PlaceView, *, everywhere: bool) -> str:
    if view.narrowed:
        count = counted(len(set(photos)), "{n} photo found", "{n} photos found")
        return tr("{count} in the whole library, none here", count=count) if everywhere else count
    return " · ".join([counted(len(described.photos), "{n} photo", "{n} photos"), *described.parts])


def _described(app: Application, place: Place) -> _Described | None:
    """Return what a place is, None where it is gone."""
    catalog = app.catalog
    if place.kind == "all":
        return _Described(title=tr("All photos"), photos=catalog.find(PhotoQuery()))
    if place.kind == "favourites":
        return _Described(title=tr("Favourites"), photos=catalog.find(PhotoQuery(favourites=True)))
    if place.kind == "recent":
        parts = [tr("added in the last {n} days", n=RECENT_DAYS)]
        return _Described(title=tr("Recent"), photos=catalog.photos.recent(), parts=parts)
    if place.kind == "trash":
        parts = [tr("kept for {n} days", n=TRASH_DAYS)]
        return _Described(title=tr("Trash"), photos=catalog.find(PhotoQuery(trashed=True)), parts=parts)
    if place.kind == "duplicates":
        return _Described(title=tr("Duplicates"), photos=[])
    if place.kind == "tag":
        tag = next((one for one in catalog.tags.all() if name_key(one.name) == name_key(place.key)), None)
        return None if tag is None else _Described(title=tag.name, photos=catalog.find(PhotoQuery(tag=tag.name)))
    if place.kind == "album":
        return _album(app, int(place.key))
    return _group(app, place.key) if place.kind == "group" else _device(app, place.key)


def _album(app: Application, album_id: int) -> _Described | None:
    album = app.catalog.albums.get(album_id)
    if album is None:
        return None
    shared = [group.name for group in app.catalog.groups.all() if _shares(app, group, album)]
    return _Described(
        title=album.name,
        photos=app.catalog.albums.photos(album.id),
        parts=[tr("shared with {names}", names=", ".join(shared))] if shared else [],
    )


def _group(app: Application, group_id: str) -> _Described | None:
    catalog = app.catalog
    group = catalog.groups.get(group_id)
    if group is None or group.left_at is not None:
        return None
    if group.role == "member":
        # What this desktop brings into another one's group: all of its library.
        return _Described(title=group.name, photos=catalog.photos.all(), parts=[tr("of this library")])
    albums, devices = len(catalog.groups.classes(group.id, with_all=True)), len(catalog.devices.all(group.id))
    parts = [counted(albums, "{n} album", "{n} albums"), counted(devices, "{n} device", "{n} devices")]
    return _Described(title=group.name, photos=catalog.find(PhotoQuery(group=group.id)), parts=parts)


def _device(app: Application, device_id: str) -> _Described | None:
    """Return a device: first what this library has too, newest first, then what only the device has."""
    catalog = app.catalog
    device = catalog.devices.get(device_id)
    if device is None:
        return None
    held = catalog.placements.held(device.id)
    photos = list(dict.fromkeys(photo.sha256 for photo in held))
    members = set(photos)
    here = [sha256 for sha256 in catalog.find(PhotoQuery(device=device.id)) if sha256 in members]
    rest = members.difference(here)
    own = sum(photo.kind == "own" for photo in held)
    return _Described(
        title=device.name,
        photos=[*here, *(sha256 for sha256 in photos if sha256 in rest)],
        parts=[tr("{own} its own, {placed} placed by this desktop", own=own, placed=len(held) - own)] if held else [],
        elsewhere=frozenset(rest.difference(catalog.listed(rest))),
        device=device.id if shares_pictures(app, device.id) else "",
        both=frozenset(photo.sha256 for photo in held if photo.kind == "own").intersection(here),
    )


def _is_joined(app: Application, place: Place) -> bool:
    group = app.catalog.groups.get(place.key) if place.kind == "group" else None
    return group is not None and group.role == "member"


def _shares(app: Application, group: Group, album: Album) -> bool:
    return any(one.album_id == album.id and one.shared for one in app.catalog.groups.classes(group.id, with_all=True))
