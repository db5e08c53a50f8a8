"""What the viewer reads about a photo: beside the window, like any operation; it changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from letspic_desktop.application import Application
from letspic_desktop.library.albums import Album
from letspic_desktop.library.photos import Photo
from letspic_desktop.progress import Progress
from letspic_desktop.ui.grid.thumbnails import Key
from letspic_desktop.ui.texts import tr
from letspic_shared.photo import Exposure, probe, supported_formats

# What a format needs that this Python may not have: the module to look for, and what people install for it.
_HEIF: Final = "HEIF"
_RAW: Final = "RAW"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a photo.

    Attributes
    ----------
    key
        What the viewer knows it by.
    photo
        Its entry in the library; None for a photo of a device or for any other file.
    file
        Where it is, or was last seen; None where it never was on this desktop.
    there
        Whether the file is there now.
    copies
        How many files hold it.
    devices
        Names of the devices that hold a copy.
    """

    key: Key
    name: str
    photo: Photo | None = None
    file: Path | None = None
    there: bool = False
    copies: int = 0
    albums: Sequence[Album] = ()
    tags: Sequence[str] = ()
    devices: Sequence[str] = ()

    @property
    def revision(self) -> int:
        """The edit revision of its picture."""
        return self.photo.edit_revision if self.photo is not None else 0


@dataclass(frozen=True, kw_only=True)
class ReadFacts:
    """Read about some photos; quick enough to be read again after every change."""

    keys: tuple[Key, ...]

    def run(self, app: Application, progress: Progress) -> dict[Key, Facts]:
        """Read it."""
        progress.check()
        return {key: _facts(app, key) for key in self.keys}


@dataclass(frozen=True, kw_only=True)
class ReadExposure:
    """Read from a photo's file how it was exposed; None where it says nothing, or cannot be read."""

    key: Key

    def run(self, app: Application, progress: Progress) -> Exposure:
        """Read it."""
        progress.check()
        source = self.key if isinstance(self.key, Path) else app.catalog.photos.source(self.key)
        return probe(source).exposure


@dataclass(frozen=True, kw_only=True)
class ReadTagNames:
    """Read the names of all tags, for the field that completes them."""

    def run(self, app: Application, progress: Progress) -> list[str]:
        """Read them."""
        progress.check()
        return [tag.name for tag in app.catalog.tags.all()]


def needed_extra(format_name: str) -> str:
    """Return what has to be installed for a format to be shown, in one sentence; empty where nothing has."""
    if format_name == _HEIF and _HEIF not in supported_formats():
        return tr("HEIC pictures cannot be shown here. Install pi-heif.")
    if format_name == _RAW and find_spec("rawpy") is None:
        return tr("Raw pictures cannot be shown here. Install rawpy.")
    return ""


def format_name(photo: Photo) -> str:
    """Return what people call the format of a photo's file."""
    return {"HEIF": "HEIC", "JPEG2000": "JPEG 2000"}.get(photo.format, photo.format)


def _facts(app: Application, key: Key) -> Facts:
    if isinstance(key, Path):
        return Facts(key=key, name=key.name, file=key, there=key.is_file(), copies=1)
    catalog = app.catalog
    photo, files = catalog.photos.get(key), catalog.photos.files(key)
    file = next((path for path in files if path.is_file()), None)
    shown = file if file is not None else (files[0] if files else None)
    return Facts(
        key=key,
        name=shown.name if shown is not None else tr("Photo {id}", id=key[:8]),
        photo=photo,
        file=shown,
        there=file is not None,
        copies=len(files),
        albums=catalog.albums.of_photo(key),
        tags=catalog.tags.of_photo(key),
        devices=_holders(app, key),
    )


def _holders(app: Application, sha256: str) -> list[str]:
    names = {device.id: device.name for device in app.catalog.devices.all()}
    return sorted({names[one] for one in app.catalog.placements.holders(sha256) if one in names}, key=str.casefold)
