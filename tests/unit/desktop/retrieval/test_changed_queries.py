"""The examples of what a head changed: the largest changes, with the largest loss where there is one."""

from __future__ import annotations

import hashlib

import numpy as np

from letspic_desktop.retrieval.changed_queries import SHOWN, changed_queries
from letspic_desktop.retrieval.held_out import Block

LABELS = np.repeat(np.arange(4), 4)


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def block(before: np.ndarray, after: np.ndarray) -> Block:
    photos = tuple(hashlib.sha256(str(number).encode()).hexdigest() for number in range(len(LABELS)))
    return Block(photos=photos, labels=LABELS, before=unit(before), after=unit(after))


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((len(LABELS), 8))


def perfect() -> np.ndarray:
    return np.eye(8)[LABELS] + 0.01 * noise(1)


def test_a_head_that_found_everything_has_gains_of_different_classes() -> None:
    made = block(noise(0), perfect())
    found = changed_queries([made], 4)
    assert len(found) == 4
    assert {one.label for one in found} == {0, 1, 2, 3}
    gains = [one.precision_after - one.precision_before for one in found]
    assert gains == sorted(gains, reverse=True)
    assert min(gains) > 0
    for one in found:
        assert one.precision_after == 1.0
        assert one.findable == 3
        assert len(one.before) == len(one.after) == SHOWN
        assert one.query not in (*one.before, *one.after)
        assert one.right_after == (True, True, True, False, False)
        row = made.photos.index(one.query)
        right = [LABELS[made.photos.index(hit)] == LABELS[row] for hit in one.before]
        assert list(one.right_before) == right


def test_the_largest_loss_is_never_left_out() -> None:
    # The second class was found well before; one of its photos is now taken for another class.
    before, after = noise(0), perfect()
    before[4:8] = perfect()[4:8]
    after[5] = 0.8 * np.eye(8)[1] + np.eye(8)[2]
    gained, lost = changed_queries([block(before, after)], 2)
    assert gained.precision_after > gained.precision_before
    assert lost.query == hashlib.sha256(b"5").hexdigest()
    assert lost.precision_after < lost.precision_before
    # Several photos gained more than it lost.
    more = changed_queries([block(before, perfect())], 2)
    assert (
        min(one.precision_after - one.precision_before for one in more) > lost.precision_before - lost.precision_after
    )


def test_nothing_to_find_gives_no_example() -> None:
    assert changed_queries([], 4) == []
    alone = Block(
        photos=("a" * 64, "b" * 64), labels=np.array([0, 1]), before=unit(noise(0)[:2]), after=unit(noise(1)[:2])
    )
    assert changed_queries([alone], 4) == []
