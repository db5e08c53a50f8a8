"""Above the photos of an own group: who is in it, what it learns, with which head it searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem, QPushButton, QWidget

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.library.devices import Device
from letspic_desktop.library.groups import Group, GroupClass
from letspic_desktop.library.heads import HeadEntry
from letspic_desktop.ui.groups.device_card import state_word
from letspic_desktop.ui.look.card_fold import CardFold
from letspic_desktop.ui.look.flow_layout import FlowLayout
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, pill, row, set_tone, upright
from letspic_desktop.ui.sidebar.entries import dot_of
from letspic_desktop.ui.texts import counted, percent, points, tr

# A list shows a few entries and scrolls to the others: the photos below are what the page is for.
_MOST_SHOWN: Final = 3
_MARGIN: Final = 4
_KEY: Final = Qt.ItemDataRole.UserRole + 1
_TICKABLE: Final = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
_TINTS: Final = {"on": "good", "busy": "accent", "off": "faint"}


@dataclass(frozen=True, kw_only=True)
class GroupPage:
    """What the card shows; ``albums`` are those that are shared, learnt or not."""

    group: Group
    devices: Sequence[Device]
    albums: Sequence[GroupClass]
    head: HeadEntry | None
    heads: int


class GroupCard(QFrame):
    """Members, shared albums with their ticks, the head in use, and the buttons of a group.

    Signals
    -------
    asked
        ``add``, ``albums``, ``heads``, ``map``, ``rename`` or ``leave``.
    ticked
        An album is to be learnt as a category or not: its name, and whether.
    went
        To a device: its id.
    """

    asked = Signal(str)
    ticked = Signal(str, bool)
    went = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._theme = theme
        self.page: GroupPage | None = None
        self._views: Mapping[str, DeviceView] = {}
        self.members = _listing(tr("Members of the group"))
        self.members.itemActivated.connect(self._go)
        self.members.itemClicked.connect(self._go)
        self.albums = _listing(tr("Shared albums; a tick means that fine-tuning learns it"))
        self.albums.itemChanged.connect(self._tick)
        self._members_title, self._albums_title = label("", "h2", wrap=True), label("", "h2", wrap=True)
        self.head_figure, self._head_gain = label("", "big"), pill("", "good")
        self.head_about = label("", "small", wrap=True)
        self.buttons = self._make_buttons()
        hint = tr("Ticked ones are categories that it learns.")
        self._albums_title.setToolTip(hint)
        self.albums.setAccessibleDescription(hint)
        parts = row(
            column(self._members_title, self.members, None, spacing=5),
            upright(),
            column(self._albums_title, self.albums, None, spacing=5),
            upright(),
            column(
                label(tr("Head in use"), "h2"), row(self.head_figure, self._head_gain, None), self.head_about, None,
                spacing=5,
            ),
            spacing=14,
        )  # fmt: skip
        for place, stretch in ((0, 5), (2, 5), (4, 4)):
            parts.setStretch(place, stretch)
        details = QWidget()
        details.setLayout(column(parts, FlowLayout(*self.buttons.values(), spacing=8), spacing=10))
        self.fold = CardFold(theme, self, details, self.buttons)
        self.setLayout(column(self.fold, details, spacing=0, margins=(16, 13, 16, 13)))
        theme.follow(self, self._show_members)

    def show_page(self, page: GroupPage, views: Mapping[str, DeviceView]) -> None:
        """Show a group as it is now."""
        self.page, self._views = page, views
        self.setAccessibleName(tr("Group {name}", name=page.group.name))
        self._show_albums(page.albums)
        self._show_members()
        self._show_head(page)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fold where there is no room."""
        super().resizeEvent(event)
        self.fold.fit()

    def show_views(self, views: Mapping[str, DeviceView]) -> None:
        """Show that a device has another state."""
        self._views = views
        self._show_members()

    def _make_buttons(self) -> dict[str, QPushButton]:
        texts = {
            "add": tr("Add device"),
            "albums": tr("Choose albums"),
            "heads": tr("Heads"),
            "map": tr("Distributed files"),
            "rename": tr("Rename …"),
            "leave": tr("Leave …"),
        }
        made = {}
        for name, text in texts.items():
            made[name] = button(self._theme, text)
            made[name].clicked.connect(lambda _=False, name=name: self.asked.emit(name))
        return made

    def _show_members(self) -> None:
        page = self.page
        if page is None:
            return
        views = [self._views.get(device.id) for device in page.devices]
        online = sum(view is not None and view.online for view in views)
        title = counted(len(page.devices), "{n} member", "{n} members")
        self._members_title.setText(tr("{members}, {n} online", members=title, n=online) if page.devices else title)
        self.fold.say(" · ".join((self._members_title.text(), self._albums_title.text())))
        _resize(self.members, len(page.devices))
        for place, (device, view) in enumerate(zip(page.devices, views, strict=True)):
            item = self.members.item(place)
            text = tr("{name} · {state}", name=device.name, state=state_word(view))
            tint = _TINTS[dot_of(view)] if view is not None else "faint"
            item.setText(text)
            item.setIcon(self._theme.icon("desktop" if is_desktop(device) else "device", tint))
            item.setData(_KEY, device.id)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, text)
        _fit(self.members)

    def _show_albums(self, albums: Sequence[GroupClass]) -> None:
        shared = [one for one in albums if one.shared and one.album_id is not None]
        learned = sum(one.use_as_category for one in shared)
        title = counted(len(shared), "{n} shared album", "{n} shared albums")
        self._albums_title.setText(tr("{albums}, {n} learned", albums=title, n=learned) if shared else title)
        # What is shown now is no tick of a person's.
        self.albums.blockSignals(True)
        _resize(self.albums, len(shared))
        for place, one in enumerate(shared):
            item = self.albums.item(place)
            item.setFlags(_TICKABLE)
            text = tr("{name} · {photos}", name=one.name, photos=counted(one.photos, "{n} photo", "{n} photos"))
            item.setText(text)
            item.setData(_KEY, one.name)
            item.setToolTip(tr("Use as category: fine-tuning learns to find its photos"))
            item.setCheckState(Qt.CheckState.Checked if one.use_as_category else Qt.CheckState.Unchecked)
        self.albums.blockSignals(False)
        _fit(self.albums)

    def _show_head(self, page: GroupPage) -> None:
        head = page.head
        self._head_gain.setVisible(head is not None and head.map_after is not None and head.map_before is not None)
        if head is None:
            self.head_figure.setText(tr("none"))
            text = tr("Before any fine-tuning: photos are compared as the backbone sees them.")
            if page.heads:
                text = counted(page.heads, "{n} head is kept in the history.", "{n} heads are kept in the history.")
            self.head_about.setText(text)
            return
        measured = head.map_after is not None
        self.head_figure.setText(
            percent(head.map_after) if head.map_after is not None else tr("Head {n}", n=head.version)
        )
        if head.map_after is not None and head.map_before is not None:
            gain = head.map_after - head.map_before
            self._head_gain.setText(points(head.map_before, head.map_after))
            set_tone(self._head_gain, "good" if gain > 0 else "plain")
        made = head.created_at.astimezone().strftime("%Y-%m-%d %H:%M") if head.created_at is not None else ""
        about = tr("retrieval accuracy with head {n}", n=head.version) if measured else tr("not measured")
        parts = [about, made]
        if measured and head.map_before is not None:
            parts.append(tr("was {share}", share=percent(head.map_before)))
        self.head_about.setText(" · ".join(part for part in parts if part))

    def _tick(self, item: QListWidgetItem) -> None:
        self.ticked.emit(str(item.data(_KEY)), item.checkState() == Qt.CheckState.Checked)

    def _go(self, item: QListWidgetItem) -> None:
        self.went.emit(str(item.data(_KEY)))


def is_desktop(device: Device) -> bool:
    """Return whether a member is another desktop that joined."""
    return device.facts.get("role") == "member"


def _listing(name: str) -> QListWidget:
    made = QListWidget()
    made.setAccessibleName(name)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setProperty("role", "plain")
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setTextElideMode(Qt.TextElideMode.ElideRight)
    made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    return made


def _resize(listing: QListWidget, count: int) -> None:
    """Give a list so many rows; those that are there keep their place, the selection and the scroll position."""
    while listing.count() > count:
        listing.takeItem(listing.count() - 1)
    while listing.count() < count:
        listing.addItem(QListWidgetItem())


def _fit(listing: QListWidget) -> None:
    """Make a list as high as its entries, up to a few."""
    high = listing.sizeHintForRow(0) if listing.count() else 0
    margin = _MARGIN if listing.count() <= _MOST_SHOWN else 0
    listing.setFixedHeight(min(listing.count(), _MOST_SHOWN) * high + margin)
