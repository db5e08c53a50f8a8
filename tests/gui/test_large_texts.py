"""Larger texts: everything that is painted grows with them, and nothing is cut for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QComboBox, QDialog, QLabel
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.main_window import MainWindow

WAIT = 5000


def settings(window: MainWindow) -> QDialog:
    window.habits.show_settings()
    (dialog,) = [one for one in window.findChildren(QDialog) if one.isVisible()]
    return dialog


def cut(dialog: QDialog) -> list[str]:
    """Return what the drop-downs say that are lower than they have to be."""
    boxes = [one for one in dialog.findChildren(QComboBox) if one.isVisible()]
    return [one.currentText() for one in boxes if one.height() < one.sizeHint().height()]


def test_settings_grow_with_what_they_say(app: Application, window: MainWindow, qtbot: QtBot) -> None:
    dialog = settings(window)
    before = dialog.height()
    app.preferences.change(text_size="large")
    qtbot.waitUntil(lambda: dialog.height() > before and not cut(dialog), timeout=WAIT)
    before = dialog.height()
    app.preferences.change(language="ko")
    qtbot.waitUntil(lambda: dialog.height() > before and not cut(dialog), timeout=WAIT)
    dialog.close()


@pytest.mark.parametrize("families", [[], ["Nanum Gothic"]])
def test_letters_that_no_font_has_are_told_before_they_are_needed(
    families: list[str], app: Application, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFontDatabase, "families", lambda system: families)
    dialog = settings(window)
    (language,) = [one for one in dialog.findChildren(QComboBox) if one.accessibleName() == "Language"]
    assert language.itemText(language.findData("ko")) == ("한국어 · Korean" if families else "Korean")
    app.preferences.change(language="ko")
    told = [one for one in dialog.findChildren(QLabel) if "No font with Korean letters" in one.text()]
    qtbot.waitUntil(lambda: [one.isVisible() for one in told] == [not families], timeout=WAIT)
    dialog.close()


def reach(window: MainWindow) -> int:
    """Return how far to the right the words of the first entry of the sidebar reach."""
    view = window.sidebar.view
    row = next(one for one in range(view.model().rowCount()) if not window.sidebar.model.entries[one].heading)
    area = view.visualRect(view.model().index(row, 0))
    picture = view.viewport().grab(area).toImage()
    ground = picture.pixelColor(47, picture.height() // 2)
    used = [
        x
        for x in range(48, picture.width() // 2 + 40)
        if any(
            abs(picture.pixelColor(x, y).lightness() - ground.lightness()) > 90 for y in range(8, picture.height() - 8)
        )
    ]
    return max(used) - min(used)


def test_painted_words_grow_too(window: MainWindow) -> None:
    before = reach(window)
    window.services.theme.enlarge(True)
    try:
        assert reach(window) > 1.1 * before
    finally:
        window.services.theme.enlarge(False)


def test_buttons_give_way_before_the_search_field(
    app: Application, samples: Path, open_it: object, qtbot: QtBot
) -> None:
    ImportPhotos(sources=(samples / "city",)).run(app, Progress())
    window: MainWindow = open_it(app)  # type: ignore[operator]
    page = window.page
    qtbot.waitUntil(page.grid.isVisible, timeout=WAIT)
    window.services.theme.enlarge(True)
    try:
        window.resize(1000, 650)
        qtbot.waitUntil(lambda: page.add_button.text() == "", timeout=WAIT)
        assert page.search_field.width() >= 160
        assert page.width() <= window.width()
        long = "600 photos · 600 its own, 0 placed by hand, of which none is on this computer just now"
        page._about.say(long)
        assert page._about.shown.endswith("…")
        assert page._about.toolTip() == long
        assert page._about.text() == long
    finally:
        window.services.theme.enlarge(False)
