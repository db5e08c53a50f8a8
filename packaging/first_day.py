"""Make the pictures of docs/first-day.md again: the test of a new user's first day leaves one of each step.

It needs what `packaging/system-packages.sh test` installs: a display without a screen, and hands on it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "first-day"
TEST = "tests/gui/desk/test_first_day.py"
LARGEST = 300_000


def main() -> int:
    """Run the test and keep its pictures; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="letspic-first-day-") as folder:
        environment = {**os.environ, "LETSPIC_TEST_PICTURES": folder, "LETSPIC_LANGUAGE": "en"}
        ended = subprocess.run([sys.executable, "-m", "pytest", "-q", TEST], cwd=ROOT, env=environment, check=False)
        if ended.returncode:
            return ended.returncode
        PICTURES.mkdir(parents=True, exist_ok=True)
        for picture in sorted(Path(folder).glob("[0-9]*.png")):
            keep(picture, PICTURES / picture.name)
    return 0


def keep(picture: Path, file: Path) -> None:
    """Write a picture without the empty display around the window, small enough for the documentation."""
    image = Image.open(picture).convert("RGB")
    area = image.convert("L").point(lambda level: 255 if level > 8 else 0).getbbox()
    image = image.crop(area)
    for colors in (256, 200, 150, 100):
        image.quantize(colors, dither=Image.Dither.NONE).save(file, optimize=True)
        if file.stat().st_size <= LARGEST:
            return
    raise ValueError(f"{file} is larger than {LARGEST} bytes")


if __name__ == "__main__":
    sys.exit(main())
