"""The closed-form head: shrunk linear discriminant analysis from additive class statistics.

With class means M_c, m = mean of all photos, Sw = (sum x x' - sum n_c M_c M_c') / N and shrinkage g:
S = (1 - g) Sw + g tr(Sw)/d I, W = S^-1 (M - m)', b_c = -(M_c - m) W_c / 2 (Friedman, "Regularized discriminant
analysis", 1989). Photos without labels join by expectation-maximisation: their scatter never changes (soft labels of a
photo sum to 1), so each round only needs their soft counts and sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from letspic_shared.contributions import Int64
from letspic_shared.features import FOLDS, Float64
from letspic_shared.head import NO_FOLD, HeadStack
from letspic_shared.statistics import ClassStatistics

SHRINKAGE = 0.9
TEMPERATURE = 40.0
EXPECTATION_TEMPERATURE = 90.0
UNLABELLED_WEIGHT = 0.5
ABSENT_LOGIT = -1e4


@dataclass(frozen=True, kw_only=True)
class SoftStatistics:
    """Soft class counts (C) and feature sums (C x d) of unlabelled photos under some head."""

    counts: Float64
    sums: Float64

    def __add__(self, other: SoftStatistics) -> SoftStatistics:
        """Return the sums over both sets of photos."""
        return SoftStatistics(counts=self.counts + other.counts, sums=self.sums + other.sums)


@dataclass(frozen=True, kw_only=True)
class Discriminant:
    """Weights (d x C), bias (C) and mean (d) before any temperature; logits are (x - mean) W + b."""

    weights: Float64
    bias: Float64
    mean: Float64

    def at_temperature(self, temperature: float) -> tuple[Float64, Float64]:
        """Return weights and bias with logits scaled by ``temperature`` / d."""
        scale = temperature / len(self.mean)
        return self.weights * scale, self.bias * scale


class ScatterBasis:
    """The pooled scatter, in the span of the features where that is smaller than d x d.

    Everything in the solve is a combination of features, so working in an orthonormal basis of their span (k x d, from
    a QR of the stacked factors) is exact and turns a d x d solve into a k x k one.
    """

    def __init__(self, factor: Float64) -> None:
        rows, self.dimension = factor.shape
        if rows < self.dimension:
            basis, _ = np.linalg.qr(factor.T)
            self._basis: Float64 | None = np.asarray(basis, np.float64)
            reduced = factor @ self._basis
        else:
            self._basis = None
            reduced = factor
        self.scatter: Float64 = reduced.T @ reduced

    def reduce(self, rows: Float64) -> Float64:
        """Return n x d rows in basis coordinates, n x k."""
        return rows if self._basis is None else rows @ self._basis

    def expand(self, columns: Float64) -> Float64:
        """Return k x n columns in feature coordinates, d x n."""
        return columns if self._basis is None else self._basis @ columns


def solve(counts: Float64, sums: Float64, basis: ScatterBasis, *, mean: Float64) -> Discriminant:
    """Return the discriminant of class counts (C) and sums (C x d) over a pooled scatter.

    A class without photos gets a logit that no photo can choose.
    """
    present = counts > 0
    total = float(counts.sum())
    safe = np.maximum(counts, 1e-12)[:, None]
    class_means = basis.reduce(sums) / safe
    overall = (class_means * counts[:, None]).sum(axis=0) / total
    within = (basis.scatter - class_means.T @ (class_means * counts[:, None])) / total
    scale = float(np.trace(within)) / basis.dimension
    shrunk = (1.0 - SHRINKAGE) * within
    shrunk[np.diag_indices_from(shrunk)] += max(SHRINKAGE * scale, 1e-12)
    offsets = class_means - overall
    reduced = np.linalg.solve(shrunk, offsets.T)
    weights = basis.expand(reduced)
    # b for features centred by ``mean`` (of the labelled photos), which EM leaves in place while ``overall`` moves.
    overall_row = (sums.sum(axis=0) / total)[None]
    bias = -0.5 * (offsets * reduced.T).sum(axis=1) - ((overall_row - mean) @ weights)[0]
    weights[:, ~present] = 0.0
    bias[~present] = ABSENT_LOGIT
    return Discriminant(weights=weights, bias=bias, mean=mean)


def fit(statistics: ClassStatistics, held_out: int = NO_FOLD) -> Discriminant:
    """Return the discriminant of the labelled photos outside one fold (NO_FOLD: of all)."""
    counts, sums, factor = labelled_part(statistics, held_out)
    mean = sums.sum(axis=0) / max(counts.sum(), 1)
    return solve(counts, sums, ScatterBasis(factor), mean=mean)


def fit_stack(statistics: ClassStatistics) -> HeadStack:
    """Return the closed-form head and the five that leave one fold out each, ready for embedding or gradients."""
    held_out = (NO_FOLD, *range(FOLDS))
    found = [fit(statistics, fold) if _trainable(statistics, fold) else None for fold in held_out]
    whole = found[0]
    if whole is None:
        raise ValueError("statistics hold no photo")
    # A fold that holds every photo leaves nothing to train on: its head knows nothing, so that scoring stays honest.
    blank = Discriminant(
        weights=np.zeros_like(whole.weights), bias=np.zeros_like(whole.bias), mean=np.zeros_like(whole.mean)
    )
    heads = [blank if head is None else head for head in found]
    parameters = [head.at_temperature(TEMPERATURE) for head in heads]
    return HeadStack(
        weights=np.stack([weights for weights, _ in parameters]),
        bias=np.stack([bias for _, bias in parameters]),
        means=np.stack([head.mean for head in heads]),
        held_out=held_out,
    )


class ExpectationMaximisation:
    """Rounds over unlabelled photos: devices send soft statistics under the current head, this makes the next head."""

    def __init__(self, statistics: ClassStatistics) -> None:
        self._counts, self._sums, factor = labelled_part(statistics, NO_FOLD)
        weighted = np.sqrt(UNLABELLED_WEIGHT) * statistics.unlabelled_factor
        self._basis = ScatterBasis(np.concatenate([factor, weighted]))
        self.discriminant = fit(statistics)

    def step(self, soft: SoftStatistics) -> Discriminant:
        """Return (and keep) the head of labelled and softly labelled photos together."""
        counts = self._counts + UNLABELLED_WEIGHT * soft.counts
        sums = self._sums + UNLABELLED_WEIGHT * soft.sums
        self.discriminant = solve(counts, sums, self._basis, mean=self.discriminant.mean)
        return self.discriminant


def labelled_part(statistics: ClassStatistics, held_out: int) -> tuple[Float64, Float64, Float64]:
    """Return counts (C), sums (C x d) and stacked scatter factor of the labelled photos outside one fold."""
    kept = [fold for fold in range(FOLDS) if fold != held_out]
    counts: Int64 = statistics.counts[kept].sum(axis=0)
    factor = np.concatenate([statistics.factors[fold] for fold in kept])
    return counts.astype(np.float64), statistics.sums[kept].sum(axis=0), factor


def _trainable(statistics: ClassStatistics, held_out: int) -> bool:
    return int(labelled_part(statistics, held_out)[0].sum()) > 0
