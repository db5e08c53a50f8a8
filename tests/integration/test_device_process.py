"""``letspic-device`` as people run it: a process of its own."""

import hashlib
import io
import json
import os
import selectors
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from letspic_desktop.backbones.store import Backbone
from letspic_device.control import request
from letspic_shared import messages
from letspic_shared.frames import encode
from letspic_shared.tensors import unpack

BOUND = 20.0
COMMAND = [sys.executable, "-m", "letspic_device"]
# The same program, that says at its end what it has imported.
TELLING = """
import atexit, json, sys
from letspic_device.cli import main
atexit.register(lambda: print(json.dumps(sorted(sys.modules))))
sys.exit(main(sys.argv[1:]))
"""
HEAVY = {"PySide6", "letspic_desktop", "torch", "tensorflow", "matplotlib", "scipy"}


class Process:
    """A device process whose log can be waited on."""

    def __init__(self, home: Path, *arguments: str, command: list[str] = COMMAND, announce: bool = False) -> None:
        options = ["--home", str(home), "--listen", "127.0.0.1:0", "--name", "board"]
        options += [] if announce else ["--no-announce"]
        self.home = home
        self.log = ""
        self.popen = subprocess.Popen(
            [*command, "run", *options, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def wait_for(self, text: str) -> None:
        assert self.popen.stderr is not None
        deadline = time.monotonic() + BOUND
        with selectors.DefaultSelector() as selector:
            selector.register(self.popen.stderr, selectors.EVENT_READ)
            while text not in self.log:
                assert selector.select(deadline - time.monotonic()), f"no '{text}' in {self.log}"
                data = os.read(self.popen.stderr.fileno(), 65536)
                assert data, self.log
                self.log += data.decode()

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = str(request(self.home, "status")["address"]).rpartition(":")
        return host, int(port)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.popen.send_signal(number)
        out, log = self.popen.communicate(timeout=BOUND)
        return self.popen.returncode, out.decode(), self.log + log.decode()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    started: list[Process] = []

    def begin(*arguments: str, **options: Any) -> Process:
        process = Process(tmp_path / "home", *arguments, **options)
        started.append(process)
        process.wait_for("listening on")
        return process

    yield begin
    for process in started:
        if process.popen.poll() is None:
            process.popen.kill()
        process.popen.communicate(timeout=BOUND)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BOUND,
        env={**os.environ, **environment},
        check=False,
    )


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a command that failed."""
    assert done.returncode == 1, done.stderr
    *before, line = done.stderr.splitlines()
    assert all(other.startswith("INFO ") for other in before), done.stderr
    assert line.startswith("letspic-device: ")
    assert "Traceback" not in line
    return line


def test_status_and_end(start: Callable[..., Process], tmp_path: Path) -> None:
    process = start()
    done = run("status", "--home", str(process.home))
    assert done.returncode == 0
    assert done.stdout.startswith("board: unpaired, not paired, not connected\n")
    status = json.loads(run("status", "--json", "--home", str(process.home)).stdout)
    assert status["state"] == "unpaired"
    assert status["address"].startswith("127.0.0.1:")
    started = time.monotonic()
    code, out, log = process.end()
    assert time.monotonic() - started < 2.0
    assert (code, out) == (0, "")
    assert "Traceback" not in log
    assert "No LetsPic device is running" in told(run("status", "--home", str(process.home)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_while_it_announces_itself(start: Callable[..., Process], number: int) -> None:
    process = start(announce=True)
    started = time.monotonic()
    code, _, log = process.end(number)
    assert time.monotonic() - started < 4.0
    assert code == 0
    assert "Traceback" not in log


def test_a_second_one_in_the_same_home_is_refused(start: Callable[..., Process]) -> None:
    process = start()
    line = told(run("run", "--home", str(process.home), "--listen", "127.0.0.1:0"))
    assert "already runs" in line
    assert "--home" in line
    assert json.loads(run("status", "--json", "--home", str(process.home)).stdout)["state"] == "unpaired"


def test_a_killed_one_leaves_a_home_that_works(start: Callable[..., Process]) -> None:
    process = start()
    process.end(signal.SIGKILL)
    again = start()
    assert request(again.home, "status")["state"] == "unpaired"


def test_its_files_are_for_its_owner_alone(start: Callable[..., Process], tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"photo")
    process = start("--photos", str(tmp_path / "photos"))
    run("pair", "--home", str(process.home))
    for path in [process.home, *process.home.rglob("*")]:
        mode = stat.S_IMODE(path.lstat().st_mode)
        assert mode == 0o700 if path.is_dir() else mode & 0o177 == 0, path


def test_the_environment_names_the_home(tmp_path: Path) -> None:
    assert str(tmp_path / "here") in told(run("status", LETSPIC_HOME=str(tmp_path / "here")))
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize("place", ["file", "file/inside", "/proc/letspic"])
def test_a_home_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x")
    assert "cannot be written" in told(run("run", "--home", str(tmp_path / place), "--listen", "127.0.0.1:0"))
    for command in ("status", "pair", "unpair"):
        told(run(command, "--home", str(tmp_path / place)))
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["run", "--unknown"],
        ["run", "--listen"],
        ["run", "--listen", "nowhere"],
        ["run", "--listen", ":80"],
        ["run", "--listen", "127.0.0.1:65536"],
        ["run", "--listen", "127.0.0.1:-1"],
        ["run", "--listen", "127.0.0.1:" + "9" * 5000],
        ["run", "--listen", "127.0.0.1:x"],
        ["run", "--withhold", "-1"],
    ],
    ids=lambda arguments: " ".join(arguments)[:30],
)
def test_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "home")] if arguments[:1] == ["run"] else []
    done = run(*arguments, *home)
    assert done.returncode == 2
    assert "usage:" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("address", ["host.invalid:0", "1.2.3.4:0", "a" * 100 + ":0"])
def test_an_address_that_is_not_here_is_told(tmp_path: Path, address: str) -> None:
    line = told(run("run", "--home", str(tmp_path / "home"), "--listen", address))
    assert "--listen" in line
    assert "while attempting" not in line


def test_a_photo_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    arguments = ["run", "--home", str(tmp_path / "home"), "--listen", "127.0.0.1:0", "--photos", str(tmp_path / "no")]
    assert "--photos" in told(run(*arguments))


def test_a_damaged_identity_or_owner_is_told(start: Callable[..., Process]) -> None:
    process = start()
    process.end()
    for name in ("owner.json", "identity/identity.pem", "settings.json"):
        path = process.home / name
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(b"{damaged")
        line = told(run("run", "--home", str(process.home), "--listen", "127.0.0.1:0"))
        assert str(path) in line
        assert path.read_bytes() == b"{damaged"
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


def test_an_unpaired_device_refuses_every_connection(start: Callable[..., Process]) -> None:
    address = start().address
    for _ in range(20):
        with socket.create_connection(address, BOUND) as connection:
            connection.settimeout(BOUND)
            try:
                connection.sendall(encode(messages.STATUS, {"id": 1}))
                assert connection.recv(100) == b""
            except (ConnectionResetError, BrokenPipeError):
                continue


def photo(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (4, 4, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).resize((64, 64)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_a_job_in_a_process_that_knows_nothing_of_the_desktop(
    start: Callable[..., Process], desktop: Any, backbone: Backbone
) -> None:
    process = start(command=[sys.executable, "-c", TELLING])
    answer = request(process.home, "pair")
    device = desktop.pair((str(answer["host"]), int(str(answer["port"]))), str(answer["code"]))
    link = desktop.connect((device.link_host, device.link_port), device.certificate_pem)
    data = backbone.path.read_bytes()
    about = {"sha256": backbone.sha256, "size": len(data)}
    for offset in range(0, len(data), 1 << 20):
        piece = data[offset : offset + (1 << 20)]
        assert link.ask(messages.BACKBONE, {**about, "offset": offset}, piece)[0] == messages.BACKBONE
    photos = [photo(seed) for seed in range(4)]
    names = [hashlib.sha256(jpeg).hexdigest() for jpeg in photos]
    sizes = [[name, len(jpeg)] for name, jpeg in zip(names, photos, strict=True)]
    link.ask(messages.PLACE, {"photos": sizes}, b"".join(photos))
    manifest = {"backbone": backbone.sha256, "classes": 2, "labelled": {name: i % 2 for i, name in enumerate(names)}}
    prepared = link.ask(messages.PREPARE, {**manifest, "run": "r", "withhold": 3, "seed": 0})
    assert prepared[0] == messages.PREPARE, prepared
    kind, header, payload = link.ask(messages.ROUND, {"run": "r", "round": 0, "task": "statistics"})
    assert kind == messages.ROUND
    assert unpack(header["tensors"], payload)["counts"].sum() == 4
    resident = link.ask(messages.STATUS)[1]["resident_kb"]
    code, out, log = process.end()
    assert code == 0, log
    imported = {name.partition(".")[0] for name in json.loads(out.splitlines()[-1])}
    assert {"letspic_device", "letspic_shared", "numpy", "PIL"} <= imported
    assert not imported & HEAVY
    assert resident < 120 << 10
