"""The settings: every choice of the preferences, applied the moment it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFormLayout, QLabel, QSpinBox, QWidget

from letspic_desktop.preferences import LONGEST_WATCH_MINUTES, Preferences, PreferenceStore
from letspic_desktop.ui.dialogs.base import fill, make_dialog
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, inset, label, line, row
from letspic_desktop.ui.texts import tr

Choices = dict[str, str]
_LABEL, _WIDTH = 190, 480


class SettingsDialog:
    """The dialog with one control for each preference.

    Parameters
    ----------
    change
        Called with the changed preference; says itself what went wrong.
    apply_language
        Called by the button that opens the window anew in another language.
    """

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        store: PreferenceStore,
        change: Callable[..., None],
        apply_language: Callable[[], object],
    ) -> None:
        self.dialog: QDialog = make_dialog(parent, tr("Settings"))
        self._change = change
        self._started_in = store.now.language
        self._controls: dict[str, QWidget] = {}
        self._again = button(theme, tr("Open the window in this language"), role="link", on_click=apply_language)
        self._again.hide()
        self._no_letters = label(
            tr("No font with Korean letters was found; install fonts-nanum or fonts-noto-cjk."), "bad", wrap=True
        )
        self._no_letters.hide()
        now = store.now
        close = button(theme, tr("Close"), on_click=self.dialog.close)
        fill(
            self.dialog,
            column(
                label(tr("Settings"), "h2"),
                4,
                self._looks(now),
                line(),
                self._photos(now),
                line(),
                self._sharing(now),
                8,
                row(None, close),
                spacing=10,
            ),
        )
        # The shortcuts of the window change some of it too.
        unsubscribe = store.subscribe(self._show)
        self.dialog.destroyed.connect(lambda: unsubscribe())
        self.dialog.show()

    def _looks(self, now: Preferences) -> QFormLayout:
        form = _form()
        korean = "한국어 · Korean" if korean_letters() else "Korean"
        languages = {"system": tr("As the system"), "en": "English", "ko": korean}
        form.addRow(*self._choice("language", tr("Language"), languages, now))
        form.addRow("", self._no_letters)
        form.addRow("", self._again)
        looks = {"system": tr("As the system"), "light": tr("Light"), "dark": tr("Dark")}
        form.addRow(*self._choice("look", tr("Look"), looks, now))
        sizes = {"normal": tr("Normal"), "large": tr("Large")}
        form.addRow(*self._choice("text_size", tr("Size of texts"), sizes, now))
        form.addRow(self._switch("reduced_motion", tr("No animations"), now))
        form.addRow(self._switch("notifications", tr("Say so on the desktop when fine-tuning ends"), now))
        return form

    def _photos(self, now: Preferences) -> QFormLayout:
        form = _form()
        sections = {"month": tr("By month"), "place": tr("By place"), "album": tr("By album")}
        form.addRow(*self._choice("sections", tr("Divide photos"), sections, now))
        minutes = QSpinBox()
        minutes.setRange(0, LONGEST_WATCH_MINUTES)
        minutes.setValue(now.watch_minutes)
        minutes.setSpecialValueText(tr("never by itself"))
        minutes.setSuffix(tr(" minutes"))
        minutes.setMinimumWidth(150)
        inset(minutes)
        minutes.setKeyboardTracking(False)
        minutes.valueChanged.connect(lambda value: self._change(watch_minutes=value))
        form.addRow(*self._named("watch_minutes", tr("Look at watched folders every"), minutes))
        form.addRow(self._switch("collapse_similar", tr("Show near-identical results as one"), now))
        form.addRow(self._switch("ask_before_trash", tr("Ask before photos go into the trash"), now))
        return form

    def _sharing(self, now: Preferences) -> QFormLayout:
        form = _form()
        share = self._switch("share_thumbnails", tr("In others' groups, let them see small pictures of my photos"), now)
        why = label(
            tr(
                "This is about groups of other desktops that you joined. Without it they learn only that a photo of "
                "yours fits; with it they see a small picture. The photo itself never leaves this computer."
            ),
            "small",
            wrap=True,
        )
        why.setMinimumWidth(_WIDTH)
        share.setAccessibleDescription(why.text())
        form.addRow(share)
        form.addRow(why)
        return form

    def _choice(self, name: str, text: str, choices: Choices, now: Preferences) -> tuple[QLabel, QWidget]:
        box = QComboBox()
        for value, words in choices.items():
            box.addItem(words, value)
        box.setCurrentIndex(box.findData(getattr(now, name)))
        box.setMinimumWidth(200)
        box.currentIndexChanged.connect(lambda _: self._change(**{name: box.currentData()}))
        return self._named(name, text, box)

    def _named(self, name: str, text: str, control: QWidget) -> tuple[QLabel, QWidget]:
        words = label(text)
        words.setMinimumSize(_LABEL, control.sizeHint().height())
        words.setBuddy(control)
        control.setAccessibleName(text)
        self._controls[name] = control
        return words, control

    def _switch(self, name: str, text: str, now: Preferences) -> QCheckBox:
        box = QCheckBox(text)
        box.setChecked(getattr(now, name))
        box.toggled.connect(lambda on: self._change(**{name: on}))
        self._controls[name] = box
        return box

    def _show(self, now: Preferences) -> None:
        for name, control in self._controls.items():
            _set(control, getattr(now, name))
        self._again.setVisible(now.language != self._started_in)
        self._no_letters.setVisible(now.language == "ko" and not korean_letters())
        # The texts have their new size, and the line its place, only after this.
        QTimer.singleShot(0, self.dialog, self._grow)

    def _grow(self) -> None:
        """Give every line its whole height where there is more of them now, or they are larger."""
        layout = self.dialog.layout()
        if layout is None:
            return
        layout.activate()
        wanted = layout.totalSizeHint()
        width = max(self.dialog.width(), wanted.width())
        height = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else wanted.height()
        self.dialog.resize(width, max(self.dialog.height(), height))


def korean_letters() -> bool:
    """Return whether this computer has a font that Korean can be read in."""
    return bool(QFontDatabase.families(QFontDatabase.WritingSystem.Korean))


def _set(control: QWidget, value: Any) -> None:
    if isinstance(control, QComboBox):
        control.setCurrentIndex(control.findData(value))
    elif isinstance(control, QCheckBox):
        control.setChecked(value)
    elif isinstance(control, QSpinBox):
        control.setValue(value)


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(18)
    form.setVerticalSpacing(9)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return form
