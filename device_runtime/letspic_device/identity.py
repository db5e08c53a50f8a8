"""The key and self-signed certificate by which the two ends of a link know each other."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from letspic_device import aside
from letspic_shared.errors import KnownError
from letspic_shared.files import PRIVATE_FILE, make_private_folder, storage_error, write_atomic

if TYPE_CHECKING:
    from cryptography import x509

FILE_NAME = "identity.pem"
_MAX_COMMON_NAME = 64
_BEGIN = "-----BEGIN CERTIFICATE-----"
_END = "-----END CERTIFICATE-----"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who this program is on every link.

    Attributes
    ----------
    certificate_pem
        The certificate alone; this is what the other end stores.
    file
        Private key and certificate, PEM, readable by its owner alone.
    fingerprint
        SHA-256 of the certificate's DER bytes, 64 hexadecimal digits; also the id of a device.
    """

    certificate_pem: str
    file: Path
    fingerprint: str


def load_or_create(folder: Path, common_name: str) -> Identity:
    """Return the identity kept in ``folder``; a new one is made only where there is none at all.

    Parameters
    ----------
    common_name
        Written into a new certificate for people who look at it; nothing relies on it.

    Raises
    ------
    KnownError
        The file is damaged (a new identity would silently end every pairing), or cannot be read or written.
    """
    make_private_folder(folder)
    file = folder / FILE_NAME
    with _one_at_a_time(folder):
        if not file.exists():
            made = aside.call("identity", {"name": common_name})
            write_atomic(file, made["pem"].encode(), mode=PRIVATE_FILE)
            log.info("made a new identity in %s", file)
        return _load(file)


def fingerprint_of(pem: str) -> str:
    """Return the SHA-256 of a PEM certificate's DER bytes as 64 hexadecimal digits.

    Raises
    ------
    ValueError
        The text is not one PEM certificate.
    """
    return hashlib.sha256(der_of(pem)).hexdigest()


def der_of(pem: str) -> bytes:
    """Return the DER bytes of a text that is exactly one PEM certificate, else raise ValueError."""
    before, _, rest = pem.partition(_BEGIN)
    body, _, after = rest.partition(_END)
    # Stricter than ssl.PEM_cert_to_DER_cert, which skips what is not base64: one text, one fingerprint.
    der = base64.b64decode("".join(body.split()), validate=True)
    if not der or before.strip() or after.strip():
        raise ValueError("not one PEM certificate")
    return der


def _load(file: Path) -> Identity:
    try:
        file.chmod(PRIVATE_FILE)
        text = file.read_text("ascii")
        # OpenSSL itself checks that key and certificate belong together. The cryptography package is needed only
        # to make an identity: a device that has one saves its 70 ms and 10 MB at every start.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file, password=_no_password)
        pem = _BEGIN + text.partition(_BEGIN)[2].partition(_END)[0] + _END + "\n"
        return Identity(certificate_pem=pem, file=file, fingerprint=fingerprint_of(pem))
    except (ssl.SSLError, ValueError) as error:
        # Before OSError: SSLError is one.
        raise KnownError(
            f"The identity in {file} is damaged",
            "Put back a copy of it, or move the file away and pair again everything that was paired with it",
        ) from error
    except OSError as error:
        raise KnownError(
            f"The identity in {file} cannot be read ({error.strerror or error})", "Check its permissions and the disk"
        ) from error


def _no_password() -> str:
    # Without this OpenSSL would ask for a password on the terminal when the file holds an encrypted key.
    raise ValueError("the key is encrypted")


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Two programs that start together in a new home must end up with the same identity."""
    path = folder / f".{FILE_NAME}.lock"
    try:
        lock = path.open("a")
    except OSError as error:
        raise storage_error(error, path) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def new_key_and_certificate(common_name: str) -> bytes:
    """Return a new key and its self-signed certificate as PEM (imports the cryptography package)."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name[:_MAX_COMMON_NAME] or "LetsPic")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Boards without a clock start in 1970, and nobody renews the certificate of a device that runs for years.
        .not_valid_before(datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signs_handshakes_only(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _signs_handshakes_only() -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
