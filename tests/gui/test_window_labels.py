"""Own photos of a real device get their labels in the window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.fleet.local_devices import LocalDevices
from letspic_desktop.operations.devices import PairDevice
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.dialogs.labels import LabelsDialog
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import Place

FOLDERS = {"City": 2, "Wald": 3, "Misc": 1}


@pytest.fixture
def own_folder(tmp_path: Path, samples: Path) -> Path:
    """Photos of the device's owner, in folders of which one is called like an album of the group."""
    folder = tmp_path / "own"
    for (name, count), album in zip(FOLDERS.items(), ("city", "forest", "fruit"), strict=True):
        (folder / name).mkdir(parents=True)
        for photo in sorted((samples / album).iterdir())[:count]:
            shutil.copy(photo, folder / name)
    return folder


@pytest.fixture
def devices(tmp_path: Path, own_folder: Path) -> Iterator[LocalDevices]:
    with LocalDevices(tmp_path / "devices", ["Attic"], {"Attic": own_folder}) as devices:
        yield devices


@pytest.fixture
def window(app: Application, samples: Path, open_it: object, devices: LocalDevices, qtbot: QtBot) -> MainWindow:
    """A window that has just paired the device, which was never asked what it holds."""
    ImportPhotos(sources=(samples / "fruit",), albums_from_folders=False).run(app, Progress())
    for name in ("city", "forest"):
        app.catalog.albums.create(name)
    CreateGroup(name="Family", albums=("city", "forest")).run(app, Progress())
    window: MainWindow = open_it(app)  # type: ignore[operator]
    offer = devices.offer("Attic")
    PairDevice(group="Family", host=offer.host, port=offer.port, code=offer.code).run(app, Progress())
    qtbot.waitUntil(lambda: window._overview is not None and bool(window._overview.devices), timeout=10_000)
    return window


def asked(window: MainWindow, qtbot: QtBot) -> LabelsDialog:
    """Return the dialog, once it is there."""
    qtbot.waitUntil(lambda: bool(window.findChildren(LabelsDialog)), timeout=10_000)
    (dialog,) = window.findChildren(LabelsDialog)
    assert not dialog.isModal()
    return dialog


def labels(app: Application) -> dict[str, set[int | None]]:
    (device,) = app.catalog.devices.all()
    found: dict[str, set[int | None]] = {}
    for photo in app.catalog.placements.held(device.id):
        found.setdefault(photo.proposed_label or "", set()).add(photo.class_id)
    return found


def test_folders_become_albums(
    app: Application, window: MainWindow, devices: LocalDevices, own_folder: Path, qtbot: QtBot
) -> None:
    (device,) = app.catalog.devices.all()
    group = app.catalog.groups.by_name("Family")
    before = {path: path.read_bytes() for path in own_folder.rglob("*.jpg")}
    # Both pages say that the photos wait for their labels.
    for kind, key in (("device", device.id), ("group", group.id)):
        window.go(Place(kind=kind, key=key))  # type: ignore[arg-type]
        qtbot.waitUntil(
            lambda: window.page.hint.text.startswith("Attic has photos without a label in 3 folders."), timeout=10_000
        )
    qtbot.mouseClick(window.page.hint._button, Qt.MouseButton.LeftButton)
    dialog = asked(window, qtbot)
    choices = dialog.choices
    assert {name: choice.currentText() for name, choice in choices.items()} == {
        "City": "city",
        "Misc": "no label",
        "Wald": "no label",
    }
    assert [choices["Wald"].itemText(n) for n in range(choices["Wald"].count())] == [
        "no label", "city", "forest", "New album …",
    ]  # fmt: skip
    choices["Wald"].setCurrentText("forest")
    qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.findChildren(LabelsDialog), timeout=10_000)
    classes = {one.name: one.class_id for one in app.catalog.groups.classes(group.id)}
    assert labels(app) == {"City": {classes["city"]}, "Wald": {classes["forest"]}, "Misc": {None}}
    qtbot.waitUntil(lambda: window.page.messages.text == "5 own photos have a label now.", timeout=5000)
    qtbot.waitUntil(lambda: not window.page.hint.text, timeout=10_000)
    assert {path: path.read_bytes() for path in own_folder.rglob("*.jpg")} == before

    # What was confirmed is what the dialog shows the next time, and it can be taken away there.
    window.devices.menu(Place(kind="device", key=device.id), QPoint(10, 10))
    (menu,) = window.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
    next(one for one in menu.actions() if one.text() == "Label its photos …").trigger()
    menu.close()
    dialog = asked(window, qtbot)
    assert dialog.choices["Wald"].currentText() == "forest"
    for choice in dialog.choices.values():
        choice.setCurrentIndex(0)
    qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.findChildren(LabelsDialog), timeout=10_000)
    assert set().union(*labels(app).values()) == {None}
    qtbot.waitUntil(lambda: bool(window.page.hint.text), timeout=10_000)


def test_a_folder_becomes_a_new_album(app: Application, window: MainWindow, qtbot: QtBot) -> None:
    (device,) = app.catalog.devices.all()
    window.devices.label_photos(device.id)
    dialog = asked(window, qtbot)
    choice, name = dialog.choices["Misc"], dialog.names["Misc"]
    assert not name.isVisible()
    choice.setCurrentText("New album …")
    qtbot.waitUntil(name.isVisible, timeout=5000)
    assert name.text() == "Misc"
    name.setText(" ")
    qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(dialog.message.text()), timeout=10_000)
    assert {album.name for album in app.catalog.albums.all()} == {"city", "forest"}
    name.setText("Odds and ends")
    qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.findChildren(LabelsDialog), timeout=10_000)
    group = app.catalog.groups.by_name("Family")
    classes = {one.name: one.class_id for one in app.catalog.groups.classes(group.id)}
    assert set(classes) == {"city", "forest", "Odds and ends"}
    assert labels(app)["Misc"] == {classes["Odds and ends"]}


def test_closed_hint_stays_closed_until_the_person_comes_again(
    app: Application, window: MainWindow, qtbot: QtBot
) -> None:
    (device,) = app.catalog.devices.all()
    place = Place(kind="device", key=device.id)
    window.go(place)
    qtbot.waitUntil(lambda: bool(window.page.hint.text), timeout=10_000)
    window.page.hint.hide()
    with qtbot.waitSignal(window.finetuning.status_shown, timeout=5000):
        window.refresh()
    assert not window.page.hint.text
    window.sidebar.went.emit(Place(kind="all"))
    qtbot.waitUntil(lambda: window.page._content is not None and window.page._content.place.kind == "all", timeout=5000)
    assert not window.page.hint.text
    window.go(place)
    qtbot.waitUntil(lambda: bool(window.page.hint.text), timeout=5000)


def test_device_that_left_meanwhile_is_one_sentence(
    app: Application, window: MainWindow, devices: LocalDevices, qtbot: QtBot
) -> None:
    (device,) = app.catalog.devices.all()
    window.devices.label_photos(device.id)
    dialog = asked(window, qtbot)
    devices.close()
    qtbot.waitUntil(lambda: not window.devices.views[device.id].online, timeout=20_000)
    qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(dialog.message.text()), timeout=30_000)
    assert "Attic" in dialog.message.text()
    assert dialog.save_button.isEnabled()
    assert set().union(*labels(app).values()) == {None}
    dialog.close()
