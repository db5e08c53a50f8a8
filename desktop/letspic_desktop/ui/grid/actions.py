"""What the keys do while the photos have the focus, and a click on a photo's heart and stars."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from letspic_desktop.operations.organise import MoveInAlbum
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.organise.photo_actions import PhotoActions
from letspic_desktop.ui.organise.trash_control import TrashControl
from letspic_desktop.ui.page.photo_page import PhotoPage
from letspic_desktop.ui.places import Place
from letspic_desktop.ui.shell import Shell
from letspic_desktop.ui.texts import tr


class GridActions:
    """Registers the keys of the grid, and makes the changes they stand for."""

    def __init__(self, shell: Shell, page: PhotoPage, photos: PhotoActions, trash: TrashControl) -> None:
        self._shell = shell
        self._page = page
        self._actions = photos
        self._trash = trash
        self._grid = page.grid
        add, grid, some = shell.actions_book.add, page.grid, self._some
        ratings = [
            tr("Take the stars off the selected photos"),
            tr("Rate the selected photos with 1 star"),
            tr("Rate the selected photos with 2 stars"),
            tr("Rate the selected photos with 3 stars"),
            tr("Rate the selected photos with 4 stars"),
            tr("Rate the selected photos with 5 stars"),
        ]
        for stars, text in enumerate(ratings):
            add("photos", text, partial(self.rate, stars), str(stars), in_menu=False, scope=grid)
        add("photos", tr("Add to the favourites, or take out of them"), self.favour, "F", enabled=some, scope=grid)
        add("photos", tr("Rotate to the right"), lambda: self.rotate(1), "R", enabled=some, scope=grid)
        add("photos", tr("Rotate to the left"), lambda: self.rotate(-1), "L", enabled=some, scope=grid)
        add("photos", tr("Put into the trash"), self.trash, "Del", enabled=some, scope=grid)
        add("photos", tr("Open the photo"), self.open, "Return", enabled=some, scope=grid)
        add("photos", tr("Select all"), grid.selectAll, "Ctrl+A", in_menu=False, scope=grid)
        text = tr("Select all under the same heading")
        add("photos", text, grid.select_section, "Ctrl+Shift+A", in_menu=False, scope=grid)
        text = tr("Move the selected photos forward in the album")
        add("photos", text, partial(self.move, -1), "Alt+Left", in_menu=False, scope=grid)
        text = tr("Move the selected photos back in the album")
        add("photos", text, partial(self.move, 1), "Alt+Right", in_menu=False, scope=grid)
        add("view", tr("Larger photos"), lambda: grid.zoom(1), "Ctrl++")
        add("view", tr("Smaller photos"), lambda: grid.zoom(-1), "Ctrl+-")
        add("view", tr("Show or hide the filters"), page.view_bar.filter_button.toggle, "Ctrl+Shift+F")
        grid.sign_clicked.connect(self._sign)
        page.place_shown.connect(self._let_move)

    def rate(self, stars: int) -> None:
        """Give the selected photos stars."""
        photos = self._photos()
        if photos:
            self._actions.rate(photos, stars)

    def favour(self) -> None:
        """Make favourites of the selected photos; where all of them are, they are no longer."""
        rows = self._rows()
        if rows:
            self._actions.set_favourite(_keys(rows), not all(row.favourite for row in rows))

    def rotate(self, quarter_turns: int) -> None:
        """Turn the selected photos clockwise."""
        photos = self._photos()
        if photos:
            self._actions.rotate(photos, quarter_turns)

    def trash(self) -> None:
        """Put the selected photos into the trash; out of the trash they are forgotten, after a question."""
        photos = self._photos()
        if photos and self._shell.place.kind == "trash":
            self._trash.forget(photos)
        elif photos:
            self._trash.put(photos)

    def open(self) -> None:
        """Show the current photo in full."""
        number = self._grid.currentIndex().row()
        if number >= 0:
            self._grid.opened.emit(number)

    def move(self, step: int) -> None:
        """Move the selected photos by one place in the order of an album, forward (-1) or back (1)."""
        content, numbers = self._page.content, self._grid.chosen_numbers
        if content is None or not numbers:
            return
        if not content.movable:
            text = tr("Photos have an order of yours in albums only, while they are shown as in the album.")
            self._shell.messages.say(text, "plain")
            return
        keys = content.rows.keys
        moved = {keys[number] for number in numbers}
        if step < 0:
            before = keys[max(0, numbers[0] - 1)]
            target: str | None = next((key for key in keys[keys.index(before) :] if key not in moved), None)
        else:
            target = next((key for key in keys[numbers[-1] + 2 :] if key not in moved), None)
        self._move(content.place, tuple(key for key in keys if key in moved), target)

    def _move(self, place: Place, photos: Sequence[str], before: str | None) -> None:
        change = MoveInAlbum(album=int(place.key), photos=tuple(photos), before=before)
        self._shell.services.changes.make(change)

    def _let_move(self, place: Place) -> None:
        """Let photos be dragged to another place of an album, where they are in its order."""
        content = self._page.content
        if content is None or not content.movable:
            self._grid.drag.let_move(None)
            return
        self._grid.drag.let_move(partial(self._move, place))

    def _sign(self, number: int, sign: int) -> None:
        """Set what was clicked; the star that is the rating takes it back."""
        row = self._grid.photos.rows[number]
        if sign == 0:
            self._actions.set_favourite(_keys([row]), not row.favourite)
        else:
            self._actions.rate(_keys([row]), 0 if sign == row.rating else sign)

    def _rows(self) -> list[PhotoRow]:
        return [row for row in self._grid.chosen_rows if isinstance(row.key, str) and not row.where]

    def _photos(self) -> tuple[str, ...]:
        return _keys(self._rows())

    def _some(self) -> bool:
        return bool(self._grid.selectionModel().hasSelection())


def _keys(rows: Sequence[PhotoRow]) -> tuple[str, ...]:
    return tuple(row.key for row in rows if isinstance(row.key, str))
