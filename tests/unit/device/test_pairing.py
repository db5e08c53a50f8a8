import contextlib
import hashlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from letspic_device import pairing, tls
from letspic_device.identity import Identity, load_or_create
from letspic_device.pairing import Owner, PairingWindow
from letspic_device.pairing_handshake import DesktopHandshake, Header, Inbox, clean_code, clean_name, encode
from letspic_shared import frames
from letspic_shared.errors import KnownError, ProtocolError
from letspic_shared.messages import PAIR, PING, BadField

BOUND = 5.0
Opener = Callable[..., PairingWindow]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Identity]:
    home = tmp_path_factory.mktemp("people")
    return {who: load_or_create(home / who, who) for who in ("device", "desktop")}


@pytest.fixture
def owners() -> list[Owner]:
    return []


@pytest.fixture
def opened(people: dict[str, Identity], owners: list[Owner], request: pytest.FixtureRequest) -> Opener:
    def open_window(**settings: object) -> PairingWindow:
        settings = {"host": "127.0.0.1", "port": 0, "describe": describe, "on_paired": owners.append, **settings}
        window = PairingWindow(people["device"], **settings)
        request.addfinalizer(window.close)
        return window.start()

    return open_window


def describe() -> Header:
    return {
        "name": "Kitchen",
        "link_host": "",
        "link_port": 7077,
        "platform": "test",
        "version": "0.1.0",
        "role": "device",
    }


class Desktop:
    """A desktop that does each step when told to, so that it can also do them wrong."""

    def __init__(self, window: PairingWindow, identity: Identity, code: str | None = None) -> None:
        raw = socket.create_connection(window.address, timeout=BOUND)
        self.connection = tls.pairing_client_context(identity).wrap_socket(raw)
        self.handshake = DesktopHandshake(
            code or window.code, identity.certificate_pem, tls.peer_certificate(self.connection)
        )
        self._inbox = Inbox()

    def __enter__(self) -> "Desktop":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def ask(self, header: Header) -> Header | None:
        """Send a step and return the answer, None where the device hangs up."""
        self.connection.sendall(encode(header))
        while (step := self._inbox.take()) is None:
            try:
                data = self.connection.recv(4096)
            except (ConnectionError, ssl.SSLEOFError):
                data = b""
            if not data:
                return None
            self._inbox.feed(data)
        return step

    def prove(self) -> Header | None:
        spake = self.ask(self.handshake.hello())
        return spake and self.ask(self.handshake.confirm(spake))


OWNER = {"step": "owner", "desktop_name": "Desk", "group_id": "g1", "group_name": "Family"}


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08d}"


def hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except (ConnectionError, ssl.SSLError):
        return True


def test_the_right_code_makes_an_owner(opened: Opener, people: dict[str, Identity], owners: list[Owner]) -> None:
    closed: list[str] = []
    window = opened(on_closed=closed.append)
    assert window.state == "open"
    assert 299 < window.seconds_left <= 300
    with Desktop(window, people["desktop"]) as desktop:
        proof = desktop.prove()
        assert proof is not None
        assert desktop.handshake.device_knows_the_code(proof)
        assert owners == []
        assert desktop.ask(OWNER) == {**describe(), "step": "paired"}

    assert window.wait(BOUND) == "paired"
    assert owners == [
        Owner(
            certificate_pem=people["desktop"].certificate_pem,
            fingerprint=people["desktop"].fingerprint,
            desktop_name="Desk",
            group_id="g1",
            group_name="Family",
        )
    ]
    assert not window.someone_else_tried
    window.close()
    assert closed == ["paired"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(window.address, timeout=BOUND)


def test_the_owner_is_stored_before_the_desktop_hears_of_it(opened: Opener, people: dict[str, Identity]) -> None:
    may_store, answered = threading.Event(), threading.Event()
    window = opened(on_paired=lambda owner: may_store.wait(BOUND))
    with Desktop(window, people["desktop"]) as desktop:
        desktop.prove()
        asker = threading.Thread(target=lambda: (desktop.ask(OWNER), answered.set()))
        asker.start()
        assert not answered.wait(0.2)
        may_store.set()
        assert answered.wait(BOUND)
        asker.join()


def test_three_wrong_codes_close_the_window(opened: Opener, people: dict[str, Identity], owners: list[Owner]) -> None:
    window = opened()
    for left in (2, 1, 0):
        with Desktop(window, people["desktop"], wrong(window.code)) as desktop:
            assert desktop.prove() == {"step": "refused", "why": "code", "tries_left": left}

    assert window.wait(BOUND) == "closed: 3 wrong codes"
    assert window.someone_else_tried
    assert owners == []
    with pytest.raises(ConnectionRefusedError):
        Desktop(window, people["desktop"])


def test_a_typing_mistake_of_the_same_desktop_is_nobody_else(opened: Opener, people: dict[str, Identity]) -> None:
    window = opened()
    with Desktop(window, people["desktop"], wrong(window.code)) as desktop:
        desktop.prove()
    assert window.someone_else_tried
    with Desktop(window, people["desktop"]) as desktop:
        desktop.prove()
        desktop.ask(OWNER)

    assert window.wait(BOUND) == "paired"
    assert not window.someone_else_tried


def test_only_a_finished_wrong_proof_burns_a_try(opened: Opener, people: dict[str, Identity]) -> None:
    window = opened()
    for _ in range(5):
        with Desktop(window, people["desktop"], wrong(window.code)) as desktop:
            assert desktop.ask(desktop.handshake.hello())
        with Desktop(window, people["desktop"]):
            pass
        socket.create_connection(window.address).close()

    with Desktop(window, people["desktop"]) as desktop:
        proof = desktop.prove()
        assert proof is not None
        assert proof["step"] == "confirm"
    assert window.tries_left == 3


def test_a_proof_that_is_passed_on_from_another_attempt_fails(opened: Opener, people: dict[str, Identity]) -> None:
    window = opened()
    with Desktop(window, people["desktop"]) as desktop:
        spake = desktop.ask(desktop.handshake.hello())
        assert spake is not None
        recorded = desktop.handshake.confirm(spake)
    with Desktop(window, people["desktop"]) as desktop:
        desktop.ask(desktop.handshake.hello())
        answer = desktop.ask(recorded)

    assert answer is not None
    assert answer["step"] == "refused"


def test_nobody_becomes_owner_without_a_proof(opened: Opener, people: dict[str, Identity], owners: list[Owner]) -> None:
    window = opened()
    with Desktop(window, people["desktop"]) as desktop:
        assert desktop.ask(OWNER) is None
    with Desktop(window, people["desktop"]) as desktop:
        desktop.ask(desktop.handshake.hello())
        assert desktop.ask(OWNER) is None
    with Desktop(window, people["desktop"], wrong(window.code)) as desktop:
        desktop.prove()
        assert desktop.ask(OWNER) is None

    assert owners == []


BAD_HELLOS: list[Header] = [
    {},
    {"step": "hello"},
    {"protocol": 2},
    {"protocol": True},
    {"certificate": "no certificate"},
    {"certificate": 7},
    {"spake": ""},
    {"spake": "zz" * 33},
    {"spake": "41" + "00" * 32},
    {"spake": "41" + "ff" * 32},
    {"spake": "42" + "00" * 31 + "01"},
    {"spake": "41" + "00" * 64},
    {"spake": None},
]


def test_bad_steps_end_the_attempt_only(opened: Opener, people: dict[str, Identity]) -> None:
    window = opened()
    for bad in BAD_HELLOS:
        with Desktop(window, people["desktop"]) as desktop:
            hello = {**desktop.handshake.hello(), **bad} if bad and "step" not in bad else bad
            assert desktop.ask(hello) is None, bad

    assert window.tries_left == 3
    with Desktop(window, people["desktop"]) as desktop:
        assert desktop.prove()


def test_garbage_ends_the_attempt_only(opened: Opener, people: dict[str, Identity]) -> None:
    window = opened()
    for data in (b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 100):
        with socket.create_connection(window.address, timeout=BOUND) as raw:
            raw.sendall(data)
            assert hung_up(raw) or hung_up(raw)
    frame_of_other_kind = frames.encode(PING, {"step": "hello"})
    huge = frames.encode(PAIR, {"step": "hello", "certificate": "x" * 100_000})
    payload = frames.encode(PAIR, {"step": "hello"}, b"x" * 1000)
    newer = b"LPIC\x02" + frame_of_other_kind[5:]
    for data in (b"plain text", frame_of_other_kind, huge, payload, newer, encode(OWNER) * 2):
        with Desktop(window, people["desktop"]) as desktop:
            with contextlib.suppress(ConnectionError, ssl.SSLEOFError):
                desktop.connection.sendall(data.ljust(64))
            assert hung_up(desktop.connection)

    with Desktop(window, people["desktop"]) as desktop:
        assert desktop.prove()


@pytest.mark.parametrize("inside_tls", [False, True])
def test_a_silent_connection_holds_the_window_for_a_moment_only(
    opened: Opener, people: dict[str, Identity], monkeypatch: pytest.MonkeyPatch, inside_tls: bool
) -> None:
    monkeypatch.setattr(pairing, "_FIRST_STEP_SECONDS", 0.3)
    window = opened()
    silent = Desktop(window, people["desktop"]).connection if inside_tls else socket.create_connection(window.address)
    with silent, Desktop(window, people["desktop"]) as desktop:
        assert desktop.prove()


def test_bytes_that_drip_in_do_not_hold_the_window(
    opened: Opener, people: dict[str, Identity], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairing, "_FIRST_STEP_SECONDS", 0.3)
    window = opened()
    with Desktop(window, people["desktop"]) as dripping:
        frame = encode(dripping.handshake.hello())
        dripping.connection.settimeout(0.02)
        sent = 0
        for sent in range(len(frame)):
            try:
                dripping.connection.sendall(frame[sent : sent + 1])
                dripping.connection.recv(1)
                break
            except TimeoutError:
                continue
            except (ConnectionError, ssl.SSLError):
                break
        assert sent < 30

    with Desktop(window, people["desktop"]) as desktop:
        assert desktop.prove()


def test_the_window_closes_when_time_is_over(opened: Opener, people: dict[str, Identity]) -> None:
    window = opened(seconds=0.1)

    assert window.wait(BOUND) == "closed: time is over"
    assert window.seconds_left == 0
    with pytest.raises(ConnectionRefusedError):
        Desktop(window, people["desktop"])


def test_an_attempt_does_not_outlive_the_window(opened: Opener, people: dict[str, Identity]) -> None:
    window = opened(seconds=0.4)
    with Desktop(window, people["desktop"]) as desktop:
        desktop.ask(desktop.handshake.hello())
        assert hung_up(desktop.connection)

    assert window.wait(BOUND) == "closed: time is over"


def test_connections_without_end_close_the_window(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "_MAX_CONNECTIONS", 3)
    window = opened()
    for _ in range(3):
        socket.create_connection(window.address, timeout=BOUND).close()

    assert window.wait(BOUND) == "closed: too many connections"


def test_close_ends_an_attempt_at_once(opened: Opener, people: dict[str, Identity]) -> None:
    window = opened()
    with Desktop(window, people["desktop"]) as desktop:
        desktop.ask(desktop.handshake.hello())
        begin = time.monotonic()
        window.close()
        assert time.monotonic() - begin < 2
        assert hung_up(desktop.connection)
    assert window.state == "closed"
    window.close()


def test_a_window_that_closes_because_it_paired_still_tells_the_owner(
    opened: Opener, people: dict[str, Identity]
) -> None:
    closers: list[threading.Thread] = []

    def store(owner: Owner) -> None:
        window.close()
        closers.append(threading.Thread(target=window.close))
        closers[0].start()
        closers[0].join(0.1)

    window = opened(on_paired=store)
    with Desktop(window, people["desktop"]) as desktop:
        desktop.prove()
        assert desktop.ask(OWNER) == {**describe(), "step": "paired"}
    assert window.wait(BOUND) == "paired"
    closers[0].join(BOUND)


def test_a_device_that_cannot_describe_itself_stores_nothing(
    opened: Opener, people: dict[str, Identity], owners: list[Owner]
) -> None:
    def fail() -> Header:
        raise RuntimeError("ours")

    window = opened(describe=fail)
    with Desktop(window, people["desktop"]) as desktop:
        desktop.prove()
        answer = desktop.ask(OWNER)

    assert answer is not None
    assert answer["step"] == "refused"
    assert owners == []
    assert window.state == "open"


def test_a_window_that_was_never_opened_closes(people: dict[str, Identity]) -> None:
    window = PairingWindow(people["device"], host="127.0.0.1", port=0, describe=describe, on_paired=print)
    window.close()

    assert window.wait(0) == "closed"


@pytest.mark.parametrize("fault", [KnownError("The disk is full", "Free some space"), RuntimeError("ours")])
def test_an_owner_that_cannot_be_stored_is_told(
    opened: Opener, people: dict[str, Identity], owners: list[Owner], fault: Exception
) -> None:
    faults = [fault]

    def store(owner: Owner) -> None:
        if faults:
            raise faults.pop()
        owners.append(owner)

    window = opened(on_paired=store)
    with Desktop(window, people["desktop"]) as desktop:
        desktop.prove()
        answer = desktop.ask(OWNER)
        assert answer is not None
        assert (answer["step"], answer["why"]) == ("refused", "storage")
    assert window.state == "open"
    with Desktop(window, people["desktop"]) as desktop:
        desktop.prove()
        desktop.ask(OWNER)
    assert window.wait(BOUND) == "paired"
    assert len(owners) == 1


def test_a_certificate_that_is_none_is_not_stored(
    opened: Opener, people: dict[str, Identity], owners: list[Owner], tmp_path: Path
) -> None:
    window = opened()
    with Desktop(window, people["desktop"]) as desktop:
        pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        der = tls.peer_certificate(desktop.connection)
        desktop.handshake = DesktopHandshake(window.code, pem, der)
        proof = desktop.prove()
        assert proof is not None
        assert proof["step"] == "confirm"
        assert desktop.ask(OWNER) is None

    assert owners == []
    assert window.state == "open"


def test_a_device_with_an_owner_opens_no_window(people: dict[str, Identity], opened: Opener) -> None:
    owner = Owner(certificate_pem="", fingerprint="", desktop_name="Old Desk", group_id="", group_name="")

    with pytest.raises(KnownError, match="already belongs to Old Desk"):
        opened(owner=owner)
    assert opened(owner=owner, replace=True).state == "open"


def test_a_port_that_is_taken(opened: Opener) -> None:
    window = opened()

    with pytest.raises(KnownError, match="cannot listen"):
        opened(port=window.address[1])


def test_codes_have_eight_digits_and_differ(people: dict[str, Identity]) -> None:
    settings = {"host": "127.0.0.1", "port": 0, "describe": describe, "on_paired": print}
    codes = [PairingWindow(people["device"], **settings).code for _ in range(50)]

    assert all(len(code) == 8 and code.isdigit() for code in codes)
    assert len(set(codes)) == 50


def test_logs_never_hold_the_code(
    opened: Opener, people: dict[str, Identity], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    window = opened()
    with Desktop(window, people["desktop"], wrong(window.code)) as desktop:
        desktop.prove()
    with Desktop(window, people["desktop"]) as desktop:
        desktop.prove()
        desktop.ask(OWNER)
    window.wait(BOUND)
    window.close()

    assert "wrong code from 127.0.0.1" in caplog.text
    assert window.code not in caplog.text
    assert wrong(window.code) not in caplog.text
    assert window.code not in repr(window)


@pytest.mark.parametrize("typed", ["12345678", "1234 5678", " 1234-5678\n", "12–34–56–78"])
def test_codes_as_people_type_them(typed: str) -> None:
    assert clean_code(typed) == "12345678"


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "1234567a", "١٢٣٤٥٦٧٨", "12345678\0"])
def test_what_is_no_code(typed: str) -> None:
    assert clean_code(typed) is None


def test_names_are_one_printable_line() -> None:
    assert clean_name({"name": "  Big\n\x1b[31m desk\u202e " + "x" * 200}, "name") == "Big [31m desk " + "x" * 86
    with pytest.raises(BadField):
        clean_name({"name": 7}, "name")


def test_the_ends_of_a_handshake_cannot_be_mixed_up(people: dict[str, Identity]) -> None:
    der = hashlib.sha256(b"").digest()
    one, other = (DesktopHandshake("12345678", people["desktop"].certificate_pem, der) for _ in range(2))
    one.hello()
    reflected = {**other.hello(), "step": "spake"}

    with pytest.raises(ProtocolError):
        one.confirm(reflected)


@pytest.mark.parametrize(
    "data",
    [
        encode({"step": "hello", "certificate": "x" * 17_000}),
        frames.encode(PAIR, {"step": "hello"}, b"x"),
        frames.encode(PING, {"step": "hello"}),
        encode({"step": "hello"}) * 2,
        b"plain text that is longer than a prefix",
    ],
)
def test_what_is_no_step_is_refused_before_it_is_kept(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        Inbox().feed(data)


def test_a_step_comes_in_any_pieces() -> None:
    inbox = Inbox()
    for byte in encode({"step": "hello"}):
        assert inbox.take() is None
        inbox.feed(bytes([byte]))

    assert inbox.take() == {"step": "hello"}
    assert inbox.take() is None
