"""What keeps a run from starting: said the same everywhere, and no longer than it is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application, DeviceChanged
from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.organise import CreateAlbum
from letspic_desktop.progress import Progress
from letspic_desktop.ui.main_window import MainWindow
from letspic_shared.errors import KnownError

NO_GROUP = "Fine-tuning needs a group of albums and devices."
NO_DEVICE = "Family has no device."


@pytest.fixture
def library(app: Application, samples: Path) -> Application:
    ImportPhotos(sources=(samples,), albums_from_folders=True).run(app, Progress())
    return app


def add_device(app: Application, name: str) -> str:
    """Remember a device, as pairing does it; it is away."""
    group = app.catalog.groups.by_name("Family")
    added = app.catalog.devices.add(
        device_id=f"id of {name}",
        name=name,
        group_id=group.id,
        certificate=None,
        fingerprint=None,
        address=None,
        facts={},
    )
    # Whatever changes the library says so.
    CreateAlbum(name=f"After {name}").run(app, Progress())
    return added.id


def told(window: MainWindow) -> set[tuple[bool, str, str]]:
    """Return whether each Start button looks as if it would start, its tooltip and its description."""
    return {
        (one.isEnabled() and one.property("role") == "primary", one.toolTip(), one.accessibleDescription())
        for one in (window.page.start_button, window.panel.start_button)
    }


def test_both_buttons_say_the_same(library: Application, open_it: object, qtbot: QtBot) -> None:
    window: MainWindow = open_it(library)  # type: ignore[operator]
    assert told(window) == {(False, NO_GROUP, NO_GROUP)}
    CreateGroup(name="Family").run(library, Progress())
    qtbot.waitUntil(lambda: told(window) == {(False, NO_DEVICE, NO_DEVICE)}, timeout=5000)
    add_device(library, "pi")
    qtbot.waitUntil(lambda: told(window) == {(True, "", "")}, timeout=5000)


def test_the_button_at_the_top_says_what_is_missing(library: Application, open_it: object, qtbot: QtBot) -> None:
    window: MainWindow = open_it(library)  # type: ignore[operator]
    qtbot.waitUntil(lambda: window.page.start_button.toolTip() == NO_GROUP, timeout=5000)
    qtbot.mouseClick(window.page.start_button, Qt.MouseButton.LeftButton)
    assert window.page.messages.text == NO_GROUP
    assert not window.finetuning.running
    (helps,) = [one for one in window.page.messages.findChildren(QPushButton) if one.text() == "New group"]
    assert helps.isVisible()


def test_message_goes_when_its_reason_is_gone(library: Application, open_it: object, qtbot: QtBot) -> None:
    CreateGroup(name="Family").run(library, Progress())
    window: MainWindow = open_it(library)  # type: ignore[operator]
    qtbot.waitUntil(lambda: window.finetuning.status is not None, timeout=5000)
    window.runs.start()
    assert window.page.messages.text == NO_DEVICE
    # Another change of the library leaves it.
    CreateAlbum(name="Another").run(library, Progress())
    qtbot.waitUntil(lambda: any(one.name == "Another" for one in window.overview.albums), timeout=5000)
    with qtbot.waitSignal(window.finetuning.status_shown, timeout=5000):
        window.refresh()
    assert window.page.messages.text == NO_DEVICE
    add_device(library, "pi")
    qtbot.waitUntil(lambda: not window.page.messages.text, timeout=5000)


def test_asking_for_a_group_ends_with_the_group(library: Application, open_it: object, qtbot: QtBot) -> None:
    window: MainWindow = open_it(library)  # type: ignore[operator]
    window.devices.add_device(None)
    assert window.page.messages.text.startswith("A device joins a group.")
    CreateGroup(name="Family").run(library, Progress())
    qtbot.waitUntil(lambda: not window.page.messages.text, timeout=5000)


def test_nobody_online_is_true_until_somebody_is(library: Application, open_it: object, qtbot: QtBot) -> None:
    CreateGroup(name="Family").run(library, Progress())
    device = add_device(library, "pi")
    window: MainWindow = open_it(library)  # type: ignore[operator]
    qtbot.waitUntil(window.panel.start_button.isEnabled, timeout=5000)
    # The device has no address, so the run ends at once.
    window.panel.start_button.click()
    qtbot.waitUntil(lambda: not window.finetuning.running, timeout=30_000)
    assert window.page.messages.text.startswith("No device of the group is online (pi)")
    library.publish(DeviceChanged(view=DeviceView(device_id=device, name="pi", online=False)))
    qtbot.waitUntil(lambda: device in window.devices.views, timeout=5000)
    assert window.page.messages.text
    library.publish(DeviceChanged(view=DeviceView(device_id=device, name="pi", online=True, state="idle")))
    qtbot.waitUntil(lambda: not window.page.messages.text, timeout=5000)


def test_other_bad_news_stays(window: MainWindow) -> None:
    window.page.messages.complain(KnownError("The disk is full"))
    window.page.messages.check()
    assert window.page.messages.text == "The disk is full."
