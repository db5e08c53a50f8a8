"""Class statistics: all that the closed-form head needs to know about any number of photos.

Per cross-validation fold: photo counts and feature sums of each class, and one pooled scatter as a triangular factor R
(R'R = sum of x x' over centred features; rows <= min(photos, d)), which for n < d photos is far smaller than d x d.
All of them add with ``+``: the head is the same however photos are split over devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from letspic_shared.contributions import ContributionError, Int64, take
from letspic_shared.features import FOLDS, Float64
from letspic_shared.tensors import Array

_MAX_FACTOR_ROWS = 1 << 16


@dataclass(frozen=True, kw_only=True)
class ClassStatistics:
    """Statistics of labelled photos, by fold, and of photos that nobody labelled.

    Attributes
    ----------
    counts
        Photos by fold and class, F x C.
    sums
        Feature sums by fold and class, F x C x d.
    factors
        One array (rows x d) a fold with R'R = sum of x x' over its photos (not centred).
    unlabelled_count
        Number of photos without a label.
    unlabelled_factor
        Rows x d, R'R = sum of x x' over them.
    """

    counts: Int64
    sums: Float64
    factors: tuple[Float64, ...]
    unlabelled_count: int
    unlabelled_factor: Float64

    @property
    def dimension(self) -> int:
        """Length d of a feature."""
        return int(self.sums.shape[2])

    def __add__(self, other: ClassStatistics) -> ClassStatistics:
        """Return the statistics of both sets of photos together (stacked factors add their scatters)."""
        pairs = zip(self.factors, other.factors, strict=True)
        return ClassStatistics(
            counts=self.counts + other.counts,
            sums=self.sums + other.sums,
            factors=tuple(_stack(mine, theirs) for mine, theirs in pairs),
            unlabelled_count=self.unlabelled_count + other.unlabelled_count,
            unlabelled_factor=_stack(self.unlabelled_factor, other.unlabelled_factor),
        )

    def to_tensors(self) -> dict[str, Array]:
        """Return the arrays that travel: only classes that occur, factors centred, features in float32.

        Centring before rounding to float32 keeps what distinguishes photos; ``from_tensors`` puts the mean back.
        """
        present = np.argwhere(self.counts > 0)
        centred = [
            _centre(r, int(n.sum()), s.sum(axis=0))
            for r, n, s in zip(self.factors, self.counts, self.sums, strict=True)
        ]
        rows = [len(factor) for factor in centred]
        return {
            "counts": self.counts,
            "present": present.astype(np.int32),
            "sums": self.sums[present[:, 0], present[:, 1]].astype(np.float32),
            "factor": np.concatenate(centred).astype(np.float32),
            "factor_rows": np.array(rows, np.int64),
            "unlabelled_count": np.array([self.unlabelled_count], np.int64),
            "unlabelled_factor": self.unlabelled_factor.astype(np.float32),
        }

    @staticmethod
    def from_tensors(
        tensors: Mapping[str, Array], *, counts: Int64, unlabelled_count: int, dimension: int
    ) -> ClassStatistics:
        """Read what a device sent; its counts (F x C) must be those of the run's manifest.

        Raises
        ------
        ContributionError
            Counts, shapes or values are not those of this round.
        """
        folds, classes = counts.shape
        if not np.array_equal(take(tensors, "counts", "<i8", (folds, classes)), counts):
            raise ContributionError("The contribution does not cover the photos that it should")
        if int(take(tensors, "unlabelled_count", "<i8", (1,))[0]) != unlabelled_count:
            raise ContributionError("The contribution does not cover the unlabelled photos that it should")
        present = np.argwhere(counts > 0)
        if not np.array_equal(take(tensors, "present", "<i4", (None, 2)), present):
            raise ContributionError("The contribution names classes that are not in the run")
        sums = np.zeros((folds, classes, dimension))
        sums[present[:, 0], present[:, 1]] = take(tensors, "sums", "<f4", (len(present), dimension))
        rows = take(tensors, "factor_rows", "<i8", (folds,))
        if (rows < 0).any() or (rows > np.minimum(counts.sum(axis=1), dimension)).any():
            raise ContributionError("The contribution's scatter has more rows than photos")
        factor = take(tensors, "factor", "<f4", (int(rows.sum()), dimension)).astype(np.float64)
        ends = np.cumsum(rows)
        factors = tuple(
            _uncentre(factor[end - n : end], int(counts[f].sum()), sums[f].sum(axis=0))
            for f, (n, end) in enumerate(zip(rows, ends, strict=True))
        )
        limit = min(unlabelled_count, dimension, _MAX_FACTOR_ROWS)
        unlabelled = take(tensors, "unlabelled_factor", "<f4", (None, dimension)).astype(np.float64)
        if len(unlabelled) > limit:
            raise ContributionError("The contribution's scatter has more rows than photos")
        return ClassStatistics(
            counts=counts,
            sums=sums,
            factors=factors,
            unlabelled_count=unlabelled_count,
            unlabelled_factor=unlabelled,
        )


def class_statistics(
    features: Float64, labels: Int64, folds: Int64, classes: int, unlabelled: Float64 | None = None
) -> ClassStatistics:
    """Return the statistics of n conditioned features.

    Parameters
    ----------
    features
        n x d, rows of length 1 (``features.condition``).
    labels, folds
        Class id and fold of each, n.
    classes
        Number of classes C of the run.
    unlabelled
        m x d features of photos that nobody labelled.
    """
    dimension = features.shape[1]
    counts = np.zeros((FOLDS, classes), np.int64)
    sums = np.zeros((FOLDS, classes, dimension))
    np.add.at(counts, (folds, labels), 1)
    np.add.at(sums, (folds, labels), features)
    other = np.zeros((0, dimension)) if unlabelled is None else unlabelled
    parts = [features[folds == fold] for fold in range(FOLDS)]
    return ClassStatistics(
        counts=counts,
        sums=sums,
        factors=tuple(_factor(rows, total.sum(axis=0)) for rows, total in zip(parts, sums, strict=True)),
        unlabelled_count=len(other),
        unlabelled_factor=triangular_factor(other),
    )


def triangular_factor(rows: Float64) -> Float64:
    """Return R (min(n, d) x d) with R'R = rows' rows; it holds the scatter and hides which photo gave what."""
    if len(rows) == 0:
        return rows
    return np.asarray(np.linalg.qr(rows, mode="r"), np.float64)


def _stack(mine: Float64, theirs: Float64) -> Float64:
    stacked = np.concatenate([mine, theirs])
    # Over 2 d rows the factor is made triangular again, so memory stays bounded for any number of devices.
    return triangular_factor(stacked) if len(stacked) > 2 * stacked.shape[1] else stacked


def _factor(rows: Float64, total: Float64) -> Float64:
    """Return a factor of sum x x' as that of the centred rows and, last, the mean row: `_centre` is then free."""
    if len(rows) == 0:
        return rows
    return _uncentre(triangular_factor(rows - total / len(rows)), len(rows), total)


def _centre(factor: Float64, count: int, total: Float64) -> Float64:
    """Return a factor of sum (x - m)(x - m)' from one of sum x x'.

    With u = sum x / sqrt(n), the centred scatter is R'R - u u'. A factor that has u as its last row is centred without
    it; any other one is reduced to the span of its rows (k <= d), where the scatter is a k x k eigenvalue problem.
    """
    if count == 0:
        return factor
    mean_row = _mean_row(count, total)
    if np.array_equal(factor[-1], mean_row):
        return factor[:-1]
    basis = np.linalg.qr(factor.T)[0] if len(factor) < factor.shape[1] else np.eye(factor.shape[1])
    reduced, mean_part = factor @ basis, mean_row @ basis
    values, vectors = np.linalg.eigh(reduced.T @ reduced - np.outer(mean_part, mean_part))
    kept = values > 0
    # At most n directions can be real; the others are rounding, and would be more rows than photos.
    kept[: max(len(values) - count, 0)] = False
    return np.asarray(np.sqrt(values[kept])[:, None] * (basis @ vectors[:, kept]).T, np.float64)


def _uncentre(factor: Float64, count: int, total: Float64) -> Float64:
    if count == 0:
        return factor
    return np.concatenate([factor, _mean_row(count, total)[None]])


def _mean_row(count: int, total: Float64) -> Float64:
    return np.asarray(total / np.sqrt(count), np.float64)
