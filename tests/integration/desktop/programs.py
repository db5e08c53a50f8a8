"""``letspic`` and ``letspic-device`` as people run them: processes of their own, on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from letspic_device.control import request

BOUND = 60.0


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def reason(self) -> str:
        """Its last line on standard error."""
        return self.err.rstrip().rpartition("\n")[2]


class Started:
    """A command that runs; what it says can be waited for."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        # A session of its own: a signal to its group is what Ctrl-C on a terminal is.
        self.popen = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        self.said = ""
        self._heard = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def wait_for(self, text: str) -> str:
        """Wait until it has said ``text``; return all that it has said."""
        with self._heard:
            assert self._heard.wait_for(lambda: text in self.said or not self._listener.is_alive(), BOUND), self.said
            assert text in self.said, self.said
            return self.said

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """Send a signal to it and its children; nothing happens where they have ended."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, number)

    def end(self) -> int:
        """Wait until it has ended; return its exit code."""
        code = self.popen.wait(BOUND)
        self._listener.join(BOUND)
        return code

    def children(self) -> list[str]:
        """Command lines of the processes of its group that run now."""
        return [line for pid, line in running().items() if process_group(pid) == self.popen.pid]

    def _listen(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            with self._heard:
                self.said += line.decode()
                self._heard.notify_all()
        with self._heard:
            self._heard.notify_all()
        self.popen.stdout.close()

    def close(self) -> None:
        if self.popen.poll() is None:
            self.interrupt(signal.SIGKILL)
        self.end()


class Desktop:
    """One desktop: a home, and the commands on it."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self.home = home
        self.environment = environment
        self.started: list[Started] = []

    def run(self, *arguments: object, stdin: int = subprocess.DEVNULL) -> Ended:
        """Run a command, however it ends."""
        ended = subprocess.run(
            self._command(arguments), stdin=stdin, capture_output=True, env=self.environment, timeout=BOUND
        )
        told = Ended(code=ended.returncode, out=ended.stdout.decode(), err=ended.stderr.decode())
        assert "Traceback" not in told.err, told.err
        return told

    def __call__(self, *arguments: object) -> str:
        """Run a command that shall succeed; return what it printed."""
        ended = self.run(*arguments)
        assert ended.code == 0, ended.err
        return ended.out

    def json(self, *arguments: object) -> Any:
        """Run a command that shall succeed; return its JSON."""
        return json.loads(self(*arguments, "--json", "-"))

    def refused(self, *arguments: object) -> str:
        """Run a command that shall fail for a reason; return the one line that tells it."""
        ended = self.run(*arguments)
        assert ended.code == 1, ended
        assert ended.reason.startswith("letspic: "), ended
        return ended.reason

    def start(self, *arguments: object) -> Started:
        """Start a command."""
        self.started.append(Started(self._command(arguments), self.environment))
        return self.started[-1]

    def _command(self, arguments: tuple[object, ...]) -> list[str]:
        return [sys.executable, "-m", "letspic_desktop", "--home", str(self.home), *map(str, arguments)]


class Board:
    """A ``letspic-device`` with a home that outlives its process."""

    def __init__(self, home: Path, name: str, options: tuple[object, ...], environment: dict[str, str]) -> None:
        self.home = home
        self.name = name
        self._options = [*map(str, options)]
        self._environment = environment
        self._process: Started | None = None
        self.start()

    def start(self, *, listen: str = "127.0.0.1:0", announce: bool = False) -> None:
        home = ["--home", str(self.home), "--listen", listen, "--name", self.name]
        home += [] if announce else ["--no-announce"]
        command = [sys.executable, "-m", "letspic_device", "run", *home, *self._options]
        self._process = Started(command, self._environment)
        self._process.wait_for("listening on")

    def stop(self) -> None:
        if self._process is not None:
            self._process.popen.terminate()
            assert self._process.end() == 0, self._process.said
            self._process = None

    def status(self) -> dict[str, Any]:
        return request(self.home, "status")

    def offer(self, *, replace: bool = False) -> tuple[str, str]:
        """Open the pairing window, as ``letspic-device pair`` does; return the address and the code that it shows."""
        answer = request(self.home, "pair", replace=replace)
        return f"{answer['host']}:{answer['port']}", str(answer["code"])

    def command(self, name: str) -> Ended:
        command = [sys.executable, "-m", "letspic_device", name, "--home", str(self.home)]
        ended = subprocess.run(command, capture_output=True, env=self._environment, timeout=BOUND)
        return Ended(code=ended.returncode, out=ended.stdout.decode(), err=ended.stderr.decode())

    @property
    def placed(self) -> list[Path]:
        """The files that were placed on it."""
        return sorted((self.home / "placed").iterdir())


def running() -> dict[int, str]:
    """Return the command lines of the processes that run now, by id."""
    found = {}
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                line = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            except OSError:
                continue
            # A process that has ended and was not waited for yet has no command line.
            if line:
                found[int(path.name)] = line
    return found


def process_group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0
