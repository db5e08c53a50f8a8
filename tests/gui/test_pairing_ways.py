"""Add a device by code, by address, or learn why not by cable; and everything that goes wrong is one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.gui.networks import Network

from letspic_desktop.application import Application
from letspic_desktop.fleet.discovery import FoundDevice
from letspic_desktop.fleet.local_devices import LocalDevices, PairingOffer
from letspic_desktop.ui.dialogs.pairing import PairingDialog
from letspic_desktop.ui.main_window import MainWindow
from letspic_device.control import request


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[LocalDevices]:
    with LocalDevices(tmp_path / "devices", ["pi", "other"]) as devices:
        yield devices


@pytest.fixture
def dialog(app: Application, open_it: object, qtbot: QtBot) -> PairingDialog:
    group = app.catalog.groups.create("Family", backbone="b" * 64)
    window: MainWindow = open_it(app)  # type: ignore[operator]
    window.devices.add_device(group)
    (dialog,) = window.findChildren(PairingDialog)
    return dialog


def type_in(dialog: PairingDialog, qtbot: QtBot, offer: PairingOffer, code: str = "") -> None:
    dialog.address.setText(f"{offer.host}:{offer.port}")
    dialog.code.setText(code or offer.code)
    qtbot.mouseClick(dialog.pair_button, Qt.MouseButton.LeftButton)


def said(dialog: PairingDialog, qtbot: QtBot, text: str) -> None:
    qtbot.waitUntil(lambda: text in dialog.message.text(), timeout=20_000)


def wrong(offer: PairingOffer) -> str:
    return f"{(int(offer.code) + 1) % 10**8:08d}"


def test_each_way_shows_what_it_needs(dialog: PairingDialog, qtbot: QtBot) -> None:
    ways = dialog.ways.buttons
    assert ways["network"].isChecked()
    assert dialog.found_list.isVisible()
    qtbot.mouseClick(ways["address"], Qt.MouseButton.LeftButton)
    assert not dialog.found_list.isVisible()
    assert dialog.address.isVisible()
    qtbot.mouseClick(ways["cable"], Qt.MouseButton.LeftButton)
    assert not dialog.address.isVisible()
    assert not dialog.pair_button.isVisible()
    assert "cannot be added yet" in dialog.how.text()
    assert "connect the board to the network" in dialog._cable.text()
    qtbot.mouseClick(ways["network"], Qt.MouseButton.LeftButton)
    assert dialog.found_list.isVisible()
    assert dialog.pair_button.isVisible()


def test_wrong_codes_until_it_closes_and_then_a_new_one(
    app: Application, dialog: PairingDialog, devices: LocalDevices, qtbot: QtBot
) -> None:
    offer = devices.offer("pi")
    type_in(dialog, qtbot, offer, wrong(offer))
    said(dialog, qtbot, "The code is wrong; 2 tries are left")
    type_in(dialog, qtbot, offer, wrong(offer))
    said(dialog, qtbot, "The code is wrong; 1 try is left")
    type_in(dialog, qtbot, offer, wrong(offer))
    said(dialog, qtbot, "the device has stopped pairing after too many wrong codes")
    # What was shown before is worth nothing now.
    type_in(dialog, qtbot, offer)
    said(dialog, qtbot, "Nothing waits to be paired at")
    type_in(dialog, qtbot, devices.offer("pi"))
    said(dialog, qtbot, "pi is paired")
    assert [device.name for device in app.catalog.devices.all()] == ["pi"]


def test_too_few_digits(dialog: PairingDialog, devices: LocalDevices, qtbot: QtBot) -> None:
    type_in(dialog, qtbot, devices.offer("pi"), "1234")
    said(dialog, qtbot, "A pairing code has 8 digits")
    assert dialog.pair_button.isEnabled()


def test_a_device_that_vanishes(dialog: PairingDialog, devices: LocalDevices, qtbot: QtBot) -> None:
    offer = devices.offer("pi")
    devices.close()
    type_in(dialog, qtbot, offer)
    said(dialog, qtbot, "Nothing waits to be paired at")
    assert dialog.pair_button.isEnabled()


def test_a_device_of_another_desktop_opens_no_window(
    app: Application, dialog: PairingDialog, devices: LocalDevices, qtbot: QtBot
) -> None:
    offer = devices.offer("pi")
    type_in(dialog, qtbot, offer)
    said(dialog, qtbot, "pi is paired")
    with pytest.raises(Exception, match="already belongs to"):
        request(devices.home("pi"), "pair")
    type_in(dialog, qtbot, offer)
    said(dialog, qtbot, "Nothing waits to be paired at")
    assert len(app.catalog.devices.all()) == 1


def test_two_devices_of_one_name_get_a_number(
    app: Application, dialog: PairingDialog, devices: LocalDevices, qtbot: QtBot
) -> None:
    type_in(dialog, qtbot, devices.offer("pi"))
    said(dialog, qtbot, "pi is paired")
    (first,) = app.catalog.devices.all()
    app.catalog.devices.rename(first.id, "other")
    type_in(dialog, qtbot, devices.offer("other"))
    said(dialog, qtbot, "other 2 is paired")
    assert sorted(device.name for device in app.catalog.devices.all()) == ["other", "other 2"]


def test_a_desktop_that_wants_to_join_is_shown_as_one(app: Application, open_it: object, qtbot: QtBot) -> None:
    group = app.catalog.groups.create("Family", backbone="b" * 64)
    window: MainWindow = open_it(app)  # type: ignore[operator]
    networks: list[Network] = []

    def make(on_change: Callable[[], None]) -> Network:
        networks.append(Network(on_change))
        return networks[0]

    window.devices._make_finder = make
    window.devices.add_device(group)
    (dialog,) = window.findChildren(PairingDialog)

    def become(pair_port: int | None) -> None:
        networks[0].there = [
            FoundDevice(id="1", name="anna", host="192.168.1.9", port=5000, pair_port=pair_port, role="member")
        ]
        networks[0].on_change()

    become(5001)
    qtbot.waitUntil(lambda: dialog.found_list.texts[0].endswith("a desktop that wants to join"), timeout=5000)
    become(None)
    qtbot.waitUntil(lambda: dialog.found_list.texts[0].endswith("show its code there"), timeout=5000)
    place = dialog.found_list.visualItemRect(dialog.found_list.item(0)).center()
    qtbot.mouseClick(dialog.found_list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert "Join a group" in dialog.message.text()
    dialog.close()
