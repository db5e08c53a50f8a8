"""A device inside this process: the real runtime, the real frames, no socket. For evaluation and tests."""

from __future__ import annotations

import asyncio
import threading

from letspic_desktop.fleet.link import Answer, LinkLostError, Request, answer_of
from letspic_device.runtime import DeviceRuntime
from letspic_shared.frames import FrameDecoder


class InProcessLink:
    """Hands frames to a runtime in a worker thread, one at a time as a device would."""

    def __init__(self, runtime: DeviceRuntime) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()
        self._alive = True

    @property
    def device_id(self) -> str:
        """The identifier that the runtime was given."""
        return self._runtime.device_id

    @property
    def alive(self) -> bool:
        """Whether the link has not been closed."""
        return self._alive

    async def request(self, request: Request, timeout: float) -> Answer:
        """See `Link.request`."""
        if not self._alive:
            raise LinkLostError("The link to the device is closed")
        frame = await asyncio.wait_for(asyncio.to_thread(self._handle, request.frame), timeout)
        if not self._alive:
            raise LinkLostError("The link to the device is closed")
        ((kind, header, payload),) = FrameDecoder().feed(frame)
        return answer_of(kind, header, payload)

    async def close(self) -> None:
        """See `Link.close`."""
        self._alive = False

    def _handle(self, data: bytes) -> bytes:
        ((kind, header, payload),) = FrameDecoder().feed(data)
        if kind in self._runtime.IMMEDIATE:
            return self._runtime.handle(kind, header, payload)
        with self._lock:
            return self._runtime.handle(kind, header, payload)
