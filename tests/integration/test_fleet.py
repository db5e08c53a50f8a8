"""Standing connections to real device processes: killed, frozen, restarted, moved, and belonging to somebody else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from letspic_desktop.fleet import bench_devices, connection
from letspic_desktop.fleet.connection import DeviceView, Known
from letspic_desktop.fleet.delivery import place_photos
from letspic_desktop.fleet.enrolment import pair
from letspic_desktop.fleet.events import DeviceDropped, Event, RoundDone
from letspic_desktop.fleet.fleet import Fleet
from letspic_desktop.fleet.link import Link, Request
from letspic_desktop.fleet.local_devices import LocalDevices
from letspic_desktop.fleet.loop import FleetLoop
from letspic_desktop.fleet.member import Member, Share
from letspic_desktop.fleet.run import Job, execute
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.retrieval.samples import render_samples
from letspic_device import tls
from letspic_device.control import request as control
from letspic_device.identity import Identity, load_or_create
from letspic_shared import messages
from letspic_shared.errors import KnownError
from letspic_shared.files import sha256_of_file
from letspic_shared.frames import FrameDecoder, encode

if TYPE_CHECKING:
    from letspic_desktop.backbones.store import Backbone

BOUND = 20.0


class House:
    """Some device processes, and a desktop that has paired with them."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self.folder = folder
        self.devices = LocalDevices(folder / "devices", names)
        self.loop = FleetLoop()
        self.identity = load_or_create(folder / "desktop", "desktop")
        self.views: list[DeviceView] = []
        self.known: dict[str, Known] = {}
        self.fleet = self.loop.call(self._make_fleet(self.identity))

    async def _make_fleet(self, identity: Identity) -> Fleet:
        return Fleet(identity, self.views.append)

    def other_fleet(self, identity: Identity) -> Fleet:
        return self.loop.call(self._make_fleet(identity))

    def pair(self, name: str, identity: Identity | None = None) -> Known:
        offer = self.devices.offer(name)
        paired = self.loop.call(
            pair(
                offer.host,
                offer.port,
                offer.code,
                identity or self.identity,
                desktop_name="desktop",
                group_id="g",
                group_name="group",
            )
        )
        return Known(
            device_id=paired.device_id,
            name=name,
            certificate_pem=paired.certificate_pem,
            host=paired.link_host,
            port=paired.link_port,
        )

    def connect(self, known: Known, fleet: Fleet | None = None) -> None:
        async def add() -> None:
            (fleet or self.fleet).add(known)

        self.loop.call(add())

    def online(self, known: Known, *, timeout: float = BOUND, fleet: Fleet | None = None) -> bool:
        return bool(self.loop.call((fleet or self.fleet).wait_online([known.device_id], timeout)))

    def view(self, fleet: Fleet | None = None) -> DeviceView:
        (view,) = (fleet or self.fleet).views()
        return view

    def wait(self, condition: Callable[[], bool], seconds: float = BOUND) -> float:
        begin = time.monotonic()
        while not condition():
            assert time.monotonic() - begin < seconds, f"not within {seconds} s: {self.fleet.views()}"
            threading.Event().wait(0.02)
        return time.monotonic() - begin

    def ask(self, known: Known, kind: int) -> dict[str, object]:
        link = self.fleet.require_link(known.device_id)
        return self.loop.call(link.request(Request.of(kind, {}), BOUND)).header

    def kill(self, name: str) -> None:
        process = self.devices._processes[name]
        process.kill()
        process.wait()

    def restart(self, name: str) -> None:
        self.devices._start(name)

    def close(self) -> None:
        self.loop.call(self.fleet.close())
        self.loop.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hearts beat ten times as fast, so that nobody waits for silence."""
    monkeypatch.setattr(connection, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(connection, "SILENCE_SECONDS", 1.5)
    monkeypatch.setattr(connection, "LONGEST_RETRY_SECONDS", 1.0)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, ["device-1"])
    with contextlib.closing(made), made.devices:
        yield made


@pytest.fixture
def known(house: House) -> Known:
    """The device of the house, paired and connected."""
    found = house.pair("device-1")
    house.connect(found)
    assert house.online(found)
    return found


def test_a_paired_device_comes_online_and_tells_of_itself(house: House, known: Known) -> None:
    view = house.view()
    assert (view.online, view.state, view.reason, view.name) == (True, "idle", "", "device-1")
    assert view.facts is not None
    assert view.facts["device_id"] == known.device_id
    assert view.last_seen
    assert house.ask(known, messages.STATUS)["name"] == "device-1"


@pytest.mark.usefixtures("quick")
def test_a_device_that_is_killed_is_noticed_and_comes_back_by_itself(house: House, known: Known) -> None:
    house.kill("device-1")
    assert house.wait(lambda: not house.view().online) < 1.0
    assert house.fleet.link(known.device_id) is None
    assert house.view().state == "offline"
    assert house.view().reason
    with pytest.raises(KnownError, match="device-1 is offline"):
        house.fleet.require_link(known.device_id)
    house.restart("device-1")
    house.wait(lambda: house.view().online)
    assert house.ask(known, messages.STATUS)["name"] == "device-1"


@pytest.mark.usefixtures("quick")
def test_a_device_that_stopped_is_noticed_by_its_silence(house: House, known: Known) -> None:
    os.kill(house.devices.pids["device-1"], signal.SIGSTOP)
    try:
        seconds = house.wait(lambda: not house.view().online)
        assert 0.5 < seconds < connection.SILENCE_SECONDS + 1.5
        assert house.view().reason == "it does not answer"
    finally:
        os.kill(house.devices.pids["device-1"], signal.SIGCONT)
    house.wait(lambda: house.view().online)


@pytest.mark.usefixtures("quick")
def test_requests_that_wait_end_with_the_link(house: House, known: Known) -> None:
    link = house.fleet.require_link(known.device_id)
    os.kill(house.devices.pids["device-1"], signal.SIGSTOP)
    future = house.loop.submit(link.request(Request.of(messages.INVENTORY, {"offset": 0}), 600.0))
    try:
        with pytest.raises(KnownError, match="went away"):
            future.result(BOUND)
    finally:
        os.kill(house.devices.pids["device-1"], signal.SIGCONT)
    house.wait(lambda: house.view().online)


@pytest.mark.usefixtures("quick")
def test_after_a_long_absence_a_short_loss_is_mended_at_once(
    house: House, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LONGEST_RETRY_SECONDS", 60.0)
    attempts = 0
    real = connection.connect

    async def counted(*where: object, **who: object) -> object:
        nonlocal attempts
        attempts += 1
        return await real(*where, **who)  # type: ignore[arg-type]

    monkeypatch.setattr(connection, "connect", counted)
    with monkeypatch.context() as hurried:
        hurried.setattr(connection.random, "uniform", lambda low, high: 0.0)
        house.kill("device-1")
        house.wait(lambda: attempts > 12)
        house.restart("device-1")
        assert house.online(known)
    os.kill(house.devices.pids["device-1"], signal.SIGSTOP)
    house.wait(lambda: not house.view().online)
    os.kill(house.devices.pids["device-1"], signal.SIGCONT)
    assert house.wait(lambda: house.view().online) < 3.0


def test_waiting_for_devices(house: House, known: Known) -> None:
    wait = house.fleet.wait_online
    begin = time.monotonic()
    assert house.loop.call(wait([], 5.0)) == []
    assert house.loop.call(wait(["f" * 64], 5.0)) == []
    assert house.loop.call(wait([known.device_id, "f" * 64], 5.0)) == [known.device_id]
    assert time.monotonic() - begin < 2.0
    absent = replace(known, device_id="e" * 64, name="absent", port=1)
    house.connect(absent)
    begin = time.monotonic()
    assert house.loop.call(wait([known.device_id, absent.device_id], 0.5)) == [known.device_id]
    assert 0.4 < time.monotonic() - begin < 2.0
    waiting = [house.loop.submit(wait([absent.device_id], BOUND)) for _ in range(3)]
    house.loop.call(house.fleet.remove(absent.device_id))
    assert [future.result(BOUND) for future in waiting] == [[], [], []]
    assert not house.fleet._waiting


def test_many_wait_for_the_same_device(house: House) -> None:
    known = house.pair("device-1")
    house.connect(known)
    waiting = [house.loop.submit(house.fleet.wait_online([known.device_id], BOUND)) for _ in range(10)]
    assert [future.result(BOUND) for future in waiting] == 10 * [[known.device_id]]


def test_whoever_watches_cannot_bring_a_link_down(house: House, caplog: pytest.LogCaptureFixture) -> None:
    def fail(view: DeviceView) -> None:
        raise RuntimeError("a window that was closed")

    known = house.pair("device-1")
    house.fleet._on_change = fail
    house.connect(known)
    assert house.online(known)
    assert house.ask(known, messages.PING)["state"] == "idle"
    assert "a window that was closed" in caplog.text


def test_removing_a_device_tells_it(house: House, known: Known) -> None:
    assert house.loop.call(house.fleet.remove(known.device_id)) is True
    assert house.fleet.views() == []
    house.wait(lambda: house.devices.status("device-1")["state"] == "unpaired")
    assert house.loop.call(house.fleet.remove(known.device_id)) is False


@pytest.mark.usefixtures("quick")
def test_a_device_that_leaves_is_told_apart_from_one_that_is_off(house: House, known: Known) -> None:
    assert control(house.devices.home("device-1"), "unpair") == {"left": True}
    house.wait(lambda: "breaks off the connection" in house.view().reason)


@pytest.mark.usefixtures("quick")
def test_a_device_that_went_to_another_desktop_refuses_this_one(house: House, known: Known, tmp_path: Path) -> None:
    other = load_or_create(tmp_path / "other", "other")
    answer = control(house.devices.home("device-1"), "pair", replace=True)
    house.loop.call(
        pair(
            str(answer["host"]),
            int(str(answer["port"])),
            str(answer["code"]),
            other,
            desktop_name="other",
            group_id="h",
            group_name="others",
        )
    )
    house.wait(lambda: "does not let this desktop in" in house.view().reason)
    theirs = house.other_fleet(other)
    house.connect(known, theirs)
    assert house.online(known, fleet=theirs)
    house.loop.call(theirs.close())


def test_a_desktop_that_never_paired_stays_outside(house: House, known: Known, tmp_path: Path) -> None:
    stranger = house.other_fleet(load_or_create(tmp_path / "stranger", "stranger"))
    house.connect(known, stranger)
    assert not house.online(known, timeout=1.0, fleet=stranger)
    assert "does not let this desktop in" in house.view(stranger).reason
    assert house.view().online
    house.loop.call(stranger.close())


@pytest.mark.usefixtures("quick")
def test_a_device_is_found_where_it_moved(house: House, known: Known) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        elsewhere = replace(known, port=free.getsockname()[1])
    house.loop.call(house.fleet.close())
    house.connect(elsewhere)
    assert not house.online(known, timeout=0.5)
    house.loop._loop.call_soon_threadsafe(house.fleet.moved, known.device_id, known.host, known.port)
    assert house.wait(lambda: house.view().online) < 2.0


@pytest.mark.usefixtures("quick")
def test_a_false_address_does_not_keep_the_device_away(house: House, known: Known) -> None:
    with socket.create_server(("127.0.0.1", 0)) as impostor:
        house.loop._loop.call_soon_threadsafe(
            house.fleet.moved, known.device_id, "127.0.0.1", impostor.getsockname()[1]
        )
        threading.Thread(target=close_whatever_comes, args=(impostor,), daemon=True).start()
        assert house.view().online
        link = house.fleet.link(known.device_id)
        assert link is not None
        house.loop.call(link.close())
        house.wait(lambda: house.fleet.link(known.device_id) not in (None, link))
        impostor.shutdown(socket.SHUT_RDWR)


def close_whatever_comes(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            listener.accept()[0].close()


def test_closing_while_devices_are_dialled_leaves_nothing(house: House) -> None:
    """Warnings are errors in these tests: a connection that is left open would fail this one."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        known = house.pair("device-1")
        house.connect(known)
        for number in range(5):
            house.connect(replace(known, device_id=f"{number:064}", port=silent.getsockname()[1]))
        house.loop.call(house.fleet.close())
        assert house.fleet.views() == []


class SlowDevice:
    """A device at the end of a slow line: it takes and gives few bytes a second."""

    def __init__(self, identity: Identity, desktop: Identity, *, silent_after: int | None = None) -> None:
        self._context = tls.server_context(identity, [desktop.certificate_pem])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 15)
        self.port = int(self._listener.getsockname()[1])
        self._stop = threading.Event()
        self._silent_after = silent_after
        self.taken = 0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        raw, _ = self._listener.accept()
        decoder = FrameDecoder()
        with contextlib.suppress(OSError), self._context.wrap_socket(raw, server_side=True) as link:
            while not self._stop.wait(0.01 if self.taken > 10_000 else 0):
                if self._silent_after is not None and self.taken > self._silent_after:
                    self._stop.wait(BOUND)
                    return
                data = link.recv(1 << 16)
                if not data:
                    return
                self.taken += len(data)
                for kind, header, _ in decoder.feed(data):
                    status = {"protocol": messages.PROTOCOL, "state": "idle", "done": 0, "total": 0}
                    link.sendall(encode(kind, {**status, "id": header["id"]}))

    def close(self) -> None:
        self._stop.set()
        self._thread.join(BOUND)
        self._listener.close()


@pytest.mark.parametrize("silent", [False, True])
def test_a_long_message_on_a_slow_line_is_no_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    monkeypatch.setattr(connection, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(connection, "SILENCE_SECONDS", 0.6)
    identity, desktop = (load_or_create(tmp_path / who, who) for who in ("device", "desktop"))
    device = SlowDevice(identity, desktop, silent_after=1 << 20 if silent else None)
    known = Known(
        device_id=identity.fingerprint,
        name="slow",
        certificate_pem=identity.certificate_pem,
        host="127.0.0.1",
        port=device.port,
    )

    async def test() -> None:
        fleet = Fleet(desktop)
        fleet.add(known)
        assert await fleet.wait_online([known.device_id], BOUND)
        link = fleet.require_link(known.device_id)
        begin = time.monotonic()
        request = Request.of(messages.BACKBONE, {}, payload=bytes(5 << 20))
        try:
            if silent:
                with pytest.raises(KnownError, match="went away"):
                    await link.request(request, BOUND)
                assert time.monotonic() - begin < 5.0
            else:
                await link.request(request, BOUND)
                # Longer than any silence would have been allowed to last.
                assert time.monotonic() - begin > 1.2 * connection.SILENCE_SECONDS
        finally:
            await fleet.close()

    try:
        asyncio.run(test())
    finally:
        device.close()


class EnoughError(Exception):
    """The run has shown what it should."""


class TestRun:
    """Whole runs over processes, with photos that were placed on them."""

    @pytest.fixture
    def photos(self, tmp_path: Path) -> dict[Path, int]:
        render_samples(tmp_path / "samples", per_album=4, seed=0)
        albums = sorted(path for path in (tmp_path / "samples").iterdir())[:3]
        return {photo: label for label, album in enumerate(albums) for photo in sorted(album.iterdir())}

    def test_a_device_that_is_killed_and_started_again_takes_part_again(
        self, tmp_path: Path, backbone: Backbone, photos: dict[Path, int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connection, "LONGEST_RETRY_SECONDS", 0.5)
        names = ["device-1", "device-2", "device-3"]
        house = House(tmp_path, names)
        with contextlib.closing(house), house.devices:
            known = {name: house.pair(name) for name in names}
            for one in known.values():
                house.connect(one)
            members = self._members(house, known, photos)
            rounds: list[list[str]] = []
            dropped: list[str] = []

            def listen(event: Event) -> None:
                if isinstance(event, DeviceDropped):
                    dropped.append(event.device)
                if not isinstance(event, RoundDone):
                    return
                rounds.append(sorted(event.device_seconds))
                if event.number == 5:
                    threading.Thread(target=self._bounce, args=(house, "device-2")).start()
                if rounds[-1] == names and rounds[0] == names and ["device-1", "device-3"] in rounds:
                    raise EnoughError

            job = Job(
                run="run",
                backbone=backbone,
                classes=("a", "b", "c"),
                config=RunConfig(method="gradient", rounds=100_000),
                folder=tmp_path / "runs",
            )
            with pytest.raises(EnoughError):
                house.loop.submit(execute(job, members, listen)).result(2 * BOUND)
        assert set(dropped) == {"device-2"}
        assert not any(member.refused for member in members)

    def _bounce(self, house: House, name: str) -> None:
        house.kill(name)
        house.restart(name)

    def _members(self, house: House, known: dict[str, Known], photos: dict[Path, int]) -> list[Member]:
        members = []
        for number, (name, one) in enumerate(known.items()):
            assert house.online(one)
            mine = {path: label for at, (path, label) in enumerate(photos.items()) if at % len(known) == number}
            paths = {sha256_of_file(path): path for path in mine}
            link: Link = house.fleet.require_link(one.device_id)
            place = place_photos(link, paths, lambda digest, paths=paths: paths[digest].read_bytes(), lambda *_: None)  # type: ignore[misc]
            assert house.loop.call(place) == {}
            members.append(
                Member(
                    device_id=one.device_id,
                    name=name,
                    link=lambda one=one: house.fleet.link(one.device_id),  # type: ignore[misc]
                    share=Share(labelled={digest: mine[path] for digest, path in paths.items()}),
                )
            )
        return members


def test_bench_devices_end_with_their_context(tmp_path: Path) -> None:
    with bench_devices.processes(tmp_path, 2) as devices:
        pids = devices.pids
        assert len(pids) == len(devices.ids) == 2
        assert all(devices.link(one) is not None for one in devices.ids)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
