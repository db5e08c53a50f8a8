"""The options of a run: what a method does not use is greyed out, each group keeps its own, defaults come back."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.ui.finetune.options import Options
from letspic_desktop.ui.look.theme import Theme

NUMBERS = ("rounds", "epochs", "iterations", "local_steps", "batch_size", "learning_rate", "unlabelled", "seed")


@pytest.fixture
def options(qapp: QApplication, qtbot: QtBot) -> Options:
    theme = Theme(qapp)
    made = Options(theme)
    qtbot.addWidget(made)
    qtbot.addWidget(made, before_close_func=lambda _: theme.close())
    return made


def choose(options: Options, method: str) -> None:
    options.method.setCurrentIndex(options.method.findData(method))


def usable(options: Options) -> set[str]:
    return {name for name in NUMBERS if getattr(options, name).isEnabled()}


def test_defaults_are_those_of_the_command_line(options: Options) -> None:
    assert options.config() == RunConfig()


def test_only_what_a_method_uses_can_be_changed(options: Options) -> None:
    assert usable(options) == {"rounds", "learning_rate", "unlabelled"}
    choose(options, "closed-form")
    assert usable(options) == {"unlabelled"}
    choose(options, "gradient")
    assert usable(options) == {"rounds", "local_steps", "learning_rate", "seed"}
    options.local_steps.setValue(4)
    assert "batch_size" in usable(options)
    choose(options, "paper")
    assert usable(options) == {"epochs", "iterations", "batch_size", "learning_rate", "seed"}


def test_what_is_chosen_is_the_configuration(options: Options) -> None:
    choose(options, "paper")
    for name, value in (("epochs", 7), ("iterations", 5), ("batch_size", 20), ("seed", 9)):
        getattr(options, name).setValue(value)
    options.learning_rate.setValue(0.01)
    options.wait_for_all.setChecked(True)
    # Chosen for another method: the paper's has no rounds and takes no unlabelled photos.
    options.rounds.setValue(30)
    options.unlabelled.setChecked(True)
    assert options.config() == RunConfig(
        method="paper", epochs=7, iterations=5, batch_size=20, learning_rate=0.01, seed=9, wait_for_all=True
    )
    choose(options, "standard")
    config = options.config()
    assert (config.rounds, config.unlabelled, config.learning_rate, config.epochs) == (30, True, 0.01, 3)
    options.reset()
    assert options.config() == RunConfig()


def test_each_group_keeps_its_own(options: Options) -> None:
    options.show_group("one", ["attic", "kitchen"])
    choose(options, "gradient")
    options._boxes["attic"].setChecked(False)
    assert options.chosen_devices == ("kitchen",)
    options.show_group("two", ["barn"])
    assert options.config() == RunConfig()
    assert options.chosen_devices == ()
    options.show_group("one", ["attic", "kitchen"])
    assert options.config().method == "gradient"
    assert options.chosen_devices == ("kitchen",)
    # A device that comes later takes part; the one that was left out stays out.
    options.show_group("one", ["attic", "barn", "kitchen"])
    assert options.chosen_devices == ("barn", "kitchen")
    options.reset()
    assert options.chosen_devices == ()


def test_no_device_is_not_all_devices(options: Options) -> None:
    options.show_group("one", ["attic", "kitchen"])
    assert options.any_device
    for box in options._boxes.values():
        box.setChecked(False)
    assert not options.any_device


def test_every_field_says_what_it_is(options: Options) -> None:
    for name in ("method", *NUMBERS, "wait_for_all"):
        field: QWidget = getattr(options, name)
        assert field.accessibleName() or field.property("text"), name
        assert field.toolTip(), name
        assert field.accessibleDescription(), name
