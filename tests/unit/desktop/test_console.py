"""What commands print."""

import io
import json
import os
import sys
import threading
from pathlib import Path

import pytest

from letspic_desktop.console import (
    Bars,
    complain,
    has_display,
    json_apart,
    megabytes,
    require_writable,
    say,
    table,
    write_json,
)
from letspic_desktop.progress import Cancelled
from letspic_shared.errors import KnownError


def test_a_table_has_its_first_column_left_and_the_others_right() -> None:
    assert table([["", "before", "after"], ["mAP", "0.5", "0.75"], ["P@10", "0.25", "1"]]) == (
        "        before  after\n  mAP      0.5   0.75\n  P@10    0.25      1"
    )


def test_a_table_of_its_head_alone() -> None:
    assert table([["name", "size"]], indent="") == "name  size"


def test_a_table_is_as_wide_as_its_longest_cell() -> None:
    lines = table([["a", "b"], ["long name", "1"], ["x", "1000000"]]).splitlines()
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0.0 kB"), (1500, "1.5 kB"), (99_999, "100.0 kB"), (2_500_000, "2.5 MB")]
)
def test_bytes_for_people(count: int, text: str) -> None:
    assert megabytes(count) == text


def test_elsewhere_a_stage_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars() as bars:
        for done in range(100):
            bars.progress.report("import", done, 100)
        bars.progress.report("pair", 0, None, "Kitchen")
    assert capsys.readouterr().err.splitlines() == ["import 0/100", "pair Kitchen"]


def test_elsewhere_long_work_tells_again(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    monkeypatch.setattr("letspic_desktop.console.time.monotonic", lambda: now[0])
    with Bars() as bars:
        for done in range(1, 13):
            bars.progress.report("import", done, 100)
            now[0] += 1.0
    assert capsys.readouterr().err.splitlines() == ["import 1/100", "import 7/100"]


def test_a_terminal_gets_a_bar_with_rate_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with Bars() as bars:
        for done in range(1, 4):
            bars.progress.report("import", done, 4)
            bars._bar.refresh()
        bars.progress.report("features", 1, 8)
    told = capsys.readouterr().err
    assert "import:  75%" in told
    assert "3/4 [" in told
    assert "/s]" in told
    assert "features" in told
    assert "\n" not in told.strip("\n")


def test_a_complaint_does_not_stand_behind_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    complain("Kitchen is left out")
    assert capsys.readouterr().err == "\r\x1b[KKitchen is left out\n"


def test_complaining_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb", buffering=0) as gone:
        monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(gone, write_through=True))
        complain("x")
        sys.stderr.detach()
    monkeypatch.setattr(sys, "stderr", None)
    complain("x")


@pytest.mark.parametrize(
    ("environment", "there"),
    [({}, False), ({"DISPLAY": ""}, False), ({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "w"}, True)],
)
def test_a_display(environment: dict[str, str], there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert has_display(environment) == there
    monkeypatch.setattr(sys, "platform", "darwin")
    assert has_display(environment)


def test_quiet_bars_still_carry_the_request_to_stop(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars(quiet=True) as bars:
        bars.progress.report("import", 1, 2)
        bars.progress.cancel()
        with pytest.raises(Cancelled):
            bars.progress.report("import", 2, 2)
    assert capsys.readouterr().err == ""


def test_json_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    write_json(None, {"a": 1})
    assert capsys.readouterr().out == ""


def test_json_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    file.write_text("old")
    write_json(file, {"name": "Küche", "path": Path("photo\udcff.jpg")})
    assert json.loads(file.read_text())["name"] == "Küche"
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_json_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("out.json")
    write_json(tmp_path / "link.json", [])
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "out.json").read_text()) == []


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    require_writable(pipe)
    write_json(pipe, [1])
    reader.join(20)
    assert json.loads(read[0]) == [1]
    assert pipe.is_fifo()


def test_json_apart_from_what_people_read(capsys: pytest.CaptureFixture[str]) -> None:
    with json_apart(Path("-")):
        say("for people")
        write_json(Path("-"), [1])
    say("afterwards")
    told = capsys.readouterr()
    assert told.out == "[\n  1\n]\nafterwards\n"
    assert told.err == "for people\n"


def test_json_in_a_file_leaves_the_output_to_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with json_apart(tmp_path / "out.json"):
        say("for people")
    assert capsys.readouterr().out == "for people\n"


@pytest.mark.parametrize("name", ["", "nothing/out.json", "/proc/out.json", "/dev/null/x"])
def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path: Path, name: str) -> None:
    with pytest.raises(KnownError):
        require_writable(tmp_path / name)


def test_asking_whether_a_place_can_be_written_leaves_nothing_there(tmp_path: Path) -> None:
    require_writable(tmp_path / "out.json")
    require_writable(Path("-"))
    require_writable(None)
    assert list(tmp_path.iterdir()) == []
