"""The grid: where photos are, the selection, the keys, drags, and long lists."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QItemSelectionModel, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.ui.dispatcher import Dispatcher
from letspic_desktop.ui.grid.layout import GridSection
from letspic_desktop.ui.grid.paint import picture_area, signs_area
from letspic_desktop.ui.grid.photo_grid import PhotoGrid
from letspic_desktop.ui.grid.photo_model import LazyRows, PhotoRow
from letspic_desktop.ui.grid.thumbnails import ThumbnailLoader
from letspic_desktop.ui.look.theme import Theme

LEFT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
PLAIN, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


def lazy(count: int, *, known: int = 0, rating: int = 0) -> LazyRows:
    """Return a long list of which the first few rows are known."""
    keys = [f"{number:064x}" for number in range(count)]
    return LazyRows(keys, {key: PhotoRow(key=key, name=f"{key[-4:]}.jpg", rating=rating) for key in keys[:known]})


def months(*counts: int) -> list[GridSection]:
    """Return sections of these sizes."""
    starts = [sum(counts[:number]) for number in range(len(counts))]
    return [
        GridSection(title=f"Month {number}", start=start, count=count)
        for number, (start, count) in enumerate(zip(starts, counts, strict=True))
    ]


@pytest.fixture
def grid(app: Application, qapp: QApplication, qtbot: QtBot) -> Iterator[PhotoGrid]:
    dispatcher, theme = Dispatcher(), Theme(qapp)
    loader = ThumbnailLoader(app, dispatcher)
    grid = PhotoGrid(theme, loader, name="Photos")
    qtbot.addWidget(grid)
    grid.resize(660, 500)
    grid.show()
    qtbot.waitExposed(grid)
    yield grid
    loader.close()
    dispatcher.close()
    theme.close()


def numbers(grid: PhotoGrid) -> list[int]:
    """Return the numbers of the selected photos."""
    return [int(str(key), 16) for key in grid.chosen]


def centre(grid: PhotoGrid, number: int) -> QPoint:
    """Return the middle of a photo."""
    return grid.visualRect(grid.photos.index(number)).center()


def drag_mouse(grid: PhotoGrid, qtbot: QtBot, begin: QPoint, end: QPoint) -> None:
    """Press, move in steps, and let go."""
    view = grid.viewport()
    qtbot.mousePress(view, LEFT, pos=begin)
    for share in (0.2, 0.6, 1.0):
        at = QPointF(begin + (end - begin) * share)
        move = QMouseEvent(QMouseEvent.Type.MouseMove, at, view.mapToGlobal(at), NO_BUTTON, LEFT, PLAIN)
        QApplication.sendEvent(view, move)
    qtbot.mouseRelease(view, LEFT, pos=end)


def test_clicks_select_one_some_and_all_between(grid: PhotoGrid, qtbot: QtBot) -> None:
    grid.show_rows(lazy(100, known=100), months(10, 90))
    view = grid.viewport()
    qtbot.mouseClick(view, LEFT, pos=centre(grid, 1))
    assert numbers(grid) == [1]
    qtbot.mouseClick(view, LEFT, CTRL, pos=centre(grid, 5))
    assert numbers(grid) == [1, 5]
    qtbot.mouseClick(view, LEFT, pos=centre(grid, 2))
    qtbot.mouseClick(view, LEFT, SHIFT, pos=centre(grid, 7))
    assert numbers(grid) == [2, 3, 4, 5, 6, 7]
    grid.selectAll()
    assert grid.chosen_count == 100


def test_rectangle_selects_what_it_touches(grid: PhotoGrid, qtbot: QtBot) -> None:
    grid.show_rows(lazy(40, known=40))
    columns = next(number for number in range(1, 40) if centre(grid, number).y() != centre(grid, 0).y())
    gap = grid.visualRect(grid.photos.index(0)).topLeft() + QPoint(2, 2)
    drag_mouse(grid, qtbot, gap, centre(grid, columns + 1))
    assert numbers(grid) == [0, 1, columns, columns + 1]


def test_heading_selects_its_photos_also_while_it_floats(grid: PhotoGrid, qtbot: QtBot) -> None:
    grid.show_rows(lazy(60, known=60), months(10, 50))
    top = grid.visualRect(grid.photos.index(10)).top()
    qtbot.mouseClick(grid.viewport(), LEFT, pos=QPoint(30, top - 20))
    assert numbers(grid) == list(range(10, 60))
    qtbot.mouseClick(grid.viewport(), LEFT, CTRL, pos=QPoint(30, 10))
    assert grid.chosen_count == 60
    grid.verticalScrollBar().setValue(100)
    qtbot.mouseClick(grid.viewport(), LEFT, pos=QPoint(30, 10))
    assert numbers(grid) == list(range(10))


def test_keys_walk_over_sections(grid: PhotoGrid, qtbot: QtBot) -> None:
    grid.show_rows(lazy(1000, known=1000), months(5, 995))
    grid.setFocus()
    grid.setCurrentIndex(grid.photos.index(0))
    columns = next(number for number in range(1, 5) if centre(grid, number).y() != centre(grid, 0).y())
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    assert grid.currentIndex().row() == columns
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    assert grid.currentIndex().row() == 5
    qtbot.keyClick(grid, Qt.Key.Key_Right, SHIFT)
    qtbot.keyClick(grid, Qt.Key.Key_Right, SHIFT)
    assert numbers(grid) == [5, 6, 7]
    qtbot.keyClick(grid, Qt.Key.Key_Left)
    assert numbers(grid) == [6]
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert grid.currentIndex().row() == 999
    assert grid.viewport().rect().contains(centre(grid, 999))
    qtbot.keyClick(grid, Qt.Key.Key_PageUp)
    assert 950 < grid.currentIndex().row() < 999
    qtbot.keyClick(grid, Qt.Key.Key_Home)
    assert grid.verticalScrollBar().value() == 0


def test_rows_are_read_when_they_are_looked_at(grid: PhotoGrid, qtbot: QtBot) -> None:
    rows = lazy(100_000)
    asked: list[int] = []
    grid.rows_wanted.connect(lambda: asked.append(len(grid.unknown)))
    grid.show_rows(rows, months(50_000, 50_000))
    qtbot.waitUntil(lambda: bool(asked), timeout=2000)
    assert 0 < len(grid.unknown) < 200
    shown = grid.unknown
    assert not rows[0].known
    grid.photos.learn({key: PhotoRow(key=key, name="read.jpg") for key in shown})
    assert rows[0].name == "read.jpg"
    assert not grid.unknown
    grid.scrollTo(grid.photos.index(70_000))
    assert f"{70_000:064x}" in grid.unknown


def test_same_photos_again_keep_selection_and_place(grid: PhotoGrid, qtbot: QtBot) -> None:
    grid.show_rows(lazy(5000, known=200), months(5000))
    resets: list[int] = []
    grid.photos.modelReset.connect(lambda: resets.append(1))
    grid.selectAll()
    grid.verticalScrollBar().setValue(4000)
    grid.show_rows(lazy(5000, known=200, rating=3), months(5000), stay=True)
    assert not resets
    assert grid.chosen_count == 5000
    assert grid.verticalScrollBar().value() == 4000
    assert grid.photos.rows[3].rating == 3


def test_other_photos_keep_the_selection_as_far_as_it_is_there(grid: PhotoGrid, qtbot: QtBot) -> None:
    grid.show_rows(lazy(500, known=10), months(500))
    flags = QItemSelectionModel.SelectionFlag
    for number in (3, 4, 400):
        grid.selectionModel().select(grid.photos.index(number), flags.Select)
    grid.selectionModel().setCurrentIndex(grid.photos.index(4), flags.NoUpdate)
    fewer = lazy(500, known=10)
    fewer.keys = [key for number, key in enumerate(fewer.keys) if number != 3]
    grid.show_rows(fewer, months(499), stay=True)
    assert numbers(grid) == [4, 400]
    assert int(str(grid.photos.rows[grid.currentIndex().row()].key), 16) == 4


def test_selected_photos_that_are_gone_are_selected_no_longer(grid: PhotoGrid) -> None:
    grid.show_rows(lazy(10, known=10))
    grid.setCurrentIndex(grid.photos.index(9))
    grid.show_rows(lazy(5, known=5), stay=True)
    assert not grid.chosen
    assert grid.currentIndex().row() == 4
    grid.show_rows(lazy(0), stay=True)
    assert grid.photos.rowCount() == 0


def test_another_size_keeps_what_is_in_the_middle(grid: PhotoGrid, qtbot: QtBot) -> None:
    grid.show_rows(lazy(5000, known=10), months(2000, 3000))
    grid.scrollTo(grid.photos.index(3000), PhotoGrid.ScrollHint.PositionAtCenter)
    for steps in (2, -3):
        grid.zoom(steps)
        assert grid.viewport().rect().contains(centre(grid, 3000))
    grid.resize(900, 500)
    assert grid.viewport().rect().contains(centre(grid, 3000))


def test_click_on_a_star_rates_and_does_not_select(grid: PhotoGrid, qtbot: QtBot) -> None:
    grid.show_rows(lazy(10, known=10))
    clicked: list[tuple[int, int]] = []
    grid.sign_clicked.connect(lambda number, sign: clicked.append((number, sign)))
    signs = signs_area(picture_area(grid.visualRect(grid.photos.index(2))))
    for share in (0.1, 0.3, 0.95):
        at = QPoint(round(signs.left() + share * signs.width()), round(signs.center().y()))
        qtbot.mouseClick(grid.viewport(), LEFT, pos=at)
    assert clicked == [(2, 0), (2, 1), (2, 5)]
    assert not grid.chosen


def test_dragged_photos_carry_their_names_and_files(grid: PhotoGrid) -> None:
    rows = lazy(3, known=3)
    rows.learn({rows.keys[0]: PhotoRow(key=rows.keys[0], name="a.jpg", file="/photos/a.jpg")})
    rows.learn({rows.keys[1]: PhotoRow(key=rows.keys[1], name="b.jpg", file="/photos/b.jpg", missing=True)})
    grid.show_rows(rows)
    grid.selectAll()
    mime = grid.drag.data()
    assert mime is not None
    assert mime.data("application/x-letspic-photos").toStdString().split("\n") == list(rows.keys)
    assert [url.toLocalFile() for url in mime.urls()] == ["/photos/a.jpg"]


def test_photos_dropped_in_an_album_go_before_the_next_other_one(grid: PhotoGrid) -> None:
    rows = lazy(10, known=10)
    grid.show_rows(rows)
    moved: list[tuple[tuple[str, ...], str | None]] = []
    grid.drag.let_move(lambda photos, before: moved.append((photos, before)))
    mime = QMimeData()
    mime.setData("application/x-letspic-photos", "\n".join(rows.keys[2:4]).encode())
    left = grid.visualRect(grid.photos.index(2)).left() + 3

    def drop(at: QPoint) -> None:
        action = Qt.DropAction.CopyAction
        grid.drag.drop(QDropEvent(QPointF(at), action, mime, LEFT, PLAIN))

    drop(QPoint(left, centre(grid, 2).y()))
    drop(QPoint(centre(grid, 9).x() + 40, centre(grid, 9).y()))
    grid.drag.let_move(None)
    drop(QPoint(left, centre(grid, 2).y()))
    assert moved == [(tuple(rows.keys[2:4]), rows.keys[4]), (tuple(rows.keys[2:4]), None)]


def test_photos_can_be_read_aloud(grid: PhotoGrid, qapp: QApplication) -> None:
    rows = lazy(1000, known=1000)
    rows.learn({rows.keys[7]: PhotoRow(key=rows.keys[7], name="sea.jpg", rating=4, favourite=True, missing=True)})
    grid.show_rows(rows, months(4, 996))
    spoken = QAccessible.queryAccessibleInterface(grid)
    assert spoken.role() == QAccessible.Role.List
    assert spoken.childCount() == 1000
    item = spoken.child(7)
    assert item.text(QAccessible.Text.Name) == "sea.jpg"
    assert item.text(QAccessible.Text.Description).startswith("Month 1, Favourite, 4 stars, Its file is not")
    at = grid.viewport().mapToGlobal(centre(grid, 7))
    assert item.rect().contains(at)
    assert spoken.childAt(at.x(), at.y()).text(QAccessible.Text.Name) == "sea.jpg"


def test_bubble_says_where_the_handle_is(grid: PhotoGrid, qtbot: QtBot) -> None:
    grid.show_rows(lazy(2000, known=10), months(1000, 1000))
    bar = grid.verticalScrollBar()
    bar.setValue(bar.maximum())
    bar.sliderMoved.emit(bar.maximum())
    bubbles = grid.findChildren(type(grid._scrubber.bubble))
    assert [bubble.text() for bubble in bubbles if bubble.isVisible()] == ["Month 1"]
    bar.sliderReleased.emit()
    assert not any(bubble.isVisible() for bubble in bubbles)
