"""Photos and the backbone on their way to a device, and who trains on which photo."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letspic_desktop.fleet import delivery
from letspic_desktop.fleet.inprocess_link import InProcessLink
from letspic_desktop.fleet.link import Answer, LinkLostError, RefusedError, Request
from letspic_device.home import DeviceHome
from letspic_device.photos import FolderPhotos
from letspic_device.runtime import DeviceRuntime
from letspic_device.states import State
from letspic_shared.errors import KnownError, PhotoError, ProtocolError
from letspic_shared.frames import FrameDecoder


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def jpeg(number: int) -> bytes:
    import io

    import numpy as np
    from PIL import Image

    pixels = np.random.default_rng(number).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


class Recording:
    """A link that notes what is asked."""

    def __init__(self, runtime: DeviceRuntime) -> None:
        self._link = InProcessLink(runtime)
        self.sent: list[tuple[int, dict[str, object], int]] = []
        self.fail_at: int | None = None

    @property
    def device_id(self) -> str:
        return self._link.device_id

    @property
    def alive(self) -> bool:
        return self._link.alive

    async def request(self, request: Request, timeout: float) -> Answer:
        ((kind, header, payload),) = FrameDecoder().feed(request.frame)
        self.sent.append((kind, header, len(payload)))
        if self.fail_at == len(self.sent):
            raise LinkLostError("The device went away")
        return await self._link.request(request, timeout)

    async def close(self) -> None:
        await self._link.close()


class Saying:
    """A link whose device answers with these headers, one after the other."""

    device_id = "d" * 64
    alive = True

    def __init__(self, *headers: dict[str, object]) -> None:
        self._headers = list(headers)

    async def request(self, request: Request, timeout: float) -> Answer:
        return Answer(header=self._headers.pop(0), payload=b"", framed_bytes=1)

    async def close(self) -> None:
        pass


@pytest.fixture
def home(tmp_path: Path) -> DeviceHome:
    return DeviceHome(tmp_path / "home")


@pytest.fixture
def link(tmp_path: Path, home: DeviceHome) -> Recording:
    own = tmp_path / "own"
    (own / "Garden").mkdir(parents=True)
    for number in range(5):
        (own / "Garden" / f"{number}.jpg").write_bytes(jpeg(number))
    runtime = DeviceRuntime(home, device_id="d" * 64, name="device", own=FolderPhotos(own, home))
    runtime.states.enter(State.IDLE)
    return Recording(runtime)


class TestBackbone:
    @pytest.fixture
    def file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
        monkeypatch.setattr(delivery, "PIECE_BYTES", 1000)
        path = tmp_path / "backbone.tflite"
        path.write_bytes(bytes(range(256)) * 10)
        return path, digest(path.read_bytes())

    def test_it_arrives_whole_and_is_not_sent_again(
        self, link: Recording, home: DeviceHome, file: tuple[Path, str]
    ) -> None:
        asyncio.run(delivery.send_backbone(link, *file))
        assert (home.backbones / f"{file[1]}.tflite").read_bytes() == file[0].read_bytes()
        assert [size for _, _, size in link.sent] == [0, 1000, 1000, 560]
        asyncio.run(delivery.send_backbone(link, *file))
        assert [size for _, _, size in link.sent][4:] == [0]

    def test_a_link_that_breaks_half_way_leaves_nothing_half_written(
        self, link: Recording, home: DeviceHome, file: tuple[Path, str]
    ) -> None:
        link.fail_at = 3
        with pytest.raises(LinkLostError):
            asyncio.run(delivery.send_backbone(link, *file))
        assert list(home.backbones.iterdir()) == []
        asyncio.run(delivery.send_backbone(link, *file))
        assert (home.backbones / f"{file[1]}.tflite").exists()

    def test_bytes_that_are_not_those_of_the_hash(self, link: Recording, file: tuple[Path, str]) -> None:
        with pytest.raises(RefusedError, match="arrived damaged"):
            asyncio.run(delivery.send_backbone(link, file[0], digest(b"another")))

    def test_a_device_that_takes_nothing(self, file: tuple[Path, str]) -> None:
        with pytest.raises(KnownError, match="does not take the backbone"):
            asyncio.run(delivery.send_backbone(Saying({"have": 0}, {"have": 0}), *file))

    @pytest.mark.parametrize("have", [None, "1", -1, 1 << 30, True, 0.5])
    def test_a_device_that_answers_nonsense(self, file: tuple[Path, str], have: object) -> None:
        with pytest.raises(ProtocolError, match="something else than was asked"):
            asyncio.run(delivery.send_backbone(Saying({"have": have}), *file))

    def test_a_file_that_is_gone(self, tmp_path: Path) -> None:
        with pytest.raises(KnownError, match="cannot be read"):
            asyncio.run(delivery.send_backbone(Saying(), tmp_path / "none", digest(b"")))


class TestPhotos:
    def test_they_are_placed_in_batches(self, link: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
        photos = {digest(jpeg(number)): jpeg(number) for number in range(10, 20)}
        monkeypatch.setattr(delivery, "BATCH_BYTES", 3 * min(len(photo) for photo in photos.values()))
        told: list[tuple[str, int]] = []
        failed = asyncio.run(
            delivery.place_photos(link, photos, photos.__getitem__, lambda device, count: told.append((device, count)))
        )
        assert failed == {}
        assert sum(count for _, count in told) == 10
        assert len(link.sent) == len(told) >= 3
        assert {device for device, _ in told} == {"d" * 64}
        assert asyncio.run(delivery.inventory(link))[1] == set(photos)

    def test_photos_that_cannot_be_prepared_are_named_and_the_rest_goes_on(self, link: Recording) -> None:
        photos = {digest(jpeg(number)): jpeg(number) for number in (10, 11)}
        bad = digest(b"bad")

        def jpeg_of(photo: str) -> bytes:
            if photo == bad:
                raise PhotoError("The file is no photo")
            return photos[photo]

        failed = asyncio.run(delivery.place_photos(link, [bad, *photos], jpeg_of, lambda device, count: None))
        assert failed == {bad: "The file is no photo"}
        assert asyncio.run(delivery.inventory(link))[1] == set(photos)

    def test_placing_twice_changes_nothing(self, link: Recording) -> None:
        photos = {digest(jpeg(10)): jpeg(10)}
        for _ in range(2):
            asyncio.run(delivery.place_photos(link, photos, photos.__getitem__, lambda device, count: None))
        assert len(asyncio.run(delivery.inventory(link))[1]) == 1

    def test_formatting_leaves_own_photos(self, link: Recording) -> None:
        photos = {digest(jpeg(number)): jpeg(number) for number in (10, 11)}
        asyncio.run(delivery.place_photos(link, photos, photos.__getitem__, lambda device, count: None))
        assert asyncio.run(delivery.format_device(link)) == 2
        own, placed = asyncio.run(delivery.inventory(link))
        assert (len(own), placed) == (5, set())

    def test_an_inventory_of_several_pages(self, link: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("letspic_device.runtime.INVENTORY_PAGE", 2)
        own, _ = asyncio.run(delivery.inventory(link))
        assert own == {digest(jpeg(number)): "Garden" for number in range(5)}
        assert len(link.sent) == 3

    @pytest.mark.parametrize(
        "header",
        [
            {"own": {}},
            {"own": ["x"]},
            {"own": [["x"]]},
            {"own": [["x", "y"]]},
            {"own": [[1, "y"]]},
            {"own": [], "placed": ["x"]},
            {"own": [], "placed": 7},
            {"own": [], "placed": [], "next": -1},
            {"own": [], "placed": []},
        ],
    )
    def test_an_inventory_that_is_not_sound(self, header: dict[str, object]) -> None:
        with pytest.raises(ProtocolError, match="The device"):
            asyncio.run(delivery.inventory(Saying(header)))

    def test_an_inventory_without_an_end(self) -> None:
        again: dict[str, object] = {"own": [], "placed": [], "next": 5}
        assert asyncio.run(delivery.inventory(Saying(again, again))) == ({}, set())

    def test_a_format_answer_that_is_not_sound(self) -> None:
        with pytest.raises(ProtocolError):
            asyncio.run(delivery.format_device(Saying({"removed": "all"})))


names = st.text("abcdef", min_size=1, max_size=3)


class TestDealing:
    @given(st.integers(0, 40), st.integers(1, 6), st.integers(0, 8))
    def test_every_photo_is_held_by_so_many_devices(self, photos: int, devices: int, replicas: int) -> None:
        dealt = delivery.deal([str(n) for n in range(photos)], [f"d{n}" for n in range(devices)], replicas)
        held = [photo for part in dealt.values() for photo in part]
        assert all(held.count(str(n)) == min(max(replicas, 1), devices) for n in range(photos))
        assert all(len(set(part)) == len(part) for part in dealt.values())
        sizes = [len(part) for part in dealt.values()]
        assert max(sizes) - min(sizes) <= min(max(replicas, 1), devices)

    def test_without_a_device(self) -> None:
        with pytest.raises(KnownError, match="No device"):
            delivery.deal(["a"], [], 1)

    @given(st.dictionaries(names, st.integers(0, 4)), st.dictionaries(names, st.lists(names, max_size=8)))
    def test_every_photo_trains_once_at_one_of_its_holders(
        self, classes: dict[str, int], holders: dict[str, list[str]]
    ) -> None:
        shares = delivery.training_shares(classes, holders)
        trains = [photo for share in shares.values() for photo in share]
        assert len(trains) == len(set(trains))
        assert set(trains) == {photo for photos in holders.values() for photo in photos} & set(classes)
        for device, share in shares.items():
            assert set(share) <= set(holders[device])
            assert all(classes[photo] == label for photo, label in share.items())

    def test_copies_are_shared_out_evenly(self) -> None:
        photos = [f"{number:02}" for number in range(12)]
        shares = delivery.training_shares(dict.fromkeys(photos, 0), dict.fromkeys("abc", photos))
        assert [len(share) for share in shares.values()] == [4, 4, 4]
