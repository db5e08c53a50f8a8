"""Opens the viewer, and knows its keys: they stand in the sheet of shortcuts also while it is closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.habits.window_settings import WindowSettings
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import counted, tr
from letspic_desktop.ui.viewer.stars import STARS

if TYPE_CHECKING:
    from letspic_desktop.ui.viewer.window import Viewer

Call = Callable[["Viewer"], object]


class ViewerControl:
    """One viewer at a time.

    Parameters
    ----------
    settings
        Keep whether details are shown.
    """

    def __init__(self, shell: Shell, settings: WindowSettings) -> None:
        self._shell = shell
        self._settings = settings
        self._viewer: Viewer | None = None
        # It never has the focus, so that these keys mean nothing in the main window.
        self._anchor = QWidget(shell.widget)
        self._anchor.hide()
        self._everywhere = [self._action(text, call, keys) for text, call, *keys in _keys()]
        # Keys that a button or a field needs for itself work while the photo has the focus.
        self._on_photo = [self._action(text, call, keys) for text, call, *keys in _photo_keys()]

    @property
    def viewer(self) -> Viewer | None:
        """The viewer that is open."""
        return self._viewer

    def open(self, rows: Sequence[PhotoRow], place: int) -> None:
        """Show one of many photos."""
        if not 0 <= place < len(rows):
            return
        # Loaded with the first photo that is opened: the start of the window would wait for it.
        from letspic_desktop.ui.viewer.window import Viewer

        self.close()
        viewer = Viewer(
            self._shell,
            rows,
            place,
            details=self._settings.details,
            on_details=self._settings.keep_details,
            on_close=self._forget,
        )
        viewer.addActions(self._everywhere)
        viewer.canvas.addActions(self._on_photo)
        self._viewer = viewer
        viewer.show()

    def close(self) -> None:
        """Close the viewer."""
        if self._viewer is not None:
            self._viewer.close()

    def _forget(self) -> None:
        self._viewer = None
        window = self._shell.widget
        window.raise_()
        window.activateWindow()

    def _action(self, text: str, call: Call, keys: Sequence[str]) -> QAction:
        def act() -> None:
            if self._viewer is not None:
                self._viewer.tools.wake()
                call(self._viewer)

        action = self._shell.actions_book.add("viewer", text, act, keys[0], in_menu=False, scope=self._anchor)
        action.setShortcuts([QKeySequence(key) for key in keys])
        return action


def _keys() -> list[tuple[str, Call, *tuple[str, ...]]]:
    stars: list[tuple[str, Call, *tuple[str, ...]]] = [
        (counted(n, "Rate with {n} star", "Rate with {n} stars"), lambda v, n=n: v.deeds.rate(n), str(n))
        for n in range(STARS + 1)
    ]
    return [
        (tr("Rotate to the left"), lambda v: v.deeds.rotate(-1), "L", "Ctrl+Left"),
        (tr("Rotate to the right"), lambda v: v.deeds.rotate(1), "R", "Ctrl+Right"),
        (tr("Favourite"), lambda v: v.toggle_favourite(), "F"),
        *stars,
        (tr("Search similar"), lambda v: v.search_similar(), "E", "Ctrl+E"),
        (tr("Search a part of the photo"), lambda v: v.choose_part(), "S"),
        (tr("Details"), lambda v: v.toggle_details(), "I"),
        (tr("Put into the trash"), lambda v: v.trash(), "Del"),
        (tr("Full screen"), lambda v: v.toggle_full_screen(), "F11"),
        (tr("Close"), lambda v: v.leave(), "Esc"),
    ]


def _photo_keys() -> list[tuple[str, Call, *tuple[str, ...]]]:
    return [
        (tr("Next photo; zoomed in, to the right"), lambda v: v.arrow(1, 0), "Right"),
        (tr("Previous photo; zoomed in, to the left"), lambda v: v.arrow(-1, 0), "Left"),
        (tr("Zoomed in, up"), lambda v: v.arrow(0, -1), "Up"),
        (tr("Zoomed in, down"), lambda v: v.arrow(0, 1), "Down"),
        (tr("Next photo"), lambda v: v.step(1), "Space", "PgDown"),
        (tr("Previous photo"), lambda v: v.step(-1), "Backspace", "PgUp"),
        (tr("First photo"), lambda v: v.go(0), "Home"),
        (tr("Last photo"), lambda v: v.go_last(), "End"),
        (tr("Zoom in"), lambda v: v.zoom(1), "+", "="),
        (tr("Zoom out"), lambda v: v.zoom(-1), "-"),
        (tr("Whole photo, or each of its pixels"), lambda v: v.toggle_fit(), "Z"),
        (tr("Whole photo"), lambda v: v.canvas.zoom_to(None), "Ctrl+0"),
        (tr("Each of its pixels"), lambda v: v.canvas.zoom_to(1.0), "Ctrl+1"),
    ]
