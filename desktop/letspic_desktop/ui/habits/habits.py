"""What people are used to from any program: settings, the guide, about, parts that can be hidden, reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from letspic_desktop.operations.serving import AllowThumbnails
from letspic_desktop.preferences import Preferences, Sections
from letspic_desktop.reports import Reports
from letspic_desktop.ui.dialogs.about import show_about
from letspic_desktop.ui.dialogs.guide import Guide
from letspic_desktop.ui.dialogs.report import show_report
from letspic_desktop.ui.dialogs.settings import SettingsDialog
from letspic_desktop.ui.habits.mistakes import MistakeError
from letspic_desktop.ui.habits.notifications import Notifier
from letspic_desktop.ui.language.translators import chosen_language
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import sentence, tr
from letspic_shared.errors import KnownError

_EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
)


class Parts(Protocol):
    """The parts of the window that follow the person's habits."""

    def set_parts(self, *, sidebar: bool, panel: bool) -> None:
        """Show or hide what is beside the photos."""

    def divide(self, sections: Sections) -> None:
        """Have headings of this kind between the photos."""


class Habits:
    """Wires the habits into a window.

    Parameters
    ----------
    reports
        Where the reports about mistakes are.
    parts
        What of the window follows the preferences.
    reopen
        Opens the window anew, in the language that is chosen now.
    """

    def __init__(self, shell: Shell, reports: Reports, parts: Parts, reopen: Callable[[], object]) -> None:
        self._shell = shell
        self._parts = parts
        self._reports = reports
        self._reopen = reopen
        self._store = shell.services.app.preferences
        self._open: dict[str, QDialog] = {}
        self._known = self._store.now
        self.sidebar_wanted = True
        self.panel_wanted = True
        self.notifier = Notifier(shell.services, lambda: shell.widget.isActiveWindow())
        self._unsubscribe = self._store.subscribe(self._apply)
        shell.services.theme.follow(shell.widget, self._remember_look)
        self._apply(self._store.now)
        self._add_actions()

    def show_settings(self) -> None:
        """Open the settings."""
        services = self._shell.services
        self._once(
            "settings",
            lambda: SettingsDialog(self._shell.widget, services.theme, self._store, self.change, self._reopen).dialog,
        )

    def show_guide(self) -> None:
        """Open the guide, at the sheet of shortcuts."""
        language = chosen_language(self._store.now.language)
        self._once(
            "guide",
            lambda: Guide(self._shell.widget, self._shell.services.theme, self._shell.actions_book, language).dialog,
        )

    def show_about(self) -> None:
        """Open the box about the program."""
        self._once("about", lambda: show_about(self._shell.widget, self._shell.services.theme))

    def show_report(self, file: Path, headline: str = "") -> None:
        """Open the page about a report file."""
        title = headline or tr("LetsPic made a mistake")
        text = self._reports.read(file)
        theme = self._shell.services.theme
        self._once(file.name, lambda: show_report(self._shell.widget, theme, headline=title, file=file, text=text))

    def complain(self, error: KnownError) -> None:
        """Say what went wrong; a mistake of the program offers its report."""
        report = error.report if isinstance(error, MistakeError) else None
        if report is None:
            self._shell.messages.complain(error)
        else:
            self._shell.messages.say(
                sentence(error), "bad", action=tr("Show report"), act=lambda: self.show_report(report)
            )

    def say_at_start(self, last_crash: Path | None) -> None:
        """Say what the start brought up: a last time that ended badly, settings that could not be read."""
        if last_crash is not None:
            headline = tr("LetsPic ended unexpectedly the last time")
            self._shell.messages.say(
                tr("LetsPic ended unexpectedly the last time. Your library is as it was."),
                "warn",
                action=tr("Show report"),
                act=lambda: self.show_report(last_crash, headline),
            )
        elif self._store.complaint is not None:
            self._shell.messages.complain(self._store.complaint)
            self._store.complaint = None

    def change(self, **changes: object) -> None:
        """Change preferences; what goes wrong is said."""
        try:
            self._store.change(**changes)
        except KnownError as error:
            self._shell.messages.complain(error)

    def show_parts(self, *, sidebar: bool, panel: bool) -> None:
        """Show or hide the parts beside the photos."""
        self.sidebar_wanted, self.panel_wanted = sidebar, panel
        self._parts.set_parts(sidebar=sidebar, panel=panel)

    def close(self) -> None:
        """Close what is open, and follow the preferences no longer."""
        self._unsubscribe()
        self.notifier.close()
        # Qt would delete open dialogs with the window, without telling them that they are being closed.
        for dialog in self._shell.widget.findChildren(QDialog):
            dialog.close()

    def _add_actions(self) -> None:
        book = self._shell.actions_book
        book.add("view", tr("Show or hide the sidebar"), self._toggle_sidebar, "Shift+F9")
        book.add("view", tr("Show or hide the fine-tuning panel"), self._toggle_panel, "F9")
        book.add("view", tr("Settings"), self.show_settings, "Ctrl+,")
        book.add("help", tr("Guide and keyboard shortcuts"), self.show_guide, "F1")
        book.add("help", tr("About LetsPic"), self.show_about)

    def _toggle_sidebar(self) -> None:
        self.show_parts(sidebar=not self.sidebar_wanted, panel=self.panel_wanted)

    def _toggle_panel(self) -> None:
        self.show_parts(sidebar=self.sidebar_wanted, panel=not self.panel_wanted)

    def _once(self, name: str, make: Callable[[], QDialog]) -> None:
        """Open a dialog, or bring it to the front where it is open already."""
        present = self._open.get(name)
        if present is not None:
            bring_to_front(present)
            return
        dialog = make()
        self._open[name] = dialog
        dialog.destroyed.connect(lambda: self._open.pop(name, None))

    def _apply(self, now: Preferences) -> None:
        theme = self._shell.services.theme
        theme.enlarge(now.text_size == "large")
        if theme.choice != now.look:
            theme.choose(now.look)
        before, self._known = self._known, now
        if now.sections != before.sections:
            self._parts.divide(now.sections)
        if now.share_thumbnails != before.share_thumbnails:
            self._shell.services.runner.start(AllowThumbnails(allow=now.share_thumbnails))
        for effect in _EFFECTS:
            QApplication.setEffectEnabled(effect, not now.reduced_motion)

    def _remember_look(self) -> None:
        # The button in the sidebar and its shortcut change the look too.
        if self._shell.services.theme.choice != self._store.now.look:
            self.change(look=self._shell.services.theme.choice)


def bring_to_front(window: QWidget) -> None:
    """Show a window before all others, as far as the desktop allows."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
