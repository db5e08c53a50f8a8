"""What is missing before a run, each with the button that brings it; and what is not known is not claimed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application, DeviceChanged
from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.operations.groups import CreateGroup, UnshareAlbum
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.organise import CreateAlbum, RemoveFromAlbum
from letspic_desktop.progress import Progress
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import Place

BOUND = 10_000


@pytest.fixture
def library(app: Application, samples: Path) -> Application:
    ImportPhotos(sources=(samples,), albums_from_folders=True).run(app, Progress())
    return app


def with_device(app: Application, *names: str) -> list[str]:
    group = app.catalog.groups.by_name("Family")
    return [app.catalog.devices.add(device_id=f"id of {name}", name=name, group_id=group.id).id for name in names]


def texts(window: MainWindow) -> Sequence[str]:
    box = window.panel.missing_box
    return box.texts if box.isVisible() else []


def fix(window: MainWindow, text: str) -> QPushButton:
    (found,) = [one for one in window.panel.missing_box.findChildren(QPushButton) if one.text() == text]
    return found


def told(window: MainWindow, qtbot: QtBot, *wanted: str) -> None:
    qtbot.waitUntil(lambda: list(texts(window)) == list(wanted), timeout=BOUND)
    assert window.panel.start_button.isEnabled() == (not wanted)


def test_albums_and_devices_are_named_with_their_buttons(library: Application, open_it: object, qtbot: QtBot) -> None:
    CreateGroup(name="Family", albums=("city",)).run(library, Progress())
    window: MainWindow = open_it(library)  # type: ignore[operator]
    told(window, qtbot, "Family has 1 album to learn, and needs at least 2.", "Family has no device.")
    asked: list[str] = []
    window.panel.fix_asked.connect(asked.append)
    for text in ("Choose albums", "Add device"):
        assert fix(window, text).accessibleDescription()
    assert asked == []


def test_an_album_with_too_few_photos_is_opened(library: Application, open_it: object, qtbot: QtBot) -> None:
    CreateGroup(name="Family").run(library, Progress())
    with_device(library, "pi")
    city = library.catalog.albums.by_name("city")
    photos = library.catalog.albums.photos(city.id)
    RemoveFromAlbum(album="city", photos=tuple(photos[1:])).run(library, Progress())
    window: MainWindow = open_it(library)  # type: ignore[operator]
    told(
        window,
        qtbot,
        "The album “city” has fewer than 2 labelled photos. Put more photos into it, or stop sharing it.",
    )
    qtbot.mouseClick(fix(window, "Open city"), Qt.MouseButton.LeftButton)
    assert window.place == Place(kind="album", key=str(city.id))
    UnshareAlbum(group="Family", album="city").run(library, Progress())
    told(window, qtbot)


def test_another_desktops_group_cannot_be_started_here(library: Application, open_it: object, qtbot: QtBot) -> None:
    library.catalog.groups.create("Theirs", role="member", group_id="theirs")
    window: MainWindow = open_it(library)  # type: ignore[operator]
    told(window, qtbot, "Theirs belongs to another desktop. Start fine-tuning there.")
    # Buttons of before are deleted a little later.
    assert all(one.isHidden() for one in window.panel.missing_box.findChildren(QPushButton))


def test_no_device_online_is_said_once_it_is_known(library: Application, open_it: object, qtbot: QtBot) -> None:
    CreateGroup(name="Family").run(library, Progress())
    ids = with_device(library, "attic", "pi")
    window: MainWindow = open_it(library)  # type: ignore[operator]
    qtbot.waitUntil(window.panel.start_button.isEnabled, timeout=BOUND)

    def tell(device: str, *, online: bool, reason: str = "") -> None:
        view = DeviceView(device_id=device, name=device.removeprefix("id of "), online=online, reason=reason)
        library.publish(DeviceChanged(view=view))

    # One of them was not tried yet.
    tell(ids[0], online=False, reason="no answer")
    tell(ids[1], online=False)
    qtbot.waitUntil(lambda: len(window.devices.views) == 2, timeout=BOUND)
    told(window, qtbot)
    tell(ids[1], online=False, reason="no route")
    told(window, qtbot, "No device of Family is online (attic, pi). Switch one on.")
    qtbot.mouseClick(fix(window, "Look again"), Qt.MouseButton.LeftButton)
    assert window.panel.log.texts[0] == "Looking for the devices"
    tell(ids[0], online=True)
    told(window, qtbot)
    CreateAlbum(name="Another").run(library, Progress())
    qtbot.waitUntil(lambda: not window.services.runner.busy, timeout=60_000)
