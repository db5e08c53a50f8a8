"""A whole device in this process: pairing, link and control, over real sockets."""

import contextlib
import hashlib
import select
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from letspic_device import link_server
from letspic_device.control import request
from letspic_device.home import DeviceHome
from letspic_device.photos import FolderPhotos, NoOwnPhotos
from letspic_device.program import DeviceProgram, Options
from letspic_device.states import State
from letspic_shared import messages
from letspic_shared.errors import KnownError
from letspic_shared.frames import encode

Desktop = Any
BOUND = 10.0


class Running:
    """A device program and what a desktop learned when it paired."""

    def __init__(self, program: DeviceProgram) -> None:
        self.program = program
        self.paired: Any = None

    @property
    def state(self) -> State:
        return self.program.runtime.states.snapshot.state

    def pair(self, desktop: Desktop, *, replace: bool = False) -> None:
        window = self.program.open_pairing(replace=replace)
        self.paired = desktop.pair(window.address, window.code)
        assert window.wait(BOUND) == "paired"

    def link(self, desktop: Desktop) -> Any:
        return desktop.connect(self.program.address, self.paired.certificate_pem)

    def lets_in(self, desktop: Desktop) -> bool:
        return bool(desktop.is_let_in(self.program.address, self.paired.certificate_pem))

    def block(self, kind: int) -> tuple[threading.Event, threading.Event]:
        """Make requests of a kind wait; return what tells that one waits and what lets it go on."""
        entered, go_on = threading.Event(), threading.Event()
        real = self.program.runtime._handlers[kind]

        def waiting(header: Any, payload: bytes) -> Any:
            with self.program.runtime.states.working(State.EXTRACTING):
                entered.set()
                assert go_on.wait(BOUND)
            return real(header, payload)

        self.program.runtime._handlers[kind] = waiting
        return entered, go_on


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    running: list[DeviceProgram] = []

    def begin(home: str = "home", *, photos: Path | None = None, **options: Any) -> Running:
        where = DeviceHome(tmp_path / home)
        own = FolderPhotos(photos, where) if photos else NoOwnPhotos()
        program = DeviceProgram(where, own, Options(**{"name": "board", "announce": False, **options}))
        running.append(program)
        program.start()
        return Running(program)

    yield begin
    for program in running:
        program.stop()


@pytest.fixture
def running(start: Callable[..., Running]) -> Running:
    return start()


@pytest.fixture
def paired(running: Running, desktop: Desktop) -> Running:
    running.pair(desktop)
    return running


def place(link: Any, data: bytes) -> str:
    name = hashlib.sha256(data).hexdigest()
    assert link.ask(messages.PLACE, {"photos": [[name, len(data)]]}, data)[0] == messages.PLACE
    return name


def test_nobody_is_let_in_before_pairing(running: Running, desktop: Desktop) -> None:
    assert running.state is State.UNPAIRED
    with socket.create_connection(running.program.address, BOUND) as connection:
        connection.settimeout(BOUND)
        with contextlib.suppress(ConnectionResetError):
            connection.sendall(encode(messages.STATUS, {"id": 1}))
            assert connection.recv(1) == b""


def test_a_paired_desktop_is_answered_and_others_are_not(
    paired: Running, desktop: Desktop, make_desktop: Callable[[str], Desktop]
) -> None:
    assert paired.state is State.IDLE
    kind, header, _ = paired.link(desktop).ask(messages.HELLO)
    assert kind == messages.HELLO
    assert header["device_id"] == paired.paired.device_id
    assert not paired.lets_in(make_desktop("stranger"))
    assert paired.program.runtime.status()["state"] == "idle"


def test_pairing_survives_a_restart(start: Callable[..., Running], desktop: Desktop) -> None:
    first = start()
    first.pair(desktop)
    address = first.program.address
    first.program.stop()
    second = start()
    second.paired = first.paired
    assert second.program.address == address
    assert second.state is State.IDLE
    assert second.lets_in(desktop)


def test_a_home_has_one_program_and_is_free_after_a_failed_start(start: Callable[..., Running], tmp_path: Path) -> None:
    first = start()
    with pytest.raises(KnownError, match="already runs"):
        start()
    first.program.stop()
    for host in ("host.invalid", "a" * 100, "ü" * 100, "1.2.3.4"):
        with pytest.raises(KnownError, match="cannot listen"):
            start(host=host)
    start()


def test_a_port_that_is_taken_is_told(start: Callable[..., Running]) -> None:
    first = start()
    with pytest.raises(KnownError, match="--listen"):
        start("other", port=first.program.address[1])


def test_a_busy_device_answers_pings(paired: Running, desktop: Desktop) -> None:
    entered, go_on = paired.block(messages.FORMAT)
    link = paired.link(desktop)
    link.send(messages.FORMAT, {"id": 1})
    assert entered.wait(BOUND)
    kind, header, _ = link.ask(messages.PING, {"id": 2})
    assert (kind, header["id"], header["state"]) == (messages.PING, 2, "extracting")
    go_on.set()
    assert link.read()[1]["id"] == 1


def test_answers_of_two_threads_do_not_mix(paired: Running, desktop: Desktop) -> None:
    large = bytes(range(256)) * (160 << 10)
    paired.program.runtime._handlers[messages.FORMAT] = lambda *_: ({}, {}, large)
    link = paired.link(desktop)
    link.send(messages.FORMAT, {"id": 100})
    # The answer does not fit into the sockets' buffers: once it has begun, it waits until somebody reads.
    assert select.select([link.connection], [], [], BOUND)[0]
    for number in range(20):
        link.send(messages.PING, {"id": number})
    seen = [link.read() for _ in range(21)]
    assert [frame and frame[1]["id"] for frame in seen] == [100, *range(20)]
    assert seen[0][2] == large


def test_the_newest_connection_wins(paired: Running, desktop: Desktop) -> None:
    first = paired.link(desktop)
    first.ask(messages.PING)
    second = paired.link(desktop)
    second.ask(messages.PING)
    assert first.read() is None
    assert second.ask(messages.STATUS)[0] == messages.STATUS


def test_garbage_ends_the_connection_and_nothing_else(paired: Running, desktop: Desktop) -> None:
    link = paired.link(desktop)
    link.ask(messages.PING)
    link.connection.sendall(b"GET / HTTP/1.1\r\nHost: device\r\n\r\n")
    assert link.read() is None
    assert paired.lets_in(desktop)


def test_a_newer_protocol_is_named_in_the_log(
    paired: Running, desktop: Desktop, caplog: pytest.LogCaptureFixture
) -> None:
    import binascii
    import struct

    check = binascii.crc32(struct.pack("<4sBBII", b"LPIC", 7, 1, 2, 0)) & 0xFFFF
    frame = struct.pack("<4sBBHIII", b"LPIC", 7, 1, check, 2, 0, binascii.crc32(b"{}")) + b"{}"
    link = paired.link(desktop)
    link.connection.sendall(frame)
    assert link.read() is None
    assert "version 7" in caplog.text


def test_a_desktop_that_asks_for_too_much_is_dropped(
    paired: Running, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, go_on = paired.block(messages.FORMAT)
    link = paired.link(desktop)
    link.send(messages.FORMAT)
    assert entered.wait(BOUND)
    monkeypatch.setattr(link_server, "_MAX_QUEUED_BYTES", 1000)
    link.send(messages.PLACE, {"photos": []}, bytes(900))
    link.ask(messages.PING)
    link.send(messages.PLACE, {"photos": []}, bytes(900))
    assert link.read() is None
    go_on.set()
    assert paired.lets_in(desktop)


def test_the_desktop_lets_go(paired: Running, desktop: Desktop, make_desktop: Callable[[str], Desktop]) -> None:
    link = paired.link(desktop)
    place(link, b"photo")
    # The answer still comes, then the link closes and stays closed.
    assert link.ask(messages.UNPAIR)[0] == messages.UNPAIR
    assert link.read() is None
    assert paired.state is State.UNPAIRED
    assert paired.program.runtime.shelf.placed == []
    assert not paired.lets_in(desktop)
    other = make_desktop("other")
    paired.pair(other)
    assert paired.lets_in(other)
    assert not paired.lets_in(desktop)


def test_the_device_leaves_and_a_new_owner_stays(paired: Running, desktop: Desktop) -> None:
    link = paired.link(desktop)
    place(link, b"photo")
    assert paired.program.unpair()
    assert not paired.program.unpair()
    assert link.read() is None
    assert not paired.lets_in(desktop)
    assert paired.program.runtime.shelf.placed == []
    paired.pair(desktop)
    again = paired.link(desktop)
    for _ in range(3):
        # Work, not pings: what leaving left behind would run after the first answer of the worker.
        assert again.ask(messages.INVENTORY, {"offset": 0})[0] == messages.INVENTORY
    assert paired.lets_in(desktop)


def test_another_desktop_takes_over(paired: Running, desktop: Desktop, make_desktop: Callable[[str], Desktop]) -> None:
    link = paired.link(desktop)
    place(link, b"photo")
    with pytest.raises(KnownError, match="already belongs"):
        paired.program.open_pairing()
    other = make_desktop("other")
    paired.pair(other, replace=True)
    assert link.read() is None
    assert paired.program.runtime.shelf.placed == []
    assert not paired.lets_in(desktop)
    assert paired.lets_in(other)
    assert paired.state is State.IDLE


def test_a_window_opens_during_work_and_work_goes_on(paired: Running, desktop: Desktop) -> None:
    entered, go_on = paired.block(messages.FORMAT)
    link = paired.link(desktop)
    link.send(messages.FORMAT, {"id": 1})
    assert entered.wait(BOUND)
    window = paired.program.open_pairing(replace=True)
    assert paired.program.open_pairing(replace=True) is window
    go_on.set()
    assert link.read()[0] == messages.FORMAT
    assert paired.state is State.PAIRING
    place(link, b"photo")
    window.close()
    assert paired.state is State.IDLE


def test_the_old_owner_lets_go_while_a_new_one_is_awaited(
    paired: Running, desktop: Desktop, make_desktop: Callable[[str], Desktop]
) -> None:
    window = paired.program.open_pairing(replace=True)
    link = paired.link(desktop)
    assert link.ask(messages.UNPAIR)[0] == messages.UNPAIR
    assert paired.state is State.PAIRING
    other = make_desktop("other")
    paired.paired = other.pair(window.address, window.code)
    assert window.wait(BOUND) == "paired"
    assert paired.lets_in(other)
    assert paired.state is State.IDLE


def test_a_window_that_cannot_open_leaves_the_state(
    start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object) -> None:
        raise KnownError("Pairing cannot listen")

    running = start()
    monkeypatch.setattr("letspic_device.pairing.PairingWindow.start", taken)
    with pytest.raises(KnownError, match="cannot listen"):
        running.program.open_pairing()
    assert running.state is State.UNPAIRED


def test_pairing_opens_at_another_port_where_its_own_is_taken(start: Callable[..., Running], desktop: Desktop) -> None:
    with contextlib.ExitStack() as stack:
        # Two neighbouring ports: one for the link, and one that somebody else has.
        while True:
            taken = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            beside = taken.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", beside - 1)).close()
            except OSError:
                continue
            break
        running = start(port=beside - 1)
        assert running.program.open_pairing().address[1] != beside
        running.pair(desktop)
    assert running.lets_in(desktop)


def test_commands_in_the_home(paired: Running, desktop: Desktop) -> None:
    home = paired.program.runtime._home.root
    paired.link(desktop).ask(messages.PING)
    status = request(home, "status")
    assert (status["group"], status["desktop"], status["connected"]) == ("desktop's", "desktop", True)
    code = request(home, "pair", replace=True)["code"]
    assert len(str(code)) == 8
    assert request(home, "status")["state"] == "pairing"
    assert request(home, "unpair")["left"] is True
    assert request(home, "unpair")["left"] is False
    assert request(home, "status")["group"] == ""


def test_a_large_folder_does_not_delay_the_start(
    start: Callable[..., Running], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"photo")
    hashing, go_on = threading.Event(), threading.Event()
    real = FolderPhotos.scan

    def slow(source: FolderPhotos) -> Any:
        hashing.set()
        assert go_on.wait(BOUND)
        return real(source)

    monkeypatch.setattr(FolderPhotos, "scan", slow)
    running = start(photos=tmp_path / "photos")
    assert hashing.wait(BOUND)
    assert running.program.runtime.status()["own"] == 0
    go_on.set()
    assert len(running.program.runtime.shelf.own) == 1
