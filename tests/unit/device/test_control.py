import contextlib
import json
import logging
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from letspic_device import control
from letspic_device.control import ControlServer, HomeLock, Message, request
from letspic_shared.errors import KnownError

BOUND = 5.0


@pytest.fixture(params=["short", "too long for a socket"])
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return tmp_path / ("home" if request.param == "short" else "/".join(["long" * 20] * 3))


def echo(message: Message) -> Message:
    return {"heard": message}


def test_a_question_is_answered(home: Path) -> None:
    with ControlServer(home, {"echo": echo}) as server:
        assert request(home, "echo", name="Küche", n=3) == {"heard": {"command": "echo", "name": "Küche", "n": 3}}
        assert stat.S_IMODE(server.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(server.path.parent.stat().st_mode) == 0o700
        assert len(os.fsencode(server.path)) <= 107
        path = server.path

    assert not path.exists()
    assert path.parent == home or not path.parent.exists()
    assert list(home.iterdir()) == []


def test_nobody_answers(home: Path) -> None:
    with pytest.raises(KnownError) as caught:
        request(home, "status")

    assert caught.value.reason == f"No LetsPic device is running in {home}"
    assert "letspic-device run" in caught.value.action


def test_nobody_answers_after_the_device_has_stopped(home: Path) -> None:
    with ControlServer(home, {"echo": echo}):
        request(home, "echo")

    with pytest.raises(KnownError, match="No LetsPic device is running"):
        request(home, "echo")


def test_what_a_killed_program_left_is_replaced(home: Path) -> None:
    program = (
        "import os, pathlib, sys\n"
        "from letspic_device.control import ControlServer, HomeLock\n"
        "lock = HomeLock(pathlib.Path(sys.argv[1]))\n"
        "ControlServer(pathlib.Path(sys.argv[1]), {}).start()\n"
        "os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", program, home], check=False, timeout=30).returncode == 9
    with pytest.raises(KnownError, match="No LetsPic device is running"):
        request(home, "echo")

    with HomeLock(home), ControlServer(home, {"echo": echo}):
        assert request(home, "echo")


def test_a_pointer_to_anything_else_is_harmless(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    home = tmp_path / "home"
    home.mkdir()
    for pointer in (os.fsencode(precious), b"", b"relative"):
        (home / "control.path").write_bytes(pointer)
        with ControlServer(home, {"echo": echo}):
            assert request(home, "echo")

    assert precious.read_text() == "kept"


def test_faults_are_told(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(message: Message) -> Message:
        raise KnownError("This device already belongs to Desk", "Use --replace")

    def break_down(message: Message) -> Message:
        raise RuntimeError("ours")

    with ControlServer(home, {"refuse": refuse, "break": break_down}):
        with pytest.raises(KnownError) as caught:
            request(home, "refuse")
        assert (caught.value.reason, caught.value.action) == ("This device already belongs to Desk", "Use --replace")
        with caplog.at_level(logging.ERROR), pytest.raises(KnownError, match="internal error"):
            request(home, "break")
        assert "RuntimeError: ours" in caplog.text
        with pytest.raises(KnownError, match="does not know this command"):
            request(home, "unknown")


@pytest.mark.parametrize(
    "line", [b"\n", b"{\n", b"[]\n", b'{"command": {}}\n', b'"x"\n', b"[" * 100_000 + b"\n", b"\xff\n"]
)
def test_garbage_is_refused(tmp_path: Path, line: bytes) -> None:
    with ControlServer(tmp_path, {"echo": echo}) as server:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(BOUND)
            client.connect(str(server.path))
            client.sendall(line)
            assert "reason" in json.loads(client.makefile().readline())
        assert request(tmp_path, "echo")


def test_lines_without_end_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "_MAX_LINE", 10_000)
    with ControlServer(tmp_path, {"echo": echo}) as server:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(BOUND)
            client.connect(str(server.path))
            with contextlib.suppress(ConnectionError):
                client.sendall(b"x" * 10_000_000)
            with contextlib.suppress(ConnectionError):
                assert client.recv(1) == b""
        assert request(tmp_path, "echo")


def test_a_command_that_waits_holds_up_nobody(tmp_path: Path) -> None:
    go_on, waiting = threading.Event(), threading.Event()

    def wait(message: Message) -> Message:
        waiting.set()
        return {"went on": go_on.wait(BOUND)}

    answers: list[Message] = []
    with ControlServer(tmp_path, {"wait": wait, "echo": echo}):
        waiter = threading.Thread(target=lambda: answers.append(request(tmp_path, "wait")))
        waiter.start()
        assert waiting.wait(BOUND)
        assert request(tmp_path, "echo")
        go_on.set()
        waiter.join(BOUND)

    assert answers == [{"went on": True}]


def test_more_clients_than_there_is_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "_MAX_CLIENTS", 1)
    go_on, waiting = threading.Event(), threading.Event()

    def wait(message: Message) -> Message:
        waiting.set()
        go_on.wait(BOUND)
        return {}

    with ControlServer(tmp_path, {"wait": wait}):
        waiter = threading.Thread(target=lambda: request(tmp_path, "wait"))
        waiter.start()
        assert waiting.wait(BOUND)
        with pytest.raises(KnownError, match="busy"):
            request(tmp_path, "wait")
        go_on.set()
        waiter.join(BOUND)


def test_a_device_that_hangs(tmp_path: Path) -> None:
    go_on = threading.Event()

    def hang(message: Message) -> Message:
        go_on.wait(BOUND)
        return {}

    with ControlServer(tmp_path, {"hang": hang}):
        with pytest.raises(KnownError, match="does not answer"):
            request(tmp_path, "hang", timeout=0.1)
        go_on.set()


def test_one_program_runs_in_a_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with HomeLock(home):
        with pytest.raises(KnownError, match="already runs in"):
            HomeLock(home)
        with HomeLock(tmp_path / "other"):
            pass
    with HomeLock(home):
        pass
