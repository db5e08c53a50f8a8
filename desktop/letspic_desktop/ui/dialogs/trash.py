"""The question before photos go into the trash, for people who want to be asked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from letspic_desktop.ui.dialogs.base import confirm
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, tr


def before_trash(parent: QWidget, services: Services, count: int, put: Callable[[], object]) -> None:
    """Put photos into the trash, once the person agrees where the settings want that to be asked."""
    if not services.app.preferences.now.ask_before_trash:
        put()
        return
    title = counted(count, "Put this photo into the trash?", "Put these {n} photos into the trash?")
    text = tr("What is in the trash can be taken back for 30 days. Files are never deleted.")
    confirm(parent, services.theme, title, text, tr("Put into the trash"), put)
