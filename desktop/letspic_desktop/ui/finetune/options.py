"""What an experienced person may choose before a run; remembered for each group as long as the window is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from letspic_desktop.fleet.run_config import DEFAULT_LEARNING_RATE, DEFAULT_ROUNDS, METHODS, RunConfig
from letspic_desktop.ui.finetune.run_words import method_name
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import beside, button, clear, column, inset, label, row
from letspic_desktop.ui.texts import tr

_MOST: Final = 100_000
# Which methods use a field; the others have it greyed out.
_USED_BY: Final = {
    "epochs": ("paper",),
    "iterations": ("paper",),
    "rounds": ("standard", "gradient"),
    "local_steps": ("gradient",),
    "learning_rate": ("standard", "gradient", "paper"),
    "unlabelled": ("standard", "closed-form"),
    "seed": ("gradient", "paper"),
}
_DEFAULTS: Final = RunConfig()


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The options of a run: its configuration, and the devices that a person left out."""

    config: RunConfig = field(default_factory=RunConfig)
    left_out: frozenset[str] = frozenset()


class Options(QWidget):
    """The fields; what a method does not use cannot be changed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._by_group: dict[str, Chosen] = {}
        self._group = ""
        self._names: list[str] = []
        self._boxes: dict[str, QCheckBox] = {}
        self._make_fields()
        self.reset_button = button(theme, tr("Reset to defaults"), role="link", on_click=self.reset)
        self._device_layout = QVBoxLayout()
        self._device_layout.setContentsMargins(0, 0, 0, 0)
        self._device_layout.setSpacing(4)
        self._device_part = QWidget()
        devices = label(tr("Devices that take part"), "small")
        self._device_part.setLayout(column(devices, self._device_layout, spacing=4))
        self.setLayout(
            column(self._form(), self.unlabelled, self.wait_for_all, self._device_part, row(None, self.reset_button))
        )
        self._follow_method()

    @property
    def chosen_devices(self) -> tuple[str, ...]:
        """Names of the devices that take part; empty where all do."""
        chosen = tuple(name for name, box in self._boxes.items() if box.isChecked())
        return () if len(chosen) == len(self._boxes) else chosen

    @property
    def any_device(self) -> bool:
        """Whether at least one device takes part, as far as there are any."""
        return not self._boxes or any(box.isChecked() for box in self._boxes.values())

    def show_group(self, group_id: str, devices: Sequence[str]) -> None:
        """Show the options of a group as they were left."""
        if group_id != self._group:
            self._keep()
            self._group = group_id
            self._show(self._by_group.get(group_id, Chosen()).config)
            self._names = []
        if list(devices) != self._names:
            left_out = self._by_group.get(group_id, Chosen()).left_out
            if self._boxes:
                left_out = frozenset(name for name, box in self._boxes.items() if not box.isChecked())
            self._show_devices(list(devices), left_out)

    def config(self) -> RunConfig:
        """Return the options of a run."""
        method = str(self.method.currentData())
        used = {name: method in methods for name, methods in _USED_BY.items()}
        rate = self.learning_rate.value()
        return RunConfig(
            method=method,
            epochs=self.epochs.value() if used["epochs"] else _DEFAULTS.epochs,
            iterations=self.iterations.value() if used["iterations"] else _DEFAULTS.iterations,
            rounds=self.rounds.value() or None if used["rounds"] else None,
            local_steps=self.local_steps.value() if used["local_steps"] else _DEFAULTS.local_steps,
            batch_size=self.batch_size.value(),
            learning_rate=rate if rate > 0 and used["learning_rate"] else None,
            unlabelled=self.unlabelled.isChecked() and used["unlabelled"],
            seed=self.seed.value(),
            wait_for_all=self.wait_for_all.isChecked(),
        )

    def reset(self) -> None:
        """Go back to what suits most."""
        self._show(RunConfig())
        for box in self._boxes.values():
            box.setChecked(True)

    def _make_fields(self) -> None:
        self.method = QComboBox()
        for method in METHODS:
            self.method.addItem(method_name(method), method)
        self.method.currentIndexChanged.connect(lambda _: self._follow_method())
        self.epochs, self.iterations = _whole(1, _MOST), _whole(1, 10_000)
        self.rounds, self.local_steps = _whole(0, _MOST), _whole(1, 10_000)
        self.batch_size, self.seed = _whole(1, _MOST), _whole(0, 2_000_000_000)
        self.learning_rate = QDoubleSpinBox()
        self.learning_rate.setDecimals(4)
        self.learning_rate.setRange(0.0, 1000.0)
        self.learning_rate.setSingleStep(0.1)
        _indent(self.learning_rate)
        self.unlabelled = QCheckBox(tr("Learn from unlabelled photos too"))
        self.wait_for_all = QCheckBox(tr("Wait for every device"))
        self.local_steps.valueChanged.connect(lambda _: self._follow_method())
        for widget, text in (
            (self.unlabelled, tr("Only right where every album of the group is labelled, so nothing else is meant")),
            (self.wait_for_all, tr("Never goes on without a device that is connected, however slow it is")),
        ):
            widget.setToolTip(text)
            widget.setAccessibleDescription(text)
        self._show(RunConfig())

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(6)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._labels: dict[QWidget, QLabel] = {}
        fields: list[tuple[QWidget, str, str]] = [
            (self.method, tr("Method"), tr("Standard is best for nearly all groups; the others are for comparing")),
            (self.rounds, tr("Rounds"), tr("How often the devices send gradients and the desktop averages them")),
            (self.epochs, tr("Epochs"), tr("How often the devices of the paper's method exchange what they learned")),
            (self.iterations, tr("Iterations per round"), tr("Steps on each device between two exchanges")),
            (self.local_steps, tr("Local steps"), tr("Steps on each device between two averages; 1 is exact")),
            (self.batch_size, tr("Batch size"), tr("Photos that a device learns from in one local step")),
            (self.learning_rate, tr("Learning rate"), tr("How far one step goes; too far and it does not settle")),
            (self.seed, tr("Seed"), tr("The same seed, photos and devices give the same head, bit for bit")),
        ]
        for widget, name, text in fields:
            widget.setAccessibleName(name)
            widget.setAccessibleDescription(text)
            widget.setToolTip(text)
            shown = beside(name, widget, "small")
            shown.setToolTip(text)
            self._labels[widget] = shown
            form.addRow(shown, widget)
        return form

    def _follow_method(self) -> None:
        method = str(self.method.currentData())
        fields: Mapping[str, QWidget] = {
            "epochs": self.epochs,
            "iterations": self.iterations,
            "rounds": self.rounds,
            "local_steps": self.local_steps,
            "learning_rate": self.learning_rate,
            "unlabelled": self.unlabelled,
            "seed": self.seed,
        }
        for name, widget in fields.items():
            widget.setEnabled(method in _USED_BY[name])
        self.batch_size.setEnabled(method == "paper" or (method == "gradient" and self.local_steps.value() > 1))
        rounds, rate = DEFAULT_ROUNDS.get(method), DEFAULT_LEARNING_RATE.get(method)
        self.rounds.setSpecialValueText(tr("default ({n})", n=rounds) if rounds is not None else tr("default"))
        self.learning_rate.setSpecialValueText(tr("default ({n})", n=rate) if rate is not None else tr("default"))

    def _show(self, config: RunConfig) -> None:
        with QSignalBlocker(self.method):
            self.method.setCurrentIndex(self.method.findData(config.method))
        self.epochs.setValue(config.epochs)
        self.iterations.setValue(config.iterations)
        self.rounds.setValue(config.rounds or 0)
        self.local_steps.setValue(config.local_steps)
        self.batch_size.setValue(config.batch_size)
        self.learning_rate.setValue(config.learning_rate or 0.0)
        self.unlabelled.setChecked(config.unlabelled)
        self.wait_for_all.setChecked(config.wait_for_all)
        self.seed.setValue(config.seed)
        self._follow_method()

    def _show_devices(self, names: list[str], left_out: frozenset[str]) -> None:
        clear(self._device_layout)
        self._names = names
        self._boxes = {name: QCheckBox(name.replace("&", "&&")) for name in names}
        for name, box in self._boxes.items():
            box.setChecked(name not in left_out)
            box.setAccessibleName(tr("{name} takes part", name=name))
            self._device_layout.addWidget(box)
        self._device_part.setVisible(len(names) > 1)

    def _keep(self) -> None:
        if self._group:
            left_out = frozenset(name for name, box in self._boxes.items() if not box.isChecked())
            self._by_group[self._group] = Chosen(config=self.config(), left_out=left_out)
        self._boxes = {}


def _whole(low: int, high: int) -> QSpinBox:
    made = QSpinBox()
    made.setRange(low, high)
    _indent(made)
    return made


def _indent(field: QAbstractSpinBox) -> None:
    field.setMinimumWidth(90)
    inset(field)


def options_button(theme: Theme, options: Options) -> QPushButton:
    """Return the button that shows and hides the options."""
    made = button(theme, "", role="ghost", icon="sliders", color="muted", name=tr("Options of the run"))
    made.clicked.connect(lambda: options.setVisible(options.isHidden()))
    return made
