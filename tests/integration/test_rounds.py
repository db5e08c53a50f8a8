"""Runs over real device runtimes, undisturbed and with every fault that a link can bring."""

from __future__ import annotations

import asyncio
import binascii
import contextlib
import errno
import hashlib
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from letspic_desktop.fleet import exchange, journal, rounds, tls_link
from letspic_desktop.fleet.delivery import send_backbone
from letspic_desktop.fleet.events import DeviceDropped, Event, Prepared, RoundDone, Waiting
from letspic_desktop.fleet.inprocess_link import InProcessLink
from letspic_desktop.fleet.link import Answer, Link, LinkLostError, RefusedError, Request
from letspic_desktop.fleet.loop import FleetLoop
from letspic_desktop.fleet.member import Member, Share
from letspic_desktop.fleet.run import Job, RunResult, execute
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.retrieval.embedder import HeadEmbedder, PaperEmbedder
from letspic_device.home import DeviceHome
from letspic_device.identity import load_or_create
from letspic_device.link_server import LinkServer
from letspic_device.pairing import Owner
from letspic_device.photos import OwnPhoto
from letspic_device.runtime import DeviceRuntime
from letspic_device.states import State
from letspic_shared import messages
from letspic_shared.errors import KnownError
from letspic_shared.files import storage_error
from letspic_shared.frames import FrameDecoder
from letspic_shared.tensors import Array, pack

if TYPE_CHECKING:
    from letspic_desktop.backbones.store import Backbone

BOUND = 30.0
CLASSES = 3
Header = dict[str, object]
Ask = Callable[[], Awaitable[Answer]]
Fault = Callable[[int, Header, Ask], Awaitable[Answer]]


def digest(photo: str) -> str:
    return hashlib.sha256(photo.encode()).hexdigest()


def feature(photo: str, label: int, dimension: int, used: int | None = None) -> np.ndarray:
    """A feature near the middle of its class, as sparse and positive as a backbone's.

    In few (``used``) directions the classes overlap, and no head is perfect.
    """
    used = used or dimension
    found = np.zeros(dimension, "<f4")
    centre = np.random.default_rng(label).standard_normal(used)
    noise = np.random.default_rng(int(digest(photo)[:8], 16)).standard_normal(used)
    found[:used] = np.maximum(centre + 1.5 * noise, 0)
    return found


class OwnAlbums:
    """Own photos whose features are in the cache; nothing reads their files."""

    def __init__(self, digests: Sequence[str]) -> None:
        self._digests = digests

    def scan(self) -> dict[str, OwnPhoto]:
        return {one: OwnPhoto(sha256=one, path=Path(one), proposed="album") for one in self._digests}


class FaultyLink:
    """A link that does to requests what the test wants, and keeps account of them."""

    def __init__(self, link: Link, fault: Fault | None) -> None:
        self._link = link
        self._fault = fault
        self.asked: list[tuple[int, int | None]] = []
        self.down: list[int] = []
        self.up: list[int] = []
        self.lost = False

    @property
    def device_id(self) -> str:
        return self._link.device_id

    @property
    def alive(self) -> bool:
        return self._link.alive and not self.lost

    async def request(self, request: Request, timeout: float) -> Answer:
        ((kind, header, _),) = FrameDecoder().feed(request.frame)
        number = header.get("round")
        self.asked.append((kind, number if isinstance(number, int) else None))

        async def ask() -> Answer:
            answer = await self._link.request(request, timeout)
            if kind == messages.ROUND:
                self.down.append(len(request.frame))
                self.up.append(answer.framed_bytes)
            return answer

        if self._fault is None:
            return await ask()
        async with asyncio.timeout(timeout):
            return await self._fault(kind, header, ask)

    async def close(self) -> None:
        await self._link.close()

    def rounds(self) -> list[int]:
        return [number for kind, number in self.asked if kind == messages.ROUND and number is not None]

    def count(self, kind: int) -> int:
        return sum(asked == kind for asked, _ in self.asked)


@dataclass(kw_only=True)
class Device:
    """A device that has the backbone and its photos' features, as after an earlier run."""

    name: str
    root: Path
    backbone: Backbone
    labelled: dict[str, int] = field(default_factory=dict)
    unlabelled: tuple[str, ...] = ()
    own: bool = False
    fault: Fault | None = None
    link: FaultyLink | None = None

    def __post_init__(self) -> None:
        home = DeviceHome(self.root)
        (home.backbones / f"{self.backbone.sha256}.tflite").write_bytes(self.backbone.path.read_bytes())
        self.start()

    @property
    def device_id(self) -> str:
        return digest(self.name)

    def learn(
        self, photos: dict[str, int], *, unlabelled: dict[str, int] | None = None, used: int | None = None
    ) -> Device:
        """Hold photos of these (true) classes."""
        cache = DeviceHome(self.root).cache / self.backbone.sha256
        cache.mkdir(exist_ok=True)
        for photo, label in {**photos, **(unlabelled or {})}.items():
            raw = feature(photo, label, self.backbone.dim, used).tobytes()
            (cache / f"{digest(photo)}.f4").write_bytes(raw + binascii.crc32(raw).to_bytes(4, "little"))
        self.labelled |= {digest(photo): label for photo, label in photos.items()}
        self.unlabelled += tuple(digest(photo) for photo in unlabelled or {})
        self.start()
        return self

    def start(self) -> None:
        """Start, or start again: everything in memory is forgotten, and there is a new link."""
        own = OwnAlbums([*self.labelled, *self.unlabelled] if self.own else [])
        self.runtime = DeviceRuntime(DeviceHome(self.root), device_id=self.device_id, name=self.name, own=own)
        self.runtime.shelf.rescan()
        self.runtime.states.enter(State.IDLE)
        self.link = FaultyLink(InProcessLink(self.runtime), self.fault)

    def member(self) -> Member:
        return Member(
            device_id=self.device_id,
            name=self.name,
            link=lambda: self.link if self.link is not None and self.link.alive else None,
            share=Share(labelled=self.labelled, unlabelled=self.unlabelled),
        )


Make = Callable[..., list[Device]]


@pytest.fixture
def make(tmp_path: Path, backbone: Backbone) -> Make:
    """Make devices with photos of every class."""

    def build(
        count: int = 3, *, per_class: int = 3, classes: int = CLASSES, own: bool = False, used: int | None = None
    ) -> list[Device]:
        devices = []
        for number in range(count):
            device = Device(name=f"device {number}", root=tmp_path / f"home {number}", backbone=backbone, own=own)
            photos = {
                f"photo {number} {label} {index}": label for label in range(classes) for index in range(per_class)
            }
            devices.append(device.learn(photos, used=used))
        return devices

    return build


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "FIRST_DEADLINE", 0.8)
    monkeypatch.setattr(rounds, "SHORTEST_DEADLINE", 0.4)
    monkeypatch.setattr(rounds, "DEADLINE_FACTOR", 3.0)
    monkeypatch.setattr(exchange, "REJOIN_SECONDS", 1.2)


class Desk:
    """A desktop that runs jobs over devices and keeps what it was told."""

    def __init__(self, folder: Path, backbone: Backbone) -> None:
        self.folder = folder
        self.backbone = backbone
        self.events: list[Event] = []
        self.listen: Callable[[Event], None] = lambda _: None

    def job(self, config: RunConfig, *, run: str = "run", classes: int = CLASSES) -> Job:
        return Job(
            run=run,
            backbone=self.backbone,
            classes=tuple(f"class {number}" for number in range(classes)),
            config=config,
            folder=self.folder / run,
            classifier=classifier(self.backbone.dim) if config.method == "paper" else None,
        )

    async def work(self, devices: Sequence[Device], config: RunConfig, **options: object) -> RunResult:
        async with asyncio.timeout(BOUND):
            job = self.job(config, **options)  # type: ignore[arg-type]
            return await execute(job, [device.member() for device in devices], self._note)

    def run(self, devices: Sequence[Device], config: RunConfig, **options: object) -> RunResult:
        return asyncio.run(self.work(devices, config, **options))

    def _note(self, event: Event) -> None:
        self.events.append(event)
        self.listen(event)

    def dropped(self) -> list[tuple[str, str, bool]]:
        return [(e.device, e.reason, e.marked) for e in self.events if isinstance(e, DeviceDropped)]

    def done(self) -> list[RoundDone]:
        return [event for event in self.events if isinstance(event, RoundDone)]


@pytest.fixture
def desk(tmp_path: Path, backbone: Backbone) -> Desk:
    return Desk(tmp_path / "runs", backbone)


def classifier(dimension: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    return generator.standard_normal((dimension, 8)).astype(np.float32), np.zeros(8, np.float32)


def head_bytes(result: RunResult) -> bytes:
    assert isinstance(result.trained, HeadEmbedder)
    head = result.trained.head
    return head.weights.tobytes() + head.bias.tobytes() + head.mean.tobytes()


def gradient(count: int = 4, **options: object) -> RunConfig:
    return RunConfig(method="gradient", rounds=count, **options)  # type: ignore[arg-type]


def in_rounds(fault: Callable[[int, Ask], Awaitable[Answer]]) -> Fault:
    """Apply a fault to rounds alone."""

    async def apply(kind: int, header: Header, ask: Ask) -> Answer:
        if kind != messages.ROUND:
            return await ask()
        return await fault(int(str(header["round"])), ask)

    return apply


def with_fault(device: Device, fault: Fault | None) -> Device:
    device.fault = fault
    device.start()
    return device


async def never() -> Answer:
    await asyncio.Event().wait()
    raise AssertionError


class TestUndisturbed:
    def test_every_method_gives_a_head(self, make: Make, desk: Desk) -> None:
        devices = make(2)
        for number, config in enumerate(
            (
                RunConfig(method="closed-form"),
                RunConfig(method="standard", rounds=3),
                gradient(3),
                RunConfig(method="gradient", rounds=3, local_steps=4, learning_rate=0.5),
            )
        ):
            result = desk.run(devices, config, run=f"run {number}")
            assert isinstance(result.trained, HeadEmbedder)
            assert result.trained.head.weights.shape == (desk.backbone.dim, CLASSES)
            assert result.trained.head.classes == ("class 0", "class 1", "class 2")
            assert len(result.tally.seconds) == config.total_rounds
            assert accuracy(result, devices) > 0.8

    def test_the_papers_method(self, make: Make, desk: Desk) -> None:
        config = RunConfig(method="paper", epochs=3, iterations=4, paper_width=8, learning_rate=1e-5)
        result = desk.run(make(2), config)
        assert isinstance(result.trained, PaperEmbedder)
        assert result.stack is None
        assert [parameter.shape for parameter in result.trained.parameters] == [
            (desk.backbone.dim, 8), (8,), (8, 8), (8,), (8, CLASSES), (CLASSES,),
        ]  # fmt: skip
        losses = [event.loss for event in desk.done()]
        assert len(losses) == 3
        assert None not in losses
        again = desk.run(make(2), config, run="again")
        assert isinstance(again.trained, PaperEmbedder)
        for one, other in zip(result.trained.parameters, again.trained.parameters, strict=True):
            assert np.array_equal(one, other)

    @pytest.mark.parametrize("steps", [1, 5])
    def test_gradients_lower_the_loss(self, make: Make, desk: Desk, steps: int) -> None:
        desk.run(make(3), gradient(6, local_steps=steps, learning_rate=None if steps == 1 else 1.0))
        losses = [event.loss for event in desk.done() if event.task != "moments"]
        assert all(loss is not None for loss in losses)
        assert losses[-1] < 0.5 * losses[0]  # type: ignore[operator]

    def test_standard_keeps_the_head_that_is_better_on_held_out_photos(self, make: Make, desk: Desk) -> None:
        devices = make(3, per_class=10, used=16)
        closed = desk.run(devices, RunConfig(method="closed-form"), run="closed")
        # Steps this large only make it worse.
        wild = desk.run(devices, RunConfig(method="standard", rounds=3, learning_rate=1e5), run="wild")
        assert wild.chosen == "closed-form"
        assert head_bytes(wild) == head_bytes(closed)
        better = desk.run(devices, RunConfig(method="standard", rounds=6, learning_rate=10.0), run="better")
        assert better.chosen == "gradient"
        assert head_bytes(better) != head_bytes(closed)

    def test_photos_without_labels_take_part(self, make: Make, desk: Desk) -> None:
        devices = make(2, per_class=2, used=24)
        for number, device in enumerate(devices):
            others = {f"other {number} {label} {index}": label for label in range(CLASSES) for index in range(12)}
            device.learn({}, unlabelled=others, used=24)
        alone = Device(name="device x", root=desk.folder.parent / "x", backbone=desk.backbone)
        alone.learn({}, unlabelled={f"alone {index}": index % CLASSES for index in range(12)}, used=24)
        config = RunConfig(method="closed-form")
        plain = desk.run(devices, config, run="plain")
        soft = desk.run([*devices, alone], replace(config, unlabelled=True), run="soft")
        assert [event.task for event in desk.done()][-9:] == ["statistics"] + 8 * ["expectation"]
        assert alone.link is not None
        assert alone.link.rounds() == list(range(9))
        assert head_bytes(plain) != head_bytes(soft)
        assert separation(soft, used=24) > separation(plain, used=24)
        labelled_alone = desk.run([*devices, alone], replace(config, method="gradient", rounds=2), run="labelled")
        assert labelled_alone.tally.by_device.get("device x", 0) == 0

    def test_the_same_job_gives_the_same_bits(self, make: Make, desk: Desk) -> None:
        config = RunConfig(method="standard", rounds=3, seed=5)
        heads = {head_bytes(desk.run(make(3), config, run=f"run {number}")) for number in range(2)}
        assert len(heads) == 1

    def test_the_order_of_answers_changes_no_bit(self, make: Make, desk: Desk) -> None:
        devices = make(4)
        generator = random.Random(1)

        async def delayed(number: int, ask: Ask) -> Answer:
            answer = await ask()
            await asyncio.sleep(generator.random() * 0.01)
            return answer

        for device in devices:
            with_fault(device, in_rounds(delayed))
        config = RunConfig(method="standard", rounds=1)
        orders: set[tuple[str, ...]] = set()
        heads = set()
        for number in range(20):
            heads.add(head_bytes(desk.run(devices, config, run=f"run {number}")))
            orders |= {tuple(event.device_seconds) for event in desk.done()}
        assert len(orders) > 5
        assert len(heads) == 1

    def test_tls_changes_no_bit(self, make: Make, desk: Desk, tmp_path: Path) -> None:
        devices = make(3)
        config = RunConfig(method="standard", rounds=3)
        inside = desk.run(devices, config, run="inside")

        async def over_tls() -> RunResult:
            with contextlib.ExitStack() as stack:
                for device in devices:
                    device.start()
                    link = await serve(device, tmp_path, stack)
                    device.link = FaultyLink(link, None)
                try:
                    return await desk.work(devices, config, run="tls")
                finally:
                    for device in devices:
                        assert device.link is not None
                        await device.link.close()

        outside = asyncio.run(over_tls())
        assert head_bytes(outside) == head_bytes(inside)

    def test_the_split_does_not_matter_to_the_closed_form(self, make: Make, desk: Desk, tmp_path: Path) -> None:
        even = make(3)
        photos = [(photo, label) for device in even for photo, label in device.labelled.items()]
        one = Device(name="all", root=tmp_path / "all", backbone=desk.backbone)
        for device in even:
            for file in (DeviceHome(device.root).cache / desk.backbone.sha256).iterdir():
                target = DeviceHome(one.root).cache / desk.backbone.sha256
                target.mkdir(exist_ok=True)
                (target / file.name).write_bytes(file.read_bytes())
        one.labelled = dict(photos)
        one.start()
        config = RunConfig(method="closed-form")
        heads = [desk.run(devices, config, run=str(len(devices))).trained for devices in (even, [one])]
        vectors = [head.embed(probe(desk.backbone.dim)) for head in heads]
        assert np.abs(vectors[0] - vectors[1]).max() < 1e-5

    def test_counted_bytes_are_those_of_the_frames(self, make: Make, desk: Desk) -> None:
        devices = make(3)
        sizes: list[int] = []
        for device in devices:
            handle = device.runtime.handle

            def measured(kind: int, header: Header, payload: bytes, handle=handle) -> bytes:  # type: ignore[no-untyped-def]
                frame: bytes = handle(kind, header, payload)
                if kind == messages.ROUND:
                    sizes.append(len(frame))
                return frame

            device.runtime.handle = measured  # type: ignore[method-assign]
        tally = desk.run(devices, RunConfig(method="standard", rounds=3)).tally
        links = [device.link for device in devices if device.link is not None]
        assert tally.bytes_up == sum(sizes) > 0
        assert tally.bytes_down == sum(sum(link.down) for link in links) > 0
        assert tally.by_device == {
            device.name: sum(link.down) + sum(link.up) for device, link in zip(devices, links, strict=True)
        }
        assert len(tally.seconds) == 4

    def test_events_tell_the_course(self, make: Make, desk: Desk) -> None:
        desk.run(make(2), RunConfig(method="standard", rounds=2))
        prepared = [event for event in desk.events if isinstance(event, Prepared)]
        assert sorted((event.device, event.photos) for event in prepared) == [("device 0", 9), ("device 1", 9)]
        assert [(event.number, event.total, event.task) for event in desk.done()] == [
            (1, 3, "statistics"),
            (2, 3, "gradient"),
            (3, 3, "gradient"),
        ]
        assert all(sorted(event.device_seconds) == ["device 0", "device 1"] for event in desk.done())
        assert all(event.accuracy is not None for event in desk.done()[1:])

    def test_devices_forget_the_run_at_its_end(self, make: Make, desk: Desk) -> None:
        devices = make(2)
        desk.run(devices, gradient(1))
        for device in devices:
            assert device.link is not None
            assert device.link.count(messages.FINISH) == 1
            assert device.runtime._run is None


async def serve(device: Device, folder: Path, stack: contextlib.ExitStack) -> tls_link.TlsLink:
    desktop = load_or_create(folder / "desktop", "desktop")
    identity = load_or_create(folder / f"identity of {device.name}", device.name)
    server = LinkServer(identity, device.runtime, "127.0.0.1", 0)
    owner = Owner(
        fingerprint=desktop.fingerprint,
        certificate_pem=desktop.certificate_pem,
        desktop_name="desktop",
        group_id="g",
        group_name="group",
    )
    server.trust(owner)
    server.start()
    stack.callback(server.close)
    return await tls_link.connect(
        "127.0.0.1",
        server.port,
        identity=desktop,
        device_id=identity.fingerprint,
        certificate_pem=identity.certificate_pem,
    )


def probe(dimension: int, count: int = 30, used: int | None = None) -> np.ndarray:
    return np.stack([feature(f"probe {index}", index % CLASSES, dimension, used) for index in range(count)])


def accuracy(result: RunResult, devices: Sequence[Device]) -> float:
    del devices
    probabilities = result.trained.embed(probe(1280))[:, :CLASSES]
    return float((probabilities.argmax(axis=1) == np.arange(30) % CLASSES).mean())


def separation(result: RunResult, used: int) -> float:
    """Mean log-probability of the right class."""
    probabilities = result.trained.embed(probe(1280, 300, used))[:, :CLASSES]
    return float(np.log(probabilities[np.arange(300), np.arange(300) % CLASSES]).mean())


class TestWhoHasWhat:
    def test_a_device_without_photos_and_one_with_a_single_class(self, make: Make, desk: Desk, tmp_path: Path) -> None:
        empty = Device(name="empty", root=tmp_path / "empty", backbone=desk.backbone)
        single = Device(name="single", root=tmp_path / "single", backbone=desk.backbone)
        single.learn({f"single {index}": 1 for index in range(4)})
        devices = [*make(1), empty, single]
        for number, config in enumerate((RunConfig(method="standard", rounds=2), gradient(2, local_steps=3))):
            result = desk.run(devices, config, run=f"run {number}")
            assert accuracy(result, devices) > 0.8
        assert empty.link is not None
        assert empty.link.rounds() == []
        assert not desk.dropped()

    def test_a_class_that_nobody_has_is_never_chosen(self, make: Make, desk: Desk) -> None:
        devices = make(2, classes=2)
        for number, config in enumerate((RunConfig(method="standard", rounds=2), gradient(2))):
            result = desk.run(devices, config, run=f"run {number}")
            assert result.trained.embed(probe(desk.backbone.dim))[:, :CLASSES].argmax(axis=1).max() < 2

    def test_own_photos_of_small_classes_are_withheld(self, make: Make, desk: Desk) -> None:
        devices = make(3)
        shy = Device(name="shy", root=desk.folder.parent / "shy", backbone=desk.backbone, own=True)
        shy.learn({f"shy {label} {index}": label for label in range(CLASSES) for index in range(2)})
        result = desk.run([*devices, shy], RunConfig(method="standard", rounds=2))
        assert result.withheld == 6
        assert shy.link is not None
        assert shy.link.rounds() == []
        assert not desk.dropped()
        prepared = {event.device: event for event in desk.events if isinstance(event, Prepared)}
        assert (prepared["shy"].photos, prepared["shy"].withheld) == (0, 6)

    def test_own_folds_reach_whoever_judges_the_head(self, make: Make, desk: Desk) -> None:
        result = desk.run(make(2, own=True), RunConfig(method="closed-form"))
        assert len(result.own_folds) == 18
        assert len(set(result.own_folds.values())) <= 6

    def test_all_photos_withheld_is_one_sentence(self, make: Make, desk: Desk) -> None:
        with pytest.raises(KnownError, match="keep back all 12 labelled photos"):
            desk.run(make(2, per_class=2, own=True), gradient(1))

    def test_photos_that_are_not_there_are_named(self, make: Make, desk: Desk) -> None:
        devices = make(2)
        gone = digest("gone")
        devices[0].labelled[gone] = 0
        result = desk.run(devices, gradient(1))
        assert result.failed == {gone: "The device does not hold this photo"}

    def test_no_usable_photo_is_one_sentence(self, make: Make, desk: Desk) -> None:
        devices = make(2, per_class=0)
        with pytest.raises(KnownError, match="No device has a usable labelled photo"):
            desk.run(devices, gradient(1))
        for device in devices:
            device.labelled = {digest(f"gone {device.name}"): 0}
        with pytest.raises(KnownError, match=r"No device has .* \(The device does not hold this photo\)"):
            desk.run(devices, gradient(1), run="gone")

    def test_no_device_is_one_sentence(self, desk: Desk) -> None:
        with pytest.raises(KnownError, match="No device takes part"):
            desk.run([], gradient(1))

    def test_one_class_is_trained_without_complaint(self, make: Make, desk: Desk) -> None:
        result = desk.run(make(2, classes=1), RunConfig(method="standard", rounds=2), classes=1)
        assert np.isfinite(result.trained.embed(probe(desk.backbone.dim))).all()

    def test_the_backbone_is_sent_where_it_is_missing(self, make: Make, desk: Desk) -> None:
        devices = make(2)
        for file in DeviceHome(devices[0].root).backbones.iterdir():
            file.unlink()
        devices[0].start()
        desk.run(devices, gradient(1))
        sent = [device.link.count(messages.BACKBONE) for device in devices if device.link is not None]
        assert sent[0] > 2
        assert sent[1] == 1

    def test_a_device_without_room_for_the_backbone_says_so(
        self, make: Make, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        devices = make(2)
        for file in DeviceHome(devices[0].root).backbones.iterdir():
            file.unlink()
        devices[0].start()
        monkeypatch.setattr("letspic_device.backbones.free_bytes", lambda _: 0)
        desk.run(devices, gradient(1))
        assert desk.dropped() == [("device 0", "The device has no room for the backbone", True)]


def tensors_of(answer: Answer, change: Callable[[dict[str, Array]], object]) -> Answer:
    tensors = {name: array.copy() for name, array in answer.tensors().items()}
    change(tensors)
    described, payload = pack(tensors)
    return Answer(header={**answer.header, "tensors": described}, payload=payload, framed_bytes=answer.framed_bytes)


def put(name: str, value: object) -> Callable[[dict[str, Array]], object]:
    def change(tensors: dict[str, Array]) -> None:
        tensors[name].flat[0] = value

    return change


WRONG = {
    "NaN": (put("weights", np.nan), "holds values that are not numbers"),
    "infinity": (put("bias", np.inf), "holds values that are not numbers"),
    "another shape": (lambda t: t.update(weights=t["weights"][:, :-1]), "has shape"),
    "another type": (lambda t: t.update(weights=t["weights"].astype(np.float64)), "is float64"),
    "missing": (lambda t: t.pop("losses"), "has no losses"),
    "other counts": (lambda t: t["counts"].__setitem__(1, 7), "does not cover the photos that it should"),
    "too many right": (lambda t: t["counts"].__setitem__(0, 10_000), "more right answers than photos"),
    "negative loss": (put("losses", -1.0), "loss is negative"),
}


class TestWrongContributions:
    @pytest.mark.parametrize("what", sorted(WRONG))
    def test_the_device_is_left_out_of_the_run(self, make: Make, desk: Desk, what: str) -> None:
        change, reason = WRONG[what]
        devices = make(3)

        async def corrupt(number: int, ask: Ask) -> Answer:
            answer = await ask()
            return tensors_of(answer, change) if number >= 1 else answer

        with_fault(devices[1], in_rounds(corrupt))
        result = desk.run(devices, gradient(3))
        ((name, told, marked),) = desk.dropped()
        assert (name, marked) == ("device 1", True)
        assert reason in told
        assert devices[1].link is not None
        assert devices[1].link.rounds() == [0, 1]
        assert np.isfinite(head_bytes(result) and result.trained.embed(probe(desk.backbone.dim))).all()

    def test_its_numbers_reach_no_sum(self, make: Make, desk: Desk) -> None:
        devices = make(3)

        async def corrupt(number: int, ask: Ask) -> Answer:
            return tensors_of(await ask(), put("total", np.nan))

        with_fault(devices[2], in_rounds(corrupt))
        marred = desk.run(devices, gradient(2), run="marred")
        without = desk.run(devices[:2], gradient(2), run="without")
        assert head_bytes(marred) == head_bytes(without)

    def test_descriptions_that_are_not_sound(self, make: Make, desk: Desk) -> None:
        devices = make(3)

        async def corrupt(number: int, ask: Ask) -> Answer:
            answer = await ask()
            return replace(answer, header={**answer.header, "tensors": [["weights", "f4", [1 << 40]]]})

        with_fault(devices[0], in_rounds(corrupt))
        desk.run(devices, gradient(1))
        ((name, _, marked),) = desk.dropped()
        assert (name, marked) == ("device 0", True)

    @pytest.mark.parametrize(
        "header",
        [
            {"withheld": "all"},
            {"withheld": [digest("not in the run")]},
            {"failed": []},
            {"failed": {digest("not in the run"): "?"}},
            {"own_folds": {"x": 1}},
            {"own_folds": {digest("x"): 99}},
        ],
    )
    def test_answers_to_the_manifest_that_are_not_sound(self, make: Make, desk: Desk, header: Header) -> None:
        devices = make(3)

        async def lie(kind: int, _: Header, ask: Ask) -> Answer:
            answer = await ask()
            return replace(answer, header={**answer.header, **header}) if kind == messages.PREPARE else answer

        with_fault(devices[0], lie)
        desk.run(devices, gradient(1))
        ((name, reason, marked),) = desk.dropped()
        assert (name, marked) == ("device 0", True)
        assert reason.startswith("The device")

    @pytest.mark.parametrize("have", [-1, 1 << 60, "all", None])
    def test_answers_about_the_backbone_that_are_not_sound(self, make: Make, desk: Desk, have: object) -> None:
        devices = make(3)

        async def lie(kind: int, _: Header, ask: Ask) -> Answer:
            answer = await ask()
            return replace(answer, header={**answer.header, "have": have}) if kind == messages.BACKBONE else answer

        with_fault(devices[0], lie)
        desk.run(devices, gradient(1))
        ((name, reason, marked),) = desk.dropped()
        assert (name, marked) == ("device 0", True)
        assert "something else than was asked" in reason

    def test_all_wrong_is_one_sentence(self, make: Make, desk: Desk) -> None:
        async def refuse(number: int, ask: Ask) -> Answer:
            raise RefusedError("The device had an error of its own", "See the device's log")

        devices = [with_fault(device, in_rounds(refuse)) for device in make(2)]
        with pytest.raises(KnownError) as caught:
            desk.run(devices, gradient(1))
        assert caught.value.reason == "Only 0 of 2 devices take part (The device had an error of its own)"
        assert caught.value.action

    def test_training_that_runs_away_is_told_as_that(self, make: Make, desk: Desk) -> None:
        config = RunConfig(method="paper", epochs=3, paper_width=8, learning_rate=1e5)
        with pytest.raises(KnownError, match="Training ran away on this device") as caught:
            desk.run(make(2), config)
        assert caught.value.action == "Use a smaller learning rate"

    def test_a_rate_that_is_far_too_large_gives_a_bad_head_and_no_failure(self, make: Make, desk: Desk) -> None:
        result = desk.run(make(2), gradient(20, learning_rate=1e6))
        assert np.isfinite(result.trained.embed(probe(desk.backbone.dim))).all()


@pytest.mark.usefixtures("impatient")
class TestLateAndLost:
    def test_a_lost_device_is_left_out_while_the_quorum_holds(self, make: Make, desk: Desk) -> None:
        devices = make(3)

        async def lose(number: int, ask: Ask) -> Answer:
            if number == 1:
                assert devices[0].link is not None
                devices[0].link.lost = True
                raise LinkLostError("The device went away")
            return await ask()

        with_fault(devices[0], in_rounds(lose))
        begin = time.monotonic()
        desk.run(devices, gradient(5))
        assert time.monotonic() - begin < 5
        assert desk.dropped() == [("device 0", "The device went away", False)]
        assert [sorted(event.device_seconds) for event in desk.done()][1:] == 5 * [["device 1", "device 2"]]
        assert not any(isinstance(event, Waiting) for event in desk.events)

    def test_below_the_quorum_the_run_waits_and_ends_with_one_sentence(self, make: Make, desk: Desk) -> None:
        devices = make(3)

        async def lose(number: int, ask: Ask) -> Answer:
            if number == 1:
                for device in devices[:2]:
                    assert device.link is not None
                    device.link.lost = True
                raise LinkLostError("The device went away")
            return await ask()

        with_fault(devices[0], in_rounds(lose))
        with pytest.raises(KnownError, match=r"Only 1 of 3 devices takes part \(") as caught:
            desk.run(devices, gradient(5))
        assert caught.value.action
        waiting = [event.reason for event in desk.events if isinstance(event, Waiting)]
        assert waiting == ["waiting for 2 devices to come back"]
        assert len(desk.dropped()) == 2
        assert devices[2].link is not None
        assert devices[2].link.count(messages.FINISH) == 1

    def test_a_device_that_comes_back_in_time_saves_the_run(self, make: Make, desk: Desk) -> None:
        devices = make(3)

        def fail(event: Event) -> None:
            if isinstance(event, RoundDone) and event.number == 2:
                for device in devices[:2]:
                    assert device.link is not None
                    device.link.lost = True
                asyncio.get_running_loop().call_later(0.2, devices[0].start)

        desk.listen = fail
        desk.run(devices, gradient(4))
        assert [len(event.device_seconds) for event in desk.done()] == [3, 3, 2, 2, 2]
        assert devices[0].link is not None
        # A new process has forgotten the run: it is prepared again before it is asked.
        assert devices[0].link.count(messages.PREPARE) == 1
        assert devices[0].link.rounds() == [2, 3, 4]

    def test_a_device_that_only_forgot_the_run_is_prepared_again(self, make: Make, desk: Desk) -> None:
        devices = make(3)

        async def forget(number: int, ask: Ask) -> Answer:
            if number == 2 and not forgotten:
                forgotten.append(number)
                devices[0].runtime._run = devices[0].runtime._last = None
            return await ask()

        forgotten: list[int] = []
        with_fault(devices[0], in_rounds(forget))
        result = desk.run(devices, gradient(4), run="forgotten")
        assert not desk.dropped()
        assert devices[0].link is not None
        assert devices[0].link.count(messages.PREPARE) == 2
        assert head_bytes(result) == head_bytes(desk.run(make(3), gradient(4), run="undisturbed"))

    def test_a_restart_between_rounds_changes_no_bit(self, make: Make, desk: Desk) -> None:
        devices = make(3)

        def restart(event: Event) -> None:
            if isinstance(event, RoundDone):
                devices[event.number % 3].start()

        undisturbed = desk.run(devices, RunConfig(method="standard", rounds=4), run="undisturbed")
        desk.listen = restart
        assert head_bytes(desk.run(devices, RunConfig(method="standard", rounds=4), run="restarts")) == head_bytes(
            undisturbed
        )
        assert not desk.dropped()

    def test_a_device_that_gets_ready_for_long_holds_nobody_up(self, make: Make, desk: Desk) -> None:
        devices = make(3)
        ready = asyncio.Event()

        async def slow(kind: int, header: Header, ask: Ask) -> Answer:
            if kind == messages.PREPARE:
                await ready.wait()
            return await ask()

        def listen(event: Event) -> None:
            if isinstance(event, RoundDone) and event.number == 1:
                with_fault(devices[0], slow)
            if isinstance(event, RoundDone) and event.number == 8:
                ready.set()

        async def pace(number: int, ask: Ask) -> Answer:
            await asyncio.sleep(0.02)
            return await ask()

        with_fault(devices[1], in_rounds(pace))
        desk.listen = listen
        desk.run(devices, gradient(40))
        seconds = [event.seconds for event in desk.done()]
        # The first round after it came back waits until the deadline, for it may only have been restarted.
        assert max(seconds[2:7]) < 0.35
        participants = [len(event.device_seconds) for event in desk.done()]
        assert participants[:8] == [3] + 7 * [2]
        assert participants[-3:] == [3, 3, 3]
        assert devices[0].link is not None
        assert devices[0].link.count(messages.PREPARE) == 1

    def test_a_frozen_device_costs_the_deadline_and_no_more(self, make: Make, desk: Desk) -> None:
        devices = make(3)

        async def freeze(number: int, ask: Ask) -> Answer:
            return await (ask() if number == 0 else never())

        with_fault(devices[0], in_rounds(freeze))
        desk.run(devices, gradient(6))
        later = [event.seconds for event in desk.done()[2:]]
        # Were rounds that waited taken for the pace, each would wait longer than the one before.
        assert max(later) < 0.8
        assert [name for name, _, _ in desk.dropped()] == ["device 0"]
        assert "no answer in" in desk.dropped()[0][1]

    def test_all_late_is_one_sentence(self, make: Make, desk: Desk) -> None:
        devices = [with_fault(device, in_rounds(lambda number, ask: never())) for device in make(2)]
        with pytest.raises(KnownError) as caught:
            desk.run(devices, gradient(1))
        assert caught.value.reason.startswith("Only 0 of 2 devices take part")
        assert "\n" not in str(caught.value)
        assert [event.reason for event in desk.events if isinstance(event, Waiting)] == [
            "waiting for 2 devices to answer"
        ]

    def test_late_but_needed_is_waited_for(self, make: Make, desk: Desk) -> None:
        async def late(number: int, ask: Ask) -> Answer:
            await asyncio.sleep(0.8 if number == 2 else 0)
            return await ask()

        devices = [with_fault(device, in_rounds(late)) for device in make(2)]
        desk.run(devices, gradient(2, quorum=1.0))
        assert not desk.dropped()
        # Asked once: a device that is slow must not find the same work several times in its queue.
        assert [device.link.rounds() for device in devices if device.link is not None] == [[0, 1, 2], [0, 1, 2]]

    def test_wait_for_all_waits_for_whoever_is_connected(self, make: Make, desk: Desk) -> None:
        devices = make(3)

        async def slow(number: int, ask: Ask) -> Answer:
            await asyncio.sleep(1.5 if number == 1 else 0)
            return await ask()

        with_fault(devices[0], in_rounds(slow))
        patient = desk.run(devices, gradient(2, wait_for_all=True), run="patient")
        assert [len(event.device_seconds) for event in desk.done()] == [3, 3, 3]
        assert not desk.dropped()
        assert head_bytes(patient) == head_bytes(desk.run(make(3), gradient(2), run="undisturbed"))

    def test_wait_for_all_gives_up_on_who_does_not_come_back(self, make: Make, desk: Desk) -> None:
        devices = make(3)

        async def lose(number: int, ask: Ask) -> Answer:
            if number == 1:
                assert devices[0].link is not None
                devices[0].link.lost = True
                raise LinkLostError("The device went away")
            return await ask()

        with_fault(devices[0], in_rounds(lose))
        desk.run(devices, gradient(1, wait_for_all=True))
        assert desk.done()[1].seconds >= 1.2
        assert [len(event.device_seconds) for event in desk.done()] == [3, 2]

    def test_devices_with_nothing_to_say_are_no_quorum_for_an_empty_sum(
        self, make: Make, desk: Desk, tmp_path: Path
    ) -> None:
        (holder,) = make(1)
        others = [Device(name=f"o{n}", root=tmp_path / f"o{n}", backbone=desk.backbone) for n in range(3)]

        async def lose(number: int, ask: Ask) -> Answer:
            assert holder.link is not None
            holder.link.lost = True
            raise LinkLostError("The device went away")

        with_fault(holder, in_rounds(lose))
        with pytest.raises(KnownError, match="Only 0 of 4 devices take part"):
            desk.run([holder, *others], gradient(1))

    def test_all_away_at_the_beginning(self, make: Make, desk: Desk) -> None:
        devices = make(2)
        for device in devices:
            device.link = None
        with pytest.raises(KnownError, match=r"Only 0 of 2 devices take part \(the device is away\)"):
            desk.run(devices, gradient(1))

    def test_away_at_the_beginning_and_there_later(self, make: Make, desk: Desk) -> None:
        devices = make(3)
        devices[0].link = None
        for file in DeviceHome(devices[0].root).backbones.iterdir():
            file.unlink()

        def arrive(event: Event) -> None:
            if isinstance(event, RoundDone) and event.number == 1:
                devices[0].start()

        desk.listen = arrive
        desk.run(devices, gradient(5))
        participants = [len(event.device_seconds) for event in desk.done()]
        assert (participants[0], participants[-1]) == (2, 3)

    def test_a_refused_manifest_leaves_the_device_out(self, make: Make, desk: Desk) -> None:
        devices = make(3)

        async def refuse(kind: int, header: Header, ask: Ask) -> Answer:
            if kind == messages.PREPARE:
                raise RefusedError("The device has no room", "Free some")
            return await ask()

        with_fault(devices[1], refuse)
        desk.run(devices, gradient(2))
        assert desk.dropped() == [("device 1", "The device has no room", True)]
        assert devices[1].link is not None
        assert devices[1].link.rounds() == []


class TestJournal:
    def after(self, number: int) -> Callable[[Event], None]:
        def stop(event: Event) -> None:
            if isinstance(event, RoundDone) and event.number == number:
                raise KeyboardInterrupt

        return stop

    @pytest.mark.parametrize("number", [1, 3, 5])
    def test_an_interrupted_run_goes_on_where_it_stopped(self, make: Make, desk: Desk, number: int) -> None:
        config = RunConfig(method="standard", rounds=5)
        whole = desk.run(make(3), config, run="whole")
        desk.listen = self.after(number)
        with pytest.raises(KeyboardInterrupt):
            desk.run(make(3), config, run="cut")
        desk.listen = lambda _: None
        desk.events.clear()
        devices = make(3)
        result = desk.run(devices, config, run="cut")
        assert head_bytes(result) == head_bytes(whole)
        assert result.chosen == whole.chosen
        replayed = [event.number for event in desk.done() if event.replayed]
        # What was being written at that moment may be done again.
        assert replayed in (list(range(1, number)), list(range(1, number + 1)))
        for device in devices:
            assert device.link is not None
            assert device.link.rounds() == list(range(len(replayed), 6))
        assert len(result.tally.seconds) == 6 - len(replayed)

    @pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "gone", "another round"])
    def test_a_damaged_round_is_done_again(self, make: Make, desk: Desk, damage: str) -> None:
        config = gradient(3)
        whole = desk.run(make(3), config)
        file = desk.folder / "run" / "round-00002.frame"
        data = file.read_bytes()
        match damage:
            case "cut":
                file.write_bytes(data[: len(data) // 2])
            case "flipped":
                file.write_bytes(data[:-100] + bytes([data[-100] ^ 1]) + data[-99:])
            case "empty":
                file.write_bytes(b"")
            case "gone":
                file.unlink()
            case _:
                file.write_bytes((desk.folder / "run" / "round-00001.frame").read_bytes())
        desk.events.clear()
        devices = make(3)
        assert head_bytes(desk.run(devices, config)) == head_bytes(whole)
        assert [event.number for event in desk.done() if not event.replayed] == [3]
        assert devices[0].link is not None
        assert devices[0].link.rounds() == [2]
        assert file.read_bytes()[:4] == data[:4]

    @pytest.mark.parametrize("full_at", [1, 3, 4])
    def test_a_full_disk_is_one_sentence(
        self, make: Make, desk: Desk, monkeypatch: pytest.MonkeyPatch, full_at: int
    ) -> None:
        written: list[Path] = []
        real = journal.write_atomic

        def write(path: Path, data: bytes, *, durable: bool) -> None:
            written.append(path)
            if len(written) >= full_at:
                raise storage_error(OSError(errno.ENOSPC, "No space left on device"), path)
            real(path, data, durable=durable)

        monkeypatch.setattr(journal, "write_atomic", write)
        devices = make(2)
        with pytest.raises(KnownError, match="is full") as caught:
            desk.run(devices, gradient(3))
        assert caught.value.action
        for device in devices:
            assert device.link is not None
            assert device.link.count(messages.FINISH) == 1
        # Nothing of the round that could not be kept has made a difference: the same run goes on when there is room.
        monkeypatch.setattr(journal, "write_atomic", real)
        assert head_bytes(desk.run(make(2), gradient(3))) == head_bytes(desk.run(make(2), gradient(3), run="other"))


class TestCancelled:
    @pytest.fixture
    def loop(self) -> Iterator[FleetLoop]:
        made = FleetLoop()
        yield made
        made.close()

    @pytest.mark.parametrize("kind", [messages.PREPARE, messages.ROUND])
    def test_devices_stay_usable(self, make: Make, desk: Desk, loop: FleetLoop, kind: int) -> None:
        devices = make(3)
        reached = asyncio.Event()

        async def hold(asked: int, header: Header, ask: Ask) -> Answer:
            if asked == kind and header.get("round", 2) == 2:
                loop._loop.call_soon_threadsafe(reached.set)
                return await never()
            return await ask()

        with_fault(devices[0], hold)
        future = loop.submit(desk.work(devices, gradient(4), run="cut"))
        loop.call(asyncio.wait_for(reached.wait(), BOUND))
        future.cancel()

        async def finished() -> None:
            while any(device.link.count(messages.FINISH) == 0 for device in devices if device.link is not None):
                await asyncio.sleep(0.01)
            while any(device.runtime._run is not None for device in devices[1:]):
                await asyncio.sleep(0.01)

        loop.call(asyncio.wait_for(finished(), BOUND))
        if kind == messages.ROUND:
            assert sorted(file.name for file in (desk.folder / "cut").iterdir()) == [
                "round-00000.frame",
                "round-00001.frame",
            ]
        with_fault(devices[0], None)
        again = loop.call(desk.work(devices, gradient(4), run="again"))
        assert head_bytes(again) == head_bytes(desk.run(make(3), gradient(4), run="undisturbed"))

    def test_a_listener_that_stops_the_run(self, make: Make, desk: Desk) -> None:
        class StopError(Exception):
            pass

        def stop(event: Event) -> None:
            if isinstance(event, DeviceDropped):
                raise StopError

        devices = make(3)

        async def fail(number: int, ask: Ask) -> Answer:
            raise RefusedError("no")

        with_fault(devices[0], in_rounds(fail))
        with_fault(devices[1], in_rounds(lambda number, ask: never()))
        desk.listen = stop
        begin = time.monotonic()
        with pytest.raises(StopError):
            desk.run(devices, gradient(2))
        assert time.monotonic() - begin < 10


def test_a_backbone_that_is_gone_is_one_sentence(make: Make, tmp_path: Path) -> None:
    (device,) = make(1)
    assert device.link is not None
    with pytest.raises(KnownError, match="cannot be read"):
        asyncio.run(send_backbone(device.link, tmp_path / "none.tflite", digest("none")))
