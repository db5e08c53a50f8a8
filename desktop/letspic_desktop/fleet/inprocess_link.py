"""A device inside this process: the real runtime, the real frames, no socket. For evaluation and tests."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from letspic_desktop.fleet.link import Answer, LinkLostError, Request, answer_of
from letspic_device.runtime import DeviceRuntime
from letspic_shared.frames import FrameDecoder


class InProcessLink:
    """Hands frames to a runtime in a thread of its own, one after the other as a device would."""

    def __init__(self, runtime: DeviceRuntime) -> None:
        self._runtime = runtime
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="device")
        self._waiting: set[asyncio.Future[bytes]] = set()
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
        loop = asyncio.get_running_loop()
        # What a busy device answers at once gets another thread.
        worker = None if request.kind in self._runtime.IMMEDIATE else self._worker
        work = loop.run_in_executor(worker, self._handle, request.frame)
        answer: asyncio.Future[bytes] = loop.create_future()
        self._waiting.add(answer)
        work.add_done_callback(lambda done: _pass_on(done, answer))
        try:
            async with asyncio.timeout(timeout):
                frame = await answer
        finally:
            self._waiting.discard(answer)
        ((kind, header, payload),) = FrameDecoder().feed(frame)
        return answer_of(kind, header, payload)

    async def close(self) -> None:
        """See `Link.close`."""
        self._alive = False
        self._worker.shutdown(wait=False, cancel_futures=True)
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(LinkLostError("The link to the device is closed"))

    def _handle(self, data: bytes) -> bytes:
        ((kind, header, payload),) = FrameDecoder().feed(data)
        return self._runtime.handle(kind, header, payload)


def _pass_on(work: asyncio.Future[bytes], answer: asyncio.Future[bytes]) -> None:
    if work.cancelled() or answer.done():
        return
    error = work.exception()
    if error is None:
        answer.set_result(work.result())
    else:
        answer.set_exception(error)
