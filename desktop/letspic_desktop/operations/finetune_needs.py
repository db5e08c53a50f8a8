"""What a group lacks before it can be fine-tuned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from letspic_desktop.application import Application
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.reaching import wait_online
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

LEAST_ALBUMS: Final = 2
LEAST_PHOTOS: Final = 2


@dataclass(frozen=True, kw_only=True)
class Need:
    """One thing that a group lacks.

    Attributes
    ----------
    kind
        ``owner``: it belongs to another desktop; ``albums``: too few; ``photos``: an album has too few; ``device``.
    count
        How many albums it has.
    album, album_id
        The album that has too few photos.
    """

    kind: Literal["owner", "albums", "photos", "device"]
    error: KnownError
    count: int = 0
    album: str = ""
    album_id: int | None = None


def needs_of(app: Application, group: Group) -> list[Need]:
    """Return what has to be done before a group can be fine-tuned, most basic thing first; empty where nothing."""
    if group.role != "owner":
        error = KnownError(f"{group.name} belongs to another desktop", "Start fine-tuning there")
        return [Need(kind="owner", error=error)]
    needs: list[Need] = []
    classes = app.catalog.groups.classes(group.id)
    devices = app.catalog.devices.all(group.id)
    own: dict[int, int] = {}
    for device in devices:
        for photo in app.catalog.placements.held(device.id):
            if photo.kind == "own" and photo.class_id is not None:
                own[photo.class_id] = own.get(photo.class_id, 0) + 1
    if len(classes) < LEAST_ALBUMS:
        error = KnownError(
            f"{group.name} has {len(classes)} album{'s'[: len(classes) != 1]} to learn, and needs at least 2",
            "Share albums with it: letspic group share GROUP ALBUM",
        )
        needs.append(Need(kind="albums", error=error, count=len(classes)))
    poor = next((one for one in classes if one.photos + own.get(one.class_id, 0) < LEAST_PHOTOS), None)
    if poor is not None:
        error = KnownError(
            f"The album “{poor.name}” has fewer than 2 labelled photos", "Put more photos into it, or stop sharing it"
        )
        needs.append(Need(kind="photos", error=error, album=poor.name, album_id=poor.album_id))
    if not devices:
        error = KnownError(f"{group.name} has no device", "Add one: letspic device pair HOST:PORT CODE")
        needs.append(Need(kind="device", error=error))
    return needs


def missing_for_finetuning(app: Application, group: Group) -> list[KnownError]:
    """Return the same as what people are told."""
    return [need.error for need in needs_of(app, group)]


@dataclass(frozen=True, kw_only=True)
class ReachDevices:
    """Look again for the devices of a group, at once and where they may be now."""

    group: str

    def run(self, app: Application, progress: Progress) -> list[str]:
        """Return the names of those that are online."""
        progress.check()
        group = app.catalog.groups.by_name(self.group)
        names = {device.id: device.name for device in app.catalog.devices.all(group.id)}
        return [names[device] for device in wait_online(app, list(names))] if names else []
