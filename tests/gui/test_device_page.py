"""The page of a real device: what it says, what its buttons do, and that it follows the device."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.fleet.local_devices import LocalDevices
from letspic_desktop.operations.devices import Distribute, PairDevice
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.speed import speed_of
from letspic_desktop.progress import Progress
from letspic_desktop.ui.dialogs.distributed import DistributedDialog
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import Place
from letspic_shared.files import sha256_of_file

NOT_MEASURED = "not measured yet"


@pytest.fixture
def home(home_with_backbone: Path) -> Path:
    return home_with_backbone


@pytest.fixture
def devices(tmp_path: Path, samples: Path) -> Iterator[LocalDevices]:
    own = tmp_path / "own"
    shutil.copytree(samples / "fruit", own / "Obst")
    with LocalDevices(tmp_path / "devices", ["Attic"], {"Attic": own}) as devices:
        yield devices


@pytest.fixture
def window(app: Application, samples: Path, open_it: object, devices: LocalDevices, qtbot: QtBot) -> MainWindow:
    """A window on the page of a device that holds six placed photos and three of its own."""
    for name in ("city", "forest"):
        ImportPhotos(sources=(samples / name,), album=name).run(app, Progress())
    CreateGroup(name="Family", albums=("city", "forest")).run(app, Progress())
    offer = devices.offer("Attic")
    PairDevice(group="Family", host=offer.host, port=offer.port, code=offer.code).run(app, Progress())
    Distribute(group="Family").run(app, Progress())
    window: MainWindow = open_it(app)  # type: ignore[operator]
    window.resize(1440, 900)
    (device,) = app.catalog.devices.all()
    window.go(Place(kind="device", key=device.id))
    card = window.devices.actions.card
    qtbot.waitUntil(lambda: card.isVisible() and card.state.text() == "ready", timeout=15_000)
    qtbot.waitUntil(lambda: facts(window)["Features ready"] == "0 of 9", timeout=15_000)
    return window


def facts(window: MainWindow) -> dict[str, str]:
    return window.devices.actions.card.facts


def press(window: MainWindow, qtbot: QtBot, name: str) -> None:
    qtbot.mouseClick(window.devices.actions.card.buttons[name], Qt.MouseButton.LeftButton)


def dialog(window: MainWindow, qtbot: QtBot, title: str) -> QDialog:
    """Return the open dialog of that title."""

    def found() -> list[QDialog]:
        return [one for one in window.findChildren(QDialog) if one.windowTitle() == title and one.isVisible()]

    qtbot.waitUntil(lambda: bool(found()), timeout=10_000)
    (one,) = found()
    assert not one.isModal()
    return one


def confirm(window: MainWindow, qtbot: QtBot, title: str, word: str) -> None:
    asked = dialog(window, qtbot, title)
    (yes,) = [one for one in asked.findChildren(QPushButton) if one.text() == word]
    qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)


def test_it_says_what_the_device_is(app: Application, window: MainWindow) -> None:
    said = facts(window)
    assert said["Last seen"] == "now"
    assert said["Address"].startswith("127.0.0.1:")
    assert said["Photos"].startswith("3 own, 6 placed (")
    assert said["Backbone"] == "efficientnet-lite0"
    assert said["One photo"] == said["One gradient"] == NOT_MEASURED
    for name in ("System", "Memory", "Free on disk", "Runtime"):
        assert said[name] != "not known yet"
    card = window.devices.actions.card
    assert card.accessibleName() == "Device Attic: ready"
    # Every figure says by itself to a screen reader what it is.
    assert {told.accessibleName() for told in card._facts.values()} == {f"{n}: {v}" for n, v in said.items()}


def test_a_photo_that_both_have_says_so(app: Application, window: MainWindow, samples: Path, qtbot: QtBot) -> None:
    """Its picture is shown, and that does not come from the device."""
    photo = min((samples / "fruit").iterdir())
    assert not [row.tip for row in window.page.grid.photos.rows if row.tip]
    report = ImportPhotos(sources=(photo,)).run(app, Progress())
    assert report is not None
    sha256 = sha256_of_file(photo)

    def tips() -> dict[object, str]:
        return {row.key: row.tip for row in window.page.grid.photos.rows if row.tip}

    qtbot.waitUntil(lambda: set(tips()) == {sha256}, timeout=10_000)
    assert tips()[sha256].startswith("Also in your library")


def test_its_speed_is_measured_and_remembered(app: Application, window: MainWindow, qtbot: QtBot) -> None:
    press(window, qtbot, "measure")
    assert not window.devices.actions.card.buttons["measure"].isEnabled()
    qtbot.waitUntil(lambda: facts(window)["One photo"] != NOT_MEASURED, timeout=60_000)
    assert facts(window)["One photo"].endswith(" a second")
    assert facts(window)["One gradient"].endswith(" ms")
    assert facts(window)["Measured"] != "never"
    (device,) = app.catalog.devices.all()
    assert speed_of(device) is not None
    qtbot.waitUntil(lambda: window.devices.actions.card.buttons["measure"].isEnabled(), timeout=5000)
    assert window.page.messages.text.startswith("Attic looks at ")


def test_format_deletes_what_was_placed_and_nothing_else(
    app: Application, window: MainWindow, devices: LocalDevices, tmp_path: Path, qtbot: QtBot
) -> None:
    own = {path: path.read_bytes() for path in (tmp_path / "own").rglob("*.jpg")}
    press(window, qtbot, "format")
    confirm(window, qtbot, "Format the distributed files of Attic?", "Format")
    qtbot.waitUntil(lambda: facts(window)["Photos"] == "3 own, 0 placed", timeout=15_000)
    qtbot.waitUntil(lambda: window.page.messages.text == "6 placed photos deleted.", timeout=5000)
    assert list((devices.home("Attic") / "placed").iterdir()) == []
    assert {path: path.read_bytes() for path in (tmp_path / "own").rglob("*.jpg")} == own
    assert len(own) == 3
    assert app.catalog.photos.count() == 6


def test_it_is_renamed(app: Application, window: MainWindow, qtbot: QtBot) -> None:
    press(window, qtbot, "rename")
    asked = dialog(window, qtbot, "New name of Attic")
    (field,) = asked.findChildren(QLineEdit)
    field.setText("Roof")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.page._title.text() == "Roof", timeout=10_000)
    (device,) = app.catalog.devices.all()
    assert device.name == "Roof"
    qtbot.waitUntil(lambda: window.devices.views[device.id].name == "Roof", timeout=5000)
    assert window.devices.views[device.id].online


def test_it_shows_within_its_heartbeat_that_the_device_went_away(
    window: MainWindow, devices: LocalDevices, qtbot: QtBot
) -> None:
    card = window.devices.actions.card
    devices.close()
    qtbot.waitUntil(lambda: card.state.text() == "offline", timeout=20_000)
    assert facts(window)["Last seen"] != "now"
    # What was known stays readable, and what needs the device says why it cannot be used.
    assert facts(window)["Photos"].startswith("3 own, 6 placed")
    for name in ("label", "look", "measure", "format"):
        assert not card.buttons[name].isEnabled()
        assert card.buttons[name].accessibleDescription() == "Attic is offline"
    for name in ("map", "rename", "remove"):
        assert card.buttons[name].isEnabled()
    row = window.sidebar.model.row_of(window.place)
    assert row is not None
    assert "offline" in window.sidebar.model.index(row).data(Qt.ItemDataRole.AccessibleTextRole)


def test_let_go_takes_it_out_of_the_group(
    app: Application, window: MainWindow, devices: LocalDevices, qtbot: QtBot
) -> None:
    press(window, qtbot, "remove")
    confirm(window, qtbot, "Let Attic go?", "Let go")
    qtbot.waitUntil(lambda: not app.catalog.devices.all(), timeout=15_000)
    qtbot.waitUntil(lambda: window.place.kind == "all", timeout=10_000)
    assert not window.devices.actions.card.isVisible()
    assert devices.status("Attic")["group"] == ""
    assert list((devices.home("Attic") / "placed").iterdir()) == []


def test_the_menu_of_the_sidebar_offers_the_same(window: MainWindow, qtbot: QtBot) -> None:
    window.devices.menu(window.place, QPoint(10, 10))
    (menu,) = [one for one in window.findChildren(QMenu) if one.isVisible()]
    texts = [one.text() for one in menu.actions() if not one.isSeparator()]
    for text in ("Label its photos …", "Distributed files", "Test speed", "Rename …", "Let go …"):
        assert text in texts
    menu.close()


def test_a_small_window_folds_the_card_into_a_line(window: MainWindow, qtbot: QtBot) -> None:
    card = window.devices.actions.card
    assert not card.fold.folded
    window.resize(980, 600)
    qtbot.waitUntil(lambda: card.fold.folded, timeout=5000)
    assert not card.buttons["rename"].isVisible()
    qtbot.mouseClick(card.fold.more, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card.fold._menu.isVisible(), timeout=5000)
    by_text = {one.text(): one for one in card.fold._menu.actions()}
    assert by_text["Test speed"].isEnabled()
    by_text["Distributed files"].trigger()
    card.fold._menu.close()
    qtbot.waitUntil(lambda: bool(window.findChildren(DistributedDialog)), timeout=5000)
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: not card.fold.folded, timeout=5000)
