"""The page of a group, its distributed files, and what is said before it is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.fleet.local_devices import LocalDevices
from letspic_desktop.operations.devices import PairDevice
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.dialogs.distributed import DistributedDialog
from letspic_desktop.ui.dialogs.group import GroupDialog
from letspic_desktop.ui.groups.spread_model import TOO_FEW
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import Place

ALBUMS = ("city", "forest")


@pytest.fixture
def home(home_with_backbone: Path) -> Path:
    return home_with_backbone


@pytest.fixture
def window(app: Application, samples: Path, open_it: object, qtbot: QtBot) -> MainWindow:
    """A window on the page of a group that shares two albums of three photos."""
    for name in ALBUMS:
        ImportPhotos(sources=(samples / name,), album=name).run(app, Progress())
    group = CreateGroup(name="Family", albums=ALBUMS).run(app, Progress())
    window: MainWindow = open_it(app)  # type: ignore[operator]
    window.resize(1440, 900)
    window.go(Place(kind="group", key=group.id))
    qtbot.waitUntil(lambda: window.devices.groups.card.isVisible(), timeout=10_000)
    return window


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[LocalDevices]:
    with LocalDevices(tmp_path / "devices", ["one", "two"]) as devices:
        yield devices


def pair_both(app: Application, devices: LocalDevices) -> None:
    for name in ("one", "two"):
        offer = devices.offer(name)
        PairDevice(group="Family", host=offer.host, port=offer.port, code=offer.code).run(app, Progress())


def learned(app: Application) -> list[str]:
    return [one.name for one in app.catalog.groups.classes(app.catalog.groups.by_name("Family").id)]


def press(window: MainWindow, qtbot: QtBot, name: str) -> None:
    qtbot.mouseClick(window.devices.groups.card.buttons[name], Qt.MouseButton.LeftButton)


def dialog(window: MainWindow, qtbot: QtBot, title: str) -> QDialog:
    def found() -> list[QDialog]:
        return [one for one in window.findChildren(QDialog) if one.windowTitle() == title and one.isVisible()]

    qtbot.waitUntil(lambda: bool(found()), timeout=10_000)
    return found()[0]


def test_a_tick_decides_what_is_learned(app: Application, window: MainWindow, qtbot: QtBot) -> None:
    card = window.devices.groups.card
    assert card._albums_title.text() == "2 shared albums, 2 learned"
    item = card.albums.item(0)
    assert item.text() == "city · 3 photos"
    item.setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: learned(app) == ["forest"], timeout=5000)
    qtbot.waitUntil(lambda: card._albums_title.text() == "2 shared albums, 1 learned", timeout=5000)
    # It is still shared, and the dialog of the albums shows it so; saving it without a change changes nothing.
    press(window, qtbot, "albums")
    asked = dialog(window, qtbot, "Albums of Family")
    assert isinstance(asked, GroupDialog)
    assert [asked.albums.item(n).checkState() == Qt.CheckState.Checked for n in range(2)] == [True, True]
    qtbot.mouseClick(asked.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.findChildren(GroupDialog), timeout=5000)
    assert learned(app) == ["forest"]
    card.albums.item(0).setCheckState(Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: learned(app) == ["city", "forest"], timeout=5000)
    # A tick is taken back like any other change, and the page shows that.
    window.services.changes.undo()
    qtbot.waitUntil(lambda: learned(app) == ["forest"], timeout=5000)
    qtbot.waitUntil(lambda: card.albums.item(0).checkState() == Qt.CheckState.Unchecked, timeout=5000)


def test_the_card_leaves_the_room_to_the_photos(window: MainWindow, qtbot: QtBot) -> None:
    card = window.devices.groups.card
    qtbot.waitUntil(lambda: card.albums.count() == 2, timeout=5000)
    assert card.height() < 190
    rows = {button.y() for button in card.buttons.values()}
    assert len(rows) == 1


def test_head_in_use(app: Application, window: MainWindow, qtbot: QtBot) -> None:
    card = window.devices.groups.card
    assert card.head_figure.text() == "none"
    group = app.catalog.groups.by_name("Family")
    app.catalog.heads.add(group.id, b"x", backbone=group.backbone or "", map_before=0.41, map_after=0.7)
    window.refresh()
    qtbot.waitUntil(lambda: card.head_figure.text() == "70 %", timeout=5000)
    assert card._head_gain.text() == "+29 points"
    assert "head 1" in card.head_about.text()
    assert "was 41 %" in card.head_about.text()


def test_it_is_renamed(app: Application, window: MainWindow, qtbot: QtBot) -> None:
    press(window, qtbot, "rename")
    asked = dialog(window, qtbot, "New name of Family")
    (field,) = asked.findChildren(QLineEdit)
    field.setText("Clan")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.page._title.text() == "Clan", timeout=5000)


def test_leaving_says_what_goes_and_what_stays(app: Application, window: MainWindow, qtbot: QtBot) -> None:
    group = app.catalog.groups.by_name("Family")
    app.catalog.devices.add(device_id="d", name="Attic", group_id=group.id)
    app.catalog.placements.place("d", sorted(app.catalog.groups.labels(group.id)))
    app.catalog.heads.add(group.id, b"x", backbone=group.backbone or "")
    press(window, qtbot, "leave")
    asked = dialog(window, qtbot, "Leave Family?")
    said = " ".join(one.text() for one in asked.findChildren(QLabel))
    assert "Deleted: 6 placed photos on Attic." in said
    assert "Your photos and albums stay. 1 head stays stored" in said
    (yes,) = [one for one in asked.findChildren(QPushButton) if one.text() == "Leave group"]
    qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not app.catalog.groups.all(), timeout=20_000)
    assert app.catalog.photos.count() == 6
    qtbot.waitUntil(lambda: window.place.kind == "all", timeout=10_000)
    # The device never heard of it.
    assert "Attic could not be told" in window.page.messages.text


@pytest.mark.slow
def test_distributed_files_are_put_right_from_the_map(
    app: Application, window: MainWindow, devices: LocalDevices, qtbot: QtBot
) -> None:
    pair_both(app, devices)
    card = window.devices.groups.card
    qtbot.waitUntil(lambda: card._members_title.text() == "2 members, 2 online", timeout=20_000)
    press(window, qtbot, "map")
    shown = dialog(window, qtbot, "Distributed files of Family")
    assert isinstance(shown, DistributedDialog)
    assert not shown.isModal()
    qtbot.waitUntil(lambda: shown.about.text() == "6 labelled photos to hand out · 6 have too few copies", timeout=5000)

    qtbot.mouseClick(shown.hand_out, Qt.MouseButton.LeftButton)
    assert not shown.hand_out.isEnabled()
    qtbot.waitUntil(lambda: shown.about.text().endswith("all have enough copies"), timeout=20_000)
    assert shown.message.text() == "6 copies handed out."

    # Two copies of each: all are short of one, until they are handed out too.
    shown.replicas.setValue(2)
    assert shown.about.text().endswith("6 have too few copies")
    shown.filter.setCurrentIndex(shown.filter.findData(TOO_FEW))
    assert len(shown.table.photos.rows) == 6
    qtbot.mouseClick(shown.hand_out, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not shown.table.photos.rows, timeout=20_000)
    assert all(len(list((devices.home(name) / "placed").iterdir())) == 6 for name in ("one", "two"))

    # One is formatted from the map; its photos are short again.
    (tidy,) = [
        one
        for one in shown.findChildren(QPushButton)
        if one.accessibleName() == "Format the distributed files of two" and not one.isHidden()
    ]
    qtbot.mouseClick(tidy, Qt.MouseButton.LeftButton)
    asked = dialog(window, qtbot, "Format the distributed files of two?")
    (yes,) = [one for one in asked.findChildren(QPushButton) if one.text() == "Format"]
    qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shown.table.photos.rows) == 6, timeout=20_000)
    assert list((devices.home("two") / "placed").iterdir()) == []

    # Somebody empties the other one behind our back: looking again finds out.
    for photo in (devices.home("one") / "placed").iterdir():
        photo.unlink()
    devices.close()
    qtbot.waitUntil(lambda: card._members_title.text() == "2 members, 0 online", timeout=20_000)
    qtbot.mouseClick(shown.hand_out, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "No device of the group is online" in shown.message.text(), timeout=40_000)
    shown.close()
