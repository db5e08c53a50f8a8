"""Build the wheels of LetsPic, and with --try install them together into an empty environment.

The sources are copied to a temporary folder first: setuptools leaves its build folder beside what it
builds, and a later wheel would take files from it that no longer exist.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DISTRIBUTIONS = {"shared": "letspic_shared", "device_runtime": "letspic_device", "desktop": "letspic_desktop"}
LEFTOVERS = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")


def build(folder: str, *, out: Path) -> Path:
    """Build the wheel of one distribution folder into `out` and return its path."""
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, folder)
        shutil.copytree(ROOT / folder, source, ignore=LEFTOVERS)
        shutil.copy(ROOT / "LICENSE", source / "LICENSE")
        made = Path(scratch, "made")
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(made)]
        subprocess.run([*pip, str(source)], check=True, stdin=subprocess.DEVNULL)
        (wheel,) = made.glob("*.whl")
        out.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(wheel, out / wheel.name))


def try_together(wheels: list[Path]) -> None:
    """Install the wheels into an empty environment, and start what they installed."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PIP_USER", "PYTHONPATH")}
    with tempfile.TemporaryDirectory() as scratch:
        venv.create(scratch, with_pip=True)
        bin_folder = Path(scratch, "bin")
        pip = [str(bin_folder / "python"), "-m", "pip", "--disable-pip-version-check"]
        for command in (
            [*pip, "install", "--quiet", *map(str, wheels)],
            [*pip, "check"],
            [str(bin_folder / "letspic"), "--help"],
            [str(bin_folder / "letspic-device"), "--help"],
        ):
            subprocess.run(
                command, check=True, cwd=scratch, env=environment, stdin=subprocess.DEVNULL, capture_output=True
            )


def main() -> int:
    """Build what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="of shared, device_runtime, desktop")
    parser.add_argument("--out", type=Path, required=True, help="folder for the wheels")
    parser.add_argument("--try", dest="attempt", action="store_true", help="install all into an empty venv")
    options = parser.parse_args()
    unknown = set(options.folders) - DISTRIBUTIONS.keys()
    if unknown:
        parser.error(f"not a distribution: {', '.join(sorted(unknown))}")
    out = options.out.absolute()
    try:
        wheels = [build(folder, out=out) for folder in options.folders or DISTRIBUTIONS]
        if options.attempt:
            try_together(wheels)
    except subprocess.CalledProcessError as failure:
        output = (failure.stderr or b"").decode(errors="replace").strip()
        print(f"{shlex.join(failure.cmd)} failed with code {failure.returncode}\n{output}", file=sys.stderr)
        return 1
    for wheel in wheels:
        print(wheel)
    return 0


if __name__ == "__main__":
    sys.exit(main())
