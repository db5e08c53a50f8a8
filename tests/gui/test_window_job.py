"""The main job through the window alone: search, pair, Start Finetuning, better search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application, RunChanged
from letspic_desktop.fleet.events import RoundDone
from letspic_desktop.fleet.local_devices import LocalDevices, PairingOffer
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.samples import render_samples
from letspic_desktop.ui.dialogs.pairing import PairingDialog
from letspic_desktop.ui.main_window import MainWindow

GROUP = "Hiking club"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten painted photos in each of ten albums."""
    folder = tmp_path_factory.mktemp("job") / "photos"
    render_samples(folder, per_album=10, seed=3)
    return folder


@pytest.fixture
def library(home_with_backbone: Path, photos: Path) -> Iterator[Application]:
    with Application.open(home_with_backbone) as app:
        ImportPhotos(sources=(photos,), albums_from_folders=True).run(app, Progress())
        yield app


def open_pairing(window: MainWindow, qtbot: QtBot) -> PairingDialog:
    qtbot.waitUntil(lambda: window.finetuning.group is not None, timeout=5000)
    qtbot.mouseClick(window.sidebar.add_button, Qt.MouseButton.LeftButton)
    (dialog,) = window.findChildren(PairingDialog)
    return dialog


def pair(dialog: PairingDialog, offer: PairingOffer, code: str, qtbot: QtBot) -> str:
    """Fill in the dialog, press Pair, and return what it says then."""
    dialog.address.setText(f"{offer.host}:{offer.port}")
    dialog.code.setText(code)
    qtbot.mouseClick(dialog.pair_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.message.text() not in ("", "Pairing …"), timeout=30_000)
    text = dialog.message.text()
    dialog.message.setText("")
    return text


def searched(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.searching.busy, timeout=60_000)


@pytest.mark.slow
def test_search_by_example(library: Application, open_it: object, qtbot: QtBot, photos: Path) -> None:
    window: MainWindow = open_it(library)  # type: ignore[operator]
    strip, grid = window.page.strip, window.page.grid
    qtbot.waitUntil(lambda: len(grid.photos.rows) == 100, timeout=10_000)

    # With a photo of the library.
    grid.setCurrentIndex(grid.photos.index(0))
    window.search_commands.search_chosen()
    searched(window, qtbot)
    assert strip.isVisible()
    first = [row.key for row in strip.shown()]
    assert len(first) == 24
    assert grid.photos.rows[0].key not in first
    assert strip.before.isVisible()
    assert not strip.after.isVisible()

    # The next pages, until nothing is left.
    for pages in (48, 72, 96, 99):
        strip.more_asked.emit()
        searched(window, qtbot)
        assert len(strip.shown()) == pages
    assert len({row.key for row in strip.shown()}) == 99

    # With a file that is not in the library, and with a picture in the clipboard.
    outside = photos.parent / "outside.jpg"
    QImage(str(photos / "forest" / "forest_001.jpg")).flipped(Qt.Orientation.Horizontal).save(str(outside))
    window.page.search_field.photo_given.emit(outside)
    searched(window, qtbot)
    assert strip.about.startswith("to outside.jpg")
    assert strip.shown()[0].name == "forest_001.jpg"
    QGuiApplication.clipboard().setImage(QImage(str(photos / "city" / "city_002.jpg")))
    window.search_commands.paste()
    qtbot.waitUntil(lambda: strip.about.startswith("to the pasted picture"), timeout=10_000)
    searched(window, qtbot)
    assert strip.shown()[0].name == "city_002.jpg"

    # With something that is no photo.
    nothing = photos.parent / "nothing.jpg"
    nothing.write_bytes(b"no photo")
    window.page.search_field.photo_given.emit(nothing)
    searched(window, qtbot)
    assert "nothing.jpg" in window.page.messages.text or "picture" in window.page.messages.text
    assert not strip.isVisible()


@pytest.mark.slow
def test_pair_finetune_and_search_better(library: Application, open_it: object, qtbot: QtBot, tmp_path: Path) -> None:
    CreateGroup(name=GROUP).run(library, Progress())
    group = library.catalog.groups.by_name(GROUP)
    window: MainWindow = open_it(library)  # type: ignore[operator]
    names = ["pi-kitchen", "pi-attic"]
    rounds: list[int] = []
    library.subscribe(
        lambda event: (
            rounds.append(event.event.number)
            if isinstance(event, RunChanged) and isinstance(event.event, RoundDone)
            else None
        )
    )
    with LocalDevices(tmp_path / "devices", names) as devices:
        dialog = open_pairing(window, qtbot)
        offer = devices.offer(names[0])
        wrong = f"{(int(offer.code) + 1) % 10**8:08d}"
        assert pair(dialog, offer, wrong, qtbot).startswith("The code is wrong")
        assert not library.catalog.devices.all()
        assert pair(dialog, offer, offer.code, qtbot).startswith("pi-kitchen is paired")
        offer = devices.offer(names[1])
        assert pair(dialog, offer, offer.code, qtbot).startswith("pi-attic is paired")
        dialog.close()
        qtbot.waitUntil(lambda: sorted(window.panel.bars.names) == sorted(names), timeout=10_000)
        online = {entry.text: entry.dot for entry in window.sidebar.model.entries if entry.text in names}
        assert online == dict.fromkeys(names, "on")

        window.runs.search_some()
        searched(window, qtbot)
        qtbot.waitUntil(window.panel.start_button.isEnabled, timeout=5000)
        with qtbot.waitSignal(window.finetuning.finished, timeout=120_000):
            qtbot.mouseClick(window.panel.start_button, Qt.MouseButton.LeftButton)
            assert window.finetuning.running
            assert not window.page.start_button.isEnabled()
            assert window.panel.stop_button.isVisible()
        searched(window, qtbot)
        qtbot.waitUntil(lambda: not window.finetuning.running, timeout=5000)

        # What was told on the way, what was stored, and what is shown now.
        assert rounds == list(range(1, rounds[-1] + 1))
        assert window.finetuning._state.number == rounds[-1]
        assert any("ready with 50 photos" in text for text in window.panel.log.texts)
        head = library.catalog.heads.active(group.id)
        assert head is not None
        assert head.map_before is not None
        assert head.map_after is not None
        assert head.map_after > head.map_before
        shown = window.panel.card.accessibleName()
        assert f"{round(100 * head.map_after)} %" in shown
        assert f"{round(100 * head.map_before)} %" in shown
        strip = window.page.strip
        assert strip.view == "both"
        assert strip.before.isVisible()
        assert strip.after.isVisible()
        own_album = [sum(row.good for row in one.photos.rows[:9]) for one in (strip.before, strip.after)]
        assert own_album[1] >= own_album[0]

        # The devices hold the photos that were handed out.
        placed = [len(library.catalog.placements.held(device.id)) for device in library.catalog.devices.all()]
        assert placed == [50, 50]

    # The processes are gone, and the window says so.
    qtbot.waitUntil(
        lambda: {entry.dot for entry in window.sidebar.model.entries if entry.text in names} == {"off"}, timeout=20_000
    )


@pytest.mark.slow
def test_stopped_run_leaves_the_head_as_it_was(
    library: Application, open_it: object, qtbot: QtBot, tmp_path: Path
) -> None:
    CreateGroup(name=GROUP).run(library, Progress())
    group = library.catalog.groups.by_name(GROUP)
    window: MainWindow = open_it(library)  # type: ignore[operator]
    with LocalDevices(tmp_path / "devices", ["pi"]) as devices:
        dialog = open_pairing(window, qtbot)
        offer = devices.offer("pi")
        assert pair(dialog, offer, offer.code, qtbot).startswith("pi is paired")
        dialog.close()
        qtbot.waitUntil(window.panel.start_button.isEnabled, timeout=10_000)
        qtbot.mouseClick(window.panel.start_button, Qt.MouseButton.LeftButton)
        qtbot.mouseClick(window.panel.stop_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not window.finetuning.running, timeout=60_000)
        assert window.panel.log.texts[0].startswith("Fine-tuning was stopped")
        assert library.catalog.heads.active(group.id) is None
        qtbot.waitUntil(window.panel.start_button.isVisible, timeout=5000)
