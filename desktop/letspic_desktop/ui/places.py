"""Where a person can be in the window: all photos, an album, a group, or a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

PlaceKind = Literal["all", "favourites", "album", "group", "device"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """One entry of the sidebar that shows photos; ``key`` is the id of an album, group or device."""

    kind: PlaceKind
    key: str = ""


ALL_PHOTOS: Final = Place(kind="all")
FAVOURITES: Final = Place(kind="favourites")
