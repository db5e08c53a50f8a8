"""The device as its desktop sees it: requests in, answers out, whatever link carries them."""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from letspic_device import __version__, speed, tasks
from letspic_device.backbones import BackboneShelf
from letspic_device.confirmed_labels import ConfirmedLabels
from letspic_device.home import DeviceHome
from letspic_device.memory import memory_megabytes, resident_kilobytes
from letspic_device.own_search import OwnSearch
from letspic_device.photos import OwnPhotos, PhotoShelf, free_bytes, sent_photos
from letspic_device.run_data import DEFAULT_WITHHOLD, Manifest, Prepared, prepare
from letspic_device.small_pictures import picture_of
from letspic_device.states import State, StateMachine
from letspic_device.tflite import runtime_name
from letspic_shared import messages
from letspic_shared.errors import KnownError, ProtocolError
from letspic_shared.frames import encode
from letspic_shared.messages import BadField
from letspic_shared.tensors import Array, pack, unpack

log = logging.getLogger(__name__)

Header = dict[str, object]
Answer = tuple[Header, dict[str, Array], bytes]

INVENTORY_PAGE = 2000


class DeviceRuntime:
    """Answers the messages of DESIGN's links; holds no socket and starts no thread.

    Parameters
    ----------
    device_id, name
        Fingerprint of the device's certificate, and the name that people see.
    own
        Where the owner's own photos are.
    allow_thumbnails
        The owner lets the desktop see small pictures of own photos that a search found.
    withhold
        The owner's k: classes with fewer own photos never take part, even where the desktop asks for less.
    on_unpair
        Called when the desktop lets this device go.
    """

    def __init__(
        self,
        home: DeviceHome,
        *,
        device_id: str,
        name: str,
        own: OwnPhotos,
        allow_thumbnails: bool = False,
        withhold: int = DEFAULT_WITHHOLD,
        on_unpair: Callable[[], None] | None = None,
        on_group: Callable[[Header], None] | None = None,
    ) -> None:
        self.states = StateMachine()
        self.device_id = device_id
        self.name = name
        self.shelf = PhotoShelf(home, own)
        self._home = home
        self._backbones = BackboneShelf(home)
        self._allow_thumbnails = allow_thumbnails
        self._withhold = withhold
        self._on_unpair = on_unpair
        self._on_group = on_group
        self._run: tuple[Manifest, Prepared] | None = None
        self._last: tuple[str, int, int, Answer] | None = None
        self._round_of: tuple[int, int] | None = None
        self._ending = ""
        self.labels = ConfirmedLabels(home, self.shelf)
        # Whoever carries requests in says whether more of them wait.
        self.others_wait: Callable[[], bool] = lambda: False
        self._own = OwnSearch(self._backbones, self.shelf, self.states, self._free)
        self._features: int | None = None
        # Leaving happens in another thread than work: what work would leave behind afterwards is given up.
        self._leaving = threading.RLock()
        self._membership = 0
        self._handlers: dict[int, Callable[[Header, bytes], Answer]] = {
            messages.HELLO: self._hello,
            messages.PING: self._ping,
            messages.STATUS: self._status,
            messages.BACKBONE: self._backbone,
            messages.PLACE: self._place,
            messages.FORMAT: self._format,
            messages.INVENTORY: self._inventory,
            messages.LABELS: self._labels,
            messages.PREPARE: self._prepare,
            messages.ROUND: self._round,
            messages.FINISH: self._finish,
            messages.SEARCH: lambda header, payload: (self._own.answer(header, payload), {}, b""),
            messages.THUMBNAIL: self._thumbnail,
            messages.UNPAIR: self._unpair,
            messages.BENCH: self._bench,
        }

    # Kinds that are answered while other work runs: they only read.
    IMMEDIATE = frozenset({messages.PING, messages.STATUS})

    def notice(self, kind: int, header: Header) -> None:
        """Learn of a request before its turn: a run that is over is prepared no further. Any thread may call it."""
        if kind == messages.FINISH:
            self._ending = str(header.get("run", ""))
            if self._run is None or self._run[0].run == self._ending:
                self._round_of = None

    def look_on(self) -> bool:
        """Use the time between two requests: look at a photo that a search lacked; return whether to call again."""
        return self._own.look_on()

    def handle(self, kind: int, header: Header, payload: bytes) -> bytes:
        """Return the frame that answers a request. Never raises: whatever goes wrong becomes an ERROR answer."""
        given = header.get("id")
        # Whatever comes back in an answer must be small: a frame that cannot be encoded answers nothing.
        identifier = given if isinstance(given, int) and abs(given) < 1 << 63 else 0
        try:
            handler = self._handlers.get(kind)
            if handler is None:
                raise ProtocolError(f"The device does not know message kind {kind}", "Update the device")
            answer, tensors, raw = handler(header, payload)
            described, packed = pack(tensors)
            return encode(kind, {**answer, "id": identifier, "tensors": described}, packed or raw)
        except KnownError as error:
            return encode(messages.ERROR, {"id": identifier, "reason": error.reason, "action": error.action})
        except BadField as error:
            return encode(messages.ERROR, {"id": identifier, "reason": f"The device cannot read this: {error}"})
        except Exception:
            log.exception("request %s failed", messages.NAMES.get(kind, kind))
            reason = "The device had an error of its own"
            return encode(messages.ERROR, {"id": identifier, "reason": reason, "action": "See the device's log"})

    def status(self) -> Header:
        """Return what the device says of itself."""
        snapshot = self.states.snapshot
        return {
            "protocol": messages.PROTOCOL,
            "version": __version__,
            "name": self.name,
            "device_id": self.device_id,
            "state": snapshot.state.value,
            "done": snapshot.done,
            "total": snapshot.total,
            "own": len(self.shelf.seen),
            "placed": len(self.shelf.placed),
            "placed_bytes": self.shelf.placed_bytes,
            "features": self._features,
            "platform": f"{platform.system()} {platform.machine()}",
            "cpus": os.cpu_count() or 1,
            "memory_mb": memory_megabytes(),
            "runtime": runtime_name(),
            "free_mb": free_bytes(self._home.root) >> 20,
            "resident_kb": resident_kilobytes(),
            "thumbnails": self._allow_thumbnails,
        }

    @property
    def round_of(self) -> tuple[int, int] | None:
        """The round of the run that this device takes part in, and how many there will be; None outside of runs."""
        return self._round_of

    def forget_group(self) -> None:
        """Delete all that the desktop placed here and every trace of its runs; own photos stay."""
        with self._leaving:
            self._membership += 1
            self._run = None
            self._last = None
            self._round_of = None
            self._own.forget()
            self.labels.forget()
            self._remove_placed()

    def _hello(self, header: Header, payload: bytes) -> Answer:
        # A desktop that has just come goes on with a run by preparing it; until then there is none to speak of.
        self._round_of = None
        self._ending = ""
        if self._on_group is not None and "group" in header:
            self._on_group(header)
        return self._status(header, payload)

    def _status(self, header: Header, payload: bytes) -> Answer:
        del header, payload
        return self.status(), {}, b""

    def _ping(self, header: Header, payload: bytes) -> Answer:
        del header, payload
        snapshot = self.states.snapshot
        return {"state": snapshot.state.value, "done": snapshot.done, "total": snapshot.total}, {}, b""

    def _backbone(self, header: Header, payload: bytes) -> Answer:
        digest = messages.sha256(header.get("sha256"))
        size = messages.number(header, "size", 1, 1 << 40)
        if not payload:
            return {"have": size if self._backbones.has(digest) else 0}, {}, b""
        with self.states.working(State.RECEIVING):
            offset = messages.number(header, "offset", 0, 1 << 40)
            return {"have": self._backbones.receive(digest, size, offset, payload)}, {}, b""

    def _place(self, header: Header, payload: bytes) -> Answer:
        pieces = sent_photos(header, payload)
        membership = self._membership
        with self.states.working(State.RECEIVING):
            for digest, jpeg in pieces:
                with self._leaving:
                    self._still(membership)
                    self.shelf.place(digest, jpeg)
        return {"placed": len(self.shelf.placed)}, {}, b""

    def _format(self, header: Header, payload: bytes) -> Answer:
        del header, payload
        return {"removed": self._remove_placed()}, {}, b""

    def _inventory(self, header: Header, payload: bytes) -> Answer:
        del payload
        offset = messages.number(header, "offset", 0, 1 << 31)
        first: Header = {}
        if offset == 0:
            self.shelf.rescan()
            first["placed_bytes"] = self.shelf.placed_bytes
            if "backbone" in header:
                first["features"] = self._count_features(messages.sha256(header["backbone"]))
        return {**first, **self.shelf.listed(offset, INVENTORY_PAGE)}, {}, b""

    def _labels(self, header: Header, payload: bytes) -> Answer:
        del payload
        return {"known": self.labels.store(header)}, {}, b""

    def _prepare(self, header: Header, payload: bytes) -> Answer:
        del payload
        asked = Manifest.from_header(header)
        manifest = replace(asked, withhold=max(asked.withhold, self._withhold))
        run = self._run
        if run is None or run[0] != manifest:
            membership = self._membership

            def progress(done: int, total: int) -> None:
                self._still(membership)
                if self._ending == manifest.run:
                    raise KnownError("The run is over")
                self.states.progress(done, total)

            with self.states.working(State.EXTRACTING):
                cache = self._backbones.features(manifest.backbone)
                run = (manifest, prepare(manifest, self.shelf, cache, progress, self.device_id))
                self._count_features(manifest.backbone)
            with self._leaving:
                self._still(membership)
                self._run = run
                self._last = None
                self._round_of = None
        prepared = run[1]
        if self._round_of is None and prepared.takes_part and self._ending != manifest.run:
            self._round_of = (0, 0)
        answer: Header = {
            "run": manifest.run,
            "dimension": prepared.data.dimension,
            "withheld": list(prepared.withheld),
            "failed": prepared.failed,
            "own_folds": prepared.own_folds,
        }
        return answer, {}, b""

    def _round(self, header: Header, payload: bytes) -> Answer:
        run = messages.text(header, "run", 64)
        number = messages.number(header, "round", 0, 1 << 31)
        # What is asked is part of the key: a round that the desktop redoes from another sum is another round.
        asked = zlib.crc32(payload, zlib.crc32(messages.text(header, "task", 32).encode()))
        # Asked for again (the answer was lost on the way): the same answer, without computing anything twice.
        if self._last is not None and self._last[:3] == (run, number, asked):
            return self._last[3]
        known = self._run
        if known is None or known[0].run != run:
            raise KnownError("The device does not know this run", "It has to be prepared again")
        tensors: Mapping[str, Array] = unpack(header.get("tensors", []), payload)
        if "rounds" in header:
            self._round_of = (number + 1, messages.number(header, "rounds", 0, 1 << 31))
        started = time.perf_counter()
        with self.states.working(State.TRAINING):
            found = tasks.compute(known[1].data, header, tensors)
        seconds = time.perf_counter() - started
        answer: Answer = ({"run": run, "round": number, "seconds": round(seconds, 6)}, found, b"")
        with self._leaving:
            if self._run is known:
                self._last = (run, number, asked, answer)
        return answer

    def _finish(self, header: Header, payload: bytes) -> Answer:
        del payload
        run = messages.text(header, "run", 64)
        if self._ending == run:
            self._ending = ""
        if self._run is not None and self._run[0].run == run:
            self._run = None
            self._last = None
            self._round_of = None
        return {}, {}, b""

    def _bench(self, header: Header, payload: bytes) -> Answer:
        del payload
        digest, classes = messages.sha256(header.get("backbone")), messages.number(header, "classes", 2, 1000)
        with self.states.working(State.MEASURING):
            # First, because it says what is wrong where the backbone is not here.
            self._backbones.features(digest)
            return speed.measure(self._backbones.extractor(digest), classes), {}, b""

    def _thumbnail(self, header: Header, payload: bytes) -> Answer:
        del payload
        digest = messages.sha256(header.get("sha256"))
        return {"sha256": digest}, {}, picture_of(self.shelf, digest, own_allowed=self._allow_thumbnails)

    def _unpair(self, header: Header, payload: bytes) -> Answer:
        del header, payload
        try:
            self.forget_group()
        finally:
            # Also where files could not be deleted: who was asked to let go must not go on letting the desktop in.
            if self._on_unpair is not None:
                self._on_unpair()
        return {}, {}, b""

    def _remove_placed(self) -> int:
        # Their features too: what is placed next under the same SHA-256 may be another rendering of the photo.
        removed = self.shelf.format()
        self._backbones.forget_features(set(self.shelf.seen))
        self._features = None
        return removed

    def _count_features(self, backbone: str) -> int:
        """Count the photos whose feature of a backbone is ready, and remember that for the status."""
        self._features = self._backbones.ready(backbone, {*self.shelf.own, *self.shelf.placed})
        return self._features

    def _free(self) -> bool:
        return self._round_of is None and not self.others_wait()

    def _still(self, membership: int) -> None:
        """Raise KnownError where the device has left the group since ``membership`` was noted."""
        if membership != self._membership:
            raise KnownError("The device has left its group", "Pair it again")
