"""Says on the desktop that something has ended, for people who look at another window meanwhile."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Q_ARG, QMetaObject, Qt
from PySide6.QtDBus import QDBusConnection, QDBusInterface
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from letspic_desktop.application import Application
from letspic_desktop.progress import Progress
from letspic_desktop.ui.services import Services

log = logging.getLogger(__name__)

_SERVICE: Final = "org.freedesktop.Notifications"
_PATH: Final = "/org/freedesktop/Notifications"
_ANSWER_MS: Final = 3000
_SHOWN_MS: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class TellDesktop:
    """Have the desktop show a notification; its result is whether it could be asked to."""

    title: str
    text: str

    def run(self, app: Application, progress: Progress) -> bool:
        """Ask it; it may take its time, so this is no work for the window's thread."""
        del app
        progress.check()
        if sys.platform != "linux":
            return False
        name = "letspic notifications"
        bus = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, name)
        try:
            return bus.isConnected() and self._notify(bus)
        finally:
            QDBusConnection.disconnectFromBus(name)

    def _notify(self, bus: QDBusConnection) -> bool:
        desktop = QDBusInterface(_SERVICE, _PATH, _SERVICE, bus)
        if not desktop.isValid():
            return False
        desktop.setTimeout(_ANSWER_MS)
        # A call by name gets its number's kind right (unsigned); one with Python's own numbers would be refused.
        return bool(
            QMetaObject.invokeMethod(
                desktop,
                "Notify",
                Qt.ConnectionType.DirectConnection,
                Q_ARG("QString", "LetsPic"),
                Q_ARG("uint", 0),
                Q_ARG("QString", "letspic"),
                Q_ARG("QString", self.title),
                Q_ARG("QString", self.text),
                Q_ARG("QStringList", []),
                Q_ARG("QVariantMap", {"desktop-entry": "letspic"}),
                Q_ARG("int", -1),
            )
        )


class Notifier:
    """Shows a title and a sentence where the person wants that and does not look at the window.

    A desktop without notifications is no fault: then an icon in its tray says it, or nothing does.

    Parameters
    ----------
    looked_at
        Whether the person sees the window just now.
    """

    def __init__(self, services: Services, looked_at: Callable[[], bool]) -> None:
        self._services = services
        self._looked_at = looked_at
        self._tray: QSystemTrayIcon | None = None

    def show(self, title: str, text: str) -> None:
        """Show it; used in the window's thread."""
        if not self._services.app.preferences.now.notifications or self._looked_at():
            return
        self._services.runner.start(
            TellDesktop(title=title, text=text), done=lambda told: None if told else self._show_in_tray(title, text)
        )

    def close(self) -> None:
        """Take the icon out of the tray."""
        if self._tray is not None:
            self._tray.hide()
            self._tray.deleteLater()
            self._tray = None

    def _show_in_tray(self, title: str, text: str) -> None:
        if not QSystemTrayIcon.isSystemTrayAvailable():
            log.info("there is nothing here that shows notifications")
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(QApplication.windowIcon())
            self._tray.setToolTip("LetsPic")
        self._tray.show()
        self._tray.showMessage(title, text, QSystemTrayIcon.MessageIcon.Information, _SHOWN_MS)
