"""Light and dark: the system's choice unless a person makes another one, switched while the window is open."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFontDatabase, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from letspic_desktop.preferences import Look
from letspic_desktop.ui.look.icon_strokes import icon_pixmap
from letspic_desktop.ui.look.tokens import DARK, LARGE, LIGHT, style_sheet

Choice = Look
_NEXT: Final[dict[Choice, Choice]] = {"system": "light", "light": "dark", "dark": "system"}
# Style sheets name pictures by their files, so they cannot come out of an archive.
_IMAGES: Final = Path(__file__).parents[1] / "icons"
_Role = QPalette.ColorRole
_PALETTE: Final = {
    _Role.Window: "bg",
    _Role.WindowText: "text",
    _Role.Base: "surface",
    _Role.AlternateBase: "sidebar",
    _Role.Text: "text",
    _Role.Button: "raised",
    _Role.ButtonText: "text",
    _Role.Highlight: "accent",
    _Role.HighlightedText: "on_accent",
    _Role.ToolTipBase: "raised",
    _Role.ToolTipText: "text",
    _Role.PlaceholderText: "faint",
    _Role.Link: "accent",
    _Role.Accent: "accent",
}


class Theme(QObject):
    """The look of the whole program."""

    def __init__(self, application: QApplication, choice: Choice = "system") -> None:
        super().__init__()
        self._application = application
        self._pixmaps: dict[tuple[str, str, int], QPixmap] = {}
        self._followers: dict[int, Callable[[], object]] = {}
        self._tokens = itertools.count()
        self.choice: Choice = choice
        self.tokens = LIGHT
        self.large = False
        application.setStyle("Fusion")
        _load_fonts()
        application.styleHints().colorSchemeChanged.connect(self._system_changed)
        self.choose(choice)

    @property
    def dark(self) -> bool:
        """Whether the dark look is shown."""
        return self.tokens is DARK

    def choose(self, choice: Choice) -> None:
        """Follow the system, or be light or dark whatever it says."""
        self.choice = choice
        system_dark = self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        self.tokens = DARK if choice == "dark" or (choice == "system" and system_dark) else LIGHT
        palette = QPalette()
        for role, token in _PALETTE.items():
            palette.setColor(role, self.color(token))
        for role in (_Role.Text, _Role.WindowText, _Role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("faint"))
        self._application.setPalette(palette)
        self._application.setStyleSheet(style_sheet(self.tokens, _IMAGES, LARGE if self.large else 1.0))
        for apply in list(self._followers.values()):
            apply()

    def enlarge(self, large: bool) -> None:
        """Show larger texts, or those of usual size."""
        if large != self.large:
            self.large = large
            self.choose(self.choice)

    def pixels(self, size: int) -> int:
        """Return how large a painted text is that has this size where texts are of usual size."""
        return round(size * LARGE) if self.large else size

    def follow(self, owner: QObject, apply: Callable[[], object]) -> None:
        """Call ``apply`` now, and again whenever the look changes for as long as Qt has ``owner``."""
        apply()
        token = next(self._tokens)
        followers = self._followers
        followers[token] = apply
        # Qt deletes what is in a closed dialog or a cleared list, whatever Python still holds.
        owner.destroyed.connect(lambda: followers.pop(token, None))

    def next(self) -> None:
        """Go from system to light to dark and round again."""
        self.choose(_NEXT[self.choice])

    def color(self, token: str) -> QColor:
        """Return a colour of the look."""
        return QColor(self.tokens[token])

    def pixmap(self, name: str, tint: str = "muted", size: int = 18) -> QPixmap:
        """Return an icon in a colour of the look."""
        return self.glyph(name, self.tokens[tint], size)

    def glyph(self, name: str, color: str, size: int) -> QPixmap:
        """Return an icon in any colour."""
        key = (name, color, size)
        if key not in self._pixmaps:
            self._pixmaps[key] = icon_pixmap(*key)
        return self._pixmaps[key]

    def icon(self, name: str, tint: str = "muted", size: int = 18) -> QIcon:
        """Return an icon for a button or a menu."""
        return QIcon(self.pixmap(name, tint, size))

    def close(self) -> None:
        """Follow the system no longer."""
        self._application.styleHints().colorSchemeChanged.disconnect(self._system_changed)

    def _system_changed(self) -> None:
        if self.choice == "system":
            self.choose("system")


def _load_fonts() -> None:
    """Make the font that comes with the program known, so that text looks the same everywhere."""
    if "Inter" in QFontDatabase.families():
        return
    for file in (resources.files("letspic_desktop.ui") / "fonts").iterdir():
        if file.name.endswith(".otf"):
            QFontDatabase.addApplicationFontFromData(file.read_bytes())
