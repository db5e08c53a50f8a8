"""The list of devices that can be paired: still under the mouse, and clear about who is who."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.gui.networks import Network

from letspic_desktop.application import Application
from letspic_desktop.fleet.discovery import FoundDevice
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.progress import Progress
from letspic_desktop.ui.dialogs.pairing import PairingDialog
from letspic_desktop.ui.main_window import MainWindow


def found(identity: str, name: str, port: int, *, pairing: bool = True) -> FoundDevice:
    return FoundDevice(
        id=identity,
        name=name,
        host="192.168.1.20",
        port=port,
        pair_port=port + 1 if pairing else None,
        role="device",
    )


@pytest.fixture
def network() -> list[Network]:
    return []


@pytest.fixture
def dialog(app: Application, open_it: object, qtbot: QtBot, network: list[Network]) -> PairingDialog:
    group = CreateGroup(name="Family").run(app, Progress())
    app.catalog.devices.add(
        device_id="ours", name="Kitchen", group_id=group.id, certificate=None, fingerprint=None, address=None, facts={}
    )
    window: MainWindow = open_it(app)  # type: ignore[operator]

    def make(on_change: Callable[[], None]) -> Network:
        network.append(Network(on_change))
        return network[0]

    window.devices._make_finder = make
    window.devices.add_device(group)
    (dialog,) = window.findChildren(PairingDialog)
    assert dialog.found_list.texts == ["Looking for devices on the network …"]
    return dialog


def names(dialog: PairingDialog) -> list[str]:
    return [text.partition("   ")[0] for text in dialog.found_list.texts]


def click(dialog: PairingDialog, qtbot: QtBot, row: int) -> None:
    place = dialog.found_list.visualItemRect(dialog.found_list.item(row)).center()
    qtbot.mouseClick(dialog.found_list.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_rows_stay_where_they_came(dialog: PairingDialog, network: list[Network], qtbot: QtBot) -> None:
    zoo, attic = found("1", "zoo", 5000), found("2", "attic", 6000)
    network[0].become(zoo)
    qtbot.waitUntil(lambda: names(dialog) == ["zoo"], timeout=5000)
    first = dialog.found_list.item(0)
    network[0].become(attic, zoo)
    qtbot.waitUntil(lambda: names(dialog) == ["zoo", "attic"], timeout=5000)
    assert dialog.found_list.item(0) is first
    # It closes its pairing window, and then leaves: its row says so, and nothing moves.
    network[0].become(attic, found("1", "zoo", 5000, pairing=False))
    qtbot.waitUntil(
        lambda: dialog.found_list.texts[0].endswith("192.168.1.20:5000   ·   start pairing on it"), timeout=5000
    )
    network[0].become(attic)
    qtbot.waitUntil(lambda: dialog.found_list.texts[0].endswith("gone"), timeout=5000)
    assert names(dialog) == ["zoo", "attic"]
    click(dialog, qtbot, 0)
    assert not dialog.address.text()
    network[0].become(attic, zoo)
    qtbot.waitUntil(lambda: dialog.found_list.texts[0].endswith("ready to pair"), timeout=5000)
    click(dialog, qtbot, 0)
    assert dialog.address.text() == "192.168.1.20:5001"
    network[0].become(zoo)
    qtbot.waitUntil(lambda: names(dialog) == ["zoo"], timeout=5000)


def test_devices_of_one_name_differ_in_their_port(dialog: PairingDialog, network: list[Network], qtbot: QtBot) -> None:
    network[0].become(found("1", "pi", 5000), found("2", "pi", 6000))
    qtbot.waitUntil(lambda: names(dialog) == ["pi", "pi"], timeout=5000)
    first, second = dialog.found_list.texts
    assert "192.168.1.20:5001" in first
    assert "192.168.1.20:6001" in second


def test_own_device_cannot_be_chosen(dialog: PairingDialog, network: list[Network], qtbot: QtBot) -> None:
    network[0].become(found("ours", "Kitchen", 5000), found("2", "pi", 6000))
    qtbot.waitUntil(lambda: names(dialog) == ["Kitchen", "pi"], timeout=5000)
    assert dialog.found_list.texts[0].endswith("already yours")
    click(dialog, qtbot, 0)
    assert not dialog.address.text()
    assert not dialog.found_list.selectedItems()
    click(dialog, qtbot, 1)
    assert dialog.address.text() == "192.168.1.20:6001"
