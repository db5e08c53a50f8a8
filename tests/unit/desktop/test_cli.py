"""The command line: documented options are understood, bad input gets one sentence, nothing ends in a traceback."""

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from letspic_desktop import cli
from letspic_shared.errors import KnownError

NAMES_OF_A_DISPLAY = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

DOCUMENTED = [
    "",
    "demo",
    "demo --devices 5 --photos DIR --headless --seed 3 --json FILE",
    "import DIR OTHER",
    "import DIR --albums-from-folders",
    "import DIR --album NAME",
    "album list",
    "photo list",
    "group list",
    "device list",
    "finetune --group G",
    "finetune --group G --method gradient --unlabelled --wait-for-all --epochs 1 --iterations 2 --rounds 3"
    " --local-steps 4 --batch-size 15 --learning-rate 0.1",
    "search PHOTO",
    "search PHOTO --group G --top 20 --json FILE",
    "evaluate --photos DIR",
    "evaluate --photos DIR --labelled-per-album 10 --albums 4 --devices 5 --split even --method standard --unlabelled"
    " --unseen-albums 2 --epochs 3 --iterations 11 --rounds 50 --local-steps 2 --batch-size 15 --learning-rate 0.001"
    " --backbone efficientnet-lite0 --seeds 3 --processes --json FILE --save-embeddings FILE.npz",
    "evaluate --photos DIR --split by-album --method closed-form --backbone FILE.tflite",
    "evaluate --photos DIR --method paper --backbone mobilenet_v1",
    "backbone list",
    "backbone build mobilenet_v2",
    "backbone add FILE",
]

WRONG_USAGE = [
    "nothing-such",
    "album",
    "album nothing-such",
    "evaluate",
    "finetune --method magic",
    "finetune --rounds -1",
    "finetune --epochs 0",
    "finetune --learning-rate nan",
    "finetune --learning-rate 0",
    "finetune --quorum 1.5",
    "finetune --seed one",
    "search PHOTO --top 0",
    "search PHOTO --offset -1",
    "search PHOTO --top 99999999999999999999",
    "demo --devices 0",
    "evaluate --photos DIR --seeds 0",
    "evaluate --photos DIR --split sideways",
    "device pair nonsense 12345678",
    "device labels DEVICE folder-without-album",
    "device distribute --replicas 0",
    "import DIR --album NAME --albums-from-folders",
    "import ''",
    "group go-back G -1",
    "group join --listen 1.2.3.4",
    "--home '' album list",
    "evaluate --photo DIR",
]

# What a person may get wrong in a fresh home, and words of the sentence that tells it.
MISTAKES = [
    ("device photos", "There is no group yet"),
    ("device distribute", "There is no group yet"),
    ("device pair 127.0.0.1:1 12345678", "There is no group yet"),
    ("finetune", "There is no group yet"),
    ("finetune --group Family", "no group named"),
    ("search nothing.jpg", "There is no photo"),
    ("search 12345", "There is no photo"),
    ("search /proc/self/mem", "cannot be read"),
    ("search PHOTO --group Family", "no photo"),
    ("photo show abcdef", "There is no photo"),
    ("photo show ''", "There is no photo"),
    ("photo list --album Dogs", "no album named"),
    ("import nothing", "does not exist"),
    ("import empty", "There is no photo in"),
    ("import /dev/null", "neither a folder nor a file"),
    ("album create ''", "has no name"),
    ("album create Dogs nothing.jpg", "There is no photo"),
    ("album rename Dogs Cats", "no album named"),
    ("album delete Dogs", "no album named"),
    ("group share Family Dogs", "no group named"),
    ("group leave Family", "no group named"),
    ("group heads Family", "no group named"),
    ("group go-back Family 1", "no group named"),
    ("device format Board", "no device named"),
    ("device remove Board", "no device named"),
    ("device rename Board Other", "no device named"),
    ("device labels Board Hund=Dogs", "no device named"),
    ("backbone build nothing-such", "can be built"),
    ("backbone add nothing.tflite", "There is no file"),
    ("backbone add not-a-model", "cannot be used as a backbone"),
    ("evaluate --photos nothing", "There is no folder"),
    ("evaluate --photos empty", "has no sub-folder"),
    ("album list --json nothing/such.json", "cannot be written"),
    ("album list --json empty", "is a folder"),
]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, and homes that cannot be the person's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.delenv("LETSPIC_HOME", raising=False)
    (tmp_path / "empty").mkdir()
    (tmp_path / "not-a-model").write_bytes(b"no model")
    return tmp_path


@pytest.fixture
def signals() -> Iterator[None]:
    """What is stopped once stays deaf until the process ends; the tests go on in it."""
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("line", DOCUMENTED)
def test_every_documented_option_is_understood(line: str) -> None:
    assert callable(cli.parser().parse_args(shlex.split(line)).run)


@pytest.mark.parametrize("line", WRONG_USAGE)
def test_wrong_usage_ends_with_2(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(shlex.split(line))
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: letspic")


@pytest.mark.parametrize(("line", "words"), MISTAKES)
def test_a_mistake_is_told_in_one_line(line: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--home", "home", *shlex.split(line)]) == 1
    told = capsys.readouterr()
    last = told.err.splitlines()[-1]
    assert last.startswith("letspic: ")
    assert words in last
    assert "Traceback" not in told.err
    assert told.out == ""


def test_an_interface_that_is_none_is_told() -> None:
    ended = letspic("--home", "home", "device", "find", "--interface", "nonsense")
    assert ended.returncode == 1
    assert ended.stderr.startswith(b"letspic: Devices cannot be looked for on this network.")


@pytest.mark.parametrize(
    "home", ["/proc/nothing", "/proc/self/nothing", "not-a-model", "not-a-model/below", "/dev/null/x"]
)
@pytest.mark.parametrize("line", ["album list", "backbone list"])
def test_a_home_that_cannot_be_used_is_told(home: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*shlex.split(line), "--home", home]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "line",
    [
        "--home here album list",
        "album --home here list",
        "album list --home here",
        "--home other album list --home here",
        "--home here",
        "group --home here list --verbose",
    ],
)
def test_the_home_may_stand_anywhere(line: str) -> None:
    assert cli.parser().parse_args(shlex.split(line)).home == Path("here")


def test_without_a_home_the_variable_counts(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LETSPIC_HOME", str(place / "named"))
    assert cli.main(["album", "list"]) == 0
    assert (place / "named" / "catalog.db").exists()
    assert not (place / "person").exists()


def test_a_second_program_is_refused_a_home_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    from letspic_desktop.application import Application

    with Application.open(Path("home")):
        assert cli.main(["--home", "home", "album", "list"]) == 1
        assert "Another LetsPic already uses" in capsys.readouterr().err
        # The backbones are not the catalog: they may be used meanwhile.
        assert cli.main(["--home", "home", "backbone", "list"]) == 0
    assert cli.main(["--home", "home", "album", "list"]) == 0


def test_json_has_standard_output_for_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--home", "home", "album", "create", "Dogs"]) == 0
    capsys.readouterr()
    assert cli.main(["--home", "home", "album", "list", "--json", "-"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == [{"name": "Dogs", "photos": 0}]
    assert "Dogs" in told.err


def test_json_goes_into_a_file_whole_and_readable(place: Path) -> None:
    assert cli.main(["--home", "home", "album", "list", "--json", "albums.json"]) == 0
    assert json.loads((place / "albums.json").read_text()) == []
    assert sorted(path.name for path in place.iterdir()) == ["albums.json", "empty", "home", "not-a-model"]


def test_a_full_output_is_told() -> None:
    with open("/dev/full", "wb") as full:
        ended = letspic("--home", "home", "album", "list", stdout=full)
    assert ended.returncode == 1
    assert ended.stderr.decode().startswith("letspic: The output cannot be written")


@pytest.mark.parametrize("limit", [0, 4096, 100_000])
def test_a_disk_without_room_is_told(place: Path, limit: int) -> None:
    code = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "from letspic_desktop.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "--home", "home", "album", "create", "Dogs"]
    ended = subprocess.run(command, capture_output=True, timeout=30)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert b"cannot be written" in ended.stderr
    # With room again it goes on as if nothing had been.
    assert letspic("--home", "home", "album", "create", "Dogs").returncode == 0
    assert letspic("--home", "home", "album", "list").stdout.split() == [b"0", b"Dogs"]


def test_without_a_display_there_is_no_window() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in NAMES_OF_A_DISPLAY}
    command = [sys.executable, "-m", "letspic_desktop", "--home", "home"]
    ended = subprocess.run(command, capture_output=True, env=environment, timeout=30)
    assert ended.returncode == 1
    assert ended.stderr.startswith(b"letspic: There is no display to open a window on.")


def test_nobody_reads_on() -> None:
    letspic("--home", "home", "album", "create", "Dogs")
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = letspic("--home", "home", "album", "list", stdout=writer)
    finally:
        os.close(writer)
    assert ended.returncode == 1
    assert ended.stderr == b""


def test_names_that_the_terminal_cannot_show(place: Path) -> None:
    (place / "b").mkdir()
    broken = os.fsencode(place / "b") + b"/photo\xff.jpg"
    with open(broken, "wb") as file:
        file.write(b"no photo")
    letspic("--home", "home", "import", "b")
    ended = letspic("--home", "home", "photo", "failures")
    assert ended.returncode == 0
    assert b"photo\\udcff.jpg" in ended.stdout


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_stops_the_work_once(number: int, signals: None, monkeypatch: pytest.MonkeyPatch) -> None:
    cleared: list[str] = []

    def work(_: object) -> int:
        try:
            signal.raise_signal(number)
        finally:
            # Pressed again while children are being ended.
            signal.raise_signal(number)
            cleared.append("up")
        return 0

    monkeypatch.setattr("letspic_desktop.commands.library.list_albums", work)
    assert cli.main(["album", "list"]) == 1
    assert cleared == ["up"]


def test_what_nohup_ignores_stays_ignored(signals: None, monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    monkeypatch.setattr("letspic_desktop.commands.library.list_albums", lambda _: signal.raise_signal(signal.SIGHUP))
    assert cli.main(["album", "list"]) == 0


def test_after_the_work_signals_are_as_they_were(signals: None) -> None:
    before = [signal.getsignal(number) for number in ENDING]
    assert cli.main(["--home", "home", "album", "list"]) == 0
    assert [signal.getsignal(number) for number in ENDING] == before


def test_it_may_be_called_in_any_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("letspic_desktop.commands.library.list_albums", lambda _: 0)
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(cli.main(["album", "list"])))
    thread.start()
    thread.join(20)
    assert codes == [0]


def test_help_imports_no_heavy_thing() -> None:
    code = (
        "import sys; from letspic_desktop import cli; cli.parser();"
        "print([name for name in ('numpy', 'PIL', 'PySide6', 'cryptography') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=30)
    assert ended.stdout.strip() == b"[]"


def test_a_fault_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("letspic_desktop.commands.library.list_albums", broken)
    with pytest.raises(ZeroDivisionError):
        cli.main(["album", "list"])


def test_a_known_error_keeps_its_action(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(_: object) -> int:
        raise KnownError("The cable is out", "Put it in")

    monkeypatch.setattr("letspic_desktop.commands.library.list_albums", refused)
    assert cli.main(["album", "list"]) == 1
    assert capsys.readouterr().err == "letspic: The cable is out. Put it in\n"


def letspic(*arguments: str, stdout: object = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "letspic_desktop", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, timeout=30)
