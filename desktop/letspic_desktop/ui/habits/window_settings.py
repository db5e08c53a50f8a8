"""What the window remembers between two starts, in an INI file of the program's own home."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast, get_args

from PySide6.QtCore import QByteArray, QSettings

from letspic_desktop.ui.look.theme import Choice
from letspic_desktop.ui.places import ALL_PHOTOS, Place, PlaceKind
from letspic_desktop.ui.search.head import Views

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
    def old_look(self) -> Choice:
        """The look as it was kept here before there were preferences."""
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

    @property
    def sidebar(self) -> bool:
        """Whether the sidebar was there."""
        return str(self._settings.value("sidebar")) != "hidden"

    @property
    def panel(self) -> bool:
        """Whether the panel of fine-tuning was there."""
        return str(self._settings.value("panel")) != "hidden"

    @property
    def view(self) -> Views | None:
        """Which results of a search were shown: those after fine-tuning, before, or both."""
        value = self._settings.value("view")
        return cast(Views, value) if value in get_args(Views) else None

    @property
    def recent_tags(self) -> list[str]:
        """The tags that were put on photos last, the latest first."""
        return self._lines("recent-tags")

    def remember_tags(self, names: Sequence[str]) -> None:
        """Remember them at once."""
        self._settings.setValue("recent-tags", "\n".join(names))

    @property
    def folded(self) -> list[str]:
        """What of the sidebar hid the entries below it."""
        return self._lines("folded")

    def remember_folded(self, keys: Sequence[str]) -> None:
        """Remember it at once."""
        self._settings.setValue("folded", "\n".join(keys))

    def _lines(self, key: str) -> list[str]:
        return [line for line in str(self._settings.value(key) or "").splitlines() if line]

    @property
    def details(self) -> bool:
        """Whether the viewer showed details beside the photo."""
        return str(self._settings.value("details")) == "shown"

    def keep_details(self, shown: bool) -> None:
        """Remember whether the viewer shows details."""
        self._settings.setValue("details", "shown" if shown else "hidden")

    def save(
        self, *, geometry: QByteArray, photo_side: int, place: Place, sidebar: bool, panel: bool, view: Views
    ) -> None:
        """Remember all of it."""
        self._settings.setValue("geometry", geometry)
        self._settings.setValue("photo-side", photo_side)
        self._settings.setValue("place", f"{place.kind}:{place.key}")
        self._settings.setValue("sidebar", "shown" if sidebar else "hidden")
        self._settings.setValue("panel", "shown" if panel else "hidden")
        self._settings.setValue("view", view)
        self._settings.remove("look")
        self._settings.sync()
