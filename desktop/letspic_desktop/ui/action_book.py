"""Everything that can be done with the keyboard; the sheet of shortcuts and the app menu are read from this book."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from letspic_desktop.ui.texts import tr

Section = Literal["library", "photos", "viewer", "search", "group", "view", "help"]
USUAL: Final = 5
Keys = QKeySequence.StandardKey | str
SECTIONS: Final[tuple[Section, ...]] = ("library", "photos", "viewer", "search", "group", "view", "help")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One action with what decides whether it can be used just now."""

    action: QAction
    section: Section
    in_menu: bool
    enabled: Callable[[], bool] | None
    text_now: Callable[[], str] | None
    order: int


class ActionBook:
    """Makes actions that work everywhere in a window, and lists them.

    Parameters
    ----------
    window
        The widget in which the shortcuts work.
    """

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._entries: list[Entry] = []
        self._plain_texts: dict[QAction, str] = {}

    def add(
        self,
        section: Section,
        text: str,
        call: Callable[[], object],
        key: Keys | None = None,
        *,
        enabled: Callable[[], bool] | None = None,
        in_menu: bool = True,
        scope: QWidget | None = None,
        text_now: Callable[[], str] | None = None,
        order: int = USUAL,
    ) -> QAction:
        """Register an action.

        Parameters
        ----------
        text
            What it does, as the sheet and the menu say it.
        enabled
            Asked when the menu opens; an action that cannot be used just now is grey there. Its ``call`` must bear
            being used nevertheless, for a shortcut comes without a menu.
        in_menu
            Whether the app menu lists it too.
        scope
            Widget that must have the focus for the shortcut to work; the whole window where None. Single letters
            need one, for elsewhere people type them.
        text_now
            Asked when the menu opens for what it would do just now; the sheet goes on saying ``text``.
        order
            Where it stands in its section; those of the same order stand as they were added.
        """
        owner = self._window if scope is None else scope
        action = QAction(text, owner)
        if key is not None:
            action.setShortcut(QKeySequence(key))
        if scope is not None:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda _=False: call())
        owner.addAction(action)
        entry = Entry(action=action, section=section, in_menu=in_menu, enabled=enabled, text_now=text_now, order=order)
        self._entries.append(entry)
        self._entries.sort(key=lambda one: one.order)
        return action

    def sections(self) -> Mapping[str, Sequence[QAction]]:
        """Return all actions by the title of their section, in the order of the sections."""
        titles = _titles()
        found: dict[str, list[QAction]] = {titles[section]: [] for section in SECTIONS}
        for entry in self._entries:
            found[titles[entry.section]].append(entry.action)
        return {title: actions for title, actions in found.items() if actions}

    def fill(self, menu: QMenu) -> None:
        """Put the actions of the app menu into ``menu``, a sub-menu for each section."""
        titles = _titles()
        for section in SECTIONS:
            listed = [entry for entry in self._entries if entry.section == section and entry.in_menu]
            if listed:
                part = menu.addMenu(titles[section])
                for entry in listed:
                    entry.action.setEnabled(entry.enabled is None or entry.enabled())
                    if entry.text_now is not None:
                        self._plain_texts[entry.action] = entry.action.text()
                        entry.action.setText(entry.text_now().replace("&", "&&"))
                    part.addAction(entry.action)
        # Grey in the menu only: a shortcut explains why it cannot be used.
        menu.aboutToHide.connect(self._as_before)

    def _as_before(self) -> None:
        for entry in self._entries:
            entry.action.setEnabled(True)
        for action, text in self._plain_texts.items():
            action.setText(text)
        self._plain_texts.clear()


def _titles() -> dict[Section, str]:
    return {
        "library": tr("Library"),
        "photos": tr("Photos"),
        "viewer": tr("One photo in full"),
        "search": tr("Search"),
        "group": tr("Groups and devices"),
        "view": tr("View"),
        "help": tr("Help"),
    }
