"""LETSPIC_HOME is read by both programs; the folder of one is never used by the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from letspic_desktop.home import Home
from letspic_device.announce import addresses_of_this_machine, places_of
from letspic_device.home import DeviceHome
from letspic_shared.errors import KnownError


def test_a_device_does_not_move_into_a_desktops_folder(tmp_path: Path) -> None:
    Home.open(tmp_path).catalog.touch()
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(KnownError, match="belongs to the desktop program"):
        DeviceHome(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_desktop_does_not_move_into_a_devices_folder(tmp_path: Path) -> None:
    DeviceHome(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(KnownError, match="belongs to the device program"):
        Home.open(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_each_comes_back_into_its_own(tmp_path: Path) -> None:
    Home.open(tmp_path / "desktop").catalog.touch()
    Home.open(tmp_path / "desktop")
    DeviceHome(tmp_path / "device")
    DeviceHome(tmp_path / "device")


def test_every_address_is_told_by_name() -> None:
    assert places_of("0.0.0.0", 47121) == [f"{host}:47121" for host in addresses_of_this_machine()]
    assert places_of("192.168.1.20", 1) == ["192.168.1.20:1"]
    assert places_of("::1", 2) == ["[::1]:2"]
    assert places_of("board.local", 3) == ["board.local:3"]
