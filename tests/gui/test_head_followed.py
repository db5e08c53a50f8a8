"""What shows the head in use keeps up with it: the open search, the group's card, and the news of a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.groups import CreateGroup, GoBack
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.finetune.last_run import last_run
from letspic_desktop.ui.finetune.run_state import RunState
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import ALL_PHOTOS, Place

ALBUMS = ("city", "forest")
WAIT = 10_000


@pytest.fixture
def home(home_with_backbone: Path) -> Path:
    return home_with_backbone


@pytest.fixture
def window(app: Application, samples: Path, open_it: object, qtbot: QtBot) -> MainWindow:
    """A window on the page of a group with two heads, the second of which was not measured."""
    for name in ALBUMS:
        ImportPhotos(sources=(samples / name,), album=name).run(app, Progress())
    group = CreateGroup(name="Family", albums=ALBUMS).run(app, Progress())
    app.catalog.devices.add(device_id="d", name="pi", group_id=group.id)
    app.catalog.heads.add(group.id, b"x", backbone=group.backbone or "", map_before=0.566, map_after=0.714)
    app.catalog.heads.add(group.id, b"y", backbone=group.backbone or "", map_before=None, map_after=None)
    window: MainWindow = open_it(app)  # type: ignore[operator]
    window.go(Place(kind="group", key=group.id))
    qtbot.waitUntil(lambda: window.finetuning.status is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: window.devices.groups.card.head_figure.text() == "Head 2", timeout=WAIT)
    return window


def test_another_head_is_shown_everywhere(app: Application, window: MainWindow, qtbot: QtBot) -> None:
    card, panel = window.devices.groups.card, window.panel
    assert card.head_about.text().startswith("not measured")
    assert not card._head_gain.isVisible()
    # A run that was stopped leaves its loss and its end in the panel until another head is in use.
    panel.loss.show_run(RunState())
    panel.begin()
    panel.ring.show_share(0.4)
    panel.end("Stopped", "plain", "Fine-tuning was stopped after round 4 of 10", "The head in use is as before.")
    with qtbot.waitSignal(window.finetuning.status_shown, timeout=WAIT):
        window.finetuning.refresh()
    assert (panel._state.text(), panel.ring.share) == ("Stopped", 0.4)
    repeated: list[bool] = []
    window.runs._searching.again = lambda: repeated.append(True)  # type: ignore[method-assign]
    GoBack(group="Family", version=1).run(app, Progress())
    qtbot.waitUntil(lambda: card.head_figure.text() == "71 %", timeout=WAIT)
    assert card._head_gain.text() == "+14 points"
    qtbot.waitUntil(lambda: panel._title.text() == "Head 1 in use", timeout=WAIT)
    assert panel.ring.share == 1.0
    assert not panel.loss.isVisible()
    assert repeated == [True]


def test_the_end_of_a_run_is_that_of_its_group_and_head(window: MainWindow) -> None:
    status = window.finetuning.status
    stopped = last_run(status, None, 0.4, ("Stopped", "plain", "", ""))
    done = last_run(status, 3, 1.0, ("Done", "good", "", ""))
    assert stopped is not None
    assert stopped.holds(status)
    assert done is not None
    assert done.told is None
    assert not done.holds(status)
    assert not stopped.holds(None)


def test_good_news_is_not_for_the_next_place(window: MainWindow, qtbot: QtBot) -> None:
    news = "Fine-tuning is done."
    window.messages.say(news, "good", action="Try a search", act=lambda: None)
    with qtbot.waitSignal(window.page.place_shown, timeout=WAIT):
        window.refresh()
    assert window.messages.text == news
    window.go(ALL_PHOTOS)
    qtbot.waitUntil(lambda: window.messages.text == "", timeout=WAIT)
    # What is wrong stays until it is read.
    window.messages.say("The disk is full.", "bad")
    window.go(Place(kind="favourites"))
    qtbot.waitUntil(lambda: window.place.kind == "favourites", timeout=WAIT)
    assert window.messages.text == "The disk is full."
