"""Options of a run: what makes no sense is refused before any device is asked."""

from __future__ import annotations

import pytest

from letspic_desktop.fleet.run_config import METHODS, RunConfig
from letspic_shared.errors import KnownError


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"method": "magic"}, "magic"),
        ({"epochs": 0}, "--epochs"),
        ({"iterations": 0}, "--iterations"),
        ({"iterations": 10_001}, "--iterations"),
        ({"local_steps": 0}, "--local-steps"),
        ({"local_steps": 10_001}, "--local-steps"),
        ({"batch_size": 0}, "--batch-size"),
        ({"batch_size": 1 << 21}, "--batch-size"),
        ({"rounds": -1}, "--rounds"),
        ({"withhold": -1}, "--withhold"),
        ({"seed": -1}, "--seed"),
        ({"seed": 1 << 60}, "--seed"),
        ({"learning_rate": 0.0}, "--learning-rate"),
        ({"learning_rate": float("nan")}, "--learning-rate"),
        ({"learning_rate": float("inf")}, "--learning-rate"),
        ({"learning_rate": 1e7}, "--learning-rate"),
        ({"quorum": 0.0}, "--quorum"),
        ({"quorum": 1.1}, "--quorum"),
        ({"quorum": float("nan")}, "--quorum"),
        ({"paper_width": 0}, "--paper-width"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, object], word: str) -> None:
    with pytest.raises(KnownError, match=word):
        RunConfig(**options)  # type: ignore[arg-type]


def test_what_a_method_does_not_say_is_its_default() -> None:
    assert [RunConfig(method=method).total_rounds for method in METHODS] == [11, 1, 51, 3]
    assert [RunConfig(method=method, unlabelled=True).total_rounds for method in METHODS] == [19, 9, 51, 3]
    assert RunConfig(method="paper").rate == 0.001
    assert RunConfig(method="gradient", rounds=0).total_rounds == 1
    assert RunConfig(method="gradient", learning_rate=0.5).rate == 0.5
