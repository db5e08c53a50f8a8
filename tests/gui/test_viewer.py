"""The viewer as a person uses it: neighbours, zoom, rotation, details, trash, and a part to search with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDateTimeEdit, QDialog, QSpinBox
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.progress import Progress
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.viewer.dates import ask_shift
from letspic_desktop.ui.viewer.window import Viewer
from letspic_shared.photo import to_placed_jpeg

KEY = Qt.Key


@pytest.fixture
def photos(app: Application, tmp_path: Path) -> list[str]:
    """Four photos, left half black, right half in a colour of its own; the newest first."""
    folder = tmp_path / "street"
    folder.mkdir()
    for number in range(4):
        image = Image.new("RGB", (640, 400), "black")
        image.paste((60 * number + 40, 90, 200), (320, 0, 640, 400))
        exif = Image.Exif()
        exif[0x9003] = "2024:05:01 10:00:00"
        exif[0x8769] = {0x9003: f"2024:05:0{9 - number} 10:00:00", 0x9011: "+02:00", 0x829A: 0.005, 0x8827: 200}
        exif[0x0110] = "Box 7"
        image.save(folder / f"walk_{number}.jpg", exif=exif)
    ImportPhotos(sources=(folder,), album="Street").run(app, Progress())
    return app.catalog.photos.all()


def rows_of(app: Application, photos: Sequence[str]) -> list[PhotoRow]:
    return [PhotoRow(key=photo, name=app.catalog.photos.paths([photo])[photo].name) for photo in photos]


@pytest.fixture
def viewer(photos: list[str], window: MainWindow, app: Application, qtbot: QtBot) -> Viewer:
    return opened(window, qtbot, rows_of(app, photos))


def opened(window: MainWindow, qtbot: QtBot, rows: Sequence[PhotoRow], place: int = 0) -> Viewer:
    window.open_photos(rows, place)
    viewer = window.viewing.viewer
    assert viewer is not None
    with qtbot.waitActive(viewer):
        viewer.activateWindow()
    settled(viewer, qtbot)
    return viewer


def settled(viewer: Viewer, qtbot: QtBot) -> None:
    """Wait until the photo, and what is known of it, is there."""
    qtbot.waitUntil(lambda: viewer.among.facts is not None and viewer.stage.shown is not None, timeout=10_000)
    qtbot.waitUntil(lambda: viewer.stage.shelf.ready(viewer.stage.shown or ("", 0)), timeout=10_000)


def press(viewer: Viewer, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(viewer.canvas, key, keys)


def test_keys_go_through_the_photos(viewer: Viewer, qtbot: QtBot) -> None:
    assert viewer.windowTitle() == "walk_0.jpg · 1 of 4"
    for key, title in (
        (KEY.Key_Right, "walk_1.jpg · 2 of 4"),
        (KEY.Key_Space, "walk_2.jpg · 3 of 4"),
        (KEY.Key_Left, "walk_1.jpg · 2 of 4"),
        (KEY.Key_End, "walk_3.jpg · 4 of 4"),
        (KEY.Key_Right, "walk_3.jpg · 4 of 4"),
        (KEY.Key_Home, "walk_0.jpg · 1 of 4"),
        (KEY.Key_PageUp, "walk_0.jpg · 1 of 4"),
    ):
        press(viewer, key)
        assert viewer.windowTitle() == title
    assert not viewer.tools.earlier.isEnabled()
    viewer.tools.later.click()
    assert viewer.windowTitle() == "walk_1.jpg · 2 of 4"


def test_the_photo_before_stays_until_the_next_is_there(viewer: Viewer, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: all(viewer.stage.shelf.ready(one) for one in viewer.among.versions()), timeout=5000)
    press(viewer, KEY.Key_End)
    # The last one was no neighbour: until it is decoded, a photo is seen, never a hole.
    assert viewer.canvas.picture is not None
    settled(viewer, qtbot)
    press(viewer, KEY.Key_Home)
    settled(viewer, qtbot)
    qtbot.waitUntil(lambda: all(viewer.stage.shelf.ready(one) for one in viewer.among.versions()), timeout=5000)
    press(viewer, KEY.Key_Right)
    # A neighbour is there at once.
    assert viewer.shows_picture


def test_a_long_list_is_never_copied(window: MainWindow, app: Application, qtbot: QtBot, photos: list[str]) -> None:
    looked_at: list[int] = []

    class Long(Sequence[PhotoRow]):
        def __len__(self) -> int:
            return 100_000

        def __getitem__(self, number: int) -> PhotoRow:  # type: ignore[override]
            looked_at.append(number)
            return PhotoRow(key=photos[number % 4], name="", known=False)

    viewer = opened(window, qtbot, Long(), 50_000)
    assert viewer.windowTitle() == "walk_0.jpg · 50,001 of 100,000" or viewer.windowTitle().endswith("of 100000")
    press(viewer, KEY.Key_Right)
    settled(viewer, qtbot)
    assert viewer.among.name == "walk_1.jpg"
    assert set(looked_at) <= set(range(49_998, 50_005))


def test_wheel_keys_and_double_click_zoom(viewer: Viewer, qtbot: QtBot) -> None:
    canvas = viewer.canvas
    fitted = canvas.view.zoomed
    at = QPoint(canvas.width() // 2 + 60, canvas.height() // 2)
    under = canvas.view.at((at.x(), at.y()))
    turn_wheel(viewer, at, 360)
    assert canvas.view.zoomed > fitted
    assert canvas.view.at((at.x(), at.y())) == pytest.approx(under, abs=0.01)
    press(viewer, KEY.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert canvas.view.zoom is None
    press(viewer, KEY.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert canvas.view.zoomed == 1.0
    press(viewer, KEY.Key_Z)
    assert canvas.view.zoom is None
    press(viewer, KEY.Key_Plus)
    assert canvas.view.zoomed > fitted
    press(viewer, KEY.Key_Minus)
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=at)
    assert canvas.view.zoomed == 1.0
    assert viewer.tools.zoom.text() == "100 %"


def test_a_zoomed_photo_is_dragged_and_moved_by_arrows(viewer: Viewer, qtbot: QtBot) -> None:
    canvas = viewer.canvas
    canvas.zoom_to(8.0)
    title, before = viewer.windowTitle(), canvas.view.area()
    press(viewer, KEY.Key_Right)
    assert viewer.windowTitle() == title
    assert canvas.view.area()[0] < before[0]
    middle = canvas.rect().center()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    before = canvas.view.area()
    QTest.mouseMove(canvas, middle + QPoint(40, 25))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(40, 25))
    after = canvas.view.area()
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((40, 25), abs=1)
    press(viewer, KEY.Key_Space)
    assert viewer.windowTitle() != title


def turn_wheel(viewer: Viewer, at: QPoint, by: int) -> None:
    canvas = viewer.canvas
    event = QWheelEvent(
        QPointF(at), QPointF(canvas.mapToGlobal(at)), QPoint(), QPoint(0, by), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def test_all_pixels_come_when_it_is_zoomed_beyond_the_screen(
    window: MainWindow, app: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "large.jpg"
    Image.radial_gradient("L").resize((4000, 3000)).convert("RGB").save(file)
    viewer = opened(window, qtbot, [PhotoRow(key=file, name="large.jpg")])
    picture = viewer.canvas.picture
    assert picture is not None
    assert not picture.sharp
    press(viewer, KEY.Key_Z)
    qtbot.waitUntil(lambda: viewer.canvas.picture is not None and viewer.canvas.picture.sharp, timeout=10_000)
    assert viewer.canvas.view.zoomed == 1.0


def test_rotation_shows_everywhere_at_once_and_is_undone(
    viewer: Viewer, window: MainWindow, app: Application, qtbot: QtBot, photos: list[str]
) -> None:
    loader, first = window.services.thumbnails, photos[0]
    file = app.catalog.photos.source(first)
    data = file.read_bytes()
    qtbot.waitUntil(lambda: loader.pixmap(first) is not None, timeout=5000)
    press(viewer, KEY.Key_R)
    qtbot.waitUntil(lambda: viewer.canvas.picture is not None and viewer.canvas.picture.height == 640, timeout=5000)
    qtbot.waitUntil(lambda: window.page.grid.photos.rows[0].revision == 1, timeout=5000)
    # The grid's picture is turned without being decoded again: what was left and black is above.
    turned = loader.pixmap(first, 1)
    assert turned is not None
    image = turned.toImage()
    assert image.pixelColor(image.width() // 2, 20).name() == "#000000"
    assert image.pixelColor(image.width() // 2, image.height() - 20).blue() > 150
    assert viewer.details.isHidden()
    press(viewer, KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: viewer.canvas.picture is not None and viewer.canvas.picture.width == 640, timeout=5000)
    press(viewer, KEY.Key_Left, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: viewer.among.facts is not None and viewer.among.facts.revision == 3, timeout=5000)
    assert file.read_bytes() == data


def test_stars_and_heart_by_keys_and_buttons(viewer: Viewer, app: Application, qtbot: QtBot, photos: list[str]) -> None:
    press(viewer, KEY.Key_4)
    press(viewer, KEY.Key_F)
    qtbot.waitUntil(lambda: viewer.among.rating == 4 and viewer.among.favourite, timeout=5000)
    assert viewer.canvas.accessibleName() == "walk_0.jpg, 1 of 4, rated 4 of 5 stars, favourite"
    assert viewer.tools.stars.rating == 4
    star = viewer.tools.stars.findChildren(QAbstractButton)[3]
    # The star that is the rating takes it away.
    star.click()
    viewer.tools.buttons["favourite"].click()
    qtbot.waitUntil(lambda: viewer.among.rating == 0 and not viewer.among.favourite, timeout=5000)
    photo = app.catalog.photos.get(photos[0])
    assert photo is not None
    assert photo.rating == 0


def test_trash_goes_on_and_undo_comes_back(viewer: Viewer, app: Application, qtbot: QtBot, photos: list[str]) -> None:
    press(viewer, KEY.Key_Right)
    settled(viewer, qtbot)
    press(viewer, KEY.Key_Delete)
    qtbot.waitUntil(lambda: viewer.among.name == "walk_2.jpg", timeout=5000)
    assert app.catalog.photos.all(trashed=True) == [photos[1]]
    press(viewer, KEY.Key_Left)
    assert viewer.among.name == "walk_0.jpg"
    press(viewer, KEY.Key_Right)
    assert viewer.among.name == "walk_2.jpg"
    press(viewer, KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: viewer.among.name == "walk_1.jpg", timeout=5000)
    assert not app.catalog.photos.all(trashed=True)


def test_the_last_photo_that_goes_closes_the_viewer(
    window: MainWindow, app: Application, qtbot: QtBot, photos: list[str]
) -> None:
    viewer = opened(window, qtbot, rows_of(app, photos[:1]))
    press(viewer, KEY.Key_Delete)
    qtbot.waitUntil(lambda: window.viewing.viewer is None, timeout=5000)


def test_details_say_what_is_known(viewer: Viewer, window: MainWindow, qtbot: QtBot) -> None:
    press(viewer, KEY.Key_I)
    qtbot.waitUntil(lambda: viewer.details.exposure.text() != "", timeout=5000)
    said = viewer.details.texts
    for text in ("walk_0.jpg", "Box 7", "1/200 s · ISO 200", "the camera's clock, UTC+2", "JPEG", "Street",
                 "640 × 400 · 0.3 megapixels", "On no device", "Place not known"):  # fmt: skip
        assert text in said
    assert any("9 May 2024" in text for text in said)
    press(viewer, KEY.Key_Right)
    settled(viewer, qtbot)
    qtbot.waitUntil(lambda: "walk_1.jpg" in viewer.details.texts, timeout=5000)
    press(viewer, KEY.Key_Escape)
    again = opened(window, qtbot, [viewer_row(window)])
    assert not again.details.isHidden()


def viewer_row(window: MainWindow) -> PhotoRow:
    return window.page.grid.photos.rows[0]


def test_tags_are_added_by_typing_and_taken_off_by_their_chip(
    viewer: Viewer, app: Application, qtbot: QtBot, photos: list[str]
) -> None:
    press(viewer, KEY.Key_I)
    field = viewer.details.new_tag
    field.setFocus()
    # Letters that are keys of the viewer are typed here.
    QTest.keyClicks(field, "Lisfri 05")
    QTest.keyClick(field, KEY.Key_Return)
    qtbot.waitUntil(lambda: list(viewer.details.tags.words) == ["Lisfri 05"], timeout=5000)
    assert app.catalog.tags.of_photo(photos[0]) == ["Lisfri 05"]
    assert viewer.among.rating == 0
    assert field.text() == ""
    viewer.details.tags.findChildren(QAbstractButton)[0].click()
    qtbot.waitUntil(lambda: not viewer.details.tags.words, timeout=5000)
    assert app.catalog.tags.of_photo(photos[0]) == []
    QTest.keyClick(field, KEY.Key_Escape)
    assert viewer.isVisible()
    assert viewer.focusWidget() is viewer.canvas


def test_date_is_corrected_and_goes_back_to_what_the_file_says(
    viewer: Viewer, app: Application, qtbot: QtBot, photos: list[str]
) -> None:
    press(viewer, KEY.Key_I)
    viewer.details.date_asked.emit()
    dialog = viewer.findChildren(QDialog)[0]
    assert not dialog.isModal()
    field = dialog.findChildren(QDateTimeEdit)[0]
    field.setDateTime(field.dateTime().addDays(-2))
    dialog.accept()
    qtbot.waitUntil(lambda: viewer.details.date_source.text() == "set by you", timeout=5000)
    photo = app.catalog.photos.get(photos[0])
    assert photo is not None
    assert photo.taken_local is not None
    assert photo.shown_at == photo.taken_local - timedelta(days=2)
    viewer.details.date_asked.emit()
    dialog = next(one for one in viewer.findChildren(QDialog) if one.isVisible())
    next(one for one in dialog.findChildren(QAbstractButton) if one.text() == "As the file says").click()
    qtbot.waitUntil(lambda: "camera's clock" in viewer.details.date_source.text(), timeout=5000)


def test_dates_of_several_are_shifted(window: MainWindow, app: Application, qtbot: QtBot, photos: list[str]) -> None:
    before = [photo.shown_at for photo in app.catalog.photos.many(photos)]
    dialog = ask_shift(window, window.services, photos)
    days, hours, minutes = dialog.findChildren(QSpinBox)
    days.setValue(-1)
    minutes.setValue(30)
    assert hours.accessibleName()
    dialog.accept()
    by = timedelta(days=-1, minutes=30)
    qtbot.waitUntil(
        lambda: [photo.shown_at for photo in app.catalog.photos.many(photos)] == [one + by for one in before],
        timeout=5000,
    )


def test_coordinates_are_copied(viewer: Viewer, qtbot: QtBot) -> None:
    facts = viewer.among.facts
    assert facts is not None
    assert facts.photo is not None
    viewer.toggle_details()
    viewer.details.show_facts(replace(facts, photo=replace(facts.photo, latitude=37.56654, longitude=-126.9)))
    viewer.details._copy_place.click()
    assert QGuiApplication.clipboard().text() == "37.56654, -126.90000"


def test_missing_extra_is_named(viewer: Viewer) -> None:
    facts = viewer.among.facts
    assert facts is not None
    assert facts.photo is not None
    viewer.toggle_details()
    viewer.details.show_facts(replace(facts, photo=replace(facts.photo, format="RAW"), there=False))
    said = " ".join(viewer.details.texts)
    assert "Its file is not there." in said


def searched(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[tuple[QImage, str]]:
    asked: list[tuple[QImage, str]] = []
    monkeypatch.setattr(window.searching, "search_picture", lambda picture, name: asked.append((picture, name)))
    return asked


def test_a_part_is_chosen_with_the_keyboard_alone(
    viewer: Viewer, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = searched(window, monkeypatch)
    press(viewer, KEY.Key_S)
    assert viewer.canvas.region is not None
    assert "Part of the photo: 25 % to 75 % across" in viewer.canvas.accessibleName()
    for _ in range(30):
        press(viewer, KEY.Key_Right)
        press(viewer, KEY.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert viewer.windowTitle() == "walk_0.jpg · 1 of 4"
    press(viewer, KEY.Key_Return)
    qtbot.waitUntil(lambda: bool(asked), timeout=5000)
    part, name = asked[0]
    assert name == "a part of walk_0.jpg"
    # It was moved into the coloured half.
    assert part.width() == pytest.approx(320, abs=2)
    assert part.pixelColor(10, 2).blue() > 150
    assert window.viewing.viewer is None


def test_a_part_is_drawn_with_the_mouse_and_given_up(viewer: Viewer, qtbot: QtBot) -> None:
    canvas = viewer.canvas
    viewer.tools.buttons["part"].click()
    area = canvas.photo_area()
    start = area.topLeft().toPoint() + QPoint(30, 30)
    end = start + QPoint(round(area.width() * 0.2), round(area.height() * 0.2))
    # Outside of the frame that was offered, another one is begun.
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas, end)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)
    region = canvas.region
    assert region is not None
    assert region.width == pytest.approx(0.2, abs=0.01)
    corner = canvas.region_tool.area().bottomRight().toPoint()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=corner)
    QTest.mouseMove(canvas, corner + QPoint(50, 0))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=corner + QPoint(50, 0))
    wider = canvas.region
    assert wider is not None
    assert wider.width > region.width
    press(viewer, KEY.Key_Escape)
    assert canvas.region is None
    assert viewer.isVisible()
    assert not viewer.tools.buttons["part"].isChecked()
    assert canvas.accessibleName().startswith("walk_0.jpg")


def test_a_gone_file_is_said_and_its_thumbnail_shown(
    window: MainWindow, app: Application, qtbot: QtBot, photos: list[str]
) -> None:
    first, second = photos[:2]
    for photo in (first, second):
        app.thumbnails.get(photo, app.catalog.photos.source(photo), 320)
        app.catalog.photos.source(photo).unlink()
    app.thumbnails.path(second, 320).unlink()
    window.open_photos(rows_of(app, photos), 0)
    viewer = window.viewing.viewer
    assert viewer is not None
    qtbot.waitUntil(lambda: "last seen at" in viewer.canvas.note and viewer.shows_picture, timeout=5000)
    press(viewer, KEY.Key_Right)
    qtbot.waitUntil(lambda: viewer.canvas.picture is None and "last seen at" in viewer.canvas.note, timeout=5000)
    press(viewer, KEY.Key_Right)
    qtbot.waitUntil(lambda: viewer.shows_picture and viewer.canvas.note == "", timeout=5000)


def test_a_photo_of_a_device_alone_says_where_it_is(window: MainWindow, qtbot: QtBot) -> None:
    window.open_photos([PhotoRow(key="ab" * 32, name="Photo abababab", where="on attic")], 0)
    viewer = window.viewing.viewer
    assert viewer is not None
    qtbot.waitUntil(lambda: "not on this desktop" in viewer.canvas.note, timeout=5000)
    assert not viewer.tools.buttons["rotate-left"].isEnabled()
    press(viewer, KEY.Key_R)
    press(viewer, KEY.Key_Delete)
    viewer.toggle_details()
    assert "This photo is not of this library." in viewer.details.texts


def test_damaged_file_is_one_sentence(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "broken.jpg"
    file.write_bytes(b"\xff\xd8\xff" + bytes(200))
    window.open_photos([PhotoRow(key=file, name=file.name)], 0)
    viewer = window.viewing.viewer
    assert viewer is not None
    qtbot.waitUntil(lambda: viewer.canvas.note.endswith("."), timeout=5000)
    assert "Traceback" not in viewer.canvas.note


def test_every_button_and_field_of_the_viewer_has_a_name(viewer: Viewer) -> None:
    viewer.toggle_details()
    nameless = [
        one
        for one in viewer.findChildren(QAbstractButton)
        if not one.accessibleName() and not one.text() and not one.isHidden()
    ]
    assert not nameless
    assert viewer.details.new_tag.accessibleName()
    assert viewer.canvas.accessibleName()


def test_buttons_hide_while_nobody_moves_and_tab_brings_them_back(viewer: Viewer, qtbot: QtBot) -> None:
    viewer.tools.wake()
    viewer.tools._idle.setInterval(0)
    viewer.tools.wake()
    qtbot.waitUntil(lambda: not viewer.tools.shown, timeout=5000)
    press(viewer, KEY.Key_Tab)
    assert viewer.tools.shown
    assert isinstance(viewer.focusWidget(), QAbstractButton)


def test_the_sheet_of_shortcuts_lists_the_keys_of_the_viewer(window: MainWindow) -> None:
    listed = {action.text() for action in window.actions_book.sections()["One photo in full"]}
    assert {"Rotate to the left", "Search a part of the photo", "Details", "Next photo", "Full screen"} <= listed


def test_closing_the_window_closes_the_viewer(viewer: Viewer, window: MainWindow) -> None:
    window.close()
    assert window.viewing.viewer is None


def test_placed_copies_and_features_do_not_turn(
    viewer: Viewer, app: Application, qtbot: QtBot, photos: list[str]
) -> None:
    source = app.catalog.photos.source(photos[0])
    before = to_placed_jpeg(source)
    press(viewer, KEY.Key_R)
    qtbot.waitUntil(lambda: viewer.among.facts is not None and viewer.among.facts.revision == 1, timeout=5000)
    assert to_placed_jpeg(source) == before
