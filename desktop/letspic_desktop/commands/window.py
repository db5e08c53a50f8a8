"""``letspic`` without a command: the app."""

from __future__ import annotations

import argparse
import os
import threading

from letspic_desktop.application import Application
from letspic_desktop.console import has_display
from letspic_desktop.logs import logged_to_file
from letspic_shared.errors import KnownError


def open_window(options: argparse.Namespace) -> int:
    """Open the app's window."""
    # Qt would end the whole program where it finds none; unless it was told to draw somewhere else.
    if not has_display() and not os.environ.get("QT_QPA_PLATFORM"):
        raise KnownError(
            "There is no display to open a window on", "Use the commands (letspic --help) or letspic demo --headless"
        )
    with Application.open(options.home) as app, logged_to_file(app.home):
        from letspic_desktop.ui.app import run_window

        # Asking the network takes a second, and the window does not wait for it.
        threading.Thread(target=app.follow_addresses, name="discovery-start", daemon=True).start()
        return run_window(app)
