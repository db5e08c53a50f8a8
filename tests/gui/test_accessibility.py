"""Every control and photo has a name, and can be reached with the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.main_window import MainWindow

# Containers and decorations: what is in them has the names.
SILENT = {
    QAccessible.Role.Client,
    QAccessible.Role.Pane,
    QAccessible.Role.Grouping,
    QAccessible.Role.Border,
    QAccessible.Role.Separator,
    QAccessible.Role.Grip,
    QAccessible.Role.ScrollBar,
    QAccessible.Role.Window,
    QAccessible.Role.Dialog,
    QAccessible.Role.LayeredPane,
    QAccessible.Role.Splitter,
    QAccessible.Role.ToolTip,
    QAccessible.Role.Whitespace,
    QAccessible.Role.TitleBar,
    QAccessible.Role.Application,
    QAccessible.Role.Section,
    QAccessible.Role.NoRole,
    # A label without a word shows nothing, and is told by its text where it has one.
    QAccessible.Role.StaticText,
}
MOST_ROWS = 40

EachDialog = Callable[[MainWindow], Iterator[tuple[str, QWidget]]]


@dataclass(frozen=True)
class Found:
    """One object of the tree."""

    role: QAccessible.Role
    name: str
    description: str
    where: str


def walk(widget: QWidget) -> Iterator[Found]:
    """Yield everything that is visible below a widget."""
    root = QAccessible.queryAccessibleInterface(widget)
    assert root is not None
    yield from _walk(root, type(widget).__name__)


def nameless(widget: QWidget) -> list[str]:
    """Return where there are objects that a screen reader cannot tell apart from others."""
    return [
        f"{one.role.name} at {one.where}" for one in walk(widget) if not one.name.strip() and one.role not in SILENT
    ]


def _walk(one: QAccessibleInterface, where: str) -> Iterator[Found]:
    state = one.state()
    if state.invisible:
        return
    name = one.text(QAccessible.Text.Name)
    yield Found(one.role(), name, one.text(QAccessible.Text.Description), where)
    # Items of a list are made when they are asked for; some are enough.
    for number in range(min(one.childCount(), MOST_ROWS)):
        child = one.child(number)
        if child is not None:
            # Whatever has no role of its own is a part of its parent's line: a text field's inner one, an empty label.
            target = child.object()
            kind = type(target).__name__ if target is not None else child.role().name
            if _is_inside(child, one):
                continue
            yield from _walk(child, f"{where} > {kind}({number})")


def _is_inside(child: QAccessibleInterface, parent: QAccessibleInterface) -> bool:
    """Tell whether a child is a part that its parent speaks for."""
    own = {QAccessible.Role.SpinBox, QAccessible.Role.ComboBox, QAccessible.Role.EditableText}
    return parent.role() in own


@pytest.fixture
def full_window(
    app: Application, samples: Path, open_it: Callable[[Application], MainWindow], qtbot: QtBot
) -> MainWindow:
    ImportPhotos(sources=(samples,), albums_from_folders=True).run(app, Progress())
    group = app.catalog.groups.create("Hiking club")
    assert group.name == "Hiking club"
    window = open_it(app)
    qtbot.waitUntil(lambda: bool(window.page.grid.photos.rows), timeout=10_000)
    return window


def is_reached_by_arrows(control: QWidget) -> bool:
    """Of buttons of which one is pressed, Tab reaches that one, and the arrows the others."""
    group = control.group() if isinstance(control, QAbstractButton) else None
    return group is not None and group.exclusive() and not control.isChecked()


def shown_dialogs(window: QWidget) -> list[QDialog]:
    return [one for one in window.findChildren(QDialog) if one.isVisible()]


def test_everything_in_the_window_has_a_name(full_window: MainWindow) -> None:
    assert nameless(full_window) == []


def test_photos_are_named_by_their_file_and_marks(full_window: MainWindow) -> None:
    items = [one for one in walk(full_window) if one.role == QAccessible.Role.ListItem]
    assert any(".jpg" in one.name for one in items)
    assert any("balloons" in one.name for one in items)


def test_everything_that_actions_open_has_a_name(
    full_window: MainWindow, each_dialog: EachDialog, qtbot: QtBot
) -> None:
    full_window.page.grid.setCurrentIndex(full_window.page.grid.photos.index(0))
    opened = {}
    for action, widget in each_dialog(full_window):
        opened[action] = nameless(widget)
    assert len(opened) >= 9
    assert {action: found for action, found in opened.items() if found} == {}


def test_tab_reaches_every_control_of_the_window(full_window: MainWindow, qtbot: QtBot) -> None:
    wanted = {
        one
        for kind in (QAbstractButton, QLineEdit, QComboBox)
        for one in full_window.findChildren(kind)
        if one.isVisible()
        and one.isEnabled()
        and not is_reached_by_arrows(one)
        and one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and one.window() is full_window
    }
    full_window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None, timeout=5000)
    reached: list[QWidget] = []
    for _ in range(300):
        here = QApplication.focusWidget()
        assert here is not None
        if here in reached and here is reached[0]:
            break
        reached.append(here)
        QTest.keyClick(here, Qt.Key.Key_Tab)
    proxies = {one.focusProxy() or one for one in wanted}
    missed = [
        (type(one).__name__, one.accessibleName() or getattr(one, "text", str)()) for one in proxies - set(reached)
    ]
    assert missed == []


def test_every_action_has_a_text_and_no_key_is_given_twice(full_window: MainWindow) -> None:
    actions = [action for section in full_window.actions_book.sections().values() for action in section]
    assert all(action.text() for action in actions)
    everywhere = [
        key.toString()
        for action in full_window.actions()
        for key in action.shortcuts()
        if action.shortcutContext() == Qt.ShortcutContext.WindowShortcut
    ]
    assert sorted(everywhere) == sorted(set(everywhere))


def test_label_of_a_dialog_is_read_and_not_drawn_over(full_window: MainWindow) -> None:
    full_window.habits.show_settings()
    (dialog,) = shown_dialogs(full_window)
    QApplication.sendPostedEvents(dialog, int(QEvent.Type.LayoutRequest.value))
    for text in dialog.findChildren(QLabel):
        if text.isVisible() and text.text() and not text.wordWrap():
            assert text.width() >= text.sizeHint().width(), text.text()
