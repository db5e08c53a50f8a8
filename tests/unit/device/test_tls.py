import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from letspic_device import tls
from letspic_device.identity import Identity, fingerprint_of, load_or_create
from letspic_shared.errors import KnownError

BOUND = 5.0


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Identity]:
    home = tmp_path_factory.mktemp("people")
    # One name for all: names must not matter.
    return {who: load_or_create(home / who, "LetsPic") for who in ("device", "desktop", "stranger")}


class LinkPort:
    """A listener as the link port is one: it greets whoever got through, and goes on after any fault."""

    def __init__(self, context: ssl.SSLContext, fingerprint: str) -> None:
        self.address = ("127.0.0.1", 0)
        self.refused: list[str] = []
        self.greeted = 0
        self._context = context
        self._fingerprint = fingerprint
        self._listener = socket.create_server(self.address)
        self.address = self._listener.getsockname()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            raw.settimeout(BOUND)
            try:
                with self._context.wrap_socket(raw, server_side=True) as connection:
                    tls.require_peer(connection, self._fingerprint)
                    connection.sendall(b"hello")
                    self.greeted += 1
                    connection.recv(10)
            except (OSError, KnownError) as error:
                self.refused.append(str(error))
            finally:
                raw.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(BOUND)
        self._listener.close()


@contextlib.contextmanager
def link_port(context: ssl.SSLContext, fingerprint: str) -> Iterator[LinkPort]:
    port = LinkPort(context, fingerprint)
    try:
        yield port
    finally:
        port.close()


def greeting(
    port: LinkPort, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[bytes, ssl.SSLSession | None, bool]:
    raw = socket.create_connection(port.address, timeout=BOUND)
    with contextlib.closing(raw), context.wrap_socket(raw, session=session) as connection:
        data = connection.recv(10)
        return data, connection.session, bool(connection.session_reused)


def test_the_paired_desktop_gets_through(people: dict[str, Identity]) -> None:
    device, desktop = people["device"], people["desktop"]
    with link_port(tls.server_context(device, [desktop.certificate_pem]), desktop.fingerprint) as port:
        assert greeting(port, tls.client_context(desktop, device.certificate_pem))[0] == b"hello"


@pytest.mark.parametrize("trusted", [["desktop"], []])
def test_a_stranger_learns_at_its_first_read_that_it_is_refused(
    people: dict[str, Identity], trusted: list[str]
) -> None:
    device, stranger = people["device"], people["stranger"]
    context = tls.server_context(device, [people[name].certificate_pem for name in trusted])
    with (
        link_port(context, people["desktop"].fingerprint) as port,
        socket.create_connection(port.address, timeout=BOUND) as raw,
        tls.client_context(stranger, device.certificate_pem).wrap_socket(raw) as connection,
        pytest.raises(ssl.SSLError, match="alert"),
    ):
        connection.recv(10)
    assert port.greeted == 0
    assert len(port.refused) == 1


def test_a_client_without_a_certificate_is_refused(people: dict[str, Identity]) -> None:
    device, desktop = people["device"], people["desktop"]
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.check_hostname = False
    bare.verify_mode = ssl.CERT_NONE
    with (
        link_port(tls.server_context(device, [desktop.certificate_pem]), desktop.fingerprint) as port,
        pytest.raises(ssl.SSLError),
    ):
        greeting(port, bare)
    assert port.greeted == 0


def test_an_impostor_device_is_refused_in_the_handshake(people: dict[str, Identity]) -> None:
    device, desktop, stranger = people["device"], people["desktop"], people["stranger"]
    with (
        link_port(tls.server_context(stranger, [desktop.certificate_pem]), desktop.fingerprint) as port,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        greeting(port, tls.client_context(desktop, device.certificate_pem))
    assert port.greeted == 0


def test_tls_1_2_is_refused(people: dict[str, Identity]) -> None:
    device, desktop = people["device"], people["desktop"]
    for server in (tls.server_context(device, [desktop.certificate_pem]), tls.pairing_server_context(device)):
        old = tls.client_context(desktop, device.certificate_pem)
        old.minimum_version = ssl.TLSVersion.TLSv1_2
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with link_port(server, desktop.fingerprint) as port, pytest.raises(ssl.SSLError):
            greeting(port, old)
        assert port.greeted == 0


def test_a_trusted_certificate_of_another_row_is_refused(people: dict[str, Identity]) -> None:
    device, desktop, stranger = people["device"], people["desktop"], people["stranger"]
    both = tls.server_context(device, [desktop.certificate_pem, stranger.certificate_pem])
    with link_port(both, desktop.fingerprint) as port:
        assert greeting(port, tls.client_context(stranger, device.certificate_pem))[0] == b""
        assert greeting(port, tls.client_context(desktop, device.certificate_pem))[0] == b"hello"
    assert len(port.refused) == 1
    assert "not the device you paired" in port.refused[0]


def test_an_unpaired_desktop_cannot_come_back_with_its_old_session(people: dict[str, Identity]) -> None:
    device, desktop = people["device"], people["desktop"]
    client = tls.client_context(desktop, device.certificate_pem)
    with link_port(tls.server_context(device, [desktop.certificate_pem]), desktop.fingerprint) as port:
        _, session, _ = greeting(port, client)
        assert session is None or not session.has_ticket
        assert not greeting(port, client, session)[2]
    with link_port(tls.server_context(device, []), desktop.fingerprint) as port, pytest.raises(ssl.SSLError):
        greeting(port, client, session)
    assert port.greeted == 0


@pytest.mark.parametrize("year", [2001, 2090])
def test_a_wrong_clock_does_not_matter(people: dict[str, Identity], tmp_path: Path, year: int) -> None:
    desktop = people["desktop"]
    device = certificate_of_one_day(tmp_path, year)
    with link_port(tls.server_context(device, [desktop.certificate_pem]), desktop.fingerprint) as port:
        assert greeting(port, tls.client_context(desktop, device.certificate_pem))[0] == b"hello"


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 64, b"\x16\x03\x01", b""])
def test_the_port_survives_garbage(people: dict[str, Identity], garbage: bytes) -> None:
    device, desktop = people["device"], people["desktop"]
    with link_port(tls.server_context(device, [desktop.certificate_pem]), desktop.fingerprint) as port:
        with socket.create_connection(port.address, timeout=BOUND) as raw:
            raw.sendall(garbage)
        assert greeting(port, tls.client_context(desktop, device.certificate_pem))[0] == b"hello"


def certificate_of_one_day(folder: Path, year: int) -> Identity:
    """Return an identity whose certificate is valid only on a day of ``year``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "LetsPic")])
    day = datetime.datetime(year, 1, 1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(day)
        .not_valid_after(day + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file = folder / "identity.pem"
    file.write_bytes(
        pem
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Identity(certificate_pem=pem.decode(), file=file, fingerprint=fingerprint_of(pem.decode()))
