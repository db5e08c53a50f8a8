import hashlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from letspic_shared.features import FOLDS, condition, fold_of, normalise

ROWS = npst.arrays(np.float64, npst.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.floats(-100, 100))


@given(ROWS)
def test_rows_get_length_one_and_zeros_stay_zeros(rows: np.ndarray) -> None:
    lengths = np.linalg.norm(normalise(rows), axis=1)
    zero = np.linalg.norm(rows, axis=1) < 1e-10
    assert np.allclose(lengths[~zero], 1.0)
    assert (lengths[(rows == 0).all(axis=1)] == 0).all()


@given(ROWS)
def test_conditioning_keeps_signs_and_ignores_scale(rows: np.ndarray) -> None:
    rows = np.where(np.abs(rows) < 1e-3, 0.0, rows)
    conditioned = condition(rows)
    assert np.array_equal(np.sign(conditioned), np.sign(rows))
    assert np.allclose(condition(rows * 7.5), conditioned)


def test_conditioning_is_the_signed_power() -> None:
    expected = np.array([1.0, -(4.0**0.7), 0.0])
    assert np.allclose(condition(np.array([[1.0, -4.0, 0.0]], np.float32))[0], expected / np.linalg.norm(expected))
    assert condition(np.ones((2, 3), np.float32)).dtype == np.float64


def test_folds_partition_photos_evenly() -> None:
    folds = Counter(fold_of(hashlib.sha256(str(i).encode()).hexdigest()) for i in range(5000))
    assert set(folds) == set(range(FOLDS))
    assert max(folds.values()) < 1.15 * 5000 / FOLDS


def test_the_fold_is_that_of_the_photo_alone() -> None:
    assert fold_of("0000000a" + "f" * 56) == 0
    assert fold_of("0000000b" + "0" * 56) == 1


@pytest.mark.parametrize("shape", [(0, 4), (3, 0)])
def test_no_photos(shape: tuple[int, int]) -> None:
    assert condition(np.zeros(shape, np.float32)).shape == shape
