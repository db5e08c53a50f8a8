"""What the parts of the window may ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from letspic_desktop.ui.action_book import ActionBook
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.look.message_bar import MessageBar
from letspic_desktop.ui.places import Place
from letspic_desktop.ui.queries import Overview
from letspic_desktop.ui.services import Services


class Shell(Protocol):
    """The window as its parts see it; used in the window's thread."""

    @property
    def services(self) -> Services:
        """The program behind the window."""
        ...

    @property
    def widget(self) -> QWidget:
        """The parent of dialogs."""
        ...

    @property
    def messages(self) -> MessageBar:
        """Says one sentence above the photos."""
        ...

    @property
    def actions_book(self) -> ActionBook:
        """Takes what can be done with the keyboard."""
        ...

    @property
    def overview(self) -> Overview | None:
        """What the sidebar lists; None until it was read first."""
        ...

    @property
    def place(self) -> Place:
        """Where the person is."""
        ...

    def go(self, place: Place) -> None:
        """Show the photos of a place."""
        ...

    def refresh(self) -> None:
        """Read everything again soon."""
        ...

    def chosen(self) -> list[PhotoRow]:
        """Return the selected photos."""
        ...

    def search(self, row: PhotoRow) -> None:
        """Search for photos like one."""
        ...

    def search_picture(self, picture: QImage, name: str) -> None:
        """Search for photos like a picture that has no file; ``name`` is what the results call it."""
        ...

    def open_photos(self, rows: Sequence[PhotoRow], number: int) -> None:
        """Show photos in full, beginning with one of them."""
        ...
