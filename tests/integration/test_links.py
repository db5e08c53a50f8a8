"""What every link promises, over the one inside this process and over TLS; and what only TLS can meet."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from letspic_desktop.fleet import tls_link
from letspic_desktop.fleet.inprocess_link import InProcessLink
from letspic_desktop.fleet.link import Link, LinkLostError, RefusedError, Request
from letspic_device import tls
from letspic_device.home import DeviceHome
from letspic_device.identity import Identity, load_or_create
from letspic_device.link_server import LinkServer
from letspic_device.pairing import Owner
from letspic_device.photos import NoOwnPhotos
from letspic_device.runtime import DeviceRuntime
from letspic_device.states import State
from letspic_shared import messages
from letspic_shared.errors import KnownError, ProtocolError
from letspic_shared.frames import encode
from letspic_shared.tensors import Array

BOUND = 10.0
Answer = tuple[dict[str, object], dict[str, Array], bytes]


class Device:
    """A real runtime with two requests of its own: one that echoes, one that takes as long as the test wants."""

    def __init__(self, folder: Path, identity: Identity) -> None:
        self.identity = identity
        self.runtime = DeviceRuntime(
            DeviceHome(folder), device_id=identity.fingerprint, name="device", own=NoOwnPhotos()
        )
        self.runtime.states.enter(State.IDLE)
        self.release = threading.Event()
        self.entered = threading.Event()
        self.sent: list[int] = []
        self.runtime._handlers[messages.THUMBNAIL] = self._echo
        self.runtime._handlers[messages.SEARCH] = self._block
        handle = self.runtime.handle
        self.runtime.handle = lambda *request: self._measured(handle(*request))  # type: ignore[method-assign]

    def _measured(self, frame: bytes) -> bytes:
        self.sent.append(len(frame))
        return frame

    def _echo(self, header: dict[str, object], payload: bytes) -> Answer:
        tensors = {"zeros": np.zeros((2, 3), np.float32)} if header.get("tensors_too") else {}
        return {"echo": header.get("text", "")}, tensors, payload

    def _block(self, header: dict[str, object], payload: bytes) -> Answer:
        self.entered.set()
        assert self.release.wait(BOUND)
        return {"echo": header.get("text", "")}, {}, b""


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Identity]:
    home = tmp_path_factory.mktemp("people")
    return {who: load_or_create(home / who, who) for who in ("device", "desktop", "stranger")}


@pytest.fixture
def device(tmp_path: Path, people: dict[str, Identity]) -> Iterator[Device]:
    made = Device(tmp_path / "device", people["device"])
    yield made
    made.release.set()


def owner_of(identity: Identity) -> Owner:
    return Owner(
        fingerprint=identity.fingerprint,
        certificate_pem=identity.certificate_pem,
        desktop_name="desktop",
        group_id="g",
        group_name="group",
    )


@contextlib.contextmanager
def served(device: Device, owner: Identity | None) -> Iterator[LinkServer]:
    server = LinkServer(device.identity, device.runtime, "127.0.0.1", 0)
    server.trust(None if owner is None else owner_of(owner))
    server.start()
    try:
        yield server
    finally:
        device.release.set()
        server.close()


async def connected(server: LinkServer, device: Device, identity: Identity) -> tls_link.TlsLink:
    return await tls_link.connect(
        "127.0.0.1",
        server.port,
        identity=identity,
        device_id=device.identity.fingerprint,
        certificate_pem=device.identity.certificate_pem,
    )


Use = Callable[[Callable[[Link], Awaitable[None]]], None]


@pytest.fixture(params=["in-process", "tls"])
def use(request: pytest.FixtureRequest, device: Device, people: dict[str, Identity]) -> Use:
    """Run a test's coroutine with a link of either kind."""

    async def in_process(test: Callable[[Link], Awaitable[None]]) -> None:
        link = InProcessLink(device.runtime)
        try:
            async with asyncio.timeout(BOUND):
                await test(link)
        finally:
            device.release.set()
            await link.close()

    async def over_tls(test: Callable[[Link], Awaitable[None]]) -> None:
        with served(device, people["desktop"]) as server:
            link = await connected(server, device, people["desktop"])
            try:
                async with asyncio.timeout(BOUND):
                    await test(link)
            finally:
                await link.close()

    chosen = in_process if request.param == "in-process" else over_tls
    return lambda test: asyncio.run(chosen(test))


def echo(text: str = "", payload: bytes = b"") -> Request:
    return Request.of(messages.THUMBNAIL, {"text": text}, payload=payload)


def blocked(text: str = "") -> Request:
    return Request.of(messages.SEARCH, {"text": text})


async def entered(device: Device) -> None:
    assert await asyncio.to_thread(device.entered.wait, BOUND)


class TestEveryLink:
    def test_a_request_is_answered(self, use: Use, device: Device) -> None:
        async def test(link: Link) -> None:
            assert link.alive
            assert link.device_id == device.identity.fingerprint
            answer = await link.request(Request.of(messages.STATUS, {}), BOUND)
            assert answer.header["device_id"] == device.identity.fingerprint
            assert answer.header["state"] == "idle"

        use(test)

    def test_tensors_travel_and_the_size_is_that_of_the_frame(self, use: Use, device: Device) -> None:
        async def test(link: Link) -> None:
            answer = await link.request(Request.of(messages.THUMBNAIL, {"tensors_too": True, "text": "ä\n1.5"}), BOUND)
            assert answer.tensors()["zeros"].shape == (2, 3)
            assert answer.header["echo"] == "ä\n1.5"
            assert answer.framed_bytes == device.sent[-1]

        use(test)

    def test_an_error_is_a_refusal_with_the_devices_words(self, use: Use) -> None:
        async def test(link: Link) -> None:
            with pytest.raises(RefusedError) as caught:
                await link.request(Request.of(messages.ROUND, {"run": "x", "round": 1, "task": "gradient"}), BOUND)
            assert caught.value.reason == "The device does not know this run"
            assert caught.value.action
            with pytest.raises(RefusedError, match="does not know message kind 99"):
                await link.request(Request.of(99, {}), BOUND)
            assert link.alive

        use(test)

    def test_a_late_answer_is_dropped_and_the_link_goes_on(self, use: Use, device: Device) -> None:
        async def test(link: Link) -> None:
            with pytest.raises(TimeoutError):
                await link.request(blocked("late"), 0.1)
            device.release.set()
            assert (await link.request(echo("in time"), BOUND)).header["echo"] == "in time"

        use(test)

    def test_the_same_request_may_be_sent_again(self, use: Use, device: Device) -> None:
        async def test(link: Link) -> None:
            request = blocked("again")
            with pytest.raises(TimeoutError):
                await link.request(request, 0.1)
            device.release.set()
            assert (await link.request(request, BOUND)).header["echo"] == "again"
            assert (await link.request(echo("other"), BOUND)).header["echo"] == "other"

        use(test)

    def test_closing_ends_requests_that_wait(self, use: Use, device: Device) -> None:
        async def test(link: Link) -> None:
            waiting = [asyncio.create_task(link.request(blocked(), BOUND)) for _ in range(3)]
            await entered(device)
            begin = time.monotonic()
            await link.close()
            results = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(result) for result in results] == [LinkLostError] * 3
            assert time.monotonic() - begin < 2
            assert not link.alive
            with pytest.raises(LinkLostError):
                await link.request(echo(), BOUND)
            await link.close()

        use(test)

    def test_requests_at_once_get_their_own_answers(self, use: Use) -> None:
        async def test(link: Link) -> None:
            asked = [link.request(echo(f"text {number}", bytes([number])), BOUND) for number in range(40)]
            answers = await asyncio.gather(*asked)
            assert [answer.header["echo"] for answer in answers] == [f"text {number}" for number in range(40)]
            assert [answer.payload for answer in answers] == [bytes([number]) for number in range(40)]

        use(test)

    def test_a_large_payload_arrives_whole_both_ways(self, use: Use) -> None:
        payload = np.random.default_rng(0).bytes(12 << 20)

        async def test(link: Link) -> None:
            answer = await link.request(echo(payload=payload), BOUND)
            assert answer.payload == payload

        use(test)

    def test_ping_is_answered_while_the_device_works(self, use: Use, device: Device) -> None:
        async def test(link: Link) -> None:
            long = asyncio.create_task(link.request(blocked("done"), BOUND))
            await entered(device)
            for _ in range(3):
                assert "state" in (await link.request(Request.of(messages.PING, {}), 1.0)).header
            assert not long.done()
            device.release.set()
            assert (await long).header["echo"] == "done"

        use(test)

    def test_a_request_that_is_given_up_leaves_nothing_behind(self, use: Use, device: Device) -> None:
        async def test(link: Link) -> None:
            long = asyncio.create_task(link.request(blocked(), BOUND))
            await entered(device)
            long.cancel()
            with pytest.raises(asyncio.CancelledError):
                await long
            device.release.set()
            assert (await link.request(echo("next"), BOUND)).header["echo"] == "next"
            assert not link._waiting  # type: ignore[attr-defined]

        use(test)

    def test_wrong_tensors_are_told_where_they_are_read(self, use: Use, device: Device) -> None:
        device.runtime._handlers[messages.THUMBNAIL] = lambda header, payload: ({}, {}, b"no tensor")

        async def test(link: Link) -> None:
            answer = await link.request(echo(), BOUND)
            with pytest.raises(ProtocolError):
                answer.tensors()

        use(test)


def test_more_than_a_message_carries_is_one_sentence() -> None:
    with pytest.raises(KnownError, match="more than one message can carry"):
        Request.of(messages.ROUND, {}, {"weights": np.zeros((6, 1280, 2300), np.float32)})


class TestTls:
    def test_a_device_that_stops_serving_is_noticed(self, device: Device, people: dict[str, Identity]) -> None:
        async def test() -> None:
            with served(device, people["desktop"]) as server:
                link = await connected(server, device, people["desktop"])
                waiting = asyncio.create_task(link.request(blocked(), BOUND))
                await entered(device)
                await asyncio.to_thread(server.trust, None)
                with pytest.raises(LinkLostError):
                    await waiting
                await asyncio.wait_for(link.wait_closed(), BOUND)
                assert not link.alive
                await link.close()

        asyncio.run(test())

    @pytest.mark.parametrize(
        ("owner", "reason"),
        [("stranger", "does not let this desktop in"), (None, "breaks off the connection")],
    )
    def test_a_desktop_that_the_device_does_not_know(
        self, device: Device, people: dict[str, Identity], owner: str | None, reason: str
    ) -> None:
        async def knock(server: LinkServer) -> None:
            link = await connected(server, device, people["desktop"])
            try:
                await link.request(Request.of(messages.STATUS, {}), BOUND)
            finally:
                await link.close()

        async def test(server: LinkServer) -> None:
            with pytest.raises(KnownError, match=reason) as caught:
                await knock(server)
            assert "Pair it again" in caught.value.action

        with served(device, people[owner] if owner else None) as server:
            asyncio.run(test(server))

    def test_a_desktop_that_is_let_go_later_is_refused_then(self, device: Device, people: dict[str, Identity]) -> None:
        async def test(server: LinkServer) -> None:
            link = await connected(server, device, people["desktop"])
            await link.request(echo(), BOUND)
            await asyncio.to_thread(server.trust, owner_of(people["stranger"]))
            with pytest.raises(LinkLostError):
                await link.request(echo(), BOUND)
            await link.close()

        with served(device, people["desktop"]) as server:
            asyncio.run(test(server))

    def test_another_device_at_the_address(self, device: Device, people: dict[str, Identity], tmp_path: Path) -> None:
        async def test(server: LinkServer) -> None:
            with pytest.raises(KnownError, match="is not the device you paired"):
                await tls_link.connect(
                    "127.0.0.1",
                    server.port,
                    identity=people["desktop"],
                    device_id=people["stranger"].fingerprint,
                    certificate_pem=people["stranger"].certificate_pem,
                )

        with served(device, people["desktop"]) as server:
            asyncio.run(test(server))

    def test_a_certificate_of_another_fingerprint(self, device: Device, people: dict[str, Identity]) -> None:
        async def test(server: LinkServer) -> None:
            with pytest.raises(KnownError, match="not the device you paired"):
                await tls_link.connect(
                    "127.0.0.1",
                    server.port,
                    identity=people["desktop"],
                    device_id=people["stranger"].fingerprint,
                    certificate_pem=device.identity.certificate_pem,
                )

        with served(device, people["desktop"]) as server:
            asyncio.run(test(server))

    @pytest.mark.parametrize(
        ("host", "port"),
        [("127.0.0.1", None), ("no-such-host.invalid", 7), ("x" * 300, 7), ("", 0), ("127.0.0.1", 1 << 20)],
    )
    def test_nothing_is_there(self, people: dict[str, Identity], device: Device, host: str, port: int | None) -> None:
        async def test(port: int) -> None:
            with pytest.raises(KnownError, match="cannot be reached") as caught:
                await tls_link.connect(
                    host,
                    port,
                    identity=people["desktop"],
                    device_id=device.identity.fingerprint,
                    certificate_pem=device.identity.certificate_pem,
                )
            assert caught.value.action

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            asyncio.run(test(free.getsockname()[1] if port is None else port))

    def test_something_that_is_no_device(
        self, people: dict[str, Identity], device: Device, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tls_link, "CONNECT_SECONDS", 0.3)

        async def test() -> None:
            for behaviour, reason in ((b"HTTP/1.1 400 Bad\r\n\r\n", "breaks off"), (None, "does not answer")):
                with socket.create_server(("127.0.0.1", 0)) as listener:
                    serving = asyncio.create_task(asyncio.to_thread(answer_once, listener, behaviour))
                    with pytest.raises(KnownError, match=reason):
                        await tls_link.connect(
                            *listener.getsockname(),
                            identity=people["desktop"],
                            device_id=device.identity.fingerprint,
                            certificate_pem=device.identity.certificate_pem,
                        )
                    await serving

        def answer_once(listener: socket.socket, behaviour: bytes | None) -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                if behaviour is not None:
                    connection.sendall(behaviour)
                else:
                    connection.recv(1 << 16)

        asyncio.run(test())


class RawServer:
    """A device's certificate with whatever the test wants behind it."""

    def __init__(self, identity: Identity, desktop: Identity, serve: Callable[[ssl.SSLSocket], None]) -> None:
        self._context = tls.server_context(identity, [desktop.certificate_pem])
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        raw, _ = self._listener.accept()
        with contextlib.suppress(OSError), self._context.wrap_socket(raw, server_side=True) as connection:
            self._serve(connection)

    def __enter__(self) -> RawServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(BOUND)
        self._listener.close()


def raw_link(server: RawServer, people: dict[str, Identity]) -> Awaitable[tls_link.TlsLink]:
    return tls_link.connect(
        "127.0.0.1",
        server.port,
        identity=people["desktop"],
        device_id=people["device"].fingerprint,
        certificate_pem=people["device"].certificate_pem,
    )


def test_a_device_that_sends_garbage_is_dropped(people: dict[str, Identity]) -> None:
    def serve(connection: ssl.SSLSocket) -> None:
        connection.recv(1 << 16)
        connection.sendall(b"garbage " * 100)
        connection.recv(1 << 16)

    async def test(server: RawServer) -> None:
        link = await raw_link(server, people)
        with pytest.raises(LinkLostError):
            await link.request(echo(), BOUND)
        await link.close()

    with RawServer(people["device"], people["desktop"], serve) as server:
        asyncio.run(test(server))


def test_answers_that_nobody_asked_for_are_ignored(people: dict[str, Identity]) -> None:
    done = threading.Event()

    def serve(connection: ssl.SSLSocket) -> None:
        connection.recv(1 << 16)
        for identifier in (None, "1", True, -1, 1.5, 1 << 40, [], {}):
            connection.sendall(encode(messages.PING, {"id": identifier}))
        done.wait(BOUND)

    async def test(server: RawServer) -> None:
        link = await raw_link(server, people)
        with pytest.raises(TimeoutError):
            await link.request(echo(), 0.3)
        assert link.alive
        done.set()
        await link.close()

    with RawServer(people["device"], people["desktop"], serve) as server:
        asyncio.run(test(server))


def test_a_device_that_stopped_does_not_hold_up_closing(people: dict[str, Identity]) -> None:
    done = threading.Event()

    async def test(server: RawServer) -> None:
        link = await raw_link(server, people)
        waiting = asyncio.create_task(link.request(echo(payload=bytes(20 << 20)), BOUND))
        await asyncio.sleep(0)
        assert link.progress[1] > 0
        begin = time.monotonic()
        await link.close()
        with pytest.raises(LinkLostError):
            await waiting
        assert time.monotonic() - begin < 2 * tls_link.GOODBYE_SECONDS + 1
        done.set()

    with RawServer(people["device"], people["desktop"], lambda _: done.wait(BOUND) and None) as server:
        asyncio.run(test(server))
