"""Texts of the window pass through `tr`, fit where they are longer, and are Korean where that is chosen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.language.pseudo import CLOSE, OPEN
from letspic_desktop.ui.language.translators import ENVIRONMENT_VARIABLE, chosen_language
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.texts import counted, said, sentence, tr
from letspic_shared.errors import KnownError

# Names of people's own things, of this program, and of keys that are the same everywhere.
OWN = re.compile(
    r"(\S+\.jpg|Hiking club|balloons|beach|city|desert|forest|fruit|houses|sailing|snow mountains|sunflowers)"
)
NOT_WORDS = re.compile(
    r"^[\W\d_]*$|^((Ctrl|Shift|Alt)\+)*(\W|\w|F\d+|Return|Enter|Del|Esc|Tab|Space|Backspace|Up|Down|Left|Right|Home|End|PgUp|PgDown|Plus|Minus)$|^[\d.:]+$"
)
SAME_EVERYWHERE = {"English", "한국어 · Korean", "Korean", "LetsPic"}
# A button has room around its text.
SLACK = 24


@pytest.fixture
def pseudo_window(
    app: Application,
    samples: object,
    open_it: Callable[[Application], MainWindow],
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> MainWindow:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "pseudo")
    ImportPhotos(sources=(samples,), albums_from_folders=True).run(app, Progress())  # type: ignore[arg-type]
    app.catalog.groups.create("Hiking club")
    window = open_it(app)
    qtbot.waitUntil(lambda: bool(window.page.grid.photos.rows), timeout=10_000)
    return window


def texts(root: QWidget) -> Iterator[tuple[QWidget, str]]:
    """Yield every text of the visible widgets, also those that are only read aloud."""
    for one in [root, *root.findChildren(QWidget)]:
        if not one.isVisible():
            continue
        if isinstance(one, QLabel | QAbstractButton):
            yield one, one.text()
        if isinstance(one, QComboBox):
            yield from ((one, one.itemText(number)) for number in range(one.count()))
        if isinstance(one, QLineEdit):
            yield one, one.placeholderText()
        if isinstance(one, QGroupBox | QMenu):
            yield one, one.title()
        for text in (one.accessibleName(), one.accessibleDescription(), one.toolTip()):
            yield one, text


def outside_brackets(text: str) -> str:
    """Return what of a text did not pass through `tr`."""
    depth, outside = 0, []
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        if depth == 0 and letter != CLOSE:
            outside.append(letter)
    return OWN.sub("", "".join(outside)).strip()


def untranslated(root: QWidget) -> list[str]:
    bare = {(type(one).__name__, text) for one, text in texts(root)}
    return sorted(
        f"{kind}: {text}"
        for kind, text in bare
        if text not in SAME_EVERYWHERE and not NOT_WORDS.match(outside_brackets(text))
    )


def clipped(root: QWidget) -> list[str]:
    """Return the texts of buttons and one-line labels that have less room than they need."""
    found = []
    for one in [*root.findChildren(QAbstractButton), *root.findChildren(QLabel)]:
        if not one.isVisible() or not one.text() or (isinstance(one, QLabel) and one.wordWrap()):
            continue
        if one.property("role") != "brand" and one.width() + SLACK < one.minimumSizeHint().width():
            found.append(f"{one.text()} has {one.width()} of {one.minimumSizeHint().width()}")
    return found


def test_window_says_nothing_that_cannot_be_translated(pseudo_window: MainWindow) -> None:
    assert untranslated(pseudo_window) == []


def test_longer_texts_fit_the_window(pseudo_window: MainWindow, qtbot: QtBot) -> None:
    pseudo_window.resize(1440, 900)
    QApplication.processEvents()
    assert clipped(pseudo_window) == []


def test_what_actions_open_can_be_translated_and_fits(
    pseudo_window: MainWindow, each_dialog: Callable[[MainWindow], Iterator[tuple[str, QWidget]]]
) -> None:
    pseudo_window.page.grid.setCurrentIndex(pseudo_window.page.grid.photos.index(0))
    opened = {}
    for action, widget in each_dialog(pseudo_window):
        # The guide itself is written in languages that people speak.
        opened[action] = [*untranslated(widget), *clipped(widget)]
    assert len(opened) >= 9
    assert {action: found for action, found in opened.items() if found} == {}


def test_korean_is_spoken_and_english_afterwards(
    app: Application, open_it: Callable[[Application], MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    app.preferences.change(language="ko")
    open_it(app)
    assert tr("Add device") == "기기 추가"
    assert counted(3, "{n} photo", "{n} photos") == "사진 3장"
    full = KnownError("The disk that holds /media/anna is full", "Free some space and try again")
    gone = KnownError("2026-08 is inside /media/anna, which is watched already", "Choose another folder")
    assert said(gone.reason) == "2026-08은(는) 이미 지켜보는 /media/anna 안에 있습니다"
    assert sentence(full) == "/media/anna이(가) 있는 디스크가 가득 찼습니다. 공간을 확보하고 다시 시도하세요."


def test_language_is_the_chosen_one_or_the_first_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    assert chosen_language("ko", ["en-GB"]) == "ko"
    assert chosen_language("system", ["de-DE", "ko-KR", "en-US"]) == "ko"
    assert chosen_language("system", ["en_US", "ko"]) == "en"
    assert chosen_language("system", ["de-DE"]) == "en"
    assert chosen_language("system", ["C"]) == "en"
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "pseudo")
    assert chosen_language("ko", []) == "pseudo"
