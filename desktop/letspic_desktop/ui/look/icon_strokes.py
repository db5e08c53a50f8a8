"""The project's own icons: strokes on a 24 x 24 field, drawn in any colour and size."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_STROKES: Final = {
    "photos": '<rect x="3" y="4" width="18" height="16" rx="3"/><circle cx="9" cy="10" r="1.8"/>'
    '<path d="M4 18l5.5-5 4 3.5L17 13l4 4"/>',
    "star": '<path d="M12 4l2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.8-5 2.8 1.1-5.5L4 9.7 9.6 9z"/>',
    "album": '<path d="M7 3.5h10M5 7h14"/><rect x="3" y="10.5" width="18" height="10" rx="2.5"/>',
    "group": '<circle cx="9" cy="9" r="3.2"/><path d="M3.5 19c.6-3.2 2.7-5 5.5-5s4.9 1.8 5.5 5"/>'
    '<path d="M15.5 6.2a3 3 0 0 1 0 5.6M17 14.3c2 .5 3.2 2.2 3.6 4.7"/>',
    "device": '<rect x="5" y="5" width="14" height="14" rx="2.5"/><rect x="9" y="9" width="6" height="6" rx="1"/>'
    '<path d="M9 2.5V5M15 2.5V5M9 19v2.5M15 19v2.5M2.5 9H5M2.5 15H5M19 9h2.5M19 15h2.5"/>',
    "desktop": '<rect x="3" y="4.5" width="18" height="12" rx="2.5"/><path d="M9 20h6M12 16.5V20"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="M16 16l4.5 4.5"/>',
    "play": '<path d="M8 5.5v13l10.5-6.5z" fill="COLOR"/>',
    "pause": '<path d="M9 6v12M15 6v12"/>',
    "stop": '<rect x="6.5" y="6.5" width="11" height="11" rx="2" fill="COLOR"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "moon": '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2.5M12 19v2.5M2.5 12H5M19 12h2.5'
    'M5.3 5.3 7 7M17 17l1.7 1.7M5.3 18.7 7 17M17 7l1.7-1.7"/>',
    "auto": '<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5a8.5 8.5 0 0 1 0 17z" fill="COLOR"/>',
    "close": '<path d="M6.5 6.5l11 11M17.5 6.5l-11 11"/>',
    "check": '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
    "warning": '<path d="M12 4.5 21 19.5H3z"/><path d="M12 10v4.5M12 17v.2"/>',
    "sliders": '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>',
    "left": '<path d="M14.5 5.5 8 12l6.5 6.5"/>',
    "right": '<path d="M9.5 5.5 16 12l-6.5 6.5"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "down": '<path d="M5.5 9.5 12 16l6.5-6.5"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.2l3.4 2"/>',
    "trash": '<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10.2 11v5M13.8 11v5"/>',
    "copies": '<rect x="3.5" y="7.5" width="13" height="13" rx="2.5"/>'
    '<path d="M8 7V6a2.5 2.5 0 0 1 2.5-2.5H18A2.5 2.5 0 0 1 20.5 6v7.5A2.5 2.5 0 0 1 18 16h-1"/>',
    "tag": '<path d="M4 5.5v6.2l8.6 8.6a1.6 1.6 0 0 0 2.3 0l5.4-5.4"/>'
    '<path d="M20.3 14.9a1.6 1.6 0 0 0 0-2.3L11.7 4H5.5A1.5 1.5 0 0 0 4 5.5"/>'
    '<circle cx="8.5" cy="8.5" r="1.1"/>',
    "learn": '<path d="M12 4 2.5 9 12 14l9.5-5z"/><path d="M6.5 11.5v4.8c3.4 2.6 7.6 2.6 11 0v-4.8"/>',
    "undo": '<path d="M8.5 5 4 9.5 8.5 14"/><path d="M4 9.5h10a5.5 5.5 0 0 1 0 11h-3"/>',
    "folder": '<path d="M3.5 6.5A2 2 0 0 1 5.5 4.5h4l2.2 2.5h6.8a2 2 0 0 1 2 2v8.5a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z"/>',
    "heart": '<path d="M12 19.5C5 14.5 3.5 11.5 3.5 9a4.5 4.5 0 0 1 8.5-2 4.5 4.5 0 0 1 8.5 2c0 2.5-1.5 5.5-8.5 '
    '10.5z"/>',
    "heart-full": '<path d="M12 19.5C5 14.5 3.5 11.5 3.5 9a4.5 4.5 0 0 1 8.5-2 4.5 4.5 0 0 1 8.5 2c0 2.5-1.5 5.5-8.5 '
    '10.5z" fill="COLOR"/>',
    "star-full": '<path d="M12 4l2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.8-5 2.8 1.1-5.5L4 9.7 9.6 9z" fill="COLOR"/>',
    "rotate": '<path d="M19 12a7 7 0 1 1-2.2-5.1L19 9"/><path d="M19.3 4.5V9h-4.5"/>',
    "sort": '<path d="M7 4.5v15M3.5 16 7 19.5 10.5 16M13.5 6h7M13.5 12h5M13.5 18h3"/>',
    "thumb_up": '<path d="M7.5 10.5v9H4.5v-9zM7.5 11l4-7c1.6 0 2.6 1.2 2.2 2.8L13 9.8h5c1.4 0 2.3 1.2 2 2.5l-1.3 5.6'
    'c-.2.9-1 1.6-2 1.6H7.5"/>',
    "thumb_down": '<path d="M7.5 13.5v-9H4.5v9zM7.5 13l4 7c1.6 0 2.6-1.2 2.2-2.8L13 14.2h5c1.4 0 2.3-1.2 2-2.5l-1.3-5.6'
    'c-.2-.9-1-1.6-2-1.6H7.5"/>',
    "history": '<path d="M4.5 12a7.5 7.5 0 1 1 2.2 5.3M4.5 12l-2-2.2M4.5 12l2.3-2"/><path d="M12 8v4.3l3 1.8"/>',
    "stack": '<rect x="7.5" y="7.5" width="13" height="13" rx="2.5"/><path d="M16.5 3.5h-10a3 3 0 0 0-3 3v10"/>',
    "rotate-right": '<path d="M19.5 12a7.5 7.5 0 1 1-2.4-5.5L19.5 8.5"/><path d="M19.5 4v4.5H15"/>',
    "rotate-left": '<path d="M4.5 12a7.5 7.5 0 1 0 2.4-5.5L4.5 8.5"/><path d="M4.5 4v4.5H9"/>',
    "crop": '<path d="M7 2.5V17h14.5M2.5 7H17v14.5"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.6v.2"/>',
    "expand": '<path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/>',
    "missing": '<rect x="3" y="4" width="18" height="16" rx="3"/><path d="M4 4l16 16"/>',
}
_FRAME: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="COLOR" stroke-width="1.75"'
    ' stroke-linecap="round" stroke-linejoin="round">STROKES</svg>'
)


def icon_pixmap(name: str, color: str, size: int = 18) -> QPixmap:
    """Return an icon of ``size`` logical pixels; only in the window's thread."""
    screen = QGuiApplication.primaryScreen()
    ratio = screen.devicePixelRatio() if screen is not None else 1.0
    svg = _FRAME.replace("STROKES", _STROKES[name]).replace("COLOR", color)
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
