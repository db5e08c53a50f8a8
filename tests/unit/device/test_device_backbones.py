import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from letspic_desktop.backbones.store import Backbone
from letspic_device import backbones, feature_cache
from letspic_device.backbones import MAX_BACKBONE_BYTES, BackboneShelf
from letspic_device.feature_cache import FeatureCache
from letspic_device.home import DeviceHome
from letspic_device.photos import NoOwnPhotos, PhotoShelf
from letspic_device.tflite import Extractor
from letspic_shared.errors import KnownError, ProtocolError
from letspic_shared.messages import BadField
from letspic_shared.photo import model_input

Jpeg = Callable[[int], bytes]
PIECE = 1 << 20


@pytest.fixture
def home(tmp_path: Path) -> DeviceHome:
    return DeviceHome(tmp_path / "home")


def send(shelf: BackboneShelf, name: str, data: bytes) -> int:
    have = 0
    for offset in range(0, len(data), PIECE):
        have = shelf.receive(name, len(data), offset, data[offset : offset + PIECE])
    return have


def test_a_backbone_arrives_in_pieces(home: DeviceHome, backbone: Backbone) -> None:
    data = backbone.path.read_bytes()
    shelf = BackboneShelf(home)
    assert not shelf.has(backbone.sha256)
    assert send(shelf, backbone.sha256, data) == len(data)
    assert shelf.has(backbone.sha256)
    assert shelf.extractor(backbone.sha256).dimension == backbone.dim
    again = BackboneShelf(home)
    assert again.has(backbone.sha256)
    # Sent again, nothing is written.
    assert again.receive(backbone.sha256, len(data), 0, b"x") == len(data)


def test_a_lost_piece_is_asked_for_again(home: DeviceHome, backbone: Backbone) -> None:
    data = backbone.path.read_bytes()
    shelf = BackboneShelf(home)
    assert shelf.receive(backbone.sha256, len(data), PIECE, data[PIECE:]) == 0
    assert shelf.receive(backbone.sha256, len(data), 0, data[:PIECE]) == PIECE
    assert shelf.receive(backbone.sha256, len(data), 2 * PIECE, data[2 * PIECE : 3 * PIECE]) == PIECE
    assert shelf.receive(backbone.sha256, len(data), PIECE, data[PIECE:] + b"more") == PIECE
    assert not shelf.has(backbone.sha256)
    assert shelf.receive(backbone.sha256, len(data), PIECE, data[PIECE:]) == len(data)
    assert shelf.has(backbone.sha256)


def test_other_bytes_than_those_of_the_hash_are_thrown_away(home: DeviceHome) -> None:
    shelf = BackboneShelf(home)
    name = "a" * 64
    with pytest.raises(ProtocolError, match="damaged"):
        send(shelf, name, bytes(100))
    assert not shelf.has(name)
    assert list(home.backbones.iterdir()) == []
    # It can be sent anew.
    assert shelf.receive(name, 100, 0, bytes(50)) == 50


@pytest.mark.parametrize("size", [0, -1, MAX_BACKBONE_BYTES + 1])
def test_a_size_over_the_limit_is_refused_before_anything_is_kept(home: DeviceHome, size: int) -> None:
    with pytest.raises(ProtocolError, match="larger"):
        BackboneShelf(home).receive("a" * 64, size, 0, bytes(10))


def test_a_full_disk_is_told(home: DeviceHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbones, "free_bytes", lambda _: 1000)
    with pytest.raises(KnownError, match="no room"):
        BackboneShelf(home).receive("a" * 64, 5000, 0, bytes(10))


def test_a_file_that_was_damaged_on_disk_is_not_there(home: DeviceHome, backbone: Backbone) -> None:
    path = home.backbones / f"{backbone.sha256}.tflite"
    path.write_bytes(backbone.path.read_bytes()[:-1] + b"\0x")
    shelf = BackboneShelf(home)
    assert not shelf.has(backbone.sha256)
    with pytest.raises(KnownError, match="does not have this backbone"):
        shelf.features(backbone.sha256)
    assert send(shelf, backbone.sha256, backbone.path.read_bytes()) == backbone.path.stat().st_size


@pytest.mark.parametrize("name", ["../../x", "A" * 64, "a" * 65])
def test_a_name_that_is_no_hash_reaches_no_file(home: DeviceHome, name: str) -> None:
    with pytest.raises(BadField):
        BackboneShelf(home).has(name)


def test_only_one_file_is_under_way(home: DeviceHome) -> None:
    shelf = BackboneShelf(home)
    assert shelf.receive("a" * 64, 100, 0, bytes(50)) == 50
    assert shelf.receive("b" * 64, 100, 0, bytes(50)) == 50
    assert shelf.receive("a" * 64, 100, 50, bytes(50)) == 0


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.tflite").write_bytes(b"TFL3 nothing")
    with pytest.raises(KnownError, match="cannot be run here"):
        Extractor(tmp_path / "x.tflite")


class Cached:
    """A feature cache with placed photos, that counts what it computes."""

    def __init__(self, home: DeviceHome, backbone: Backbone, jpeg: Jpeg) -> None:
        self.home = home
        self.shelf = PhotoShelf(home, NoOwnPhotos())
        self.names = [f"{seed:064x}" for seed in range(3)]
        self.path = backbone.path
        for seed, name in enumerate(self.names):
            self.shelf.place(name, jpeg(seed))
        self.computed = 0
        self.restart()

    def restart(self) -> None:
        extractor = Extractor(self.path)
        real = extractor.__call__

        class Counting:
            size = extractor.size

            def __call__(inner, pixels: np.ndarray) -> np.ndarray:  # noqa: N805
                self.computed += 1
                return real(pixels)

        self.cache = FeatureCache(self.home.cache / "b", extractor.dimension, Counting)  # type: ignore[arg-type]

    def get(self, names: list[str] | None = None) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        self.steps: list[tuple[int, int]] = []
        found, failed = self.cache.get(
            self.names if names is None else names, self.shelf, lambda *step: self.steps.append(step)
        )
        return found, failed

    def file(self, index: int) -> Path:
        return self.home.cache / "b" / f"{self.names[index]}.f4"


@pytest.fixture
def cached(home: DeviceHome, backbone: Backbone, jpeg: Jpeg) -> Cached:
    return Cached(home, backbone, jpeg)


def test_a_feature_is_what_the_backbone_gives_and_computed_once(cached: Cached, backbone: Backbone, jpeg: Jpeg) -> None:
    found, failed = cached.get()
    assert failed == {}
    assert cached.steps == [(1, 3), (2, 3), (3, 3)]
    expected = Extractor(backbone.path)(model_input(jpeg(1), backbone.size))
    assert np.array_equal(found[cached.names[1]], expected)
    assert not np.array_equal(found[cached.names[0]], expected)
    cached.get()
    cached.restart()
    again, _ = cached.get()
    assert cached.computed == 3
    assert all(np.array_equal(again[name], found[name]) for name in cached.names)


@pytest.mark.parametrize("damage", ["short", "empty", "long", "zeros", "one bit", "unreadable"])
def test_a_damaged_feature_is_computed_again(cached: Cached, damage: str) -> None:
    before, _ = cached.get()
    raw = cached.file(0).read_bytes()
    damaged = {
        "short": raw[:-4],
        "empty": b"",
        "long": raw + b"\0\0\0\0",
        "zeros": bytes(len(raw)),
        "one bit": raw[:100] + bytes([raw[100] ^ 1]) + raw[101:],
    }
    if damage == "unreadable":
        cached.file(0).unlink()
        cached.file(0).mkdir()
    else:
        cached.file(0).write_bytes(damaged[damage])
    cached.restart()
    after, failed = cached.get()
    assert failed == {}
    assert cached.computed == 4
    assert np.array_equal(after[cached.names[0]], before[cached.names[0]])
    if damage != "unreadable":
        assert cached.file(0).read_bytes() == raw


def test_photos_without_a_feature_are_named_with_the_reason(cached: Cached) -> None:
    (cached.home.placed / f"{cached.names[1]}.jpg").write_bytes(b"\xff\xd8\xff no photo")
    (cached.home.placed / f"{cached.names[2]}.jpg").unlink()
    found, failed = cached.get([*cached.names, "f" * 64])
    assert set(found) == {cached.names[0]}
    assert set(failed) == {cached.names[1], cached.names[2], "f" * 64}
    assert failed["f" * 64] == "The device does not hold this photo"
    assert all(reason and "\n" not in reason for reason in failed.values())


def test_a_full_disk_costs_only_time(cached: Cached, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_cache, "free_bytes", lambda _: 0)
    found, _ = cached.get()
    assert len(found) == 3
    assert list((cached.home.cache / "b").iterdir()) == []

    def full(*_: object, **__: object) -> None:
        raise KnownError("The disk is full")

    monkeypatch.undo()
    monkeypatch.setattr(feature_cache, "write_atomic", full)
    cached.restart()
    assert len(cached.get()[0]) == 3


def test_features_are_forgotten_on_disk_and_in_memory(cached: Cached) -> None:
    cached.get()
    cached.cache.forget([cached.names[0]])
    assert [path.stem for path in (cached.home.cache / "b").iterdir()] == [cached.names[0]]
    cached.get()
    assert cached.computed == 5


def test_two_backbones_keep_their_features_apart(home: DeviceHome, backbone: Backbone) -> None:
    shelf = BackboneShelf(home)
    (home.backbones / f"{backbone.sha256}.tflite").write_bytes(backbone.path.read_bytes())
    cache = shelf.features(backbone.sha256)
    assert cache is shelf.features(backbone.sha256)
    assert os.listdir(home.cache) == [backbone.sha256]
