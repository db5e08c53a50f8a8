"""Keep the files that stand in two places alike: licence texts in the app's package, the app's guide in docs/.

The about box shows the licences, so an installed app needs them; the guide is read in the app and beside the source,
with one set of pictures. `--check` writes nothing; it fails where a copy is not what it should be.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UI = ROOT / "desktop/letspic_desktop/ui"
PICTURE = re.compile(r"\]\(([\w-]+\.png)\)")


def copies() -> dict[Path, str]:
    """Return what every copy should hold."""
    wanted = {UI / "licences" / name: (ROOT / name).read_text("utf-8") for name in ("LICENSE", "THIRD_PARTY.md")}
    for guide in sorted((UI / "guide").glob("guide.*.md")):
        name = guide.name.replace(".en", "")
        pictures = "../desktop/letspic_desktop/ui/guide/"
        wanted[ROOT / "docs" / name] = PICTURE.sub(rf"]({pictures}\1)", guide.read_text("utf-8"))
    return wanted


def main() -> int:
    """Write or check the copies; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    stale = {file: text for file, text in copies().items() if not file.exists() or file.read_text("utf-8") != text}
    if check and stale:
        names = ", ".join(str(file.relative_to(ROOT)) for file in stale)
        print(f"Not what they are copies of: {names}. Run packaging/copies.py.", file=sys.stderr)
        return 1
    for file, text in stale.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
