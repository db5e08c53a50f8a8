"""A device without a link: its home, its photos and its runtime."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from letspic_device.home import DeviceHome
from letspic_device.photos import FolderPhotos
from letspic_device.runtime import DeviceRuntime
from letspic_device.states import State
from letspic_shared import messages
from letspic_shared.frames import FrameDecoder
from letspic_shared.tensors import Array, pack

if TYPE_CHECKING:
    from letspic_desktop.backbones.store import Backbone

Header = dict[str, object]


def make_jpeg(seed: int, side: int = 48) -> bytes:
    """A small photo that no other seed gives."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 255, (4, 4, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Device:
    """A runtime, and a desktop's way of asking it: every answer is a frame that decodes."""

    def __init__(self, root: Path, photos: Path, **options: object) -> None:
        self.home = DeviceHome(root)
        self.photos = photos
        own = FolderPhotos(photos, self.home)
        self.runtime = DeviceRuntime(self.home, device_id="d" * 64, name="test", own=own, **options)  # type: ignore[arg-type]
        self.runtime.states.enter(State.IDLE)

    def ask(
        self, kind: int, header: Header | None = None, payload: bytes = b"", tensors: dict[str, Array] | None = None
    ) -> tuple[int, Header, bytes]:
        described, packed = pack(tensors or {})
        asked = {"id": 1, **(header or {})}
        if tensors:
            asked["tensors"], payload = described, packed
        decoder = FrameDecoder()
        (answer,) = decoder.feed(self.runtime.handle(kind, asked, payload))
        assert decoder.skipped == 0
        return answer

    def receive(self, backbone: Backbone) -> None:
        """Put the backbone where it lies once it has arrived."""
        (self.home.backbones / f"{backbone.sha256}.tflite").write_bytes(backbone.path.read_bytes())

    def place(self, *seeds: int) -> list[str]:
        """Place photos and return their SHA-256."""
        pieces = [make_jpeg(seed) for seed in seeds]
        photos = [[digest(piece), len(piece)] for piece in pieces]
        kind, _, _ = self.ask(messages.PLACE, {"photos": photos}, b"".join(pieces))
        assert kind == messages.PLACE
        return [digest(piece) for piece in pieces]

    def own(self, folder: str, count: int, first: int = 0) -> list[str]:
        """Put own photos into a sub-folder and return their SHA-256."""
        where = self.photos / folder
        where.mkdir(exist_ok=True)
        found = []
        for seed in range(first, first + count):
            (where / f"{seed}.jpg").write_bytes(make_jpeg(seed))
            found.append(digest(make_jpeg(seed)))
        self.runtime.shelf.rescan()
        return found


@pytest.fixture
def make_device(tmp_path: Path) -> Callable[..., Device]:
    """Make a device with options of its runtime; made again, it is the same one after a restart."""

    def make(**options: object) -> Device:
        photos = tmp_path / "photos"
        photos.mkdir(exist_ok=True)
        return Device(tmp_path / "home", photos, **options)

    return make


@pytest.fixture
def device(make_device: Callable[..., Device]) -> Device:
    return make_device()


@pytest.fixture
def ready(device: Device, backbone: Backbone) -> Device:
    """A device that has the backbone."""
    device.receive(backbone)
    return device


@pytest.fixture
def jpeg() -> Callable[[int], bytes]:
    """Makes a small photo that no other seed gives."""
    return make_jpeg
