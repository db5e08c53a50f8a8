"""Tells the local network by zeroconf that a device is here; a convenience only, nothing trusts it."""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zeroconf import ServiceInfo, Zeroconf

SERVICE = "_letspic._tcp.local."
LOOPBACK = ("127.0.0.1",)
# A TXT entry has 255 bytes for its key and value.
_MAX_NAME_BYTES = 200

log = logging.getLogger(__name__)


class Announcement:
    """One device's entry ``_letspic._tcp`` on the local network.

    Parameters
    ----------
    device_id
        Fingerprint of the device's certificate.
    name, role, version
        What a desktop lists before it is paired; role is "device" or "member".
    host, port
        Where the link listens; an unspecified host ("", "0.0.0.0") means every address of ``interfaces``.
    interfaces
        Addresses of the interfaces to announce on; only loopback unless asked, None for all of them.
    """

    def __init__(
        self,
        *,
        device_id: str,
        name: str,
        role: str,
        version: str,
        host: str,
        port: int,
        interfaces: Sequence[str] | None = LOOPBACK,
    ) -> None:
        self._texts = {"id": device_id, "name": _cut(name, _MAX_NAME_BYTES), "v": version, "role": role}
        # The name is free text and may be there twice; the entry is named by what is the device's alone.
        self._host_name = f"letspic-{device_id[:16]}"
        self._host = host
        self._port = port
        self._interfaces = interfaces
        self._changes = 0
        self._wanted: int | None = None
        self._told: int | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._zeroconf: Zeroconf | None = None
        self._info: ServiceInfo | None = None

    def start(self) -> bool:
        """Announce; takes about 1.5 s, in which the network is asked whether the name is free.

        Returns
        -------
        bool
            False where zeroconf is not installed or there is no network: the device is then found by its address.
        """
        try:
            import zeroconf
        except ImportError:
            log.info("zeroconf is not installed: the device is not announced")
            return False
        every = zeroconf.InterfaceChoice.Default
        with self._lock:
            if self._closed:
                return False
            try:
                self._zeroconf = zeroconf.Zeroconf(
                    interfaces=every if self._interfaces is None else list(self._interfaces),
                    ip_version=zeroconf.IPVersion.V4Only,
                )
                info = self._entry(self._texts, f"{self._host_name}.{SERVICE}")
                self._zeroconf.register_service(info, allow_name_change=True)
            except (OSError, ValueError, RuntimeError, zeroconf.Error) as error:
                # ValueError and RuntimeError: an interface that is no IPv4 address, or none that can be used.
                log.info("the device is not announced: %s", error)
                self._leave()
                return False
            self._info = info
        self._tell()
        return True

    def set_pairing(self, port: int | None) -> None:
        """Say that the pairing window is open at ``port``, or closed (None).

        May be called from any thread and before `start` has returned. Takes about 0.5 s where the device is announced.
        """
        self._wanted = port
        self._tell()

    def close(self) -> None:
        """Say goodbye on the network and stop for good."""
        self._closed = True
        with self._lock:
            self._leave()

    def _leave(self) -> None:
        if self._zeroconf is not None:
            self._zeroconf.close()
        self._zeroconf = None
        self._info = None

    def _tell(self) -> None:
        # Whoever holds the lock looks again after releasing it, so nobody has to wait for it and nothing is lost.
        while self._info is not None and self._told != self._wanted and self._lock.acquire(blocking=False):
            try:
                self._tell_now(self._wanted)
            finally:
                self._lock.release()

    def _tell_now(self, port: int | None) -> None:
        if self._zeroconf is None or self._info is None:
            return
        from zeroconf import Error

        self._told = port
        # An entry that returns to an earlier content within a second is not told to those who watch (they still have
        # that content, about to expire): a count makes every content new.
        self._changes += 1
        texts = {**self._texts, "n": str(self._changes)}
        if port is not None:
            texts["pair"] = str(port)
        try:
            # register_service may have changed the name; the update is for the entry as it was registered.
            self._info = self._entry(texts, self._info.name)
            self._zeroconf.update_service(self._info)
        except (OSError, Error) as error:
            log.info("the announcement could not be changed: %s", error)

    def _entry(self, texts: dict[str, str], name: str) -> ServiceInfo:
        from zeroconf import ServiceInfo

        return ServiceInfo(
            SERVICE,
            name,
            addresses=[socket.inet_aton(address) for address in self._addresses()],
            port=self._port,
            properties=texts,
            server=f"{self._host_name}.local.",
        )

    def _addresses(self) -> list[str]:
        """Return the IPv4 addresses at which the link is reached."""
        try:
            host = ipaddress.ip_address(self._host or "0.0.0.0")  # noqa: S104 - compared with, not listened on
        except ValueError:
            host = ipaddress.ip_address(socket.gethostbyname(self._host))
        if not host.is_unspecified:
            return [str(host)] if host.version == 4 else []
        return addresses_of_this_machine() if self._interfaces is None else list(self._interfaces)


def addresses_of_this_machine() -> list[str]:
    """Return its IPv4 addresses without loopback, or loopback alone where there is no other."""
    import ifaddr

    found = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    return [address for address in found if not ipaddress.ip_address(address).is_loopback] or list(LOOPBACK)


def places_of(host: str, port: int) -> list[str]:
    """Return HOST:PORT for each address at which others reach what listens on a host; every one where that is all."""
    try:
        hosts = addresses_of_this_machine() if ipaddress.ip_address(host).is_unspecified else [host]
    except (ValueError, ImportError):
        hosts = [host]
    return [f"[{one}]:{port}" if ":" in one else f"{one}:{port}" for one in hosts]


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
