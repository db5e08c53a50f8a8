"""Build the one-folder bundle of the desktop: it starts on a machine without Python.

The folder holds `letspic`, `letspic-device`, what they need, the default backbone's weights, and all licences. It
needs a Linux with at least the C library of the one that it was built on, and OpenGL (libGL, libEGL) for its window.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib import util
from pathlib import Path

from licence_texts import collect

from letspic_shared.errors import KnownError

ROOT = Path(__file__).resolve().parents[1]
PLAN = ROOT / "packaging" / "bundle" / "letspic.spec"
LAST_WORDS = 4000  # characters of what PyInstaller says, when it fails
SOURCES = [ROOT / "shared", ROOT / "device_runtime", ROOT / "desktop"]


def require_tools() -> None:
    """Make sure of what PyInstaller needs."""
    if not sys.platform.startswith("linux"):
        raise KnownError("The bundle can be built on Linux only", "Build it there")
    if util.find_spec("PyInstaller") is None:
        raise KnownError("PyInstaller is not installed", "Run `make setup`")
    for tool in ("objcopy", "objdump", "ldd"):
        if shutil.which(tool) is None:
            raise KnownError(f"{tool} is missing", "Install the package binutils")


def run_pyinstaller(scratch: Path) -> tuple[Path, list[Path]]:
    """Return the folder that PyInstaller makes, and the files of this system that are copied into it."""
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    command += ["--distpath", str(scratch / "dist"), "--workpath", str(scratch / "work"), str(PLAN)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, SOURCES)),
        "PYINSTALLER_CONFIG_DIR": str(scratch / "cache"),
        "PYTHONHASHSEED": "1",
    }
    done = subprocess.run(command, env=environment, cwd=scratch, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace")[-LAST_WORDS:].strip()
        raise KnownError("PyInstaller failed", f"It said:\n{said}")
    origins = json.loads((scratch / "work" / "letspic" / "origins.json").read_text())
    ours = [sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"), sys.base_prefix + "/lib/libpython"]
    system = [Path(source) for _, source in origins if not source.startswith(tuple(ours))]
    return scratch / "dist" / "letspic", system


def build(out: Path) -> Path:
    """Build the bundle as the folder `letspic` in `out`, in place of one that is there, and return it."""
    require_tools()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".bundle-") as scratch:
        made, system = run_pyinstaller(Path(scratch))
        collect(made / "licences", libraries=system)
        place = out / "letspic"
        shutil.rmtree(place, ignore_errors=True)
        return made.rename(place)


def main() -> int:
    """Build what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder in which the folder letspic is made")
    try:
        print(build(parser.parse_args().out.absolute()))
    except KnownError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
