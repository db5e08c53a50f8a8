"""The buttons over the photo of the viewer; they hide while nobody moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QPushButton, QWidget

from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import label, row
from letspic_desktop.ui.texts import tr
from letspic_desktop.ui.viewer.stars import Stars

Tool = Literal[
    "back", "rotate-left", "rotate-right", "favourite", "similar", "part", "details", "trash", "full-screen", "fit"
]
_WHITE: Final = "#ffffff"
_LIT: Final = "#ff5d73"
_IDLE_MS: Final = 2500
_ROUND: Final = 44
_MARGIN: Final = 14


class Tools(QObject):
    """A bar above, a round button at each edge, and where one is among the photos.

    Parameters
    ----------
    calls
        What each button does.
    step
        Called with -1 or 1 by the buttons at the edges.
    """

    def __init__(
        self, canvas: QWidget, theme: Theme, calls: Mapping[Tool, Callable[[], object]], step: Callable[[int], object]
    ) -> None:
        super().__init__(canvas)
        self._theme = theme
        self._calls = calls
        self._canvas = canvas
        self._held = False
        self.buttons: dict[Tool, QPushButton] = {}
        self.stars = Stars(theme, role="overlay", dim=_WHITE)
        self.place = label("", "overlay-small")
        self.name = label("", "overlay-strong")
        self.zoom = self._button("fit", "", tr("Whole photo, or each of its pixels"), "Z")
        self.zoom.setFixedWidth(64)
        self.bar = self._bar()
        self.earlier = self._edge("left", tr("Previous photo"), lambda: step(-1))
        self.later = self._edge("right", tr("Next photo"), lambda: step(1))
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(_IDLE_MS)
        self._idle.timeout.connect(self._rest)
        # The bar and the buttons are the canvas' own children: what is between them is the photo's.
        for part in self._parts():
            part.setParent(canvas)

    @property
    def shown(self) -> bool:
        """Whether the buttons are there."""
        return not self.bar.isHidden()

    def wake(self) -> None:
        """Somebody is there: show the buttons."""
        if self._canvas.cursor().shape() == Qt.CursorShape.BlankCursor:
            self._canvas.unsetCursor()
        if self._held:
            return
        if not self.shown:
            self._show(True)
        self._idle.start()

    def hold(self, held: bool) -> None:
        """Keep the buttons hidden, or not."""
        self._held = held
        self._show(not held)
        if not held:
            self._idle.start()

    def arrange(self, width: int, height: int) -> None:
        """Put everything where it belongs in a room."""
        self.bar.setFixedWidth(width - 2 * _MARGIN)
        self.bar.move(_MARGIN, _MARGIN)
        middle = (height - _ROUND) // 2
        self.earlier.move(_MARGIN, middle)
        self.later.move(width - _MARGIN - _ROUND, middle)
        narrow = width < 760
        self.name.setVisible(not narrow)
        self.stars.setVisible(width >= 620)

    def show_photo(self, name: str, place: str, *, first: bool, last: bool) -> None:
        """Say which photo it is."""
        self.name.setText(name)
        self.place.setText(place)
        self.earlier.setEnabled(not first)
        self.later.setEnabled(not last)

    def show_state(self, *, rating: int, favourite: bool, of_library: bool) -> None:
        """Show stars and heart; a photo that is not of the library cannot be changed."""
        self.stars.show_rating(rating)
        self.stars.setEnabled(of_library)
        for tool in ("rotate-left", "rotate-right", "favourite", "trash"):
            self.buttons[tool].setEnabled(of_library)
        heart = self.buttons["favourite"]
        heart.setIcon(self._icon("heart-full" if favourite else "heart", _LIT if favourite else _WHITE))
        heart.setChecked(favourite)

    def show_zoom(self, percent: str) -> None:
        """Show how large the photo is seen."""
        self.zoom.setText(percent)

    def _parts(self) -> tuple[QWidget, ...]:
        return self.bar, self.earlier, self.later

    def _show(self, shown: bool) -> None:
        for part in self._parts():
            part.setVisible(shown)

    def _rest(self) -> None:
        focus = QApplication.focusWidget()
        used = any(part.underMouse() or (focus is not None and part.isAncestorOf(focus)) for part in self._parts())
        if used or QApplication.activePopupWidget() is not None:
            self._idle.start()
        else:
            self._show(False)
            self._canvas.setCursor(Qt.CursorShape.BlankCursor)

    def _bar(self) -> QFrame:
        bar = QFrame()
        bar.setProperty("role", "overlay")
        key = self._button
        layout = row(
            key("back", "left", tr("Back to the photos"), "Esc"),
            self.name,
            self.place,
            None,
            self.zoom,
            key("rotate-left", "rotate-left", tr("Rotate to the left"), "L"),
            key("rotate-right", "rotate-right", tr("Rotate to the right"), "R"),
            key("favourite", "heart", tr("Favourite"), "F"),
            self.stars,
            key("similar", "search", tr("Search similar"), "E"),
            key("part", "crop", tr("Search a part"), "S"),
            key("details", "info", tr("Details"), "I"),
            key("full-screen", "expand", tr("Full screen"), "F11"),
            key("trash", "trash", tr("Put into the trash"), tr("Del")),
            spacing=2,
            margins=(6, 5, 6, 5),
        )
        for tool in ("favourite", "part", "details", "full-screen"):
            self.buttons[tool].setCheckable(True)
        bar.setLayout(layout)
        return bar

    def _button(self, tool: Tool, icon: str, name: str, key: str) -> QPushButton:
        made = _overlay_button(name, key)
        if icon:
            made.setIcon(self._icon(icon, _WHITE))
        made.clicked.connect(lambda: self._calls[tool]())
        self.buttons[tool] = made
        return made

    def _edge(self, icon: str, name: str, call: Callable[[], object]) -> QPushButton:
        made = _overlay_button(name, "←" if icon == "left" else "→")
        made.setProperty("role", "overlay-round")
        made.setFixedSize(_ROUND, _ROUND)
        made.setIcon(self._icon(icon, _WHITE))
        made.clicked.connect(lambda: call())
        return made

    def _icon(self, name: str, color: str) -> QIcon:
        return QIcon(self._theme.glyph(name, color, 18))


def _overlay_button(name: str, key: str) -> QPushButton:
    made = QPushButton()
    made.setProperty("role", "overlay")
    made.setAccessibleName(name)
    made.setToolTip(tr("{what} ({key})", what=name, key=key))
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    # A click leaves the keyboard with the photo; Tab still reaches every button.
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setAutoDefault(False)
    return made


class Hint(QLabel):
    """A line over the photo that says what the keys do just now."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setProperty("role", "overlay-hint")
        self.hide()

    def say(self, text: str) -> None:
        """Say something at the lower edge; nothing where it is empty."""
        self.setText(text)
        self.setVisible(bool(text))
        self.adjustSize()
        room = self._canvas.size()
        self.move(QPoint((room.width() - self.width()) // 2, room.height() - self.height() - 24))
