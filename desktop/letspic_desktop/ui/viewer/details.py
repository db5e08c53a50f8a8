"""The panel beside the photo: what is known of it, and what can be changed about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCompleter, QFrame, QLabel, QLineEdit, QPushButton, QScrollArea, QSizePolicy, QWidget

from letspic_desktop.ui.grid.thumbnails import Key
from letspic_desktop.ui.look.widgets import Item, button, column, label, line, pill, row
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, size, tr
from letspic_desktop.ui.viewer.chips import Chips
from letspic_desktop.ui.viewer.facts import Facts, ReadExposure, ReadTagNames, format_name, needed_extra
from letspic_desktop.ui.viewer.stars import Stars
from letspic_desktop.ui.viewer.words import date_words, exposure_words, place_words, size_words
from letspic_shared.errors import KnownError
from letspic_shared.photo import Exposure

WIDTH: Final = 312
_SHORT_SHA: Final = 12


class Details(QScrollArea):
    """Shows facts; what a person wants changed is told by signals.

    Signals
    -------
    rated, favoured
        So many stars; a favourite or no longer.
    tagged, untagged
        A tag that is to be put on the photo, or taken off it.
    date_asked
        The date is to be corrected.
    """

    rated = Signal(int)
    favoured = Signal(bool)
    tagged = Signal(str)
    untagged = Signal(str)
    date_asked = Signal()

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("details")
        self.setAccessibleName(tr("Details"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(WIDTH)
        self._services = services
        self._key: Key | None = None
        theme = services.theme
        self.name = _words("h2")
        self.folder = _words("small")
        self.state = label("", "bad", wrap=True)
        self.stars = Stars(theme)
        self.stars.rated.connect(self.rated)
        self.heart = _quiet(button(theme, "", role="ghost", icon="heart", name=tr("Favourite")))
        self.heart.setCheckable(True)
        self.heart.clicked.connect(lambda: self.favoured.emit(self.heart.isChecked()))
        self.date, self.date_source = _words("strong"), _words("small")
        self._edit_date = _quiet(button(theme, tr("Change …"), role="link", name=tr("Change the date")))
        self._edit_date.clicked.connect(lambda: self.date_asked.emit())
        self.camera, self.exposure, self.lens = _words("strong"), _words("small"), _words("small")
        self.place = _words("strong")
        self._copy_place = _quiet(button(theme, tr("Copy"), role="link", name=tr("Copy the coordinates")))
        self._copy_place.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.place.text()))
        self.pixels, self.bytes, self.sha256 = _words("small"), _words("small"), _words("small")
        self.format, self.extra = pill(), pill("", "warn")
        self.albums = Chips(theme, tr("Albums"))
        self.tags = Chips(theme, tr("Tags"), self.untagged.emit)
        self.devices = Chips(theme, tr("Devices that hold it"))
        self.no_albums, self.no_devices = label(tr("In no album"), "small"), label(tr("On no device"), "small")
        self.new_tag = self._tag_field()
        self._blocks = self._lay_out()

    @property
    def texts(self) -> list[str]:
        """Everything that is said at the moment."""
        return [one.text() for one in self.findChildren(QLabel) if one.isVisibleTo(self) and one.text()]

    def begin(self, key: Key) -> None:
        """Another photo is shown; what is known of it comes, and what only its file says is read, where it is seen."""
        self._key = key
        self.show_exposure(None)
        self.new_tag.clear()
        if self.isHidden():
            return

        def show(exposure: Exposure) -> None:
            if self._key == key:
                self.show_exposure(exposure)

        def cannot(error: KnownError) -> None:
            # The canvas says what is wrong with the file.
            del error

        # Both come back to this panel's own thread; a closed panel has another key.
        self._services.runner.start(ReadExposure(key=key), done=show, failed=cannot)
        if not self._completions.rowCount():
            self._services.runner.start(ReadTagNames(), done=self._complete)

    def close_for_good(self) -> None:
        """What is still being read is for nobody."""
        self._key = None

    def show_facts(self, facts: Facts) -> None:
        """Show what is known of a photo."""
        photo = facts.photo
        self.name.setText(facts.name)
        self.folder.setText(str(facts.file.parent) if facts.file is not None else "")
        self.folder.setVisible(facts.file is not None)
        self._say_state(facts)
        for block in self._blocks:
            block.setVisible(photo is not None)
        self.devices.show_words(facts.devices)
        self.no_devices.setVisible(not facts.devices)
        if photo is None:
            return
        self.stars.show_rating(photo.rating)
        self._show_heart(photo.favourite)
        date, source = date_words(photo)
        self.date.setText(date)
        self.date_source.setText(source)
        self.camera.setText(photo.camera or tr("Camera not known"))
        where = place_words(photo)
        self.place.setText(where or tr("Place not known"))
        self._copy_place.setVisible(bool(where))
        self.pixels.setText(size_words(photo))
        copies = counted(facts.copies, "{n} file", "{n} files")
        self.bytes.setText(size(photo.bytes) if facts.copies < 2 else f"{size(photo.bytes)} · {copies}")
        self.sha256.setText(tr("SHA-256 {start} …", start=photo.sha256[:_SHORT_SHA]))
        self.sha256.setToolTip(photo.sha256)
        self.format.setText(format_name(photo))
        self.albums.show_words([album.name for album in facts.albums])
        self.no_albums.setVisible(not facts.albums)
        self.tags.show_words(facts.tags)

    def show_exposure(self, exposure: Exposure | None) -> None:
        """Show how the photo was exposed; nothing where that is not known."""
        words = exposure_words(exposure) if exposure is not None else ""
        lens = (exposure.lens if exposure is not None else None) or ""
        self.exposure.setText(words)
        self.exposure.setVisible(bool(words))
        self.lens.setText(lens)
        self.lens.setVisible(bool(lens))

    def _complete(self, names: Sequence[str]) -> None:
        if self._key is not None:
            self._completions.setStringList(list(names))

    def _say_state(self, facts: Facts) -> None:
        extra = needed_extra(facts.photo.format) if facts.photo is not None else ""
        parts = [extra]
        if facts.photo is None and facts.file is None:
            parts.append(
                tr("This photo is on {devices}; it has no file here.", devices=", ".join(facts.devices))
                if facts.devices
                else tr("This photo is not of this library.")
            )
        elif not facts.there:
            parts.append(tr("Its file is not there. Import the folder where it is now, or connect its drive."))
        if facts.photo is not None and facts.photo.trashed_at is not None:
            parts.append(tr("It is in the trash."))
        self.state.setText(" ".join(part for part in parts if part))
        self.state.setVisible(bool(self.state.text()))
        self.extra.setVisible(bool(extra))
        self.extra.setText(tr("not shown here") if extra else "")

    def _show_heart(self, favourite: bool) -> None:
        theme = self._services.theme
        self.heart.setChecked(favourite)
        self.heart.setIcon(theme.icon("heart-full" if favourite else "heart", "bad" if favourite else "muted", 18))

    def _tag_field(self) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(tr("Add a tag"))
        field.setAccessibleName(tr("Add a tag"))
        self._completions = QStringListModel(field)
        completer = QCompleter(self._completions, field)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        field.setCompleter(completer)

        def add() -> None:
            text = field.text().strip()
            if text:
                self.tagged.emit(text)
                field.clear()
                self._completions.setStringList(sorted({*self._completions.stringList(), text}, key=str.casefold))

        field.returnPressed.connect(add)
        return field

    def _lay_out(self) -> list[QWidget]:
        head = column(self.name, self.folder, self.state, spacing=4)
        rating = _block(line(), row(self.stars, None, self.heart, spacing=0))
        when = _block(line(), row(_title(tr("Taken")), None, self._edit_date), self.date, self.date_source)
        camera = _block(line(), _title(tr("Camera")), self.camera, self.exposure, self.lens)
        where = _block(line(), row(_title(tr("Place")), None, self._copy_place), self.place)
        tags = _block(line(), _title(tr("Tags")), self.tags, self.new_tag)
        albums = _block(line(), _title(tr("Albums")), self.albums, self.no_albums)
        file = _block(
            line(), _title(tr("File")), row(self.format, self.extra, None), self.pixels, self.bytes, self.sha256
        )
        devices = _block(line(), _title(tr("Devices")), self.devices, self.no_devices)
        body = QWidget()
        body.setObjectName("detailsBody")
        blocks = [rating, when, camera, where, tags, albums, file]
        body.setLayout(column(head, *blocks, devices, None, spacing=12, margins=(18, 20, 18, 18)))
        self.setWidget(body)
        return blocks


def _block(*items: Item) -> QWidget:
    made = QWidget()
    made.setLayout(column(*items, spacing=5))
    return made


def _title(text: str) -> QLabel:
    return label(text, "small")


def _words(role: str) -> QLabel:
    """Return a text that can be selected and copied, and wraps."""
    made = label("", role, wrap=True)
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return made


def _quiet(made: QPushButton) -> QPushButton:
    """Return a button that leaves the keyboard with the photo when it is clicked."""
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
