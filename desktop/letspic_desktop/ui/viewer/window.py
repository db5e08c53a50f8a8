"""The viewer's window: which photo is shown, and what buttons and keys do with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QImage,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QWidget

from letspic_desktop.application import AppEvent, LibraryChanged
from letspic_desktop.ui.dialogs.trash import before_trash
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.grid.thumbnails import Key
from letspic_desktop.ui.look.widgets import row
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import percent, sentence, tr
from letspic_desktop.ui.viewer.among import Among
from letspic_desktop.ui.viewer.canvas import Canvas
from letspic_desktop.ui.viewer.dates import ask_date
from letspic_desktop.ui.viewer.deeds import Deeds
from letspic_desktop.ui.viewer.details import Details
from letspic_desktop.ui.viewer.facts import Facts, ReadFacts
from letspic_desktop.ui.viewer.part_search import PartSearch
from letspic_desktop.ui.viewer.stage import Stage
from letspic_desktop.ui.viewer.tools import Tools
from letspic_desktop.ui.viewer.view import STEP
from letspic_desktop.ui.viewer.words import said_aloud
from letspic_shared.errors import KnownError

_SIZE: Final = (1180, 780)


class Viewer(QWidget):
    """A window of its own that shows one of many photos.

    Parameters
    ----------
    rows
        The photos; a long list is read where it is looked at, and never copied.
    details, on_details
        Whether details are shown; told when they are shown or hidden.
    on_close
        Told when it is done with.
    """

    def __init__(
        self,
        shell: Shell,
        rows: Sequence[PhotoRow],
        place: int,
        *,
        details: bool,
        on_details: Callable[[bool], None],
        on_close: Callable[[], None],
    ) -> None:
        super().__init__(shell.widget, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._shell = shell
        self._services = shell.services
        self.among = Among(rows, place)
        self._on_details = on_details
        self._on_close = on_close
        self._open = True
        self._asked = 0
        self.canvas = Canvas(self)
        self.details = Details(self._services)
        self.details.setVisible(details)
        self.deeds = Deeds(self._services, lambda: self.among.photo, self._announce, self._complain)
        self.tools = self._make_tools()
        self.stage = Stage(self._services, self.canvas)
        self._parts = PartSearch(self._services, self.canvas, self.tools, lambda: self.stage.shown, self._complain)
        layout = row(self.canvas, self.details, spacing=0)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.setMinimumSize(480, 360)
        self.resize(*_SIZE)
        self._connect()
        self._unsubscribe = self._services.app.subscribe(self._hear)
        self.canvas.setFocus()
        self._show()

    @property
    def shows_picture(self) -> bool:
        """Whether the photo is there."""
        return self.stage.shown is not None

    def step(self, by: int) -> None:
        """Go on or back, past photos that went into the trash from here."""
        wanted = self.among.stepped(by)
        if wanted is not None:
            self.go(wanted)

    def arrow(self, across: int, down: int) -> None:
        """Move a photo that is larger than the window; otherwise go on or back."""
        if self.canvas.view.movable:
            self.canvas.move_by(-across, -down)
        elif across:
            self.step(across)

    def go(self, place: int) -> None:
        """Show the photo at a place of the list; nothing where there is none."""
        if 0 <= place <= self.among.end and place != self.among.place:
            self.among.place = place
            self._show()

    def go_last(self) -> None:
        """Show the last photo."""
        self.go(self.among.end)

    def zoom(self, steps: int) -> None:
        """Zoom in or out."""
        self.canvas.zoom_by(STEP**steps)

    def toggle_fit(self) -> None:
        """From the whole photo to each of its pixels, and back."""
        self.canvas.zoom_to(1.0 if self.canvas.view.zoom is None else None)

    def toggle_favourite(self) -> None:
        """Make the photo a favourite, or no longer."""
        self.deeds.favour(not self.among.favourite)

    def trash(self) -> None:
        """Put the photo into the trash, and go on to the next one."""
        if self.among.entry is None or self.among.entry.trashed_at is None:
            # The person may go on to another photo before they answer.
            photo = self.among.photo
            before_trash(self, self._shell.services, 1, lambda: self.deeds.trash(photo, self._pass_over))

    def search_similar(self) -> None:
        """Search for photos like this one; the results are in the main window."""
        self._shell.search(self.among.row)
        self.close()

    def choose_part(self) -> None:
        """Let the person choose a part to search with, or give that up."""
        self._parts.toggle()

    def toggle_details(self) -> None:
        """Show or hide the details."""
        shown = self.details.isHidden()
        if not shown and self.details.isAncestorOf(self.focusWidget()):
            self.canvas.setFocus()
        self.details.setVisible(shown)
        self.tools.buttons["details"].setChecked(shown)
        self._on_details(shown)
        self.details.begin(self.among.row.key)
        self._show_facts()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or be a window again."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        self.tools.buttons["full-screen"].setChecked(self.isFullScreen())

    def leave(self) -> None:
        """Step by step: from the details' fields to the photo, from the full screen to a window, from it away."""
        if self.focusWidget() is not self.canvas and self.details.isAncestorOf(self.focusWidget()):
            self.canvas.setFocus()
        elif self.isFullScreen():
            self.toggle_full_screen()
        else:
            self.close()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A mouse has buttons for going back and on."""
        steps = {Qt.MouseButton.BackButton: -1, Qt.MouseButton.ForwardButton: 1}
        if event.button() in steps:
            self.step(steps[event.button()])

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        """The Tab key finds the buttons also while they hide."""
        self.tools.wake()
        return super().focusNextPrevChild(forward)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the buttons where they belong."""
        super().resizeEvent(event)
        self._arrange()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Late pictures are for nobody."""
        self._open = False
        self._unsubscribe()
        self.stage.close()
        self._parts.close()
        self.details.close_for_good()
        super().closeEvent(event)
        self._on_close()

    def _make_tools(self) -> Tools:
        return Tools(
            self.canvas,
            self._services.theme,
            {
                "back": self.close,
                "fit": self.toggle_fit,
                "rotate-left": lambda: self.deeds.rotate(-1),
                "rotate-right": lambda: self.deeds.rotate(1),
                "favourite": self.toggle_favourite,
                "similar": self.search_similar,
                "part": self.choose_part,
                "details": self.toggle_details,
                "full-screen": self.toggle_full_screen,
                "trash": self.trash,
            },
            self.step,
        )

    def _connect(self) -> None:
        self.canvas.woke.connect(self.tools.wake)
        self.canvas.resized.connect(self._arrange)
        self.canvas.view_changed.connect(lambda: self.tools.show_zoom(percent(self.canvas.view.zoomed)))
        self._parts.cut.connect(self._search_part)
        self._parts.ended.connect(self._show_facts)
        self.tools.stars.rated.connect(self.deeds.rate)
        self.tools.buttons["details"].setChecked(not self.details.isHidden())
        self.details.rated.connect(self.deeds.rate)
        self.details.favoured.connect(lambda _: self.toggle_favourite())
        self.details.tagged.connect(self.deeds.tag)
        self.details.untagged.connect(self.deeds.untag)
        self.details.date_asked.connect(self._ask_date)
        changes = self._services.changes
        # The same keys as in the main window, whose own do not work here.
        for key, call in ((QKeySequence.StandardKey.Undo, changes.undo), (QKeySequence.StandardKey.Redo, changes.redo)):
            QShortcut(QKeySequence(key), self).activated.connect(call)

    def _show(self) -> None:
        """Show another photo of the list."""
        among = self.among
        self._show_name()
        self.details.begin(among.row.key)
        self._show_facts()
        self.stage.show(among.versions(), among.facts, among.row.where)
        self._read()

    def _show_name(self) -> None:
        among = self.among
        self.setWindowTitle(f"{among.name} · {among.words}")
        self.tools.show_photo(among.name, among.words, first=among.first, last=among.last)

    def _read(self) -> None:
        """Read about the photo and those beside it."""
        self._asked += 1
        asked = self._asked

        def take(facts: dict[Key, Facts]) -> None:
            if self._open and asked == self._asked:
                self._take(facts)

        self._services.runner.start(ReadFacts(keys=self.among.keys()), done=take)

    def _take(self, facts: dict[Key, Facts]) -> None:
        back = self.among.learn(facts)
        if back is not None:
            self.go(back)
        self._show_name()
        self._show_facts()
        self.stage.show(self.among.versions(), self.among.facts, self.among.row.where)

    def _show_facts(self) -> None:
        among = self.among
        self.tools.show_state(rating=among.rating, favourite=among.favourite, of_library=among.photo is not None)
        self.canvas.setAccessibleName(said_aloud(among))
        if among.facts is not None and not self.details.isHidden():
            self.details.show_facts(among.facts)

    def _pass_over(self, key: Key) -> None:
        if not self._open:
            return
        self.among.pass_over(key)
        if self.among.row.key != key:
            return
        wanted = self.among.stepped(1)
        wanted = wanted if wanted is not None else self.among.stepped(-1)
        if wanted is None:
            self.close()
        else:
            self.go(wanted)

    def _ask_date(self) -> None:
        if self.among.entry is not None:
            ask_date(self, self._services, self.among.entry)

    def _search_part(self, part: QImage) -> None:
        self._shell.search_picture(part, tr("a part of {name}", name=self.among.name))
        self.close()

    def _complain(self, error: KnownError) -> None:
        if self._open:
            self.canvas.say(sentence(error))
            self._announce(sentence(error))

    def _announce(self, words: str) -> None:
        """Have a screen reader say what has happened."""
        if self._open:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.canvas, words))

    def _arrange(self) -> None:
        self.tools.arrange(self.canvas.width(), self.canvas.height())
        self._parts.hint.say(self._parts.hint.text())

    def _hear(self, event: AppEvent) -> None:
        # Any thread may tell events.
        if isinstance(event, LibraryChanged):
            self._services.dispatcher.post(self._read_again)

    def _read_again(self) -> None:
        if self._open:
            if self.stage.failed:
                self.stage.shelf.try_again()
            self._read()
