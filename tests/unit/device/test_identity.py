import hashlib
import os
import ssl
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509

from letspic_device.identity import FILE_NAME, der_of, fingerprint_of, load_or_create
from letspic_shared.errors import KnownError


def test_a_new_identity_is_kept(tmp_path: Path) -> None:
    first = load_or_create(tmp_path / "home", "kitchen")
    again = load_or_create(tmp_path / "home", "another name")

    assert again == first
    assert first.fingerprint == hashlib.sha256(ssl.PEM_cert_to_DER_cert(first.certificate_pem)).hexdigest()
    assert first.fingerprint == fingerprint_of(first.certificate_pem)


def test_the_key_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        identity = load_or_create(tmp_path / "home", "kitchen")
    finally:
        os.umask(before)

    assert stat.S_IMODE(identity.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(identity.file.parent.stat().st_mode) == 0o700
    assert "PRIVATE" not in identity.certificate_pem


def test_a_key_that_others_can_read_is_made_private_again(tmp_path: Path) -> None:
    identity = load_or_create(tmp_path, "kitchen")
    identity.file.chmod(0o644)

    load_or_create(tmp_path, "kitchen")

    assert stat.S_IMODE(identity.file.stat().st_mode) == 0o600


def test_the_certificate_suits_boards_without_a_clock(tmp_path: Path) -> None:
    certificate = x509.load_pem_x509_certificate(load_or_create(tmp_path, "kitchen").certificate_pem.encode())

    assert certificate.not_valid_before_utc.year == 1970
    assert certificate.not_valid_after_utc.year == 9999
    assert certificate.public_key().curve.name == "secp256r1"
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert not constraints.value.ca


@pytest.mark.parametrize("name", ["", "x" * 300, "Küche 厨房"])
def test_any_name_makes_a_certificate(tmp_path: Path, name: str) -> None:
    assert len(load_or_create(tmp_path, name).fingerprint) == 64


@pytest.mark.parametrize("damage", ["empty", "cut", "garbage", "other key", "no key"])
def test_a_damaged_file_is_refused_and_kept(tmp_path: Path, damage: str) -> None:
    identity = load_or_create(tmp_path / "a", "kitchen")
    text = identity.file.read_text()
    other = load_or_create(tmp_path / "b", "hall").file.read_text()
    marker = "-----BEGIN CERTIFICATE-----"
    damaged = {
        "empty": b"",
        "cut": text[:-40].encode(),
        "garbage": b"\xff\x00 no identity",
        "other key": (other.partition(marker)[0] + marker + text.partition(marker)[2]).encode(),
        "no key": identity.certificate_pem.encode(),
    }[damage]
    identity.file.write_bytes(damaged)

    with pytest.raises(KnownError, match="damaged"):
        load_or_create(tmp_path / "a", "kitchen")
    assert identity.file.read_bytes() == damaged


def test_an_encrypted_key_asks_nobody_for_a_password(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    identity = load_or_create(tmp_path, "kitchen")
    key = serialization.load_pem_private_key(identity.file.read_bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    identity.file.write_bytes(locked + identity.certificate_pem.encode())

    with pytest.raises(KnownError, match="damaged"):
        load_or_create(tmp_path, "kitchen")


def test_programs_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: load_or_create(tmp_path, f"program {number}"), range(8)))

    assert len({identity.fingerprint for identity in made}) == 1
    assert {path.name for path in tmp_path.iterdir()} == {FILE_NAME, f".{FILE_NAME}.lock"}


def test_a_home_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(KnownError):
        load_or_create(tmp_path / "file" / "home", "kitchen")


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----"])
def test_only_a_certificate_has_a_fingerprint(text: str) -> None:
    with pytest.raises(ValueError):
        fingerprint_of(text)


def test_two_certificates_are_not_one(tmp_path: Path) -> None:
    pem = load_or_create(tmp_path, "kitchen").certificate_pem

    with pytest.raises(ValueError):
        der_of(pem + pem)


def test_the_device_starts_without_the_heavy_packages(tmp_path: Path) -> None:
    load_or_create(tmp_path, "kitchen")
    program = (
        "import sys, pathlib\n"
        "from letspic_device import announce, control, identity, pairing, pairing_handshake, tls\n"
        "me = identity.load_or_create(pathlib.Path(sys.argv[1]), 'kitchen')\n"
        "tls.server_context(me, [me.certificate_pem])\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}"
        " & {'cryptography', 'spake2', 'zeroconf', 'numpy', 'PIL', 'asyncio'}))"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
