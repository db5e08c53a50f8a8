"""Photos of the library on their way from the grid to an album, a tag or the trash."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QMimeData

PHOTOS_MIME: Final = "application/x-letspic-photos"


def photos_of(mime: QMimeData) -> tuple[str, ...]:
    """Return the photos (SHA-256) that are dragged; none where it is something else."""
    if not mime.hasFormat(PHOTOS_MIME):
        return ()
    text = mime.data(PHOTOS_MIME).toStdString()
    return tuple(line for line in text.splitlines() if line)


def drag_data(photos: Iterable[str]) -> QMimeData:
    """Return what a drag of photos carries."""
    mime = QMimeData()
    mime.setData(PHOTOS_MIME, "\n".join(photos).encode())
    return mime
