"""Which queries to show: chosen by a rule and named by it, so that a picture cannot tell more than the figures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Choice(StrEnum):
    """Why a query is shown; the value is its caption."""

    BEST = "largest gain"
    TYPICAL = "median gain"
    RANDOM = "drawn at random"
    WORST = "largest loss, or smallest gain"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A query to show: its row, why it was chosen, and its figure before and after."""

    row: int
    choice: Choice
    before: float
    after: float

    @property
    def caption(self) -> str:
        """One line that says how the query was chosen and what it is worth."""
        choice: str = self.choice
        if self.choice is Choice.WORST:
            choice = "largest loss" if self.after < self.before else "smallest gain"
        return choice[0].upper() + choice[1:]


def example_queries(
    before: NDArray[np.float64], after: NDArray[np.float64], labels: NDArray[np.int64], count: int, seed: int
) -> list[Example]:
    """Choose queries that show the good, the usual and the bad.

    The median comes first into the choice, then the worst, then the best, then queries drawn at random;
    photos of albums that are not shown yet are preferred for all but the best and the worst.

    Parameters
    ----------
    before, after
        [n] figure of each query, such as its average precision; NaN where a query has none.
    labels
        [n] album of each query.
    count
        How many to choose; fewer are returned where there are not so many.
    seed
        Settles ties and draws the random ones.

    Returns
    -------
    From the best to the worst kind: best, random, median, worst.
    """
    rng = np.random.default_rng(seed)
    gain = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    candidates = rng.permutation(np.flatnonzero(np.isfinite(gain)))
    by_gain = candidates[np.argsort(gain[candidates], kind="stable")]
    middle = by_gain[np.argsort(np.abs(np.arange(len(by_gain)) - (len(by_gain) - 1) / 2), kind="stable")]
    wanted = [(Choice.TYPICAL, middle), (Choice.WORST, by_gain), (Choice.BEST, by_gain[::-1])]
    wanted += [(Choice.RANDOM, candidates)] * (count - len(wanted))
    chosen: dict[int, Choice] = {}
    for choice, preferred in wanted[:count]:
        row = _first(preferred, chosen, labels, new_album=choice is Choice.RANDOM)
        if row is not None:
            chosen[row] = choice
    order = [Choice.BEST, Choice.RANDOM, Choice.TYPICAL, Choice.WORST]
    return [
        Example(row=row, choice=choice, before=float(before[row]), after=float(after[row]))
        for row, choice in sorted(chosen.items(), key=lambda one: order.index(one[1]))
    ]


def _first(
    preferred: NDArray[np.int64], chosen: dict[int, Choice], labels: NDArray[np.int64], *, new_album: bool
) -> int | None:
    """Return the first row that is not chosen yet, of an album that is not shown yet where that is asked."""
    free = [int(row) for row in preferred if row not in chosen]
    if new_album:
        shown = {int(labels[row]) for row in chosen}
        free = [row for row in free if int(labels[row]) not in shown] or free
    return free[0] if free else None
