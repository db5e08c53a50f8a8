"""Where a person can be in the window: all photos, an album, a tag, a group, a device, the trash, …"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

PlaceKind = Literal["all", "recent", "favourites", "album", "tag", "group", "device", "trash", "duplicates"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """One entry of the sidebar that shows photos; ``key`` is the id of an album, group or device, or a tag's path."""

    kind: PlaceKind
    key: str = ""


ALL_PHOTOS: Final = Place(kind="all")
RECENT: Final = Place(kind="recent")
FAVOURITES: Final = Place(kind="favourites")
TRASH: Final = Place(kind="trash")
DUPLICATES: Final = Place(kind="duplicates")
