"""Uses the app as a person does: looks where things are, then presses real keys and a real mouse."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.gui.desk.display import Display

_POLL_SECONDS = 0.1
_CLOSE_SECONDS = 30.0
_SETTLE_SECONDS = 5.0


class Driver:
    """One start of the app on a display.

    Parameters
    ----------
    pictures
        Folder for pictures of the steps; none are made where None.
    """

    def __init__(self, display: Display, home: Path, pictures: Path | None) -> None:
        self.display = display
        self._home = home
        self._pictures = pictures
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("driven.py")), str(self._home)],
            env=self.display.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._read() != {"ready": True}:
            raise AssertionError("the app did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(_CLOSE_SECONDS)
        for end in (self._process.stdin, self._process.stdout):
            if end is not None:
                end.close()

    def quit(self) -> int:
        """Press Ctrl+Q and return the exit code."""
        assert self._process is not None
        self.display.key("ctrl+q")
        return self._process.wait(_CLOSE_SECONDS)

    def click(self, text: str, *, kind: str = "", button: int = 1, times: int = 1, seconds: float = 15.0) -> None:
        """Wait for something that shows ``text`` or is called so, and click into its middle."""
        self.display.click(self.where(text, kind=kind, seconds=seconds), button=button, times=times)

    def where(self, text: str, *, kind: str = "", usable: bool = True, seconds: float = 15.0) -> tuple[int, int]:
        """Wait until something can be seen, can be used and has stopped moving; return its middle."""
        seen: list[Any] = []

        def still() -> bool:
            seen.append(self._ask("find", text, kind))
            if not seen[-1] or (usable and not seen[-1]["enabled"]):
                return False
            return len(seen) > 1 and bool(seen[-1] == seen[-2])

        self.until(still, f"“{text}” cannot be used", seconds=seconds)
        return seen[-1]["x"], seen[-1]["y"]

    def sees(self, text: str) -> bool:
        """Return whether any visible text contains ``text``."""
        return any(text in one for one in self.texts())

    def texts(self) -> list[str]:
        """Return all texts that can be seen."""
        return list(self._ask("texts"))

    def photos(self) -> int:
        """Return how many photos the grid shows."""
        return int(self._ask("rows"))

    def until(self, ready: Callable[[], bool], why: str, *, seconds: float = 15.0) -> None:
        """Wait for something to come true."""
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end:
                self.picture("failed")
                raise AssertionError(f"{why}. Seen: {self.texts()}")
            time.sleep(_POLL_SECONDS)

    def picture(self, name: str) -> None:
        """Keep a picture of the whole display, once nothing is on its way any more."""
        if self._pictures is not None:
            end = time.monotonic() + _SETTLE_SECONDS
            while not self._ask("settled") and time.monotonic() < end:
                time.sleep(_POLL_SECONDS)
            self._pictures.mkdir(parents=True, exist_ok=True)
            self._ask("picture", str(self._pictures / f"{name}.png"))

    def _ask(self, *question: str) -> Any:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError("the app has ended")
        return json.loads(line)
