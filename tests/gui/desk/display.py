"""A display without a screen, and hands on its mouse and keyboard."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

_PROGRAMS = ("Xvfb", "openbox", "xdotool")
_START_SECONDS = 20.0
_POLL_SECONDS = 0.05
_KEY_MS = "12"


class Display:
    """An X server of its own with a window manager, which menus and dialogs need."""

    def __init__(self, size: str = "1440x900") -> None:
        for program in _PROGRAMS:
            if shutil.which(program) is None:
                pytest.skip(f"{program} is not installed: packaging/system-packages.sh test installs it")
        self._size = size
        self._processes: list[subprocess.Popen[bytes]] = []
        self.name = ""

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to open its windows there and nowhere else."""
        kept = {key: value for key, value in os.environ.items() if key not in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
        return {**kept, "DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb", "LC_ALL": "C.UTF-8"}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the window manager, then the server."""
        for process in reversed(self._processes):
            process.terminate()
            process.wait()
        self._processes.clear()

    def click(self, at: tuple[int, int], button: int = 1, times: int = 1) -> None:
        """Press a mouse button at a point of the screen."""
        self._xdotool("mousemove", *map(str, at))
        self._xdotool("click", "--repeat", str(times), "--delay", "60", str(button))

    def drag(self, start: tuple[int, int], end: tuple[int, int], steps: int = 12) -> None:
        """Press at one point, move to another in small steps as a hand does, and let go there."""
        self._xdotool("mousemove", *map(str, start), "mousedown", "1")
        for step in range(1, steps + 1):
            at = [round(a + (b - a) * step / steps) for a, b in zip(start, end, strict=True)]
            # A hand takes its time; a drag that is over at once is none to the toolkit.
            self._xdotool("mousemove", *map(str, at), "sleep", "0.03")
        self._xdotool("sleep", "0.15", "mouseup", "1")

    def type(self, text: str) -> None:
        """Type a text into what has the focus."""
        self._xdotool("type", "--delay", _KEY_MS, text)

    def key(self, *keys: str) -> None:
        """Press keys, such as ``ctrl+f`` or ``Return``."""
        self._xdotool("key", "--delay", _KEY_MS, *keys)

    def _start(self) -> None:
        with tempfile.TemporaryFile() as numbers:
            server = subprocess.Popen(
                ["Xvfb", "-displayfd", str(numbers.fileno()), "-screen", "0", f"{self._size}x24", "-nolisten", "tcp"],
                pass_fds=[numbers.fileno()],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            self._processes.append(server)

            def number() -> bytes:
                return os.pread(numbers.fileno(), 32, 0).strip()

            _wait(lambda: bool(number()) or server.poll() is not None, "the X server gives no number")
            self.name = f":{number().decode()}"
        self._processes.append(
            subprocess.Popen(
                ["openbox", "--sm-disable"],
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def _xdotool(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=self.environment, check=True, timeout=60)


def _wait(ready: object, why: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while not ready():  # type: ignore[operator]
        if time.monotonic() > end:
            raise TimeoutError(why)
        time.sleep(_POLL_SECONDS)


def steps_folder() -> Path | None:
    """Return where pictures of the steps are kept (``LETSPIC_TEST_PICTURES``), None where nobody wants them."""
    folder = os.environ.get("LETSPIC_TEST_PICTURES")
    return Path(folder) if folder else None
