"""The device distribution, installed alone into an empty environment: all it needs and nothing of the desktop."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IMPORT_EVERY_MODULE = """
import importlib, pkgutil
import letspic_device, letspic_shared
for package in (letspic_shared, letspic_device):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command away from the checkout, without the caller's Python paths."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "PIP_USER")}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def succeed(*command: str | Path, cwd: Path) -> str:
    """Run a command that has to succeed and return what it printed."""
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def device_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bin folder of a new environment with the wheels of shared and device, and nothing else asked for."""
    folder = tmp_path_factory.mktemp("fresh install")
    build = ROOT / "packaging" / "build_wheels.py"
    wheels = succeed(sys.executable, build, "--out", folder / "wheels", "shared", "device_runtime", cwd=folder)
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    succeed(python, "-m", "pip", "install", "--quiet", *wheels.splitlines(), cwd=folder)
    return python.parent


def test_nothing_is_missing_or_in_conflict(device_only: Path, tmp_path: Path) -> None:
    succeed(device_only / "python", "-m", "pip", "check", cwd=tmp_path)
    succeed(device_only / "python", "-c", IMPORT_EVERY_MODULE, cwd=tmp_path)


@pytest.mark.parametrize("module", ["PySide6", "shiboken6", "letspic_desktop"])
def test_desktop_is_absent(device_only: Path, tmp_path: Path, module: str) -> None:
    done = run(device_only / "python", "-c", f"import {module}", cwd=tmp_path)
    assert f"No module named '{module}'" in done.stderr


def test_every_lazy_dependency_can_be_imported(device_only: Path, tmp_path: Path) -> None:
    succeed(device_only / "python", "-c", "import PIL, cryptography, zeroconf, serial, spake2", cwd=tmp_path)
    succeed(device_only / "python", "-c", "from ai_edge_litert import interpreter", cwd=tmp_path)


def test_command_shows_its_help(device_only: Path, tmp_path: Path) -> None:
    text = succeed(device_only / "letspic-device", "--help", cwd=tmp_path)
    for command in ("run", "pair", "status"):
        assert command in text
