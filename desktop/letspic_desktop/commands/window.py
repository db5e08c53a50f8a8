"""``letspic`` without a command: the app."""

from __future__ import annotations

import argparse
import os
import threading
from pathlib import Path

from letspic_desktop.application import Application, HomeInUseError
from letspic_desktop.console import has_display, say
from letspic_desktop.logs import logged_to_file
from letspic_desktop.one_window import raise_other
from letspic_shared.errors import KnownError


def open_window(options: argparse.Namespace) -> int:
    """Open the app's window."""
    # Qt would end the whole program where it finds none; unless it was told to draw somewhere else.
    if not has_display() and not os.environ.get("QT_QPA_PLATFORM"):
        raise KnownError(
            "There is no display to open a window on", "Use the commands (letspic --help) or letspic demo --headless"
        )
    app = _open_or_raise(options.home)
    if app is None:
        say("LetsPic is open already; its window comes to the front.")
        return 0
    # What the window shows first is read while its own modules are.
    app.catalog.read_ahead()
    with app, logged_to_file(app.home):
        from letspic_desktop.ui.app import run_window

        # Asking the network takes a second, and the window does not wait for it.
        threading.Thread(target=app.follow_addresses, name="discovery-start", daemon=True).start()
        return run_window(app)


def _open_or_raise(home: Path | None) -> Application | None:
    """Open the home; None where the window that is open in it already was asked to come to the front."""
    try:
        return Application.open(home)
    except HomeInUseError as error:
        # A command may hold the home as well as a window; it has nothing to show.
        if not raise_other(error.home):
            raise
        return None
