"""Fine-tuning from the window: what to expect, options, pause and go on, what changed, taking it back, a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QTreeWidget
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.fleet.local_devices import LocalDevices
from letspic_desktop.operations.devices import PairDevice
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.samples import render_samples
from letspic_desktop.ui.dialogs.heads import show_heads
from letspic_desktop.ui.main_window import MainWindow

GROUP = "Hiking club"
NAMES = ["attic", "kitchen"]
BOUND = 60_000
OpenWindow = Callable[..., MainWindow]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight painted photos in each of ten albums: enough that folds can be measured."""
    folder = tmp_path_factory.mktemp("finetune") / "photos"
    render_samples(folder, per_album=8, seed=5)
    return folder


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[LocalDevices]:
    with LocalDevices(tmp_path / "devices", NAMES) as started:
        yield started


@pytest.fixture
def ready_home(home_with_backbone: Path, photos: Path, devices: LocalDevices) -> Path:
    """A home with photos, a group and two paired devices."""
    with Application.open(home_with_backbone) as app:
        ImportPhotos(sources=(photos,), albums_from_folders=True).run(app, Progress())
        CreateGroup(name=GROUP).run(app, Progress())
        for name in NAMES:
            offer = devices.offer(name)
            PairDevice(group=GROUP, host=offer.host, port=offer.port, code=offer.code, name=name).run(app, Progress())
    return home_with_backbone


@contextmanager
def opened(home: Path, open_it: OpenWindow) -> Iterator[tuple[Application, MainWindow]]:
    """Open the program and its window, and close them as a person does: the window first."""
    with Application.open(home) as app:
        window = open_it(app)
        try:
            yield app, window
        finally:
            window.close()
            window.services.runner.close()


def press(qtbot: QtBot, button: QAbstractButton) -> None:
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def ready(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(window.panel.start_button.isEnabled, timeout=BOUND)
    online = lambda: [view.online for view in window.devices.views.values()]  # noqa: E731
    qtbot.waitUntil(lambda: online() == [True, True], timeout=BOUND)


def begin(window: MainWindow, qtbot: QtBot, *, rounds: int) -> None:
    """Start a run and wait until some of its rounds are done."""
    window.panel.options.rounds.setValue(rounds)
    press(qtbot, window.panel.start_button)
    qtbot.waitUntil(lambda: window.finetuning._state.number > 3, timeout=BOUND)


def dialog(window: MainWindow, qtbot: QtBot, title: str) -> QDialog:
    def found() -> list[QDialog]:
        return [one for one in window.findChildren(QDialog) if one.isVisible() and one.windowTitle() == title]

    qtbot.waitUntil(lambda: bool(found()), timeout=BOUND)
    return found()[0]


def words(dialog: QDialog) -> str:
    return "\n".join(one.text() for one in dialog.findChildren(QLabel) if one.isVisible())


@pytest.mark.slow
def test_from_what_to_expect_to_taking_it_back(ready_home: Path, open_it: OpenWindow, qtbot: QtBot) -> None:
    with opened(ready_home, open_it) as (app, window):
        group = app.catalog.groups.by_name(GROUP)
        panel, control = window.panel, window.finetuning
        ready(window, qtbot)
        qtbot.waitUntil(lambda: bool(panel.expected.text), timeout=BOUND)
        assert panel.expected.text.startswith("Expected: ")
        assert "5-fold on 80 labelled photos of this library" in panel.expected.text

        # While it runs: both buttons, rounds, a line and a bar for each device, accuracy on photos held out.
        notices: list[tuple[str, str]] = []
        control.notice.connect(lambda title, text: notices.append((title, text)))
        begin(window, qtbot, rounds=300)
        assert panel.stop_button.isVisible()
        assert not panel.expected.isVisible()
        qtbot.waitUntil(lambda: len(control._state.retrieval) > 2, timeout=BOUND)
        # What is known is shown a moment later.
        qtbot.waitUntil(lambda: panel.card.accessibleName().startswith("Retrieval accuracy "), timeout=BOUND)
        qtbot.waitUntil(lambda: sorted(panel.loss.chart._devices) == NAMES, timeout=BOUND)
        qtbot.waitUntil(lambda: all(note.endswith("/ round") for note in panel.bars.notes.values()), timeout=BOUND)

        # Paused: nothing is lost, and the panel offers to go on.
        press(qtbot, panel.pause_button)
        qtbot.waitUntil(lambda: not control.running and panel.paused.isVisible(), timeout=BOUND)
        assert panel.log.texts[0].startswith("Fine-tuning is paused")
        assert not panel.start_button.isVisible()
        assert window.page.start_button.text() == "Go on"
        paused = control.status.paused if control.status is not None else None
        assert paused is not None
        assert paused.rounds >= 4
        assert app.catalog.heads.active(group.id) is None
        assert notices == []

        # The shortcut of Start goes on too.
        with qtbot.waitSignal(control.finished, timeout=2 * BOUND):
            window.runs.start()
            assert control.running
        assert any("rounds were done before" in text for text in panel.log.texts)
        assert [title for title, _ in notices] == [f"Fine-tuning of {GROUP} is done"]
        qtbot.waitUntil(lambda: not control.running and panel.card.changes_button.isVisible(), timeout=BOUND)

        # What it changed, from the good news at the top, and back.
        assert window.page.start_button.text() == "Start Finetuning"
        assert "retrieval accuracy" in window.page.messages.text
        (see,) = [one for one in window.page.messages.findChildren(QAbstractButton) if one.text() == "See what changed"]
        press(qtbot, see)
        shown = dialog(window, qtbot, "What head 1 changed")
        assert "5-fold on" in words(shown)
        assert " found" in words(shown)
        (discard,) = [one for one in shown.findChildren(QAbstractButton) if one.text().startswith("Discard")]
        press(qtbot, discard)
        qtbot.waitUntil(lambda: app.catalog.heads.active(group.id) is None, timeout=BOUND)
        qtbot.waitUntil(lambda: control.status is not None and control.status.active is None, timeout=BOUND)
        assert control.status is not None
        assert [(story.version, story.discarded) for story in control.status.stories] == [(1, True)]

        history = show_heads(window, window.services.theme, control.status, lambda _: None)
        (table,) = history.findChildren(QTreeWidget)
        texts = [table.topLevelItem(place).text(0) for place in range(table.topLevelItemCount())]
        assert texts == ["1, discarded", "before any fine-tuning, in use"]
        history.close()


@pytest.mark.slow
def test_a_run_outlives_the_window(ready_home: Path, open_it: OpenWindow, qtbot: QtBot) -> None:
    with opened(ready_home, open_it) as (_, window):
        ready(window, qtbot)
        begin(window, qtbot, rounds=100_000)
    with opened(ready_home, open_it) as (app, window):
        group = app.catalog.groups.by_name(GROUP)
        (run,) = app.catalog.runs.unfinished(group.id)
        assert run.state == "paused"
        qtbot.waitUntil(window.panel.paused.isVisible, timeout=BOUND)
        ready(window, qtbot)
        press(qtbot, window.panel.paused.resume_button)
        state = lambda: window.finetuning._state  # noqa: E731
        qtbot.waitUntil(lambda: state().number > 5, timeout=BOUND)
        # Finished rounds are lost by it, so it asks; it may be paused instead, and goes on meanwhile.
        press(qtbot, window.panel.stop_button)
        question = dialog(window, qtbot, "Stop and give up the finished rounds?")
        assert any(one.text() == "Pause instead" for one in question.findChildren(QAbstractButton))
        assert window.finetuning.running
        (stop,) = [one for one in question.findChildren(QAbstractButton) if one.text() == "Stop and give up"]
        press(qtbot, stop)
        qtbot.waitUntil(lambda: not window.finetuning.running, timeout=BOUND)
        assert window.panel.log.texts[0].startswith("Fine-tuning was stopped after round ")
        # That stays in the panel when the group is read again, with how far it came.
        with qtbot.waitSignal(window.finetuning.status_shown, timeout=BOUND):
            window.finetuning.refresh()
        assert window.panel._state.text() == "Stopped"
        assert window.panel._title.text().startswith("Fine-tuning was stopped after round ")
        assert 0 < window.panel.ring.share < 1
        assert window.panel.ring.isVisible()
        assert window.panel.loss.isVisible()
        assert window.panel.start_button.isVisible()
        assert app.catalog.runs.unfinished(group.id) == []
        assert list(app.home.runs.iterdir()) == []
        assert app.catalog.heads.active(group.id) is None


@pytest.mark.slow
def test_a_paused_run_can_be_discarded(ready_home: Path, open_it: OpenWindow, qtbot: QtBot) -> None:
    with opened(ready_home, open_it) as (app, window):
        ready(window, qtbot)
        begin(window, qtbot, rounds=100_000)
        window.finetuning._pause_or_resume()
        qtbot.waitUntil(window.panel.paused.isVisible, timeout=BOUND)
        press(qtbot, window.panel.paused.discard_button)
        question = dialog(window, qtbot, "Discard the paused run?")
        assert "The head in use stays as it is." in words(question)
        assert app.catalog.runs.unfinished(app.catalog.groups.by_name(GROUP).id)
        (discard,) = [one for one in question.findChildren(QAbstractButton) if one.text() == "Discard"]
        press(qtbot, discard)
        qtbot.waitUntil(lambda: not window.panel.paused.isVisible(), timeout=BOUND)
        qtbot.waitUntil(window.panel.start_button.isVisible, timeout=BOUND)
        assert list(app.home.runs.iterdir()) == []
