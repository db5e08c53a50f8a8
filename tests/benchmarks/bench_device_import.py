"""How long a device process takes to import its program."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import pytest

REPEATS = 5
LIMIT_SECONDS = 0.3


def seconds_to_run(statement: str) -> float:
    """Return the wall time in seconds of a fresh interpreter that carries out one statement."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


@pytest.mark.parametrize("module", ["letspic_device", "letspic_device.cli"])
def test_import_of_the_device_program(module: str) -> None:
    seconds_to_run(f"import {module}")
    bare = statistics.median(seconds_to_run("pass") for _ in range(REPEATS))
    importing = statistics.median(seconds_to_run(f"import {module}") for _ in range(REPEATS))
    print(f"\nimport {module}: {importing - bare:.3f} s (median of {REPEATS}, interpreter start {bare:.3f} s)")
    assert importing - bare < LIMIT_SECONDS
