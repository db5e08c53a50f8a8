"""Small pictures of photos that live on devices: fetched for what is on the screen, a few at a time."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from letspic_desktop.application import Application
from letspic_desktop.operations.device_pictures import FetchDevicePicture
from letspic_desktop.progress import Progress
from letspic_desktop.ui.grid.thumbnails import rounded_square
from letspic_desktop.ui.runner import Runner
from letspic_desktop.ui.texts import said, tr
from letspic_shared.errors import KnownError

_AT_ONCE: Final = 3
_MAX_WAITING: Final = 60
_KEPT: Final = 200

Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class _FetchImage:
    """Fetch a picture and cut it as the grid shows it."""

    device: str
    photo: str

    def run(self, app: Application, progress: Progress) -> QImage:
        """Fetch it."""
        image = QImage()
        image.loadFromData(FetchDevicePicture(device=self.device, photo=self.photo).run(app, progress))
        if image.isNull():
            raise KnownError(tr("The device sent something else than a small picture"), tr("Update the device"))
        return rounded_square(image)


class DeviceThumbnails(QObject):
    """Gives the picture of a photo on a device if it is there, and fetches it otherwise. Used in the window's thread.

    Signals
    -------
    arrived
        There is another picture, or it is known that there will be none.
    """

    arrived = Signal()

    def __init__(self, app: Application, runner: Runner) -> None:
        super().__init__()
        self._app = app
        self._runner = runner
        self._kept: OrderedDict[Key, QPixmap] = OrderedDict()
        self._why: dict[Key, str] = {}
        # The newest wish is served first: it is what is on the screen now.
        self._waiting: list[Key] = []
        self._under_way: set[Key] = set()
        self._generation = app.device_pictures.generation

    def pixmap(self, device: str, photo: str) -> QPixmap | None:
        """Return a picture, or None: then ``arrived`` tells when to ask again."""
        if self._generation != self._app.device_pictures.generation:
            # A device was let go, or its owner changed their mind: what is shown of it goes too.
            self._generation = self._app.device_pictures.generation
            self._kept.clear()
            self._why.clear()
        key = (device, photo)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        elif key not in self._why and key not in self._under_way and key not in self._waiting:
            self._waiting = [*self._waiting, key][-_MAX_WAITING:]
            self._start()
        return found

    def why(self, device: str, photo: str) -> str:
        """Return why there is no picture; empty while it is on its way."""
        return self._why.get((device, photo), "")

    def try_again(self) -> None:
        """Forget what was not to be had: a device may be back."""
        self._why.clear()

    def _start(self) -> None:
        while self._waiting and len(self._under_way) < _AT_ONCE:
            self._fetch(self._waiting.pop())

    def _fetch(self, key: Key) -> None:
        self._under_way.add(key)
        generation = self._generation

        def done(image: QImage) -> None:
            if generation == self._app.device_pictures.generation:
                self._kept[key] = QPixmap.fromImage(image)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)

        def failed(error: KnownError) -> None:
            self._why[key] = said(error.reason)

        def ended() -> None:
            self._under_way.discard(key)
            self._start()
            self.arrived.emit()

        self._runner.start(_FetchImage(device=key[0], photo=key[1]), done=done, failed=failed, ended=ended)
