"""Above the photos of a device: how it is, what it is, what it holds, how fast it is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.library.devices import Device
from letspic_desktop.operations.speed import speed_of
from letspic_desktop.ui.look.card_fold import CardFold
from letspic_desktop.ui.look.flow_layout import FlowLayout
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, explain, label, pill, row, set_tone
from letspic_desktop.ui.sidebar.entries import dot_of, full_state
from letspic_desktop.ui.texts import number, size, tr

_COLUMNS: Final = 4
_LINE_GAP: Final = 5
_FOOT: Final = ("label", "map", "rename", "format", "remove")
_TONES: Final = {"on": "good", "busy": "accent", "off": "plain"}


@dataclass(frozen=True, kw_only=True)
class DevicePage:
    """What the card shows.

    Attributes
    ----------
    group
        Name of the device's group, empty where it is in none.
    backbone
        Name of the group's backbone.
    busy
        What is done with the device from here just now, in words; empty where nothing is.
    """

    device: Device
    view: DeviceView | None
    group: str
    backbone: str
    busy: str = ""

    @property
    def online(self) -> bool:
        """Whether it can be asked something."""
        return self.view is not None and self.view.online


class DeviceCard(QFrame):
    """A device in words and figures, with its buttons.

    Signals
    -------
    asked
        ``label``, ``look``, ``map``, ``format``, ``rename``, ``remove`` or ``measure``.
    """

    asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.page: DevicePage | None = None
        self.state = pill()
        self._about = label("", "muted")
        self._about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._facts: dict[str, QLabel] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(1)
        for column_number in range(_COLUMNS):
            self._grid.setColumnStretch(column_number, 1)
        self.buttons = self._make_buttons(theme)
        top = row(self.buttons["look"], self.buttons["measure"])
        foot = FlowLayout(*(self.buttons[name] for name in _FOOT), spacing=8)
        details, tools = QWidget(), QWidget()
        details.setLayout(column(self._grid, foot, spacing=10))
        tools.setLayout(top)
        self.fold = CardFold(theme, self, details, self.buttons)
        self._tools = tools
        head = row(self.state, self._about, self.fold, tools, spacing=10)
        head.setStretch(1, 1)
        self.setLayout(column(head, details, spacing=10, margins=(16, 13, 16, 13)))

    def show_page(self, page: DevicePage) -> None:
        """Show a device as it is now."""
        self.page = page
        view = page.view
        self.state.setText(state_word(view))
        set_tone(self.state, _TONES[dot_of(view)] if view is not None else "plain")
        self._about.setText(page.busy or _more(view, page.group))
        self.setAccessibleName(tr("Device {name}: {state}", name=page.device.name, state=self.state.text()))
        self._show_facts(facts_of(page))
        why = "" if page.online else tr("{name} is offline", name=page.device.name)
        for name in ("label", "look", "measure", "format"):
            self.buttons[name].setEnabled(page.online and not page.busy)
            explain(self.buttons[name], page.busy or why)
        for name in ("label", "map"):
            self.buttons[name].setVisible(bool(page.group))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fold where there is no room."""
        super().resizeEvent(event)
        self.fold.fit()
        self._tools.setHidden(self.fold.folded)

    @property
    def facts(self) -> dict[str, str]:
        """What it says, by name."""
        return {name: told.text() for name, told in self._facts.items()}

    def _make_buttons(self, theme: Theme) -> dict[str, QPushButton]:
        texts = {
            "look": tr("Look again"),
            "measure": tr("Test speed"),
            "label": tr("Label its photos …"),
            "map": tr("Distributed files"),
            "rename": tr("Rename …"),
            "format": tr("Format …"),
            "remove": tr("Let go …"),
        }
        made = {}
        for name, text in texts.items():
            made[name] = button(theme, text)
            made[name].clicked.connect(lambda _=False, name=name: self.asked.emit(name))
        made["format"].setAccessibleName(tr("Format the distributed files of this device"))
        return made

    def _show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        if [name for name, _ in facts] != list(self._facts):
            self._lay_out([name for name, _ in facts])
        for name, value in facts:
            told = self._facts[name]
            told.setText(value)
            told.setToolTip(value)
            told.setAccessibleName(f"{name}: {value}")

    def _lay_out(self, names: Sequence[str]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._facts = {}
        for place, name in enumerate(names):
            told = label("", "strong")
            told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            across, down = place % _COLUMNS, 3 * (place // _COLUMNS)
            self._grid.addWidget(label(name, "small"), down, across)
            self._grid.addWidget(told, down + 1, across)
            self._grid.setRowMinimumHeight(down + 2, _LINE_GAP)
            self._facts[name] = told


def facts_of(page: DevicePage) -> list[tuple[str, str]]:
    """Return what the card says, as (name, value); always the same names, so that nothing jumps."""
    device, view = page.device, page.view
    now = (view.facts or {}) if view is not None else {}
    # What a device does not tell is what it told before.
    facts: Mapping[str, Any] = {**device.facts, **{key: value for key, value in now.items() if value is not None}}
    speed = speed_of(device)
    unknown = tr("not known yet")
    return [
        (tr("Last seen"), last_seen(device, view)),
        (tr("Address"), (view.address if view is not None else "") or device.address or tr("on a cable")),
        (tr("Photos"), _photos(facts) or unknown),
        (tr("Features ready"), _features(facts) or unknown),
        (tr("System"), _system(facts) or unknown),
        (tr("Memory"), _megabytes(facts, "memory_mb") or unknown),
        (tr("Free on disk"), _megabytes(facts, "free_mb") or unknown),
        (tr("Runtime"), _runtime(facts) or unknown),
        (tr("Backbone"), page.backbone or tr("none")),
        (tr("One photo"), _photo_speed(speed.photo_ms) if speed is not None else tr("not measured yet")),
        (tr("One gradient"), _milliseconds(speed.gradient_ms) if speed is not None else tr("not measured yet")),
        (tr("Measured"), _when(speed.measured_at) if speed is not None else tr("never")),
    ]


def last_seen(device: Device, view: DeviceView | None) -> str:
    """Return when a device answered last."""
    if view is not None and view.online:
        return tr("now")
    told = datetime.fromisoformat(view.last_seen) if view is not None and view.last_seen else device.last_seen
    return _when(told) if told is not None else tr("never")


def state_word(view: DeviceView | None) -> str:
    """Return what a device does, in a few words."""
    if view is None or not view.online:
        return tr("offline")
    return full_state(view)


def _more(view: DeviceView | None, group: str) -> str:
    if view is not None and not view.online and view.reason:
        return full_state(view)
    return tr("in the group {name}", name=group) if group else tr("in no group")


def _photos(facts: Mapping[str, Any]) -> str:
    own, placed, held = facts.get("own"), facts.get("placed"), facts.get("placed_bytes")
    if not isinstance(own, int) or not isinstance(placed, int):
        return ""
    if isinstance(held, int) and placed:
        return tr("{own} own, {placed} placed ({size})", own=number(own), placed=number(placed), size=size(held))
    return tr("{own} own, {placed} placed", own=number(own), placed=number(placed))


def _features(facts: Mapping[str, Any]) -> str:
    ready, own, placed = facts.get("features"), facts.get("own"), facts.get("placed")
    if not isinstance(ready, int) or not isinstance(own, int) or not isinstance(placed, int):
        return ""
    return tr("{ready} of {all}", ready=number(ready), all=number(own + placed))


def _system(facts: Mapping[str, Any]) -> str:
    system, cores = facts.get("platform"), facts.get("cpus")
    if not system:
        return ""
    if not isinstance(cores, int):
        return str(system)
    if cores == 1:
        return tr("{system}, 1 core", system=system)
    return tr("{system}, {n} cores", system=system, n=cores)


def _runtime(facts: Mapping[str, Any]) -> str:
    runtime, version = facts.get("runtime"), facts.get("version")
    return " · ".join(str(one) for one in (runtime, version) if one)


def _megabytes(facts: Mapping[str, Any], key: str) -> str:
    value = facts.get(key)
    return size(value << 20) if isinstance(value, int) else ""


def _photo_speed(milliseconds: float) -> str:
    rate = f"{1000 / milliseconds:.1f}" if milliseconds > 0 else "–"
    return tr("{time} · {rate} a second", time=_milliseconds(milliseconds), rate=rate)


def _milliseconds(value: float) -> str:
    return tr("{n} ms", n=f"{value:.1f}" if value < 100 else round(value))


def _when(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
