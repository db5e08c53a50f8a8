"""Small pictures for the grid: decoded by low-priority threads, kept within a bound of bytes."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap, QTransform

from letspic_desktop.application import Application
from letspic_desktop.library.thumbnails import GRID_EDGE
from letspic_desktop.ui.dispatcher import Dispatcher
from letspic_shared.errors import KnownError
from letspic_shared.photo import thumbnail_jpeg

log = logging.getLogger(__name__)

Key = str | Path
# A photo at one of its edit revisions, which are the quarter turns clockwise that a person gave it.
Version = tuple[Key, int]
EDGE: Final = GRID_EDGE
DEFAULT_BYTES: Final = 128 << 20
_THREADS: Final = 2
_MAX_WAITING: Final = 300
_NICE: Final = 10
_RADIUS_SHARE: Final = 0.055
_LEAST: Final = 128
_COALESCE_MS: Final = 30


class ThumbnailLoader(QObject):
    """Gives the picture of a photo if it is there, and gets it otherwise. Used in the window's thread.

    A photo of the library is named by its SHA-256, any other one by its file. After a rotation it has another
    picture, which is made from the one that is there, so that the photo turns at once.

    Parameters
    ----------
    max_bytes
        Bound on what the kept pictures take in memory.
    """

    arrived = Signal()

    def __init__(self, app: Application, dispatcher: Dispatcher, *, max_bytes: int = DEFAULT_BYTES) -> None:
        super().__init__()
        self._app = app
        self._dispatcher = dispatcher
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Version, QPixmap] = OrderedDict()
        self._revisions: dict[Key, int] = {}
        self._bytes = 0
        self._failed: set[Version] = set()
        self._asked: set[Version] = set()
        # The newest wish is served first: it is what is on the screen now.
        self._waiting: list[Version] = []
        self._change = threading.Condition()
        self._closed = False
        self._threads: list[threading.Thread] = []
        self._tick = QTimer(self)
        self._tick.setSingleShot(True)
        self._tick.setInterval(_COALESCE_MS)
        self._tick.timeout.connect(self.arrived)

    @property
    def kept_bytes(self) -> int:
        """What the kept pictures take in memory."""
        return self._bytes

    @property
    def busy(self) -> bool:
        """Whether pictures are on their way."""
        return bool(self._asked)

    def pixmap(self, key: Key, revision: int = 0) -> QPixmap | None:
        """Return a picture, or None: then ``arrived`` tells when to ask again."""
        version = key, revision
        found = self._kept.get(version)
        if found is not None:
            self._kept.move_to_end(version)
            return found
        turned = self._turned(version)
        if turned is None and version not in self._asked and version not in self._failed:
            self._ask(version)
        return turned

    def failed(self, key: Key, revision: int = 0) -> bool:
        """Return whether there is no picture to be had."""
        return (key, revision) in self._failed

    def try_again(self) -> None:
        """Forget which pictures were not to be had: files may be back."""
        self._failed.clear()

    def forget(self, key: Key) -> None:
        """Drop a picture whose file has changed."""
        self._failed = {version for version in self._failed if version[0] != key}
        revision = self._revisions.get(key)
        if revision is not None:
            self._drop((key, revision))

    def close(self) -> None:
        """End the threads."""
        with self._change:
            self._closed = True
            self._waiting.clear()
            self._change.notify_all()
        for thread in self._threads:
            thread.join()

    def _turned(self, version: Version) -> QPixmap | None:
        """Return a picture made from that of another revision, which it replaces; None where there is none."""
        key, revision = version
        other = self._revisions.get(key)
        if other is None:
            return None
        turned = self._kept[key, other].transformed(QTransform().rotate(90 * ((revision - other) % 4)))
        self._keep(version, turned)
        return turned

    def _keep(self, version: Version, pixmap: QPixmap) -> None:
        self.forget(version[0])
        self._kept[version] = pixmap
        self._revisions[version[0]] = version[1]
        self._bytes += _bytes_of(pixmap)
        while self._bytes > self._max_bytes and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, version: Version) -> None:
        self._bytes -= _bytes_of(self._kept.pop(version))
        del self._revisions[version[0]]

    def _ask(self, version: Version) -> None:
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._work, name=f"thumbnails-{number}", daemon=True)
                for number in range(_THREADS)
            ]
            for thread in self._threads:
                thread.start()
        self._asked.add(version)
        with self._change:
            self._waiting.append(version)
            while len(self._waiting) > _MAX_WAITING:
                # Scrolled past: it is asked for again when it is back on the screen.
                self._asked.discard(self._waiting.pop(0))
            self._change.notify()

    def _work(self) -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while True:
            with self._change:
                self._change.wait_for(lambda: self._closed or bool(self._waiting))
                if self._closed:
                    return
                version = self._waiting.pop()
            image = self._load(version)
            self._dispatcher.post(lambda version=version, image=image: self._take(version, image))  # type: ignore[misc]

    def _load(self, version: Version) -> QImage | None:
        key, revision = version
        try:
            image = QImage()
            if isinstance(key, Path):
                image.loadFromData(thumbnail_jpeg(key, edge=EDGE))
            else:
                image.load(str(self._file(key, revision)))
        except KnownError as error:
            log.info("no picture of %s: %s", key, error)
            return None
        except Exception:
            log.exception("the picture of %s could not be made", key)
            return None
        return None if image.isNull() else rounded_square(image)

    def _file(self, key: str, revision: int) -> Path:
        """Return the file of a thumbnail; one that was made before is there even while the photo's drive is not."""
        made = self._app.thumbnails.kept(key, EDGE, revision=revision)
        if made is not None:
            return made
        return self._app.thumbnails.get(key, self._app.catalog.photos.source(key), EDGE, revision=revision)

    def _take(self, version: Version, image: QImage | None) -> None:
        self._asked.discard(version)
        if image is None:
            self._failed.add(version)
        else:
            self._keep(version, QPixmap.fromImage(image))
        if not self._tick.isActive():
            self._tick.start()


def rounded_square(image: QImage) -> QImage:
    """Return the middle square of a picture with rounded corners; any thread may do this."""
    side = min(image.width(), image.height())
    if 0 < side < _LEAST:
        # A tiny picture is drawn larger: its corners would be too few pixels to be round.
        kind = Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
        image, side = image.scaled(_LEAST, _LEAST, *kind), _LEAST
    square = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    square.fill(Qt.GlobalColor.transparent)
    painter = QPainter(square)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(QRectF(square.rect()), side * _RADIUS_SHARE, side * _RADIUS_SHARE)
    painter.setClipPath(path)
    painter.drawImage((side - image.width()) // 2, (side - image.height()) // 2, image)
    painter.end()
    return square


def _bytes_of(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * pixmap.depth() // 8
