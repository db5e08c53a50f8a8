"""The keys for a result that the keyboard is on: marks, and what is nearly the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QApplication, QWidget

from letspic_desktop.ui.action_book import ActionBook
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.search.result_grid import ResultGrid
from letspic_desktop.ui.texts import tr


def add_result_keys(
    book: ActionBook,
    parts: tuple[QWidget, QWidget],
    mark: Callable[[PhotoRow, bool], None],
    open_tile: Callable[[PhotoRow], None],
) -> None:
    """Let letters work in the widgets that hold results; elsewhere people type them."""
    first, second = parts
    wanted: list[tuple[str, str, Callable[[PhotoRow], None]]] = [
        (tr("Mark the result as good, or no longer"), "G", lambda row: mark(row, True)),
        (tr("Mark the result as bad, or no longer"), "B", lambda row: mark(row, False)),
        (tr("Show or hide what is nearly the same"), "+", open_tile),
    ]
    for text, key, call in wanted:
        action = book.add("search", text, partial(_with_current, call), key, in_menu=False, scope=first)
        second.addAction(action)


def _with_current(call: Callable[[PhotoRow], None]) -> None:
    focused = QApplication.focusWidget()
    if isinstance(focused, ResultGrid) and focused.current is not None:
        call(focused.current)
