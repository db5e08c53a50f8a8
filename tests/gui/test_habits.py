"""Settings, guide, about, parts that can be hidden, reports, notifications, and one window a home."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTextBrowser,
)
from pytestqt.qtbot import QtBot

from letspic_desktop import __version__
from letspic_desktop.application import Application
from letspic_desktop.home import Home
from letspic_desktop.one_window import one_window
from letspic_desktop.operations.join import member_home
from letspic_desktop.operations.serving import AllowThumbnails
from letspic_desktop.preferences import FILE_NAME
from letspic_desktop.progress import Progress
from letspic_desktop.ui.dialogs.guide import FOLDER, Guide, guide_text, heading_name
from letspic_desktop.ui.dialogs.trash import before_trash
from letspic_desktop.ui.habits.mistakes import MistakeError, noted
from letspic_desktop.ui.habits.notifications import TellDesktop
from letspic_desktop.ui.main_window import MainWindow
from letspic_device.home import DeviceHome
from letspic_shared.errors import KnownError

OpenIt = Callable[[Application], MainWindow]


def dialog_of(window: MainWindow, title: str) -> QDialog:
    (found,) = [one for one in window.findChildren(QDialog) if one.isVisible() and one.windowTitle() == title]
    return found


def named(dialog: QDialog, kind: type, name: str) -> object:
    (found,) = [one for one in dialog.findChildren(kind) if name in (one.accessibleName(), getattr(one, "text", str)())]
    return found


def press(window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    window.activateWindow()
    QTest.keyClick(window, key, modifiers)


def test_settings_are_in_force_at_once_and_kept(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    press(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = dialog_of(window, "Settings")
    look = named(dialog, QComboBox, "Look")
    look.setCurrentIndex(look.findData("dark"))
    assert window.services.theme.dark
    usual = window.sidebar.view.font().pixelSize()
    size = named(dialog, QComboBox, "Size of texts")
    size.setCurrentIndex(size.findData("large"))
    assert window.services.theme.large
    assert "font-size: 16px" in QGuiApplication.instance().styleSheet()
    named(dialog, QCheckBox, "Show near-identical results as one").click()
    minutes = named(dialog, QSpinBox, "Look at watched folders every")
    minutes.setValue(0)
    assert minutes.text() == "never by itself"
    kept = json.loads((app.home.root / FILE_NAME).read_text())
    wanted = {"look": "dark", "text_size": "large", "collapse_similar": False, "watch_minutes": 0}
    assert {name: kept[name] for name in wanted} == wanted
    # The shortcut of the look and the dialog tell each other.
    press(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert look.currentData() == "system" == app.preferences.now.look
    size.setCurrentIndex(size.findData("normal"))
    assert window.sidebar.view.font().pixelSize() == usual
    # Asked for once more, the open dialog comes to the front.
    window.habits.show_settings()
    assert dialog_of(window, "Settings") is dialog


def test_another_language_opens_the_window_anew(window: MainWindow, qtbot: QtBot) -> None:
    window.habits.show_settings()
    dialog = dialog_of(window, "Settings")
    again = named(dialog, QPushButton, "Open the window in this language")
    assert not again.isVisible()
    language = named(dialog, QComboBox, "Language")
    language.setCurrentIndex(language.findData("ko"))
    assert again.isVisible()
    qtbot.waitUntil(lambda: not window.services.runner.busy, timeout=5000)
    again.click()
    assert window.reopen_wanted
    assert window.isHidden()


REOPEN = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from letspic_desktop.application import Application
from letspic_desktop.ui.app import run_window
def first(window):
    def go():
        if window.services.runner.busy:
            QTimer.singleShot(50, go)
            return
        window.habits.change(language="ko")
        window.habits._reopen()
        look_again()
    go()
def look_again():
    shown = [one for one in QApplication.topLevelWidgets() if hasattr(one, "habits") and one.isVisible()]
    if not shown:
        QTimer.singleShot(50, look_again)
        return
    print(shown[0].sidebar.add_button.text())
    shown[0].close()
with Application.open(Path(sys.argv[1])) as app:
    print(run_window(app, open_with=first))
"""


def test_window_comes_back_in_the_other_language(tmp_path: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", REOPEN, str(tmp_path / "home")]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert told.stdout.split("\n") == ["기기 추가", "0", ""], told.stderr


def test_choice_that_cannot_be_written_says_so(window: MainWindow, app: Application) -> None:
    file = app.home.root / FILE_NAME
    file.mkdir()
    window.habits.change(look="dark")
    assert "cannot be written" in window.page.messages.text
    assert window.services.theme.dark


def test_old_look_moves_into_the_preferences(app: Application, open_it: OpenIt) -> None:
    (app.home.root / "window.ini").write_text("[General]\nlook=dark\n")
    window = open_it(app)
    assert window.services.theme.dark
    assert app.preferences.now.look == "dark"
    window.close()
    assert "look" not in (app.home.root / "window.ini").read_text()


def test_settings_of_a_newer_version_are_said(home: Path, open_it: OpenIt) -> None:
    Home.open(home)
    (home / FILE_NAME).write_text('{"version": 99}')
    with Application.open(home) as app:
        window = open_it(app)
        window.habits.say_at_start(None)
        assert "newer LetsPic" in window.page.messages.text
        window.close()


def test_parts_hide_and_stay_hidden(app: Application, open_it: OpenIt, samples: Path) -> None:
    app.catalog.groups.create("Hiking club")
    window = open_it(app)
    assert window.sidebar.isVisible()
    assert window.panel.isVisible()
    press(window, Qt.Key.Key_F9)
    press(window, Qt.Key.Key_F9, Qt.KeyboardModifier.ShiftModifier)
    assert window.panel.isHidden()
    assert window.sidebar.isHidden()
    window.page.strip.choose("before")
    window.close()
    again = open_it(app)
    assert again.panel.isHidden()
    assert again.sidebar.isHidden()
    assert again.page.strip.view == "before"
    press(again, Qt.Key.Key_F9)
    assert again.panel.isVisible()


def test_guide_has_the_keys_its_contents_and_a_search(window: MainWindow) -> None:
    press(window, Qt.Key.Key_F1)
    dialog = dialog_of(window, "Guide")
    words = [one.text() for one in dialog.findChildren(QLabel) if one.isVisible()]
    for action in (action for section in window.actions_book.sections().values() for action in section):
        if not action.shortcut().isEmpty():
            assert action.text() in words
    dialog.close()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_guide_goes_to_a_chapter_and_finds_words(window: MainWindow, language: str) -> None:
    guide = Guide(window, window.services.theme, window.actions_book, language)
    titles = [guide.contents.item(number).text().strip() for number in range(guide.contents.count())]
    assert len(titles) == 1 + guide_text(language).count("\n#") + 1
    guide.contents.setCurrentRow(len(titles) - 1)
    assert guide.page.isVisible()
    assert guide.page.textCursor().block().text() == titles[-1]
    guide.search.setText("letspic-device")
    assert guide.find_next()
    assert guide.page.textCursor().selectedText() == "letspic-device"
    guide.search.setText("no such words")
    assert not guide.find_next()
    guide.dialog.close()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_pictures_of_the_guide_are_there_in_both_looks_and_small(language: str) -> None:
    named_ones = re.findall(r"\]\(([^)#]+)\)", guide_text(language))
    assert len(named_ones) == len(set(named_ones)) >= 5
    for name in named_ones:
        for look in ("light", "dark"):
            file = FOLDER / name.replace("light", look)
            assert 1000 < file.stat().st_size < 300_000


@pytest.mark.parametrize("language", ["en", "ko"])
def test_links_of_the_guide_go_to_its_chapters(window: MainWindow, language: str) -> None:
    text = guide_text(language)
    links = re.findall(r"\]\(#([^)]+)\)", text)
    headings = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
    assert links
    guide = Guide(window, window.services.theme, window.actions_book, language)
    for link in links:
        guide.contents.setCurrentRow(0)
        guide.page.anchorClicked.emit(QUrl(f"#{link}"))
        shown = guide.contents.currentItem().text().strip()
        assert shown in headings
        assert heading_name(shown) == link
        assert guide.page.isVisible()
        assert guide.page.textCursor().block().text() == shown
    guide.dialog.close()


def test_pictures_of_the_guide_are_as_wide_as_its_page(window: MainWindow, qtbot: QtBot) -> None:
    guide = Guide(window, window.services.theme, window.actions_book, "en")
    guide.contents.setCurrentRow(1)
    for width in (700, 1100):
        guide.dialog.resize(width, 600)
        qtbot.waitUntil(lambda width=width: guide.dialog.width() == width)
        widths = _picture_widths(guide)
        room = guide.page.viewport().width()
        assert max(widths) <= room
        assert max(widths) > room - 60
        assert guide.page.horizontalScrollBar().maximum() == 0
        for number in (8, guide.contents.count() - 1):
            guide.contents.setCurrentRow(number)
            assert _without_lines(guide) == []
    guide.dialog.close()


def _without_lines(guide: Guide) -> list[str]:
    found, block = [], guide.page.document().begin()
    layout = guide.page.document().documentLayout()
    while block.isValid():
        if block.text().strip() and not layout.blockBoundingRect(block).height():
            found.append(block.text())
        block = block.next()
    return found


def _picture_widths(guide: Guide) -> list[float]:
    widths, block = [], guide.page.document().begin()
    while block.isValid():
        at = block.begin()
        while not at.atEnd():
            picture = at.fragment().charFormat().toImageFormat()
            if picture.isValid():
                widths.append(picture.width())
            at += 1
        block = block.next()
    return widths


def test_about_tells_version_paper_and_licences(window: MainWindow) -> None:
    window.habits.show_about()
    dialog = dialog_of(window, "About LetsPic")
    words = " ".join(one.text() for one in dialog.findChildren(QLabel))
    assert __version__ in words
    assert "Distributed fine-tuning of CNNs" in words
    licences = dialog.findChild(QTextBrowser).toPlainText()
    for wanted in ("PySide6_Essentials", "Apache License", "SIL OPEN FONT LICENSE"):
        assert wanted in licences


def test_mistake_has_a_report_that_can_be_shown_and_copied(window: MainWindow, app: Application) -> None:
    def wrong() -> None:
        raise RuntimeError("about /home/anna/her photos/beach.jpg")

    for _ in range(3):
        try:
            wrong()
        except RuntimeError as error:
            window.habits.complain(window.mistakes.note(error))
    (file,) = (app.home.root / "reports").glob("report-*.txt")
    assert window.page.messages.text == "LetsPic made a mistake (RuntimeError). Try it again."
    named(window.page.messages, QPushButton, "Show report").click()
    dialog = dialog_of(window, "LetsPic made a mistake")
    text = dialog.findChild(QPlainTextEdit)
    assert not text.isVisible()
    named(dialog, QPushButton, "Show report").click()
    assert text.isVisible()
    assert "in wrong" in text.toPlainText()
    assert "anna" not in text.toPlainText()
    named(dialog, QPushButton, "Copy").click()
    assert QGuiApplication.clipboard().text() == file.read_text()
    named(dialog, QPushButton, "Go on").click()
    assert not dialog.isVisible()
    assert window.isVisible()


def test_last_crash_is_told(window: MainWindow, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text("Segmentation fault")
    window.habits.say_at_start(report)
    assert "ended unexpectedly" in window.page.messages.text
    named(window.page.messages, QPushButton, "Show report").click()
    shown = dialog_of(window, "LetsPic ended unexpectedly the last time").findChild(QPlainTextEdit)
    assert shown.toPlainText() == "Segmentation fault"


SERVICE = """
import sys
from PySide6.QtCore import ClassInfo, QCoreApplication, QObject, Slot
from PySide6.QtDBus import QDBusConnection
@ClassInfo({"D-Bus Interface": "org.freedesktop.Notifications"})
class Notifications(QObject):
    @Slot(str, "uint", str, str, str, "QStringList", "QVariantMap", int, result="uint")
    def Notify(self, *what):
        print(what[3], what[4], sep="|", flush=True)
        QCoreApplication.quit()
        return 7
app, service = QCoreApplication([]), Notifications()
bus = QDBusConnection.sessionBus()
bus.registerObject("/org/freedesktop/Notifications", service, QDBusConnection.RegisterOption.ExportAllSlots)
bus.registerService("org.freedesktop.Notifications")
print("there", flush=True)
app.exec()
"""


@pytest.fixture
def desktop() -> Iterator[subprocess.Popen[str]]:
    """A desktop that shows notifications: a bus of its own with the service on it."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is needed")
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert bus.stdout is not None
    address = bus.stdout.readline().strip()
    environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": address}
    service = subprocess.Popen([sys.executable, "-c", SERVICE], env=environment, stdout=subprocess.PIPE, text=True)
    assert service.stdout is not None
    assert service.stdout.readline() == "there\n"
    before = os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = address
    yield service
    if before is None:
        del os.environ["DBUS_SESSION_BUS_ADDRESS"]
    else:
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = before
    for process in (service, bus):
        process.terminate()
        process.wait(10)
        process.stdout.close()  # type: ignore[union-attr]


def test_end_of_a_run_is_shown_on_the_desktop(window: MainWindow, desktop: subprocess.Popen[str]) -> None:
    window.habits.notifier._looked_at = lambda: False
    window.habits.notifier.show("Fine-tuning is done", "Retrieval accuracy 41 % → 70 %")
    out, _ = desktop.communicate(timeout=20)
    assert out == "Fine-tuning is done|Retrieval accuracy 41 % → 70 %\n"


def test_desktop_without_notifications_is_no_fault(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    assert TellDesktop(title="a", text="b").run(app, Progress()) is False


def test_nothing_is_shown_to_who_looks_or_does_not_want_it(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.services.runner.busy, timeout=5000)
    window.habits.notifier._looked_at = lambda: True
    window.habits.notifier.show("a", "b")
    window.habits.notifier._looked_at = lambda: False
    app.preferences.change(notifications=False)
    window.habits.notifier.show("a", "b")
    assert not window.services.runner.busy


def test_second_start_raises_the_window_and_ends(app: Application) -> None:
    called: list[object] = []
    command = [sys.executable, "-m", "letspic_desktop", "--home", str(app.home.root)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with one_window(app.home, called.append):
        second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (second.returncode, len(called)) == (0, 1)
    assert second.stdout == "LetsPic is open already; its window comes to the front.\n"
    # A command, unlike a window, has nothing to show.
    third = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert third.returncode == 1
    assert "Another LetsPic already uses" in third.stderr


def test_window_has_an_icon_and_the_name_of_its_desktop_file() -> None:
    code = """
from letspic_desktop.ui.app import make_qt
qt = make_qt()
print(qt.desktopFileName(), qt.windowIcon().pixmap(64, 64).width())
"""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["letspic", "64"]
    root = Path(__file__).parents[2]
    if (root / "packaging").is_dir():
        entry = (root / "packaging" / "linux" / "letspic.desktop").read_text()
        assert "StartupWMClass=letspic" in entry
        icon = root / "desktop" / "letspic_desktop" / "ui" / "icons" / "letspic.svg"
        assert icon.read_text() == (root / "packaging" / "linux" / "letspic.svg").read_text()


def test_headings_follow_the_settings(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    app.preferences.change(sections="album")
    qtbot.waitUntil(lambda: window.page._view.grouping == "album", timeout=5000)


def test_who_wants_to_be_asked_before_the_trash_is(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    asked: list[str] = []
    before_trash(window, window.services, 2, lambda: asked.append("at once"))
    assert asked == ["at once"]
    app.preferences.change(ask_before_trash=True)
    before_trash(window, window.services, 2, lambda: asked.append("agreed"))
    dialog = dialog_of(window, "Put these 2 photos into the trash?")
    assert asked == ["at once"]
    named(dialog, QPushButton, "Put into the trash").click()
    assert asked == ["at once", "agreed"]


def test_consent_to_small_pictures_is_taken_back_where_this_desktop_serves(app: Application) -> None:
    assert AllowThumbnails(allow=True).run(app, Progress()) is None
    app.catalog.groups.create("Their club", role="member")
    home = DeviceHome(member_home(app))
    home.write("serving.json", {"host": "127.0.0.1", "port": 0, "thumbnails": True})
    with pytest.raises(KnownError, match="no longer in the group"):
        # There is no owner in this home: the choice is kept, and nothing is served.
        AllowThumbnails(allow=False).run(app, Progress())
    assert home.read("serving.json")["thumbnails"] is False
    assert app.membership.program is None


def test_icons_are_drawn_at_the_pixels_of_the_screen() -> None:
    code = """
from letspic_desktop.ui.app import make_qt
from letspic_desktop.ui.look.icon_strokes import icon_pixmap
qt = make_qt()
icon = icon_pixmap("photos", "#ff0000", 18)
print(icon.width(), icon.devicePixelRatio(), qt.windowIcon().pixmap(64, 64).width())
"""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "2"}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["36", "2.0", "128"]


def test_mistake_of_any_thread_is_noted(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    told: list[KnownError] = []
    with noted(window.mistakes, told.append):
        thread = threading.Thread(target=lambda: [][0])
        thread.start()
        thread.join()
        sys.excepthook(KeyError, KeyError("secret"), None)
    assert [type(one) for one in told] == [MistakeError, MistakeError]
    assert [one.reason for one in told] == ["LetsPic made a mistake (IndexError)", "LetsPic made a mistake (KeyError)"]
    assert len(list((app.home.root / "reports").glob("report-*.txt"))) == 2
