"""The app as a process of its own that tells where its controls are; hands outside press them.

``python driven.py HOME`` opens the window on HOME. Each line on standard input is a JSON list, a question; each answer
is a line on standard output. Nothing here presses, fills in or changes anything: that is for the mouse and the keys.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QLabel, QMenu, QWidget

from letspic_desktop.application import Application
from letspic_desktop.ui.app import run_window
from letspic_desktop.ui.main_window import MainWindow

Answer = dict[str, object]


def main() -> int:
    """Open the window and answer until it is closed."""
    with Application.open(Path(sys.argv[1])) as app:
        return run_window(app, open_with=_listen)


def _listen(window: MainWindow) -> None:
    def read() -> None:
        for line in sys.stdin:
            question = json.loads(line)
            window.services.dispatcher.post(lambda question=question: _say(_answer(window, question)))

    threading.Thread(target=read, daemon=True).start()
    _say({"ready": True})


def _say(answer: object) -> None:
    print(json.dumps(answer), flush=True)


def _answer(window: MainWindow, question: list[str]) -> object:
    what, *rest = question
    if what == "find":
        return next(_found(rest[0], rest[1] if len(rest) > 1 else ""), None)
    if what == "texts":
        return sorted({text for widget in _visible() for text in _texts(widget) if text})
    if what == "picture":
        screen = QApplication.primaryScreen()
        return screen.grabWindow(0).save(rest[0])
    if what == "settled":
        return not window.services.thumbnails.busy and not window.services.runner.busy
    if what == "rows":
        return len(window.page.grid.photos.rows)
    raise ValueError(what)


def _found(text: str, kind: str) -> Iterator[Answer]:
    """Give what shows or is called ``text`` and can be seen, the topmost window's first."""
    for widget in _visible():
        if kind and not any(kind == one.__name__ for one in type(widget).__mro__):
            continue
        if isinstance(widget, QMenu):
            yield from _menu_entries(widget, text)
        if isinstance(widget, QAbstractItemView):
            yield from _items(widget, text)
        if text in _texts(widget):
            yield _place(widget, QRect(QPoint(), widget.size()) & widget.visibleRegion().boundingRect())


def _menu_entries(menu: QMenu, text: str) -> Iterator[Answer]:
    for action in menu.actions():
        if action.text().replace("&", "") == text:
            yield _place(menu, menu.actionGeometry(action))


def _items(view: QAbstractItemView, text: str) -> Iterator[Answer]:
    model = view.model()
    if model is None:
        return
    for number in range(min(model.rowCount(view.rootIndex()), 500)):
        index = model.index(number, 0, view.rootIndex())
        spoken = (index.data(Qt.ItemDataRole.DisplayRole), index.data(Qt.ItemDataRole.AccessibleTextRole))
        if text in spoken and not (area := view.visualRect(index) & view.viewport().rect()).isEmpty():
            yield _place(view.viewport(), area)


def _place(widget: QWidget, area: QRect) -> Answer:
    corner = widget.mapToGlobal(area.topLeft())
    return {
        "x": corner.x() + area.width() // 2,
        "y": corner.y() + area.height() // 2,
        "width": area.width(),
        "height": area.height(),
        "enabled": widget.isEnabled(),
    }


def _visible() -> list[QWidget]:
    """Return the widgets that can be seen, dialogs and menus before the window behind them."""
    tops = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    tops.sort(key=lambda widget: isinstance(widget, MainWindow))
    return [one for top in tops for one in (top, *top.findChildren(QWidget)) if one.isVisible() and _seen(one)]


def _seen(widget: QWidget) -> bool:
    return not widget.visibleRegion().isEmpty()


def _texts(widget: QWidget) -> tuple[str, ...]:
    shown = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
    return widget.accessibleName(), shown.replace("&", "")


if __name__ == "__main__":
    sys.exit(main())
