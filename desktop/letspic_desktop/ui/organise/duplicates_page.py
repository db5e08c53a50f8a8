"""The place where a person decides between photos that look alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QListView, QPushButton, QSplitter, QStackedWidget, QWidget

from letspic_desktop.library.lookalikes import Lookalikes
from letspic_desktop.ui.look.message_bar import ProgressStrip
from letspic_desktop.ui.look.widgets import button, card, column, label, row
from letspic_desktop.ui.organise.duplicate_facts import Candidate
from letspic_desktop.ui.organise.duplicate_lists import (
    ICON,
    CandidateDelegate,
    CandidatesModel,
    CopiesModel,
    GroupsModel,
)
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, number, tr

# For what was found to stand beside the tabs.
_ROOM_FOR_WORDS: Final = 160
_MOST: Final = 100


class DuplicatesPage(QWidget):
    """Groups on the left, the photos of one of them on the right; a constant number of widgets for any number.

    Signals
    -------
    look_asked
        Look for photos that look alike.
    group_shown
        A group is to be shown on the right.
    keep_one_asked
        The photo to keep, and the group.
    keep_all_asked
        The group whose photos are all wanted.
    opened
        Photos to show in full, and the number of the first.
    """

    look_asked = Signal()
    group_shown = Signal(Lookalikes)
    keep_one_asked = Signal(str, Lookalikes)
    keep_all_asked = Signal(Lookalikes)
    opened = Signal(list, int)

    def __init__(self, services: Services) -> None:
        super().__init__()
        theme = services.theme
        self._said = label("", "muted", wrap=True)
        self.look_button = button(theme, tr("Look for duplicates"), icon="search", on_click=self.look_asked.emit)
        self.progress = ProgressStrip(theme)
        self.groups, self.copies = GroupsModel(services.thumbnails), CopiesModel(services.thumbnails)
        self.candidates = CandidatesModel()
        self.group_list = _list(self.groups, tr("Groups of photos that look alike"))
        self.group_list.selectionModel().currentChanged.connect(lambda index, _: self._show_group(index))
        self.copy_list = _list(self.copies, tr("Photos that several files hold"))
        self.strip = self._make_strip(services)
        self.keep_button = button(theme, tr("Keep this one"), role="primary", on_click=self.keep_one)
        self.keep_button.setAccessibleDescription(
            tr("It gets the albums, tags and best rating of the others, which go into the trash")
        )
        self.both_button = button(theme, tr("Keep both"), on_click=self.keep_all)
        self.both_button.setAccessibleDescription(tr("They are never asked about again"))
        hint = label(tr("Keys: K this one, B both, Ctrl+Z back"), "small")
        buttons = row(self.keep_button, self.both_button, 8, hint, None, spacing=10)
        self._detail = column(self.strip, buttons, None, spacing=12)
        right = QWidget()
        right.setLayout(self._detail)
        halves = QSplitter()
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.group_list)
        halves.addWidget(right)
        halves.setStretchFactor(1, 1)
        halves.setSizes([190, 800])
        self._halves = halves
        self._note = label("", "muted", wrap=True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._parts = QStackedWidget()
        for part in (halves, self.copy_list, self._note):
            self._parts.addWidget(part)
        self.alike_tab, self.copies_tab = self._tab(), self._tab()
        self._tabs = QButtonGroup(self)
        for tab in (self.alike_tab, self.copies_tab):
            self._tabs.addButton(tab)
        self.alike_tab.setChecked(True)
        self._tabs.buttonClicked.connect(lambda _: self._arrange())
        self._segments = card(row(self.alike_tab, self.copies_tab, spacing=2, margins=(3, 3, 3, 3)), "segments")
        self._first_line = row(self._segments, 6, self._said, self.look_button, None, spacing=8)
        self._first_line.setStretch(2, _MOST)
        self._second_line = row(spacing=8)
        layout = column(
            self._first_line, self._second_line, self.progress, self._parts, spacing=10, margins=(5, 4, 14, 14)
        )
        layout.setStretch(3, 1)
        self.setLayout(layout)
        self.looked = False
        self.show_found((), {}, "")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Where there is little room, what was found is said in a line of its own."""
        super().resizeEvent(event)
        self._share_lines()

    def _share_lines(self) -> None:
        needed = self._segments.sizeHint().width() + self.look_button.sizeHint().width() + _ROOM_FOR_WORDS
        narrow = self.width() < needed
        if narrow == (self._second_line.indexOf(self._said) < 0):
            here, there = self._first_line, self._second_line
            if not narrow:
                here, there = there, here
            for place, one, stretch in ((0, self._said, _MOST), (1, self.look_button, 0)):
                here.removeWidget(one)
                there.insertWidget(place if narrow else place + 2, one, stretch)

    @property
    def group(self) -> Lookalikes | None:
        """The group that is shown."""
        row_number = self.group_list.currentIndex().row()
        return self.groups.groups[row_number] if 0 <= row_number < len(self.groups.groups) else None

    def show_found(self, groups: Sequence[Lookalikes], copies: Mapping[str, list[Path]], said: str) -> None:
        """Show what waits for a decision; the person stays at the group where they were, or at its place."""
        before, place = self.group, max(0, self.group_list.currentIndex().row())
        self._said.setText(said)
        self.look_button.setText(tr("Look again") if self.looked else tr("Look for duplicates"))
        self.alike_tab.setText(tr("Look alike ({n})", n=number(len(groups))))
        self.copies_tab.setText(tr("Same file twice ({n})", n=number(len(copies))))
        self._share_lines()
        self.copies.show(copies)
        if list(groups) != list(self.groups.groups):
            self.groups.show(groups)
            same = next((at for at, group in enumerate(groups) if group == before), None)
            at = same if same is not None else min(place, len(groups) - 1)
            if at >= 0:
                self.group_list.setCurrentIndex(self.groups.index(at))
            else:
                self.show_candidates(())
        self._arrange()

    def show_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Show the photos of the group; the best one is marked."""
        self.candidates.show(candidates)
        if candidates:
            self.strip.setCurrentIndex(self.candidates.index(0))
        many = len(candidates) > 2
        self.both_button.setText(tr("Keep all") if many else tr("Keep both"))

    def keep_one(self) -> None:
        """Keep the marked photo."""
        at, group = self.strip.currentIndex().row(), self.group
        if group is not None and 0 <= at < len(self.candidates.candidates):
            self.keep_one_asked.emit(self.candidates.candidates[at].photo.sha256, group)

    def keep_all(self) -> None:
        """Keep all photos of the group."""
        if self.group is not None:
            self.keep_all_asked.emit(self.group)

    def step(self, by: int) -> None:
        """Go some groups on or back."""
        at = self.group_list.currentIndex().row() + by
        if 0 <= at < len(self.groups.groups):
            self.group_list.setCurrentIndex(self.groups.index(at))

    def busy(self, on: bool) -> None:
        """Nothing else is to be looked for while that is under way."""
        self.look_button.setEnabled(not on)
        self._arrange()

    def _arrange(self) -> None:
        """Show the chosen part, or a sentence where it is empty."""
        if self.copies_tab.isChecked():
            self._show_part(self.copy_list, bool(self.copies.rowCount()), tr("Every photo is in one file only."))
            return
        if not self.looked:
            text = tr("LetsPic can compare all photos by what is on them. Nothing is deleted before you decide.")
        else:
            text = tr("No photos look alike that you have not decided about.")
        self._show_part(self._halves, bool(self.groups.groups), text)

    def _show_part(self, part: QWidget, filled: bool, text: str) -> None:
        self._note.setText(text)
        self._parts.setCurrentWidget(part if filled else self._note)

    def _show_group(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self.groups.groups):
            self.group_shown.emit(self.groups.groups[index.row()])

    def _make_strip(self, services: Services) -> QListView:
        strip = QListView()
        strip.setModel(self.candidates)
        strip.setItemDelegate(CandidateDelegate(strip, services.theme, services.thumbnails))
        strip.setAccessibleName(tr("Photos of the group"))
        strip.setFlow(QListView.Flow.LeftToRight)
        strip.setUniformItemSizes(True)
        strip.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        strip.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        strip.setFrameShape(QFrame.Shape.NoFrame)
        strip.setFixedHeight(CandidateDelegate.height() + 16)
        strip.doubleClicked.connect(lambda index: self._open(index))
        for view in (strip, self.group_list, self.copy_list):
            services.thumbnails.arrived.connect(view.viewport().update)
            services.theme.follow(view, view.viewport().update)
        return strip

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(list(self.candidates.candidates), index.row())

    def _tab(self) -> QPushButton:
        made = QPushButton()
        made.setProperty("role", "segment")
        made.setCheckable(True)
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        return made


def _list(model: GroupsModel | CopiesModel, name: str) -> QListView:
    made = QListView()
    made.setModel(model)
    made.setAccessibleName(name)
    made.setProperty("role", "rows")
    made.setIconSize(ICON)
    made.setUniformItemSizes(isinstance(model, GroupsModel))
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    made.setMinimumWidth(170)
    return made


def said_of(groups: Sequence[Lookalikes]) -> str:
    """Return how much is to be decided."""
    spare = sum(len(group.photos) - 1 for group in groups)
    if not spare:
        return ""
    return counted(spare, "{n} photo could go", "{n} photos could go")
