"""Device processes on this machine, for the demo and for measuring: started, paired by code, and ended by us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from letspic_device.control import request
from letspic_shared.errors import KnownError

START_SECONDS = 60.0
STOP_SECONDS = 5.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class PairingOffer:
    """What a device shows while its pairing window is open."""

    name: str
    host: str
    port: int
    code: str


def device_command() -> list[str]:
    """Return how ``letspic-device`` is started here: by this interpreter, or as the program beside this one."""
    if getattr(sys, "frozen", False):
        return [str(Path(sys.executable).with_name("letspic-device"))]
    return [sys.executable, "-m", "letspic_device"]


class LocalDevices:
    """Some ``letspic-device run`` processes with homes below one folder.

    Parameters
    ----------
    photos
        Own photo folder of a device, by its name.
    allow_thumbnails
        Whether searches may show small pictures of these photos.
    """

    def __init__(
        self,
        folder: Path,
        names: Sequence[str],
        photos: Mapping[str, Path] | None = None,
        *,
        allow_thumbnails: bool = False,
    ) -> None:
        self._sharing = ["--allow-thumbnails"] if allow_thumbnails else []
        self._folder = folder
        self._names = list(names)
        self._photos = dict(photos or {})
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        try:
            for name in self._names:
                self._start(name)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pids(self) -> dict[str, int]:
        """Process id by name."""
        return {name: process.pid for name, process in self._processes.items()}

    def home(self, name: str) -> Path:
        """Return the home folder of a device."""
        return self._folder / name

    def offer(self, name: str) -> PairingOffer:
        """Open a device's pairing window, as ``letspic-device pair`` does, and return what it shows."""
        self._wait_ready(name)
        answer = request(self.home(name), "pair")
        return PairingOffer(
            name=name, host=str(answer["host"]), port=int(str(answer["port"])), code=str(answer["code"])
        )

    def status(self, name: str) -> dict[str, object]:
        """Return what ``letspic-device status`` shows."""
        return request(self.home(name), "status")

    def close(self) -> None:
        """End the processes that this object started."""
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for log in self._logs:
            log.close()
        self._processes.clear()
        self._logs.clear()

    def _start(self, name: str) -> None:
        home = self.home(name)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = [*device_command(), "run", "--home", str(home), "--listen", "127.0.0.1:0"]
        command += ["--name", name, "--no-announce"]
        if name in self._photos:
            command += ["--photos", str(self._photos[name]), *self._sharing]
        log = (home / "device.log").open("ab")
        self._logs.append(log)
        environment = {key: value for key, value in os.environ.items() if key != "LETSPIC_HOME"}
        self._processes[name] = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        )

    def _wait_ready(self, name: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        process = self._processes[name]
        while True:
            try:
                request(self.home(name), "status")
            except KnownError as error:
                if process.poll() is not None:
                    raise KnownError(
                        f"The device {name} ended at once", f"See {self.home(name) / 'device.log'}"
                    ) from error
                if time.monotonic() > deadline:
                    raise KnownError(f"The device {name} did not start in time", "Close other programs") from error
                _pause()
            else:
                return


def _pause() -> None:
    # The control socket appears when the process is ready; there is nothing else to wait on.
    time.sleep(_POLL_SECONDS)
