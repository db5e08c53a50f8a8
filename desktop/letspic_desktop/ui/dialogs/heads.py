"""The head history of a group, and the way back to an earlier one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from letspic_desktop.operations.head_history import HeadStory
from letspic_desktop.ui.dialogs.base import fill, make_dialog
from letspic_desktop.ui.finetune.run_words import basis_text, method_name
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, row
from letspic_desktop.ui.queries import GroupStatus
from letspic_desktop.ui.texts import duration, number, percent, tr

_WIDEST: Final = 290


def show_heads(parent: QWidget, theme: Theme, status: GroupStatus, on_use: Callable[[int], None]) -> QDialog:
    """Open the history; ``on_use`` gets the version to go to, 0 for the time before any fine-tuning."""
    dialog = make_dialog(parent, tr("Heads of {name}", name=status.group.name))
    table = QTreeWidget()
    table.setProperty("role", "boxed")
    table.setAccessibleName(tr("Heads, newest first"))
    table.setHeaderLabels(
        [tr("Head"), tr("Made"), tr("Method"), tr("Before"), tr("After"), tr("Photos"), tr("Who took part"), tr("Time")]
    )
    table.setRootIsDecorated(False)
    for story in status.stories:
        table.addTopLevelItem(_item(story))
    none = QTreeWidgetItem([tr("before any fine-tuning")])
    none.setData(0, Qt.ItemDataRole.UserRole, 0)
    if status.active is None:
        _mark(none)
    table.addTopLevelItem(none)
    none.setFirstColumnSpanned(True)
    table.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    # Many devices: their names are in the tool tip, and the time still has its place.
    table.header().setMaximumSectionSize(_WIDEST)
    table.header().setStretchLastSection(True)
    table.setMinimumSize(820, 240)
    basis = label("", "small", wrap=True)
    use = button(theme, tr("Use this one"), role="primary")
    use.setEnabled(False)
    in_use = status.active.version if status.active is not None else 0
    stories = {story.version: story for story in status.stories}

    def chosen() -> int | None:
        return next((int(item.data(0, Qt.ItemDataRole.UserRole)) for item in table.selectedItems()), None)

    def show() -> None:
        version = chosen()
        use.setEnabled(version is not None and version != in_use)
        story = stories.get(version) if version is not None else None
        basis.setText(_about(story) if story is not None else "")

    def take() -> None:
        version = chosen()
        if version is not None:
            on_use(version)
        dialog.close()

    table.itemSelectionChanged.connect(show)
    use.clicked.connect(lambda: take())
    close = button(theme, tr("Close"), on_click=dialog.close)
    fill(dialog, column(label(dialog.windowTitle(), "h2"), table, basis, 4, row(None, close, use), spacing=8))
    dialog.show()
    return dialog


def _item(story: HeadStory) -> QTreeWidgetItem:
    made = story.created_at.astimezone().strftime("%Y-%m-%d %H:%M") if story.created_at else ""
    figures = [percent(one) if one is not None else "–" for one in (story.map_before, story.map_after)]
    name = str(story.version)
    if story.discarded and not story.active:
        name = tr("{n}, discarded", n=story.version)
    item = QTreeWidgetItem(
        [
            name,
            made,
            method_name(story.method),
            *figures,
            number(story.photos) if story.photos else "–",
            ", ".join(story.devices) or "–",
            duration(story.seconds) if story.seconds else "–",
        ]
    )
    item.setData(0, Qt.ItemDataRole.UserRole, story.version)
    item.setToolTip(6, ", ".join(story.devices))
    if story.active:
        _mark(item)
    return item


def _mark(item: QTreeWidgetItem) -> None:
    item.setText(0, tr("{n}, in use", n=item.text(0)))
    for place in range(item.columnCount()):
        font = item.font(place)
        font.setBold(True)
        item.setFont(place, font)


def _about(story: HeadStory) -> str:
    text = basis_text(story)
    return tr("Accuracy: {basis}.", basis=text.rstrip("."))
