"""The map of distributed files over ten thousand photos."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from letspic_desktop.operations.distributed import Copy, Holder, Spread, SpreadPhoto
from letspic_desktop.ui.dialogs.spread_table import SpreadTable
from letspic_desktop.ui.groups.spread_model import ALBUM, COPIES, FEW_ROLE, FIRST_DEVICE, PHOTO, TOO_FEW, SpreadModel
from letspic_desktop.ui.look.theme import Theme

PHOTOS, DEVICES = 10_000, 5
COPY: dict[int, Copy] = {0: "placed", 1: "own", 2: ""}


def spread() -> Spread:
    """Photo n is on device 0 where n is even, and device 1 has the first hundred as its own."""
    holders = [
        Holder(device_id=f"d{n}", name=f"device {n}", own=0, placed=0, placed_bytes=None) for n in range(DEVICES)
    ]
    photos = [
        SpreadPhoto(
            sha256=f"{n:064d}",
            name=f"{n:05d}.jpg",
            album=f"album {n % 7}",
            on=("placed" if n % 2 == 0 else "", "own" if n < 100 else "", "", "", ""),
            shared=n >= 50,
        )
        for n in range(PHOTOS)
    ]
    return Spread(group_id="g", group="Club", holders=holders, photos=photos)


@pytest.fixture
def model() -> SpreadModel:
    model = SpreadModel()
    model.show(spread())
    return model


def cell(model: SpreadModel, row: int, column: int, role: int = Qt.ItemDataRole.DisplayRole) -> object:
    return model.data(model.index(row, column), role)


def test_it_is_a_sound_model(qtmodeltester: ModelTester) -> None:
    model = SpreadModel()
    found = spread()
    model.show(Spread(group_id="g", group="Club", holders=found.holders, photos=found.photos[:50]))
    qtmodeltester.check(model)


def test_every_photo_is_a_row_and_every_device_a_column(model: SpreadModel) -> None:
    assert (model.rowCount(), model.columnCount()) == (PHOTOS, FIRST_DEVICE + DEVICES)
    header = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    assert header == ["Photo", "Album", "Copies", *(f"device {n}" for n in range(DEVICES))]


def test_what_a_screen_reader_says(model: SpreadModel) -> None:
    model.sort(PHOTO)
    spoken = Qt.ItemDataRole.AccessibleTextRole
    assert cell(model, 0, FIRST_DEVICE, spoken) == "device 0: placed there by this desktop"
    assert cell(model, 0, FIRST_DEVICE + 1, spoken) == "device 1: its own photo, which stays there"
    assert cell(model, 0, FIRST_DEVICE + 2, spoken) == "device 2: not there"
    model.want(2)
    assert cell(model, 102, COPIES, spoken) == "1 of 2 copies: too few"
    assert cell(model, 102, COPIES) == "1/2"
    assert cell(model, 102, COPIES, FEW_ROLE) is True


def test_only_those_with_too_few_copies(model: SpreadModel) -> None:
    model.only(TOO_FEW)
    odd = [n for n in range(100, PHOTOS) if n % 2]
    assert {photo.sha256 for photo in model.rows} == {f"{n:064d}" for n in odd}
    # More copies than devices are never asked for.
    model.want(99)
    assert model.wanted == DEVICES
    assert model.rowCount() == PHOTOS - 50
    model.only("d1")
    assert model.rowCount() == 100
    model.only("gone")
    assert model.rowCount() == PHOTOS


@pytest.mark.parametrize("column", [PHOTO, ALBUM, COPIES, FIRST_DEVICE, FIRST_DEVICE + 4])
def test_it_is_sorted_by_any_column(model: SpreadModel, column: int) -> None:
    model.sort(column)
    up = [photo.sha256 for photo in model.rows]
    model.sort(column, Qt.SortOrder.DescendingOrder)
    assert sorted(up) == sorted(photo.sha256 for photo in model.rows)
    if column == PHOTO:
        assert [photo.sha256 for photo in model.rows] == up[::-1]


def test_a_device_that_leaves_while_its_column_is_sorted_by(model: SpreadModel) -> None:
    model.sort(FIRST_DEVICE + 4)
    found = spread()
    photos = [
        SpreadPhoto(sha256=one.sha256, name=one.name, album=one.album, on=one.on[:4], shared=one.shared)
        for one in found.photos[:10]
    ]
    model.show(Spread(group_id="g", group="Club", holders=found.holders[:4], photos=photos))
    assert model.rowCount() == 10


def test_the_view_asks_for_what_it_shows_alone(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(qapp)
    table = SpreadTable(theme)
    qtbot.addWidget(table)
    asked: set[int] = set()
    usual = table.photos.data

    def data(index: object, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        asked.add(index.row())  # type: ignore[attr-defined]
        return usual(index, role)  # type: ignore[arg-type]

    table.photos.data = data  # type: ignore[method-assign, assignment]
    table.photos.show(spread())
    table.resize(900, 500)
    with qtbot.waitExposed(table):
        table.show()
    table.grab()
    assert 0 < len(asked) < 200
    opened: list[int] = []
    table.opened.connect(opened.append)
    table.setCurrentIndex(table.photos.index(3, PHOTO))
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened == [3]
    theme.close()


def test_the_person_stays_where_they_were(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(qapp)
    table = SpreadTable(theme)
    qtbot.addWidget(table)
    table.show_spread(spread())
    table.resize(900, 500)
    with qtbot.waitExposed(table):
        table.show()
    table.setCurrentIndex(table.photos.index(5000, PHOTO))
    chosen, at = table.chosen(), table.verticalScrollBar().value()
    assert at > 0
    found = spread()
    table.show_spread(Spread(group_id="g", group="Club", holders=found.holders, photos=found.photos[:-100]))
    assert table.chosen() == chosen
    assert table.verticalScrollBar().value() == at
    # What is gone cannot be chosen any more.
    table.show_spread(Spread(group_id="g", group="Club", holders=found.holders, photos=()))
    assert table.chosen() is None
    theme.close()
