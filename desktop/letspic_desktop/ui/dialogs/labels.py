"""Say which album of the group each folder of a device's own photos is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QFrame, QLineEdit, QScrollArea, QWidget

from letspic_desktop.operations.own_folders import LabelFolders, OwnFolder, OwnPhotos
from letspic_desktop.ui.dialogs.base import fill, prepare
from letspic_desktop.ui.look.widgets import beside, button, column, label, row
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, sentence, tr
from letspic_shared.errors import KnownError

_MOST_HEIGHT: Final = 360
# What the entry for a new album stands for; no album is called so, for names have no line break.
_NEW: Final = "\n"


class LabelsDialog(QDialog):
    """A choice of album for each folder.

    Parameters
    ----------
    on_saved
        Told how many own photos of the device have a label now.
    """

    def __init__(self, parent: QWidget, services: Services, own: OwnPhotos, on_saved: Callable[[int], None]) -> None:
        super().__init__(parent)
        title = tr("Label the photos of {name}", name=own.device.name)
        prepare(self, title)
        self._services, self._own, self._on_saved = services, own, on_saved
        self._open = True
        self.finished.connect(lambda _: self._closed())
        self.names = {folder.name: self._name(folder) for folder in own.folders}
        self.choices = {folder.name: self._choice(folder) for folder in own.folders}
        self.message = label("", "bad", wrap=True)
        self.message.hide()
        self.save_button = button(services.theme, tr("Save"), role="primary", on_click=self._save)
        self.save_button.setDefault(True)
        cancel = button(services.theme, tr("Cancel"), on_click=self.close)
        text = tr("These photos stay on the device. With an album's label, fine-tuning learns from them there.")
        about = label(text, "muted", wrap=True)
        about.setMinimumWidth(420)
        fill(
            self,
            column(
                label(title, "h2"), about, 4, self._form(), self.message, 6, row(None, cancel, self.save_button),
                spacing=8,
            ),
        )  # fmt: skip

    def _choice(self, folder: OwnFolder) -> QComboBox:
        choice = QComboBox()
        choice.setAccessibleName(tr("Album of the folder {name}", name=folder.name))
        choice.addItem(tr("no label"), None)
        for album in self._own.albums:
            choice.addItem(album, album)
        choice.addItem(tr("New album …"), _NEW)
        choice.setCurrentIndex(max(0, choice.findData(folder.album or self._same_name(folder.name))))
        name = self.names[folder.name]
        choice.currentIndexChanged.connect(lambda _: name.setVisible(choice.currentData() == _NEW))
        choice.activated.connect(lambda _: name.setFocus() if choice.currentData() == _NEW else None)
        return choice

    def _name(self, folder: OwnFolder) -> QLineEdit:
        name = QLineEdit(folder.name)
        name.setAccessibleName(tr("Name of the new album for the folder {name}", name=folder.name))
        name.hide()
        return name

    def _same_name(self, folder: str) -> str | None:
        return next((album for album in self._own.albums if album.casefold() == folder.casefold()), None)

    def _form(self) -> QScrollArea:
        body = QWidget()
        form = QFormLayout()
        form.setHorizontalSpacing(22)
        for folder in self._own.folders:
            photos = counted(folder.photos, "{n} photo", "{n} photos")
            choice = self.choices[folder.name]
            form.addRow(beside(f"{folder.name}   ·   {photos}", choice, ""), choice)
            form.addRow("", self.names[folder.name])
        body.setLayout(form)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(body)
        # With room for the name of a new album.
        area.setMinimumHeight(min(_MOST_HEIGHT, body.sizeHint().height() + 44))
        return area

    def _save(self) -> None:
        self.save_button.setEnabled(False)
        chosen = {name: choice.currentData() for name, choice in self.choices.items()}
        made = {name: self.names[name].text().strip() for name, album in chosen.items() if album == _NEW}
        operation = LabelFolders(
            device=self._own.device.name,
            folders=tuple((chosen | made).items()),
            new=tuple(dict.fromkeys(made.values())),
        )
        self._services.runner.start(operation, done=self._saved, failed=self._failed)

    def _saved(self, count: int) -> None:
        self._on_saved(count)
        if self._open:
            self.close()

    def _failed(self, error: KnownError) -> None:
        if self._open:
            self.message.setText(sentence(error))
            self.message.show()
            self.save_button.setEnabled(True)

    def _closed(self) -> None:
        self._open = False
