"""The entries of the sidebar, made from an overview of the library and the views of the devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.ui.photo_model import Index
from letspic_desktop.ui.places import ALL_PHOTOS, FAVOURITES, Place
from letspic_desktop.ui.queries import Overview
from letspic_desktop.ui.texts import number, tr

Dot = Literal["", "on", "busy", "off"]
Action = Literal["", "new-group", "failures"]
_ROOT = QModelIndex()


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A heading (neither place nor action), a place to go to, or something to do."""

    text: str
    icon: str = ""
    count: str = ""
    dot: Dot = ""
    place: Place | None = None
    action: Action = ""
    spoken: str = ""

    @property
    def heading(self) -> bool:
        """Whether it only names what follows."""
        return self.place is None and not self.action


class SidebarRole(IntEnum):
    """Roles beside Qt's own."""

    ENTRY = Qt.ItemDataRole.UserRole + 1


def state_text(view: DeviceView) -> str:
    """Return what a device does, in words."""
    words = {
        "idle": tr("ready"),
        "receiving": tr("receiving photos"),
        "extracting": tr("looking at photos"),
        "training": tr("training"),
        "searching": tr("searching"),
        "pairing": tr("pairing"),
    }
    if not view.online:
        return tr("offline")
    text = words.get(view.state, view.state)
    return f"{text} ({view.done}/{view.total})" if view.total else text


def full_state(view: DeviceView) -> str:
    """Return what a device does and, where it is away, why."""
    if not view.online and view.reason:
        return tr("offline: {why}", why=view.reason)
    return state_text(view)


def dot_of(view: DeviceView) -> Dot:
    """Return the colour of a device's dot."""
    if not view.online:
        return "off"
    return "on" if view.state in ("idle", "pairing") else "busy"


def entries(overview: Overview, views: Mapping[str, DeviceView]) -> list[Entry]:
    """Return all entries in their order."""
    found = [Entry(text=tr("Library")), _place(tr("All photos"), "photos", overview.photos, ALL_PHOTOS)]
    if overview.favourites:
        found.append(_place(tr("Favourites"), "star", overview.favourites, FAVOURITES))
    if overview.unreadable:
        text = tr("Not readable")
        found.append(
            Entry(text=text, icon="warning", count=number(overview.unreadable), action="failures", spoken=text)
        )
    if overview.albums:
        found.append(Entry(text=tr("Albums")))
        found += [
            _place(album.name, "album", album.photos, Place(kind="album", key=str(album.id)))
            for album in overview.albums
        ]
    if overview.photos or overview.groups:
        found.append(Entry(text=tr("Groups")))
        found += [_group(overview, group.id, group.name) for group in overview.groups]
        found.append(Entry(text=tr("New group"), icon="plus", action="new-group", spoken=tr("New group")))
    if overview.devices:
        found.append(Entry(text=tr("Devices")))
        found += [_device(device.id, device.name, views) for device in overview.devices]
    return found


class SidebarModel(QAbstractListModel):
    """The entries as Qt's views want them."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []

    @property
    def entries(self) -> Sequence[Entry]:
        """The entries, in the order shown."""
        return self._entries

    def show(self, found: Sequence[Entry]) -> None:
        """Show other entries."""
        if [_identity(one) for one in found] == [_identity(one) for one in self._entries]:
            self._entries = list(found)
            if found:
                self.dataChanged.emit(self.index(0), self.index(len(found) - 1))
            return
        self.beginResetModel()
        self._entries = list(found)
        self.endResetModel()

    def row_of(self, place: Place) -> int | None:
        """Return the row of a place, None where it is not listed."""
        return next((row for row, entry in enumerate(self._entries) if entry.place == place), None)

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
        """Return the number of entries."""
        return 0 if parent.isValid() else len(self._entries)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings cannot be selected."""
        if not index.isValid() or self._entries[index.row()].heading:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a view asks for."""
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == SidebarRole.ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return entry.spoken or entry.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return entry.spoken or None
        return None


def _identity(entry: Entry) -> tuple[object, ...]:
    return entry.text, entry.place, entry.action


def _place(text: str, icon: str, count: int, place: Place) -> Entry:
    return Entry(
        text=text,
        icon=icon,
        count=number(count),
        place=place,
        spoken=tr("{name}, {n} photos", name=text, n=number(count)),
    )


def _group(overview: Overview, group_id: str, name: str) -> Entry:
    members = sum(device.group_id == group_id for device in overview.devices)
    return Entry(
        text=name,
        icon="group",
        count=number(members) if members else "",
        place=Place(kind="group", key=group_id),
        spoken=tr("{name}, {n} devices", name=name, n=members),
    )


def _device(device_id: str, name: str, views: Mapping[str, DeviceView]) -> Entry:
    view = views.get(device_id) or DeviceView(device_id=device_id, name=name)
    return Entry(
        text=name,
        icon="device",
        dot=dot_of(view),
        place=Place(kind="device", key=device_id),
        spoken=tr("{name}, {state}", name=name, state=full_state(view)),
    )
