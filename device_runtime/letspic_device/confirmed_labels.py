"""Which own photos have a label: the desktop that owns the group says so, and the device remembers it."""

from __future__ import annotations

from letspic_device.home import DeviceHome
from letspic_device.photos import PhotoShelf
from letspic_shared import messages
from letspic_shared.errors import KnownError

_FILE = "labels.json"


class ConfirmedLabels:
    """The labels of own photos as the desktop sent them last."""

    def __init__(self, home: DeviceHome, shelf: PhotoShelf) -> None:
        self._home = home
        self._shelf = shelf
        self._photos = _stored(home)

    @property
    def count(self) -> int:
        """How many of the own photos that are there have a label; never waits."""
        return len(self._photos & self._shelf.seen.keys())

    def store(self, header: dict[str, object]) -> int:
        """Keep the labels of a LABELS message and return how many are of photos that are here."""
        names = messages.texts(header, "names", 200)
        labels = messages.classes(header, "labels", max(len(names), 1))
        known = {digest: label for digest, label in labels.items() if digest in self._shelf.own}
        self._home.write(_FILE, {"names": names, "labels": known})
        self._photos = frozenset(known)
        return len(known)

    def forget(self) -> None:
        """Forget them with the group that they were of."""
        self._photos = frozenset()
        self._home.remove(_FILE)


def _stored(home: DeviceHome) -> frozenset[str]:
    try:
        labels = home.read(_FILE).get("labels")
    except KnownError:
        # They are only counted here: what a run learns comes with the run.
        return frozenset()
    return frozenset(labels) if isinstance(labels, dict) else frozenset()
