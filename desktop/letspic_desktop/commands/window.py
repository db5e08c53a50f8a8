"""``letspic`` without a command: the app."""

from __future__ import annotations

import argparse

from letspic_desktop.application import Application


def open_window(options: argparse.Namespace) -> int:
    """Open the app's window."""
    with Application.open(options.home) as app:
        from letspic_desktop.ui.app import run_window

        return run_window(app)
