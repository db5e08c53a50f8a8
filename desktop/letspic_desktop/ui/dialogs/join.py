"""Join another desktop's group: choose who may connect, show the code, and see that it was taken."""

from __future__ import annotations

import contextlib
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFormLayout, QLabel, QSpinBox, QWidget

from letspic_desktop.operations.serving import EVERY_ADDRESS, EndJoining, ServeGroup, Serving, serving_now
from letspic_desktop.ui.dialogs.base import fill, prepare
from letspic_desktop.ui.look.widgets import beside, button, column, inset, label, row
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import said, sentence, tr
from letspic_shared.errors import KnownError

_LOOK_MS: Final = 250
_LAST_PORT: Final = 65535
_THIS_MACHINE: Final = "127.0.0.1"


class JoinDialog(QDialog):
    """First the choices, then the code until somebody has typed it.

    Closing it ends what nobody has joined; once this desktop is in a group, it serves on without the dialog.

    Parameters
    ----------
    present
        Name of the group that this desktop serves in now, empty where it is in none.
    """

    def __init__(self, parent: QWidget, services: Services, present: str) -> None:
        super().__init__(parent)
        prepare(self, tr("Join a group"))
        self._services, self._present = services, present
        self._open = True
        self.finished.connect(lambda _: self._closed())
        self.where, self.port, self.thumbnails = QComboBox(), QSpinBox(), QCheckBox()
        self.code, self.places, self.waiting = label("", "code"), label("", "strong", wrap=True), label("", wrap=True)
        self.message = label("", "bad", wrap=True)
        self.message.hide()
        self.show_button = button(services.theme, tr("Show the code"), role="primary", on_click=self._begin)
        self.show_button.setDefault(True)
        self.close_button = button(services.theme, tr("Cancel"), on_click=self.close)
        self._first, self.second = _page(self._choices()), _page(self._shown())
        self.second.hide()
        fill(
            self,
            column(
                label(tr("Join a group"), "h2"), self._first, self.second, self.message, 6,
                row(None, self.close_button, self.show_button), spacing=8,
            ),
        )  # fmt: skip
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._watch)

    def _choices(self) -> QFormLayout:
        self.where.addItem(tr("Programs on this computer only"), _THIS_MACHINE)
        self.where.addItem(tr("Computers on this network"), EVERY_ADDRESS)
        self.port.setRange(0, _LAST_PORT)
        self.port.setSpecialValueText(tr("any"))
        inset(self.port)
        self.thumbnails.setText(tr("Let the group's searches show small pictures of my photos"))
        self.thumbnails.setChecked(self._services.app.preferences.now.share_thumbnails)
        form = QFormLayout()
        form.setSpacing(10)
        texts = [
            tr("Another desktop takes this one into its group, with a code that is shown here. Then the photos of this"
               " library help the group to learn and can be found in its searches."),
            tr("Your photos do not leave this computer, nor do their features: only sums over many photos do. An album"
               " with fewer than 3 photos is kept out."),
        ]  # fmt: skip
        if self._present:
            texts.append(
                tr(
                    "This desktop is in the group {name}. As soon as the code is taken it leaves that one, and what"
                    " was placed here by its owner is deleted.",
                    name=self._present,
                )
            )
        for text in texts:
            form.addRow(_wide(text))
        for name, field in ((tr("Who may connect"), self.where), (tr("Port"), self.port)):
            field.setAccessibleName(name)
            form.addRow(beside(name, field), field)
        form.addRow(self.thumbnails)
        return form

    def _shown(self) -> QFormLayout:
        form = QFormLayout()
        form.setSpacing(8)
        how = _wide(tr("At the desktop that owns the group: Add device, choose this desktop, type the code."))
        address = label(tr("Address"), "muted")
        form.addRow(how)
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.places.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        form.addRow(self.code)
        form.addRow(address, self.places)
        form.addRow(self.waiting)
        self._until_taken = (how, self.code, address, self.places)
        return form

    def _begin(self) -> None:
        self.show_button.setEnabled(False)
        self.message.hide()
        operation = ServeGroup(
            host=str(self.where.currentData()),
            port=self.port.value(),
            allow_thumbnails=self.thumbnails.isChecked(),
            replace=bool(self._present),
        )
        self._services.runner.start(operation, done=self._began, failed=self._failed)

    def _began(self, serving: Serving) -> None:
        if not self._open:
            self._services.runner.start(EndJoining())
            return
        # What is chosen here is what the settings show.
        with contextlib.suppress(KnownError):
            self._services.app.preferences.change(share_thumbnails=self.thumbnails.isChecked())
        self.show_button.hide()
        self._first.hide()
        self.second.show()
        self._timer.start()
        self._show(serving)
        self.adjustSize()

    def _watch(self) -> None:
        serving = serving_now(self._services.app)
        if serving is not None:
            self._show(serving)

    def _show(self, serving: Serving) -> None:
        """Show the code and how long it holds, or what became of it."""
        self.code.setText(f"{serving.code[:4]} {serving.code[4:]}")
        self.code.setAccessibleName(tr("Code: {digits}", digits=" ".join(serving.code)))
        self.places.setText(tr(" or ").join(serving.addresses))
        if serving.open:
            left = tr("{minutes}:{seconds}", minutes=int(serving.seconds_left) // 60,
                      seconds=f"{int(serving.seconds_left) % 60:02d}")  # fmt: skip
            text = tr("Waiting for the owner's desktop … the code holds for {time} more.", time=left)
            if serving.someone_else_tried:
                text = tr("Somebody has typed a wrong code. {waiting}", waiting=text)
            self._say(text)
            return
        self._timer.stop()
        self.close_button.setText(tr("Close"))
        if serving.pairing == "paired":
            for one in self._until_taken:
                one.hide()
            names = {"group": serving.group, "desktop": serving.desktop}
            text = tr("This desktop is in the group {group} of {desktop} now. It takes part while LetsPic is open.",
                      **names)  # fmt: skip
            self._say(text)
            return
        self._say(tr("The code is no longer valid ({why}). Nothing was joined.", why=said(serving.pairing)))
        self._stop_showing()

    def _stop_showing(self) -> None:
        """Offer a new code."""
        self.code.setText("–")
        self.show_button.setText(tr("Show a new code"))
        self.show_button.setEnabled(True)
        self.show_button.show()

    def _say(self, text: str) -> None:
        if self.waiting.text() != text:
            self.waiting.setText(text)
            self.waiting.setAccessibleName(text)

    def _failed(self, error: KnownError) -> None:
        if self._open:
            self.message.setText(sentence(error))
            self.message.show()
            self.show_button.setEnabled(True)

    def _closed(self) -> None:
        self._open = False
        self._timer.stop()
        self._services.runner.start(EndJoining())


def _page(layout: QFormLayout) -> QWidget:
    made = QWidget()
    layout.setContentsMargins(0, 0, 0, 0)
    made.setLayout(layout)
    return made


def _wide(text: str) -> QLabel:
    made = label(text, "muted", wrap=True)
    made.setMinimumWidth(420)
    return made
