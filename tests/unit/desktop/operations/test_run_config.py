"""Options of a run that make no sense are refused in one sentence."""

import pytest

from letspic_desktop.fleet.run_config import METHODS, RunConfig
from letspic_shared.errors import KnownError


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "magic"}, "no method 'magic'.*standard, closed-form, gradient, paper"),
        ({"epochs": 0}, "--epochs"),
        ({"iterations": 0}, "--iterations"),
        ({"iterations": 10_001}, "--iterations"),
        ({"local_steps": 0}, "--local-steps"),
        ({"batch_size": 0}, "--batch-size"),
        ({"paper_width": 0}, "--paper-width"),
        ({"rounds": -1}, "--rounds"),
        ({"withhold": -1}, "--withhold"),
        ({"seed": -1}, "--seed"),
        ({"learning_rate": 0.0}, "--learning-rate"),
        ({"learning_rate": float("nan")}, "--learning-rate"),
        ({"learning_rate": float("inf")}, "--learning-rate"),
        ({"quorum": 0.0}, "--quorum"),
        ({"quorum": 1.01}, "--quorum"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(KnownError, match=words):
        RunConfig(**changes)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_defaults(method: str) -> None:
    config = RunConfig(method=method)
    assert config.total_rounds >= 1
    assert method == "closed-form" or config.rate > 0


def test_the_number_of_rounds() -> None:
    assert RunConfig(method="closed-form").total_rounds == 1
    assert RunConfig(method="closed-form", unlabelled=True).total_rounds == 9
    assert RunConfig(method="gradient", rounds=50).total_rounds == 51
    assert RunConfig(method="standard").total_rounds == 11
    assert RunConfig(method="standard", rounds=0).total_rounds == 1
    assert RunConfig(method="paper", epochs=3, rounds=50, unlabelled=True).total_rounds == 3
