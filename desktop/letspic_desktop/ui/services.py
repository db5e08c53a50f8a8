"""What the parts of the window are given: the program behind it, and the window's own helpers."""

from __future__ import annotations

from dataclasses import dataclass

from letspic_desktop.application import Application
from letspic_desktop.ui.changes import ChangeStack
from letspic_desktop.ui.dispatcher import Dispatcher
from letspic_desktop.ui.grid.thumbnails import ThumbnailLoader
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.runner import Runner


@dataclass(frozen=True, kw_only=True)
class Services:
    """Handed to every part instead of being looked up anywhere."""

    app: Application
    theme: Theme
    dispatcher: Dispatcher
    runner: Runner
    changes: ChangeStack
    thumbnails: ThumbnailLoader
