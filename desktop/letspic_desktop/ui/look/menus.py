"""Entries of context menus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu


def entry(menu: QMenu, text: str, call: Callable[[], object], *, key: str = "", why_not: str = "") -> QAction:
    """Add an entry to a menu.

    Parameters
    ----------
    key
        Shortcut to show beside it; the key itself belongs to the window.
    why_not
        Why it cannot be used; it is grey then, and says so.
    """
    words = f"{text}  ·  {why_not}" if why_not else text
    action = menu.addAction(f"{words}\t{key}" if key else words)
    action.setEnabled(not why_not)
    action.triggered.connect(lambda: call())
    return action


def tick(menu: QMenu, text: str, on: bool, call: Callable[[bool], object]) -> QAction:
    """Add an entry that is on or off; ``call`` gets what it is to be."""
    action = menu.addAction(text)
    action.setCheckable(True)
    action.setChecked(on)
    action.triggered.connect(lambda checked: call(checked))
    return action


def plain(name: str) -> str:
    """Return a name as a menu shows it: its ampersands are no keys, and what is behind a tab is no shortcut."""
    return " ".join(name.split()).replace("&", "&&")
