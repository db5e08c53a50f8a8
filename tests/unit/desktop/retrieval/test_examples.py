"""The queries that are shown are chosen by a rule and named by it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from letspic_desktop.retrieval.examples import Choice, example_queries


def gains(values):
    before = np.full(len(values), 0.3)
    return before, before + np.array(values)


def test_best_median_and_worst_are_shown():
    before, after = gains([0.1, -0.2, 0.5, 0.2, 0.15])
    examples = example_queries(before, after, np.zeros(5, np.int64), 3, seed=0)
    assert [(one.row, one.choice) for one in examples] == [(2, Choice.BEST), (4, Choice.TYPICAL), (1, Choice.WORST)]
    assert [one.caption for one in examples] == ["Largest gain", "Median gain", "Largest loss"]
    assert examples[0].after == after[2]


def test_a_worst_one_that_still_gains_is_not_called_a_loss():
    before, after = gains([0.1, 0.2, 0.3])
    assert example_queries(before, after, np.zeros(3, np.int64), 3, seed=0)[-1].caption == "Smallest gain"


def test_one_example_is_the_median_and_two_add_the_worst():
    before, after = gains([0.1, -0.2, 0.5])
    labels = np.zeros(3, np.int64)
    assert [one.choice for one in example_queries(before, after, labels, 1, seed=0)] == [Choice.TYPICAL]
    assert [one.choice for one in example_queries(before, after, labels, 2, seed=0)] == [Choice.TYPICAL, Choice.WORST]


def test_random_ones_come_from_albums_that_are_not_shown_yet():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(6), 50)
    examples = example_queries(rng.random(300), rng.random(300), labels, 6, seed=1)
    drawn = [one for one in examples if one.choice is Choice.RANDOM]
    assert len(drawn) == 3
    named = {int(labels[one.row]) for one in examples if one.choice is not Choice.RANDOM}
    assert len({int(labels[one.row]) for one in drawn} - named) == 3


def test_random_ones_differ_by_seed_and_repeat_with_it():
    rng = np.random.default_rng(0)
    before, after, labels = rng.random(300), rng.random(300), np.repeat(np.arange(6), 50)
    chosen = [[one.row for one in example_queries(before, after, labels, 5, seed=seed)] for seed in (1, 1, 2)]
    assert chosen[0] == chosen[1] != chosen[2]


@given(st.lists(st.sampled_from([-0.2, 0.0, 0.3, float("nan")]), max_size=12), st.integers(0, 8), st.integers(0, 3))
def test_never_twice_never_without_figure_and_as_many_as_there_are(values, count, seed):
    before, after = gains(values)
    examples = example_queries(before, after, np.arange(len(values)) % 3, count, seed)
    rows = [one.row for one in examples]
    assert len(set(rows)) == len(rows) == min(count, int(np.isfinite(values).sum()))
    assert all(np.isfinite(values[row]) for row in rows)
