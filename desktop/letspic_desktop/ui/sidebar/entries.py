"""What the sidebar lists: headings with what is below them, made from an overview of the library and its devices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.library.albums import Album
from letspic_desktop.library.rows import name_key
from letspic_desktop.library.tag_paths import SEPARATOR, is_below
from letspic_desktop.library.tags import Tag
from letspic_desktop.ui.places import ALL_PHOTOS, DUPLICATES, FAVOURITES, RECENT, TRASH, Place
from letspic_desktop.ui.queries import Overview
from letspic_desktop.ui.texts import counted, number, said, tr

Dot = Literal["", "on", "busy", "off"]
Action = Literal["", "new-album", "new-tag", "new-group", "failures"]
Part = Literal["", "library", "albums", "tags", "groups", "devices"]
Fold = Literal["", "open", "closed"]
Mark = Literal["", "shared", "category"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A heading, a place to go to, or something to do.

    Attributes
    ----------
    part
        Which heading it is; empty for all else.
    fold
        Whether what is below it is shown; empty where nothing can be below it.
    adds
        What a press on the plus of a heading does.
    depth
        How many tags are above a tag.
    mark
        Whether an album is shared with a group, or learned by one.
    """

    text: str
    icon: str = ""
    count: str = ""
    dot: Dot = ""
    place: Place | None = None
    action: Action = ""
    spoken: str = ""
    part: Part = ""
    fold: Fold = ""
    adds: Action = ""
    depth: int = 0
    mark: Mark = ""

    @property
    def heading(self) -> bool:
        """Whether it only names what follows."""
        return bool(self.part)

    @property
    def key(self) -> str:
        """What it is known by, whatever its text and figures."""
        if self.place is not None:
            return f"{self.place.kind}:{self.place.key}"
        return f"part:{self.part}" if self.part else f"action:{self.action}"


def state_text(view: DeviceView) -> str:
    """Return what a device does, in words."""
    words = {
        "idle": tr("ready"),
        "receiving": tr("receiving photos"),
        "extracting": tr("looking at photos"),
        "training": tr("training"),
        "searching": tr("searching"),
        "measuring": tr("measuring its speed"),
        "pairing": tr("pairing"),
    }
    if not view.online:
        return tr("offline")
    text = words.get(view.state, view.state)
    return f"{text} ({view.done}/{view.total})" if view.total else text


def full_state(view: DeviceView) -> str:
    """Return what a device does and, where it is away, why."""
    if not view.online and view.reason:
        return tr("offline: {why}", why=said(view.reason))
    return state_text(view)


def dot_of(view: DeviceView) -> Dot:
    """Return the colour of a device's dot."""
    if not view.online:
        return "off"
    return "on" if view.state in ("idle", "pairing") else "busy"


def entries(
    overview: Overview,
    views: Mapping[str, DeviceView],
    folded: Set[str] = frozenset(),
    lookalikes: int | None = None,
) -> list[Entry]:
    """Return all entries in their order.

    Parameters
    ----------
    folded
        Keys of the entries that hide what is below them.
    lookalikes
        How many groups of photos that look alike wait for a decision; None where nobody looked for them yet.
    """
    found = _section(tr("Library"), "library", folded, _library(overview, lookalikes))
    if overview.photos or overview.albums:
        found += _section(tr("Albums"), "albums", folded, _albums(overview), adds="new-album")
    if overview.tags:
        found += _section(tr("Tags"), "tags", folded, _tags(overview.tags, folded), adds="new-tag")
    if overview.photos or overview.groups:
        found += _section(tr("Groups"), "groups", folded, _groups(overview), adds="new-group")
    if overview.devices:
        devices = (_device(device.id, device.name, views, device.facts.get("role")) for device in overview.devices)
        found += _section(tr("Devices"), "devices", folded, devices)
    return found


def _section(text: str, part: Part, folded: Set[str], below: Iterator[Entry], adds: Action = "") -> list[Entry]:
    shown = list(below)
    closed = f"part:{part}" in folded
    places = sum(entry.place is not None for entry in shown)
    spoken = tr("{name}, {n} entries, folded", name=text, n=places) if closed else text
    heading = Entry(text=text, part=part, fold="closed" if closed else "open", adds=adds, spoken=spoken)
    return [heading] if closed else [heading, *shown]


def _library(overview: Overview, lookalikes: int | None) -> Iterator[Entry]:
    yield _place(tr("All photos"), "photos", overview.photos, ALL_PHOTOS)
    if overview.photos:
        yield _place(tr("Recent"), "clock", overview.recent, RECENT)
        yield _place(tr("Favourites"), "heart", overview.favourites, FAVOURITES)
        known = (lookalikes or 0) + overview.copies
        text = tr("Duplicates")
        spoken = counted(known, "Duplicates, {n} group", "Duplicates, {n} groups") if known else text
        count = number(known) if known else ""
        yield Entry(text=text, icon="copies", count=count, place=DUPLICATES, spoken=spoken)
    if overview.trashed:
        yield _place(tr("Trash"), "trash", overview.trashed, TRASH)
    if overview.unreadable:
        text = tr("Not readable")
        spoken = counted(overview.unreadable, "{n} file could not be read", "{n} files could not be read")
        yield Entry(text=text, icon="warning", count=number(overview.unreadable), action="failures", spoken=spoken)


def _albums(overview: Overview) -> Iterator[Entry]:
    shared = {one.album_id for classes in overview.classes.values() for one in classes}
    learned = {one.album_id for classes in overview.classes.values() for one in classes if one.use_as_category}
    for album in overview.albums:
        yield _album(album, "category" if album.id in learned else "shared" if album.id in shared else "")
    if not overview.albums:
        text = tr("New album")
        yield Entry(text=text, icon="plus", action="new-album", spoken=text)


def _album(album: Album, mark: Mark) -> Entry:
    spoken = _with_photos(album.name, album.photos)
    if mark == "category":
        spoken = tr("{album}, a category that a group learns", album=spoken)
    elif mark == "shared":
        spoken = tr("{album}, shared with a group", album=spoken)
    return Entry(
        text=album.name,
        icon="album",
        count=number(album.photos),
        place=Place(kind="album", key=str(album.id)),
        spoken=spoken,
        mark=mark,
    )


def _tags(tags: Sequence[Tag], folded: Set[str]) -> Iterator[Entry]:
    """Yield the tags as a tree: each after the one it is below of, without those below a folded one."""
    hidden: str | None = None
    for tag, following in zip_longest(tags, tags[1:]):
        if hidden is not None and is_below(name_key(tag.name), hidden):
            continue
        parts = tag.name.split(SEPARATOR)
        place = Place(kind="tag", key=tag.name)
        fold: Fold = ""
        hidden = None
        if following is not None and is_below(name_key(following.name), name_key(tag.name)):
            closed = f"tag:{tag.name}" in folded
            fold, hidden = ("closed", name_key(tag.name)) if closed else ("open", None)
        yield Entry(
            text=parts[-1],
            icon="tag",
            count=number(tag.total),
            place=place,
            spoken=_with_photos(tag.name, tag.total),
            fold=fold,
            depth=len(parts) - 1,
        )


def _groups(overview: Overview) -> Iterator[Entry]:
    for group in overview.groups:
        members = sum(device.group_id == group.id for device in overview.devices)
        yield Entry(
            text=group.name,
            icon="group",
            count=number(members) if members else "",
            place=Place(kind="group", key=group.id),
            spoken=tr("{name}, {count}", name=group.name, count=counted(members, "{n} device", "{n} devices")),
        )
    if not overview.groups:
        text = tr("New group")
        yield Entry(text=text, icon="plus", action="new-group", spoken=text)


def _place(text: str, icon: str, count: int, place: Place) -> Entry:
    return Entry(text=text, icon=icon, count=number(count), place=place, spoken=_with_photos(text, count))


def _with_photos(name: str, count: int) -> str:
    return tr("{name}, {count}", name=name, count=counted(count, "{n} photo", "{n} photos"))


def _device(device_id: str, name: str, views: Mapping[str, DeviceView], role: object) -> Entry:
    view = views.get(device_id) or DeviceView(device_id=device_id, name=name)
    return Entry(
        text=name,
        icon="desktop" if role == "member" else "device",
        dot=dot_of(view),
        place=Place(kind="device", key=device_id),
        spoken=tr("{name}, {state}", name=name, state=full_state(view)),
    )
