"""Pairing as it really happens: a window of a device, a desktop with a code, and those who stand in between."""

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from letspic_desktop.fleet.enrolment import PairedDevice, pair
from letspic_device import tls
from letspic_device.identity import Identity, load_or_create
from letspic_device.pairing import Owner, PairingWindow
from letspic_device.pairing_handshake import DeviceHandshake, Inbox, encode
from letspic_shared.errors import KnownError

BOUND = 5.0


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Identity]:
    home = tmp_path_factory.mktemp("people")
    return {who: load_or_create(home / who, who) for who in ("device", "desktop", "stranger")}


@pytest.fixture
def owners() -> list[Owner]:
    return []


@pytest.fixture
def window(people: dict[str, Identity], owners: list[Owner]) -> Iterator[PairingWindow]:
    with PairingWindow(
        people["device"], host="127.0.0.1", port=0, describe=describe, on_paired=owners.append
    ) as opened:
        yield opened


def describe() -> dict[str, object]:
    return {
        "name": "Kitchen",
        "link_host": "0.0.0.0",
        "link_port": 7077,
        "platform": "Linux aarch64",
        "version": "0.1.0",
        "role": "device",
    }


def try_to_pair(address: tuple[str, int], code: str, identity: Identity, *, timeout: float = BOUND) -> PairedDevice:
    return asyncio.run(
        pair(*address, code, identity, desktop_name="Desk", group_id="g1", group_name="Family", timeout=timeout)
    )


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08d}"


def test_the_right_code_pairs(window: PairingWindow, people: dict[str, Identity], owners: list[Owner]) -> None:
    code = f" {window.code[:4]}-{window.code[4:]} "
    device = try_to_pair(window.address, code, people["desktop"])

    assert window.wait(BOUND) == "paired"
    assert device == PairedDevice(
        device_id=people["device"].fingerprint,
        fingerprint=people["device"].fingerprint,
        certificate_pem=people["device"].certificate_pem,
        name="Kitchen",
        link_host="127.0.0.1",
        link_port=7077,
        platform="Linux aarch64",
        version="0.1.0",
        role="device",
    )
    assert [owner.certificate_pem for owner in owners] == [people["desktop"].certificate_pem]
    assert [owner.fingerprint for owner in owners] == [people["desktop"].fingerprint]
    assert [(owner.desktop_name, owner.group_id, owner.group_name) for owner in owners] == [("Desk", "g1", "Family")]


def test_what_was_exchanged_opens_the_link(
    window: PairingWindow, people: dict[str, Identity], owners: list[Owner]
) -> None:
    device = try_to_pair(window.address, window.code, people["desktop"])
    window.wait(BOUND)
    server, client = socket.socketpair()
    context = tls.server_context(people["device"], [owners[0].certificate_pem])

    def serve() -> None:
        with context.wrap_socket(server, server_side=True) as connection:
            tls.require_peer(connection, owners[0].fingerprint)
            connection.sendall(b"hello")

    thread = threading.Thread(target=serve)
    thread.start()
    with tls.client_context(people["desktop"], device.certificate_pem).wrap_socket(client) as connection:
        tls.require_peer(connection, device.fingerprint)
        assert connection.recv(10) == b"hello"
    thread.join(BOUND)


def test_a_wrong_code_is_refused_at_both_ends(
    window: PairingWindow, people: dict[str, Identity], owners: list[Owner]
) -> None:
    for left in ("2 tries are left", "1 try is left", "stopped pairing"):
        with pytest.raises(KnownError, match=left):
            try_to_pair(window.address, wrong(window.code), people["desktop"])

    assert window.wait(BOUND) == "closed: 3 wrong codes"
    assert owners == []
    with pytest.raises(KnownError, match="Nothing waits to be paired"):
        try_to_pair(window.address, window.code, people["desktop"])


def test_after_a_wrong_code_the_right_one_pairs(
    window: PairingWindow, people: dict[str, Identity], owners: list[Owner]
) -> None:
    with pytest.raises(KnownError, match="The code is wrong"):
        try_to_pair(window.address, wrong(window.code), people["desktop"])

    assert try_to_pair(window.address, window.code, people["desktop"]).name == "Kitchen"
    assert len(owners) == 1


class ManInTheMiddle:
    """Ends TLS on both sides with certificates of its own and passes the steps on."""

    def __init__(self, target: tuple[str, int], identity: Identity, *, swap_certificate: bool) -> None:
        self._target = target
        self._identity = identity
        self._swap_certificate = swap_certificate
        self.passed_on = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self._thread = threading.Thread(target=self._relay)
        self._thread.start()

    def _relay(self) -> None:
        raw, _ = self._listener.accept()
        onward = socket.create_connection(self._target, timeout=BOUND)
        with (
            contextlib.suppress(OSError),
            tls.pairing_server_context(self._identity).wrap_socket(raw, server_side=True) as desktop,
            tls.pairing_client_context(self._identity).wrap_socket(onward) as device,
        ):
            while self._pass_on(desktop, device) and self._pass_on(device, desktop):
                self.passed_on += 1

    def _pass_on(self, source: ssl.SSLSocket, target: ssl.SSLSocket) -> bool:
        inbox = Inbox()
        while (step := inbox.take()) is None:
            data = source.recv(4096)
            if not data:
                return False
            inbox.feed(data)
        if self._swap_certificate and "certificate" in step:
            step["certificate"] = self._identity.certificate_pem
        target.sendall(encode(step))
        return True

    def close(self) -> None:
        self._thread.join(BOUND)
        self._listener.close()


@pytest.mark.parametrize("swap_certificate", [False, True])
def test_a_man_in_the_middle_fails_even_with_the_right_code(
    window: PairingWindow, people: dict[str, Identity], owners: list[Owner], swap_certificate: bool
) -> None:
    between = ManInTheMiddle(window.address, people["stranger"], swap_certificate=swap_certificate)
    with pytest.raises(KnownError, match="The code is wrong") as caught:
        try_to_pair(between.address, window.code, people["desktop"])
    between.close()

    assert "something on the network stands in between" in caught.value.action
    assert between.passed_on == 2
    assert owners == []
    assert window.state == "open"
    assert window.tries_left == 2
    assert window.someone_else_tried


def test_the_relay_of_these_tests_can_pass_on_everything(
    people: dict[str, Identity], window: PairingWindow, owners: list[Owner]
) -> None:
    # With the device's own key in its hands it is no longer in between: what fails above is the certificate.
    between = ManInTheMiddle(window.address, people["device"], swap_certificate=False)
    try_to_pair(between.address, window.code, people["desktop"])
    between.close()

    assert len(owners) == 1


class Answering:
    """Something that is no LetsPic device, at a port of its own."""

    def __init__(self, answer: bytes | None, identity: Identity | None = None) -> None:
        self._answer = answer
        self._identity = identity
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with contextlib.suppress(OSError):
            if self._identity is not None:
                connection = tls.pairing_server_context(self._identity).wrap_socket(connection, server_side=True)
            connection.recv(4096)
            if self._answer is None:
                self._stop.wait(BOUND)
            else:
                connection.sendall(self._answer)
        connection.close()

    def __enter__(self) -> "Answering":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(BOUND)
        self._listener.close()


@pytest.mark.parametrize(
    ("answer", "in_tls", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False, "is not a LetsPic device"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True, "is not a LetsPic device"),
        (encode({"step": "spake"}), True, "is not a LetsPic device"),
        (encode({"step": "paired"}), True, "is not a LetsPic device"),
        (b"", True, "broke off the connection"),
        (b"", False, "broke off the connection"),
        (None, False, "did not answer within"),
        (None, True, "did not answer within"),
    ],
)
def test_something_else_answers(people: dict[str, Identity], answer: bytes | None, in_tls: bool, reason: str) -> None:
    with (
        Answering(answer, people["stranger"] if in_tls else None) as other,
        pytest.raises(KnownError, match=reason) as caught,
    ):
        try_to_pair(other.address, "12345678", people["desktop"], timeout=BOUND if answer is not None else 0.5)

    assert caught.value.action


def test_the_link_port_does_not_pair(people: dict[str, Identity]) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    context = tls.server_context(people["device"], [people["stranger"].certificate_pem])

    def serve() -> None:
        raw, _ = listener.accept()
        with raw, contextlib.suppress(ssl.SSLError):
            context.wrap_socket(raw, server_side=True)

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(KnownError):
        try_to_pair(listener.getsockname(), "12345678", people["desktop"])
    thread.join(BOUND)
    listener.close()


def test_an_impostor_that_does_not_know_the_code(people: dict[str, Identity]) -> None:
    with (
        PairingWindow(
            people["stranger"], host="127.0.0.1", port=0, describe=describe, on_paired=lambda owner: None
        ) as impostor,
        pytest.raises(KnownError, match="The code is wrong"),
    ):
        try_to_pair(impostor.address, wrong(impostor.code), people["desktop"])


def test_an_impostor_that_takes_any_code_proves_nothing(
    people: dict[str, Identity], owners: list[Owner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DeviceHandshake, "desktop_knows_the_code", lambda self, confirm: True)
    with (
        PairingWindow(
            people["stranger"], host="127.0.0.1", port=0, describe=describe, on_paired=owners.append
        ) as impostor,
        pytest.raises(KnownError, match="could not prove that it knows the code"),
    ):
        try_to_pair(impostor.address, wrong(impostor.code), people["desktop"])

    assert owners == []


@pytest.mark.parametrize("code", ["", "1234567", "12345678x", "abcdefgh"])
def test_what_is_no_code_is_not_sent(people: dict[str, Identity], code: str) -> None:
    with pytest.raises(KnownError, match="8 digits"):
        try_to_pair(("127.0.0.1", 1), code, people["desktop"])


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid", "", "x" * 300])
def test_nothing_listens_there(people: dict[str, Identity], host: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(KnownError, match="Nothing waits to be paired") as caught:
            try_to_pair((host, free.getsockname()[1]), "12345678", people["desktop"])

    assert "Start pairing on the device" in caught.value.action


def test_a_device_that_cannot_store_its_owner(people: dict[str, Identity]) -> None:
    def full(owner: Owner) -> None:
        raise KnownError("The disk of this device is full", "Free some space")

    with (
        PairingWindow(people["device"], host="127.0.0.1", port=0, describe=describe, on_paired=full) as opened,
        pytest.raises(KnownError, match="could not store the pairing: The disk of this device is full"),
    ):
        try_to_pair(opened.address, opened.code, people["desktop"])


@pytest.mark.parametrize("change", [{"role": "owner"}, {"link_port": 0}, {"name": 7}, {"link_host": None}])
def test_a_device_that_describes_itself_wrongly(people: dict[str, Identity], change: dict[str, object]) -> None:
    with (
        PairingWindow(
            people["device"],
            host="127.0.0.1",
            port=0,
            describe=lambda: {**describe(), **change},
            on_paired=lambda owner: None,
        ) as opened,
        pytest.raises(KnownError, match="may already take this desktop for its owner"),
    ):
        try_to_pair(opened.address, opened.code, people["desktop"])


def test_logs_never_hold_the_code(
    window: PairingWindow, people: dict[str, Identity], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(KnownError) as caught:
        try_to_pair(window.address, wrong(window.code), people["desktop"])
    try_to_pair(window.address, window.code, people["desktop"])

    assert wrong(window.code) not in str(caught.value)
    assert window.code not in caplog.text
    assert wrong(window.code) not in caplog.text
