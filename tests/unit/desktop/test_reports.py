"""Reports say where the program was, and nothing about the person's photos."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from letspic_desktop.home import Home
from letspic_desktop.reports import Reports, without_paths


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    return Reports.of(Home.open(tmp_path / "home"), about="Qt 1.2.3")


def a_mistake(path: Path) -> Exception:
    try:
        raise RuntimeError(f"no idea what to do with {path}")
    except RuntimeError as error:
        return error


def test_report_says_where_it_was_and_names_no_photo(reports: Reports) -> None:
    photo = Path("/home/anna/Our summer 2019/anna & bo (2).JPG")
    lines = [f"2026-11-22 10:00:00,000 INFO letspic: line {n} of {photo}" for n in range(500)]
    reports.log_file.write_text("\n".join(lines))
    file = reports.write(a_mistake(photo))
    text = reports.read(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for wanted in (
        "LetsPic 0",
        "Python 3",
        "Qt 1.2.3",
        "RuntimeError: no idea",
        "in a_mistake",
        "line 499",
        "line 300 ",
    ):
        assert wanted in text
    for secret in ("anna", "summer", "line 299 ", str(Path.cwd())):
        assert secret not in text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('"/home/a b/my photos/c d.jpeg" is bad', '" (photo).jpeg" is bad'),
        ("cannot open '/srv/their album/notes': gone", "cannot open '…/notes': gone"),
        ("at /a/b/c.py, line 3", "at …/c.py, line 3"),
        ("see https://example.org/page and 3/4", "see https://example.org/page and 3/4"),
        ("IMG 2 (3).heic", " (photo).heic"),
    ],
)
def test_paths_and_photos_are_left_out(text: str, left: str) -> None:
    assert without_paths(text) == left


def test_only_some_reports_are_kept(reports: Reports) -> None:
    files = [reports.write(a_mistake(Path("x"))) for _ in range(23)]
    assert [file.exists() for file in files] == [False] * 3 + [True] * 20


def test_orderly_end_leaves_nothing(reports: Reports) -> None:
    for _ in range(2):
        with reports.watch() as last:
            assert last is None
    assert list(reports.folder.iterdir()) == []


CRASH = """
import faulthandler, os, signal, sys
from pathlib import Path
from letspic_desktop.home import Home
from letspic_desktop.reports import Reports
with Reports.of(Home.open(Path(sys.argv[1]))).watch():
    os.kill(os.getpid(), int(sys.argv[2]))
"""


@pytest.mark.parametrize(
    ("number", "words"), [(signal.SIGSEGV, "Segmentation fault"), (signal.SIGKILL, "without a word")]
)
def test_hard_end_is_told_at_the_next_start(reports: Reports, number: int, words: str) -> None:
    home = str(reports.folder.parent)
    ended = subprocess.run([sys.executable, "-c", CRASH, home, str(int(number))], check=False, env={**os.environ})
    assert ended.returncode == -number
    with reports.watch() as last:
        assert last is not None
        assert words in reports.read(last)
    with reports.watch() as last:
        assert last is None
