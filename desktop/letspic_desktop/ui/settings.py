"""What the window remembers between two starts, in an INI file of the program's own home."""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast, get_args

from PySide6.QtCore import QByteArray, QSettings

from letspic_desktop.ui.places import ALL_PHOTOS, Place, PlaceKind
from letspic_desktop.ui.theme import Choice

_FILE: Final = "window.ini"


class WindowSettings:
    """Reads and writes the file; anything it cannot use is as if it were not there."""

    def __init__(self, home: Path) -> None:
        self._settings = QSettings(str(home / _FILE), QSettings.Format.IniFormat)

    @property
    def first_start(self) -> bool:
        """Whether no window has been closed in this home yet."""
        return not self._settings.contains("place")

    @property
    def look(self) -> Choice:
        """Light, dark, or as the system is."""
        value = self._settings.value("look")
        return cast(Choice, value) if value in get_args(Choice) else "system"

    @property
    def geometry(self) -> QByteArray | None:
        """Where the window was."""
        value = self._settings.value("geometry")
        return value if isinstance(value, QByteArray) else None

    @property
    def photo_side(self) -> int | None:
        """How large photos were shown."""
        value = str(self._settings.value("photo-side") or "")
        return int(value) if value.isdecimal() and len(value) < 5 else None

    @property
    def place(self) -> Place:
        """Where the person was."""
        kind, _, key = str(self._settings.value("place") or "").partition(":")
        if kind not in get_args(PlaceKind) or (kind == "album" and not key.isdecimal()):
            return ALL_PHOTOS
        return Place(kind=cast(PlaceKind, kind), key=key)

    def save(self, *, look: Choice, geometry: QByteArray, photo_side: int, place: Place) -> None:
        """Remember all of it."""
        self._settings.setValue("look", look)
        self._settings.setValue("geometry", geometry)
        self._settings.setValue("photo-side", photo_side)
        self._settings.setValue("place", f"{place.kind}:{place.key}")
        self._settings.sync()
