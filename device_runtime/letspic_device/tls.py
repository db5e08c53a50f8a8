"""TLS of the link port and of the pairing port: 1.3 only, self-signed certificates, clocks ignored.

The two ports have two listeners. One listener that changes between them (by SNI) was tried, and let an unknown
client in.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from collections.abc import Sequence

from letspic_device.identity import Identity
from letspic_shared.errors import KnownError

# X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which the ssl module has no name for. A pinned certificate is trusted until it
# is unpaired; a board without a clock must be able to check it too.
_NO_CHECK_TIME = 0x200000


def server_context(identity: Identity, trusted_pem: Sequence[str]) -> ssl.SSLContext:
    """Return the context of the link port: only clients that prove one of ``trusted_pem`` get through.

    Notes
    -----
    Make a new context when the pairing changes; this one goes on trusting what it was made with. In TLS 1.3 a refused
    client learns it at its first read, its handshake has returned before. Call `require_peer` all the same.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, identity)
    _pin(context, trusted_pem)
    return context


def client_context(identity: Identity, trusted_pem: str) -> ssl.SSLContext:
    """Return the context of a desktop for the link port of the one device whose certificate is ``trusted_pem``."""
    context = _context(ssl.PROTOCOL_TLS_CLIENT, identity)
    _pin(context, [trusted_pem])
    return context


def pairing_server_context(identity: Identity) -> ssl.SSLContext:
    """Return the context of the pairing port: anybody may connect, the code decides inside."""
    return _context(ssl.PROTOCOL_TLS_SERVER, identity)


def pairing_client_context(identity: Identity) -> ssl.SSLContext:
    """Return the context of a desktop that pairs: it takes any certificate, the code decides which one it was."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, identity)


def peer_certificate(connection: ssl.SSLSocket | ssl.SSLObject) -> bytes:
    """Return the DER bytes of the other end's certificate; empty where it sent none."""
    return connection.getpeercert(binary_form=True) or b""


def require_peer(connection: ssl.SSLSocket | ssl.SSLObject, fingerprint: str) -> None:
    """Check that the other end is the one that was paired; call this before any byte of it is processed.

    Parameters
    ----------
    fingerprint
        SHA-256 of the paired certificate, hexadecimal.

    Raises
    ------
    KnownError
        Its certificate is another one, or it sent none.
    """
    seen = hashlib.sha256(peer_certificate(connection)).hexdigest()
    if not hmac.compare_digest(seen, fingerprint):
        raise KnownError("This is not the device you paired", "Check its address; pair it again if it was set up anew")


def _context(protocol: int, identity: Identity) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # Certificates are pinned, names mean nothing here: an address is never identity.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(identity.file)
    if protocol == ssl.PROTOCOL_TLS_SERVER:
        # A resumed session would bring an unpaired client back without showing its certificate.
        context.num_tickets = 0
        context.options |= ssl.OP_NO_TICKET
    return context


def _pin(context: ssl.SSLContext, trusted_pem: Sequence[str]) -> None:
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT | _NO_CHECK_TIME
    for pem in trusted_pem:
        context.load_verify_locations(cadata=pem)
