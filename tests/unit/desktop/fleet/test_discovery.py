import secrets
import socket
import sys
import threading
from collections.abc import Callable

import pytest
from zeroconf import ServiceInfo

from letspic_desktop.fleet.discovery import Discovery, FoundDevice, device_of
from letspic_device.announce import SERVICE, Announcement

BOUND = 15.0
Texts = dict[str, str | bytes | None]


class Watched:
    """A discovery whose list of one device can be waited for."""

    def __init__(self, device_id: str) -> None:
        self._changed = threading.Condition()
        self._id = device_id
        self.discovery = Discovery(self._note)

    def _note(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def mine(self) -> list[FoundDevice]:
        # Other programs of this machine may be announced on loopback too.
        return [device for device in self.discovery.found() if device.id == self._id]

    def wait_for(self, condition: Callable[[list[FoundDevice]], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: condition(self.mine()), BOUND)


def announcement(device_id: str, **settings: object) -> Announcement:
    settings = {"name": "Küche", "role": "device", "version": "0.1.0", "host": "", "port": 7077, **settings}
    return Announcement(device_id=device_id, **settings)


def test_a_device_is_found_changes_and_leaves() -> None:
    device_id = secrets.token_hex(32)
    watched = Watched(device_id)
    assert watched.discovery.start()
    announced = announcement(device_id)
    try:
        assert announced.start()
        assert watched.wait_for(bool)
        expected = {"id": device_id, "name": "Küche", "host": "127.0.0.1", "port": 7077, "role": "device"}
        assert watched.mine() == [FoundDevice(**expected, pair_port=None)]

        announced.set_pairing(8088)
        assert watched.wait_for(lambda found: [device.pair_port for device in found] == [8088])
        announced.set_pairing(None)
        assert watched.wait_for(lambda found: [device.pair_port for device in found] == [None])

        announced.close()
        assert watched.wait_for(lambda found: not found)
    finally:
        announced.close()
        watched.discovery.stop()


def test_a_window_that_opens_while_the_device_is_being_announced_is_told() -> None:
    device_id = secrets.token_hex(32)
    watched = Watched(device_id)
    assert watched.discovery.start()
    announced = announcement(device_id)
    starter = threading.Thread(target=announced.start)
    starter.start()
    announced.set_pairing(8088)
    try:
        assert watched.wait_for(lambda found: [device.pair_port for device in found] == [8088])
    finally:
        starter.join(BOUND)
        announced.close()
        watched.discovery.stop()


def test_an_announcement_that_is_closed_does_not_start() -> None:
    announced = announcement("a" * 64)
    announced.close()

    assert not announced.start()


def test_without_zeroconf_devices_are_found_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    announced, discovery = announcement("a" * 64), Discovery(lambda: None)

    assert not announced.start()
    announced.set_pairing(8088)
    announced.close()
    assert not discovery.start()
    discovery.stop()
    assert discovery.found() == []


# zeroconf itself leaves a socket open when an interface does not exist.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("interface", ["192.0.2.1", "nonsense", ""])
def test_without_a_network_devices_are_found_by_address(interface: str) -> None:
    # The first is an address of documentation, which no interface has.
    announced = announcement("a" * 64, interfaces=[interface])
    discovery = Discovery(lambda: None, interfaces=[interface])

    assert not announced.start()
    announced.set_pairing(8088)
    announced.close()
    assert not discovery.start()
    discovery.stop()


def entry(*, port: int = 7077, addresses: tuple[str, ...] = ("10.0.0.7",), **texts: str | bytes | None) -> ServiceInfo:
    properties: Texts = {"id": "a" * 64, "name": "Kitchen", "role": "member", "v": "0.1.0", **texts}
    packed = [socket.inet_aton(address) for address in addresses]
    return ServiceInfo(SERVICE, f"x.{SERVICE}", addresses=packed, port=port, properties=properties, server="x.local.")


def test_what_an_entry_says() -> None:
    device = device_of(entry(pair="8088"))

    assert device == FoundDevice(id="a" * 64, name="Kitchen", host="10.0.0.7", port=7077, pair_port=8088, role="member")
    assert device_of(entry(name="\x1b[2J\n")).name == "[2J"
    assert device_of(entry(name=None)).name == "device aaaaaa"
    assert len(device_of(entry(name="x" * 250)).name) == 100


@pytest.mark.parametrize(
    "settings",
    [
        {"id": None},
        {"id": "A" * 64},
        {"id": "../../etc"},
        {"role": "owner"},
        {"pair": "0"},
        {"pair": "x"},
        {"pair": "70000"},
        {"name": b"\xff\xfe"},
        {"port": 0},
        {"addresses": ()},
    ],
)
def test_entries_of_others_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        device_of(entry(**settings))


def test_a_long_name_is_cut_to_what_an_entry_holds() -> None:
    announced = announcement("a" * 64, name="ü" * 300)

    assert announced._texts["name"] == "ü" * 100
