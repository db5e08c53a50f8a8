"""Parts of the window by themselves: worker threads, thumbnails, state of a run, addresses, figures."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage, QPixmap
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.fleet.events import DeviceDropped, Prepared, RoundDone
from letspic_desktop.operations.chosen import imports_of
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress, Step
from letspic_desktop.reports import Reports
from letspic_desktop.ui.dialogs.pairing import read_address
from letspic_desktop.ui.dispatcher import Dispatcher
from letspic_desktop.ui.finetune.run_state import RunState
from letspic_desktop.ui.grid import thumbnails as thumbnails_module
from letspic_desktop.ui.grid.thumbnails import ThumbnailLoader, rounded_square
from letspic_desktop.ui.habits.mistakes import Mistakes
from letspic_desktop.ui.look.charts import nice_top
from letspic_desktop.ui.runner import Runner
from letspic_desktop.ui.texts import duration, points, sentence, time_left
from letspic_shared.errors import KnownError


class Work:
    """An operation for tests: reports some steps, then does what it was told to."""

    def __init__(self, end: Any, steps: int = 0) -> None:
        self.end, self.steps, self.thread = end, steps, 0

    def run(self, app: Application, progress: Progress) -> Any:
        self.thread = threading.get_ident()
        for number in range(self.steps):
            progress.report("work", number + 1, self.steps)
        if isinstance(self.end, BaseException):
            raise self.end
        return self.end() if callable(self.end) else self.end


@pytest.fixture
def dispatcher(qtbot: QtBot) -> Dispatcher:
    return Dispatcher()


@pytest.fixture
def errors() -> list[KnownError]:
    return []


@pytest.fixture
def runner(app: Application, dispatcher: Dispatcher, errors: list[KnownError]) -> Iterator[Runner]:
    runner = Runner(app, dispatcher, errors.append, Mistakes(Reports.of(app.home)).note)
    yield runner
    dispatcher.close()
    runner.close()


def test_operation_runs_beside_and_answers_in_the_windows_thread(runner: Runner, qtbot: QtBot) -> None:
    work, told = Work("result", steps=500), []
    steps: list[Step] = []
    runner.start(
        work,
        step=steps.append,
        done=lambda result: told.append((result, threading.get_ident())),
        ended=lambda: told.append("end"),
    )
    qtbot.waitUntil(lambda: "end" in told, timeout=5000)
    assert work.thread != threading.get_ident()
    assert told == [("result", threading.get_ident()), "end"]
    # Steps that the window had no time for are left out, the last one never is.
    assert steps[-1].done == 500
    assert not runner.busy


def test_known_error_goes_to_its_taker_or_to_the_window(runner: Runner, qtbot: QtBot, errors: list[KnownError]) -> None:
    taken: list[KnownError] = []
    runner.start(Work(KnownError("First")), failed=taken.append)
    runner.start(Work(KnownError("Second", "Do something")))
    qtbot.waitUntil(lambda: bool(taken and errors), timeout=5000)
    assert taken[0].reason == "First"
    assert sentence(errors[0]) == "Second. Do something."


def test_mistake_of_ours_is_logged_whole_and_told_in_one_sentence(
    runner: Runner, qtbot: QtBot, errors: list[KnownError], caplog: pytest.LogCaptureFixture
) -> None:
    runner.start(Work(ZeroDivisionError("secret detail")))
    qtbot.waitUntil(lambda: bool(errors), timeout=5000)
    assert "ZeroDivisionError" in errors[0].reason
    assert "secret detail" not in str(errors[0])
    assert "secret detail" in caplog.text


def test_cancelled_operation_ends_without_result_or_error(
    runner: Runner, qtbot: QtBot, errors: list[KnownError]
) -> None:
    told: list[str] = []
    started, go_on = threading.Event(), threading.Event()

    class Waits:
        def run(self, app: Application, progress: Progress) -> str:
            started.set()
            go_on.wait(5)
            progress.check()
            return "done"

    job = runner.start(Waits(), done=told.append, ended=lambda: told.append("end"))
    started.wait(5)
    job.cancel()
    go_on.set()
    qtbot.waitUntil(lambda: bool(told), timeout=5000)
    assert told == ["end"]
    assert not errors


def test_nothing_is_delivered_after_the_window_is_gone(dispatcher: Dispatcher, qtbot: QtBot) -> None:
    told: list[int] = []
    dispatcher.post(lambda: told.append(1))
    dispatcher.close()
    dispatcher.post(lambda: told.append(2))
    qtbot.wait(30)
    assert not told


@pytest.fixture
def loader(app: Application, dispatcher: Dispatcher) -> Iterator[ThumbnailLoader]:
    loader = ThumbnailLoader(app, dispatcher, max_bytes=600_000)
    yield loader
    dispatcher.close()
    loader.close()


def test_pixmaps_are_made_in_the_windows_thread_alone(
    app: Application, loader: ThumbnailLoader, qtbot: QtBot, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    class Watched(QPixmap):
        @staticmethod
        def fromImage(image: QImage) -> QPixmap:  # noqa: N802 - Qt's name
            threads.append(threading.get_ident())
            return QPixmap.fromImage(image)

    monkeypatch.setattr(thumbnails_module, "QPixmap", Watched)
    ImportPhotos(sources=(samples,)).run(app, Progress())
    photos = app.catalog.photos.all()
    for photo in photos:
        assert loader.pixmap(photo) is None
    qtbot.waitUntil(lambda: not loader._asked, timeout=20_000)
    assert len(threads) == len(photos)
    assert set(threads) == {threading.get_ident()}
    # 240 x 240 x 4 bytes each: only a few of the thirty fit into the bound.
    assert 0 < loader.kept_bytes <= 600_000


def test_missing_file_has_no_picture_until_it_is_back(
    app: Application, loader: ThumbnailLoader, qtbot: QtBot, samples: Path, tmp_path: Path
) -> None:
    photo = tmp_path / "one.jpg"
    data = (samples / "city" / "city_000.jpg").read_bytes()
    photo.write_bytes(data)
    ImportPhotos(sources=(photo,)).run(app, Progress())
    (key,) = app.catalog.photos.all()
    photo.unlink()
    # A thumbnail that was made before is shown also while the file is away.
    app.thumbnails.clear()
    with qtbot.waitSignal(loader.arrived, timeout=5000):
        assert loader.pixmap(key) is None
    assert loader.failed(key)
    photo.write_bytes(data)
    loader.try_again()
    with qtbot.waitSignal(loader.arrived, timeout=5000):
        assert loader.pixmap(key) is None
    assert loader.pixmap(key) is not None


def test_thumbnail_is_the_middle_square_with_clear_corners(qtbot: QtBot) -> None:
    wide = QImage(300, 200, QImage.Format.Format_RGB32)
    wide.fill(0xFF336699)
    square = rounded_square(wide)
    assert (square.width(), square.height()) == (200, 200)
    assert square.pixelColor(0, 0).alpha() == 0
    assert square.pixelColor(100, 100).name() == "#336699"


def round_done(number: int, **values: Any) -> RoundDone:
    usual: dict[str, Any] = {
        "number": number, "total": 4, "task": "gradient", "loss": 1.0 / number, "accuracy": None, "seconds": 0.5,
        "device_seconds": {"a": 0.1, "b": 0.2},
    }  # fmt: skip
    return RoundDone(**(usual | values))


def test_run_state_gathers_what_is_told() -> None:
    state = RunState()
    assert state.seconds_left is None
    for event in (Prepared(device="a", photos=7), Prepared(device="b", photos=5), round_done(1)):
        state.apply(event)
    assert (state.share, state.seconds_left, state.active_devices) == (0.25, 1.5, 2)
    state.apply(DeviceDropped(device="b", reason="no answer"))
    state.apply(round_done(2, device_seconds={"a": 0.1}, accuracy=0.75))
    assert state.active_devices == 1
    assert state.devices["b"].rounds == 1
    assert state.losses == [(1, 1.0), (2, 0.5)]
    assert state.accuracies == [(2, 0.75)]
    state.apply(round_done(3))
    assert state.active_devices == 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.168.1.20:40123", ("192.168.1.20", 40123)),
        (" pi.local:1 ", ("pi.local", 1)),
        ("[fe80::1]:7000", ("fe80::1", 7000)),
        ("192.168.1.20", None),
        (":80", None),
        ("host:0", None),
        ("host:70000", None),
        ("host:eighty", None),
    ],
)
def test_address_is_read_or_refused(text: str, place: tuple[str, int] | None) -> None:
    assert read_address(text) == place


def test_dropped_things_become_imports(tmp_path: Path) -> None:
    (tmp_path / "trip" / "day one").mkdir(parents=True)
    (tmp_path / "flat" / ".hidden").mkdir(parents=True)
    photo = tmp_path / "one.jpg"
    found = imports_of([tmp_path / "trip", tmp_path / "flat", photo], "Here")
    assert found == [
        ImportPhotos(sources=(tmp_path / "trip",), albums_from_folders=True),
        ImportPhotos(sources=(tmp_path / "flat",), album="flat"),
        ImportPhotos(sources=(photo,), album="Here"),
    ]


@pytest.mark.parametrize(
    ("value", "top"), [(0.52, 0.6), (1.0, 1.0), (2.1, 4.0), (9.0, 10.0), (0.0, 1.0), (float("nan"), 1.0)]
)
def test_scale_ends_above_its_values(value: float, top: float) -> None:
    assert nice_top(value) == pytest.approx(top)


def test_figures_in_words() -> None:
    assert [duration(seconds) for seconds in (0.0301, 2.345, 24.4, 600)] == ["30 ms", "2.3 s", "24 s", "10 min"]
    assert [points(*pair) for pair in ((0.566, 0.714), (0.5, 0.48), (0.4, 0.4))] == [
        "+14 points",
        "−2 points",
        "±0 points",
    ]
    assert (time_left(0.4), time_left(12.6)) == ("nearly done", "about 13 s left")


def test_actions_for_the_terminal_are_not_told_in_the_window() -> None:
    assert (
        sentence(KnownError("It has no device", "Add one: letspic device pair HOST:PORT CODE")) == "It has no device."
    )
    assert sentence(KnownError("It is full", "Free some space")) == "It is full. Free some space."
