"""Work in a process of its own: a crash or a hang there is a sentence here."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from letspic_desktop.backbones.apart import WorkFailed, run_apart
from letspic_desktop.backbones.trial import trial_pictures, try_model


def test_answer_comes_back():
    assert run_apart(os.urandom, 5, timeout=60) != run_apart(os.urandom, 5, timeout=60)


def test_crash_is_told():
    with pytest.raises(WorkFailed, match=r"crashes the TFLite runtime \(exit code -6\)"):
        run_apart(os.abort, timeout=60)


def test_hang_ends():
    start = time.monotonic()
    with pytest.raises(WorkFailed, match="longer than 3 seconds"):
        run_apart(time.sleep, 1000, timeout=3)
    assert time.monotonic() - start < 12


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="limits are read from /proc")
def test_memory_of_the_process_is_bounded():
    limits = run_apart(Path.read_bytes, Path("/proc/self/limits"), timeout=60).decode().splitlines()
    address_space = next(line for line in limits if line.startswith("Max address space"))

    assert address_space.split()[3] == str(6 << 30)


def test_answer_that_is_too_long_is_not_taken():
    with pytest.raises(WorkFailed):
        run_apart(bytes, 9 << 20, timeout=60)


def test_trial_of_bytes_that_are_no_model_is_refused():
    with pytest.raises(ValueError, match="the TFLite runtime refuses it"):
        try_model(b"\x1c\0\0\0TFL3" + b"\0" * 100, 64)


@pytest.mark.parametrize("size", [32, 100, 224])
def test_trial_pictures_differ_but_for_the_last(size):
    pictures = trial_pictures(size)

    assert pictures.shape == (5, size, size, 3)
    assert len({picture.tobytes() for picture in pictures}) == 4
    assert (pictures[0] == pictures[-1]).all()
