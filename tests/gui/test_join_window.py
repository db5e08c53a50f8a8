"""This desktop joins another one's group from its window; the owner is a second, whole application."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.devices import Distribute, PairDevice, RemoveDevice
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.serving import Serving, serving_now
from letspic_desktop.progress import Progress
from letspic_desktop.ui.dialogs.join import JoinDialog
from letspic_desktop.ui.dialogs.pairing import PairingDialog
from letspic_desktop.ui.groups.joined_card import member_state
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import Place


@pytest.fixture
def owner(tmp_path: Path, samples: Path) -> Iterator[Application]:
    """Another desktop, with a group of one album of three photos."""
    with Application.open(tmp_path / "owner") as app:
        ImportPhotos(sources=(samples / "city",), album="city").run(app, Progress())
        # Without a backbone: nothing is trained here.
        group = app.catalog.groups.create("Family", backbone="b" * 64)
        app.catalog.groups.add_album(group.id, app.catalog.albums.by_name("city").id)
        yield app


@pytest.fixture
def window(app: Application, samples: Path, open_it: object, qtbot: QtBot) -> MainWindow:
    ImportPhotos(sources=(samples / "fruit",), album="Obst").run(app, Progress())
    window: MainWindow = open_it(app)  # type: ignore[operator]
    window.resize(1440, 900)
    return window


def show_code(window: MainWindow, qtbot: QtBot) -> JoinDialog:
    window.devices.groups.joining.join()
    (dialog,) = [one for one in window.findChildren(JoinDialog) if one.isVisible()]
    assert not dialog.isModal()
    qtbot.mouseClick(dialog.show_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.second.isVisible, timeout=10_000)
    return dialog


def take(owner: Application, dialog: JoinDialog, *, wrong: int = 0) -> None:
    """Type at the owner's desktop what the dialog shows."""
    host, _, port = dialog.places.text().rpartition(":")
    code = re.sub(r"\D", "", dialog.code.text())
    code = f"{(int(code) + wrong) % 10**8:08d}"
    PairDevice(group="Family", host=host, port=int(port), code=code, name="Guest").run(owner, Progress())


def joined(window: MainWindow, qtbot: QtBot, owner: Application) -> Place:
    dialog = show_code(window, qtbot)
    take(owner, dialog)
    qtbot.waitUntil(lambda: "is in the group Family" in dialog.waiting.text(), timeout=10_000)
    dialog.close()
    overview = lambda: window.overview.groups if window.overview is not None else ()  # noqa: E731
    qtbot.waitUntil(lambda: any(group.role == "member" for group in overview()), timeout=10_000)
    (group,) = [one for one in overview() if one.role == "member"]
    place = Place(kind="group", key=group.id)
    window.go(place)
    card = window.devices.groups.joining.card
    qtbot.waitUntil(lambda: card.isVisible() and card.state.text() == "ready for training", timeout=10_000)
    return place


def test_the_code_is_shown_taken_and_the_page_is_live(
    app: Application, window: MainWindow, owner: Application, qtbot: QtBot
) -> None:
    joined(window, qtbot, owner)
    card = window.devices.groups.joining.card
    assert not window.devices.groups.card.isVisible()
    assert card.owner.text().startswith("A group of ")
    qtbot.waitUntil(lambda: card.photos.text().startswith("0 of 3 photos"), timeout=5000)
    assert "the group's owner says which of your albums" in card.photos.text()
    assert "only sums of their features leave" in card.shared.text()
    # The page shows what this desktop brings into the group.
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 3, timeout=5000)
    Distribute(group="Family").run(owner, Progress())
    qtbot.waitUntil(lambda: card.photos.text().endswith("3 placed here by its owner"), timeout=5000)
    # Its menu knows nothing that belongs to the owner.
    window.devices.menu(window.place, QPoint(10, 10))
    (menu,) = [one for one in window.findChildren(QMenu) if one.isVisible()]
    assert [one.text() for one in menu.actions()] == ["Leave group …"]
    menu.close()

    # Leaving says what is deleted here; afterwards nobody is served.
    qtbot.mouseClick(card.buttons["leave"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool([d for d in window.findChildren(QDialog) if d.isVisible()]), timeout=5000)
    (asked,) = [one for one in window.findChildren(QDialog) if one.isVisible()]
    said = " ".join(one.text() for one in asked.findChildren(QLabel))
    assert "3 photos that its owner has placed here are deleted" in said
    assert "Your photos, albums and groups stay" in said
    (yes,) = [one for one in asked.findChildren(QPushButton) if one.text() == "Leave group"]
    qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: serving_now(app) is None and not app.catalog.groups.all(), timeout=10_000)
    assert app.catalog.photos.count() == 3
    assert list((app.home.root / "member" / "placed").iterdir()) == []


def test_it_serves_again_after_a_start_and_waits_for_its_owner(
    app: Application, window: MainWindow, owner: Application, qtbot: QtBot
) -> None:
    joined(window, qtbot, owner)
    card = window.devices.groups.joining.card
    app.membership.stop()
    qtbot.waitUntil(lambda: card.state.text() == "not taking part now", timeout=5000)
    assert card.buttons["serve"].isVisible()
    qtbot.mouseClick(card.buttons["serve"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card.state.text() == "ready for training", timeout=15_000)
    owner.close()
    qtbot.waitUntil(lambda: card.state.text() == "waiting for its owner", timeout=10_000)


def test_the_owner_lets_it_go(app: Application, window: MainWindow, owner: Application, qtbot: QtBot) -> None:
    joined(window, qtbot, owner)
    RemoveDevice(device="Guest").run(owner, Progress())
    qtbot.waitUntil(lambda: window.place.kind == "all", timeout=10_000)
    qtbot.waitUntil(lambda: serving_now(app) is None, timeout=10_000)
    assert app.catalog.groups.all() == []


def test_wrong_codes_end_it_and_a_new_one_can_be_shown(
    app: Application, window: MainWindow, owner: Application, qtbot: QtBot
) -> None:
    dialog = show_code(window, qtbot)
    for _ in range(2):
        with pytest.raises(Exception, match="The code is wrong"):
            take(owner, dialog, wrong=1)
    qtbot.waitUntil(lambda: dialog.waiting.text().startswith("Somebody has typed a wrong code."), timeout=5000)
    with pytest.raises(Exception, match="The code is wrong"):
        take(owner, dialog, wrong=1)
    qtbot.waitUntil(lambda: "no longer valid (closed: 3 wrong codes)" in dialog.waiting.text(), timeout=5000)
    qtbot.mouseClick(dialog.show_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.waiting.text().startswith("Waiting for"), timeout=10_000)
    take(owner, dialog)
    qtbot.waitUntil(lambda: "is in the group Family" in dialog.waiting.text(), timeout=10_000)


def test_closing_the_dialog_shows_the_code_no_longer(app: Application, window: MainWindow, qtbot: QtBot) -> None:
    before = {thread.name for thread in threading.enumerate()}
    dialog = show_code(window, qtbot)
    assert "pairing" in {thread.name for thread in threading.enumerate()}
    dialog.close()
    qtbot.waitUntil(lambda: serving_now(app) is None, timeout=10_000)
    assert "pairing" not in {thread.name for thread in threading.enumerate()} - before
    assert app.catalog.groups.all() == []


def test_a_taken_port_is_one_sentence(app: Application, window: MainWindow, qtbot: QtBot, owner: Application) -> None:
    joined(window, qtbot, owner)
    assert app.membership.program is not None
    taken = app.membership.program.address[1]
    app.membership.stop()
    with socket.create_server(("127.0.0.1", taken)):
        window.devices.groups.joining.join()
        (dialog,) = [one for one in window.findChildren(JoinDialog) if one.isVisible()]
        dialog.port.setValue(taken)
        qtbot.mouseClick(dialog.show_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(dialog.message.isVisible, timeout=10_000)
        assert f"cannot listen on 127.0.0.1:{taken}" in dialog.message.text()
        assert dialog.show_button.isEnabled()
        dialog.close()
    # It serves on in the group that it was in before.
    qtbot.waitUntil(lambda: serving_now(app) is not None, timeout=10_000)


def test_its_own_code_is_not_offered_as_a_device(
    app: Application, window: MainWindow, samples: Path, qtbot: QtBot
) -> None:
    group = app.catalog.groups.create("Mine", backbone="b" * 64)
    window.refresh()
    qtbot.waitUntil(lambda: window.overview is not None and bool(window.overview.groups), timeout=5000)
    dialog = show_code(window, qtbot)
    window.devices.add_device(group)
    (pairing,) = window.findChildren(PairingDialog)
    pairing.address.setText(dialog.places.text())
    pairing.code.setText(dialog.code.text())
    qtbot.mouseClick(pairing.pair_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "code of this desktop itself" in pairing.message.text(), timeout=10_000)
    pairing.close()
    dialog.close()
    qtbot.waitUntil(lambda: serving_now(app) is None, timeout=10_000)


def test_what_it_does_in_words() -> None:
    def serving(**changes: object) -> Serving:
        known: dict[str, object] = {
            "desktop": "Desk", "group": "Family", "connected": True, "state": "idle", "done": 0, "total": 0,
            "round_of": None, "own": 1, "placed": 2, "pairing": "", "code": "", "seconds_left": 0.0,
            "someone_else_tried": False, "addresses": (),
        }  # fmt: skip
        return Serving(**{**known, **changes})  # type: ignore[arg-type]

    assert member_state(None) == "not taking part now"
    assert member_state(serving()) == "ready for training"
    assert member_state(serving(connected=False)) == "waiting for its owner"
    assert member_state(serving(round_of=(3, 40))) == "training, round 3 of 40"
    assert member_state(serving(round_of=(3, 0))) == "training, round 3"
    assert member_state(serving(round_of=(0, 0), state="extracting", done=4, total=9)) == "looking at photos (4/9)"
