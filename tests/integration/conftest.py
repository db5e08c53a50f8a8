"""A desktop reduced to its link: it pairs for real, connects with TLS, asks and reads answers."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from letspic_desktop.fleet.enrolment import PairedDevice, pair
from letspic_device import tls
from letspic_device.identity import load_or_create
from letspic_shared.frames import FrameDecoder, encode

BOUND = 10.0
Frame = tuple[int, dict[str, object], bytes]


class LinkClient:
    """One TLS connection to a device."""

    def __init__(self, connection: ssl.SSLSocket) -> None:
        self.connection = connection
        self._decoder = FrameDecoder()
        self._frames: list[Frame] = []

    def send(self, kind: int, header: dict[str, object] | None = None, payload: bytes = b"") -> None:
        self.connection.sendall(encode(kind, header or {}, payload))

    def read(self) -> Frame | None:
        """The next answer, None where the device has closed the link."""
        while not self._frames:
            try:
                data = self.connection.recv(1 << 20)
            except TimeoutError:
                raise
            except OSError:
                return None
            if not data:
                return None
            self._frames += self._decoder.feed(data)
            assert self._decoder.skipped == 0
        return self._frames.pop(0)

    def ask(self, kind: int, header: dict[str, object] | None = None, payload: bytes = b"") -> Frame:
        self.send(kind, {"id": 1, **(header or {})}, payload)
        answer = self.read()
        assert answer is not None, "the device closed the link"
        return answer

    def close(self) -> None:
        self.connection.close()


class Desktop:
    """A desktop with an identity of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.identity = load_or_create(folder / name, name)
        self.links: list[LinkClient] = []

    def pair(self, address: tuple[str, int], code: str) -> PairedDevice:
        return asyncio.run(
            pair(*address, code, self.identity, desktop_name=self.name, group_id="g", group_name=self.name + "'s")
        )

    def connect(self, address: tuple[str, int], certificate_pem: str) -> LinkClient:
        """Connect; in TLS 1.3 a refusal shows at the first read."""
        raw = socket.create_connection(address, BOUND)
        try:
            link = LinkClient(tls.client_context(self.identity, certificate_pem).wrap_socket(raw))
        except OSError:
            raw.close()
            raise
        self.links.append(link)
        return link

    def is_let_in(self, address: tuple[str, int], certificate_pem: str) -> bool:
        try:
            link = self.connect(address, certificate_pem)
            link.send(2, {"id": 1})
            return link.read() is not None
        except OSError:
            return False


@pytest.fixture
def make_desktop(tmp_path: Path) -> Iterator[Callable[[str], Desktop]]:
    made: list[Desktop] = []

    def make(name: str) -> Desktop:
        made.append(Desktop(tmp_path / "desktops", name))
        return made[-1]

    yield make
    for desktop in made:
        for link in desktop.links:
            link.close()


@pytest.fixture
def desktop(make_desktop: Callable[[str], Desktop]) -> Desktop:
    return make_desktop("desktop")
