"""The distributed files of a group: a map of the copies, what is missing, and the buttons that put it right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QFrame, QGridLayout, QScrollArea, QSpinBox, QWidget

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.operations.devices import Distribute, DistributeReport, RefreshInventory
from letspic_desktop.operations.distributed import Holder, ReadSpread, Spread, SpreadPhoto
from letspic_desktop.progress import Step
from letspic_desktop.ui.dialogs.base import fill, prepare
from letspic_desktop.ui.dialogs.spread_table import SpreadTable
from letspic_desktop.ui.groups.device_card import state_word
from letspic_desktop.ui.groups.spread_model import TOO_FEW
from letspic_desktop.ui.look.widgets import button, clear, column, inset, label, row, set_tone
from letspic_desktop.ui.runner import Operation
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, number, sentence, size, tr
from letspic_shared.errors import KnownError

_WIDTH, _HEIGHT = 900, 640
_HOLDERS_HEIGHT: Final = 150
_FILTER_WIDTH: Final = 220
_LINE: Final = 36


class DistributedDialog(QDialog):
    """Beside the window, and live: it reads again whenever the library or a device has changed.

    Parameters
    ----------
    on_format
        Asks the person, and then deletes what was placed on a device: its id.
    on_open
        Shows photos in full: those listed, and the number of the one to begin with.
    """

    def __init__(
        self,
        parent: QWidget,
        services: Services,
        group: str,
        views: Mapping[str, DeviceView],
        *,
        on_format: Callable[[str], object],
        on_open: Callable[[Sequence[SpreadPhoto], int], object],
    ) -> None:
        super().__init__(parent)
        prepare(self, tr("Distributed files of {name}", name=group))
        self._services, self._group, self._views = services, group, views
        self._on_format, self._on_open = on_format, on_open
        self._spread: Spread | None = None
        self._lines: list[tuple[Holder, str]] | None = None
        self._open, self._busy = True, False
        self.finished.connect(lambda _: self._closed())
        self.about, self.message = label("", "muted", wrap=True), label("", "small", wrap=True)
        self.table = SpreadTable(services.theme)
        self.table.opened.connect(self._show_photo)
        self.replicas = self._make_replicas()
        self.filter = QComboBox()
        self.filter.setAccessibleName(tr("Which photos are listed"))
        self.filter.setMinimumWidth(_FILTER_WIDTH)
        self.filter.currentIndexChanged.connect(lambda _: self.table.photos.only(str(self.filter.currentData() or "")))
        theme = services.theme
        self.hand_out = button(theme, tr("Hand out"), role="primary", on_click=self._hand_out)
        self.look = button(theme, tr("Look again"), on_click=self._look)
        self._holders = QGridLayout()
        self._holders.setHorizontalSpacing(20)
        self._holders.setVerticalSpacing(4)
        close = button(theme, tr("Close"), on_click=self.close)
        tools = row(
            self.filter, None, label(tr("Copies of each photo"), "muted"), self.replicas, self.look, self.hand_out
        )  # fmt: skip
        foot = row(self.message, close)
        foot.setStretch(0, 1)
        legend = label(tr("● placed by this desktop   ○ the device's own, which stays there"), "small")
        layout = column(
            label(self.windowTitle(), "h2"), self.about, self._holders_area(), tools, self.table, legend,
            foot, spacing=9,
        )  # fmt: skip
        layout.setStretch(4, 1)
        fill(self, layout)
        self.resize(_WIDTH, _HEIGHT)
        self.read()

    def read(self) -> None:
        """Read what is known now; the devices are not asked."""
        if self._open:
            self._services.runner.start(ReadSpread(group=self._group), done=self._show, failed=self._gone)

    def show_views(self, views: Mapping[str, DeviceView]) -> None:
        """Take the states of the devices."""
        self._views = views
        if self._spread is not None:
            self._show_holders(self._spread)

    def _make_replicas(self) -> QSpinBox:
        made = QSpinBox()
        made.setRange(1, 1)
        inset(made)
        made.setAccessibleName(tr("Copies of each photo"))
        made.setToolTip(tr("On how many devices each photo shall be, so that one may be away during a run"))
        made.valueChanged.connect(self._want)
        return made

    def _holders_area(self) -> QScrollArea:
        body = QWidget()
        body.setLayout(column(self._holders, None, spacing=0))
        self._area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(body)
        return area

    def _show(self, spread: Spread) -> None:
        if not self._open:
            return
        self._spread = spread
        self.replicas.setRange(1, max(1, len(spread.holders)))
        self.table.show_spread(spread)
        self._show_holders(spread)
        self._tell(spread)
        self._show_filter(spread)
        self._allow()

    def _tell(self, spread: Spread) -> None:
        shared = sum(photo.shared for photo in spread.photos)
        short = len(spread.too_few(self.replicas.value()))
        parts = [counted(shared, "{n} labelled photo to hand out", "{n} labelled photos to hand out")]
        if not spread.holders:
            parts.append(tr("the group has no device yet"))
        elif short:
            parts.append(counted(short, "{n} has too few copies", "{n} have too few copies"))
        elif shared:
            parts.append(tr("all have enough copies"))
        self.about.setText(" · ".join(parts))

    def _show_filter(self, spread: Spread) -> None:
        before = self.filter.currentData()
        self.filter.blockSignals(True)
        self.filter.clear()
        self.filter.addItem(tr("All photos ({n})", n=number(len(spread.photos))), "")
        short = len(spread.too_few(self.replicas.value()))
        self.filter.addItem(tr("Too few copies ({n})", n=number(short)), TOO_FEW)
        for holder in spread.holders:
            held = number(holder.own + holder.placed)
            self.filter.addItem(tr("On {name} ({n})", name=holder.name, n=held), holder.device_id)
        self.filter.setCurrentIndex(max(0, self.filter.findData(before)))
        self.filter.blockSignals(False)
        self.table.photos.only(str(self.filter.currentData() or ""))

    def _show_holders(self, spread: Spread) -> None:
        # Devices answer every few seconds: a button must not be made anew under the finger that presses it.
        lines = [(one, state_word(self._views.get(one.device_id))) for one in spread.holders]
        if lines == self._lines:
            return
        self._lines = lines
        clear(self._holders)
        for place, text in enumerate((tr("Device"), tr("State"), tr("Own"), tr("Placed"), tr("Size"))):
            self._holders.addWidget(label(text, "small"), 0, place)
        for line, holder in enumerate(spread.holders, start=1):
            self._show_holder(line, holder)
        self._holders.setColumnStretch(1, 1)
        # As high as its lines, up to a bound: the photos are what the room is for.
        self._area.setFixedHeight(min(_HOLDERS_HEIGHT, 24 + _LINE * len(spread.holders)))

    def _show_holder(self, line: int, holder: Holder) -> None:
        view = self._views.get(holder.device_id)
        # What a device said before it got its photos is no size of theirs.
        told = holder.placed_bytes
        held = size(told) if told is not None and (told or not holder.placed) else "–"
        words = (holder.name, state_word(view), number(holder.own), number(holder.placed), held)
        for place, text in enumerate(words):
            self._holders.addWidget(label(text, "strong" if place == 0 else ""), line, place)
        tidy = button(
            self._services.theme,
            tr("Format …"),
            role="ghost",
            name=tr("Format the distributed files of {name}", name=holder.name),
            on_click=lambda: self._on_format(holder.device_id),
        )
        tidy.setEnabled(view is not None and view.online and holder.placed > 0)
        self._holders.addWidget(tidy, line, len(words))

    def _want(self, replicas: int) -> None:
        self.table.photos.want(replicas)
        if self._spread is not None:
            self._tell(self._spread)
            self._show_filter(self._spread)
            self._allow()

    def _hand_out(self) -> None:
        operation = Distribute(group=self._group, replicas=self.replicas.value())
        self._begin(operation, tr("Handing out …"), self._handed_out)

    def _look(self) -> None:
        self._begin(RefreshInventory(group=self._group), tr("Asking the devices …"), self._looked)

    def _begin(self, operation: Operation[Any], text: str, done: Callable[[Any], None]) -> None:
        self._busy = True
        self._allow()
        self._say(text)
        self._services.runner.start(operation, done=done, failed=self._failed, step=self._step, ended=self._ended)

    def _step(self, step: Step) -> None:
        if self._open and step.total and step.stage == "distribute":
            self._say(tr("Handed out {done} of {total}", done=number(step.done), total=number(step.total)))

    def _handed_out(self, report: DistributeReport) -> None:
        if self._open:
            self._say(handed_out(report), "bad" if report.refused or report.failed else "small")

    def _looked(self, _: object) -> None:
        if self._open:
            self._say(tr("This is what the devices hold now; those that are away, as they were known last."))

    def _ended(self) -> None:
        self._busy = False
        if self._open:
            self._allow()
            self.read()

    def _allow(self) -> None:
        there = self._spread is not None and bool(self._spread.holders) and not self._busy
        self.look.setEnabled(there)
        self.hand_out.setEnabled(there)

    def _show_photo(self, number_: int) -> None:
        self._on_open(self.table.photos.rows, number_)

    def _failed(self, error: KnownError) -> None:
        if self._open:
            self._say(sentence(error), "bad")

    def _gone(self, _: KnownError) -> None:
        """The group was left or renamed: there is nothing to show under this name any more."""
        self.close()

    def _say(self, text: str, role: str = "small") -> None:
        self.message.setText(text)
        set_tone(self.message, role, "role")

    def _closed(self) -> None:
        self._open = False


def handed_out(report: DistributeReport) -> str:
    """Return in words what was handed out, and what was not."""
    count = sum(report.placed.values())
    parts = [counted(count, "{n} copy handed out.", "{n} copies handed out.")]
    if not count and not report.refused and not report.failed:
        parts = [tr("Every photo has enough copies on the devices that are online.")]
    parts += [tr("{name}: {why}.", name=name, why=why) for name, why in sorted(report.refused.items())]
    if report.failed:
        failed = counted(len(report.failed), "{n} photo could not be prepared", "{n} photos could not be prepared")
        parts.append(tr("{photos} ({why}).", photos=failed, why=next(iter(report.failed.values()))))
    if report.offline:
        parts.append(tr("Offline, so without new photos: {names}.", names=", ".join(sorted(report.offline))))
    return " ".join(parts)
