"""The journal keeps sums bit for bit, and never takes a damaged one for whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letspic_desktop.fleet import journal
from letspic_desktop.fleet.journal import Journal, from_state, state_of
from letspic_shared.closed_form import SoftStatistics
from letspic_shared.contributions import GradientSum, Moments, ParameterSum
from letspic_shared.features import condition
from letspic_shared.frames import FrameDecoder
from letspic_shared.statistics import ClassStatistics, class_statistics

DIMENSION = 7


def contributions() -> list[object]:
    generator = np.random.default_rng(0)
    ints = np.array([3, 4])
    rows = condition(generator.standard_normal((9, DIMENSION)))
    labels, folds = generator.integers(0, 2, 9), generator.integers(0, 5, 9)
    return [
        Moments(count=3, total=generator.standard_normal(DIMENSION)),
        GradientSum(
            weights=generator.standard_normal((2, DIMENSION, 3)),
            bias=generator.standard_normal((2, 3)),
            loss=np.array([0.1, 0.2]),
            correct=ints,
            count=ints,
            held_loss=np.array([0.3, -0.0]),
            held_correct=ints,
            held_count=ints,
        ),
        ParameterSum(count=5, loss=0.1 + 0.2, parameters=(generator.standard_normal((2, 3)), np.zeros(0))),
        SoftStatistics(counts=generator.random(3), sums=generator.standard_normal((3, DIMENSION))),
        class_statistics(rows, labels, folds, 2, rows[:4]),
    ]


def same(one: object, other: object) -> bool:
    mine, theirs = state_of(one), state_of(other)
    return type(one) is type(other) and {name: array.tobytes() for name, array in mine.items()} == {
        name: array.tobytes() for name, array in theirs.items()
    }


@pytest.mark.parametrize("total", contributions(), ids=lambda total: type(total).__name__)
def test_a_round_comes_back_bit_for_bit(tmp_path: Path, total: object) -> None:
    kept = Journal(tmp_path / "run")
    kept.write(4, {"task": "t", "participants": ["a", "b"]}, total)
    found = Journal(tmp_path / "run").read(4, "t", type(total))
    assert found is not None
    assert same(found[1], total)
    assert found[0]["participants"] == ["a", "b"]
    # Sums go on from it as from the original.
    assert same(found[1] + found[1], total + total)  # type: ignore[operator]


def test_only_the_round_that_is_asked_for(tmp_path: Path) -> None:
    kept = Journal(tmp_path / "run")
    moments = contributions()[0]
    kept.write(1, {"task": "moments"}, moments)
    assert kept.read(1, "gradient", Moments) is None
    assert kept.read(0, "moments", Moments) is None
    assert kept.read(1, "moments", GradientSum) is None
    (tmp_path / "run" / "round-00002.frame").write_bytes((tmp_path / "run" / "round-00001.frame").read_bytes())
    assert kept.read(2, "moments", Moments) is None


@pytest.mark.parametrize("parts", [1, 3])
@given(data=st.data())
def test_damage_is_never_taken_for_a_round(
    tmp_path_factory: pytest.TempPathFactory, parts: int, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    kept = Journal(folder)
    total = contributions()[3]
    with pytest.MonkeyPatch.context() as patch:
        size = sum(array.nbytes for array in state_of(total).values())
        patch.setattr(journal, "_PART", -(-size // parts))
        kept.write(0, {"task": "t"}, total)
    file = folder / "round-00000.frame"
    whole = file.read_bytes()
    if data.draw(st.booleans(), label="cut"):
        file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    else:
        at = data.draw(st.integers(0, len(whole) - 1))
        file.write_bytes(whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :])
    assert kept.read(0, "t", SoftStatistics) is None


def test_a_sum_larger_than_a_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_PART", 1 << 10)
    generator = np.random.default_rng(0)
    rows = condition(generator.standard_normal((60, 50)))
    total = class_statistics(rows, np.arange(60) % 3, np.arange(60) % 5, 3)
    Journal(tmp_path).write(0, {"task": "statistics"}, total)
    found = Journal(tmp_path).read(0, "statistics", ClassStatistics)
    assert found is not None
    assert len(FrameDecoder().feed((tmp_path / "round-00000.frame").read_bytes())) > 10
    assert same(found[1], total)


def test_a_run_of_thousands_of_photos_fits(tmp_path: Path) -> None:
    # 5 folds x 2 d rows of d = 1280 float64: the most that the sum of all devices may grow to.
    total = ClassStatistics(
        counts=np.full((5, 10), 300),
        sums=np.zeros((5, 10, 1280)),
        factors=tuple(np.zeros((2560, 1280)) for _ in range(5)),
        unlabelled_count=0,
        unlabelled_factor=np.zeros((0, 1280)),
    )
    Journal(tmp_path).write(0, {"task": "statistics"}, total)
    found = Journal(tmp_path).read(0, "statistics", ClassStatistics)
    assert found is not None
    assert [factor.shape for factor in found[1].factors] == 5 * [(2560, 1280)]


def test_what_is_no_contribution(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        state_of({"weights": 1})
    with pytest.raises(LookupError):
        from_state(Moments, {"count": np.zeros(0, np.int64), "total": np.zeros(3)})
